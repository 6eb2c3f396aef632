import asyncio

import pytest

from pytest_llmock.errors import RequestError
from pytest_llmock.generation.together import made_in_turn, made_together, placed


def noting(log, name, *, fails=False, turns=0):
    async def make():
        log.append(f"{name} begins")
        for _ in range(turns):
            await asyncio.sleep(0)
        if fails:
            raise RequestError(f"{name} failed")
        log.append(f"{name} ends")
        return name

    return make


def test_makers_together_begin_in_order_and_answer_in_order():
    """Who ends first does not matter."""
    log = []

    made = asyncio.run(made_together([noting(log, "a", turns=3), noting(log, "b")]))

    assert made == ["a", "b"]
    assert log == ["a begins", "b begins", "b ends", "a ends"]


def test_makers_in_turn_wait_for_one_another():
    """The next begins when the one before has ended."""
    log = []

    made = asyncio.run(made_in_turn([noting(log, "a", turns=3), noting(log, "b")]))

    assert made == ["a", "b"]
    assert log == ["a begins", "a ends", "b begins", "b ends"]


def test_the_first_failure_cancels_the_others():
    """It is raised as it is, and nobody goes on for nothing."""
    log = []

    with pytest.raises(RequestError, match="b failed"):
        asyncio.run(made_together([noting(log, "a", turns=9), noting(log, "b", fails=True)]))

    assert "a ends" not in log


def test_an_error_says_its_place():
    """The same error, so that whoever keeps it has the place too."""
    error = RequestError("It is wrong.")

    with pytest.raises(RequestError) as caught, placed("Records 1 to 3 of 9"):
        raise error

    assert caught.value is error
    assert (error.message, str(error)) == ("Records 1 to 3 of 9: It is wrong.",) * 2

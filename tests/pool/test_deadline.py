import asyncio
import time
from contextlib import suppress

import pytest

from pytest_llmock.clock import SystemClock
from pytest_llmock.errors import DeadlineError
from pytest_llmock.folding import fold
from pytest_llmock.llm import Delta, Deltas, End, Prompt
from pytest_llmock.pool.deadline import Deadline, deadline_in, within

CLOCK = SystemClock()
closed: list[str] = []


async def quick(prompt: Prompt) -> Deltas:
    yield Delta("done")
    yield Delta(end=End())


async def hanging(prompt: Prompt) -> Deltas:
    try:
        yield Delta("begun")
        await asyncio.Event().wait()
    finally:
        closed.append("hanging")


async def raising(prompt: Prompt) -> Deltas:
    raise TimeoutError("its own")
    yield Delta()


def ask(backend, allowed_s):
    async def run():
        return await fold(within(backend, deadline_in(allowed_s, CLOCK), CLOCK)(Prompt()))

    return asyncio.run(run())


def test_a_backend_that_is_quick_enough_is_untouched():
    """A deadline that is not reached changes nothing."""
    assert ask(quick, 10).text == "done"


def test_a_backend_that_hangs_is_cut_off_and_closed():
    """The caller gets an error that names the limit and how to raise it; the backend is closed."""
    closed.clear()

    with pytest.raises(DeadlineError) as caught:
        ask(hanging, 0.02)

    assert caught.value.message == (
        "The request was not answered within 0.02 s. Allow more with the header X-LLM-Timeout, the query parameter "
        "'timeout' or the setting DeadlineSeconds."
    )
    assert caught.value.status == 504
    assert closed == ["hanging"]


def test_a_deadline_in_the_past_is_reached_at_once():
    """What comes after an expired deadline does not begin."""

    async def run():
        await fold(within(hanging, Deadline(CLOCK.monotonic() - 1, 5), CLOCK)(Prompt()))

    with pytest.raises(DeadlineError, match="within 5 s"):
        asyncio.run(run())


def test_a_timeout_of_the_backends_own_is_not_taken_for_the_deadline():
    """Only the deadline is reported as one."""
    with pytest.raises(TimeoutError, match="its own"):
        ask(raising, 10)


def test_a_reader_that_is_slow_is_not_cancelled_but_told_at_its_next_wait():
    """The deadline strikes a wait for the backend, never what the reader does between."""
    read = []

    async def run():
        async for delta in within(hanging, deadline_in(0.02, CLOCK), CLOCK)(Prompt()):
            await asyncio.sleep(0.05)
            read.append(delta.text)

    with pytest.raises(DeadlineError):
        asyncio.run(run())

    assert read == ["begun"]


def test_a_cancellation_from_outside_stays_one():
    """Whoever cancels the reader is not answered with a deadline."""

    async def run():
        task = asyncio.ensure_future(fold(within(hanging, deadline_in(10, CLOCK), CLOCK)(Prompt())))
        await asyncio.sleep(0.01)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())


def test_an_answer_to_the_deadline_itself_comes_too_late():
    """A backend that is cut off and then answers has not answered in time."""

    async def late(prompt: Prompt) -> Deltas:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        yield Delta("late", end=End())

    with pytest.raises(DeadlineError):
        ask(late, 0.02)


def test_a_cancellation_from_outside_at_the_deadline_stays_one():
    """Whoever cancels the reader as the time is over gets that, whoever was first."""

    async def run():
        task = asyncio.ensure_future(fold(within(hanging, deadline_in(0.2, CLOCK), CLOCK)(Prompt())))
        asyncio.get_running_loop().call_later(0.2, task.cancel)
        await asyncio.sleep(0)
        time.sleep(0.25)  # noqa: ASYNC251 - so that both are due at the same turn of the loop
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())


def test_of_waits_side_by_side_the_longest_is_skipped():
    """What a recording spares several calls at a time, nobody would have waited for one after the other."""
    whole = Deadline(100.0, 100.0)
    parts = [whole.part() for _ in range(3)]

    for part, spared_s in zip(parts, (4.0, 9.0, 2.0), strict=True):
        part.skip(spared_s)

    assert whole.skipped_s == 9.0


def test_of_waits_in_turn_the_sum_is_skipped():
    """A part that begins later begins behind what was skipped before."""
    whole = Deadline(100.0, 100.0)

    for spared_s in (4.0, 9.0):
        whole.part().part().skip(spared_s)

    assert whole.skipped_s == 13.0

import asyncio
import json
import threading
from contextvars import ContextVar

import pytest

from pytest_llmock.effects import outcome, place_of
from pytest_llmock.mockapi.received import received
from pytest_llmock.wire.http import Request

ASKED = received(Request("GET", "/x"), "")
WORD = ContextVar("word", default="")


async def late(request):
    await asyncio.sleep(0)
    return request.path


@pytest.mark.parametrize("effect", [lambda request: request.path, late], ids=["plain", "async"])
def test_a_function_may_be_plain_or_async(effect):
    """What it returns is what counts."""
    assert asyncio.run(outcome(effect, ASKED)) == "/x"


def test_it_runs_in_a_thread_that_keeps_no_run_from_ending():
    """It may wait without holding up the server, and knows the variables of the task that asked."""
    WORD.set("known")

    def effect(_):
        return threading.current_thread(), WORD.get()

    thread, word = asyncio.run(outcome(effect, ASKED))

    assert thread is not threading.current_thread()
    assert (thread.daemon, word) == (True, "known")


def test_many_run_side_by_side():
    """All of them may wait for each other."""
    barrier = threading.Barrier(20)

    async def all_of_them():
        return await asyncio.gather(*(outcome(lambda _: barrier.wait(10) >= 0, ASKED) for _ in range(20)))

    assert asyncio.run(all_of_them()) == [True] * 20


@pytest.mark.parametrize(
    ("raised", "expected", "message"),
    [
        (ValueError("no"), ValueError, "^no$"),
        (AssertionError("no"), AssertionError, "^no$"),
        (StopIteration("no"), AssertionError, "^StopIteration: no$"),
        (pytest.fail.Exception("no"), AssertionError, "^Failed: no$"),
        (SystemExit(3), AssertionError, "^SystemExit: 3$"),
    ],
)
def test_what_it_raises_reaches_whoever_asked(raised, expected, message):
    """What would end a test is an assertion that failed."""

    def effect(_):
        raise raised

    with pytest.raises(expected, match=message):
        asyncio.run(outcome(effect, ASKED))


def test_whoever_leaves_does_not_wait():
    """The function goes on, and tells nobody."""
    begun, free, over = threading.Event(), threading.Event(), threading.Event()

    def effect(_):
        begun.set()
        free.wait(10)
        over.set()

    async def leave():
        task = asyncio.create_task(outcome(effect, ASKED))
        await asyncio.to_thread(begun.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        free.set()
        await asyncio.to_thread(over.wait, 10)

    asyncio.run(leave())

    assert over.is_set()


def test_a_loop_that_is_closed_is_told_nothing():
    """A function that outlives the server ends quietly."""
    free, over = threading.Event(), threading.Event()

    def effect(_):
        free.wait(10)
        threading.current_thread().told = over
        return 1

    async def begin():
        task = asyncio.create_task(outcome(effect, ASKED))
        await asyncio.sleep(0)
        return task

    asyncio.run(begin())
    thread = next(each for each in threading.enumerate() if each.name == "llmock-side-effect")
    free.set()
    thread.join(10)

    assert thread.told is over


def test_the_place_of_an_error_is_the_last_line_of_the_users_code():
    """Not one of the library that it called."""

    def effect(_):
        json.loads("{")

    with pytest.raises(ValueError, match="Expecting") as caught:
        asyncio.run(outcome(effect, ASKED))

    assert place_of(caught.value) == f"test_effects.py:{effect.__code__.co_firstlineno + 1}"


def test_an_error_that_was_never_raised_has_no_place():
    """There is no line to show."""
    assert place_of(ValueError("x")) == "an unknown place"

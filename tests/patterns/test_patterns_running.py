"""Runs within runs: whose issues are whose."""

import asyncio

import pytest
from hosts import Canned

from pytest_llmock.clock import SystemClock
from pytest_llmock.errors import LLMockError
from pytest_llmock.llm import Generation
from pytest_llmock.patterns.running import Asked, Run, Slot, Traced


def asked(step):
    return Asked(step, Generation("POST", f"/{step}"))


@pytest.fixture
def run():
    """A run whose calls are answered with {}."""
    host = Canned({})
    return Run(host, host.clock)


def test_a_run_aside_has_issues_of_its_own(run):
    """Until they are adopted."""
    aside = run.aside()
    aside.issues.append("x")
    aside.failed.append(Slot(0, {}, ValueError()))

    before = run.ok
    run.adopt(aside)

    assert (before, aside.ok, run.issues, run.failed) == (True, False, ["x"], aside.failed)


@pytest.mark.parametrize(
    ("place", "told"), [(3, "item 3"), ("price", "branch 'price'"), (range(4, 8), "items 4 to 7")]
)
def test_what_is_adopted_from_a_place_says_so(run, place, told):
    """An item, a branch, or a list of items."""
    aside = run.aside()
    aside.issues.append("x")
    aside.failed.append(Slot("b", {}, ValueError(), (1,)))

    run.adopt(aside, place)

    assert run.issues == [f"{told}: x"]
    assert [slot.place for slot in run.failed] == [f"{told}, item 1, branch 'b'"]


def test_the_trace_is_in_the_order_in_which_calls_began(run):
    """Whichever ends first, also aside."""

    async def main():
        run.host = Canned({}, after_s=0.02)
        slow = asyncio.create_task(run.make(asked("slow")))
        await asyncio.sleep(0)
        quick = run.aside()
        quick.host = Canned({})
        await quick.make(asked("quick"))
        first = [entry.name for entry in run.trace]
        await slow
        return first

    assert asyncio.run(main()) == ["quick"]
    assert [entry.name for entry in run.trace] == ["slow", "quick"]


def test_whoever_listens_hears_of_calls_as_they_end(run):
    """Of those aside too."""
    heard = []
    run.on_trace = heard.append

    asyncio.run(run.aside().make(asked("make")))

    assert heard == [Traced("make", "canned", "m", "scripted", attempts=1)] == [*run.trace]


def test_a_run_without_a_host_says_how_to_get_one():
    """By the fixture or connect()."""
    with pytest.raises(LLMockError, match="^Stage 'make' has no backend to ask: make it with the fixture"):
        asyncio.run(Run(None, SystemClock()).make(asked("make")))


def test_what_remains_of_a_run_is_never_nothing():
    """A call that begins too late still has a time to be cut off at."""
    clock = SystemClock()

    assert Run(None, clock).remaining_s is None
    assert Run(None, clock, expires=clock.monotonic() - 5).remaining_s == 0.001

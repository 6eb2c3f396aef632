"""Who is up, as a session knows it."""

import asyncio
from contextlib import suppress

import pytest

from pytest_llmock.backends.health import Health
from pytest_llmock.backends.registry import Leaf
from pytest_llmock.clock import SystemClock
from pytest_llmock.folding import as_backend
from pytest_llmock.pool.health import Checks

CALL = as_backend(lambda prompt: "x")


class Rounds:
    """Time that passes when somebody waits, for so many rounds; then who waits is cancelled."""

    def __init__(self, rounds):
        self.waits, self._left = [], rounds

    def monotonic(self):
        return float(len(self.waits))

    def wall(self):
        return 1000.0 + len(self.waits)

    async def sleep(self, seconds):
        self.waits.append(seconds)
        self._left -= 1
        if not self._left:
            raise asyncio.CancelledError


def leaf(name, *problems, asked=None, **options):
    """A live backend whose checks find these problems, one after the other; `asked` notes how it was asked."""
    left = list(problems)

    async def check(**how):
        if asked is not None:
            asked.append((name, how))
        return Health(name, reachable=True, problem=left.pop(0))

    return Leaf(name, CALL, "ollama", live=True, check=check, **options)


def test_a_check_is_kept_under_the_backends_name():
    """What was known before stays as it was for whoever looked then."""
    checks, down = Checks(SystemClock()), leaf("Down", "gone", "gone again")

    found = asyncio.run(checks.ask(down))
    before = checks.known
    asyncio.run(checks.ask(down))

    assert found == before["Down"]
    assert (before["Down"].problem, checks.known["Down"].problem) == ("gone", "gone again")


@pytest.mark.parametrize(
    ("unasked", "health"),
    [
        pytest.param(
            Leaf("gen", CALL, "synthetic", "synthetic"),
            Health(
                "gen", reachable=True, models=("synthetic",), model_present=True, json_mode="schema", at=1000
            ),
            id="embedded",
        ),
        pytest.param(
            Leaf("mine", CALL, "python", live=True), Health("mine", reachable=True, at=1000), id="a function"
        ),
    ],
)
def test_who_cannot_be_asked_is_up_and_is_not_kept(unasked, health):
    """Only what was found out counts as known."""
    checks = Checks(Rounds(1))

    found = asyncio.run(checks.ask(unasked))

    assert found == health
    assert checks.known == {}


def test_all_are_asked_at_the_same_time_and_told_in_their_order():
    """Each check waits for the others to have begun."""

    async def together():
        everyone = asyncio.Barrier(3)

        def member(name):
            async def check(**how):
                await everyone.wait()
                return Health(name, reachable=True)

            return Leaf(name, CALL, "ollama", live=True, check=check)

        return await asyncio.wait_for(Checks(SystemClock()).ask_all(map(member, "cab")), 5)

    assert [health.name for health in asyncio.run(together())] == ["c", "a", "b"]


def test_the_wishes_of_who_asks_reach_the_check():
    """JSON mode and time allowed."""
    asked = []

    asyncio.run(Checks(SystemClock()).ask_all([leaf("x", "", asked=asked)], json_mode=True, timeout_s=2))

    assert asked == [("x", {"json_mode": True, "timeout_s": 2})]


def watched(checks, *leaves):
    async def watch():
        with suppress(asyncio.CancelledError):
            await checks.watch(lambda: leaves, 30)

    asyncio.run(watch())


def test_a_watch_asks_the_enabled_live_ones_again_and_again(caplog):
    """Not the disabled one, and not those that nobody can ask."""
    clock, asked = Rounds(3), []
    checks = Checks(clock)

    watched(
        checks,
        leaf("a", "", "", "", asked=asked),
        leaf("off", asked=asked, enabled=False),
        Leaf("gen", CALL, "synthetic"),
    )

    assert [name for name, _ in asked] == ["a", "a", "a"]
    assert clock.waits == [30, 30, 30]
    assert list(checks.known) == ["a"]
    assert caplog.messages == []


def test_a_watch_tells_once_that_a_backend_is_down_and_that_it_is_back(caplog):
    """A line for each change, none for each look."""
    watched(Checks(Rounds(6)), leaf("a", "", "gone", "still gone", "", "gone", "gone"))

    assert caplog.messages == [
        "Backend 'a' is down: gone",
        "Backend 'a' is up again.",
        "Backend 'a' is down: gone",
    ]


def test_a_backend_that_is_down_at_first_is_told(caplog):
    """Before anybody asks it."""
    watched(Checks(Rounds(1)), leaf("a", "never there"))

    assert caplog.messages == ["Backend 'a' is down: never there"]

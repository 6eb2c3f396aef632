"""Steps that stand in for each other."""

import time

import anyio
import pytest
from hosts import Canned
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock import Batch, Fallback, Stage, StepFailed
from pytest_llmock.errors import BackendError, DeadlineError, Failure


class Effort(Stage):
    """A step that leaves so many issues behind."""

    async def apply(self, data, run):  # noqa: ARG002 - it calls no model
        run.issues += [f"{self.name} {number}" for number in range(int(self.instructions))]
        return self.name


def effort(name, issues):
    return Effort(name, instructions=str(issues))


def broken(data):
    raise ValueError("broken")


def fine(data):
    return "fine"


@pytest.mark.parametrize(
    ("steps", "value", "issues"),
    [
        pytest.param([fine, broken], "fine", 0, id="the first that succeeds"),
        pytest.param([broken, fine], "fine", 0, id="the next after a failure"),
        pytest.param([effort("a", 1), fine], "fine", 0, id="the next after a loop that gave up"),
        pytest.param([effort("a", 2), broken], "a", 2, id="best effort when nobody does better"),
        pytest.param([effort("a", 2), effort("b", 1)], "b", 1, id="the effort with the least to mend"),
        pytest.param([effort("a", 1), effort("b", 1)], "a", 1, id="of equal efforts the first"),
    ],
)
def test_who_makes_the_value(steps, value, issues):
    """The first that succeeds, else whoever came closest."""
    result = Fallback(*steps).run_sync({})

    assert (result.value, len(result.issues), result.ok) == (value, issues, not issues)


def test_failed_items_are_no_success_either():
    """A batch that lost an item is a last resort."""
    lossy = Batch(lambda item: 1 // item)

    assert Fallback(lossy, fine).run_sync([0, 1]).value == "fine"
    assert Fallback(lossy, broken).run_sync([0, 1]).value == [None, 1]


def test_each_step_gets_the_same_data():
    """Whatever those before it did to theirs."""

    def spoil(data):
        data.clear()
        raise ValueError("after all")

    assert Fallback(spoil, lambda data: data).run_sync({"a": 1}).value == {"a": 1}


def test_when_all_fail_every_cause_is_told():
    """In one message, and as errors with their tracebacks."""
    down = BackendError(Failure("status", "The backend is down.", 503), backend="rich")
    fallback = Fallback(Stage("make", backend="rich"), broken).bound(Canned(down))

    with pytest.raises(StepFailed) as caught:
        fallback.run_sync({"a": 1})

    causes = [
        "Step 'make' (backend 'rich') failed: The backend is down.",
        "Step 'broken' failed: ValueError: broken.",
    ]
    told = f"Step 'Fallback' failed: none of its 2 steps succeeded. {' '.join(causes)}"
    assert str(caught.value) == f"{told} Its input: {{'a': 1}}."
    assert caught.value.__cause__.details == {"causes": causes}
    assert [error.step for error in caught.value.__cause__.__cause__.exceptions] == ["make", "broken"]


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_nobody_stands_in_for_a_step_that_is_cancelled(loop):
    """Who cancels wants no other answer."""
    asked = []

    async def slow(data):
        await anyio.sleep(60)

    async def main():
        with anyio.move_on_after(0.02):
            await Fallback(slow, asked.append).run({})

    anyio.run(main, backend=loop)

    assert asked == []


def test_nobody_stands_in_when_the_time_of_the_run_has_passed():
    """The run is over; its cause is the step that was cut off."""

    def late(asked):
        time.sleep(asked.timeout_s)
        return BackendError(Failure("timeout", "too late"))

    host = Canned(late)

    with pytest.raises(DeadlineError, match=r"^Fallback was not complete within 0\.02 s") as caught:
        Fallback(Stage("first"), Stage("second")).bound(host).run_sync({}, timeout=0.02)

    assert str(caught.value.__cause__).startswith("Step 'first' failed: too late")
    assert [asked.step for asked in host.asked] == ["first"]


@given(st.lists(st.sampled_from(["ok", "issue", "error"]), min_size=1, max_size=5))
def test_a_fallback_is_as_good_as_its_best_step(outcomes):
    """A success if there is one, else an effort, else a failure; nobody is asked after a success."""
    asked = []

    def step(number, outcome):
        def made(data):
            asked.append(number)
            return [number] if outcome == "ok" else [][number]

        return effort(str(number), 1) if outcome == "issue" else made

    fallback = Fallback(*[step(*each) for each in enumerate(outcomes)])
    if set(outcomes) == {"error"}:
        with pytest.raises(StepFailed, match="none of its"):
            fallback.run_sync({})
    else:
        assert fallback.run_sync({}).ok == ("ok" in outcomes)
    assert "ok" not in outcomes or max(asked) == outcomes.index("ok")


def test_an_empty_fallback_is_refused():
    """When it is built."""
    with pytest.raises(ValueError, match=r"^A Fallback needs a step at least: Fallback\(first, second\)\.$"):
        Fallback()


def test_what_is_no_step_is_refused():
    """When it is built."""
    with pytest.raises(TypeError, match="^Fallback takes steps and functions of one argument, not 'fine'"):
        Fallback("fine")


def test_a_fallback_shows_what_one_writes():
    """Its repr is its topology."""
    assert repr(Fallback(Stage("a", backend="x"), fine)) == "Fallback(Stage('a', backend='x'), fine)"


def test_a_fallback_is_drawn_with_the_ways_of_failure():
    """Each step leads to the result, and to the next when it fails."""
    drawn = Fallback(broken, fine).to_mermaid()

    assert drawn == (
        'flowchart LR\n    n1(["input"])\n    n2(["broken"])\n    n1 --> n2\n    n3(["fine"])\n'
        '    n2 -- "fails" --> n3\n    n4(["result"])\n    n2 --> n4\n    n3 --> n4\n'
    )

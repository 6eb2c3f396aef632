"""ValidationLoop: what is called how often, with what, and which value is kept."""

import anyio
import pytest
from hosts import Canned
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock import Batch, QualityGate
from pytest_llmock.errors import DeadlineError, RefusedError, StepFailed
from pytest_llmock.patterns.maker import Patterns
from pytest_llmock.patterns.pipeline import Pipeline
from pytest_llmock.patterns.stage import Stage
from pytest_llmock.patterns.validation import ValidationLoop

USER = {"name": "string", "age": 0}


class Scripted:
    """Steps that count, and a validator whose n-th answer has so many issues as `counts` says."""

    def __init__(self, *counts):
        self.counts, self.calls = counts, []

    def make(self, data):
        self.calls.append("generate")
        return data.get("start", 0)

    def check(self, value):
        self.calls.append("validate")
        return [f"issue {number}" for number in range(self.counts[value])]

    def fix(self, given):
        self.calls.append("correct")
        return given["data"] + 1

    def last(self, given):
        assert given.keys() == {"data", "issues"}
        self.calls.append("final")
        return len(self.counts) - 1


def test_a_correction_that_passes_on_what_it_is_given_makes_an_object_of_that():
    """Of JSON's own types, as everything in a result is."""
    result = ValidationLoop(lambda data: 1, lambda data: ["bad"], QualityGate(0), 1).run_sync({})

    assert (type(result.value), result.value) == (dict, {"data": 1, "issues": ["bad"]})


def test_a_correction_that_needs_a_list_is_told_that_it_gets_an_object():
    """{"data": …, "issues": …} is one, and the message says how to take the list out."""
    with pytest.raises(StepFailed, match=r"not on an object\. Put .*: lambda data: data\['data'\]\."):
        ValidationLoop(lambda data: [1], lambda data: ["bad"], Batch(len)).run_sync({})


def test_data_that_passes_is_not_corrected():
    """One generation, one validation."""
    parts = Scripted(0)

    result = ValidationLoop(parts.make, parts.check, parts.fix).run_sync({})

    assert (result.value, result.ok, parts.calls) == (0, True, ["generate", "validate"])


def test_data_is_corrected_until_it_passes():
    """Each correction is validated."""
    parts = Scripted(2, 3, 0)

    result = ValidationLoop(parts.make, parts.check, parts.fix).run_sync({})

    assert (result.value, result.ok) == (2, True)
    assert parts.calls == ["generate", "validate", "correct", "validate", "correct", "validate"]


def test_a_correcting_step_gets_the_data_and_the_exact_issues():
    """As they were found, objects too."""
    seen = []
    issues = ["/age: is -5", {"field": "name", "code": 7}]

    def fix(given):
        seen.append(given)
        return {}

    ValidationLoop(lambda data: {"age": -5}, lambda data: issues if data else [], fix).run_sync({})

    assert seen == [{"data": {"age": -5}, "issues": issues}]


def test_an_exhausted_loop_keeps_the_best_and_says_what_is_left():
    """It does not raise: the fewest issues count, of equals the latest."""
    parts = Scripted(3, 1, 1, 2)

    result = ValidationLoop(parts.make, parts.check, parts.fix, max_attempts=3).run_sync({})

    assert (result.value, result.ok, result.issues) == (2, False, ("issue 0",))
    assert parts.calls.count("correct") == 3


def test_the_last_resort_comes_once_after_all_corrections():
    """Its work is validated, too."""
    parts = Scripted(3, 2, 2, 0)

    result = ValidationLoop(parts.make, parts.check, parts.fix, 2, parts.last).run_sync({})

    assert (result.value, result.ok) == (3, True)
    assert parts.calls[-4:] == ["correct", "validate", "final", "validate"]


def test_the_last_resort_gets_the_best_so_far():
    """Not what the last correction spoilt."""
    seen = []
    parts = Scripted(1, 5, 0)

    def last(given):
        seen.append(given)
        return 2

    ValidationLoop(parts.make, parts.check, parts.fix, 1, last).run_sync({})

    assert seen == [{"data": 0, "issues": ["issue 0"]}]


@given(st.lists(st.integers(0, 4), min_size=9, max_size=9), st.integers(1, 5), st.booleans())
def test_a_loop_ends_within_its_bounds_with_the_best(counts, most, with_final):
    """Whatever the validator says: calls are bounded, and the value is no worse than any other."""
    parts = Scripted(*counts)

    result = ValidationLoop(
        parts.make, parts.check, parts.fix, most, parts.last if with_final else None
    ).run_sync({})

    corrections = parts.calls.count("correct") + parts.calls.count("final")
    made = [*range(parts.calls.count("correct") + 1), *([8] if "final" in parts.calls else [])]
    assert parts.calls.count("correct") <= most
    assert parts.calls.count("validate") == corrections + 1
    assert len(result.issues) == counts[result.value] == min(counts[value] for value in made)
    assert result.ok == (0 in [counts[value] for value in made])


def test_what_a_correction_was_asked_with_is_no_data():
    """A stage puts neither data nor issues back into its answer, whatever it keeps else."""
    host = Canned({"name": "Ada"})
    fix = Stage("fix", keep_input="strict")
    loop = ValidationLoop(lambda data: {"name": ""}, lambda data: ["empty"] * (not data["name"]), fix)

    result = loop.bound(host).run_sync({})

    assert result.value == {"name": "Ada"}
    assert host.asked[0].generation.body == {"data": {"name": ""}, "issues": ["empty"]}


@pytest.mark.parametrize(
    ("shape", "count"), [(USER, 2), ([USER], None), (None, None)], ids=["record", "list", "none"]
)
def test_a_list_is_corrected_as_a_list(shape, count):
    """A stage whose shape is one record makes as many as there are."""
    host = Canned([{"name": "Ada", "age": 1}, {"name": "Bob", "age": 2}])
    loop = ValidationLoop(lambda data: [{}, {}], USER, Stage("fix", shape=shape))

    loop.bound(host).run_sync({})

    assert host.asked[0].generation.count == count


def test_a_correction_whose_condition_fails_leaves_the_data_as_it_is():
    """It passes the data through, not what it was asked with."""
    fix = Stage("fix", when=lambda given: "hard" in given["issues"])
    loop = ValidationLoop(lambda data: {"a": 1}, lambda data: ["easy"], fix)

    assert loop.bound(Canned({})).run_sync({}).value == {"a": 1}


def test_what_an_attempt_left_behind_counts_only_if_it_is_kept():
    """Here a loop within the loop gave up, and its work was corrected."""
    inner = ValidationLoop(lambda data: 1, lambda value: ["inner"], lambda given: 1, 1)
    kept = ValidationLoop(inner, lambda value: [], lambda given: 2).run_sync({})
    mended = ValidationLoop(inner, lambda value: ["outer"] * (value == 1), lambda given: 2).run_sync({})

    assert (kept.issues, mended.issues) == (("inner",), ())


def test_a_step_that_fails_fails_the_loop():
    """Whoever is meant for that stands in: a Fallback, a SelfHeal."""

    def broken(given):
        raise ZeroDivisionError

    with pytest.raises(StepFailed) as caught:
        ValidationLoop(lambda data: 1, lambda value: ["x"], broken).run_sync({})

    assert caught.value.path == ("ValidationLoop", "broken")


def test_loops_nest_in_pipelines_and_loops():
    """A pattern is a step."""
    inner = ValidationLoop(lambda data: data + 1, lambda value: [], lambda given: 0)

    result = Pipeline(inner, ValidationLoop(Pipeline(inner), lambda value: [], inner)).run_sync(0)

    assert result.value == 2


def test_backends_of_all_parts_are_checked_when_it_is_bound():
    """The validator's too."""
    loop = ValidationLoop(Stage("a"), Stage("b", backend="nobody"), Stage("c"), 1, Stage("d"))

    with pytest.raises(RefusedError, match="Stage 'b': backend 'nobody' is not configured."):
        loop.bound(Canned(known=()))


@pytest.mark.parametrize("most", [0, -1, True, 1.5, "3"])
def test_a_bound_that_is_none_is_refused(most):
    """When the loop is built."""
    with pytest.raises(
        ValueError, match="^ValidationLoop: max_attempts is .*: give a whole number, 1 or more.$"
    ):
        ValidationLoop(lambda data: 1, USER, lambda given: 1, max_attempts=most)


@pytest.mark.parametrize("place", [0, 2, 4], ids=["generate", "correct", "final"])
def test_a_part_that_is_no_step_is_refused(place):
    """When the loop is built."""
    parts = [lambda data: 1, USER, lambda given: 1, 3, lambda given: 1]
    parts[place] = "generate"

    with pytest.raises(
        TypeError, match="^ValidationLoop takes steps and functions of one argument, not 'gen"
    ):
        ValidationLoop(*parts)


def test_a_loop_shows_and_draws_its_parts():
    """Its repr is what one writes; the drawing has the way back."""
    loop = ValidationLoop(Stage("make"), USER, Stage("fix"), 2, Stage("last", backend="premium"))

    assert repr(loop) == (
        "ValidationLoop(Stage('make'), {'name': 'string', 'age': 0}, Stage('fix'), max_attempts=2, "
        "final=Stage('last', backend='premium'))"
    )
    assert "at last" not in ValidationLoop(Stage("make"), USER, Stage("fix")).to_mermaid()
    drawn = loop.to_mermaid()
    assert 'n3 -- "issues" --> n4\n    n4 --> n3\n' in drawn
    assert 'n3 -- "at last" --> n5' in drawn
    assert 'n3 -- "passes" --> n6' in drawn


def test_the_fixture_makes_loops_that_are_bound():
    """With the arguments of the class."""
    patterns = Patterns(Canned({"name": "Ada", "age": 1}))

    loop = patterns.validation_loop(Stage("make"), USER, Stage("fix"), max_attempts=1, final=Stage("last"))

    assert loop.run_sync({}).ok


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_deadline_ends_a_loop(backend):
    """Wherever it is just then."""

    async def slowly(given):
        await anyio.sleep(60)

    async def looped():
        await ValidationLoop(lambda data: 0, lambda value: ["more"], slowly).run({}, timeout=0.01)

    with pytest.raises(DeadlineError, match="ValidationLoop was not complete within 0.01 s"):
        anyio.run(looped, backend=backend)


def test_a_loop_runs_on_trio():
    """It knows nothing of the event loop."""

    async def slowly(given):
        await anyio.sleep(0.001)
        return given["data"] + 1

    async def looped():
        loop = ValidationLoop(lambda data: 0, lambda value: [] if value == 3 else ["more"], slowly)
        return (await loop.run({}, timeout=5)).value

    assert anyio.run(looped, backend="trio") == 3

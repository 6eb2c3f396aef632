"""Refine: how often it goes round, what it hands on, and which value is kept."""

from types import SimpleNamespace

import pytest
from hosts import Canned
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.errors import StepFailed
from pytest_llmock.patterns.maker import Patterns
from pytest_llmock.patterns.refine import Refine
from pytest_llmock.patterns.stage import Stage
from pytest_llmock.shapes.validate import Problem


def refined(*scores, most=3, final=None, threshold=0.8):
    """The result when the n-th value gets the n-th score, and what was called."""
    calls = []

    def make(data):
        calls.append("generate")
        return 0

    def polish(given):
        calls.append("refine")
        return given["previous"] + 1

    result = Refine(make, polish, lambda value: scores[value], threshold, most, final).run_sync({})
    return result, calls


def test_it_stops_when_the_threshold_is_reached():
    """As the score is then good enough."""
    result, calls = refined(0.1, 0.8, 1.0)

    assert (result.value, result.ok, calls) == (1, True, ["generate", "refine"])


def test_generate_and_refine_count_together():
    """Three iterations are one generation and two refinements."""
    result, calls = refined(0.1, 0.3, 0.2, 1.0)

    assert calls == ["generate", "refine", "refine"]
    assert (result.value, result.issues) == (1, ("the score is 0.3, below 0.8",))


def test_of_values_as_good_the_latest_is_kept():
    """It has been worked on most."""
    assert refined(0.5, 0.5, 0.5)[0].value == 2


def test_the_last_resort_gets_the_best_value_itself():
    """Once, after the iterations, and its work is scored."""
    seen = []

    def premium(value):
        seen.append(value)
        return 3

    result, _ = refined(0.1, 0.5, 0.2, 0.9, final=premium)

    assert (seen, result.value, result.ok) == ([1], 3, True)


@given(st.lists(st.floats(0, 1), min_size=8, max_size=8), st.integers(1, 6), st.floats(0, 1), st.booleans())
def test_it_ends_within_its_bounds_with_the_best(scores, most, threshold, with_final):
    """Whatever the scores are."""
    final = (lambda value: 7) if with_final else None

    result, calls = refined(*scores, most=most, final=final, threshold=threshold)

    assert len(calls) <= most
    assert scores[result.value] >= scores[0]
    assert scores[result.value] == max(scores[: len(calls)] + ([scores[7]] if result.value == 7 else []))
    assert result.ok == (scores[result.value] >= threshold)


@pytest.mark.parametrize(
    ("request_", "given_"),
    [
        ({"topic": "x"}, {"previous": 1, "topic": "x"}),
        ({"previous": "mine"}, {"previous": 1}),
        (["x"], {"previous": 1, "input": ["x"]}),
    ],
    ids=["object", "own-previous", "list"],
)
def test_refine_gets_what_was_made_beside_the_input(request_, given_):
    """As the request it is."""
    seen = []

    Refine(lambda data: 1, seen.append, lambda value: value is None).run_sync(request_)

    assert seen == [given_]


def test_a_refining_stage_keeps_the_input_but_not_what_was_made_before():
    """And a count is a directive for it as for the first stage."""
    host = Canned({"text": "better"})
    loop = Refine(lambda data: {"old": 1}, Stage("refine"), lambda value: "text" in value)

    result = loop.bound(host).run_sync({"topic": "x", "count": 1})

    assert result.value == {"topic": "x", "text": "better"}
    assert host.asked[0].generation.body == {"previous": {"old": 1}, "topic": "x"}
    assert host.asked[0].generation.count == 1


def test_a_list_is_refined_as_a_list():
    """A stage whose shape is one record makes as many as there were."""
    host = Canned([{"a": 1}, {"a": 2}])

    Refine(lambda data: [{}, {}], Stage("refine", shape={"a": 0}), lambda value: value[0] != {}).bound(
        host
    ).run_sync({})

    assert host.asked[0].generation.count == 2


@pytest.mark.parametrize(
    "said",
    [
        {"score": 0.5, "issues": ["/a: is bad"]},
        SimpleNamespace(score=0.5, issues=(Problem("/a", "is bad", "x"),)),
    ],
    ids=["object", "report"],
)
def test_a_score_may_have_its_reasons(said):
    """They are what is left to mend."""
    result = Refine(lambda data: 1, lambda data: 1, lambda value: said, max_iterations=1).run_sync({})

    assert result.issues == ("the score is 0.5, below 0.8", "/a: is bad")


def test_a_score_may_be_async():
    """It is awaited."""

    async def score(value):
        return 1

    assert Refine(lambda data: 1, lambda data: 2, score).run_sync({}).value == 1


def test_a_backend_scores_when_a_stage_does():
    """Without a shape it is asked for a score; nothing of the data is taken for its answer."""
    host = Canned({"score": 0.9})

    result = Refine(lambda data: {"score": 0.1}, lambda data: 2, Stage("judge")).bound(host).run_sync({})

    assert result.ok
    assert host.asked[0].shape.schema["required"] == ["score"]
    assert host.asked[0].generation.body == {"score": 0.1}


@pytest.mark.parametrize("said", [2, -0.1, float("nan"), "good", None, {"score": 0.5, "issues": 3}], ids=repr)
def test_a_function_that_gives_no_score_is_an_error(said):
    """With what it gave."""

    def score(value):
        return said

    with pytest.raises(
        StepFailed, match="^Step 'score' failed: TypeError: score returned .*: return a number"
    ):
        Refine(lambda data: 1, lambda data: 2, score).run_sync({})


@pytest.mark.parametrize(
    "said", [{}, {"score": "good"}, {"score": 3}, {"score": 1, "issues": "x"}, [1]], ids=repr
)
def test_a_backend_that_gives_no_score_is_an_error(said):
    """With its answer."""
    loop = Refine(lambda data: 1, lambda data: 2, Stage("judge", backend="premium")).bound(Canned(said))

    with pytest.raises(
        StepFailed, match=r"^Step 'judge' \(backend 'premium'\) failed: this is not a score: "
    ):
        loop.run_sync({})


@pytest.mark.parametrize("threshold", [-0.1, 1.1, True, "high", None, float("nan")])
def test_a_threshold_outside_0_to_1_is_refused(threshold):
    """When it is built."""
    with pytest.raises(ValueError, match="^Refine: threshold is .*: give a number from 0 to 1.$"):
        Refine(lambda data: 1, lambda data: 1, lambda value: 1, threshold=threshold)


def test_too_few_iterations_are_refused():
    """When it is built."""
    with pytest.raises(ValueError, match="^Refine: max_iterations is 0: give a whole number, 1 or more.$"):
        Refine(lambda data: 1, lambda data: 1, lambda value: 1, max_iterations=0)


@pytest.mark.parametrize("score", [None, 0.5, {"a": 1}, int], ids=repr)
def test_what_scores_nothing_is_refused(score):
    """When it is built."""
    with pytest.raises(
        TypeError, match=r"^Refine: score is a function from the data to 0 to 1, or a step that"
    ):
        Refine(lambda data: 1, lambda data: 1, score)


def test_it_shows_and_draws_its_parts():
    """Its repr is what one writes."""

    def quality(value):
        return 1

    loop = Patterns(Canned()).refine(Stage("draft"), Stage("polish"), quality, 0.9, 2, Stage("last"))

    assert repr(loop) == (
        "Refine(Stage('draft'), Stage('polish'), quality, threshold=0.9, max_iterations=2, final=Stage('last'))"
    )
    assert 'n3{"quality at least 0.9?"}' in loop.to_mermaid()
    assert [step.label for step in loop.parts] == ["draft", "polish", "quality", "last"]


def test_a_bound_function_scores_as_a_plain_one():
    """A step that is nothing but a function is asked as the function."""
    score = Patterns(Canned()).bind(lambda value: 0.9)

    assert Refine(lambda data: 1, lambda data: 2, score).run_sync({}).ok


def test_a_full_score_for_what_did_not_pass_ends_nothing():
    """The judge contradicts itself; the lower figure counts."""
    judge = lambda data: {"score": 1, "passed": data["n"] > 1, "issues": ["/n is low"]}  # noqa: E731 - a row
    step = Refine(lambda _: {"n": 1}, lambda given: {"n": given["previous"]["n"] + 1}, judge)

    result = step.run_sync({})

    assert (result.value, result.ok) == ({"n": 2}, True)

"""Steps in a row."""

import pytest
from hosts import Canned
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock import Parallel, Pipeline, Stage, StepFailed

STEPS = st.sampled_from([lambda data: [*data, "a"], lambda data: data[::-1], lambda data: data[1:]])


def test_each_step_gets_what_the_one_before_it_made():
    """From first to last."""
    assert Pipeline(lambda data: data + 1, lambda data: data * 10).run_sync(1).value == 20


@given(st.lists(STEPS, min_size=3, max_size=6), st.integers(1, 5), st.lists(st.integers(), max_size=4))
def test_a_pipeline_is_associative(steps, cut, data):
    """However it is cut into pipelines, it makes the same."""
    cut = min(cut, len(steps) - 1)
    first, second = steps[:cut], steps[cut:]

    flat = Pipeline(*steps).run_sync(data).value

    assert flat == Pipeline(Pipeline(*first), *second).run_sync(data).value
    assert flat == Pipeline(*first, Pipeline(*second)).run_sync(data).value


def test_nothing_follows_a_step_that_failed():
    """The rest is not asked."""
    host = Canned({})

    with pytest.raises(StepFailed, match="ZeroDivisionError"):
        Pipeline(lambda data: 1 // 0, Stage("after")).bound(host).run_sync({})

    assert host.asked == []


def test_an_empty_pipeline_is_refused():
    """When it is built."""
    with pytest.raises(ValueError, match=r"^A Pipeline needs a step at least: Pipeline\(Stage\('generate'"):
        Pipeline()


@pytest.mark.parametrize(
    "steps",
    [(Stage("a"), Stage("a")), (Stage("a"), Pipeline(Stage("b"), Stage("a")))],
    ids=["side by side", "within another"],
)
def test_two_stages_of_one_name_are_refused(steps):
    """A trace would not say which was meant."""
    with pytest.raises(
        ValueError, match="^This Pipeline has two stages named 'a': give each its own, by which"
    ):
        Pipeline(*steps)


def test_a_stage_may_stand_in_several_branches():
    """Their names tell them apart."""
    stage = Stage("a")

    assert Pipeline(Parallel({"one": stage, "two": stage})).bound(Canned(1)).run_sync({}).value == {
        "one": 1,
        "two": 1,
    }


def test_a_pipeline_shows_what_one_writes():
    """Its repr is its topology."""
    pipeline = Pipeline(Stage("a", backend="x"), Pipeline(Stage("b")))

    assert repr(pipeline) == "Pipeline(Stage('a', backend='x'), Pipeline(Stage('b')))"


def test_a_pipeline_is_drawn_in_a_row():
    """Model calls as boxes with their backend, functions round."""

    def tidy(data):
        return data

    assert Pipeline(Stage("make", backend="x"), tidy).to_mermaid() == (
        'flowchart LR\n    n1(["input"])\n    n2["make x"]\n    n1 --> n2\n    n3(["tidy"])\n    n2 --> n3\n'
        '    n4(["result"])\n    n3 --> n4\n'
    )

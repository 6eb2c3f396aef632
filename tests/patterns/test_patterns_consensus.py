"""Consensus: who is asked, what becomes of steps that fail, and how one answer is chosen."""

import asyncio

import anyio
import pytest
from hosts import Canned
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.errors import BackendError, Failure, LLMockError, StepFailed
from pytest_llmock.patterns.batch import Batch
from pytest_llmock.patterns.consensus import Consensus
from pytest_llmock.patterns.maker import Patterns
from pytest_llmock.patterns.parallel import Parallel
from pytest_llmock.patterns.stage import Stage
from pytest_llmock.patterns.validation import ValidationLoop
from pytest_llmock.patterns.votes import by_field, by_majority
from pytest_llmock.shapes.limits import canonical

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from("ab"),
    lambda inside: st.lists(inside, max_size=2) | st.dictionaries(st.sampled_from("xy"), inside, max_size=2),
    max_leaves=6,
)


def answering(*values):
    """Steps that answer these, one each; an exception is raised."""

    def step(value):
        def answer(data):
            if isinstance(value, Exception):
                raise value
            return value

        return answer

    return [step(value) for value in values]


def chosen(*values, **how):
    return Consensus(answering(*values), **how).run_sync({}).value


def test_the_highest_score_wins_and_of_equals_the_first():
    """As in the seed's vote."""
    values = [{"n": 1, "by": "a"}, {"n": 3, "by": "b"}, {"n": 3, "by": "c"}]

    assert chosen(*values, score=lambda value: value["n"] / 3) == {"n": 3, "by": "b"}


def test_without_a_score_the_quality_is_compared():
    """Completeness, validity and realism, with the shape of each stage."""
    shape = {"email": "email", "age": 0}
    bad, good = {"email": "nobody", "age": -5}, {"email": "ann.lee@example.com", "age": 31}
    host = Canned({"age": 31}, bad, good)

    members = [Stage(name, shape=shape) for name in ("a", "b", "c")]

    assert Consensus(members).bound(host).run_sync({}).value == good


def test_a_backend_scores_each_value():
    """A judge, asked about one value at a time."""
    host = Canned({"score": 0.2}, {"score": 0.7})
    steps = answering("a", "b")

    result = Consensus(steps, score=Stage("judge")).bound(host).run_sync({})

    assert result.value == "b"
    assert [asked.generation.body for asked in host.asked] == ["a", "b"]


def test_a_judge_that_fails_fails_the_consensus():
    """A value that nobody could score has not lost."""
    host = Canned({"score": 0.2}, BackendError(Failure("connect", "gone")))

    with pytest.raises(StepFailed, match="^Step 'judge' failed: gone"):
        Consensus(answering("a", "b"), score=Stage("judge")).bound(host).run_sync({})


def test_the_majority_wins_whatever_the_order_of_keys():
    """By canonical value; of equals the one that came first."""
    assert chosen(0, {"a": 1, "b": 2}, {"b": 2, "a": 1}, choose="majority") == {"a": 1, "b": 2}
    assert chosen("x", "y", choose="majority") == "x"


@pytest.mark.parametrize(
    ("values", "voted"),
    [
        ([{"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 3, "b": 2}], {"a": 1, "b": 2}),
        ([{"a": {"b": 1, "c": 1}}, {"a": {"b": 1, "c": 2}}, {"a": None}], {"a": {"b": 1, "c": 1}}),
        ([{"a": 1}, {"a": 1, "z": 9}, {"a": 1}], {"a": 1}),
        ([{"a": 1}, {"a": 1, "z": 9}, {"a": 1, "z": 8}], {"a": 1, "z": 9}),
        ([["x", "y"], ["x", "z"], ["w", "z"]], ["x", "z"]),
        ([["x"], ["x", "z"], ["w", "z"]], ["x", "z"]),
        ([1, True, 1.0, 1], 1),
        ([{}, [], "x"], {}),
        ([[], [], "x"], []),
    ],
    ids=["fields", "nested", "rare-field", "usual-field", "places", "lengths", "kinds", "tie", "empty"],
)
def test_each_field_is_voted_on_by_itself(values, voted):
    """Also whether it is there, and what kind of thing it is."""
    result = chosen(*values, choose="fields")

    assert (result, type(result)) == (voted, type(voted))


@given(st.lists(JSON, min_size=1, max_size=5))
def test_what_is_unanimous_is_chosen_and_nothing_is_made_up(values):
    """Votes name values that were given; one voter decides alone."""
    assert canonical(by_majority(values)) in [canonical(value) for value in values]
    assert by_field([values[0]] * 3) == by_majority([values[0]] * 2) == values[0]


@given(JSON, JSON)
def test_two_against_one_win_in_every_field(most, one):
    """Wherever the one stands in the list."""
    assert by_field([one, most, most]) == by_field([most, most, one]) == by_field([most, one, most]) == most


def test_a_function_chooses_from_all_values():
    """It may be async, and make a value of its own."""

    async def summed(values):
        return sum(values)

    assert chosen(1, 2, 3, choose=summed) == 6


def test_a_judge_chooses_a_place_in_the_list():
    """It is given input and candidates, and asked for a number."""
    host = Canned({"choice": 1})

    result = Consensus(answering("a", "b"), choose=Stage("judge")).bound(host).run_sync({"topic": "x"})

    assert result.value == "b"
    assert host.asked[0].generation.body == {"input": {"topic": "x"}, "candidates": ["a", "b"]}
    assert host.asked[0].shape.schema["properties"]["choice"]["maximum"] == 1


@pytest.mark.parametrize(
    "answer", [{"choice": 2}, {"choice": -1}, {"choice": True}, {"choice": "a"}, {}, ["a"]], ids=repr
)
def test_a_judge_that_chooses_nothing_is_an_error(answer):
    """With its answer."""
    loop = Consensus(answering("a", "b"), choose=Stage("judge", keep_input=True)).bound(Canned(answer))

    with pytest.raises(StepFailed, match=r"^Step 'judge' failed: this is not a choice: {\"choice\": 0 to 1}"):
        loop.run_sync({})


def test_steps_that_fail_are_left_out():
    """The others decide, and the errors stand in the trace."""
    host = Canned(BackendError(Failure("connect", "gone")), {"a": 1}, {"a": 1})

    result = Consensus([Stage("x"), Stage("y"), Stage("z")], choose="majority").bound(host).run_sync({})

    assert (result.value, result.ok, len(result.trace)) == ({"a": 1}, True, 3)
    assert all(entry.is_call for entry in result.trace)


def broken(data):
    raise ValueError("no idea")


@pytest.mark.parametrize(
    ("step", "name"),
    [
        (broken, "broken"),
        (Parallel({"a": broken}), "broken"),
        (Batch(broken), "Batch"),
        (Stage("picky", when=broken), "picky"),
    ],
    ids=["function", "inside another pattern", "a pattern itself", "a stage that asked nobody"],
)
def test_a_step_without_a_model_call_that_fails_stands_in_the_trace_too(step, name):
    """It costs nothing, and is no model call."""
    result = Consensus([step, lambda data: 1]).run_sync({})

    (entry,) = result.trace
    assert (result.value, result.ok, entry.name, entry.is_call, result.cost) == (1, True, name, False, 0)
    assert entry.issues == (
        ("ValueError: no idea",)
        if name != "Batch"
        else ("a Batch works on a list of items, not on an object.",)
    )


def test_a_step_that_fails_is_told_of_in_a_stream():
    """When it happens."""

    async def told():
        return [entry async for entry in Consensus([broken, lambda data: 1]).stream({})]

    first, last = asyncio.run(told())

    assert (first, last.value) == (last.trace[0], 1)


def test_when_all_steps_fail_each_reason_is_told():
    """As one StepFailed."""
    with pytest.raises(StepFailed) as caught:
        chosen(ValueError("one"), KeyError("two"))

    assert isinstance(caught.value.__cause__, LLMockError)
    assert caught.value.step == "Consensus"
    assert "ValueError: one" in str(caught.value)
    assert "KeyError: 'two'" in str(caught.value)


def test_only_the_chosen_answer_leaves_its_issues_behind():
    """Those of a loop that gave up count when its value is the one."""
    gave_up = ValidationLoop(lambda data: 1, lambda value: ["left"], lambda given: 1, 1)
    steps = [gave_up, *answering(2)]

    results = [
        Consensus(steps, choose=lambda values, place=place: values[place]).run_sync({}) for place in (0, 1)
    ]
    made_up = Consensus(steps, choose=sum).run_sync({})

    assert [result.issues for result in (*results, made_up)] == [("left",), (), ("left",)]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_all_steps_run_at_the_same_time(backend):
    """Each of ten waits for the others; so do the scores."""

    async def together():
        waiting = {"steps": [], "scores": []}

        async def meet(kind):
            waiting[kind].append(anyio.Event())
            if len(waiting[kind]) == 10:
                for event in waiting[kind]:
                    event.set()
            await waiting[kind][-1].wait()
            return 1

        members = [lambda data: meet("steps")] * 10
        return await Consensus(members, score=lambda value: meet("scores")).run({}, timeout=5)

    assert anyio.run(together, backend=backend).value == 1


def test_one_step_is_enough():
    """A list of backends may have one entry today."""
    assert chosen("a", score=lambda value: 1) == "a"


@pytest.mark.parametrize("steps", [[], "abc", Stage("a"), len, None], ids=repr)
def test_what_is_no_list_of_steps_is_refused(steps):
    """When it is built."""
    with pytest.raises(
        TypeError, match=r"^Consensus takes a list of steps: Consensus\(\[first, second, …\]\), not"
    ):
        Consensus(steps)


@pytest.mark.parametrize("choose", ["bset", "", None, 3, int], ids=repr)
def test_a_way_to_choose_that_is_not_known_is_refused(choose):
    """When it is built, with those that are."""
    with pytest.raises(
        ValueError, match="^Consensus: choose is .*Give 'best', 'majority', 'fields', a function or"
    ):
        Consensus(answering(1), choose=choose)


def test_a_score_that_nobody_would_look_at_is_refused():
    """It is for the best."""
    with pytest.raises(
        ValueError, match="^Consensus: score= is for choose='best', and choose is 'majority'.$"
    ):
        Consensus(answering(1), choose="majority", score=len)


def test_it_shows_and_draws_its_parts():
    """Its repr is what one writes."""
    patterns = Patterns(Canned())
    steps = [Stage("a", backend="x"), Stage("b")]

    scored = patterns.consensus(steps, score=Stage("judge", backend="premium"))

    assert repr(scored) == (
        "Consensus([Stage('a', backend='x'), Stage('b')], choose='best', score=Stage('judge', backend='premium'))"
    )
    assert 'n4{"judge premium"}' in scored.to_mermaid()
    assert 'n4{"fields"}' in patterns.consensus(steps, "fields").to_mermaid()
    assert repr(Consensus(steps, patterns.bind(max))).endswith("choose=max)")
    assert 'n4{"max"}' in Consensus(steps, max).to_mermaid()
    assert [step.label for step in Consensus(steps, Stage("judge")).parts] == ["a", "b", "judge"]

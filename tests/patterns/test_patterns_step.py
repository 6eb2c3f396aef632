"""What every step does: run, stream, fail, nest, bind."""

import asyncio
import copy
import json
import pickle
import time
from contextlib import aclosing
from datetime import date
from functools import partial

import anyio
import pytest
from hosts import Canned
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from pytest_llmock import (
    Batch,
    Consensus,
    Fallback,
    Parallel,
    Pipeline,
    QualityGate,
    Refine,
    Result,
    Router,
    SelfHeal,
    Stage,
    Step,
    StepFailed,
    Traced,
    ValidationLoop,
)
from pytest_llmock.errors import BackendError, DeadlineError, Failure, OffShapeError, RefusedError
from pytest_llmock.patterns.running import RUN
from pytest_llmock.patterns.step import as_step

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


LOOPS = pytest.mark.parametrize("loop", ["asyncio", "trio"])


def same(data):
    return data


@given(JSON)
def test_data_come_through_a_function_as_they_are(data):
    """Every JSON value, keys in their order."""
    assert json.dumps(Pipeline(same).run_sync(data).value) == json.dumps(data)


def test_a_run_gives_value_trace_and_time():
    """One entry for each model call."""
    result = Pipeline(Stage("a"), same, Stage("b")).bound(Canned({"x": 1})).run_sync({})

    assert (result.value, [entry.name for entry in result.trace]) == ({"x": 1}, ["a", "b"])
    assert result.ok
    assert result.seconds > 0


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_a_run_works_on_any_loop(loop):
    """asyncio's and trio's."""
    stage = Stage("a").bound(Canned({"x": 1}))

    assert anyio.run(stage.run, {}, backend=loop).value == {"x": 1}


def test_the_users_data_are_never_changed():
    """Steps work on copies, and a result is no part of its input."""
    given_ = {"list": [1]}

    def spoil(data):
        data["list"].append(2)
        return data

    result = Pipeline(spoil, same).run_sync(given_)
    result.value["list"].clear()

    assert given_ == {"list": [1]}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({1, 2}, "The input of same must be JSON data: it is of type set: sorted(…) makes a list of it."),
        ([1, {"a": float("inf")}], "The input of same must be JSON data: /1/a is inf, which JSON has not."),
        ("\ud800", "The input of same must be JSON data: a string holds half of a surrogate pair."),
    ],
)
def test_an_input_that_is_no_json_is_refused(data, told):
    """Before anything runs."""
    with pytest.raises(TypeError) as caught:
        as_step(same, of="test").run_sync(data)

    assert str(caught.value).startswith(told)


def test_an_input_that_is_nested_too_deeply_is_refused():
    """Without a stack overflow."""
    deep = []
    for _ in range(100_000):
        deep = [deep]

    with pytest.raises(TypeError, match="The input of same must be JSON data: it is nested too deeply"):
        as_step(same, of="test").run_sync(deep)


def test_an_output_that_is_no_json_fails_its_step():
    """By the name of the function."""

    def today(data):
        return object()

    with pytest.raises(
        StepFailed, match="^Step 'today' failed: TypeError: What today returns must be JSON"
    ) as c:
        Pipeline(same, today).run_sync({})

    assert c.value.path == ("Pipeline", "today")


def test_a_failure_names_step_backend_input_and_path():
    """Of the innermost step, and the patterns around it."""
    down = BackendError(Failure("status", "It is down.", 503), backend="b")
    step = Pipeline(same, Parallel({"x": Pipeline(Stage("make", backend="b"))})).bound(Canned(down))

    with pytest.raises(StepFailed) as caught:
        step.run_sync({"a": 1})

    error = caught.value
    assert str(error) == "Step 'make' (backend 'b') failed: It is down. Its input: {'a': 1}."
    assert (error.step, error.backend, error.data, error.status) == ("make", "b", {"a": 1}, 502)
    assert error.path == ("Pipeline", "Parallel", "Pipeline", "make")
    assert error.__cause__ is down
    assert [entry.name for entry in error.details["trace"]] == ["make"]


def test_a_failure_has_the_answer_that_was_of_no_use():
    """The last of the attempts."""
    error = OffShapeError("No JSON.", attempts=[{"text": "a"}, {"text": "Sorry"}])

    with pytest.raises(StepFailed, match=r"It answered: 'Sorry'\.$") as caught:
        Stage("make").bound(Canned(error)).run_sync({})

    assert caught.value.output == "Sorry"


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_a_run_that_takes_too_long_is_cut_off(loop):
    """Model calls and functions alike."""

    async def slow(data):
        await anyio.sleep(60)

    async def main():
        await Pipeline(Stage("a"), slow).bound(Canned({})).run({}, timeout=0.05)

    with pytest.raises(DeadlineError, match=r"^Pipeline was not complete within 0\.05 s\.") as caught:
        anyio.run(main, backend=loop)

    assert [entry.name for entry in caught.value.details["trace"]] == ["a"]


@pytest.mark.parametrize("pattern", [Batch, lambda step: Parallel(step, on_error="collect"), Consensus])
def test_no_pattern_does_without_what_came_too_late(pattern):
    """A run that is over has no value with gaps."""

    def late(asked):
        time.sleep(asked.timeout_s)
        return ValueError("too late")

    with pytest.raises(DeadlineError, match=r"was not complete within 0\.02 s\."):
        pattern([Stage("a")] if pattern is Consensus else Stage("a")).bound(Canned(late)).run_sync(
            [1], timeout=0.02
        )


@LOOPS
@pytest.mark.parametrize("steps", [[], [Stage("a")]], ids=["at the end", "before a model call"])
def test_a_function_that_blocks_beyond_the_timeout_is_named(loop, steps):
    """Nobody can interrupt it, but what it made comes too late, and nothing is asked any more."""

    def blocks(data):
        time.sleep(0.02)

    host = Canned({})
    with pytest.raises(DeadlineError) as caught:
        anyio.run(partial(Pipeline(blocks, *steps).bound(host).run, {}, timeout=0.01), backend=loop)

    assert host.asked == []
    assert caught.value.message == (
        "Pipeline was not complete within 0.01 s: 'blocks' ended only after that. A function is interrupted "
        "where it awaits, so let what blocks wait in a thread, await anyio.to_thread.run_sync(…). Give it a "
        "longer timeout."
    )


def test_a_model_call_that_ends_too_late_is_no_function_that_blocks():
    """It is told as any run that took too long."""

    def late(asked):
        time.sleep(asked.timeout_s)
        return {}

    with pytest.raises(DeadlineError, match=r"^a was not complete within 0\.01 s\. Give it"):
        Stage("a").bound(Canned(late)).run_sync({}, timeout=0.01)


@pytest.mark.parametrize(
    "build",
    [
        Pipeline,
        lambda function: ValidationLoop(same, function, same),
        lambda function: Refine(same, same, function),
        lambda function: Consensus([same], choose=function),
        lambda function: Router([(3, same)], score=function),
        lambda function: Parallel({"a": same}, merge=function),
    ],
    ids=["a step", "validate", "score", "choose", "a router's score", "merge"],
)
@pytest.mark.parametrize("function", [lambda: 1, lambda one, two: one, lambda *, named: named])
def test_a_function_that_cannot_take_the_data_is_refused_when_it_is_built(build, function):
    """Not when a run comes to it."""
    with pytest.raises(
        TypeError, match="'<lambda>' is called with the data and nothing else, which .* does not"
    ):
        build(function)


@pytest.mark.parametrize(
    ("like", "meant"),
    [
        ([same], "Give them one by one: Pipeline(*steps)."),
        ("make", "For a model call: Stage('make', shape=…)."),
        ({"id": 0}, "A shape stands in a stage: Stage('generate', shape=…)."),
    ],
)
def test_what_is_no_step_is_told_how_to_become_one(like, meant):
    """The nearest thing that works."""
    with pytest.raises(TypeError) as caught:
        Pipeline(like)

    assert str(caught.value) == f"Pipeline takes steps and functions of one argument, not {like!r}. {meant}"


def test_functions_of_all_kinds_are_steps():
    """Partials go by the name of their function; of some built-in ones nobody knows the arguments."""

    class Adder:
        def __call__(self, data, more=1):
            return data + more

    def add(more, data):
        return data + more

    steps = Pipeline(Adder(), partial(add, 2), partial(partial(add), 3), Adder().__call__, max)

    assert repr(steps) == "Pipeline(Adder, add, add, __call__, max)"
    assert Pipeline(*steps.steps[:4]).run_sync(1).value == 8


def test_an_error_without_words_is_told_by_its_kind():
    """As a bare assertion is."""

    def check(data):
        raise AssertionError

    with pytest.raises(StepFailed) as caught:
        Pipeline(check).run_sync({})

    assert caught.value.reason == "Step 'check' failed: AssertionError."


def test_a_failure_in_time_is_what_it_is():
    """Only a run that is over is too late."""
    with pytest.raises(StepFailed, match="ZeroDivisionError"):
        Pipeline(lambda data: 1 // 0).run_sync({}, timeout=60)


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), True, "5"])
def test_a_timeout_that_means_nothing_is_refused(timeout):
    """Before anything is done."""
    with pytest.raises(ValueError, match=r"^Pipeline: timeout is .*: give seconds, more than 0\.$"):
        Pipeline(same).run_sync({}, timeout=timeout)


def test_a_model_call_is_told_how_much_time_is_left():
    """So that a pool gives up in time."""
    host = Canned({})

    Stage("a").bound(host).run_sync({}, timeout=5)

    assert 4 < host.asked[0].timeout_s <= 5


@LOOPS
def test_run_sync_within_a_loop_says_what_to_do(loop):
    """It would block the loop."""

    async def main():
        Pipeline(same).run_sync({})

    with pytest.raises(RuntimeError, match=r"Pipeline\.run_sync\(\) would block .*: await \.run\(…\)\."):
        anyio.run(main, backend=loop)


@LOOPS
def test_run_sync_in_a_thread_beside_a_loop_blocks_nobody(loop):
    """It has a loop of its own."""

    async def main():
        return await anyio.to_thread.run_sync(Pipeline(same).run_sync, {"a": 1})

    assert anyio.run(main, backend=loop).value == {"a": 1}


@pytest.mark.asyncio
async def test_a_stream_gives_each_call_and_last_the_result():
    """As soon as each is over."""
    step = Pipeline(Stage("a"), Stage("b")).bound(Canned({"x": 1}))

    came = [each async for each in step.stream({})]

    assert [type(each) for each in came] == [Traced, Traced, Result]
    assert came[-1].trace == tuple(came[:-1])


@pytest.mark.asyncio
async def test_a_stream_that_is_closed_early_cancels_its_run():
    """Nothing goes on behind one's back."""
    ended = []

    async def slow(data):
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(data)

    async with aclosing(Pipeline(Stage("a"), slow).bound(Canned({})).stream({})) as stream:
        first = await anext(stream)

    assert (first.name, ended) == ("a", [{}])


@pytest.mark.asyncio
async def test_a_stream_raises_what_its_run_raises():
    """After the calls that were made."""
    stream = Pipeline(Stage("a"), lambda data: 1 // 0).bound(Canned({})).stream({})

    first = await anext(stream)

    assert first.name == "a"
    with pytest.raises(StepFailed, match="ZeroDivisionError"):
        await anext(stream)


def test_a_stream_on_another_loop_says_what_to_do():
    """It is made of asyncio's tasks."""

    async def main():
        await anext(Pipeline(same).stream({}))

    with pytest.raises(RuntimeError, match=r"^Pipeline\.stream\(\) needs an asyncio loop: on another, await"):
        anyio.run(main, backend="trio")


async def waits_for_a_cancelled_task(data):
    task = asyncio.create_task(asyncio.sleep(60))
    task.cancel()
    await task


@pytest.mark.parametrize(
    "pattern", [Batch, lambda step: Parallel({"a": step, "b": same}, on_error="collect")]
)
def test_what_waits_for_something_cancelled_has_failed(pattern):
    """Only who cancels the run itself ends it: nothing is left out without a word."""
    (slot,) = pattern(waits_for_a_cancelled_task).run_sync([1]).failed

    assert slot.error.reason == (
        "Step 'waits_for_a_cancelled_task' failed: what it waited for was cancelled."
    )


@pytest.mark.asyncio
async def test_a_step_called_by_itself_gives_its_value():
    """It is an async function of data."""
    assert await Pipeline(lambda data: data + 1)(1) == 2


@pytest.mark.asyncio
async def test_a_step_called_by_a_function_is_part_of_the_same_run():
    """Its calls stand in the trace, its issues in the result, and its backend is the run's."""

    class Unsure(Stage):
        async def apply(self, data, run):
            run.issues.append("not sure")
            return await super().apply(data, run)

    async def twice(data):
        await Unsure("inner")(data)
        return await Stage("inner again")(data)

    result = await Pipeline(Parallel({"b": twice}), Stage("outer")).bound(Canned({"x": 1})).run({})

    assert [entry.name for entry in result.trace] == ["inner", "inner again", "outer"]
    assert result.issues == ("branch 'b': not sure",)


@pytest.mark.asyncio
async def test_a_run_within_a_run_has_the_hosts_of_the_outer_one():
    """And a result of its own."""
    inner = []

    async def nested(data):
        inner.append(await Stage("inner").run(data))
        return data

    result = await Pipeline(nested).bound(Canned({"x": 1})).run({})

    assert (inner[0].value, result.trace) == ({"x": 1}, ())


@pytest.mark.asyncio
async def test_nothing_of_a_run_is_left_behind():
    """Also when it failed."""
    with pytest.raises(StepFailed):
        await Pipeline(lambda data: 1 // 0).run({})

    assert RUN.get() is None


def test_an_inner_binding_yields_to_the_outer_one():
    """A run has one host, so that all of it can be replaced."""
    inner, outer = Canned("inner"), Canned("outer")

    assert Pipeline(Stage("a").bound(inner)).bound(outer).run_sync({}).value == "outer"


def test_a_bound_step_keeps_its_host_within_steps_that_are_bound_to_nobody():
    """Patterns may be built around one that a fixture made; its issues and calls are theirs."""
    inner = Pipeline(Stage("a")).bound(Canned({"made": 1}))

    result = Parallel({"a": inner, "b": same}).run_sync({})

    assert (result.value, [entry.name for entry in result.trace]) == ({"a": {"made": 1}, "b": {}}, ["a"])


def test_binding_makes_another_step():
    """A step is a value: it can be bound to two hosts."""
    stage = Stage("a")

    one, other = stage.bound(Canned(1)), stage.bound(Canned(2))

    assert (one.run_sync({}).value, other.run_sync({}).value, stage.host) == (1, 2, None)


def test_an_unknown_backend_is_refused_when_it_is_bound():
    """However deep it stands."""
    step = Pipeline(same, Parallel({"a": Pipeline(Stage("deep", backend="ghost"))}))

    with pytest.raises(RefusedError, match="Stage 'deep': backend 'ghost' is not configured"):
        step.bound(Canned(known={"x"}))


@pytest.mark.parametrize("like", ["a", None, 3, dict, [same]])
def test_what_is_no_step_and_no_function_is_refused(like):
    """A class is neither."""
    with pytest.raises(TypeError, match="^Pipeline takes steps and functions of one argument, not "):
        Pipeline(like)


def test_a_callable_without_a_name_goes_by_its_class():
    """Messages and drawings need one."""

    class Doubled:
        def __call__(self, data):
            return data * 2

    step = as_step(Doubled(), of="test")

    assert (step.label, repr(step), step.run_sync(2).value) == ("Doubled", "Doubled", 4)


def test_steps_are_equal_when_they_are_made_alike():
    """And can be keys."""
    assert Pipeline(same, Stage("a")) == Pipeline(same, Stage("a"))
    assert len({Pipeline(same), Pipeline(same)}) == 1


def test_steps_can_be_keys():
    """They are values, and equal ones are the same key."""
    shape = {"type": "object"}

    steps = {Pipeline(Stage("a", shape=shape), QualityGate(shape=shape)) for _ in range(2)}

    assert len(steps) == 1


def test_walking_goes_through_every_step():
    """The outermost first."""
    step = Pipeline(same, Parallel({"x": Stage("a")}))

    assert [each.label for each in step.walk()] == ["Pipeline", "same", "Parallel", "a"]


def test_a_step_of_ones_own_needs_two_methods():
    """It nests with the others."""

    class Doubled(Step):
        async def apply(self, data, run):  # noqa: ARG002 - it calls no model
            return data * 2

        def draw(self, drawing, before):
            return (drawing.behind(before, self.label),)

    assert Pipeline(Doubled(), Doubled()).run_sync(1).value == 4
    assert 'n2["Doubled"]' in Doubled().to_mermaid()


class Dated(BaseModel):
    """A record whose date must be one."""

    day: date


COPIED = [
    Stage("make", shape={"day": "date"}, when=same),
    Pipeline(same, Stage("make", shape=Dated)),
    Batch(Parallel({"a": same, "b": Fallback(same)})),
    Router([(3, same), (10, same)]),
    Consensus([same], choose=Stage("judge")),
    Refine(same, same, same),
    QualityGate(shape={"day": "2024-01-31"}, on_fail=same),
    *[kind(same, check, same) for kind in (ValidationLoop, SelfHeal) for check in (
        {"day": "2024-01-31"}, Dated, list[Dated], ["Ensure all dates are valid ISO-8601"], same, Stage("check"),
    )],
]  # fmt: skip


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, lambda step: pickle.loads(pickle.dumps(step))], ids=["copy", "deepcopy", "pickle"])  # fmt: skip
@pytest.mark.parametrize("step", COPIED, ids=repr)
def test_a_step_can_be_copied(step, how):
    """It is a value, and so is what checks for it."""
    made = how(step)

    assert (made, hash(made), repr(made)) == (step, hash(step), repr(step))


def test_a_copy_from_another_process_checks_as_before():
    """What is compiled does not travel; it is made again."""
    step = ValidationLoop(same, {"day": "2024-01-31", "n": 0}, same)

    found = [
        each.run_sync({"day": "soon", "n": "x"}).issues for each in (step, pickle.loads(pickle.dumps(step)))
    ]

    assert found[0] == found[1]
    assert len(found[0]) == 2


def test_what_a_step_checks_by_is_its_own():
    """Who changes the list or the mapping later changes no step."""
    shape = {"n": 0}
    step = ValidationLoop(same, shape, same)

    shape["m"] = 1

    assert (step.run_sync({"n": 1}).ok, step) == (True, ValidationLoop(same, {"n": 0}, same))


def test_a_bound_step_is_not_pickled_with_its_session():
    """It says how to do it."""
    with pytest.raises(TypeError) as caught:
        pickle.dumps(Pipeline(same).bound(Canned()))

    assert str(caught.value) == (
        "Pipeline is bound to a session, which stays in its process. Pickle it unbound, and bind it where it is "
        "to run: session.pipeline.bind(step)."
    )

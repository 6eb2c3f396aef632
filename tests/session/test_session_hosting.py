"""A real session as the host of steps: its journal, its backends, its end."""

import asyncio
import threading

import anyio
import pytest

from pytest_llmock import (
    Batch,
    DeadlineError,
    Delta,
    End,
    Parallel,
    Pipeline,
    Stage,
    StepFailed,
    Usage,
    connect,
)
from pytest_llmock.errors import OffShapeError, RefusedError, SessionClosedError, ShapeError
from waiting import until

USER = {"id": 0, "name": "string"}
LOOPS = pytest.mark.parametrize("loop", ["asyncio", "trio"])


@pytest.fixture
def session(tmp_path, monkeypatch):
    """A session without settings, whose backends are added by the test."""
    monkeypatch.chdir(tmp_path)
    with connect({"strict": True, "max_items": 20}) as session:
        yield session


class Slow:
    """A backend that never answers, and says when it was asked and when it was cancelled."""

    def __init__(self):
        self.asked, self.cancelled = threading.Event(), threading.Event()

    async def __call__(self, prompt):  # noqa: ARG002 - it is a backend
        self.asked.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        yield Delta()


def wait_for(event):
    assert event.wait(5)


@LOOPS
def test_a_stage_is_a_call_of_the_journal(session, loop):
    """With the request that the model is told of."""
    stage = session.pipeline.bind(Stage("enrich", backend="synthetic", shape=USER))

    value = anyio.run(stage.run, {"id": 7}, backend=loop).value

    (call,) = session.calls
    assert (call.face, call.method, call.path, call.status, call.source) == (
        "python",
        "STAGE",
        "/enrich",
        200,
        "synthetic",
    )
    assert (value["id"], value.keys()) == (7, USER.keys())


def test_the_trace_says_what_the_journal_knows(session):
    """Who answered, how often it was asked, what it used and cost."""
    answers = iter(['{"id": "x"}', '{"id": 1}'])

    async def strict(prompt):
        yield Delta(next(answers), end=End("stop", Usage(5, 4)))

    session.backends.add("strict", strict, model="m1")
    result = session.pipeline(Stage("make", backend="strict", shape={"id": 0})).run_sync({})

    (entry,) = result.trace
    assert (entry.name, entry.backend, entry.model, entry.source) == ("make", "strict", "m1", "scripted")
    assert (entry.attempts, entry.usage, entry.cost) == (2, Usage(10, 8), 0)
    assert [issue.split(":")[0] for issue in entry.issues] == ["/id"]
    assert (result.ok, entry.seconds > 0, entry.has_failed) == (True, True, False)


def test_an_answer_that_is_never_of_use_fails_the_stage(session):
    """The trace has every problem, and the error the last answer."""
    session.backends.add("rude", lambda prompt: "No.")

    with pytest.raises(StepFailed, match=r"It answered: 'No\.'\.$") as caught:
        session.pipeline(Stage("make", backend="rude", shape=USER)).run_sync({})

    assert type(caught.value.__cause__) is OffShapeError
    (entry,) = caught.value.details["trace"]
    assert (len(entry.issues), entry.has_failed) == (3, True)


def test_the_failure_of_a_stage_that_names_nobody_says_who_was_asked(tmp_path, monkeypatch):
    """The backend that the session selected."""
    monkeypatch.chdir(tmp_path)

    with (
        connect({"strict": True}, backend="scripted") as session,
        pytest.raises(StepFailed, match=r"^Step 'make' \(backend 'scripted'\) failed: ") as caught,
    ):
        session.pipeline(Stage("make")).run_sync({})

    assert caught.value.backend == "scripted"


def test_a_count_above_the_limit_is_refused(session):
    """With the ways to get as many."""
    with pytest.raises(StepFailed) as caught:
        session.pipeline(Stage("make", shape=USER)).run_sync({"count": 21})

    told = "Stage 'make' is asked for 21 records, and MaxItems is 20. Raise that, or make them in parts with a Batch."
    assert caught.value.reason == f"Step 'make' failed: {told}"
    assert type(caught.value.__cause__) is ShapeError


def test_a_batch_makes_more_than_the_limit(session):
    """In parts."""
    make = Batch(Stage("make", shape=USER, keep_input=False))

    parts = session.pipeline.bind(make).run_sync([{"count": 20, "part": number} for number in range(3)]).value

    assert [len(part) for part in parts] == [20, 20, 20]


def test_an_unknown_backend_is_refused_when_a_pattern_is_made(session):
    """It names the stage and the nearest backend."""
    with pytest.raises(RefusedError) as caught:
        session.pipeline(Stage("make", backend="synthetik"))

    assert caught.value.message.startswith(
        "Stage 'make': Backend 'synthetik' is not configured. Did you mean 'synthetic'?"
    )
    assert session.failures == [caught.value]


@LOOPS
def test_a_run_that_is_cut_off_cancels_its_backend(session, loop):
    """Nothing is generated for nobody."""
    slow = Slow()
    session.backends.add("slow", slow)
    stage = session.pipeline.bind(Stage("make", backend="slow"))

    async def main():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(stage.run, {})
            await anyio.to_thread.run_sync(wait_for, slow.asked)
            tasks.cancel_scope.cancel()

    anyio.run(main, backend=loop)

    until(lambda: session.calls[0].attempts[0].outcome)
    assert (slow.cancelled.is_set(), session.calls[0].attempts[0].outcome) == (True, "cancelled")


@LOOPS
def test_the_trace_of_a_call_that_is_cut_off_says_so(session, loop):
    """And how long it was waited for."""
    slow = Slow()
    session.backends.add("slow", slow)

    async def hasty(data):
        await anyio.to_thread.run_sync(wait_for, slow.asked)
        raise ValueError("no time")

    with pytest.raises(StepFailed) as caught:
        anyio.run(session.pipeline.parallel(Stage("make", backend="slow"), hasty).run, {}, backend=loop)

    (entry,) = caught.value.details["trace"]
    assert (entry.name, entry.source, entry.issues, entry.seconds > 0) == ("make", None, ("cancelled",), True)


@LOOPS
def test_a_timeout_reaches_the_backend(session, loop):
    """As the deadline of its call."""
    slow = Slow()
    session.backends.add("slow", slow)
    stage = session.pipeline.bind(Stage("make", backend="slow"))

    async def main():
        await stage.run({}, timeout=0.1)

    with pytest.raises(DeadlineError, match=r"^make was not complete within 0\.1 s") as caught:
        anyio.run(main, backend=loop)

    assert caught.value.status == 504
    wait_for(slow.cancelled)


def test_a_branch_that_fails_cancels_the_backends_of_the_others(session):
    """On the loop of the backends, too."""
    slow = Slow()
    session.backends.add("slow", slow)

    async def impatient(data):
        await asyncio.to_thread(wait_for, slow.asked)
        raise ValueError("enough")

    with pytest.raises(StepFailed, match="ValueError: enough"):
        session.pipeline.parallel({"s": Stage("s", backend="slow"), "i": impatient}).run_sync({})

    wait_for(slow.cancelled)


def test_branches_are_asked_at_the_same_time(session):
    """Each waits for the other to be asked."""
    both = [threading.Event(), threading.Event()]

    def meeting(own, other):
        async def backend(prompt):
            both[own].set()
            await asyncio.to_thread(wait_for, both[other])
            yield Delta("{}", end=End("stop"))

        return backend

    session.backends.add("one", meeting(0, 1))
    session.backends.add("two", meeting(1, 0))

    assert session.pipeline.parallel(Stage("a", backend="one"), Stage("b", backend="two")).run_sync({}).ok


@LOOPS
def test_a_call_that_the_end_of_its_session_cancels_says_so(session, loop):
    """It fails; whoever made it is not cancelled."""
    slow = Slow()
    session.backends.add("slow", slow)
    stage = session.pipeline.bind(Stage("make", backend="slow"))

    async def main():
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.to_thread.run_sync, end, session, slow)
            with pytest.raises(StepFailed, match="is over: ask its backend inside the block"):
                await stage.run({})

    anyio.run(main, backend=loop)


def end(session, slow):
    """End the session as the end of a test does, as soon as the backend was asked."""
    wait_for(slow.asked)
    session.closed = True

    async def cancel():
        for task in list(session.work):
            if task is not asyncio.current_task():
                task.cancel()

    asyncio.run_coroutine_threadsafe(cancel(), next(iter(session.work)).get_loop()).result(5)


def test_a_pattern_that_outlives_its_session_says_so(tmp_path, monkeypatch):
    """Nobody is asked."""
    monkeypatch.chdir(tmp_path)
    with connect({}) as session:
        step = session.pipeline(Stage("make"))

    with pytest.raises(
        StepFailed, match=r"The session of connect\(\) is over: ask its backend inside the block"
    ) as caught:
        step.run_sync({})

    assert type(caught.value.__cause__) is SessionClosedError
    assert len(session.calls) == 0


def test_a_bug_of_a_backend_is_an_error_of_its_stage(session):
    """The journal has it too."""
    session.backends.add("buggy", lambda prompt: 1 // 0)

    with pytest.raises(StepFailed, match=r"Step 'make' \(backend 'buggy'\) failed: ZeroDivisionError"):
        session.pipeline(Stage("make", backend="buggy")).run_sync({})

    assert (session.calls[0].status, session.calls[0].error) == (
        500,
        "ZeroDivisionError: integer division or modulo by zero",
    )


def test_patterns_nest_in_any_order(session):
    """The tutorial's tip: a router's route is a pipeline whose stage is a parallel."""
    make = session.pipeline
    sides = Parallel({"a": Stage("a", shape=USER), "b": Stage("b", shape=USER)})
    step = make.router([(3, Stage("fast", shape=USER)), (10, Pipeline(Stage("first", shape=USER), sides))])

    result = step.run_sync({"shape": {"x": [{"y": [0]}]}})

    assert result.value.keys() == {"a", "b"}
    assert [entry.name for entry in result.trace] == ["first", "a", "b"]

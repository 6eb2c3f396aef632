"""A step: from JSON data to JSON data, with a trace. Every pattern takes steps and is one.

Rules: a step is a frozen value, and knows nothing of other runs; what a run finds out is in its `Run`. A
session answers for the model calls of the steps that are bound to it; steps inside a bound one need no
binding of their own. User functions run where the user is.
"""

import asyncio
import copy
import inspect
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar, Self, TypeAlias, cast

from pytest_llmock.clock import SystemClock
from pytest_llmock.errors import DeadlineError, LLMockError, OffShapeError, StepFailed
from pytest_llmock.llm import JSON
from pytest_llmock.patterns.data import json_data
from pytest_llmock.patterns.drawing import Drawing
from pytest_llmock.patterns.given import check_seconds
from pytest_llmock.patterns.result import Result
from pytest_llmock.patterns.running import RUN, Host, Note, Run, Traced, is_cancelled
from pytest_llmock.shapes.limits import freeze, thaw

Function: TypeAlias = "Callable[[JSON], JSON | Awaitable[JSON]]"
StepLike: TypeAlias = "Step | Function"


class Step(ABC):
    """From JSON data to JSON data: `await step.run(data)` says also how."""

    host: Host | None = None
    is_local: ClassVar[bool] = False  # a function, which nobody can interrupt while it does not await

    @property
    def label(self) -> str:
        """What messages and drawings call it."""
        return type(self).__name__

    @property
    def parts(self) -> "tuple[Step, ...]":
        """The steps that it is made of."""
        return ()

    @property
    def backends(self) -> tuple[str, ...]:
        """The backends that it asks by name itself."""
        return ()

    @abstractmethod
    async def apply(self, data: JSON, run: Run) -> JSON:
        """What it makes of the data, as part of a run; patterns call `through`, which says who failed."""

    @abstractmethod
    def draw(self, drawing: Drawing, before: tuple[str, ...]) -> tuple[str, ...]:
        """Draw it behind the nodes `before`; the nodes that whatever follows stands behind."""

    async def run(self, data: JSON, *, timeout: float | None = None) -> Result:  # noqa: ASYNC109 - it bounds the model calls too
        """The result for `data`. Within `timeout` seconds, where one is given.

        Raises StepFailed with the step, its backend and its input; DeadlineError; TypeError for data that is
        not JSON; ValueError for a timeout that is none. A loop that gave up does not raise: its result is not
        `ok`.
        """
        return await self._run(data, timeout, on_trace=None)

    def run_sync(self, data: JSON, *, timeout: float | None = None) -> Result:
        """`run` for code that is not async; RuntimeError where an event loop runs, which it would block."""
        __tracebackhide__ = True
        if _has_loop() or _is_in_trio():
            raise RuntimeError(f"{self.label}.run_sync() would block the running event loop: await .run(…).")
        results: list[Result] = []

        async def main() -> None:  # returns nothing: asyncio.run takes the repr of what it returns
            results.append(await self.run(data, timeout=timeout))

        asyncio.run(main())
        return results[0]

    async def stream(self, data: JSON, *, timeout: float | None = None) -> AsyncIterator[Traced | Result]:  # noqa: ASYNC109 - it bounds the model calls too
        """Each model call as soon as it is over, and last the Result; needs an asyncio loop.

        Close it early (`contextlib.aclosing`) and the run is cancelled.
        """
        if not _has_loop():
            raise RuntimeError(f"{self.label}.stream() needs an asyncio loop: on another, await .run(…).")
        came: asyncio.Queue[Traced | None] = asyncio.Queue()
        task = asyncio.create_task(self._run(data, timeout, on_trace=came.put_nowait))
        task.add_done_callback(lambda _: came.put_nowait(None))
        try:
            while (traced := await came.get()) is not None:
                yield traced
            yield await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def __call__(self, data: JSON) -> JSON:
        """The value for `data`, as part of the run that the caller is part of, if any."""
        run = RUN.get()
        if run is not None:
            return await self.through(data, run)
        return (await self.run(data)).value

    async def through(self, data: JSON, run: Run) -> JSON:
        """What it makes of the data, as part of a run. Raises StepFailed, which names the innermost step."""
        if run.host is None and self.host is not None:
            run = replace(run, host=self.host)  # within steps that are bound to nobody it keeps its own
        token = RUN.set(run)  # a function in there may call other steps
        try:
            return self._in_time(await self.apply(data, run), run)
        except StepFailed as error:
            error.path = (self.label, *error.path)
            raise
        except Exception as error:
            failure = _failure(self, data, error)
            failure.is_traced = run.has_told(error)
            raise failure from error
        except asyncio.CancelledError as error:
            if is_cancelled():
                raise
            raise _failure(self, data, LLMockError("what it waited for was cancelled.")) from error
        finally:
            RUN.reset(token)

    def _in_time(self, value: JSON, run: Run) -> JSON:
        if not run.is_over:
            return value
        error = DeadlineError("it ended when the time was over.")
        error.details["held_up"] = self.is_local
        raise error

    def bound(self, host: Host) -> Self:
        """The same step, whose model calls that host answers. Raises RefusedError for an unknown backend."""
        __tracebackhide__ = True
        for step in self.walk():
            for backend in step.backends:
                host.check(step.label, backend)
        step = copy.copy(self)
        object.__setattr__(step, "host", host)
        return step

    def __copy__(self) -> Self:
        same = object.__new__(type(self))
        same.__dict__.update(self.__dict__)
        return same

    def __deepcopy__(self, _: object) -> Self:
        return self  # nothing in it changes

    def __getstate__(self) -> object:
        if self.host is not None:
            raise TypeError(
                f"{self.label} is bound to a session, which stays in its process. Pickle it unbound, and "
                "bind it where it is to run: session.pipeline.bind(step)."
            )
        return self.__dict__

    def walk(self) -> "Iterator[Step]":
        """This step and all inside it, outermost first."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def to_mermaid(self) -> str:
        """A flow chart in Mermaid's language, as https://mermaid.js.org/syntax/flowchart.html has it.

        Read 2026-11-22.
        """
        drawing = Drawing()
        start = drawing.node("input", "round")
        for last in self.draw(drawing, (start,)):
            drawing.edge(last, drawing.end)
        return drawing.text

    async def _run(self, data: JSON, allowed_s: float | None, on_trace: Note | None) -> Result:
        check_seconds(allowed_s, what=f"{self.label}: timeout")
        outer = RUN.get()
        host = self.host or (outer.host if outer is not None else None)
        clock = host.clock if host is not None else SystemClock()
        started = clock.monotonic()
        run = Run(host, clock, None if allowed_s is None else started + allowed_s, on_trace=on_trace)
        try:
            value = await self._timed(json_data(data, f"The input of {self.label}"), run, allowed_s)
        except LLMockError as error:
            error.details["trace"] = [*run.trace]
            raise
        seconds = clock.monotonic() - started
        return Result(value, seconds, run.trace, tuple(run.issues), tuple(run.failed))

    async def _timed(self, data: JSON, run: Run, allowed_s: float | None) -> JSON:
        if run.remaining_s is None:
            return await self.through(data, run)
        import anyio  # noqa: PLC0415 - its scopes work on trio too, and only a timeout needs one

        failure = None
        with anyio.move_on_after(run.remaining_s):
            try:
                return await self.through(data, run)
            except StepFailed as error:  # a model call may find out first that there is no time left
                if not run.is_over:
                    raise
                failure = error
        late = f"{self.label} was not complete within {allowed_s:g} s{_held_up(failure)}."
        raise DeadlineError(f"{late} Give it a longer timeout.") from failure


@dataclass(frozen=True, repr=False)
class FunctionStep(Step):
    """A function of the user's, async or not, as a step."""

    function: Function
    is_local: ClassVar[bool] = True

    @property
    def label(self) -> str:
        return named(self.function)

    async def apply(self, data: JSON, run: Run) -> JSON:  # noqa: ARG002 - it calls no model
        value = await called(self.function, thaw(freeze(data)))  # others have the same data
        return json_data(value, f"What {self.label} returns")

    def draw(self, drawing: Drawing, before: tuple[str, ...]) -> tuple[str, ...]:
        return (drawing.behind(before, self.label, "round"),)

    def __repr__(self) -> str:
        return self.label


def as_step(like: object, *, of: str) -> Step:
    """A step, or a function as one. Raises TypeError for anything else, naming what it is part `of`."""
    if isinstance(like, Step):
        return like
    if isinstance(like, type) or not callable(like):
        raise TypeError(
            f"{of} takes steps and functions of one argument, not {like!r:.80}.{_meant(like, of)}"
        )
    check_callable(like, of=of)
    return FunctionStep(cast("Function", like))


def named(function: object) -> str:
    """What to call a function, the function of a partial, an object that is called, or a type."""
    if isinstance(function, partial):
        return named(function.func)
    return str(getattr(function, "__name__", type(function).__name__))


def check_callable(function: Callable[..., object], *, of: str) -> None:
    """Raise TypeError for a function that cannot be called with the data alone."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # of some built-in functions nobody knows it
        return
    try:
        signature.bind(None)
    except TypeError as error:
        raise TypeError(
            f"{of}: '{named(function)}' is called with the data and nothing else, which {signature} does not "
            f"take: {error}. Give other arguments defaults, or use functools.partial."
        ) from None


async def called(function: Callable[..., object], *args: object) -> object:
    """What a function of the user's returns, awaited where that is needed."""
    value = function(*args)
    return await value if inspect.isawaitable(value) else value


def _failure(step: Step, data: JSON, error: Exception) -> StepFailed:
    answers = error.attempts if isinstance(error, OffShapeError) else ()
    known = error.details.get("backend") if isinstance(error, LLMockError) else None
    backend = str(known or next(iter(step.backends), ""))
    return StepFailed(
        step.label, data, error, backend=backend, output=answers[-1].get("text") if answers else None
    )


def _held_up(failure: StepFailed | None) -> str:
    cause = None if failure is None else failure.__cause__
    if failure is None or not isinstance(cause, DeadlineError) or not cause.details.get("held_up"):
        return ""
    return (
        f": '{failure.step}' ended only after that. A function is interrupted where it awaits, so let what "
        "blocks wait in a thread, await anyio.to_thread.run_sync(…)"
    )


def _meant(like: object, of: str) -> str:
    """What to write instead, as a sentence; empty when nobody knows."""
    if isinstance(like, str):
        return f" For a model call: Stage({like!r}, shape=…)."
    if isinstance(like, dict):
        return " A shape stands in a stage: Stage('generate', shape=…)."
    return f" Give them one by one: {of}(*steps)." if isinstance(like, list | tuple) else ""


def _has_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _is_in_trio() -> bool:
    trio = sys.modules.get("trio")  # whoever runs it has imported it
    return trio is not None and bool(trio.lowlevel.in_trio_run())

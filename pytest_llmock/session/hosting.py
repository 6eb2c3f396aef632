"""The session as the host of steps: each model call of a pattern is a call of its journal."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal

from pytest_llmock.clock import Clock
from pytest_llmock.errors import LLMockError, OffShapeError, SessionClosedError, ShapeError
from pytest_llmock.generation.generate import Options, generate, options_of
from pytest_llmock.journal import Call
from pytest_llmock.llm import JSON, Generation, Sampling
from pytest_llmock.patterns.judge import Verdict, judged
from pytest_llmock.patterns.running import Asked, Note, Traced, is_cancelled
from pytest_llmock.pool.deadline import deadline_in
from pytest_llmock.session import Session
from pytest_llmock.shapes.parse import parse

_SOBER = Sampling(temperature=0.0)  # a judge should say the same each time


class SessionHost:
    """Answers for the steps that are bound to a session, from any loop."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def clock(self) -> Clock:
        return self._session.clock

    def check(self, step: str, backend: str) -> None:
        """Raise RefusedError when nobody of that name can answer."""
        __tracebackhide__ = True
        try:
            self._session.check_named(backend)
        except LLMockError as error:
            error.message = f"Stage '{step}': {error.message}"
            error.args = (error.message,)
            raise

    async def make(self, asked: Asked, note: Note) -> JSON:
        """The JSON that a step asks for; `note` is told what the call came to, on the caller's loop."""
        session, issues = self._session, list[str]()
        _check_open(session)
        call = session.calls.open(
            "python", asked.kind, asked.generation.path, started=session.clock.monotonic()
        )
        try:
            return await session.hop(self._made(asked, call, issues))
        except (asyncio.CancelledError, CancelledError):
            if not is_cancelled():
                _check_open(session)  # the end of its session cancelled the call, nobody here
            raise
        except LLMockError as error:
            error.details["backend"] = error.details.get("backend") or call.backend or call.selected
            raise
        finally:
            if not call.status:  # who is cancelled does not wait until its call has ended
                call.seconds, issues = session.clock.monotonic() - call.started, ["cancelled"]
            note(_traced(asked.step, call, issues))

    async def _made(self, asked: Asked, call: Call, issues: list[str]) -> JSON:
        session, most = self._session, self._session.settings.max_items
        with answering(session, call):
            _check_count(asked, most)
            selection = session.select(asked.backend, call=call)
            allowed_s = min(session.settings.deadline_seconds, asked.timeout_s or float("inf"))
            backend = session.bound(selection, call=call, deadline=deadline_in(allowed_s, session.clock))
            try:
                made = await generate(backend, asked.generation, asked.shape, self._options(asked))
            except OffShapeError as error:
                issues += _problems(error.attempts)
                raise
            issues += _problems(made.rejected)
            return made.value

    def _options(self, asked: Asked) -> Options:
        options = options_of(self._session.settings, asked.sampling)
        return replace(options, template="") if asked.kind == "JUDGE" else options


def judge(session: Session, backend: str, data: JSON, rules: Sequence[str]) -> Verdict:
    """The verdict of the backend on the data; waits for it, from any thread but the server's.

    Raises what the backend raises, OffShapeError, RefusedError for a backend that does not exist or a live
    call that nothing allows.
    """
    __tracebackhide__ = True
    host = SessionHost(session)

    async def asked(generation: Generation) -> JSON:
        shape = parse(generation.shape)
        asked = Asked("judge", generation, shape, backend, sampling=_SOBER, kind="JUDGE")
        return await host.make(asked, lambda _: None)

    return session.wait(judged(asked, data, rules))


@contextmanager
def answering(session: Session, call: Call) -> Iterator[None]:
    """What asks a backend in here is work of the session, and the call knows how it ended."""
    task = asyncio.current_task()
    assert task is not None
    session.work.add(task)
    try:
        _check_open(session)
        yield
        call.status = 200
    except LLMockError as error:
        call.fail(error)
        raise
    except Exception as error:
        call.status, call.error = LLMockError.status, f"{type(error).__name__}: {error}"
        raise
    finally:
        session.work.discard(task)
        call.seconds = session.clock.monotonic() - call.started


def _check_open(session: Session) -> None:
    if session.closed:
        who, when = (
            ("test", "while it runs") if session.choice.is_test else ("session of", "inside the block")
        )
        raise SessionClosedError(f"The {who} {session.choice.test} is over: ask its backend {when}.")


def _check_count(asked: Asked, most: int) -> None:
    count = asked.generation.count
    if count is not None and count > most:
        raise ShapeError(
            f"Stage '{asked.step}' is asked for {count} records, and MaxItems is {most}. Raise that, or make "
            "them in parts with a Batch."
        )


def _problems(answers: Sequence[Mapping[str, object]]) -> list[str]:
    """What was wrong with answers, each problem as often as it was met."""
    return [str(problem) for answer in answers for problem in _listed(answer.get("problems"))]


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _traced(step: str, call: Call, issues: Sequence[str]) -> Traced:
    costs = [attempt.cost for attempt in call.attempts]
    known = [cost for cost in costs if cost is not None]
    return Traced(
        name=step,
        backend=call.backend or call.selected,
        model=call.model,
        source=call.source,
        seconds=call.seconds,
        usage=call.usage,
        cost=sum(known, Decimal(0)) if len(known) == len(costs) else None,
        attempts=len(call.attempts),
        issues=(*issues, *([call.error] if call.error and not issues else [])),
        has_failed=call.status != 200,
    )

"""JSON of a shape from a backend of a session, noted in its journal, for whoever is in this process."""

import asyncio
from collections.abc import Sequence

from pytest_llmock.errors import LLMockError, SessionClosedError
from pytest_llmock.generation.generate import Options, generate
from pytest_llmock.journal import Call
from pytest_llmock.llm import JSON, Generation, Sampling
from pytest_llmock.patterns.judge import Verdict, judged
from pytest_llmock.pool.deadline import deadline_in
from pytest_llmock.server.thread import ServerThread
from pytest_llmock.session import Session
from pytest_llmock.shapes.parse import parse

_SOBER = Sampling(temperature=0.0)  # a judge should say the same each time


def judge(session: Session, thread: ServerThread, backend: str, data: JSON, rules: Sequence[str]) -> Verdict:
    """The verdict of the backend on the data; waits for it, from any thread but the server's."""
    __tracebackhide__ = True

    async def asked(generation: Generation) -> JSON:
        return await ask(session, generation, backend=backend, method="JUDGE", sampling=_SOBER)

    return thread.run_sync(judged(asked, data, rules))


async def ask(
    session: Session, generation: Generation, *, backend: str, method: str, sampling: Sampling
) -> JSON:
    """What the backend makes of the generation; to be run on the server's loop.

    The journal has a call of the face "python" with that `method`. Raises what the backend raises,
    OffShapeError, RefusedError for a backend that does not exist or a live call that nothing allows.
    """
    if session.closed:
        raise SessionClosedError(f"The test {session.choice.test} is over: ask its backends while it runs.")
    call = session.calls.open("python", method, generation.path, started=session.clock.monotonic())
    task = asyncio.current_task()
    assert task is not None
    session.work.add(task)
    try:
        value = await _asked(session, generation, backend, call, sampling)
    except LLMockError as error:
        call.fail(error)
        raise
    except Exception as error:
        call.status, call.error = LLMockError.status, f"{type(error).__name__}: {error}"
        raise
    finally:
        session.work.discard(task)
        call.seconds = session.clock.monotonic() - call.started
    call.status = 200
    return value


async def _asked(
    session: Session, generation: Generation, backend: str, call: Call, sampling: Sampling
) -> JSON:
    settings = session.settings
    deadline = deadline_in(settings.deadline_seconds, session.clock)
    selection = session.select(backend, call=call)
    options = Options(sampling, corrections=settings.max_correction_attempts, repair=settings.repair_json)
    shape = None if generation.shape is None else parse(generation.shape)
    generated = await generate(
        session.bound(selection, call=call, deadline=deadline), generation, shape, options
    )
    return generated.value

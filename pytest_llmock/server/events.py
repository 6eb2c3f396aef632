"""Answers as server-sent events, for every API that streams: what happens on the way, and at what pace."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from pytest_llmock.errors import BackendError, Failure, LLMockError
from pytest_llmock.journal import Call
from pytest_llmock.server.endpoint import unexpected

EVENT_STREAM = "text/event-stream"


async def events(
    pieces: AsyncGenerator[bytes, None], call: Call, failed: Callable[[LLMockError], bytes]
) -> AsyncGenerator[bytes, None]:
    """The pieces of a stream; after a failure, which is noted, the last is what `failed` makes of it."""
    told: LLMockError | None = None
    try:
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece
    except LLMockError as error:
        told = error
    except Exception as error:  # noqa: BLE001 - whatever it is, the client is told and the log has it
        told = unexpected(error)
    if told is not None:
        call.fail(told)
        yield failed(told)


def cut_off(backend: str = "") -> BackendError:
    """The error of an answer that has no end."""
    return BackendError(Failure("cut", "The answer was cut off before its end."), backend=backend)

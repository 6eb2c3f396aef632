"""A stream that its client comes back to: where the journal has its answer, nobody is asked for it again.

So it goes on with what it began with: the recording that it played, the words of a model that says something
else each time, the context as it was. An answer that was cut off, as when its client left, is asked for anew.
"""

from dataclasses import replace

from pytest_llmock.journal import Call
from pytest_llmock.llm import Deltas, Generation
from pytest_llmock.mockapi.received import RouteRequest
from pytest_llmock.mockapi.request import MockRequest
from pytest_llmock.pool.attempt import CUT_IN_JOURNAL
from pytest_llmock.session import Session
from pytest_llmock.shapes.parse import reparse

# the headers that can make another answer of the same request
_HEADERS = ("content-type", "x-llm-backend", "x-response-shape", "x-continuous-streaming", "accept", "prefer")


def begun(session: Session, call: Call) -> Call | None:
    """The last call that asked for the same stream and has all of its answer, or None."""
    return next((each for each in reversed(session.calls) if _has_all(each) and _is_same(each, call)), None)


def as_begun(mock: MockRequest, first: Call) -> MockRequest:
    """The request as it was asked first: what was remembered since then would make another answer."""
    asked = first.prompt.generation if first.prompt else None
    assert asked is not None  # a mock request is one
    shape = mock.shape if asked.shape == mock.generation.shape else None
    if shape is None and asked.shape is not None:
        shape = reparse(asked.shape)
    generation = replace(mock.generation, context=asked.context, shape=asked.shape)
    return replace(mock, shape=shape, generation=generation)


def is_answered(first: Call, generation: Generation) -> bool:
    """Whether the answer is the one to this generation: of a continuous stream the journal has one round."""
    asked = first.prompt.generation if first.prompt else None
    return asked is not None and asked.variant == generation.variant


async def told_again(first: Call, call: Call) -> Deltas:
    """The answer as it came, noted in the call that asks for it again."""
    call.prompt, call.deltas = first.prompt, first.deltas
    call.selected, call.backend, call.model = first.selected, first.backend, first.model
    call.source = "cache"
    for delta in first.deltas:
        yield delta


def _has_all(call: Call) -> bool:
    """Whether somebody was asked, and answered to the end."""
    is_whole = (
        any(delta.end is not None for delta in call.deltas[-1:]) and CUT_IN_JOURNAL not in call.warnings
    )
    return bool(call.attempts) and call.status == 200 and is_whole


def _is_same(one: Call, other: Call) -> bool:
    first, second = one.request, other.request
    if not isinstance(first, RouteRequest) or not isinstance(second, RouteRequest):
        return False
    return one is not other and not (first.is_cut or second.is_cut) and _asked(first) == _asked(second)


def _asked(asked: RouteRequest) -> tuple[object, ...]:
    source = asked.source
    headers = [source.headers.get(name) for name in _HEADERS]
    return source.method, source.path, source.query_string, source.body, headers

"""What a request of the mock API finds of those before it, and leaves for those after it.

Its context says what was asked and answered; AutoShape gives it the shape of its path. Requests that want
neither pay for neither.
"""

import json
from contextlib import suppress
from dataclasses import replace

from pytest_llmock.journal import Call
from pytest_llmock.llm import JSON
from pytest_llmock.mockapi.contexts import exchange
from pytest_llmock.mockapi.delivery import is_json
from pytest_llmock.mockapi.request import MockRequest
from pytest_llmock.session import Session
from pytest_llmock.wire.http import Response

SCHEMA_HEADER = "x-response-schema"
MOST_SHOWN = 4000  # characters of a shape in a header
_encode = json.JSONEncoder(separators=(",", ":")).encode  # ASCII: nothing else is safe in a header


def recalled(session: Session, call: Call, mock: MockRequest) -> MockRequest:
    """The request with what is remembered; a client that wants to know the shape is told in a header."""
    settings, generation = session.settings, mock.generation
    mock = _with_auto_shape(session, mock)
    if mock.auto_shape and mock.shape is None and not mock.renews_shape:
        shape = session.shapes.of(generation.method, generation.path)
        if shape is not None:
            mock = replace(mock, shape=shape, generation=replace(generation, shape=shape.source))
    if mock.context:
        text = session.contexts.text(mock.context, generation.path)
        mock = replace(mock, generation=replace(mock.generation, context=text))
    tells = settings.include_shape_in_response if mock.tells_shape is None else mock.tells_shape
    if tells and mock.shape is not None:
        _tell_shape(call, mock.shape.source)
    return mock


def remember(
    session: Session, call: Call, mock: MockRequest, answer: JSON, *, begun: Call | None = None
) -> None:
    """Keep the answer for the requests to come; once, when it is that of a stream which `begun` began."""
    asked = mock.generation
    if mock.context and not (begun and session.contexts.has(mock.context, begun.number)):
        session.contexts.keep(mock.context, exchange((begun or call).number, asked, answer))
    if mock.auto_shape:
        if mock.renews_shape:
            session.shapes.forget(asked.method, asked.path)
        session.shapes.learn(asked.method, asked.path, mock.shape, answer)


def remember_given(session: Session, call: Call, mock: MockRequest, answer: Response) -> None:
    """Keep an answer that no backend made: JSON, or that there is none, as after a DELETE."""
    mock = _with_auto_shape(session, mock)
    if answer.status >= 400 or not remembers(mock):
        return
    if not answer.body:
        remember(session, call, replace(mock, auto_shape=False), None)
    elif is_json(answer.content_type):
        with suppress(ValueError, RecursionError):  # a route may call any bytes JSON
            remember(session, call, replace(mock, shape=None), json.loads(answer.body))


def _with_auto_shape(session: Session, mock: MockRequest) -> MockRequest:
    """The request, told by the settings whether its path has a shape of its own where it does not say."""
    if mock.auto_shape is not None or not (session.settings.enable_auto_shape or mock.renews_shape):
        return mock
    return replace(mock, auto_shape=True)


def remembers(mock: MockRequest) -> bool:
    """Whether anybody wants to know the answer."""
    return bool(mock.context or mock.auto_shape)


def _tell_shape(call: Call, source: JSON) -> None:
    text = _encode(source)
    if len(text) <= MOST_SHOWN:
        call.answer_headers[SCHEMA_HEADER] = text
        return
    call.warn(
        f"The shape has {len(text):,} characters, so that X-Response-Schema is left out ({MOST_SHOWN:,} fit)."
    )

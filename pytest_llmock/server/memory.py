"""What a request of the mock API finds of those before it, and leaves for those after it.

Its context says what was asked and answered; AutoShape gives it the shape of its path. Requests that want
neither pay for neither.
"""

import json
from dataclasses import replace

from pytest_llmock.journal import Call
from pytest_llmock.llm import JSON
from pytest_llmock.mockapi.contexts import exchange
from pytest_llmock.mockapi.request import MockRequest
from pytest_llmock.session import Session

SCHEMA_HEADER = "x-response-schema"
MOST_SHOWN = 4000  # characters of a shape in a header
_encode = json.JSONEncoder(separators=(",", ":")).encode  # ASCII: nothing else is safe in a header


def recalled(session: Session, call: Call, mock: MockRequest) -> MockRequest:
    """The request with what is remembered; a client that wants to know the shape is told in a header."""
    settings, generation = session.settings, mock.generation
    if mock.auto_shape is None:
        mock = replace(mock, auto_shape=True) if settings.enable_auto_shape or mock.renews_shape else mock
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


def remember(session: Session, call: Call, mock: MockRequest, answer: JSON) -> None:
    """Keep the answer for the requests to come."""
    asked = mock.generation
    if mock.context:
        session.contexts.keep(mock.context, exchange(call.number, asked, answer))
    if mock.auto_shape:
        if mock.renews_shape:
            session.shapes.forget(asked.method, asked.path)
        session.shapes.learn(asked.method, asked.path, mock.shape, answer)


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

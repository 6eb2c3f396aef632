"""The mock REST API at R/api/mock/…: any method and path, answered with JSON of the requested shape."""

from dataclasses import replace

from pytest_llmock.errors import RequestError
from pytest_llmock.journal import Call
from pytest_llmock.mockapi.errors import error_body
from pytest_llmock.mockapi.replies import EVENTS
from pytest_llmock.server.answering import Asking
from pytest_llmock.server.endpoint import Endpoint, Face
from pytest_llmock.server.reception import admitted, deadline_of
from pytest_llmock.session import Session
from pytest_llmock.wire.http import JSON_TYPE, Request, Response
from pytest_llmock.wire.sse import encode

FACE = Face("mock", error_body)
ROOT = "/api/mock"
STREAM_ROOT = f"{ROOT}/stream"


async def _generate(session: Session, call: Call, request: Request) -> Response:
    settings = session.settings
    if request.method == "OPTIONS":
        return Response(204, headers={"allow": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"})
    mock = await admitted(session, call, request, root=ROOT)
    if isinstance(mock, Response):
        return mock
    call.warnings += mock.warnings
    selection = session.select(mock.backend, call=call)
    answer = await Asking(session, call, mock, selection, deadline_of(session, call, mock)).answer()
    if settings.enable_rate_limiting and mock.n is None:
        seconds = session.clock.monotonic() - call.started
        session.traffic.note(f"{request.method} {mock.generation.path}", seconds, call.answer_headers)
    return answer


async def _not_streamed(session: Session, call: Call, request: Request) -> Response:
    answer = await admitted(session, call, request, root=STREAM_ROOT)
    if isinstance(answer, Response):
        return _as_event(answer) if answer.status >= 400 else answer
    raise RequestError(
        f"{request.path} is kept for the streaming form of the mock API, which this version does not have. "
        f"Ask for the whole answer at {request.path.replace('/stream', '', 1)}.",
        status=501,
    )


def _as_event(error: Response) -> Response:
    """An error of the mock API as readers of events get it: one event, under the same status."""
    if error.content_type != JSON_TYPE:
        return error
    return replace(error, body=encode(error.body.decode()), content_type=EVENTS)


GENERATE = Endpoint(FACE, _generate)
STREAM = Endpoint(FACE, _not_streamed)

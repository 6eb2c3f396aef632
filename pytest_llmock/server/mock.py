"""The mock REST API at R/api/mock/…: any method and path, answered with JSON of the requested shape."""

from pytest_llmock.errors import RequestError
from pytest_llmock.generation.generate import generate, options_of
from pytest_llmock.journal import Call
from pytest_llmock.mockapi.errors import error_body
from pytest_llmock.mockapi.request import decode
from pytest_llmock.pool.deadline import deadline_in
from pytest_llmock.server.endpoint import Endpoint, Face
from pytest_llmock.session import Session
from pytest_llmock.wire.http import Request, Response, json_response

FACE = Face("mock", error_body)
ROOT = "/api/mock"


async def _generate(session: Session, call: Call, request: Request) -> Response:
    settings = session.settings
    if request.method == "OPTIONS":
        return Response(204, headers={"allow": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"})
    mock = decode(request, root=ROOT, max_items=settings.max_items)
    call.warnings += mock.warnings
    selection = session.select(mock.backend, call=call)
    deadline = deadline_in(mock.timeout_s or settings.deadline_seconds, session.clock)
    backend = session.bound(selection, call=call, deadline=deadline)
    generated = await generate(backend, mock.generation, mock.shape, options_of(settings, mock.sampling))
    return json_response(generated.value)


async def _not_streamed(session: Session, call: Call, request: Request) -> Response:
    raise RequestError(
        f"{request.path} is kept for the streaming form of the mock API, which this version does not have. "
        f"Ask for the whole answer at {request.path.replace('/stream', '', 1)}.",
        status=501,
    )


GENERATE = Endpoint(FACE, _generate)
STREAM = Endpoint(FACE, _not_streamed)

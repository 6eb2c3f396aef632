"""The mock REST API at R/api/mock/…: any method and path, answered with JSON of the requested shape."""

from pytest_llmock.journal import Call
from pytest_llmock.mockapi.errors import error_body
from pytest_llmock.mockapi.graphql.http import error_body as graphql_error_body
from pytest_llmock.mockapi.request import MockRequest
from pytest_llmock.server.answering import Asking
from pytest_llmock.server.api import Api
from pytest_llmock.server.endpoint import Endpoint, Face
from pytest_llmock.server.reception import admitted, deadline_of
from pytest_llmock.session import Session
from pytest_llmock.wire.http import Request, Response

FACE = Face("mock", error_body)
GRAPHQL_FACE = Face(FACE.name, graphql_error_body)
ROOT = "/api/mock"
_OPTIONS = Response(204, headers={"allow": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"})


async def _generate(session: Session, call: Call, request: Request) -> Response:
    if request.method == "OPTIONS":
        return _OPTIONS
    mock = await admitted(session, call, request, root=ROOT)
    if isinstance(mock, Response):
        return mock
    delivery = mock.delivery
    if delivery is None:
        return await answered(session, call, mock)
    if delivery.as_events:
        from pytest_llmock.server.streaming import streamed  # noqa: PLC0415 - paid for by runs that stream

        return await streamed(session, call, request, mock)
    return delivery.of(await answered(session, call, mock))


async def answered(session: Session, call: Call, mock: MockRequest) -> Response:
    """The answer of the backend that the request, or the session, selects."""
    call.warnings += mock.warnings
    selection = session.select(mock.backend, call=call)
    answer = await Asking(session, call, mock, selection, deadline_of(session, call, mock)).answer()
    if session.settings.enable_rate_limiting and mock.n is None:
        seconds = session.clock.monotonic() - call.started
        session.traffic.note(f"{call.method} {mock.generation.path}", seconds, call.answer_headers)
    return answer


async def _stream(session: Session, call: Call, request: Request) -> Response:
    from pytest_llmock.server.streaming import stream  # noqa: PLC0415 - paid for by runs that stream

    return _OPTIONS if request.method == "OPTIONS" else await stream(session, call, request)


async def _graphql(session: Session, call: Call, request: Request) -> Response:
    from pytest_llmock.server.graphql import graphql  # noqa: PLC0415 - paid for by runs that ask GraphQL

    return _OPTIONS if request.method == "OPTIONS" else await graphql(session, call, request)


_ANSWER = Endpoint(FACE, _generate)
API = Api(
    FACE,
    {
        f"{ROOT}/graphql": Endpoint(GRAPHQL_FACE, _graphql),
        f"{ROOT}/stream": _ANSWER,
        f"{ROOT}/stream/**": Endpoint(FACE, _stream),
        f"{ROOT}/**": _ANSWER,
    },
)

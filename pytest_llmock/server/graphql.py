"""The mock API's GraphQL at R/api/mock/graphql: what is selected is the shape; the rest is as elsewhere."""

import json
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING, NoReturn

from pytest_llmock.errors import LLMockError, OffShapeError, RequestError, ShapeError
from pytest_llmock.journal import Call
from pytest_llmock.llm import JSON
from pytest_llmock.mockapi.graphql.http import ERRORS, Asked, asked_of, media_type, simulated_body
from pytest_llmock.mockapi.graphql.selection import pointer_of
from pytest_llmock.mockapi.request import MockRequest
from pytest_llmock.server.mock import GRAPHQL_FACE, ROOT, answered
from pytest_llmock.server.reception import admitted
from pytest_llmock.session import Session
from pytest_llmock.shapes.parse import parse_json
from pytest_llmock.wire.http import Request, Response, json_response

if TYPE_CHECKING:
    from pytest_llmock.mockapi.graphql.documents import Operation

_WORDS = frozenset({"query", "variables", "operationName", "extensions"})  # in the query of a GET


async def graphql(session: Session, call: Call, request: Request) -> Response:
    """The answer to a GraphQL request, failures included; what a route answers goes as it is."""
    try:
        mock = await admitted(session, call, request, root=ROOT)
        if isinstance(mock, Response) and "x-llmock-route" in mock.headers:
            return mock
        answer = (
            _simulated(mock) if isinstance(mock, Response) else await _answer(session, call, request, mock)
        )
    except LLMockError as error:
        call.fail(error)
        answer = GRAPHQL_FACE.error(error)
    return replace(answer, content_type=media_type(request))


async def _answer(session: Session, call: Call, request: Request, mock: MockRequest) -> Response:
    if mock.shape is not None or mock.n is not None:
        word = "shape" if mock.shape is not None else "n"
        raise ShapeError(f"GraphQL takes no '{word}': what is selected is the shape. Leave it out.")
    asked = asked_of(request, mock.generation.body)
    operation = _prepared(asked, session)
    value: JSON = {}
    if operation.shape is not None:
        value = await _generated(session, call, _directed(session, mock, asked, operation), operation)
    return json_response({"data": operation.outline.answer(value)})


def documents() -> ModuleType:
    """The module that reads GraphQL. Raises RequestError (501) without graphql-core."""
    try:
        from pytest_llmock.mockapi.graphql import documents  # noqa: PLC0415 - paid for by runs that ask GraphQL
    except ModuleNotFoundError as error:
        _missing(error)
    return documents


def _missing(error: ModuleNotFoundError) -> NoReturn:
    if error.name != "graphql":
        raise error
    raise RequestError(
        "GraphQL needs graphql-core: `pip install pytest-llmock[graphql]`. Routes answer without it: "
        'mock_api.route("POST", "/graphql").respond(json={"data": {}}).',
        status=501,
    ) from None


def _prepared(asked: Asked, session: Session) -> "Operation":
    operation: Operation = documents().prepared(
        asked, session.graphql_schema, most_items=session.settings.max_items
    )
    return operation


def _directed(session: Session, mock: MockRequest, asked: Asked, operation: "Operation") -> MockRequest:
    """The request as a backend is asked: in the shape that is selected, as many items as arguments say."""
    shape, count = parse_json(operation.shape), mock.generation.count
    if count is not None and shape.collection is None:
        raise ShapeError(
            "count speaks of one list, and the operation does not select just one: leave it out, or say it "
            "in an argument, users(first: 5)."
        )
    if count is None and shape.collection is not None:
        count = operation.sizes.get(shape.collection)
    query = tuple(pair for pair in mock.generation.query if pair[0] not in _WORDS)
    generation = replace(mock.generation, query=query, body=asked.body, shape=shape.source, count=count)
    tokens = mock.sampling.max_tokens or session.settings.graphql_max_tokens
    return replace(
        mock,
        shape=shape,
        generation=generation,
        sampling=replace(mock.sampling, max_tokens=tokens),
        auto_shape=False,  # every selection has a shape of its own
    )


async def _generated(session: Session, call: Call, mock: MockRequest, operation: "Operation") -> JSON:
    """What a backend made. An answer that is no use says at which path of the selection."""
    try:
        value: JSON = json.loads((await answered(session, call, mock)).body)
    except OffShapeError as error:
        problems = error.attempts[-1]["problems"]
        path = operation.outline.path(pointer_of(str(problems[0]))) if isinstance(problems, list) else []
        error.details[ERRORS] = [{"message": error.message, **({"path": path} if path else {})}]
        raise
    return value


def _simulated(error: Response) -> Response:
    return replace(error, body=json_response(simulated_body(json.loads(error.body))).body)

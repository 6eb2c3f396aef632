"""What this server answers, as an OpenAPI document (3.1) at R/llmock/openapi.json: data, written by hand.

A path that the app answers stands here, and no other: tests/server/test_server_description.py compares them.
"""

from collections.abc import Mapping
from functools import lru_cache

from pytest_llmock.server.description.schemas import (
    FLAG,
    NUMBER,
    SCHEMAS,
    TEXT,
    WHOLE,
    Node,
    ref,
)

_JSON = "application/json"


def _content(schema: object, kind: str = _JSON) -> Node:
    return {"content": {kind: {"schema": schema}}}


def _error(description: str, schema: str) -> Node:
    return {"description": description, **_content(ref(schema))}


_ERRORS = {
    400: "The request is wrong, or it is refused, which fails the test.",
    401: "The token is missing or wrong.",
    403: "This host or origin may not ask.",
    404: "There is nothing at this path.",
    405: "The path does not take this method.",
    409: "The stream cannot be resumed: the backend gave another answer.",
    410: "The test of this address is over.",
    413: "The body or shape is too large.",
    415: "The operation takes no body of this content type.",
    422: "A shape, count, parameter or body is wrong; the message says which and how.",
    429: "The rate limit is reached.",
    500: "A backend raised an exception, or an error of ours.",
    501: "The extra for GraphQL is not installed.",
    502: "The backend did not answer, or never with the right shape.",
    503: "No backend is enabled or can be reached, or a breaker is open.",
    504: "The deadline passed.",
}
_GATE = (401, 403, 410)
_UPSTREAM = (500, 502, 503, 504)


def _errors(schema: str, *codes: int) -> Node:
    return {str(code): _error(_ERRORS[code], schema) for code in sorted({*codes, *_GATE})}


def _control(  # noqa: PLR0913 - the columns of the table below
    method: str, id: str, summary: str, schema: str, *, body: str = "", at_name: bool = False
) -> Node:
    done = {"description": "As it is now.", **_content(ref(schema))}
    refusals = (404, 422) if at_name else (400, 413, 422) if body else ()
    responses = {"200": done, **_errors("Error", 405, 500, *refusals)}
    said: Node = {"operationId": id, "tags": ["control"], "summary": summary, "responses": responses}
    if body:
        said["requestBody"] = {"required": True, **_content(ref(body))}
    return {method: said}


def _query(name: str, description: str, schema: Node) -> Node:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _header(name: str, description: str, schema: Node | None = None) -> Node:
    return {"name": name, "in": "header", "description": description, "schema": schema or TEXT}


_BACKEND = _query("backend", "Name of the backend that answers.", TEXT)
_SECONDS: Node = {"type": "number", "exclusiveMinimum": 0, "maximum": 86400}
_TIMEOUT = _query("timeout", "Seconds that the whole request may take.", _SECONDS)
_CODE: Node = {"type": "integer", "minimum": 400, "maximum": 599}
_MOCK_PARAMETERS = [
    _query("shape", "The form of the answer, as JSON text: an example, or a JSON Schema.", TEXT),
    _query("count", "The number of records, capped at MaxItems.", WHOLE),
    _query(
        "n", "The answer is a list of so many variants.", {"type": "integer", "minimum": 1, "maximum": 128}
    ),
    _query("autoChunk", "Whether a long list may be asked for in parts.", FLAG),
    _BACKEND,
    _TIMEOUT,
    _query("temperature", "Temperature for the backend.", NUMBER),
    _query("maxTokens", "Output limit for the backend.", WHOLE),
    _query("error", "The status of the error that is asked for.", _CODE),
    _query("errorMessage", "Its message.", TEXT),
    _query("errorDetails", "Its details.", TEXT),
    _query("context", "Name of the context, which remembers requests and answers.", TEXT),
    _query("autoshape", "Whether the path keeps the shape of its first answer.", FLAG),
    _query("renewshape", "Whether the path forgets the shape that it has.", FLAG),
    _query("includeSchema", "Whether X-Response-Schema tells the shape.", FLAG),
    _query("example", "At mounted documents: `true`, or the name of the example that answers.", TEXT),
    _header("X-LLM-Backend", "Name of the backend that answers; wins over the query."),
    _header("X-LLM-Timeout", "Seconds that the whole request may take; wins over the query.", _SECONDS),
    _header("X-Response-Shape", "The form of the answer, as JSON text."),
    _header("X-Error-Code", "The status of the error that is asked for.", _CODE),
    _header("X-Error-Message", "Its message."),
    _header("X-Error-Details", "Its details."),
    _header("Prefer", "At mounted documents: `code=404`, `example=name`."),
]
_STREAM_PARAMETERS = [
    _query("sseMode", "The form of the events.", {"enum": ["LlmTokens", "CompleteObjects", "ArrayItems"]}),
    _query("timeToFirstTokenMs", "Milliseconds before the first event.", NUMBER | {"minimum": 0}),
    _query("tokensPerSecond", "Pace of the events.", NUMBER | {"minimum": 0.001}),
    _query("jitter", "Share by which waits are spread.", NUMBER | {"minimum": 0, "maximum": 1}),
    _query("continuous", "Whether one answer follows the other.", FLAG),
    _query("interval", "Milliseconds between answers of a continuous stream.", NUMBER | {"minimum": 1}),
    _query("maxDuration", "Seconds until a continuous stream ends.", NUMBER | {"minimum": 0}),
    _header("Last-Event-ID", "The id of the last event that the client has."),
    _header("X-Continuous-Streaming", "Whether one answer follows the other."),
]
_MOCK_BODY: Node = {
    "description": "Data for the backend. In an object `shape`, a `count` beside it and keys that begin with "
    "`$` are words to the server.",
    "content": {
        _JSON: {"schema": {}},
        "application/x-www-form-urlencoded": {"schema": {"type": "object"}},
        "multipart/form-data": {"schema": {"type": "object"}},
        "text/plain": {"schema": TEXT},
    },
}
_METHODS = ("get", "post", "put", "patch", "delete")
_NO_BODY = frozenset({"get", "delete"})
_PATH: Node = {"name": "path", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def _mock(id: str, summary: str, answer: Node, parameters: list[Node], *, errors: Node) -> Node:
    """An item with every method of the mock API."""

    def operation(method: str) -> Node:
        said: Node = {
            "operationId": f"{id}_{method}",
            "tags": ["mock"],
            "summary": summary,
            "parameters": parameters,
            "responses": {
                "200": answer,
                "204": {"description": "An operation without a body, or a stream that has ended."},
                **errors,
                "default": _error("The error that was asked for, or what a route answers.", "Any"),
            },
        }
        return said if method in _NO_BODY else {**said, "requestBody": _MOCK_BODY}

    options: Node = {
        "operationId": f"{id}_options",
        "tags": ["mock"],
        "summary": "What may be asked.",
        "responses": {"204": {"description": "The methods, in `Allow`."}, **_errors("Error")},
    }
    return {**{method: operation(method) for method in _METHODS}, "options": options}


_MOCK_ERRORS = _errors("Error", 400, 404, 405, 413, 415, 422, 429, *_UPSTREAM)
_GENERATED: Node = {"description": "JSON of the requested form.", **_content(ref("Any"))}
_STREAMED: Node = {
    "description": "Server-sent events; the last one is done, or an error.",
    **_content(ref("Event"), "text/event-stream"),
}
_STREAM_ERRORS: Node = {
    code: {
        "description": each["description"],
        "content": {"text/event-stream": {"schema": ref("Event")}, _JSON: {}},
    }
    for code, each in _errors("Error", 400, 404, 405, 409, 413, 415, 422, 429, *_UPSTREAM).items()
    if isinstance(each, dict)
}


def _openai(method: str, id: str, summary: str, schema: str, body: str = "", **more: object) -> Node:
    content: Node = _content(ref(schema))
    if id == "createChatCompletion":
        content = {"content": {_JSON: {"schema": ref(schema)}, "text/event-stream": {"schema": ref("Event")}}}
    responses: Node = {
        "200": {"description": "As OpenAI answers.", **content},
        **_errors("OpenAiError", 400, 404, 405, 413, 429, *_UPSTREAM),
    }
    said: Node = {"operationId": id, "tags": ["openai"], "summary": summary, "responses": responses, **more}
    if body:
        said["requestBody"] = {"required": True, **_content(ref(body))}
    return {method: said}


def _graphql(method: str, id: str, **asked: object) -> Node:
    answer = {"description": "As GraphQL answers.", **_content(ref("GraphQlAnswer"))}
    said = _error("The document cannot be executed, or a backend failed.", "GraphQlAnswer")
    errors = _errors("GraphQlAnswer", 400, 405, 413, 415, 422, 429, 501, *_UPSTREAM)
    responses: Node = {"200": answer, **errors, "default": said}
    summary = "A GraphQL request, answered with mock data."
    return {
        method: {"operationId": id, "tags": ["mock"], "summary": summary, "responses": responses, **asked}
    }


_GRAPHQL_QUERY: Node = {"required": True, **_query("query", "The GraphQL document.", TEXT)}
_GRAPHQL_BODY: Node = {"required": True, **_content(ref("GraphQlRequest"))}
_NAME: Node = {"name": "name", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
_ID: Node = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
_PATHS: Node = {
    "/api/mock": _mock(
        "mockRoot", "The mock REST API, at its root.", _GENERATED, _MOCK_PARAMETERS, errors=_MOCK_ERRORS
    ),
    "/api/mock/{path}": {
        "parameters": [_PATH],
        **_mock(
            "mock", "The mock REST API: any path answers.", _GENERATED, _MOCK_PARAMETERS, errors=_MOCK_ERRORS
        ),
    },
    "/api/mock/stream/{path}": {
        "parameters": [_PATH],
        **_mock(
            "stream",
            "The same as server-sent events.",
            _STREAMED,
            [*_MOCK_PARAMETERS, *_STREAM_PARAMETERS],
            errors=_STREAM_ERRORS,
        ),
    },
    "/api/mock/openapi/{path}": {
        "parameters": [_PATH],
        **_mock(
            "mounted",
            "The operations of mounted OpenAPI documents, and nothing else.",
            _GENERATED,
            _MOCK_PARAMETERS,
            errors=_MOCK_ERRORS,
        ),
    },
    "/api/mock/graphql": {
        **_graphql("get", "graphqlQuery", parameters=[_GRAPHQL_QUERY]),
        **_graphql("post", "graphql", requestBody=_GRAPHQL_BODY),
    },
    "/v1/chat/completions": {
        **_openai(
            "post",
            "createChatCompletion",
            "A chat completion, plain or streamed.",
            "ChatCompletion",
            "ChatRequest",
            parameters=[_BACKEND, _TIMEOUT],
        ),
        **_openai("get", "listChatCompletions", "The chat completions that were stored.", "Any"),
    },
    "/v1/embeddings": _openai(
        "post", "createEmbedding", "The embeddings of texts.", "Embeddings", "EmbeddingRequest"
    ),
    "/v1/models": _openai("get", "listModels", "The enabled backends as models.", "Models"),
    "/v1/models/{id}": {
        "parameters": [_ID],
        **_openai("get", "getModel", "A model; any id is known until it is deleted.", "Model"),
        **_openai("delete", "deleteModel", "Deletes a model from the list.", "Any"),
    },
    "/llmock/health": _control("get", "health", "Whether the server is alive, and for which test.", "Health"),
    "/llmock/backends": _control("get", "backends", "Who can answer.", "Backends"),
    "/llmock/calls": _control("get", "calls", "What was called, newest last.", "Calls"),
    "/llmock/stats": _control("get", "stats", "What each backend did.", "Stats"),
    "/llmock/metrics": {
        "get": {
            "operationId": "metrics",
            "tags": ["control"],
            "summary": "The same for Prometheus.",
            "responses": {
                "200": {"description": "Text format 0.0.4.", **_content(TEXT, "text/plain")},
                **_errors("Error", 405, 500),
            },
        }
    },
    "/llmock/contexts": {
        **_control("get", "contexts", "What is remembered.", "Contexts"),
        **_control("delete", "forgetContexts", "Forget all contexts.", "Deleted"),
    },
    "/llmock/contexts/{name}": {
        "parameters": [_NAME],
        **_control("get", "context", "What one context remembers.", "Context", at_name=True),
        **_control("post", "addToContext", "Add a request and its answer.", "Context", body="Exchange"),
        **_control("delete", "forgetContext", "Forget one context.", "Deleted", at_name=True),
    },
    "/llmock/openapi.json": _control("get", "openapi", "This document.", "Document"),
    "/llmock/reset": _control("post", "reset", "Forget calls, failures and cached answers.", "Reset"),
}


@lru_cache(maxsize=8)
def described(url: str) -> Mapping[str, object]:
    """The document of a server whose session is at `url`."""
    from pytest_llmock import __version__  # noqa: PLC0415 - the package knows its version last

    return {
        "openapi": "3.1.0",
        "info": {
            "title": "pytest-llmock",
            "version": __version__,
            "description": "A mock REST API, LLM APIs and the control of a test session.",
        },
        "servers": [{"url": url}],
        "tags": [{"name": name} for name in ("mock", "openai", "control")],
        "paths": _PATHS,
        "components": {"schemas": SCHEMAS},
    }

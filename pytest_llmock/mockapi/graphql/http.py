"""GraphQL over HTTP: what a request asks, and the form of answers and errors.

Spec: https://graphql.github.io/graphql-over-http/draft/, as its implementers document it (read 2026-11-22).
A departure: a request that is not executed (syntax, validation, variables) is a 400 in both media types, as
many servers have it; the draft would rather see 200 for application/json.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_llmock.errors import LLMockError, RequestError
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.limits import decode_json
from pytest_llmock.wire.http import JSON_TYPE, Request

RESPONSE_TYPE = "application/graphql-response+json"
ERRORS = "errors"  # in the details of an error: its errors in GraphQL's own form
PARAMETERS = ("query", "variables", "operationName", "extensions")
_EXAMPLE = '{"query": "{ users { id name } }"}'


@dataclass(frozen=True, slots=True)
class Asked:
    """The document of a request, which of its operations is meant ("" if it has but one), and variables."""

    query: str
    operation: str = ""
    variables: Mapping[str, JSON] = field(default_factory=dict)
    is_read_only: bool = False

    @property
    def body(self) -> JSON:
        """As a POST has it, without what was not said."""
        said: dict[str, JSON] = {"variables": dict(self.variables), "operationName": self.operation}
        return {"query": self.query, **{name: value for name, value in said.items() if value}}


def asked_of(request: Request, body: JSON) -> Asked:
    """What the request asks. Raises RequestError for one that is not well formed (400, 405, 415)."""
    if request.method not in ("GET", "HEAD", "POST"):
        raise RequestError(
            f"GraphQL takes GET and POST, not {request.method}.",
            status=405,
            details={"allow": ["GET", "HEAD", "POST", "OPTIONS"]},
        )
    if request.method != "POST":
        return _asked(_in_query(request), is_read_only=True)
    if request.content_type == "application/graphql" and isinstance(body, str):
        return _asked({"query": body})
    if isinstance(body, list):
        raise RequestError(f"Batches are not taken: send one operation in each request, as {_EXAMPLE}.")
    if request.content_type not in ("", JSON_TYPE) and not request.content_type.endswith("+json"):
        raise RequestError(
            f"GraphQL takes {JSON_TYPE}, not {request.content_type[:80]}: send {_EXAMPLE}.", status=415
        )
    if not isinstance(body, dict):
        raise RequestError(f"A GraphQL request is a JSON object: {_EXAMPLE}.")
    return _asked(body)


def media_type(request: Request) -> str:
    """The type of the answer: the one GraphQL has for itself where the client names it, else JSON's."""
    return RESPONSE_TYPE if RESPONSE_TYPE in request.headers.get("accept", "").lower() else JSON_TYPE


def error_body(error: LLMockError) -> dict[str, object]:
    """The error as GraphQL says it: {"errors": [{"message", "locations", "path", "extensions": {"code"}}]}.

    `data` is null where the operation was executed and failed, and missing where it was not.
    """
    details = {name: value for name, value in error.details.items() if name != ERRORS}
    said: dict[str, object] = {"code": error.status, **({"details": details} if details else {})}
    own = error.details.get(ERRORS)
    each = own if isinstance(own, list) else [{"message": error.message}]
    body: dict[str, object] = {"errors": [{**one, "extensions": said} for one in each]}
    return body if error.status < 500 else {**body, "data": None}


def simulated_body(body: JSON) -> JSON:
    """The error that a request asked for, {"error": {"code", "message", "details"}}, as GraphQL says it."""
    assert isinstance(body, dict)
    said = body["error"]
    assert isinstance(said, dict)
    extensions = {name: value for name, value in said.items() if name != "message"}
    return {"errors": [{"message": said["message"], "extensions": extensions}], "data": None}


def _in_query(request: Request) -> dict[str, JSON]:
    said: dict[str, JSON] = {name: value for name, value in request.query if name in PARAMETERS}
    variables = said.get("variables")
    if isinstance(variables, str):
        said["variables"] = decode_json(variables, what="query parameter 'variables'") if variables else None
    return said


def _asked(said: Mapping[str, JSON], *, is_read_only: bool = False) -> Asked:
    query, operation, variables = said.get("query"), said.get("operationName"), said.get("variables")
    if not isinstance(query, str) or not query.strip():
        raise RequestError(f"The request has no 'query': give the document as text, {_EXAMPLE}.")
    if not isinstance(operation, str | None):
        raise RequestError("'operationName' is no text: give the name of one operation of the document.")
    if not isinstance(variables, dict | None):
        raise RequestError("'variables' is no object: give the variables by name, {\"id\": 7}.")
    return Asked(query, operation or "", variables or {}, is_read_only)

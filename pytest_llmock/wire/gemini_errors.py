"""Gemini's error bodies, and the refusals of a request that is not what the API takes.

Spec: https://ai.google.dev/gemini-api/docs/troubleshooting (read 2026-11-22).
"""

import json
from collections.abc import Mapping

from pytest_llmock.errors import BackendError, LLMockError, RequestError, ShapeError
from pytest_llmock.llm import JSON
from pytest_llmock.wire.objects import Kind, Wording

_STATUSES: Mapping[int, str] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_TYPES: Mapping[Kind, str] = {
    "string": "TYPE_STRING",
    "integer": "TYPE_INT32",
    "number": "TYPE_FLOAT",
    "boolean": "TYPE_BOOL",
    "array": "TYPE_LIST",
    "object": "TYPE_MESSAGE",
}
SHOWN_CHARACTERS = 80


def error_body(error: LLMockError) -> dict[str, JSON]:
    """`{"error": {"code", "message", "status"}}`; an upstream's own status is passed on."""
    code = 400 if isinstance(error, ShapeError) else error.status
    if isinstance(error, BackendError):
        unauthorised = 401 if error.failure.kind == "key_missing" else code
        code = error.failure.status or unauthorised
    status = _STATUSES.get(code) or ("INTERNAL" if code >= 500 else "INVALID_ARGUMENT")
    return {"error": {"code": code, "message": error.message, "status": status}}


def _missing(place: str) -> RequestError:
    return RequestError(f"* {place}: {place.rpartition('.')[2]} is not specified")


def _wrong_type(place: str, kind: Kind, value: JSON) -> RequestError:
    shown = json.dumps(value, ensure_ascii=False)[:SHOWN_CHARACTERS]
    return RequestError(f"Invalid value at '{place}' ({_TYPES[kind]}), {shown}")


def wrong_value(place: str, problem: str) -> RequestError:
    """The refusal of a value that the API does not take."""
    return RequestError(f"* {place}: {problem}")


WORDS = Wording(_missing, _wrong_type, item="{at}[{index}]")

"""Anthropic's error bodies, both directions, and the refusals of a request that is not what the API takes.

Spec: https://platform.claude.com/docs/en/api/errors (read 2026-11-22). An error inside an event stream comes
after the status 200 was sent, so only its type says what the status would have been.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from pytest_llmock.errors import BackendError, LLMockError, RequestError
from pytest_llmock.llm import JSON
from pytest_llmock.wire.objects import Kind, Wording
from pytest_llmock.wire.openai_errors import decode_error
from pytest_llmock.wire.reading import told_error

STATUSES: Mapping[str, int] = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "conflict_error": 409,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
_TYPES: Mapping[int, str] = {status: kind for kind, status in STATUSES.items()}
_KINDS: Mapping[Kind, str] = {"array": "list", "object": "dictionary"}


def stream_error(body: JSON) -> BackendError:
    """The failure that a body says in place of an answer: the status of its type, else "cut"."""
    return told_error(body, otherwise="it has neither content nor an error", statuses=STATUSES)


def error_body(error: LLMockError) -> dict[str, JSON]:
    """`{"type": "error", "error": {"type", "message"}, "request_id"}`; an upstream's own type is kept."""
    upstream = error.failure if isinstance(error, BackendError) else None
    told = decode_error(upstream.body) if upstream else None
    status = (upstream.status if upstream else None) or error.status
    kind = told.type if told and told.type in STATUSES else _TYPES.get(status)
    said: JSON = {"type": kind or _type(status), "message": error.message}
    request_id = error.details.get("request_id")
    return {
        "type": "error",
        "error": said,
        "request_id": request_id if isinstance(request_id, str) else None,
    }


def _type(status: int) -> str:
    return "api_error" if status >= 500 else "invalid_request_error"


def _missing(place: str) -> RequestError:
    return RequestError(f"{place}: Field required")


def _wrong_type(place: str, kind: Kind, _value: JSON) -> RequestError:
    return RequestError(f"{place}: Input should be a valid {_KINDS.get(kind, kind)}")


def wrong_value(place: str, problem: str) -> RequestError:
    """The refusal of a value that the API does not take."""
    return RequestError(f"{place}: {problem}")


WORDS = Wording(_missing, _wrong_type)


def rate_limit_headers(wait_s: float | None, now: float) -> dict[str, str]:
    """The headers of a 429: no request is left, and one is again `wait_s` seconds (or 1) after `now`."""
    reset = datetime.fromtimestamp(now + (1 if wait_s is None else wait_s), UTC)
    return {
        "anthropic-ratelimit-requests-limit": "60",
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": reset.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }

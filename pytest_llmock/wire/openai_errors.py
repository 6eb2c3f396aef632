"""OpenAI's error bodies, both directions, and the refusals of a request that is not what the API takes.

Spec: https://developers.openai.com/api/docs/guides/error-codes (read 2026-11-21).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_llmock.errors import (
    BackendError,
    LLMockError,
    NoBackendError,
    RefusedError,
    RequestError,
    SessionClosedError,
)
from pytest_llmock.llm import JSON

_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_CODES: tuple[tuple[type[LLMockError], str], ...] = (
    (RefusedError, "llmock_refused"),
    (SessionClosedError, "llmock_session_closed"),
    (NoBackendError, "llmock_no_backend"),
)
_TYPE_NAMES: tuple[tuple[type, str], ...] = (
    (bool, "a boolean"),
    (int, "an integer"),
    (float, "a decimal"),
    (str, "a string"),
    (list, "an array"),
    (dict, "an object"),
)


@dataclass(frozen=True, slots=True)
class ProviderError:
    """What an error body said; an empty text or None where it said nothing."""

    message: str
    type: str = ""
    param: str = ""
    code: str = ""
    status: int | None = None


def error_body(error: LLMockError) -> dict[str, JSON]:
    """`{"error": {"message", "type", "param", "code"}}`; an upstream's own type, param and code are kept."""
    told = _told_by_upstream(error)
    status = _status(error)
    kind = told.type or _TYPES.get(status) or ("server_error" if status >= 500 else "invalid_request_error")
    param = told.param or _detail(error, "param")
    code = (
        told.code or _detail(error, "code") or next((c for cls, c in _CODES if isinstance(error, cls)), None)
    )
    return {"error": {"message": error.message, "type": kind, "param": param, "code": code}}


def _told_by_upstream(error: LLMockError) -> ProviderError:
    if not isinstance(error, BackendError):
        return ProviderError("")
    return decode_error(error.failure.body) or ProviderError("")


def _status(error: LLMockError) -> int:
    upstream = error.failure.status if isinstance(error, BackendError) else None
    return upstream or error.status


def _detail(error: LLMockError, key: str) -> str | None:
    value = error.details.get(key) if isinstance(error, RequestError) else None
    return value if isinstance(value, str) else None


def decode_error(body: object) -> ProviderError | None:
    """What an error body says, given as JSON text or parsed; None when it is not one.

    Reads OpenAI's `{"error": {…}}`, Ollama's `{"error": "text"}`, and a flat `{"message"}` or `{"detail"}`.
    """
    if isinstance(body, str):
        body = _parsed(body)
    if not isinstance(body, dict):
        return None
    said = body.get("error") or body
    if isinstance(said, str):
        return ProviderError(said)
    if not isinstance(said, dict):
        return None
    message = said.get("message") or said.get("detail")
    return _provider_error(message, said) if isinstance(message, str) else None


def _parsed(text: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value


def _provider_error(message: str, said: Mapping[str, object]) -> ProviderError:
    kind, param, code = (
        value if isinstance(value := said.get(key), str) else "" for key in ("type", "param", "code")
    )
    number = said.get("code")  # llama.cpp and vLLM repeat the HTTP status here
    status = number if isinstance(number, int) and 400 <= number <= 599 else None
    return ProviderError(message, kind, param, code, status)


def type_name(value: object) -> str:
    """How the API's messages name a JSON value's type: "an object", "null"."""
    return next((name for kind, name in _TYPE_NAMES if isinstance(value, kind)), "null")


def wrong_type(param: str, expected: str, value: object) -> RequestError:
    """The refusal of a value of the wrong type."""
    message = f"Invalid type for '{param}': expected {expected}, but got {type_name(value)} instead."
    return RequestError(message, details={"param": param, "code": "invalid_type"})


def missing(param: str) -> RequestError:
    """The refusal of a request without a required value."""
    message = f"Missing required parameter: '{param}'."
    return RequestError(message, details={"param": param, "code": "missing_required_parameter"})


def wrong_value(param: str, problem: str, *, code: str = "invalid_value") -> RequestError:
    """The refusal of a value that the API does not take."""
    return RequestError(f"Invalid value for '{param}': {problem}", details={"param": param, "code": code})


def rate_limit_headers(wait_s: float | None, _: float) -> dict[str, str]:
    """The headers of a 429: no request is left, and one is again in `wait_s` seconds (or 1)."""
    reset = f"{1 if wait_s is None else wait_s:g}s"
    return {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": reset,
    }


def unsupported(param: str, feature: str) -> RequestError:
    """The refusal (501) of what the API can do and this server cannot."""
    return RequestError(
        f"{feature} is not supported by pytest-llmock.",
        status=501,
        details={"param": param, "code": "unsupported"},
    )

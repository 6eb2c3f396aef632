"""Anthropic's error bodies: which HTTP status each type of error stands for.

Spec: https://platform.claude.com/docs/en/api/errors (read 2026-11-22). An error inside an event stream comes
after the status 200 was sent, so only its type says what the status would have been.
"""

from collections.abc import Mapping

from pytest_llmock.errors import BackendError
from pytest_llmock.llm import JSON
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


def stream_error(body: JSON) -> BackendError:
    """The failure that a body says in place of an answer: the status of its type, else "cut"."""
    return told_error(body, otherwise="it has neither content nor an error", statuses=STATUSES)

"""OpenAI's error bodies."""

import pytest

from pytest_llmock.errors import (
    BackendError,
    Failure,
    LLMockError,
    NoBackendError,
    RefusedError,
    RequestError,
    SessionClosedError,
)
from pytest_llmock.wire.openai_errors import ProviderError, decode_error, error_body, missing, type_name

UPSTREAM = Failure("status", "no", 400, body='{"error":{"message":"m","type":"t","param":"p","code":"c"}}')


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RequestError("no"), ("invalid_request_error", None, None)),
        (RequestError("no", details={"param": "n", "code": "x"}), ("invalid_request_error", "n", "x")),
        (RequestError("no", details={"param": 1}), ("invalid_request_error", None, None)),
        (missing("messages"), ("invalid_request_error", "messages", "missing_required_parameter")),
        (RefusedError("no"), ("invalid_request_error", None, "llmock_refused")),
        (SessionClosedError("no"), ("invalid_request_error", None, "llmock_session_closed")),
        (NoBackendError("no"), ("server_error", None, "llmock_no_backend")),
        (LLMockError("no", details={"param": "n"}), ("server_error", None, None)),
        (BackendError(Failure("status", "no", 429)), ("rate_limit_error", None, None)),
        (BackendError(Failure("status", "no", 401)), ("authentication_error", None, None)),
        (BackendError(Failure("status", "no", 403)), ("permission_error", None, None)),
        (BackendError(Failure("timeout", "no")), ("server_error", None, None)),
        (BackendError(UPSTREAM), ("t", "p", "c")),
    ],
    ids=[
        *("request", "param", "odd-details", "missing", "refused", "closed", "no-backend", "internal"),
        *("429", "401", "403", "no-status", "upstream-says"),
    ],
)
def test_error_has_the_form_that_sdks_read(error, expected):
    """Message, type, param and code are where OpenAI puts them; an upstream's own words are passed on."""
    body = error_body(error)

    kind, param, code = expected
    assert body == {"error": {"message": error.message, "type": kind, "param": param, "code": code}}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"error": {"message": "m", "type": "t", "code": 501}}', ProviderError("m", "t", status=501)),
        ('{"error": "no such model"}', ProviderError("no such model")),
        ({"message": "m", "code": 7}, ProviderError("m")),
        ({"detail": "m"}, ProviderError("m")),
        ({"error": {"code": 400}}, None),
        ({"error": [1]}, None),
        ("<html>", None),
        ("[" * 100_000, None),
        ([], None),
    ],
    ids=["llama", "ollama", "flat", "detail", "no-message", "odd", "html", "deep", "list"],
)
def test_error_bodies_of_other_servers_are_understood(body, expected):
    """Each dialect's message is found, and what is no error body is told apart."""
    told = decode_error(body)

    assert told == expected


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "null"),
        (True, "a boolean"),
        (1, "an integer"),
        (1.5, "a decimal"),
        ("", "a string"),
        ([], "an array"),
        ({}, "an object"),
    ],
)
def test_type_is_named_in_words(value, name):
    """Messages name JSON types as the service does."""
    named = type_name(value)

    assert named == name

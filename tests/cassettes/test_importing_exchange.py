"""One exchange as another tool recorded it."""

import gzip
import zlib

import pytest

from pytest_llmock.cassettes.importing.exchange import (
    LARGEST_BODY,
    Exchange,
    as_bytes,
    as_json,
    decompressed,
    headers_of,
)


def called(method, url):
    return Exchange(1, method, url, b"{}", 200, b"{}")


@pytest.mark.parametrize(
    ("url", "operation"),
    [
        ("https://api.openai.com/v1/chat/completions", "chat"),
        ("http://127.0.0.1:8080/chat/completions/", "chat"),
        ("https://x.azure.com/openai/deployments/d/chat/completions?api-version=1", "chat"),
        ("https://proxy/https://api.openai.com/v1/embeddings", "embed"),
        ("/v1/embeddings", "embed"),
        ("https://api.openai.com/v1/completions", None),
        ("", None),
    ],
)
def test_the_api_is_known_by_the_end_of_the_path(url, operation):
    """Host, prefix and query do not matter."""
    assert called("POST", url).operation == operation


def test_only_a_post_calls_a_model():
    """Stored completions can be listed at the same path."""
    assert called("GET", "https://api.openai.com/v1/chat/completions").operation is None


@pytest.mark.parametrize(
    ("url", "api"),
    [
        ("https://api.anthropic.com/v1/messages", "Anthropic's API"),
        ("https://api.openai.com/v1/responses", "OpenAI's Responses API"),
        ("http://localhost:11434/api/chat", "Ollama's own API"),
        ("https://g/v1beta/models/gemini-2:streamGenerateContent?alt=sse", "Google's API"),
        ("https://example.org/users", ""),
    ],
)
def test_other_apis_are_named(url, api):
    """Who reads that a call was left out can see which one it was."""
    assert called("POST", url).api == api


def test_headers_that_could_hold_a_key_are_never_taken():
    """Only those are that say how to read a response; of a repeated one the last."""
    raw = {
        "Content-Type": ["a", "b"],
        "Set-Cookie": ["k"],
        "Authorization": "k",
        "retry-after": "2",
        "RETRY-AFTER-MS": [],
    }

    assert headers_of(raw) == {"content-type": "b", "retry-after": "2"}  # fmt: skip


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, bytes], ids=["gzip", "zlib", "plain"])
def test_a_body_tells_itself_how_it_is_compressed(pack):
    """Tools keep the header of a body that they have decompressed, so only the body is asked."""
    assert decompressed(pack(b'{"a": 1}')) == b'{"a": 1}'


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (gzip.compress(b"abc" * 99)[:-9], "it is cut off"),
        (b"\x1f\x8bnothing", "Error -3 while decompressing data"),
        (gzip.compress(bytes(LARGEST_BODY + 1)), "it is too large"),
    ],
    ids=["cut", "damaged", "bomb"],
)
def test_a_compressed_body_that_is_damaged_is_refused(body, problem):
    """A few bytes can neither pass for an answer nor fill the memory."""
    with pytest.raises(ValueError, match=problem):
        decompressed(body)


@pytest.mark.parametrize(
    ("value", "body"), [("é", "é".encode()), (b"\xff", b"\xff"), ("", None), (None, None), ({"a": 1}, None)]
)
def test_a_body_is_text_or_bytes(value, body):
    """Anything else was not recorded as it was sent."""
    assert as_bytes(value) == body


def test_data_with_bytes_in_it_is_no_json():
    """Such a body is treated as not recorded."""
    assert (as_json({"a": [1]}), as_json({"a": b""})) == (b'{"a": [1]}', None)

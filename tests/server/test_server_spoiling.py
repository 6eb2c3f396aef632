"""Faults that only bytes can say, as a client meets them."""

import json

import httpx
import pytest

from pytest_llmock.faults import fault_of
from pytest_llmock.journal import Call
from pytest_llmock.server.spoiling import spoiled
from pytest_llmock.wire.anthropic_errors import rate_limit_headers
from pytest_llmock.wire.http import Response

BODY = {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture
def post(llm_backend):
    """Posts a chat with a fault; the plain body, or the events of a stream."""

    def post(fault, *, stream=False):
        llm_backend.fail(fault=fault).then("One two three four five six")
        return httpx.post(f"{llm_backend.base_url}/chat/completions", json={**BODY, "stream": stream})

    return post


def is_json(body):
    """Whether a parser takes it."""
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def told(post, fault):
    answer = post(fault, stream=True)
    return [event for event in answer.content.split(b"\n\n") if event]


def test_a_stream_without_fault_has_five_events(post):
    """A role, two pieces, an end, [DONE]: what the others are held against."""
    assert len(told(post, {"fault": "slow_first_token", "seconds": 0})) == 5


@pytest.mark.parametrize(
    ("fault", "number", "spoiled"),
    [
        (
            "malformed",
            5,
            lambda event: event.startswith(b"data: {") and event.count(b"{") > event.count(b"}"),
        ),
        ("truncated", 2, lambda event: not event.endswith(b"}")),
        ("duplicated", 6, lambda event: event.endswith(b"}")),
        ("invalid_utf8", 5, lambda event: b"\xff\xfe" in event),
    ],
)
def test_the_second_event_of_a_stream_is_spoiled(post, fault, number, spoiled):
    """One comes before it, where nothing else is said."""
    events = told(post, fault)

    assert len(events) == number
    assert spoiled(events[1])
    assert events[0].endswith(b"}")


@pytest.mark.parametrize("after", [0, 3])
def test_as_many_events_come_before_as_are_said(post, after):
    """None, or any number."""
    events = told(post, f"invalid_utf8@{after}")

    assert [b"\xff\xfe" in event for event in events].index(True) == after


@pytest.mark.parametrize(
    ("fault", "spoiled"),
    [
        ("malformed", lambda body: not is_json(body) and is_json(body + b"}")),
        ("truncated", lambda body: not body.endswith(b"}")),
        ("duplicated", lambda body: body.count(b'"object"') == 2),
        ("invalid_utf8", lambda body: b"\xff\xfe" in body),
    ],
)
def test_a_body_is_spoiled_as_a_whole(post, fault, spoiled):
    """And has the length that it says."""
    answer = post(fault)

    assert answer.status_code == 200
    assert spoiled(answer.content)


def test_a_content_type_that_is_wrong(post):
    """The body is what it was."""
    answer = post("content_type")

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.json()["choices"]


@pytest.mark.parametrize("stream", [False, True], ids=["body", "stream"])
def test_a_cut_connection_is_one(post, stream):
    """The client learns that something is missing."""
    with pytest.raises(httpx.RemoteProtocolError):
        post("cut", stream=stream)


def test_the_server_goes_on_after_a_cut(post, llm_backend):
    """On the next connection."""
    with pytest.raises(httpx.RemoteProtocolError):
        post("cut@2", stream=True)

    assert httpx.post(f"{llm_backend.base_url}/chat/completions", json=BODY).status_code == 200


def test_a_refusal_for_the_rate_says_it_in_the_providers_headers(post):
    """And in what is less than a second, for SDKs that read it."""
    answer = post({"status": 429, "retry_after": 0.25})

    assert (answer.status_code, answer.json()["error"]["type"]) == (429, "rate_limit_error")
    assert (answer.headers["retry-after"], answer.headers["retry-after-ms"]) == ("1", "250")
    assert answer.headers["x-ratelimit-reset-requests"] == "0.25s"


def test_another_status_has_no_such_headers(post):
    """A server that is down knows no limits."""
    answer = post("503")

    assert (answer.status_code, "x-ratelimit-reset-requests" in answer.headers) == (503, False)


def test_the_mock_api_says_the_status_in_its_own_form(llm_backend, mock_api):
    """Without headers of a provider."""
    llm_backend.fail(429, message="Slow down.")

    answer = mock_api.get("/users")

    assert (answer.status_code, answer.json()["error"]["message"]) == (429, "Slow down.")
    assert "x-ratelimit-reset-requests" not in answer.headers


def test_lines_of_json_are_events_too():
    """Of APIs that stream without server-sent events."""

    async def lines():
        yield b'{"a":1}\n{"a"'
        yield b':2}\n{"a":3}'

    call = Call(1, "ollama", "POST", "/")
    call.strike(fault_of("malformed@1"))
    response = Response(content_type="application/x-ndjson", stream=lines())

    assert b"".join(_read(spoiled(response, call, limits=None, now=0).stream)) == b'{"a":1}\n{"a":2\n{"a":3}'


def test_what_strikes_behind_the_pool_spoils_nothing():
    """And bytes without JSON are left as they are, or broken in the middle."""
    call = Call(1, "openai", "POST", "/")
    call.strike(fault_of({"fault": "truncated", "at": "backend"}))
    untouched = spoiled(Response(body=b"text"), call, limits=None, now=0)
    call.strike(fault_of("malformed"))
    call.strike(fault_of("invalid_utf8"))

    assert untouched.body == b"text"
    assert spoiled(Response(body=b"text"), call, limits=None, now=0).body == b"te\xff\xfext"


def test_anthropic_says_when_the_limit_is_over():
    """As a moment, where OpenAI says a time."""
    assert rate_limit_headers(30, 1_767_225_600) == {
        "anthropic-ratelimit-requests-limit": "60",
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:30Z",
    }


def _read(stream):
    import asyncio

    async def all_of():
        return [piece async for piece in stream]

    return asyncio.run(all_of())

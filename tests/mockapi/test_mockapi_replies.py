import json
import re

import httpx
import pytest

from pytest_llmock.mockapi.replies import error, events, reply, reply_of
from pytest_llmock.wire.sse import SSEDecoder


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param({}, (200, b"", "application/octet-stream", {}), id="nothing"),
        pytest.param({"json": {"a": (1,)}}, (200, b'{"a":[1]}', "application/json", {}), id="json"),
        pytest.param({"json": None}, (200, b"null", "application/json", {}), id="null"),
        pytest.param(
            {"text": "é", "status": 404}, (404, "é".encode(), "text/plain; charset=utf-8", {}), id="text"
        ),
        pytest.param(
            {"content": b"\0", "headers": {"Content-Type": "image/png", "X-A": "b"}},
            (200, b"\0", "image/png", {"x-a": "b"}),
            id="bytes",
        ),
        pytest.param({"status": 204}, (204, b"", "application/octet-stream", {}), id="no content"),
        pytest.param(
            {"json": 1, "headers": {"content-type": "application/problem+json"}},
            (200, b"1", "application/json", {"content-type": "application/problem+json"}),
            id="json of another type",
        ),
    ],
)
def test_a_reply_is_what_was_said(said, expected):
    """Status, one body, headers in lower case."""
    made = reply(**said)

    assert (made.status, made.body, made.content_type, made.headers) == expected


@pytest.mark.parametrize(
    ("said", "error", "message"),
    [
        ({"status": 99}, ValueError, "The status is 99: give one from 200 to 599. A 1xx is no final answer."),
        (
            {"status": 101},
            ValueError,
            "The status is 101: give one from 200 to 599. A 1xx is no final answer.",
        ),
        (
            {"status": 600},
            ValueError,
            "The status is 600: give one from 200 to 599. A 1xx is no final answer.",
        ),
        (
            {"status": "200"},
            ValueError,
            "The status is '200': give one from 200 to 599. A 1xx is no final answer.",
        ),
        (
            {"status": True},
            ValueError,
            "The status is True: give one from 200 to 599. A 1xx is no final answer.",
        ),
        (
            {"json": 1, "text": "a"},
            ValueError,
            "A response has one body, not json and text: leave one out.",
        ),
        ({"status": 204, "json": {}}, ValueError, "A response with status 204 has no body: leave json out."),
        ({"json": {1, 2}}, TypeError, "The body is not JSON: Object of type set is not JSON serializable."),
        (
            {"json": float("nan")},
            TypeError,
            "The body is not JSON: Out of range float values are not JSON compliant",
        ),
        (
            {"headers": {"X A": "b"}},
            ValueError,
            "The header name 'X A' has characters that no name can have.",
        ),
        (
            {"headers": {"Content-Length": "3"}},
            ValueError,
            "The server sets the header 'Content-Length' itself: leave it out.",
        ),
        (
            {"headers": {"X-A": "b\r\nX-B: c"}},
            ValueError,
            r"The header 'X-A' is 'b\r\nX-B: c': give one line of Latin-1 text.",
        ),
        ({"headers": {"X-A": "€"}}, ValueError, "The header 'X-A' is '€': give one line of Latin-1 text."),
        ({"headers": {"X-A": 1}}, ValueError, "The header 'X-A' is 1: give one line of Latin-1 text."),
        ({"headers": [("A", "b")]}, TypeError, "Headers are a mapping, {'ETag': '1'}, not [('A', 'b')]."),
        ({"text": b"a"}, TypeError, "`text` is bytes: bytes are for `content`, data for `json`."),
        ({"content": "a"}, TypeError, "`content` is str, and has bytes: text is for `text`."),
    ],
)
def test_what_no_response_can_be_is_refused(said, error, message):
    """Where it is written, and not where a client trips over it."""
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        reply(**said)


def test_json_that_holds_itself_is_refused():
    """Not with an overflow."""
    endless = []
    for _ in range(100_000):
        endless = [endless]

    with pytest.raises(TypeError, match="^The body is nested too deeply to be JSON.$"):
        reply(json=endless)


@pytest.mark.parametrize("code", [200, 399, 600, True, "404", None])
def test_an_error_has_the_code_of_one(code):
    """What is no error is a response."""
    with pytest.raises(
        ValueError, match=r"^The code of an error is .*: give one from 400 to 599, or answer with"
    ):
        error(code)


def test_a_message_is_text():
    """Data has a place of its own."""
    with pytest.raises(TypeError, match=r"The message of an error is text, not \{'a': 1\}\. Data is for"):
        error(404, {"a": 1})


def test_an_error_may_have_message_details_and_headers():
    """In the form of every error of the mock API."""
    made = error(429, "slow down", details=["a"], headers={"Retry-After": "3"})

    assert (made.status, made.headers) == (429, {"retry-after": "3"})
    assert json.loads(made.body) == {"error": {"code": 429, "message": "slow down", "details": ["a"]}}


@pytest.mark.parametrize(
    ("value", "status", "body"),
    [
        pytest.param({"a": 1}, 200, b'{"a":1}', id="object"),
        pytest.param([1], 200, b"[1]", id="list"),
        pytest.param("text", 200, b'"text"', id="text is JSON"),
        pytest.param(True, 200, b"true", id="true"),
        pytest.param(None, 200, b"null", id="null"),
        pytest.param(204, 204, b"", id="status"),
        pytest.param(
            503, 503, b'{"error":{"code":503,"message":"Service Unavailable"}}', id="status of an error"
        ),
        pytest.param((201, {"id": 1}), 201, b'{"id":1}', id="pair"),
        pytest.param(httpx.Response(404, text="gone"), 404, b"gone", id="response of httpx"),
        pytest.param(httpx.Response(204), 204, b"", id="empty response of httpx"),
    ],
)
def test_an_answer_in_short_is_read_by_its_type(value, status, body):
    """A number is a status, a pair status and JSON; all else but responses is JSON."""
    made = reply_of(value)

    assert (made.status, made.body) == (status, body)


def test_a_response_of_httpx_keeps_its_headers():
    """But those that the server sets, and the encoding that its content no longer has."""
    given = httpx.Response(200, json={"a": 1}, headers={"X-A": "b", "Connection": "close"})

    made = reply_of(given)

    assert (made.content_type, made.headers) == ("application/json", {"x-a": "b"})


@pytest.mark.parametrize(
    ("value", "error"),
    [((200, {}, {}), TypeError), ((99, {}), ValueError), (99, ValueError), (object(), TypeError)],
)
def test_what_is_no_answer_is_refused(value, error):
    """With a message that names it."""
    with pytest.raises(error):
        reply_of(value)


@pytest.mark.parametrize(
    ("items", "mode", "expected"),
    [
        pytest.param(
            ["a", "b"],
            "LlmTokens",
            [
                {"chunk": "a", "accumulated": "a", "done": False},
                {"chunk": "b", "accumulated": "ab", "done": False},
                {"content": "ab", "done": True},
            ],
            id="tokens",
        ),
        pytest.param(
            [{"a": 1}],
            "LlmTokens",
            [
                {"chunk": '{"a":1}', "accumulated": '{"a":1}', "done": False},
                {"content": '{"a":1}', "done": True},
            ],
            id="tokens of JSON",
        ),
        pytest.param([], "LlmTokens", [{"content": "", "done": True}], id="no tokens"),
        pytest.param(
            [1, 2],
            "CompleteObjects",
            [
                {"data": 1, "index": 0, "total": 2, "done": False},
                {"data": 2, "index": 1, "total": 2, "done": True},
            ],
            id="objects",
        ),
        pytest.param([], "CompleteObjects", [{"total": 0, "done": True}], id="no objects"),
        pytest.param(
            [1],
            "ArrayItems",
            [{"item": 1, "index": 0, "total": 1, "arrayName": "users", "done": True}],
            id="items",
        ),
    ],
)
def test_a_stream_says_at_its_end_that_it_is_done(items, mode, expected):
    """In the form of its mode, one event an item."""
    made = events(items, mode=mode, array_name="users")

    said = SSEDecoder().feed(made.response().body)
    assert [json.loads(event.data) for event in said] == expected
    assert [event.id.endswith("-end") for event in said] == [False] * (len(said) - 1) + [True]
    assert made.response().content_type == "text/event-stream"

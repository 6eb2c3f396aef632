import pytest

from pytest_llmock.errors import RequestError
from pytest_llmock.mockapi.received import KEPT_BYTES, kept, received
from pytest_llmock.wire.http import Request

JSON_HEADERS = {"content-type": "application/json", "authorization": "Bearer abc"}


def asked(body=b"", *, headers=JSON_HEADERS, query="a=1&b=2&a=3", path="/api/mock/users"):
    return received(Request("POST", path, query, headers, body), "/api/mock")


def test_a_request_is_told_as_the_client_sent_it():
    """Path below the mock API, query by name, headers in any case, the body as text and as data."""
    request = asked(b'{"name": "Ada"}')

    assert (request.method, request.path, request.params) == ("POST", "/users", {})
    assert (request.query, request.query_pairs) == (
        {"a": "3", "b": "2"},
        (("a", "1"), ("b", "2"), ("a", "3")),
    )
    assert (request.headers["Authorization"], len(request.headers)) == ("Bearer abc", 2)
    assert (request.text, request.json) == ('{"name": "Ada"}', {"name": "Ada"})


def test_the_root_of_the_mock_api_is_a_slash():
    """There is no empty path."""
    assert asked(path="/api/mock").path == "/"


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("application/x-www-form-urlencoded", b"a=1&a=2", {"a": ["1", "2"]}),
        ("text/plain", b"hello", "hello"),
        ("application/json", b"", None),
    ],
)
def test_other_bodies_are_data_too(kind, body, expected):
    """A form is an object, text is text, nothing is None."""
    assert asked(body, headers={"content-type": kind}).json == expected


def test_broken_json_is_an_error_when_it_is_read():
    """Nobody pays for a body that is not looked at."""
    request = asked(b"{oops")

    with pytest.raises(RequestError, match="The request body is not valid JSON"):
        request.json  # noqa: B018 - reading it is the test


def test_what_shows_headers_shows_no_secret():
    """The value is there for the test, and not in what is printed."""
    headers = asked(
        headers={"authorization": "Bearer abc", "x-api-key": "k-1", "idempotency-key": "7", "accept": "*/*"}
    )

    assert repr(headers.headers) == (
        "{'authorization': '<masked>', 'x-api-key': '<masked>', 'idempotency-key': '7', 'accept': '*/*'}"
    )
    assert "abc" not in repr(headers)


@pytest.mark.parametrize(
    ("size", "left", "is_cut"), [(KEPT_BYTES, KEPT_BYTES, False), (KEPT_BYTES + 1, 0, True)]
)
def test_the_journal_keeps_a_megabyte_of_body_at_most(size, left, is_cut):
    """An upload is not held until the test is over."""
    request = kept(asked(b"x" * size, headers={"content-type": "text/plain"}))

    assert (len(request.body), request.path, request.is_cut) == (left, "/users", is_cut)

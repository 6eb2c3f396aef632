import re
from unittest.mock import ANY

import pytest

from pytest_llmock.mockapi.pattern import pattern
from pytest_llmock.mockapi.received import received
from pytest_llmock.wire.http import Request


def asked(method="GET", path="/users/7", query="", body=b"", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return received(Request(method, path, query, {"content-type": "application/json", **named}, body), "")


@pytest.mark.parametrize(
    ("wanted", "method", "fits"),
    [
        ("GET", "GET", True),
        ("get", "GET", True),
        ("GET", "HEAD", True),
        ("HEAD", "GET", False),
        ("POST", "GET", False),
        ("*", "PATCH", True),
    ],
)
def test_the_method_is_the_requests(wanted, method, fits):
    """A star is any; whoever answers GET answers HEAD, too."""
    assert (pattern(wanted, "/**").match(asked(method)) is not None) is fits


@pytest.mark.parametrize(
    ("conditions", "fits"),
    [
        pytest.param({"params": {"page": "2"}}, True, id="one of the query"),
        pytest.param({"params": {"page": 2, "full": True, "tag": ["a", "b"]}}, True, id="not only text"),
        pytest.param({"params": [("tag", "a"), ("tag", "b"), ("blank", None)]}, True, id="pairs"),
        pytest.param({"params": {"tag": "a"}}, False, id="some of its values"),
        pytest.param({"params": {"page": ANY}}, True, id="any value"),
        pytest.param({"params": {"other": ANY}}, False, id="missing"),
        pytest.param({"headers": {"X-Kind": "a"}}, True, id="header"),
        pytest.param({"headers": {"X-Kind": ANY}}, True, id="any header"),
        pytest.param({"headers": {"X-Kind": "b"}}, False, id="other header"),
        pytest.param({"headers": {"X-Other": ANY}}, False, id="no header"),
        pytest.param({"json": {"a": [1, ANY]}}, True, id="body"),
        pytest.param({"json": {"a": [1]}}, False, id="other body"),
        pytest.param({"json": None}, False, id="no body"),
    ],
)
def test_query_and_headers_are_contained_and_the_body_is_whole(conditions, fits):
    """As respx has it; ANY is any value."""
    request = asked(query="page=2&full=true&tag=a&tag=b&blank=", body=b'{"a": [1, 2]}', x_kind="a")

    found = pattern("GET", "/users/{id}", **conditions).match(request)

    assert found == ({"id": "7"} if fits else None)


def test_a_broken_body_fits_no_condition():
    """Whoever speaks of the body means one that can be read."""
    request = asked(body=b"{oops")

    assert pattern("GET", "/**", json=None).match(request) is None
    assert pattern("GET", "/**").match(request) == {}


@pytest.mark.parametrize(
    ("method", "message"),
    [
        ("GTE", "The method 'GTE' is not known. Did you mean 'GET'? '*' is any method."),
        ("", "The method '' is not known. Known: DELETE, GET, HEAD, PATCH, POST, PUT. '*' is any method."),
        ("OPTIONS", "The server answers OPTIONS itself, so no route can: leave it out."),
    ],
)
def test_an_unknown_method_is_refused(method, message):
    """The nearest is named."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        pattern(method, "/x")


@pytest.mark.parametrize(
    ("method", "path", "error", "message"),
    [
        (
            "GET",
            "/api/mock/users",
            ValueError,
            "The path '/api/mock/users' begins with the address of the mock API: write '/users'.",
        ),
        (
            "GET",
            re.compile("/users"),
            TypeError,
            "A path is text with parameters, '/users/{id:int}', not re.compile('/users').",
        ),
        (
            ["GET", "PUT"],
            "/x",
            TypeError,
            "A route has one method, 'GET', or '*' for any, not ['GET', 'PUT'].",
        ),
    ],
    ids=["address", "expression", "methods"],
)
def test_what_would_never_match_is_refused(method, path, error, message):
    """A pattern that no request has would let a claim that nothing was called hold."""
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        pattern(method, path)


@pytest.mark.parametrize(
    ("conditions", "text"),
    [
        pytest.param({}, "POST /x", id="nothing"),
        pytest.param(
            {"params": {"a": 1, "b": [1, 2]}}, 'POST /x with params {"a": "1", "b": ["1", "2"]}', id="params"
        ),
        pytest.param(
            {"headers": {"Authorization": "Bearer x", "Accept": ANY}, "json": {"a": 1}},
            "POST /x with headers {'authorization': '<masked>', 'accept': <ANY>}, json {\"a\": 1}",
            id="headers and body",
        ),
        pytest.param({"json": "x" * 200}, f'POST /x with json "{"x" * 119}…', id="long"),
    ],
)
def test_a_pattern_says_what_it_wants_without_secrets(conditions, text):
    """Short, and fit for a message."""
    assert str(pattern("post", "/x", **conditions)) == text


def test_patterns_that_say_the_same_have_one_key():
    """ANY is a value of its own here, so that it replaces no other route."""
    one = pattern("GET", "/x", json={"a": 1})

    assert one.key == pattern("get", "/x", json={"a": 1}).key
    assert one.key != pattern("GET", "/x", json={"a": ANY}).key

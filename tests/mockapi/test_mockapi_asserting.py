import json
from unittest.mock import ANY
from urllib.parse import urlencode

import pytest

from pytest_llmock.journal import Call
from pytest_llmock.mockapi.asserting import MockCalls
from pytest_llmock.mockapi.received import kept, received
from pytest_llmock.wire.http import Request


def call(number, method, path, *, query=None, body=None, headers=None, status=200):
    """A call of the mock API as the server notes it."""
    raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"content-type": "application/json", **(headers or {})}
    request = Request(method, f"/api/mock{path}", urlencode(query or {}), sent, raw)
    made = Call(number, "mock", method, f"/api/mock{path}", status=status)
    made.request = received(request, "/api/mock")
    return made


@pytest.fixture
def calls():
    made = [
        call(1, "GET", "/users", query={"page": "1"}),
        call(
            2, "POST", "/users", body={"name": "Eve", "tags": ["a"]}, headers={"authorization": "Bearer abc"}
        ),
        call(3, "GET", "/users/7"),
        call(4, "DELETE", "/users/7", status=404),
    ]
    return MockCalls(lambda: made)


def failure(claim):
    with pytest.raises(AssertionError) as caught:
        claim()
    return str(caught.value)


def test_claims_that_hold_are_silent(calls):
    """By method, path, query, headers and body; templates and ANY are of use here too."""
    calls.assert_called()
    calls.assert_called("GET", "/users/{id}", times=1)
    calls.assert_called("*", "/users/7", times=2)
    calls.assert_called("GET", "/users", params={"page": 1})
    calls.assert_called(
        "POST", "/users", json={"name": "Eve", "tags": ANY}, headers={"Authorization": "Bearer abc"}
    )
    calls.assert_called_once("POST")
    calls.assert_not_called("PUT")
    calls.assert_order("GET /users", ("POST", "/users"), "DELETE /users/{id}")

    assert (calls.called, calls.call_count, calls.last.number) == (True, 4, 4)


def test_what_differs_from_the_nearest_call_is_shown(calls):
    """Only what was spoken of and does not fit; no secret."""
    wanted = {"name": "Ada", "tags": [ANY, "b"]}

    said = failure(
        lambda: calls.assert_called(
            "POST", "/users", params={"page": 2}, headers={"Authorization": "Bearer x"}, json=wanted
        )
    )

    assert said == (
        'POST /users with params {"page": "2"}, headers {"authorization": "<masked>"}, '
        "json {'name': 'Ada', 'tags': [<ANY>, 'b']} was not called.\n"
        "The nearest call is 2. POST /users → 200. What was wanted → what was sent:\n"
        '  params.page: "2" → not set\n'
        '  headers.authorization: "<masked>" → "<masked>, another value"\n'
        '  json.name: "Ada" → "Eve"\n'
        '  json.tags[1]: "b" → not set\n'
        "The calls:\n"
        "  1. GET /users → 200\n  2. POST /users → 200\n  3. GET /users/7 → 200\n  4. DELETE /users/7 → 404"
    )


@pytest.mark.parametrize(
    ("claim", "nearest", "difference"),
    [
        (("GET", "/user"), "1. GET /users", 'path: "/user" → "/users"'),
        (("PUT", "/users/7"), "4. DELETE /users/7", 'method: "PUT" → "DELETE"'),
        (("GET", "/users/{id:uuid}"), "3. GET /users/7", 'path: "/users/{id:uuid}" → "/users/7"'),
    ],
)
def test_the_nearest_call_is_that_with_the_likest_path(calls, claim, nearest, difference):
    """Then by method; of equals the last."""
    said = failure(lambda: calls.assert_called(*claim))

    assert f"The nearest call is {nearest} → " in said
    assert f"  {difference}\n" in said


@pytest.mark.parametrize(
    ("body", "wanted", "difference"),
    [
        pytest.param(b"{oops", {"a": 1}, '"{oops, which is no JSON"', id="broken"),
        pytest.param(None, {"a": 1}, 'json: {"a": 1} → null', id="none"),
        pytest.param({"a": 1}, [1], 'json: [1] → {"a": 1}', id="another type"),
        pytest.param({"a": 1}, {"a": {1}}, 'json.a: "{1}" → 1', id="no JSON"),
        pytest.param({"a": [1, 2]}, {"a": [1]}, "json.a[1]: not set → 2", id="longer"),
        pytest.param({"a": 1, "b": 2}, {"a": 1}, "json.b: not set → 2", id="more"),
    ],
)
def test_bodies_of_any_kind_are_compared(body, wanted, difference):
    """What is no JSON is shown as it is."""
    calls = MockCalls(lambda: [call(1, "POST", "/x", body=body)])

    assert difference in failure(lambda: calls.assert_called("POST", "/x", json=wanted))


def test_several_values_of_a_parameter_are_shown_together():
    """As a list."""
    calls = MockCalls(lambda: [call(1, "GET", "/x", query=[("a", "1"), ("a", "2")], headers={"x-a": "b"})])

    said = failure(lambda: calls.assert_called("GET", "/x", params={"a": ["1", "3"]}, headers={"x-a": ANY}))

    assert '  params.a[1]: "3" → "2"\nThe calls:' in said


def test_a_number_of_calls_that_is_wrong_lists_them(calls):
    """Only those that were meant."""
    assert failure(lambda: calls.assert_called("GET", times=3)) == (
        "GET /** was called twice, and should have been 3 times.\n"
        "The calls:\n  1. GET /users → 200\n  3. GET /users/7 → 200"
    )
    assert failure(lambda: calls.assert_not_called("POST")) == (
        "POST /** was called once, and should not have been.\nThe calls:\n  2. POST /users → 200"
    )
    assert failure(lambda: calls.assert_called_once("PUT")).endswith("\nIt should have been called once.")


def test_an_order_that_does_not_hold_says_where_it_ends(calls):
    """What was called before it, and all calls."""
    said = failure(lambda: calls.assert_order("POST /users", "GET /users"))

    assert said.startswith(
        "GET /users was not called after POST /users.\n"
        "It was called before that: 1. GET /users → 200.\nThe calls:\n  1. GET"
    )
    assert failure(lambda: calls.assert_order("PUT /users")).startswith(
        "PUT /users was not called.\nThe nearest call is 2. POST /users → "
    )


def test_without_any_call_that_is_said():
    """There is nothing to compare with."""
    calls = MockCalls(list)

    assert failure(calls.assert_called) == "* /** was not called, and nothing else was."
    assert failure(lambda: calls.assert_order("GET /x")) == "GET /x was not called.\nThere were no calls."
    assert not calls.called


def test_of_many_calls_the_last_ten_are_listed():
    """A message is read, not searched."""
    made = [call(number, "GET", f"/users/{number}") for number in range(1, 31)]
    calls = MockCalls(lambda: made)

    said = failure(lambda: calls.assert_called("POST", "/x"))

    assert "The last 10 of 30 calls:\n  21. GET /users/21 → 200\n" in said
    assert said.count("GET /users/") == 11


def test_a_call_that_never_came_in_whole_is_known_by_its_path():
    """Its client left, or its body was too large."""
    calls = MockCalls(lambda: [Call(1, "mock", "POST", "/api/mock/upload")])

    calls.assert_called("POST", "/upload")

    assert repr(calls) == "<1 calls: 1. POST /upload → under way>"


def test_a_call_whose_client_left_says_so():
    """It has no status, and never will."""
    calls = MockCalls(lambda: [Call(1, "mock", "GET", "/api/mock/slow", error="The client left.")])

    assert repr(calls) == "<1 calls: 1. GET /slow → its client left>"


def test_a_body_that_was_not_kept_fits_no_claim():
    """And that is said."""
    large = call(1, "POST", "/x", body=b'"' + b"x" * 1_000_000 + b'"')
    large.request = kept(large.request)
    calls = MockCalls(lambda: [large])

    said = failure(lambda: calls.assert_called("POST", "/x", json=None))

    assert '\n  json: null → "a body too large to be kept"\n' in said


def test_a_number_of_times_that_cannot_be_is_refused(calls):
    """It would never hold."""
    with pytest.raises(ValueError, match="^The number of times is -1: give a whole number from 0 up.$"):
        calls.assert_called("GET", times=-1)


@pytest.mark.parametrize("request_", ["/users", "GET", "", ("GET",)])
def test_an_order_of_what_is_no_request_is_refused(calls, request_):
    """A request is a method and a path."""
    with pytest.raises(ValueError, match="A request is a method and a path, 'POST /users', not"):
        calls.assert_order(request_)


def test_calls_are_a_sequence(calls):
    """To be counted, sliced and gone through."""
    assert [each.number for each in calls] == [1, 2, 3, 4]
    assert [each.number for each in calls[1:3]] == [2, 3]
    assert calls[0].method == "GET"

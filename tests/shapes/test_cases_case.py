"""One case: what is sent, and its name."""

import pytest

from pytest_llmock.errors import ShapeError
from pytest_llmock.shapes.cases.case import Case, Names, checked_endpoint


def test_a_request_is_what_clients_take():
    """Method, path and body, and the body's type."""
    case = Case("valid", "typical", {"näme": [1]}, "PUT /users/7")

    assert case.request == {
        "method": "PUT",
        "url": "/users/7",
        "params": {},
        "headers": {"Content-Type": "application/json"},
        "content": '{"näme": [1]}'.encode(),
    }


def test_an_endpoint_without_a_method_is_posted_to():
    """Bodies are posted, most of the time."""
    assert Case("valid", "typical", 1, "/users").request["method"] == "POST"


@pytest.mark.parametrize("endpoint", ["", "GET", None, 5], ids=repr)
def test_what_is_no_endpoint_is_refused(endpoint):
    """With what one looks like."""
    with pytest.raises(ShapeError) as caught:
        checked_endpoint(endpoint)

    assert caught.value.message == f"The endpoint is {endpoint!r}: write it as 'POST /users' or '/users'."


def test_no_body_has_no_type():
    """Where nothing is sent, nothing is said of it."""
    assert Case("invalid", "body: missing", b"", "/users").request["headers"] == {}


def test_what_openapi_says_beside_the_body_is_sent_too():
    """The filled path, the query with names that come twice, headers over ours."""
    case = Case(
        "edge",
        "typical",
        None,
        "POST /users/{id}",
        path="/users/7",
        query=(("tag", "a"), ("tag", "b")),
        headers=(("Content-Type", "application/merge-patch+json"), ("X-Id", "3")),
    )

    request = case.request

    assert (request["url"], request["params"], request["content"]) == (
        "/users/7",
        {"tag": ["a", "b"]},
        b"null",
    )
    assert request["headers"] == {"Content-Type": "application/merge-patch+json", "X-Id": "3"}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"age": 17}, '<invalid case, /age: below minimum 18: {"age": 17}>'),
        ("x" * 100, f'<invalid case, /age: below minimum 18: "{"x" * 59}…>'),
        (b"\xff{", "<invalid case, /age: below minimum 18: \ufffd{>"),
    ],
    ids=["short", "long", "bytes"],
)
def test_a_case_shows_itself_in_a_line(value, shown):
    """So that a failing test's report can be read."""
    assert repr(Case("invalid", "/age: below minimum 18", value)) == shown


@pytest.mark.parametrize(
    ("endpoint", "rule", "name"),
    [
        ("POST /users", "/age: below minimum 18", "post-users-valid-age-below-minimum-18"),
        ("/users/{id}", "typical", "users-id-valid-typical"),
        ("/u", "/prénom: 'é' ≤ 3", "u-valid-prenom-e-3"),
        ("/u", "/状態: missing", "u-valid-u72b6u614b-missing"),
        ("/u", "/" + "x" * 200, "u-valid-" + "x" * 72),
    ],
)
def test_a_name_says_endpoint_kind_and_rule(endpoint, rule, name):
    """In ASCII that any shell and file system takes, and not too long."""
    assert Names().named(Case("valid", rule, 1, endpoint)).id == name


def test_a_name_is_given_once():
    """Also where a number was at the end before."""
    names = Names()
    rules = ["x", "x 2", "x", "x", "x 2"]

    given = [names.named(Case("edge", rule, 1, "/u")).id for rule in rules]

    assert given == ["u-edge-x", "u-edge-x-2", "u-edge-x-2-2", "u-edge-x-3", "u-edge-x-2-3"]

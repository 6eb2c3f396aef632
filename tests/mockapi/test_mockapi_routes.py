import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_llmock.journal import Call
from pytest_llmock.mockapi.received import received
from pytest_llmock.mockapi.routes import Routes
from pytest_llmock.wire.http import Request


@pytest.fixture
def routes():
    return Routes()


def taken(routes, path="/users", method="GET"):
    """The routes that fit a request, by their patterns."""
    return [route.pattern.label for route, _ in routes.matching(received(Request(method, path), ""))]


def test_routes_are_asked_in_the_order_of_their_registration(routes):
    """The narrower one stands first where it should win, as with respx."""
    for path in ("/users/me", "/users/{id}", "/**"):
        routes.route("GET", path)

    assert taken(routes, "/users/me") == ["GET /users/me", "GET /users/{id}", "GET /**"]
    assert taken(routes, "/orders") == ["GET /**"]
    assert taken(routes, "/orders", "POST") == []


def test_the_same_pattern_is_the_same_route_begun_anew(routes):
    """As with respx: the later one takes the place of the earlier one."""
    first = routes.route("GET", "/users", params={"a": 1}).respond(json=1)

    again = routes.route("get", "/users", params={"a": 1})

    assert again is first
    assert (again.plan.answer, len(routes)) == (None, 1)


def test_another_pattern_is_another_route(routes):
    """Conditions are part of it."""
    routes.route("GET", "/users")
    routes.route("GET", "/users", params={"a": 1})

    assert len(routes) == 2


def test_after_a_route_with_times_comes_the_next_of_its_pattern(routes):
    """Twice an error, and then an answer."""
    first = routes.route("GET", "/users").error(503).times(2)

    second = routes.route("GET", "/users").respond(json=[])

    assert [*routes] == [first, second]
    assert routes.route("GET", "/users") is second


def test_routes_may_be_registered_by_many_threads(routes):
    """None is lost."""
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: routes.route("GET", f"/users/{number}"), range(200)))

    assert len({route.pattern.label for route in routes}) == 200


def test_a_streaming_path_is_programmed_by_its_plain_one(routes):
    """A route answers both."""
    message = "The path '/stream/users' is the streaming form of '/users': a route for that has both."

    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        routes.route("GET", "/stream/users")


def test_routes_show_what_they_take(routes):
    """In the order in which they are asked."""
    routes.route("GET", "/users")
    routes.route("*", "/admin/**")

    assert repr(routes) == "<2 routes: GET /users; * /admin/**>"


def test_routes_that_nobody_called_are_named(routes):
    """Each by what it takes."""
    called = routes.route("GET", "/users")
    routes.route("POST", "/users", json={"name": "Ada"})
    called.claim(Call(1, "mock", "GET", "/users"), {})

    with pytest.raises(AssertionError) as caught:
        routes.assert_all_called()

    assert str(caught.value) == ('1 of 2 routes was never called:\n  POST /users with json {"name": "Ada"}')


def test_when_all_were_called_nothing_is_said(routes):
    """Nor where there are none."""
    routes.assert_all_called()
    routes.route("GET", "/users").claim(Call(1, "mock", "GET", "/users"), {})

    routes.assert_all_called()

    assert routes

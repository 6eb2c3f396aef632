"""AutoShape: what is a path's shape, and how long."""

import pytest

from pytest_llmock.clock import VirtualClock
from pytest_llmock.config import Settings
from pytest_llmock.mockapi import autoshape as module
from pytest_llmock.mockapi.autoshape import Shapes, path_template
from pytest_llmock.shapes.parse import parse

UUID = "3f2b8c1e-0a4d-4a57-9e0e-2f1d6c7b8a90"


@pytest.fixture
def clock():
    return VirtualClock()


@pytest.fixture
def shapes(clock):
    return Shapes(Settings(), clock)


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/users/7/orders", "/users/{id}/orders"),
        (f"/users/{UUID}", "/users/{id}"),
        ("/order-history", "/order-history"),
        ("/user-profile/v2", "/user-profile/v2"),
        ("/Users", "/Users"),
    ],
)
def test_only_ids_are_left_open(path, template):
    """Words stay what they are, with or without a hyphen."""
    assert path_template(path) == template


@pytest.mark.parametrize(
    ("answer", "shape"),
    [
        pytest.param({"id": 7, "ok": True, "x": None}, {"id": 0, "ok": True, "x": None}, id="record"),
        pytest.param([{"p": 1.5}] * 9, [{"p": 0.0}] * 3, id="list"),
        pytest.param({"tags": ["a"], "none": []}, {"tags": ["string"], "none": []}, id="lists inside"),
        pytest.param({"error": "x", "data": 1}, {"error": "string", "data": 0}, id="an error beside data"),
    ],
)
def test_a_shape_is_the_types_of_the_answer(shapes, answer, shape):
    """Its data is no part of it."""
    shapes.learn("GET", "/users/1", None, answer)

    assert shapes.of("GET", "/users/2").source == shape


@pytest.mark.parametrize(
    "answer", [None, 7, "x", {}, [], {"error": "x"}, {"$ref": "http://a", "type": "object", "$schema": "x"}]
)
def test_what_tells_no_shape_is_passed_over(shapes, answer):
    """The next answer may tell more."""
    shapes.learn("GET", "/users", None, answer)

    assert shapes.of("GET", "/users") is None


def test_the_shape_of_a_request_wins(shapes):
    """It says more than the answer."""
    wanted = parse({"role": "admin|guest"})

    shapes.learn("GET", "/users", wanted, {"role": "guest"})

    assert shapes.of("GET", "/users") is wanted


def test_methods_have_shapes_of_their_own(shapes):
    """What is created looks other than what is listed."""
    shapes.learn("GET", "/users", None, [{"id": 1}])

    assert shapes.of("POST", "/users") is None


def test_the_first_answer_decides_until_it_is_forgotten(shapes):
    """Or until somebody wants a new one."""
    shapes.learn("GET", "/users", None, {"a": 1})
    shapes.learn("GET", "/users", None, {"b": 1})
    first = shapes.of("GET", "/users").source
    shapes.forget("GET", "/users")
    shapes.learn("GET", "/users", None, {"b": 1})

    assert (first, shapes.of("GET", "/users").source) == ({"a": 0}, {"b": 0})


def test_a_path_that_nobody_asks_for_is_forgotten(shapes, clock):
    """Each use begins its time anew."""
    shapes.learn("GET", "/a", None, {"a": 1})
    shapes.learn("GET", "/b", None, {"a": 1})
    clock.advance(10 * 60)
    shapes.of("GET", "/b")
    clock.advance(6 * 60)

    assert (len(shapes), shapes.of("GET", "/a")) == (1, None)


def test_there_is_room_for_so_many_paths(shapes, monkeypatch):
    """The one longest unasked goes."""
    monkeypatch.setattr(module, "MOST_PATHS", 2)

    for path in ("/a", "/b", "/c"):
        shapes.learn("GET", path, None, {"a": 1})

    assert (len(shapes), shapes.of("GET", "/a")) == (2, None)


def test_shapes_are_cleared(shapes):
    """A test that starts over knows none."""
    shapes.learn("GET", "/a", None, {"a": 1})

    shapes.clear()

    assert len(shapes) == 0

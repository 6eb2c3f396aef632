"""The embedded generator and what a context knows."""

import asyncio

import pytest

from pytest_llmock.backends.synthetic.answers import answer
from pytest_llmock.clock import SystemClock
from pytest_llmock.config import Settings
from pytest_llmock.llm import Generation
from pytest_llmock.mockapi.contexts import Contexts

ANN = {"id": 7, "name": "Ann Lee", "email": "ann@example.com"}
BOB = {"id": 9, "name": "Bob Ray", "email": "bob@example.com"}
SHAPE = {"id": 0, "name": "string", "email": "string", "age": 0}


@pytest.fixture
def ask():
    """Asks in a context in which user 7 was made, then user 9."""
    contexts = Contexts(Settings(), SystemClock())
    contexts.add("c", "POST", "/users", ANN)
    contexts.add("c", "POST", "/users", BOB)

    def ask(method, path, shape=None, **asked):
        generation = Generation(method, path, shape=shape, context=contexts.text("c", path), **asked)
        return asyncio.run(answer(generation, seed=0, locale="en"))

    return ask


def test_a_record_that_the_path_names_is_the_known_one(ask):
    """What is not known of it is made up."""
    user = ask("GET", "/users/7", SHAPE)

    assert {**user, "age": 0} == {**ANN, "age": 0}


def test_without_a_shape_it_is_as_it_is_known(ask):
    """Nothing is added to it."""
    assert ask("GET", "/users/7") == ANN


def test_a_patch_changes_what_is_known(ask):
    """The rest stays."""
    assert ask("PATCH", "/users/7", body={"name": "Ann Ray"}) == {**ANN, "name": "Ann Ray"}
    assert ask("PUT", "/users/7", SHAPE, body={"name": "X"})["email"] == ANN["email"]


def test_an_unknown_record_is_made_up(ask):
    """It is another one."""
    user = ask("GET", "/users/8", SHAPE)

    assert user["id"] == 8
    assert user["name"] not in ("Ann Lee", "Bob Ray")


def test_a_record_that_nobody_names_is_the_last_one(ask):
    """As in GET /user."""
    assert ask("GET", "/user", SHAPE)["name"] == "Bob Ray"


@pytest.mark.parametrize("shape", [SHAPE, None])
def test_a_new_record_gets_a_new_number(ask, shape):
    """It is none of those that are known."""
    user = ask("POST", "/users", shape, body={"name": "Cy"})

    assert (user["id"], user["name"]) == (10, "Cy")


def test_a_list_begins_with_the_known_ones(ask):
    """The others have numbers of their own."""
    users = ask("GET", "/users", {"users": [SHAPE]}, count=4)["users"]

    assert [user["id"] for user in users] == [7, 9, 10, 11]
    assert [user["name"] for user in users][:2] == ["Ann Lee", "Bob Ray"]


def test_a_list_without_a_count_has_them_all(ask):
    """However short the example is."""
    assert [user["id"] for user in ask("GET", "/users", [SHAPE])] == [7, 9]
    assert len(ask("GET", "/users")) == 3


def test_a_later_part_of_a_list_goes_on(ask):
    """Records depend on their place."""
    users = ask("GET", "/users", [SHAPE], count=2, start=1, total=3)

    assert [user["id"] for user in users] == [9, 10]


def test_new_records_of_a_list_are_all_new(ask):
    """POST makes what was not there."""
    assert [user["id"] for user in ask("POST", "/users", [SHAPE], count=2)] == [10, 11]


def test_records_that_are_given_are_kept(ask):
    """What the client says wins over what is known."""
    users = ask("GET", "/users", [SHAPE], count=3, body=[{"name": "Di"}, 5])

    assert users[0]["name"] == "Di"


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        pytest.param(("GET", "/orders/1", None), ("Bob Ray", 9), id="the last one"),
        pytest.param(("POST", "/orders", {"userId": 7}), ("Ann Lee", 7), id="the one of the body"),
        pytest.param(("GET", "/users/7/orders/1", None), ("Ann Lee", 7), id="the one of the path"),
    ],
)
def test_another_thing_is_spoken_of_by_its_name(ask, asked, known):
    """`userId` and `userName` are of one user."""
    method, path, body = asked

    order = ask(method, path, {"id": 0, "userId": 0, "userName": "string"}, body=body)

    assert (order["userName"], order["userId"]) == known


def test_an_unknown_one_has_no_known_name(ask):
    """User 8 is nobody that is known."""
    order = ask("GET", "/users/8/orders/1", {"id": 0, "userId": 0, "userName": "string"})

    assert order["userId"] == 8
    assert order["userName"] not in ("Ann Lee", "Bob Ray")


def test_a_list_speaks_of_each_in_turn(ask):
    """References lead somewhere."""
    orders = ask("GET", "/orders", [{"id": 0, "userId": 0}], count=3)

    assert [order["userId"] for order in orders] == [7, 9, 7]


def test_a_list_below_a_thing_is_of_that_thing():
    """Orders of another user are not in it."""
    contexts = Contexts(Settings(), SystemClock())
    contexts.add("c", "GET", "/orders", [{"id": 1, "userId": 7}, {"id": 2, "userId": 9}])
    asked = Generation(
        path="/users/9/orders",
        shape=[{"id": 0, "userId": 0}],
        count=2,
        context=contexts.text("c", "/users/9/orders"),
    )

    orders = asyncio.run(answer(asked, seed=0, locale="en"))

    assert orders == [{"id": 2, "userId": 9}, {"id": 3, "userId": 9}]


def test_ids_that_are_no_numbers_are_made_up():
    """Nobody knows which is the next one."""
    contexts = Contexts(Settings(), SystemClock())
    contexts.add("c", "POST", "/users", {"id": "u-1", "name": "Ann"})
    asked = Generation("POST", "/users", shape={"id": "string"}, context=contexts.text("c", "/users"))

    assert asyncio.run(answer(asked, seed=0, locale="en"))["id"] != "u-1"

"""Things with an id in answers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.shapes.entities import (
    DEPTH,
    HEADING,
    LONGEST,
    MOST_LISTED,
    entities_in,
    kind_of,
    read_lines,
    tell,
)

ANN = {"id": 7, "name": "Ann"}
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "users", "a"]), inner),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("value", "noun", "found"),
    [
        pytest.param(ANN, "users", [("user", 7)], id="a record"),
        pytest.param([ANN, {"id": "x-1"}], "users", [("user", 7), ("user", "x-1")], id="a list"),
        pytest.param({"items": [ANN], "total": 1}, "users", [("item", 7)], id="a wrapped list"),
        pytest.param({"userId": 7, "name": "Ann"}, "users", [("user", 7)], id="the id of its own kind"),
        pytest.param({"userId": 7}, "orders", [], id="the id of another kind"),
        pytest.param(
            {"id": 1, "customer": {"id": 9}}, "orders", [("order", 1), ("customer", 9)], id="inside"
        ),
        pytest.param({"id": True}, "users", [], id="an id that is none"),
        pytest.param(ANN, "", [], id="nobody knows what it is"),
        pytest.param("Ann", "users", [], id="a single value"),
    ],
)
def test_what_has_an_id_is_a_thing(value, noun, found):
    """Its kind is the key above it, or the path's noun."""
    assert [(each.kind, each.id) for each in entities_in(value, noun)] == found


def test_the_path_says_the_id_of_an_answer_without_one():
    """GET /users/7 is about user 7."""
    (one,) = entities_in({"name": "Ann"}, "users", own_id=7)

    assert (one.key, one.fields) == (("user", "7"), {"id": 7, "name": "Ann"})


def test_long_fields_are_left_out():
    """What is kept has to be read by a model."""
    (one,) = entities_in({"id": 7, "bio": "x" * LONGEST}, "users")

    assert one.fields == {"id": 7}


def test_depth_and_length_are_limited():
    """An answer of 10,000 records costs no more than its first ones."""
    deep = ANN
    for _ in range(DEPTH + 1):
        deep = {"inner": deep}

    assert entities_in(deep, "users") == ()
    assert len(entities_in([{"id": n} for n in range(MOST_LISTED + 1)], "users")) == MOST_LISTED


def test_what_is_told_later_wins():
    """Field by field, and the thing is the last one told of."""
    known = {}

    tell(known, entities_in([ANN, {"id": 8}], "users"))
    tell(known, entities_in({"id": 7, "name": "Ann Lee", "age": 30}, "user"))

    assert [*known] == [("user", "8"), ("user", "7")]
    assert known["user", "7"].fields == {"id": 7, "name": "Ann Lee", "age": 30}


@given(values)
def test_lines_are_read_back(value):
    """A line says all that is known of a thing."""
    found = entities_in(value, "users")

    text = "\n".join([HEADING, *(each.line() for each in found), "Requests"])

    assert read_lines(text) == found


def test_other_text_tells_of_nothing():
    """A context of a user's own is words."""
    assert read_lines(json.dumps({"user": ANN})) == ()


@pytest.mark.parametrize(("noun", "kind"), [("users", "user"), ("activeUsers", "user"), ("", "")])
def test_a_kind_is_one_of_many(noun, kind):
    """The last word, in the singular."""
    assert kind_of(noun) == kind

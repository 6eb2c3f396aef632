"""Which values are taken, and which are given instead."""

import pytest

from pytest_llmock.datasets.unique import Keys


@pytest.fixture
def keys(plan):
    """Keys of a plan: `keys({"a": 0}, "a")`."""
    opened = []

    def keys(shape, *fields, count=3):
        opened.append(Keys(plan(shape, count=count, unique=fields)))
        return opened[-1]

    yield keys
    for each in opened:
        each.close()


def test_a_record_takes_all_its_values_or_none(keys):
    """The field that was taken is named."""
    found = keys({"a": 0, "b": 0}, "a", "b")

    said = [found.take(record) for record in ({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 2, "b": 2})]

    assert said == ["", "b", ""]


@pytest.mark.parametrize("value", [None, ...], ids=["null", "missing"])
def test_no_value_is_never_taken(keys, value):
    """As in a database."""
    found = keys({"a": "string|null"}, "a")
    record = {} if value is ... else {"a": value}

    assert [found.take(record), found.take(record)] == ["", ""]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("1", 1, False),
        ({"x": 1, "y": 2}, {"y": 2, "x": 1}, True),
        ("a" * 100, "a" * 99 + "b", False),
        ("a" * 100, "a" * 100, True),
    ],
    ids=["text and number", "order of keys", "long and different", "long and equal"],
)
def test_values_are_compared_as_json(keys, one, other, same):
    """However long they are."""
    found = keys({"type": "object", "properties": {"a": {}}}, "a")
    found.take({"a": one})

    assert bool(found.take({"a": other})) is same


def test_a_field_of_few_values_gets_the_first_that_is_free(keys):
    """In the order of the shape; the rest of the record stays."""
    found = keys({"a": "x|y|z", "n": 0}, "a")
    found.take({"a": "x", "n": 0})
    found.take({"a": "y", "n": 0})

    assert found.free({"a": "x", "n": 5}) == {"a": "z", "n": 5}


def test_nothing_is_given_where_nobody_knows_the_values(keys):
    """Text can be anything."""
    found = keys({"a": "string"}, "a")
    found.take({"a": "x"})

    assert found.free({"a": "x"}) is None


def test_nothing_is_given_where_all_values_are_taken(keys):
    """The record must be made in another way, or not at all."""
    found = keys({"a": "x|y|z"}, "a")
    for value in "xyz":
        found.take({"a": value})

    assert found.free({"a": "x"}) is None


def test_nothing_is_given_that_makes_the_record_wrong(keys):
    """A rule of the schema may bind two fields."""
    bound = {
        "type": "object",
        "properties": {"a": {"enum": ["x", "y", "z"]}, "n": {"type": "integer"}},
        "if": {"properties": {"a": {"const": "y"}}},
        "then": {"properties": {"n": {"minimum": 10}}},
    }
    found = keys(bound, "a")
    found.take({"a": "x", "n": 1})

    assert found.free({"a": "x", "n": 1}) is None


def test_a_record_is_made_again_with_what_it_must_avoid(keys, plan):
    """At its own place, as another variant."""
    found = keys({"a": "string"}, "a", count=30)
    whole = plan({"a": "string"}, count=30, batch=10, unique=("a",)).part(1)

    part = found.remade(whole, 4, [{"a": "x"}, {"a": "y"}], 2)

    assert (part.batch, part.start, part.count, part.variant) == (1, 14, 2, 2)
    assert part.instructions == 'Values of "a" that are taken: "x", "y". Give others.'

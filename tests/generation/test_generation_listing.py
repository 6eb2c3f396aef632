"""Where the list of an answer stands, and what each item must be."""

import pytest

from pytest_llmock.generation.listing import listing_of
from pytest_llmock.shapes.parse import parse_json

USER = {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}


def listing(example, *, count=None, any_list=False):
    return listing_of(None if example is None else parse_json(example), count, any_list=any_list)


@pytest.mark.parametrize(
    ("example", "count", "any_list", "name"),
    [
        ([{"id": 0}], None, False, ""),
        ({"id": 0}, 3, False, ""),
        ({"users": [{"id": 0}], "total": 0}, None, False, "users"),
        ({"users": [{"id": 0}], "total": 0}, 3, False, "users"),
        ({"id": 0, "orders": [{"id": 0}]}, None, True, "orders"),
        ({"id": 0, "orders": [{"id": 0}]}, 2, True, ""),
        (
            {"type": "object", "properties": {"a": {"type": ["array", "null"]}, "b": {"type": "integer"}}},
            None,
            True,
            "a",
        ),
        (None, None, True, None),
        (None, None, False, ""),
    ],
)
def test_the_list_is_the_one_that_a_count_would_speak_of(example, count, any_list, name):
    """In a record it is its first list, for whoever asks for items in any case."""
    assert listing(example, count=count, any_list=any_list).name == name


@pytest.mark.parametrize(
    "example",
    [
        {"id": 0},
        {"id": 0, "orders": [{"id": 0}]},
        {"type": "array", "items": USER, "uniqueItems": True},
        {"type": "array", "prefixItems": [USER], "items": USER},
        {"type": "object", "properties": {"users": {"type": "array", "items": USER}}, "minProperties": 1},
        {"type": "array", "items": {"type": "object", "properties": {"next": {"$ref": "#/items"}}}},
    ],
    ids=["record", "record with a list", "unique", "places", "rule of the wrapper", "reference"],
)
def test_what_speaks_of_the_whole_answer_is_not_checked_item_by_item(example):
    """A later item could make an earlier one wrong."""
    assert listing(example).item is None


def test_an_item_is_checked_with_the_definitions_of_its_schema():
    """As pydantic writes them."""
    schema = {"type": "array", "items": {"$ref": "#/$defs/User"}, "$defs": {"User": USER}, "minItems": 1}

    found = listing(schema)

    assert [problem.message for problem in found.item({"id": "x"})] == [
        "is 'x', which is not of type integer"
    ]
    assert (found.least, found.most) == (1, None)


def test_the_rest_of_an_answer_is_checked_without_its_items():
    """Neither how many there are nor what they look like counts any more."""
    found = listing({"users": [{"id": 0}], "total": 0}, count=3)

    assert found.rest({"users": [{"other": 1}], "total": 1}) == ()
    assert [problem.pointer for problem in found.rest({"users": {}, "total": "x"})] == ["/users", "/total"]


@pytest.mark.parametrize(
    ("example", "any_list", "value", "items"),
    [
        ([{"id": 0}], False, [{"id": 1}], ("", [{"id": 1}])),
        ({"users": [{"id": 0}]}, False, {"users": [1]}, ("users", [1])),
        ({"id": 0}, False, {"id": 1, "tags": [2]}, ("", ({"id": 1, "tags": [2]},))),
        (None, True, {"total": 1, "tags": [2]}, ("tags", [2])),
        (None, True, {"total": 1}, ("", ({"total": 1},))),
        (None, False, {"tags": [2]}, ("", ({"tags": [2]},))),
        (None, False, "text", ("", ("text",))),
    ],
)
def test_the_items_of_a_whole_answer(example, any_list, value, items):
    """What has no list is its own only item."""
    assert listing(example, any_list=any_list).items_of(value) == items


def test_a_list_of_anything_takes_anything_and_one_of_nothing_nothing():
    """`items` may be missing, or a plain true or false."""
    assert listing([]).item({"any": 1}) == ()
    assert listing({"type": "array", "items": False, "maxItems": 3}).item(1)

"""Lists of another length."""

import pytest

from pytest_llmock.shapes.cases.lists import longer, one_item
from pytest_llmock.shapes.cases.places import Place


def place(value, **schema):
    return Place("", value, {"type": "array", **schema}, ("array",), schema, lambda changed: changed)


@pytest.mark.parametrize(
    ("value", "schema", "size", "made"),
    [
        ([1, 2, 3], {}, 2, [1, 2]),
        ([1, 2], {}, 4, [1, 2, 2, 2]),
        ([0], {"uniqueItems": True}, 3, [0, 1, 2]),
        ([True], {"uniqueItems": True, "items": {"type": "boolean"}}, 3, [True, False]),
        ([], {"items": False}, 2, []),
        ([5], {"prefixItems": [{}], "uniqueItems": True}, 2, [5]),
        ([], {"items": {"type": "integer", "minimum": 3, "maximum": 1}}, 2, []),
    ],
    ids=["cut", "repeated", "anything", "all there are", "none allowed", "fixed", "impossible"],
)
def test_a_list_is_cut_or_grows(value, schema, size, made):
    """As far as its schema has items."""
    assert longer(place(value, **schema), size, 0) == made


def test_new_items_are_as_the_schema_wants_them():
    """And all different where they must be."""
    found = longer(place([], items={"type": "integer", "minimum": 3, "maximum": 9}, uniqueItems=True), 4, 0)

    assert len({*found}) == 4
    assert {*found} <= {*range(3, 10)}


def test_one_item_is_the_first_or_a_new_one():
    """Whichever there is."""
    assert one_item(place(["a", "b"]), 0) == ["a"]
    assert one_item(place([], items={"const": "x"}), 0) == ["x"]

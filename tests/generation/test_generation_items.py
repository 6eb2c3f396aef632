"""Items of a list that is still coming, against what `extract` says of the whole text."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_llmock.errors import BackendError
from pytest_llmock.generation.extract import extract
from pytest_llmock.generation.items import ItemError, ItemReader
from pytest_llmock.generation.listing import listing_of
from pytest_llmock.shapes.parse import parse_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=4), below, max_size=3),
    max_leaves=6,
)
RECORDS = st.lists(st.dictionaries(st.text(max_size=4), VALUES, min_size=1, max_size=3), max_size=4)
AROUND = st.sampled_from(
    [
        ("", ""),
        ("\ufeff \n", "\n"),
        ("Here are {name} and [them]:\n", "\nThat is all."),
        ("```json\n", "\n```"),
        ("Sure!\n~~~\n", "\n~~~ Enjoy."),
        ('<think>Perhaps [{"id": 0}]? No.</think>', ""),
    ]
)
USERS = parse_json({"total": 0, "users": [{"id": 0, "name": "string"}]})


def fed(reader, text, sizes):
    """All items of `text`, fed in pieces of these sizes and then the rest."""
    items, at = [], 0
    for size in sizes:
        items += reader.feed(text[at : at + size])
        at += size
    return items + reader.feed(text[at:])


def reader_of(example, *, count=None, any_list=False):
    shape = None if example is None else parse_json(example)
    return ItemReader(listing_of(shape, count, any_list=any_list))


@settings(max_examples=60)
@given(RECORDS, AROUND, st.sampled_from([None, 1]), st.lists(st.integers(0, 9), max_size=60))
def test_any_list_in_any_pieces_has_the_items_that_extract_finds(records, around, indent, sizes):
    """Where the network cuts the text changes nothing, nor what a model writes around it."""
    text = json.dumps(records, indent=indent).join(around)
    reader = reader_of(None)

    items = fed(reader, text, sizes)

    assert items == extract(text).value == records
    assert not items or extract(reader.text).value == records[:1]


@settings(max_examples=50)
@given(RECORDS, AROUND, VALUES, VALUES, st.lists(st.integers(0, 9), max_size=60))
def test_the_list_of_a_wrapper_is_found_in_any_pieces(records, around, before, after, sizes):
    """What stands before and behind the list is left for the check at the end."""
    wrapper = {"before": before, "users": records, "after": after}
    text = json.dumps(wrapper, ensure_ascii=False).join(around)
    reader = reader_of({"before": 0, "users": [{}], "after": 0}, any_list=True)

    items = fed(reader, text, sizes)

    assert items in (records, [])  # [] when an item has fields that the example has not
    assert extract(reader.text).value == (wrapper if not items else {**wrapper, "users": records[:1]})


@settings(max_examples=50)
@given(st.lists(VALUES, min_size=1, max_size=5), st.lists(st.integers(0, 3), max_size=60))
def test_items_of_any_kind_are_read_where_the_shape_says_so(values, sizes):
    """Numbers, texts and lists too; a number is complete when something follows it."""
    reader = reader_of({"type": "array", "items": {"description": "anything"}})

    assert fed(reader, json.dumps(values), sizes) == values


@pytest.mark.parametrize(
    "text",
    [
        '[{"id": 1,}, {"id": 2},]',
        '[{"id": 1}, // the "first]"\n {"id": /* not * [ yet **/ 2}]',
        '/* a */ [ /* b */ {"id": 1} /* c */ , {"id": 2} // d\n]',
        '[{"id": 1}\n,\n{"id":\t2}\n]',
    ],
    ids=["trailing commas", "comments with brackets", "comments between", "space"],
)
def test_what_extract_forgives_is_forgiven(text):
    """Character by character, too."""
    assert fed(reader_of(None), text, [1] * len(text)) == [{"id": 1}, {"id": 2}]


def test_an_item_is_there_as_soon_as_it_is_complete():
    """Nobody waits for the next one, or for the end."""
    reader = reader_of([{"id": 0}])

    found = [reader.feed(piece) for piece in ('[{"id"', ": 1}", ', {"id": 2}', "]")]

    assert found == [[], [{"id": 1}], [{"id": 2}], []]
    assert (reader.has_begun, reader.has_more, reader.is_closed, reader.count) == (True, False, True, 2)


def test_a_reader_without_a_name_takes_the_first_property_that_is_a_list():
    """Nobody said what the answer looks like."""
    reader = reader_of(None, any_list=True)

    assert reader.feed('{"total": 1, "more": {"x": [1]}, "pages": [{"id": 1}], "others": [2]}') == [{"id": 1}]
    assert reader.name == "pages"


@pytest.mark.parametrize(
    ("example", "text"),
    [
        (None, "I cannot do that."),
        (None, '{"id": 1}'),
        (None, "As [1] says [{}]"),
        (None, "[]"),
        ([{"id": 0}], '[/{"id": 1}]'),
        ([{"id": 0}], '{"id": 1}, {"id": 2}'),
        ([{"id": 0}], '[{"id": "one"}, {"id": 2}]'),
        ([{"id": 0}], '[{"id": 1 2}]'),
        ([{"id": 0}], '[,{"id": 1}]'),
        ([{"id": 0}], "[id]"),
        ([{"id": 0}], "[tru"),
        ({"users": [{"id": 0}]}, '[{"id": 1}]'),
        ({"users": [{"id": 0}]}, '{"user": [{"id": 1}], "users": {"id": 1}} '),
        ({"users": [{"id": 0}]}, '{"\\u00ZZ": [{"id": 1}]}'),
        (None, "<think>[{"),
    ],
)
def test_from_an_unexpected_text_no_item_is_handed_on(example, text):
    """It is kept whole, for `extract` to judge."""
    reader = reader_of(example)

    items = fed(reader, text, [3] * 4)

    assert items == []
    assert (reader.has_begun, reader.text) == (False, text)


@pytest.mark.parametrize(
    ("rest", "problem"),
    [
        (', {"id": "two"}]', "/users/1/id: is 'two', which is not of type integer"),
        (', {"id": 2 3}]', "Item 2 of the list is broken: unexpected '3'."),
        (", ,]", "Item 2 of the list is broken: unexpected ','."),
        (', {"id": NaN}]', "Item 2 of the list is broken: unexpected 'NaN'."),
        (', {"id": 2, "id": 3}]', "Item 2 of the list is broken: the key 'id' stands twice in one object."),
        (
            ', {"id": ' + "[" * 300 + "]" * 300 + "}]",
            "Item 2 of the list is broken: nested deeper than 200 levels.",
        ),
        ("; ", "Item 1 of the list is followed by ';'."),
        (", 2},", "Item 2 of the list is broken: unexpected '}'."),
        (" /, {", "Item 1 of the list is followed by ','."),
    ],
    ids=[
        "shape",
        "broken",
        "no item",
        "NaN",
        "key twice",
        "too deep",
        "no comma",
        "bracket",
        "half a comment",
    ],
)
def test_behind_an_item_that_was_handed_on_anything_wrong_is_an_error(rest, problem):
    """It cannot be taken back."""
    reader = reader_of({"users": [{"id": 0}]})
    reader.feed('{"users": [{"id": 1}')

    with pytest.raises(ItemError) as caught:
        reader.feed(rest)

    assert caught.value.problems == (problem,)


def test_items_beyond_the_count_are_not_read():
    """A model that does not know when to stop is not listened to."""
    reader = reader_of([{"id": 0}], count=2)

    items = reader.feed('[{"id": 1}, {"id": 2}, {"id": 3}, {"id": "no')

    assert items == [{"id": 1}, {"id": 2}]
    assert reader.is_full
    assert reader.feed("more and more") == []


def test_a_count_of_nothing_is_judged_as_a_whole():
    """No item can be handed on."""
    reader = reader_of([{"id": 0}], count=0)

    assert reader.feed('[{"id": 1}]') == []
    assert not reader.is_full


def test_an_answer_without_end_is_refused_before_it_fills_the_memory():
    """32 million characters without an item are enough."""
    reader = reader_of(None)

    with pytest.raises(BackendError, match="more than 32,000,000 characters without an item") as caught:
        reader.feed("[" + "x" * 32_000_000)

    assert caught.value.failure.kind == "too_large"


def test_no_more_is_held_than_the_item_under_way():
    """A list of any length can be read."""
    reader = reader_of(None)
    reader.feed("[")

    count = sum(len(reader.feed('{"text": "' + "x" * 1000 + '"},')) for _ in range(1000))

    assert (count, len(reader.text)) == (1000, len('[{"text": ""}') + 1000)

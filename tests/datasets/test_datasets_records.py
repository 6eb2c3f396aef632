"""Records and their fields."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.datasets.records import (
    MISSING,
    answer_of,
    at,
    field_schema,
    from_lines,
    lines_of,
    record_schema,
    records_of,
    runs,
    with_fields,
)
from pytest_llmock.errors import SettingsError
from pytest_llmock.shapes.parse import parse

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.lists(VALUES))
def test_lines_give_back_the_records(records):
    """Whatever is in them, line ends of all kinds included."""
    lines = lines_of(records)

    assert from_lines(lines) == records
    assert lines.count(b"\n") == len(records)


@pytest.mark.parametrize(
    ("shape", "answer"),
    [
        ({"id": 0}, [{"id": 1}]),
        ([{"id": 0}], [{"id": 1}]),
        ({"users": [{"id": 0}], "total": 0}, {"users": [{"id": 1}]}),
    ],
    ids=["a record", "a list", "a list in an object"],
)
def test_records_come_out_of_an_answer_and_go_back(shape, answer):
    """Whichever way the shape says that there are many."""
    parsed = parse(shape)

    records = records_of(answer, parsed)

    assert records == [{"id": 1}]
    assert answer_of(records, parsed) == answer


@pytest.mark.parametrize(
    "shape",
    [
        {"id": 0},
        [{"id": 0}],
        {"users": [{"id": 0}]},
        {
            "type": "array",
            "items": {"$ref": "#/$defs/user"},
            "$defs": {"user": {"type": "object", "properties": {"id": {"type": "integer"}}}},
        },
    ],
    ids=["a record", "a list", "a list in an object", "a reference"],
)
def test_the_schema_of_one_record_is_found(shape):
    """Behind lists, wrappers and references."""
    schema = field_schema(record_schema(parse(shape)), "id", option="--unique")

    assert schema["type"] == "integer"


def test_a_list_of_anything_has_records_of_any_schema():
    """An empty list says nothing of its items."""
    assert record_schema(parse({"type": "array", "minItems": 1})) == {}


@pytest.mark.parametrize(
    ("shape", "field", "message"),
    [
        (
            {"id": 0, "email": "email"},
            "emial",
            "--unique: the records of this shape have no field 'emial'. Did you mean 'email'?",
        ),
        (
            {"id": 0, "address": {"city": "string"}},
            "address.town",
            "--unique: the records of this shape have no field 'address.town'. Did you mean 'address.city'?",
        ),
        (
            {"id": 0},
            "id.inner",
            "--unique: the records of this shape have no field 'id.inner'. They have no fields with names.",
        ),
    ],
    ids=["misspelt", "inside", "below a number"],
)
def test_an_unknown_field_is_refused_with_the_nearest(shape, field, message):
    """The option is named, too."""
    with pytest.raises(SettingsError) as raised:
        field_schema(record_schema(parse(shape)), field, option="--unique")

    assert raised.value.message == message


@pytest.mark.parametrize(
    ("record", "field", "value"),
    [
        ({"a": {"b": 1}}, "a.b", 1),
        ({"a": None}, "a", None),
        ({"a": 1}, "b", MISSING),
        ({"a": 1}, "a.b", MISSING),
        ("text", "a", MISSING),
    ],
    ids=["inside", "null", "missing", "no object", "no record"],
)
def test_a_field_is_read_by_its_name(record, field, value):
    """A dot leads inside; what is not there is told from null."""
    assert at(record, field) == value


def test_fields_are_put_where_their_names_say():
    """The record itself stays as it was."""
    record = {"id": 1, "a": {"b": 1, "c": 2}}

    changed = with_fields(record, {"a.b": 9, "d.e": 3})

    assert changed == {"id": 1, "a": {"b": 9, "c": 2}, "d": {"e": 3}}
    assert record == {"id": 1, "a": {"b": 1, "c": 2}}


@given(st.sets(st.integers(0, 30)))
def test_runs_cover_all_numbers_once(numbers):
    """As few as there are gaps, in order."""
    found = list(runs(sorted(numbers)))

    assert [n for begin, length in found for n in range(begin, begin + length)] == sorted(numbers)
    assert all(begin + length not in numbers for begin, length in found)

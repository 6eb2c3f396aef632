"""Shapes read from examples, JSON Schemas and texts."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_llmock.errors import ShapeError, TooLargeError
from pytest_llmock.shapes.parse import HINTS, parse, parse_json, parse_text
from pytest_llmock.shapes.validate import problems

TEXT = {"type": "string"}
WHOLE = {"type": "integer"}


def record(**properties):
    """The schema of an object with exactly these properties."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("example", "schema"),
    [
        (0, WHOLE),
        (42, {"type": "integer", "examples": [42]}),
        (0.0, {"type": "number"}),
        (9.75, {"type": "number", "examples": [9.75]}),
        (True, {"type": "boolean"}),
        (False, {"type": "boolean"}),
        (None, {}),
        ([], {"type": "array"}),
        ({}, {"type": "object"}),
        ({"sku": "string", "stock": 0}, record(sku=TEXT, stock=WHOLE)),
        ({"specs": {"weight": 0.0}}, record(specs=record(weight={"type": "number"}))),
        (["string"], {"type": "array", "items": TEXT}),
    ],
    ids=json.dumps,
)
def test_a_value_says_its_type(example, schema):
    """Zero, empty and true say only a type; any other number is an example of it."""
    assert parse(example).schema == schema


@pytest.mark.parametrize(
    ("text", "schema"),
    [
        ("", TEXT),
        ("string", TEXT),
        ("str", TEXT),
        ("number", {"type": "number"}),
        ("float", {"type": "number"}),
        ("integer", WHOLE),
        ("int", WHOLE),
        ("boolean", {"type": "boolean"}),
        ("ISO-8601", {"type": "string", "format": "date-time"}),
        ("timestamp", {"type": "string", "format": "date-time"}),
        ("YYYY-MM-DD", {"type": "string", "format": "date"}),
        ("email@example.com", {"type": "string", "format": "email"}),
        ("uuid", {"type": "string", "format": "uuid"}),
        ("url", {"type": "string", "format": "uri"}),
        ("active|paused | closed", {"type": "string", "enum": ["active", "paused", "closed"]}),
        ("in progress|done|done", {"type": "string", "enum": ["in progress", "done"]}),
        ("string|null", {"type": ["string", "null"]}),
        ("email|null", {"type": ["string", "null"], "format": "email"}),
    ],
)
def test_a_string_can_be_a_hint(text, schema):
    """Words for types and formats, and choices around a bar."""
    assert parse(text).schema == schema


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("2024-02-29T08:30:00Z", "date-time"),
        ("2024-02-29T08:30:00.125+02:00", "date-time"),
        ("2024-02-29T08:30:00", "date-time-local"),
        ("2024-02-29", "date"),
        ("grace@example.org", "email"),
        ("9b2f8a54-1c1e-4b71-9a53-0d6c3f1e2a77", "uuid"),
        ("https://shop.example.com:8443/a%20b/?q=1&r=é"[:-1] + "2#top", "uri"),
    ],
)
def test_a_literal_with_a_format_is_an_example_of_that_format(text, name):
    """A real date, address or identifier says its format and stays an example."""
    assert parse(text).schema == {"type": "string", "format": name, "examples": [text]}


@pytest.mark.parametrize(
    "text",
    [
        "USD",
        "2023-02-29",
        "2024-02-29T25:00:00Z",
        "a||b",
        "|a|",
        "one|two\nthree",
        "x" * 99 + "|y",
        "a@b",
        "https://",
    ],
)
def test_any_other_text_is_an_example_of_text(text):
    """What is no hint and has no format is one value that the field may have."""
    assert parse(text).schema == {"type": "string", "examples": [text]}


@pytest.mark.parametrize(
    ("items", "schema"),
    [
        (["red", "green", "red"], {"type": "string", "examples": ["red", "green"]}),
        ([0, 1.5], {"type": "number", "examples": [1.5]}),
        ([1, 2], {"type": "integer", "examples": [1, 2]}),
        ([1, None], {"anyOf": [{"type": "integer", "examples": [1]}, {"type": "null"}]}),
        ([None, None], {}),
        ([0, "string"], {"anyOf": [WHOLE, TEXT]}),
        ([["string"], [], [0]], {"type": "array", "items": {"anyOf": [TEXT, WHOLE]}}),
        ([[], []], {"type": "array"}),
        ([{}, {}], {"type": "object"}),
    ],
    ids=json.dumps,
)
def test_several_items_say_what_they_have_in_common(items, schema):
    """Items of one kind make one schema, others are alternatives."""
    assert parse(items).schema == {"type": "array", "items": schema}


def test_several_objects_make_one_object_with_optional_keys():
    """What only some of the example objects have is not required."""
    items = parse([{"id": 0, "tag": "new"}, {"id": 0, "note": "string"}]).schema["items"]

    assert items == record(id=WHOLE, tag={"type": "string", "examples": ["new"]}, note=TEXT) | {
        "required": ["id"]
    }


def test_lists_of_lists_of_objects_keep_their_optional_keys_optional():
    """Merging what was merged before forgets nothing."""
    shape = parse([[{}, {"a": 0}], [{"a": 0}]])

    assert shape.schema["items"]["items"]["required"] == []


def without_hints(value):
    """Whether no string in the value is a hint instead of a value."""
    if isinstance(value, dict):
        return all(map(without_hints, value.values())) and not any(key[:1] == "$" for key in value)
    if isinstance(value, list):
        return all(map(without_hints, value))
    return not isinstance(value, str) or (value not in HINTS and "|" not in value)


@settings(max_examples=150, deadline=None)
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(codec="utf-8"))
        | st.emails()
        | st.datetimes().map(lambda moment: moment.isoformat())
        | st.dates().map(str)
        | st.uuids().map(str)
        | st.from_regex(r"https?://[a-zA-Z0-9.:/?#%&=_-]{1,30}", fullmatch=True),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
        max_leaves=8,
    ).filter(without_hints)
)
def test_an_example_of_literals_is_valid_by_its_own_shape(example):
    """A shape never refuses the example that it was read from."""
    shape = parse(example)

    assert problems(shape.schema, shape.source) == ()


def test_directives_are_split_off():
    """Keys of the root that begin with $ are orders to us, not data; deeper ones are data."""
    shape = parse({"$cache": 10, "$error": 404, "users": [{"$ref": "string"}]})

    assert shape.directives == {"$cache": 10, "$error": 404}
    assert shape.source == {"users": [{"$ref": "string"}]}
    assert shape.schema == record(users={"type": "array", "items": record(**{"$ref": TEXT})})


def test_directives_of_a_json_schema_are_split_off():
    """A schema keeps its own $-keywords and gives away all others."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "array", "$cache": 3}
    shape = parse(schema)

    assert (shape.directives, shape.schema) == ({"$cache": 3}, {"type": "array"})
    assert "$schema" in shape.source


def test_a_shape_of_the_seeds_is_read_with_all_its_hints():
    """The nested profile of the tutorial: choices, dates, lists of words, wrapped in a list."""
    shape = parse(
        {
            "members": [
                {
                    "memberId": "string",
                    "income": 0,
                    "preferences": {"topics": ["string"], "newsletter": True},
                    "account": {"opened": "ISO-8601", "status": "active|inactive|suspended"},
                }
            ]
        }
    )

    member = record(
        memberId=TEXT,
        income=WHOLE,
        preferences=record(topics={"type": "array", "items": TEXT}, newsletter={"type": "boolean"}),
        account=record(
            opened={"type": "string", "format": "date-time"},
            status={"type": "string", "enum": ["active", "inactive", "suspended"]},
        ),
    )
    assert shape.schema == record(members={"type": "array", "items": member})
    assert shape.collection == "members"


def test_the_key_of_a_shape_does_not_depend_on_the_order_of_keys_or_on_directives():
    """Equal shapes have equal keys, others have others."""
    key = parse({"a": 0, "b": ""}).key

    assert parse({"b": "", "$cache": 5, "a": 0}).key == key
    assert parse({"a": 0.0, "b": ""}).key != key


def test_a_shape_keeps_the_order_of_its_keys():
    """Two shapes that differ in nothing but order are read as two."""
    assert list(parse({"x": 0, "y": 0}).schema["properties"]) == ["x", "y"]
    assert list(parse({"y": 0, "x": 0}).schema["properties"]) == ["y", "x"]


def test_the_same_shape_is_parsed_once():
    """Equal JSON gives the very same shape."""
    assert parse({"same": [0]}) is parse({"same": [0]})


def test_a_shape_is_not_changed_with_the_object_it_was_read_from():
    """Whoever passed the example may go on using it."""
    example = {"name": "string"}
    shape = parse(example)

    example["name"] = 0

    assert shape.source == {"name": "string"}


def test_python_spelling_of_json_is_json():
    """Tuples are lists and numbers as keys are text, as json.dumps has it."""
    assert parse({1: ("string",)}).source == {"1": ["string"]}


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"a": {1}}, "Object of type set is not JSON serializable"),
        ({"a": math.inf}, "Out of range float values are not JSON compliant"),
        ({"a": "\ud800"}, "a string holds half of a surrogate pair"),
    ],
    ids=["set", "infinity", "surrogate"],
)
def test_what_json_cannot_say_is_no_shape(raw, message):
    """The message says what it is and what a shape looks like."""
    with pytest.raises(ShapeError) as caught:
        parse(raw)

    assert caught.value.message.startswith(f"The shape is not JSON: {message}")
    assert caught.value.message.endswith('A shape is, for example, {"users": [{"id": 0, "name": "string"}]}.')


def test_shape_text_is_read_as_json():
    """A query parameter or header holds the shape as JSON text."""
    assert parse_text(' {"id": 0} ') is parse({"id": 0})


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("users", "line 1, column 1: unexpected 'u'"),
        ("{'id': 0}", 'line 1, column 2: unexpected "\'"'),
        ('{"id": NaN}', "NaN is not a JSON number"),
        ("", "line 1, column 1: the text ends too early"),
    ],
)
def test_shape_text_that_is_no_json_is_refused_with_an_example(text, what):
    """The message says where the text goes wrong and shows one that works."""
    with pytest.raises(ShapeError) as caught:
        parse_text(text)

    assert caught.value.message == (
        f"The shape is not valid JSON: {what}. A shape is example JSON or a JSON Schema, text in double "
        'quotes: {"users": [{"id": 0, "name": "string"}]}.'
    )


def deep(levels):
    """A list in a list in a list, and so on."""
    value = []
    for _ in range(levels - 1):
        value = [value]
    return value


@pytest.mark.parametrize(
    "raw",
    [deep(65), deep(100_000), dict.fromkeys(map(str, range(1_000_000))), {"a": "x" * 100_000_000}],
    ids=["65 deep", "100,000 deep", "a million keys", "100 MB"],
)
def test_a_shape_beyond_the_limits_is_refused(raw):
    """Neither depth nor width nor length needs a stack."""
    with pytest.raises(TooLargeError):
        parse(raw)


def test_decoded_json_beyond_the_limits_is_refused_each_time():
    """What was measured once and refused is not taken for known."""
    for _ in range(2):
        with pytest.raises(TooLargeError, match="The shape is nested deeper than 64 levels"):
            parse_json(deep(65))


def test_decoded_json_is_the_shape_that_parse_gives():
    """Whichever way a shape comes, it is parsed once."""
    assert parse_json({"same": [0]}) is parse({"same": [0]})


def test_shape_text_beyond_the_limits_is_refused():
    """Text is measured before it is read."""
    with pytest.raises(TooLargeError) as caught:
        parse_text("[" * 2_000_000)

    assert caught.value.message == "The shape has 2,000,000 bytes; the limit is 1,000,000. Send it in parts."


def test_the_deepest_shape_is_read():
    """At the limit a shape still works, from text to validation."""
    shape = parse_text("[" * 64 + "]" * 64)

    assert problems(shape.schema, shape.source) == ()

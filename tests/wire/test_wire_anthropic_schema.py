"""Schemas as structured outputs take them."""

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_llmock.wire.anthropic_schema import narrowed

TEXT = {"type": "string"}


def closed(**properties):
    return {"type": "object", "properties": properties, "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "object", "properties": {"a": TEXT}}, closed(a=TEXT)),
        ({"type": "object", "properties": {"a": TEXT}, "additionalProperties": True}, closed(a=TEXT)),
        ({**closed(a=TEXT), "required": ["a"]}, {**closed(a=TEXT), "required": ["a"]}),
        ({"$schema": "x", "type": "array", "items": TEXT}, {"type": "array", "items": TEXT}),
        ({"type": "integer", "minimum": 1}, {"type": "integer", "description": "{minimum: 1}"}),
        (
            {"type": "string", "description": "A code", "pattern": "^a$"},
            {"type": "string", "description": 'A code\n\n{pattern: "^a$"}'},
        ),
        ({"type": "string", "format": "email"}, {"type": "string", "format": "email"}),
        ({"type": "string", "format": "iban"}, {"type": "string", "description": '{format: "iban"}'}),
        (
            {"type": "array", "items": TEXT, "minItems": 1},
            {"type": "array", "items": TEXT, "minItems": 1},
        ),
        (
            {"type": "array", "items": TEXT, "minItems": 3, "maxItems": 3},
            {"type": "array", "items": TEXT, "description": "{maxItems: 3, minItems: 3}"},
        ),
        ({"type": ["string", "null"]}, {"anyOf": [TEXT, {"type": "null"}]}),
        ({"oneOf": [TEXT, {"const": 1}]}, {"anyOf": [TEXT, {"const": 1}]}),
        ({"enum": ["a", None, 1]}, {"enum": ["a", None, 1]}),
        (
            {"$ref": "#/$defs/a", "$defs": {"a": {"type": "object", "properties": {"b": TEXT}}}},
            {"$ref": "#/$defs/a", "$defs": {"a": closed(b=TEXT)}},
        ),
    ],
    ids=[
        *("open", "open-aloud", "closed", "list", "bound", "pattern", "format", "unknown-format"),
        *("one-item", "items", "kinds", "one-of", "enum", "definitions"),
    ],
)
def test_schema_is_said_as_the_service_takes_it(schema, expected):
    """Objects are closed; what only narrows stands in the description."""
    found = narrowed(schema)

    assert found == expected


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"description": "anything"},
        {"type": "object"},
        {"type": "object", "properties": {"a": {}}},
        {"type": "object", "properties": {"a": TEXT}, "additionalProperties": TEXT},
        {"type": "object", "properties": ["a"]},
        {"type": "object", "properties": "a"},
        {"type": "object", "properties": {"a": {"type": "object"}}},
        {"type": "array", "items": [TEXT], "prefixItems": [TEXT]},
        {"type": "array", "items": True},
        {"enum": [{"a": 1}]},
        {"enum": "a"},
        {"$ref": "https://elsewhere.test/schema"},
        {"type": "string", "not": {"const": "a"}},
        {"anyOf": [TEXT, {"if": TEXT}]},
    ],
)
def test_schema_that_cannot_be_said_has_no_narrowed_form(schema):
    """Maps, conditions, values that are no words and documents elsewhere are left to another way."""
    found = narrowed(schema)

    assert found is None


def test_schema_that_is_too_deep_has_no_narrowed_form():
    """It is left to another way, too."""
    schema = TEXT
    for _ in range(2000):
        schema = {"type": "array", "items": schema}

    found = narrowed(schema)

    assert found is None


LEAVES = st.sampled_from(
    [TEXT, {"type": "integer", "minimum": 0}, {"type": ["null", "boolean"]}, {"enum": ["a", 1]}]
)
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: (
        st.dictionaries(st.sampled_from("abc"), inner, min_size=1).map(
            lambda properties: {"type": "object", "properties": properties, "required": sorted(properties)}
        )
        | inner.map(lambda items: {"type": "array", "items": items, "maxItems": 2})
    ),
    max_leaves=5,
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["a", "b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=6,
)


@given(SCHEMAS, VALUES)
@settings(max_examples=60)
def test_narrowed_schema_says_no_to_nothing_but_more_fields(schema, value):
    """Bounds fall away and objects are closed: what both take, and nothing else, changes by that."""
    plain = jsonschema_rs.validator_for(schema)
    narrow = jsonschema_rs.validator_for(narrowed(schema))

    problems = [error.kind.name for error in narrow.iter_errors(value)]

    assert not plain.is_valid(value) or set(problems) <= {"additionalProperties", "anyOf"}

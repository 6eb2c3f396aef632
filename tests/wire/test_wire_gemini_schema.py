"""Schemas of the Gemini API, as JSON Schema."""

import pytest

from pytest_llmock.wire.gemini_schema import json_schema


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "STRING", "format": "date"}, {"type": "string", "format": "date"}),
        ({"type": "STRING", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "STRING", "nullable": False}, {"type": "string"}),
        (
            {"type": "ARRAY", "minItems": "2", "maxItems": 3, "items": {"type": "NUMBER"}},
            {"type": "array", "minItems": 2, "maxItems": 3, "items": {"type": "number"}},
        ),
        (
            {"type": "OBJECT", "properties": {"type": {"type": "BOOLEAN"}}, "propertyOrdering": ["type"]},
            {"type": "object", "properties": {"type": {"type": "boolean"}}},
        ),
        ({"anyOf": [{"type": "NULL"}, True]}, {"anyOf": [{"type": "null"}, True]}),
        ({"type": "STRING", "enum": ["TYPE", "OBJECT"]}, {"type": "string", "enum": ["TYPE", "OBJECT"]}),
    ],
    ids=["names", "null", "no null", "counts", "properties", "any of", "values"],
)
def test_a_schema_is_said_as_json_schema(schema, expected):
    """Names of types, counts and null; values stay as they are."""
    assert json_schema(schema) == expected

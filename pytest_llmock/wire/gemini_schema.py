"""Schemas of the Gemini API, as JSON Schema.

Spec: https://ai.google.dev/api/caching#Schema (read 2026-11-22).

They are OpenAPI's, with the names of types in capitals (`"type": "OBJECT"`), `nullable` beside them, and
counts that may be texts, as protocol buffers write 64-bit numbers.
"""

from collections.abc import Mapping

from pytest_llmock.llm import JSON

_COUNTS = frozenset({"minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"})
_INSIDE = frozenset({"items", "additionalProperties"})
_ONE_OF = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
_DROPPED = frozenset({"nullable", "propertyOrdering", "property_ordering"})


def json_schema(schema: Mapping[str, JSON]) -> dict[str, JSON]:
    """`{"type": "STRING", "nullable": true}` → `{"type": ["string", "null"]}`."""
    read = {key: _value(key, value) for key, value in schema.items() if key not in _DROPPED}
    kind = read.get("type")
    if schema.get("nullable") is True and isinstance(kind, str):
        read["type"] = [kind, "null"]
    return read


def _value(key: str, value: JSON) -> JSON:
    if key == "type" and isinstance(value, str):
        return value.lower()
    if key in _COUNTS and isinstance(value, str) and value.isdecimal():
        return int(value)
    if key in _INSIDE and isinstance(value, dict):
        return json_schema(value)
    if key in _ONE_OF and isinstance(value, list):
        return [json_schema(each) if isinstance(each, dict) else each for each in value]
    if key == "properties" and isinstance(value, dict):
        return {name: json_schema(each) if isinstance(each, dict) else each for name, each in value.items()}
    return value

"""JSON Schemas as Anthropic's structured outputs take them.

Spec: https://platform.claude.com/docs/en/build-with-claude/structured-outputs (read 2026-11-22).

Every object there must be closed, and bounds of numbers, texts and lists are not taken: those are said in the
description instead, as Anthropic's own SDKs do it. Some schemas cannot be said at all (maps with any keys,
conditions): for them there is no narrowed form. The answer is checked against the whole schema elsewhere.
"""

import json
from collections.abc import Mapping
from typing import TypeAlias

from pytest_llmock.llm import JSON

Schema: TypeAlias = dict[str, JSON]

_FORMATS = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"}
)
_KEPT = frozenset({"type", "required", "const", "$ref", "description", "title", "enum", "format", "minItems"})
_BELOW = frozenset({"properties", "items", "anyOf", "oneOf", "allOf", "$defs", "definitions"})
_SAYING = _BELOW | {"type", "const", "enum", "$ref"}  # a schema with none of them takes anything
_CLOSING = frozenset({"additionalProperties"})
# what only narrows or explains: it goes into the description
_SAID = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength"}
    | {"pattern", "maxItems", "uniqueItems", "minProperties", "maxProperties", "default", "examples"}
)
_DROPPED = frozenset({"$schema", "$id", "$comment", "readOnly", "writeOnly", "deprecated"})
_TAKEN = _KEPT | _BELOW | _CLOSING | _SAID | _DROPPED


class _UnsayableError(Exception):
    """A schema that structured outputs cannot express."""


def narrowed(schema: Mapping[str, JSON]) -> Schema | None:
    """The schema as structured outputs take it; None where it says something that they cannot.

    `{"type": "integer", "minimum": 1}` gives `{"type": "integer", "description": "{minimum: 1}"}`.
    """
    try:
        return _narrow(dict(schema))
    except (_UnsayableError, RecursionError):
        return None


def _narrow(schema: JSON) -> Schema:
    if not isinstance(schema, dict) or not _TAKEN.issuperset(schema):
        raise _UnsayableError
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return {"anyOf": [_narrow(schema | {"type": kind}) for kind in kinds]}
    kept: Schema = {key: value for key, value in schema.items() if key in _KEPT}
    said = [key for key in schema if key in _SAID]
    if kept.get("format") not in _FORMATS and kept.pop("format", None) is not None:
        said.append("format")
    if kept.get("minItems") not in (0, 1) and kept.pop("minItems", None) is not None:
        said.append("minItems")
    _check(schema)
    for key in sorted(_BELOW & schema.keys()):
        kept["anyOf" if key == "oneOf" else key] = _below(key, schema[key])
    if kinds == "object":
        kept["additionalProperties"] = False
    if said:
        kept["description"] = _with_said(kept.get("description"), {key: schema[key] for key in said})
    return kept


def _check(schema: Schema) -> None:
    """Refuse what would change its meaning: an open map, values that are no words, a document elsewhere."""
    if schema.get("type") == "object" and not schema.get("properties"):
        raise _UnsayableError
    if isinstance(schema.get("additionalProperties"), dict):
        raise _UnsayableError
    values = schema.get("enum", [])
    if not isinstance(values, list) or any(isinstance(value, dict | list) for value in values):
        raise _UnsayableError
    if not str(schema.get("$ref", "#")).startswith("#") or _SAYING.isdisjoint(schema):
        raise _UnsayableError


def _below(key: str, part: JSON) -> JSON:
    if key == "items":
        return _narrow(part)
    if isinstance(part, list):
        return [_narrow(item) for item in part]
    if not isinstance(part, dict):
        raise _UnsayableError
    return {name: _narrow(item) for name, item in part.items()}


def _with_said(description: JSON, said: Schema) -> str:
    words = ", ".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in said.items())
    return f"{description}\n\n{{{words}}}" if isinstance(description, str) and description else f"{{{words}}}"

"""A request as one value, {"path": {…}, "query": {…}, "header": {…}, "body": …}, and the schema of that."""

import re
from collections.abc import Mapping

from pytest_llmock.errors import ShapeError
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.limits import SHAPE, check_limits
from pytest_llmock.shapes.openapi.values import Content, Location, Operation, Parameter
from pytest_llmock.shapes.references import Schema, check_finite, listed, mapping
from pytest_llmock.shapes.sample.schemas import types_of

LOCATIONS: tuple[Location, ...] = ("path", "query", "header", "cookie")
# what may say the type beside the keywords that belong to one
_TYPING = frozenset({"enum", "const", "$ref", "allOf", "anyOf", "oneOf", "not", "if"})
_NAMES = re.compile(r"\{([^{}]+)\}")


def request_schema(operation: Operation, content: Content | None = None) -> Schema:
    """The schema of the whole request, its body of this content; without one, of the first that is JSON.

    A part is required where it has any content. Raises ShapeError where the path names a parameter that
    nobody describes, and for schemas beyond the limits.
    """
    _check_path(operation)
    content = content or (operation.body.json if operation.body else None)
    schema = _schema(operation, content)
    check_limits(schema, what=f"schema of {operation.endpoint}", limits=SHAPE)
    check_finite(schema)
    return schema


def _check_path(operation: Operation) -> None:
    described = [each.name for each in operation.parameters if each.location == "path"]
    named = _NAMES.findall(operation.path)
    for name in named:
        if name not in described:
            raise ShapeError(f"The path has {{{name}}}, and no path parameter is called so. Describe it.")
    for name in described:
        if name not in named:
            raise ShapeError(f"A path parameter is called {name!r}, and the path has no {{{name}}}. Add it.")


def _schema(operation: Operation, content: Content | None) -> Schema:
    parts: Schema = {}
    for location in LOCATIONS:
        group = [parameter for parameter in operation.parameters if parameter.location == location]
        if group:
            parts[location] = _group(group)
    needed: list[JSON] = list(parts)
    if content:
        parts["body"] = _without_definitions(content.schema)
        needed += ["body"] if operation.body and operation.body.is_required else []
    schemas = [parameter.schema for parameter in operation.parameters] + ([content.schema] if content else [])
    definitions: Schema = {}
    for schema in schemas:
        definitions |= mapping(dict(schema), "$defs")
    return {"type": "object", "properties": parts, "required": needed, "$defs": definitions}


def _group(parameters: list[Parameter]) -> Schema:
    return {
        "type": "object",
        "properties": {each.name: _textual(each.schema) for each in parameters},
        "required": [each.name for each in parameters if each.is_required],
    }


def _textual(schema: Mapping[str, JSON]) -> Schema:
    """A parameter's schema without null, which no text says; one that says nothing means text."""
    result = _without_definitions(schema)
    if _TYPING.isdisjoint(result) and not types_of(result):
        return {**result, "type": "string"}
    kinds = result.get("type")
    if isinstance(kinds, list) and len(kinds) > 1:
        result["type"] = [kind for kind in kinds if kind != "null"]
    for keyword in ("anyOf", "oneOf"):
        branches = [part for part in listed(result, keyword) if part != {"type": "null"}]
        if branches:
            result[keyword] = branches
    return result


def _without_definitions(schema: Mapping[str, JSON]) -> Schema:
    return {keyword: schema[keyword] for keyword in schema if keyword != "$defs"}

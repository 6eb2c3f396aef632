"""Parameters as text: how a value is written into path, query, header or cookie, and how it is read there.

What is sent is text: 12345 for a text parameter is "12345", and no fault. So a value is judged as the other
side reads it: as the first of text, number and flag that the schema accepts.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.cases.changes import kind_of
from pytest_llmock.shapes.cases.places import types_in
from pytest_llmock.shapes.limits import JSONTextError, loads
from pytest_llmock.shapes.openapi.values import Parameter
from pytest_llmock.shapes.references import Schema
from pytest_llmock.shapes.sample.schemas import closed, flat
from pytest_llmock.shapes.validate import accepter

DELIMITERS: Mapping[str, str] = {"spaceDelimited": " ", "pipeDelimited": "|"}
_HEADER = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_COOKIE = re.compile(r"[!#-+\--:<-\[\]-~]+")
# what a client or server takes out of a path, or splits it at
_NO_SEGMENT = re.compile(r"|\.{1,2}|.*[/\\\x00-\x1f\x7f].*", re.DOTALL)


def written(value: JSON) -> str:
    """One value as text: true is "true", null is empty."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def pairs(parameter: Parameter, value: JSON) -> Iterator[tuple[str, str]]:
    """The names and texts that a value becomes: [1, 2] → ("ids", "1"), ("ids", "2"), or ("ids", "1,2")."""
    name = parameter.name
    if parameter.is_json:
        yield name, json.dumps(value, ensure_ascii=False)
    elif isinstance(value, list) and parameter.explode and parameter.location == "query":
        yield from ((name, written(item)) for item in value)
    elif isinstance(value, list):
        yield name, _delimiter(parameter).join(map(written, value))
    elif not isinstance(value, dict):
        yield name, written(value)
    elif parameter.style == "deepObject":
        yield from ((f"{name}[{key}]", written(inner)) for key, inner in value.items())
    elif parameter.explode and parameter.location == "query":
        yield from ((key, written(inner)) for key, inner in value.items())
    else:
        equals = "=" if parameter.explode else ","
        yield name, ",".join(f"{key}{equals}{written(inner)}" for key, inner in value.items())


def _delimiter(parameter: Parameter) -> str:
    return DELIMITERS.get(parameter.style, ",")


def can_be_sent(parameter: Parameter, value: JSON) -> bool:
    """Whether the value arrives as what it is: not as nothing, and not as several."""
    if parameter.is_json:
        return parameter.location == "query"
    if value is None or value in ([], {}):
        return False
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    if any(isinstance(each, (list, dict)) or each is None for each in inner):
        return False
    texts = [text for _, text in pairs(parameter, value)]
    joined = isinstance(value, list) and not (parameter.explode and parameter.location == "query")
    if joined and any(_delimiter(parameter) in written(item) for item in inner):
        return False
    if parameter.location == "path":
        return not any(_NO_SEGMENT.fullmatch(text) for text in texts)
    form = _COOKIE if parameter.location == "cookie" else _HEADER
    return parameter.location == "query" or all(form.fullmatch(text) for text in texts)


class Receiver:
    """Reads a parameter's value back as the other side does: "7" is 7 where a number is meant."""

    def __init__(self, parameter: Parameter, root: Schema) -> None:
        part = dict(parameter.schema)
        node = flat(part, root, [])
        self._is_json = parameter.is_json
        self._is_list = "array" in types_in(node, root)
        self._meaning = _meaning(part, root)
        items = node.get("items")
        self._item = _meaning(items, root) if isinstance(items, dict) else _TEXT
        self._inner = {
            name: _meaning(inner, root)
            for name, inner in _properties(node).items()
            if isinstance(inner, dict)
        }
        others = node.get("additionalProperties")
        self._others = _meaning(others, root) if isinstance(others, dict) else _TEXT

    def read(self, value: JSON) -> JSON:
        if self._is_json:
            return value
        if isinstance(value, list):
            return [_reading(item, self._item) for item in value]
        if isinstance(value, dict):
            return {
                name: _reading(inner, self._inner.get(name, self._others)) for name, inner in value.items()
            }
        if self._is_list:
            return [_reading(value, self._item)]
        return _reading(value, self._meaning)


def _properties(node: Schema) -> Schema:
    properties = node.get("properties")
    return properties if isinstance(properties, dict) else {}


class _Meaning(NamedTuple):
    """What a text may be: valid values, and else values of these types."""

    accepts: Callable[[JSON], bool]
    kinds: tuple[str, ...]


_TEXT = _Meaning(lambda _value: True, ("string",))


def _meaning(schema: Schema, root: Schema) -> _Meaning:
    return _Meaning(accepter(closed(schema, root)), types_in(flat(schema, root, []), root))


def _reading(value: JSON, meaning: _Meaning) -> JSON:
    """The first reading that is valid, else one of the right type, which is then told to be out of bounds."""
    text = written(value)
    readings = [*_readings(text)]
    valid = next((reading for reading in readings if meaning.accepts(reading)), None)
    if valid is not None:
        return valid
    if "string" in meaning.kinds:
        return text
    wanted = {"boolean"} if "boolean" in meaning.kinds else set[str]()
    wanted |= {"integer", "number"} if {"integer", "number"} & {*meaning.kinds} else set()
    return next((reading for reading in readings[1:] if kind_of(reading) in wanted), text)


def _readings(text: str) -> Iterator[JSON]:
    yield text
    try:
        value = loads(text)
    except (JSONTextError, RecursionError):
        return
    if isinstance(value, (bool, int, float)):
        yield value

"""A shape, read: from example JSON, a JSON Schema or a Python type to one `Shape`.

An example says types by its values and hints by its words; the tables below are all of them. What an
example's literal says, it satisfies itself: 42, "USD" or "2024-02-29" are valid answers to their own shape.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from pytest_llmock.errors import RequestError, ShapeError, TooLargeError
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.limits import (
    SHAPE,
    JSONTextError,
    canonical,
    check_limits,
    decode_json,
    freeze,
    plain,
    thaw,
)
from pytest_llmock.shapes.references import Schema, check_finite, dialect, listed, mapping
from pytest_llmock.shapes.schema import DOLLAR_KEYWORDS, Shape, answer_schema, collection_of, is_json_schema
from pytest_llmock.shapes.types import schema_of
from pytest_llmock.shapes.validate import check_schema

__all__ = ["Shape", "answer_schema", "canonical", "parse", "parse_text"]

_EXAMPLE = '{"users": [{"id": 0, "name": "string"}]}'


def _hints(table: Mapping[str, Schema]) -> Mapping[str, Schema]:
    return {word: schema for words, schema in table.items() for word in words.split(",")}


# What a whole string may say instead of being a value.
HINTS = _hints(
    {
        ",string,String,text,str": {"type": "string"},
        "number,float": {"type": "number"},
        "integer,int": {"type": "integer"},
        "boolean,bool": {"type": "boolean"},
        "ISO-8601,ISO 8601,ISO8601,iso-8601,iso8601,datetime,dateTime,DateTime,date-time,timestamp": {
            "type": "string",
            "format": "date-time",
        },
        "date,YYYY-MM-DD,yyyy-mm-dd": {"type": "string", "format": "date"},
        "email,email@example.com": {"type": "string", "format": "email"},
        "uuid,UUID,guid,GUID": {"type": "string", "format": "uuid"},
        "url,URL,uri,URI": {"type": "string", "format": "uri"},
    }
)

_LONGEST_CHOICE = 80  # characters: longer text around a bar is prose, not a choice
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
# Literals that have a format; each pattern is narrower than the format, so the literal is valid for sure.
# A date and time without offset is no `date-time` (RFC 3339 wants the offset), so it gets a name of its own,
# from OpenAPI's registry, which the validator does not assert.
_ATOM, _LABEL = r"[A-Za-z0-9_%+-]+", r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"
_URL_CHARACTER = r"(?:[A-Za-z0-9\-._~:/?@!$&()*+,;=]|%[0-9A-Fa-f]{2})"
_LITERALS = {
    "date-time": re.compile(rf"{_DATE}T{_TIME}(?:Z|[+-][0-9]{{2}}:[0-9]{{2}})"),
    "date-time-local": re.compile(rf"{_DATE}T{_TIME}"),
    "date": re.compile(_DATE),
    "uuid": re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    "email": re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+"),
    "uri": re.compile(
        rf"https?://{_LABEL}(?:\.{_LABEL})*(?::[0-9]{{1,5}})?(?:[/?]{_URL_CHARACTER}*)?(?:#{_URL_CHARACTER}*)?"
    ),
}


def parse(raw: object) -> Shape:
    """The shape that example JSON, a JSON Schema or a type (pydantic model, dataclass, TypedDict, …) says.

    `{"$cache": 10, "users": [{"id": 0, "role": "admin|guest"}]}` → a schema of that object, the directives
    `{"$cache": 10}` and the collection "users". The same shape is parsed once.

    Raises ShapeError (422) when it can say nothing, TooLargeError (413) beyond the limits.
    """
    value = _json_of(raw)
    _check_size(value)  # before it is copied: parts that are shared unfold in copies
    return parse_json(value)


def parse_json(value: JSON) -> Shape:
    """The shape in JSON that was decoded from text; errors as of `parse`.

    No two parts of such JSON are the same object, so that its size needs a look only when it is new.
    """
    try:
        return _parsed(freeze(value))
    except JSONTextError as error:
        raise ShapeError(f"The shape is not JSON: {error}. A shape is, for example, {_EXAMPLE}.") from None


def reparse(source: JSON) -> Shape:
    """The shape that has this `source`, as `parse` gave it: what was checked then is not checked again."""
    return _parsed(freeze(source))


def parse_text(text: str) -> Shape:
    """The shape in the text of a query parameter, header or form field; errors as of `parse`."""
    try:
        value = decode_json(text, what="shape", limits=SHAPE)
    except TooLargeError:
        raise
    except RequestError as error:
        raise ShapeError(
            f"{error.message} A shape is example JSON or a JSON Schema, text in double quotes: {_EXAMPLE}."
        ) from None
    return parse(value)


def _json_of(raw: object) -> JSON:
    if raw is None or isinstance(raw, (bool, int, float, str, list, tuple, dict)):
        return raw  # type: ignore[return-value]  # freeze refuses what is not JSON inside
    return schema_of(raw)


@lru_cache(maxsize=256)
def _parsed(frozen: bytes) -> Shape:
    thawed = thaw(frozen)
    _check_size(thawed)
    value = plain(thawed)
    is_schema = is_json_schema(value)
    source, directives = _split(value, kept=DOLLAR_KEYWORDS if is_schema else frozenset())
    schema = _of_schema(source) if is_schema and isinstance(source, dict) else _of_example(source)
    kind = "schema" if is_schema else "example"
    key = sha256(f"{kind}:{canonical(source)}".encode()).hexdigest()
    return Shape(source, schema, directives, collection_of(schema), key)


def _check_size(value: JSON) -> None:
    check_limits(value, what="shape", limits=SHAPE)


def _split(value: JSON, *, kept: frozenset[str]) -> tuple[JSON, dict[str, JSON]]:
    """The shape proper and its directives. Only an object can carry them; deeper keys are data."""
    if not isinstance(value, dict):
        return value, {}
    directives = {key: value[key] for key in value if key.startswith("$") and key not in kept}
    return {key: value[key] for key in value if key not in directives}, directives


def _of_schema(source: Schema) -> Schema:
    schema = dialect(source)
    check_finite(schema)
    check_schema(schema)
    return schema


def _of_example(value: JSON) -> Schema:
    """The schema of values like this one. An empty list or object, or null, says nothing of its inside."""
    if value is None:
        return {}
    if isinstance(value, str):
        return _of_text(value)
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, (int, float)):
        kind = "integer" if isinstance(value, int) else "number"
        return {"type": kind, "examples": [value]} if value else {"type": kind}
    if not value:
        return {"type": "array" if isinstance(value, list) else "object"}
    if isinstance(value, list):
        return {"type": "array", "items": _merged([_of_example(item) for item in value])}
    return _object({key: _of_example(value[key]) for key in value}, required=list(value))


def _object(properties: Schema, *, required: list[str]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": [*required],
        "additionalProperties": False,
    }


def _of_text(text: str) -> Schema:
    """What a string says: a hint, a choice ("a|b"), a nullable hint ("string|null"), or an example."""
    if text in HINTS:
        return {**HINTS[text]}
    choices = list(dict.fromkeys(choice.strip() for choice in text.split("|")))
    if len(choices) == 2 and choices[1] == "null" and choices[0] in HINTS and choices[0]:
        hint = HINTS[choices[0]]
        return {**hint, "type": [hint["type"], "null"]}
    if "|" in text and all(0 < len(choice) <= _LONGEST_CHOICE for choice in choices) and "\n" not in text:
        return {"type": "string", "enum": [*choices]}
    name = next((name for name, pattern in _LITERALS.items() if pattern.fullmatch(text)), "")
    if name and (not name.startswith("date") or _is_date(text)):
        return {"type": "string", "format": name, "examples": [text]}
    return {"type": "string", "examples": [text]}


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _merged(schemas: list[Schema]) -> Schema:
    """One schema for all that any of `schemas` describes: of {"a": 0} and {"a": 1, "b": ""} b is optional."""
    groups: dict[str, list[Schema]] = {}
    several = any(schema for schema in schemas)
    for schema in schemas:
        said = schema or ({"type": "null"} if several else {})  # null beside examples is one of them
        groups.setdefault(_group(said), []).append(said)
    merged = [_merged_group(kind, group) for kind, group in groups.items()]
    return merged[0] if len(merged) == 1 else {"anyOf": [*merged]}


def _group(schema: Schema) -> str:
    """What can be said as one schema: objects, lists, numbers, and text of the same kind."""
    kind = schema.get("type")
    if kind in ("object", "array"):  # not a set: a nullable text has a list of types
        return str(kind)
    if kind in ("integer", "number"):
        return "number"
    return canonical({key: schema[key] for key in schema if key != "examples"})


def _merged_group(kind: str, group: list[Schema]) -> Schema:
    if kind == "object":
        return _merged_objects(group)
    if kind == "array":
        items = [item for schema in group if isinstance(item := schema.get("items"), dict)]
        return {"type": "array", "items": _merged(items)} if items else {"type": "array"}
    examples = [example for schema in group for example in listed(schema, "examples")]
    distinct = {canonical(example): example for example in examples}
    merged = next((schema for schema in group if schema.get("type") == "number"), group[0])
    merged = {key: merged[key] for key in merged if key != "examples"}
    return {**merged, "examples": list(distinct.values())} if distinct else merged


def _merged_objects(group: list[Schema]) -> Schema:
    described = [mapping(schema, "properties") for schema in group]
    if not any(described):
        return {"type": "object"}
    names = dict.fromkeys(name for properties in described for name in properties)
    parts = {name: [each[name] for each in described if name in each] for name in names}
    merged: Schema = {
        name: _merged([part for part in found if isinstance(part, dict)]) for name, found in parts.items()
    }
    always = [name for name in names if all(name in listed(schema, "required") for schema in group)]
    return _object(merged, required=always)

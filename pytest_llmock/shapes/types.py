"""JSON Schemas of Python types: pydantic models, dataclasses, TypedDicts, and what stands in their fields.

pydantic is not imported here: a model brings its own `model_json_schema`, and whoever has another pydantic
type has loaded it. A class that contains itself becomes a definition and is referred to; any other stands
where it is used. A field is required when it has no default.
"""

import collections
import dataclasses
import sys
from collections import abc
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)
from uuid import UUID

from pytest_llmock.errors import ShapeError
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.references import Schema

SUPPORTED = (
    "pydantic models, dataclasses, TypedDicts, list, tuple, set and dict of types, Literal, Enum, Optional, "
    "Union, Annotated, NewType, str, int, float, bool, None, datetime, date, time, timedelta, UUID, Decimal"
)

# Plain types by identity: bool is an int, and datetime a date, only to Python.
_PLAIN: Mapping[object, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    Decimal: {"type": "number"},
    bool: {"type": "boolean"},
    None: {"type": "null"},
    NoneType: {"type": "null"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    time: {"type": "string", "format": "time"},
    timedelta: {"type": "string", "format": "duration"},
    UUID: {"type": "string", "format": "uuid"},
    list: {"type": "array"},
    tuple: {"type": "array"},
    dict: {"type": "object"},
    Any: {},
    object: {},
}
_LISTS = frozenset(
    [list, collections.deque, abc.Sequence, abc.MutableSequence, abc.Collection, abc.Iterable, abc.Iterator]
)
_SETS = frozenset([set, frozenset, abc.Set, abc.MutableSet])
_MAPPINGS = frozenset(
    [dict, collections.OrderedDict, collections.defaultdict, abc.Mapping, abc.MutableMapping]
)
_JSON_NAMES = {bool: "boolean", int: "integer", float: "number", str: "string", NoneType: "null"}

# What metadata in Annotated may say (annotated-types, pydantic's Field), as JSON Schema.
_METADATA = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
    "pattern": "pattern",
    "description": "description",
    "documentation": "description",
    "title": "title",
    "examples": "examples",
}
_LENGTHS = {"string": ("minLength", "maxLength"), "array": ("minItems", "maxItems")}


def schema_of(kind: object) -> Schema:
    """The JSON Schema of the values of a type. Raises ShapeError naming a type that has none."""
    schema = _schema_of_class(kind) if isinstance(kind, type) else _Reading().whole(kind)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


@lru_cache(maxsize=128)
def _schema_of_class(kind: type) -> Schema:
    return _Reading().whole(kind)


class _Reading:
    """One type being read: the classes it is inside of, and the definitions found so far."""

    def __init__(self) -> None:
        self._open: dict[type, str] = {}
        self._read: dict[type, Schema] = {}
        self._definitions: Schema = {}
        self._readers: Mapping[object, Callable[[tuple[Any, ...]], Schema]] = {
            Annotated: self._annotated,
            Literal: lambda values: _choice(list(values)),
            Union: self._union,
            UnionType: self._union,
            Required: lambda inner: self.read(inner[0]),
            NotRequired: lambda inner: self.read(inner[0]),
            tuple: self._tuple,
            **dict.fromkeys(_LISTS, lambda inner: {"type": "array", "items": self.read(inner[0])}),
            **dict.fromkeys(
                _SETS, lambda inner: {"type": "array", "items": self.read(inner[0]), "uniqueItems": True}
            ),
            **dict.fromkeys(
                _MAPPINGS, lambda inner: {"type": "object", "additionalProperties": self.read(inner[1])}
            ),
        }

    def whole(self, kind: object) -> Schema:
        """The schema of a whole type, with the definitions it refers to."""
        if isinstance(kind, type) and _is_pydantic(kind):
            return _described(kind, "#/$defs/{model}")
        schema = self.read(kind)
        return {**schema, "$defs": self._definitions} if self._definitions else schema

    def read(self, kind: Any) -> Schema:  # Any: a type in any of the ways to write one
        plain = _plain(kind)
        if plain is not None:
            return {**plain}
        reader = self._readers.get(get_origin(kind))
        if reader is not None:
            return reader(get_args(kind))
        if isinstance(kind, type) and get_origin(kind) is None:
            return self._class(kind)
        named = getattr(kind, "__supertype__", None) or getattr(
            kind, "__value__", None
        )  # NewType, `type X = …`
        if named is not None and not isinstance(kind, Enum):
            return self.read(named)
        raise _unsupported(kind)

    def _class(self, kind: type) -> Schema:
        if issubclass(kind, Enum):
            return _choice([member.value for member in kind])
        if kind in self._open:
            self._open[kind] = self._open[kind] or self._free_name(kind)
            return {"$ref": f"#/$defs/{self._open[kind]}"}
        if kind not in self._read:
            self._open[kind] = ""
            schema = self._pydantic(kind) if _is_pydantic(kind) else self._record(kind)
            name = self._open.pop(kind)
            self._read[kind] = self._define(name, schema) if name else schema
        return self._read[kind]

    def _define(self, name: str, schema: Schema) -> Schema:
        self._definitions[name] = schema
        return {"$ref": f"#/$defs/{name}"}

    def _record(self, kind: type) -> Schema:
        """The schema of a dataclass or TypedDict."""
        try:
            hints = get_type_hints(kind, include_extras=True)
        except (NameError, TypeError) as error:
            raise ShapeError(
                f"The fields of {kind.__qualname__} cannot be read: {error}. Names in annotations must be "
                "defined at the top level of the class's module."
            ) from None
        if dataclasses.is_dataclass(kind):
            required = {
                field.name: field.default is dataclasses.MISSING is field.default_factory
                for field in dataclasses.fields(kind)
            }
        elif issubclass(kind, dict) and hasattr(kind, "__required_keys__"):
            required = {name: _is_required(kind, name, hint) for name, hint in hints.items()}
        else:
            raise _unsupported(kind)
        return {
            "type": "object",
            "properties": {name: self.read(hints[name]) for name in required},
            "required": [name for name in required if required[name]],
            "additionalProperties": False,
        }

    def _pydantic(self, kind: type) -> Schema:
        """A model's own schema, as a definition where it has definitions of its own."""
        name = self._free_name(kind)
        schema = _described(kind, f"#/$defs/{name}/$defs/{{model}}")
        return self._define(name, schema) if "$defs" in schema else schema

    def _free_name(self, kind: type) -> str:
        taken = {*self._definitions, *self._open.values()}
        names = (kind.__name__ + (f"_{number}" if number else "") for number in range(len(taken) + 1))
        return next(name for name in names if name not in taken)

    def _union(self, kinds: tuple[Any, ...]) -> Schema:
        return {"anyOf": [self.read(kind) for kind in kinds]}

    def _tuple(self, kinds: tuple[Any, ...]) -> Schema:
        if len(kinds) == 2 and kinds[1] is Ellipsis:
            return {"type": "array", "items": self.read(kinds[0])}
        size = len(kinds)
        return {
            "type": "array",
            "prefixItems": [self.read(kind) for kind in kinds],
            "minItems": size,
            "maxItems": size,
        }

    def _annotated(self, parts: tuple[Any, ...]) -> Schema:
        schema = self.read(parts[0])
        for said in parts[1:]:
            schema |= _said(said, schema)
        return schema


def _is_pydantic(kind: type) -> bool:
    return hasattr(kind, "model_json_schema") or hasattr(kind, "__get_pydantic_core_schema__")


def _described(kind: Any, template: str) -> Schema:  # Any: pydantic's classes are not known here
    """What pydantic says of a type, with references written as `template`."""
    describe = getattr(kind, "model_json_schema", None)
    try:
        schema = (describe or sys.modules["pydantic"].TypeAdapter(kind).json_schema)(ref_template=template)
    except (RuntimeError, TypeError, NameError) as error:
        reason = str(error).splitlines()[0]
        raise ShapeError(f"pydantic has no JSON Schema of {kind.__qualname__}: {reason}") from None
    return dict(schema)


def _plain(kind: object) -> Schema | None:
    try:
        return _PLAIN.get(kind)
    except TypeError:  # Annotated with metadata that has no hash
        return None


def _is_required(kind: Any, name: str, hint: object) -> bool:  # Any: TypedDict has no class of its own
    """With postponed annotations only the resolved hint knows; a TypedDict's own sets do not."""
    origin = get_origin(hint)
    return origin is Required or (origin is not NotRequired and name in kind.__required_keys__)


def _choice(values: list[Any]) -> Schema:
    """One of the values of a Literal or an Enum."""
    chosen = [value.value if isinstance(value, Enum) else value for value in values]
    names = {_JSON_NAMES.get(type(value), "") for value in chosen}
    if "" in names:
        strange = next(value for value in chosen if type(value) not in _JSON_NAMES)
        raise ShapeError(
            f"A choice holds a value of type {type(strange).__name__}, which JSON cannot say. "
            "Use text, numbers, booleans or None."
        )
    schema: Schema = {"type": names.pop()} if len(names) == 1 else {}
    return {**schema, "const": chosen[0]} if len(chosen) == 1 else {**schema, "enum": chosen}


def _said(metadata: Any, schema: Schema) -> Schema:  # Any: whatever stands in Annotated
    """What one piece of metadata adds to a schema; what it does not understand adds nothing."""
    if isinstance(metadata, str):
        return {"description": metadata}
    if isinstance(metadata, Mapping):
        return dict(metadata)
    shortest, longest = _LENGTHS.get(str(schema.get("type")), ("minProperties", "maxProperties"))
    found: Schema = {}
    for name, keyword in (_METADATA | {"min_length": shortest, "max_length": longest}).items():
        value = _json(getattr(metadata, name, None))
        if value is not None:
            found[keyword] = value
    inner = getattr(metadata, "metadata", ())  # pydantic's Field keeps its constraints there
    for each in inner if isinstance(inner, Iterable) else ():
        found |= _said(each, schema)
    return found


def _json(value: object) -> JSON:
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, (str, int, float, list)) else None


def _unsupported(kind: object) -> ShapeError:
    if isinstance(kind, type):
        name = kind.__qualname__
    elif get_origin(kind) is not None:
        name = repr(kind)[:80]
    else:
        name = f"A value of type {type(kind).__name__}"
    return ShapeError(f"{name} cannot be a shape. Give example JSON, a JSON Schema, or a type: {SUPPORTED}.")

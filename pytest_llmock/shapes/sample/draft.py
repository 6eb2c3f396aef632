"""A record whose fields are being made to agree: what each says, and which of them may still be changed.

Only what was made is changed: no field that the input gave, none whose schema says more than its type.
"""

from collections.abc import Iterator
from typing import NamedTuple

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.fields import name_words, number_field
from pytest_llmock.shapes.references import Schema, mapping
from pytest_llmock.shapes.sample.nodes import Nodes
from pytest_llmock.shapes.sample.schemas import NOTES, types_of
from pytest_llmock.shapes.sample.scope import is_other

_MOST = 10**12
_NUMBERS = frozenset({"number", "integer"})
_OWN_WORDS = NOTES | {"type", "format"}


class Field(NamedTuple):
    """A field of a record, or of an object that only groups some of its fields; `name` is written together.

    `type` is "" where there may be several; `kind` is what a number of this name is, "" for a field that is
    none; `is_plain` says that any value of its type is valid.
    """

    path: tuple[str, ...]
    words: tuple[str, ...]
    name: str
    type: str
    kind: str
    is_plain: bool
    schema: Schema

    @property
    def is_number(self) -> bool:
        return self.type in _NUMBERS


def fields_of(compiler: Nodes, properties: Schema) -> Iterator[Field]:
    """The fields of an object, and those of the objects that group some of them."""
    for name, part in properties.items():
        own = _field(compiler, (name,), part)
        yield own
        if own.type == "object" and not is_other(name):
            for inner, each in mapping(own.schema, "properties").items():
                yield _field(compiler, (name, inner), each)


def _field(compiler: Nodes, path: tuple[str, ...], part: JSON) -> Field:
    schema, words = compiler.flat(part), name_words(path[-1])
    types = types_of(schema)
    type_ = types[0] if len(types) == 1 else ""
    kind = number_field(words).kind if type_ in _NUMBERS else ""
    return Field(path, words, "".join(words), type_, kind, schema.keys() <= _OWN_WORDS, schema)


class Draft:
    """A record that was made, beside what the input gave for it."""

    def __init__(self, made: dict[str, JSON], given: object = None) -> None:
        self._made, self._given = made, given

    def value(self, field: Field) -> JSON:
        """What it says there; None where it has nothing."""
        found = _at(self._made, field.path)
        return found if isinstance(found, (str, int, float, list)) else None

    def number(self, field: Field | None) -> float | None:
        """The number there, None for anything else, and for what nobody would reckon with."""
        return None if field is None else amount(_at(self._made, field.path))

    def is_free(self, field: Field) -> bool:
        """Whether another value may stand there."""
        if not field.is_plain:
            return False
        said = None if self._given is None else _at(self._given, field.path)
        return said is None or said != _at(self._made, field.path)

    def put(self, field: Field, value: JSON) -> None:
        """Say it there, where that may be: an amount to two decimals, or whole where the field is."""
        holder = _at(self._made, field.path[:-1])
        if not isinstance(holder, dict) or holder.get(field.path[-1]) is None or not self.is_free(field):
            return
        if isinstance(value, float):
            value = round(value) if field.type == "integer" else round(value, 2)
        holder[field.path[-1]] = value


def amount(value: object) -> float | None:
    """The number that a value is; None for none, and for what nobody would reckon with."""
    kind = type(value)
    if kind is not float and kind is not int:
        return None
    assert isinstance(value, (int, float))
    return value if -_MOST < value < _MOST else None


def _at(value: object, path: tuple[str, ...]) -> object:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value

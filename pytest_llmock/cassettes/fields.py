"""The fields of a document that somebody may have edited: each as the type it must have, or a complaint."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias, TypeVar

from pytest_llmock.errors import nearest
from pytest_llmock.llm import JSON

Path: TypeAlias = tuple[str | int, ...]
Fields: TypeAlias = Mapping[str, JSON]
Kind = TypeVar("Kind", str, int, float, bool, dict[str, JSON], list[JSON])

_NAMES: Mapping[type, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "a mapping",
    list: "a list",
    type(None): "empty",
}


class FieldError(ValueError):
    """The field at `path` is not what it must be; `problem` says what would have been right."""

    def __init__(self, path: Path, problem: str) -> None:
        name = f"`{'.'.join(map(str, path))}`" if path else "the document"
        self.path = path
        self.problem = f"{name} {problem}"
        super().__init__(self.problem)


def field(fields: Fields, name: str, kind: type[Kind], path: Path, default: Kind | None = None) -> Kind:
    """The field `name` of the mapping at `path`; `default` where it is missing, if there is one."""
    value = fields.get(name, default)
    if value is None and name not in fields:
        raise FieldError((*path, name), f"is missing; it must be {_NAMES[kind]}")
    return as_kind(value, kind, (*path, name))


def as_kind(value: object, kind: type[Kind], path: Path) -> Kind:
    """The value as the type it must have; a whole number is a number too, true is not."""
    if type(value) is kind:
        return value
    if kind is float and type(value) is int:
        return float(value)
    raise FieldError(path, f"must be {_NAMES[kind]}, but is {_NAMES[type(value)]}")


def check_known(fields: Fields, known: Iterable[str], path: Path) -> None:
    """Refuse a field that nobody would read."""
    for name in fields:
        if name not in known:
            raise FieldError((*path, name), f"is no field of a cassette.{nearest(name, tuple(known))}")

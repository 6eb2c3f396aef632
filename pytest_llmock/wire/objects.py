"""Objects of a request, read field by field, with each service's own words for what is wrong in them.

`null` counts as absent, as it does in every API here. Unknown fields are nobody's business: `rest` has them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeGuard

from pytest_llmock.errors import RequestError
from pytest_llmock.llm import JSON

Kind: TypeAlias = Literal["string", "integer", "number", "boolean", "array", "object"]
_TYPES: Mapping[Kind, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def is_kind(value: JSON, kind: Kind) -> bool:
    """Whether a value is of the kind; a boolean is no number."""
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def kind_of(value: JSON) -> str:
    """What a value is, as JSON calls it: "string", "null"."""
    return next((kind for kind in _TYPES if is_kind(value, kind)), "null")


def _is_object(value: JSON) -> TypeGuard[dict[str, JSON]]:
    return isinstance(value, dict)


@dataclass(frozen=True, slots=True)
class Wording:
    """How a service says what it cannot take, given the place: "messages.0.role"."""

    missing: Callable[[str], RequestError]
    wrong_type: Callable[[str, Kind, JSON], RequestError]
    item: str = "{at}.{index}"


@dataclass(frozen=True, slots=True)
class Object:
    """An object of the request; `at` is its place in it, empty for the body itself."""

    fields: Mapping[str, JSON]
    words: Wording
    at: str = ""

    def place(self, key: str) -> str:
        """Where a field is: "messages.0.role"."""
        return f"{self.at}.{key}" if self.at else key

    def __contains__(self, key: str) -> bool:
        return self.fields.get(key) is not None

    def need(self, key: str) -> None:
        """Refuse the request when the field is not there."""
        if key not in self:
            raise self.words.missing(self.place(key))

    def text(self, key: str) -> str:
        """A text, empty when it is absent."""
        value = self._of(key, "string")
        return value if isinstance(value, str) else ""

    def required(self, key: str) -> str:
        """A text that must be there, though it may be empty."""
        self.need(key)
        return self.text(key)

    def flag(self, key: str) -> bool | None:
        """A boolean, None when it is absent."""
        value = self._of(key, "boolean")
        return value if isinstance(value, bool) else None

    def integer(self, key: str) -> int | None:
        """A whole number, None when it is absent."""
        value = self._of(key, "integer")
        return value if isinstance(value, int) else None

    def number(self, key: str) -> float | None:
        """A number, None when it is absent."""
        value = self._of(key, "number")
        try:
            return float(value) if isinstance(value, int | float) else None
        except OverflowError:
            raise self.words.wrong_type(self.place(key), "number", str(value)[:9]) from None

    def array(self, key: str) -> list[JSON]:
        """An array, empty when it is absent."""
        value = self._of(key, "array")
        return value if isinstance(value, list) else []

    def texts(self, key: str) -> tuple[str, ...]:
        """An array of texts, empty when it is absent."""
        return tuple(self._text_at(key, index, value) for index, value in enumerate(self.array(key)))

    def object(self, key: str) -> "Object | None":
        """An object, None when it is absent."""
        value = self._of(key, "object")
        return Object(value, self.words, self.place(key)) if _is_object(value) else None

    def objects(self, key: str) -> Iterator["Object"]:
        """The objects of an array, one by one; none when it is absent."""
        for index, value in enumerate(self.array(key)):
            yield object_at(value, self.words, self._item(key, index))

    def rest(self, *known: str) -> dict[str, JSON]:
        """The other fields, as they came."""
        return {key: value for key, value in self.fields.items() if key not in known}

    def _item(self, key: str, index: int) -> str:
        return self.words.item.format(at=self.place(key), index=index)

    def _text_at(self, key: str, index: int, value: JSON) -> str:
        if not isinstance(value, str):
            raise self.words.wrong_type(self._item(key, index), "string", value)
        return value

    def _of(self, key: str, kind: Kind) -> JSON:
        value = self.fields.get(key)
        if value is not None and not is_kind(value, kind):
            raise self.words.wrong_type(self.place(key), kind, value)
        return value


def object_at(value: JSON, words: Wording, at: str = "") -> Object:
    """`value`, which must be an object."""
    if not _is_object(value):
        raise words.wrong_type(at or "body", "object", value)
    return Object(value, words, at)

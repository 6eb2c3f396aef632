"""What a GraphQL selection asks for, as JSON Schema, and how the answer is read from what was generated.

Rules: a field is generated once for all aliases that have the same arguments, under a key of its own; an
argument or input field is kept in a selected field of the same name. Where no SDL says it, a name tells the
type: a plural is a list, `isActive` a boolean, `price` a number. Nothing is null.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.fields import name_words, number_field, singular, text_field
from pytest_llmock.shapes.references import Schema
from pytest_llmock.shapes.validate import problems
from pytest_llmock.shapes.vocabulary.number_names import FLAG_OPENERS, FLAGS

TYPENAME = "__typename"
LISTED = 3  # items of a list when nobody says how many; a list in a list has one or more
SIZES = ("first", "last", "limit", "take", "pageSize", "perPage", "count")
# fields that stand between a field with arguments and the records they speak of
WRAPPERS = frozenset({"edges", "node", "nodes", "items"})
_PAGED = frozenset({"edges", "nodes", "pageInfo", "totalCount"})
_TEXT: Schema = {"type": "string"}
_WHOLE: Schema = {"type": "integer"}
_OBJECT: Schema = {"type": "object"}
_NUMBER: Schema = {"type": "number"}
_FLAG: Schema = {"type": "boolean"}


def _text(format: str) -> Schema:
    return {**_TEXT, "format": format}


# Scalars by name: GraphQL's own, and custom ones that many schemas have. Any other is text.
SCALARS: Mapping[str, Schema] = {
    "Int": _WHOLE,
    "Float": _NUMBER,
    "Boolean": _FLAG,
    **dict.fromkeys(("Long", "BigInt", "PositiveInt", "NonNegativeInt", "Timestamp"), _WHOLE),
    **dict.fromkeys(("DateTime", "ISODateTime", "ISO8601DateTime"), _text("date-time")),
    **dict.fromkeys(("Date", "ISODate", "ISO8601Date"), _text("date")),
    **dict.fromkeys(("UUID", "GUID"), _text("uuid")),
    **dict.fromkeys(("URL", "URI"), _text("uri")),
    **dict.fromkeys(("Email", "EmailAddress"), _text("email")),
    **dict.fromkeys(("JSON", "JSONObject", "Map"), _OBJECT),
}


@dataclass(frozen=True, slots=True)
class Known:
    """What arguments say of a field: values to keep, and the length of its list.

    `is_listed`: it is in a list. `passes`: for so many levels, what is given is for the objects inside too.
    """

    values: JSON = None
    size: int | None = None
    is_listed: bool = False
    passes: int = 0

    def value(self, name: str) -> JSON:
        """The value for a field of that name, None where none is given."""
        return self.values.get(name) if isinstance(self.values, dict) else None

    def inside(self, name: str, arguments: Mapping[str, JSON], *, most: int) -> "Known":
        """What is known inside the field: `(id: 7, input: {name: "Ada"}, first: 5)` → id, name, and size 5.

        A mutation's input is for the payload and for the records in it: {user: {name: "Ada"}}.
        """
        is_wrapper, held = name in WRAPPERS, self.value(name)
        if isinstance(held, list) and not arguments:
            return Known(held, None, self.is_listed)
        passed = self.values if is_wrapper or self.passes else None
        values = [
            each for each in (passed, held, *arguments.values(), dict(arguments)) if isinstance(each, dict)
        ]
        sizes = (arguments.get(each) for each in SIZES)
        size = next((min(each, most) for each in sizes if type(each) is int and each >= 0), None)
        return Known(
            {name: value for each in values for name, value in each.items()},
            self.size if size is None and is_wrapper else size,
            self.is_listed,
            self.passes if is_wrapper else max(0, self.passes - 1),
        )


@dataclass(frozen=True, slots=True)
class Part:
    """One field of an answer: its response key, the key it was generated under, and what is in it."""

    alias: str
    key: str
    outline: "Outline | None" = None
    fixed: JSON = None


@dataclass(frozen=True, slots=True)
class Outline:
    """The fields of an object in an answer, by the type that it has; the first where it does not say."""

    parts: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)

    def answer(self, value: JSON) -> JSON:
        """The answer, of what was generated: an object, or lists of objects."""
        if isinstance(value, list):
            return [self.answer(item) for item in value]
        assert isinstance(value, dict)  # it was checked against the schema of the same selection
        name = self._type(value)
        return {part.alias: _answered(part, value, name) for part in self.parts[name]}

    def path(self, pointer: Sequence[str]) -> list[JSON]:
        """The path in the answer of a place in what was generated: ["no_2_user", "0"] → ["bob", 0]."""
        if not pointer:
            return []
        step, rest = pointer[0], pointer[1:]
        if step.isdecimal():
            return [int(step), *self.path(rest)]
        part = next((part for parts in self.parts.values() for part in parts if part.key == step), None)
        if part is None or part.key == TYPENAME:
            return []
        inside = part.outline.path(rest) if part.outline else [int(each) for each in rest if each.isdecimal()]
        return [part.alias, *inside]

    def _type(self, value: Mapping[str, JSON]) -> str:
        return str(value[TYPENAME]) if TYPENAME in value else next(iter(self.parts))


def _answered(part: Part, value: Mapping[str, JSON], type_name: str) -> JSON:
    if part.key == TYPENAME:
        return type_name
    if not part.key:
        return part.fixed
    return part.outline.answer(value[part.key]) if part.outline else value[part.key]


def object_schema(properties: Schema, types: Sequence[str] = ()) -> Schema:
    """The schema of an object with just these fields; one that says which of several `types` it has."""
    named: Schema = {TYPENAME: {"enum": [*types]}, **properties} if types else properties
    return {"type": "object", "properties": named, "required": [*named], "additionalProperties": False}


def list_schema(item: Schema, known: Known) -> Schema:
    """The schema of a list of such items, as long as is known of it."""
    if known.size is not None:
        return {"type": "array", "items": item, "minItems": known.size, "maxItems": known.size}
    return {"type": "array", "items": item, "minItems": 1 if known.is_listed else LISTED}


def value_list(item: Schema, known: Known, value: JSON) -> Schema:
    """The schema of a list of values: the one that is given where it fits, else one as long as is known."""
    given = kept({"type": "array", "items": item}, value)
    return given if "const" in given else list_schema(item, known)


def kept(schema: Schema, value: JSON) -> Schema:
    """The schema of a field for which a value is given: that value, as text where it must be; else as it was.

    An ID is text in every answer, and is often given as a number.
    """
    if schema.get("type") == "string" and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return schema if value is None or problems(schema, value) else {"const": value}


def guessed_leaf(name: str, value: JSON) -> Schema:
    """The schema of a field without a selection, by its name and the value that is given for it."""
    if isinstance(value, (str, int, float)) and not (_is_id(name) and isinstance(value, int)):
        return {"const": value}
    words = name_words(name)
    family = text_field(words, "").family
    schema = _guessed_scalar(words, family)
    if _is_plural(words) and family not in ("number", "time") and schema is not _FLAG:
        return value_list(schema, Known(is_listed=True), value)
    return kept(schema, value)


def _guessed_scalar(words: tuple[str, ...], family: str) -> Schema:
    opens = bool(words) and (words[0] in FLAG_OPENERS or not {"is", "has", "can"}.isdisjoint(words))
    if opens or "".join(words) in FLAGS:
        return _FLAG
    if family == "number" or (not family and number_field(words).family == "number"):
        return _NUMBER
    return _TEXT


def is_guessed_list(name: str, inside: set[str], arguments: Mapping[str, JSON]) -> bool:
    """Whether a field with a selection is a list: by its plural, unless it is one page, or one by its id."""
    return _is_plural(name_words(name)) and inside.isdisjoint(_PAGED) and "id" not in arguments


def guessed_type(name: str) -> str:
    """The type of a field's objects by its name: "blogPosts" → "BlogPost"."""
    words = name_words(name)
    return "".join(word.capitalize() for word in (*words[:-1], *map(singular, words[-1:]))) or "Object"


def _is_plural(words: tuple[str, ...]) -> bool:
    return bool(words) and singular(words[-1]) != words[-1]


def _is_id(name: str) -> bool:
    return name_words(name)[-1:] == ("id",)


def pointer_of(problem: str) -> list[str]:
    """The steps to the place that a problem of an answer names: "/users/0/age: is …" → users, 0, age."""
    return [*_steps(problem.partition(": ")[0])]


def _steps(pointer: str) -> Iterator[str]:
    return (step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/") if step)

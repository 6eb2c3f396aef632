"""The places of a value where a schema draws a line, and the values just inside and just outside of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.references import Schema, listed, mapping
from pytest_llmock.shapes.sample.schemas import flat, types_of

MISMATCH, MISSING, CONSTRAINT = "type mismatch", "missing required", "constraint violation"
MALFORMED, BOUNDARY, EMPTY = "malformed", "boundary", "null/empty"
SPECIAL, UNICODE = "special characters", "unicode"
EDGE_RULES = (BOUNDARY, EMPTY, SPECIAL, UNICODE)
INVALID_RULES = (MISMATCH, MISSING, CONSTRAINT, MALFORMED, EMPTY)

_SPECIAL_TEXT = 'O\'Neil & "Sons" <a@b> 100%; \\ / -- \t#'
_UNICODE_TEXT = "Zoë Müller 東京 Ωμέγα 👩‍🚀 العربية"
_OTHER_TYPES: dict[str, JSON] = {
    "string": 12345,
    "integer": "twelve",
    "number": "a lot",
    "boolean": "yes",
    "array": {"unexpected": "object"},
    "object": ["unexpected", "list"],
    "null": "something",
}
_MALFORMED: dict[str, str] = {
    "email": "no-at-sign.example.com",
    "date-time": "2024-13-45T25:61:00Z",
    "date": "2024-02-30",
    "time": "25:61:00Z",
    "uuid": "not-a-uuid",
    "uri": "http//missing colon",
    "ipv4": "300.1.2.3",
    "ipv6": "12345::xyz",
    "hostname": "-bad-.host..name",
}
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Place:
    """One place in a good value: what stands there, its schema, and how to put something else there."""

    value: JSON
    schema: Schema
    put: Callable[[JSON], JSON]


def places(value: JSON, root: Schema) -> Iterator[Place]:
    """Every place of the value that the schema describes, the whole first; of a list, its first item."""
    yield from _below(Place(value, flat(root, root, []), lambda changed: changed), root)


def _below(place: Place, root: Schema) -> Iterator[Place]:
    yield place
    value = place.value
    if isinstance(value, dict):
        properties = mapping(place.schema, "properties")
        for name in [name for name in value if name in properties]:
            yield from _below(_inside(place, value, name, properties[name], root), root)
    if isinstance(value, list) and value and isinstance(place.schema.get("items"), dict):
        yield from _below(_first_item(place, value, place.schema["items"], root), root)


def _inside(place: Place, value: dict[str, JSON], name: str, part: JSON, root: Schema) -> Place:
    return Place(value[name], flat(part, root, []), lambda changed: place.put({**value, name: changed}))


def _first_item(place: Place, value: list[JSON], part: JSON, root: Schema) -> Place:
    return Place(value[0], flat(part, root, []), lambda changed: place.put([changed, *value[1:]]))


def edges(place: Place) -> Iterator[tuple[str, JSON]]:
    """Values at the boundary, each with its rule; whoever asks keeps those that are valid."""
    schema, value = place.schema, place.value
    for kind in types_of(schema):
        if kind == "null":
            yield EMPTY, None
        elif kind in {"integer", "number"}:
            yield from ((BOUNDARY, number) for number in _numbers(schema, inside=True))
            yield from ((BOUNDARY, number) for number in (0, 1, -1, 2_147_483_647) if "enum" not in schema)
        elif kind == "string":
            yield from _texts_at_edge(schema, value)
        elif kind == "array" and isinstance(value, list):
            yield from _lists(schema, value, inside=True)
        elif kind == "object" and isinstance(value, dict):
            required = listed(schema, "required")
            yield BOUNDARY, {name: value[name] for name in value if name in required}
    yield from ((BOUNDARY, option) for option in (listed(schema, "enum")[:1] + listed(schema, "enum")[-1:]))


def _numbers(schema: Schema, *, inside: bool) -> Iterator[JSON]:
    """The bounds themselves, or what lies just outside of them."""
    step = 1 if "integer" in types_of(schema) else 0.01
    for keyword, outward in (
        ("minimum", -1),
        ("maximum", 1),
        ("exclusiveMinimum", -1),
        ("exclusiveMaximum", 1),
    ):
        bound = schema.get(keyword)
        if isinstance(bound, (int, float)):
            exclusive = keyword.startswith("exclusive")
            shift = (-1 if exclusive else 0) if inside else (0 if exclusive else 1)
            yield bound + outward * shift * step if shift else bound
    multiple = schema.get("multipleOf")
    if isinstance(multiple, (int, float)):
        yield multiple if inside else multiple / 2


def _texts_at_edge(schema: Schema, value: JSON) -> Iterator[tuple[str, JSON]]:
    low, high = schema.get("minLength"), schema.get("maxLength")
    text = value if isinstance(value, str) and value else "x"
    for length in (low, high):
        if isinstance(length, int) and length <= _LONGEST:
            yield BOUNDARY, (text * (length // len(text) + 1))[:length]
    yield EMPTY, ""
    room = high if isinstance(high, int) else _LONGEST
    yield SPECIAL, _SPECIAL_TEXT[:room]
    yield UNICODE, _UNICODE_TEXT[:room]
    yield BOUNDARY, "x"


def _lists(schema: Schema, value: list[JSON], *, inside: bool) -> Iterator[tuple[str, JSON]]:
    low, high = schema.get("minItems"), schema.get("maxItems")
    item = value[:1] or [None]
    rule = BOUNDARY if inside else CONSTRAINT
    if isinstance(low, int) and (inside or low > 0):
        size = low if inside else low - 1
        yield rule, (value + item * size)[:size]
    if isinstance(high, int) and high <= _LONGEST:
        size = high if inside else high + 1
        yield rule, (value + item * size)[:size]
    if inside:
        yield EMPTY, []
    elif schema.get("uniqueItems") is True and value:
        yield CONSTRAINT, [*value, value[0]]


def faults(place: Place) -> Iterator[tuple[str, JSON]]:
    """Values that break one rule each; whoever asks keeps those that are invalid."""
    schema, value = place.schema, place.value
    types = types_of(schema)
    for kind in types[:1]:
        yield MISMATCH, _OTHER_TYPES.get(kind)
    if isinstance(value, dict):
        for name in listed(schema, "required"):
            yield MISSING, {key: value[key] for key in value if key != name}
        yield CONSTRAINT, {**value, "unexpectedField": "unexpected"}
    if "integer" in types or "number" in types:
        yield from ((CONSTRAINT, number) for number in _numbers(schema, inside=False))
    if "integer" in types:
        yield MISMATCH, 1.5
    if isinstance(value, list):
        yield from _lists(schema, value, inside=False)
    if "string" in types:
        yield from _bad_texts(schema, value)
    if "enum" in schema or "const" in schema:
        yield CONSTRAINT, "none of the allowed values"
    yield EMPTY, None


def _bad_texts(schema: Schema, value: JSON) -> Iterator[tuple[str, JSON]]:
    low, high = schema.get("minLength"), schema.get("maxLength")
    text = value if isinstance(value, str) and value else "x"
    if isinstance(low, int) and low > 0:
        yield CONSTRAINT, (text * low)[: low - 1]
    if isinstance(high, int) and high <= _LONGEST:
        yield CONSTRAINT, (text * (high // len(text) + 2))[: high + 1]
    if "pattern" in schema or "patterns" in schema:
        yield CONSTRAINT, "\u0000 does not match \u0000"
    if "format" in schema:
        yield MALFORMED, _MALFORMED.get(str(schema["format"]), "not that format at all")
    yield EMPTY, ""

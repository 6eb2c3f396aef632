"""Changes that break one rule each, and nothing else where that can be."""

from collections.abc import Iterator

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.cases.changes import (
    CONSTRAINT,
    EMPTY,
    FORMAT_FAULTS,
    LAX,
    LONGEST,
    MALFORMED,
    MISMATCH,
    MISSING,
    MOST,
    NO_FORMAT,
    TIMES,
    WORDS,
    Change,
    kind_of,
    others,
)
from pytest_llmock.shapes.cases.edges import characters, filled, sized, step_to, without
from pytest_llmock.shapes.cases.lists import longer, one_item
from pytest_llmock.shapes.cases.places import Makers, Place, by_type
from pytest_llmock.shapes.references import Schema, listed, mapping
from pytest_llmock.shapes.sample.schemas import patterns_of, types_of

_SHOWN = 40  # characters of a pattern or a constant


def faults(place: Place, turn: int) -> Iterator[Change]:
    """What can be tried at the place; each `turn` (0, 1, …) tries other values where there is a choice."""
    yield from _mismatches(place, turn)
    if "enum" in place.schema or "const" in place.schema:
        yield from _choices(place, turn)
        return
    yield from by_type(_FAULTS, place, turn)


def _mismatches(place: Place, turn: int) -> Iterator[Change]:
    """A value of every type that may not stand here, the plainest first."""
    types = place.types
    if not types:
        return
    expected = " or ".join(WORDS[kind] for kind in types if kind != "null") or "null"
    table = others(turn)
    table = table[2:] + table[:2] if place.schema.get("format") in TIMES else table
    for value in table:
        kind = kind_of(value)
        if kind not in types and not (kind == "integer" and "number" in types) and not _is_lax(kind, types):
            words = f"{WORDS[kind]} instead of {expected}"
            yield Change(f"type {expected}", MISMATCH, words, value)
    if "integer" in types:
        yield Change("fraction", MISMATCH, f"fraction instead of {expected}", turn + 1.5)
    if "null" not in types:
        yield Change("null", EMPTY, f"null instead of {expected}", None)


def _is_lax(kind: str, types: tuple[str, ...]) -> bool:
    return any((kind, expected) in LAX for expected in types)


def _choices(place: Place, turn: int) -> Iterator[Change]:
    """What is none of the options, first of the same type."""
    schema = place.schema
    options = listed(schema, "enum") or [schema.get("const")]
    words = "none of the allowed values" if "enum" in schema else f"other than {_shown(schema['const'])}"
    for value in _strangers(options, turn):
        yield Change("enum", CONSTRAINT, words, value)


def _strangers(options: list[JSON], turn: int) -> Iterator[JSON]:
    numbers = [option for option in options if isinstance(option, (int, float)) and option is not True]
    texts = [option for option in options if isinstance(option, str)]
    if numbers:
        yield int(max(numbers)) + 1 + turn
    if texts:
        yield "not-an-option" + (f"-{turn}" if turn else "")
        yield texts[turn % len(texts)].swapcase() or " "
    if kind_of(options[0]) == "boolean":
        yield not options[0]


def _shown(value: JSON) -> str:
    text = repr(value) if isinstance(value, str) else str(value).lower()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _numbers(place: Place, turn: int) -> Iterator[Change]:
    schema = place.schema
    far = 10**turn
    for keyword, side, words in (
        ("minimum", -1, "below minimum"),
        ("maximum", 1, "above maximum"),
        ("exclusiveMinimum", -1, "at exclusive minimum"),
        ("exclusiveMaximum", 1, "at exclusive maximum"),
    ):
        bound = schema.get(keyword)
        if isinstance(bound, (int, float)):
            is_open = keyword.startswith("exclusive")
            outside = bound + side * (far - 1 if is_open else far)
            said = words if turn == 0 or not is_open else words.replace("at", "beyond", 1)
            yield Change(keyword, CONSTRAINT, f"{said} {bound}", _whole(outside, schema))
    multiple = schema.get("multipleOf")
    if isinstance(multiple, (int, float)):
        for part in _between(multiple, turn):
            yield Change("multipleOf", CONSTRAINT, f"not a multiple of {multiple}", _whole(part, schema))


def _between(multiple: float, turn: int) -> Iterator[float]:
    yield multiple * turn + multiple / 2
    yield multiple * (turn + 1) + 1


def _whole(number: float, schema: Schema) -> int | float:
    """Whole where only whole numbers are allowed, so that it is the bound that is broken and not the type."""
    if "integer" in types_of(schema) and number != int(number):
        return int(number) + (1 if number > 0 else -1)
    return int(number) if number == int(number) else round(number, 10)


def _texts(place: Place, turn: int) -> Iterator[Change]:
    schema = place.schema
    text = place.value if isinstance(place.value, str) and place.value else "x"
    low, high = schema.get("minLength"), schema.get("maxLength")
    if isinstance(low, int) and 0 < low <= LONGEST:
        yield Change("minLength", CONSTRAINT, f"shorter than {characters(low)}", filled(text, low - 1))
    if isinstance(high, int) and high <= LONGEST:
        yield Change(
            "maxLength", CONSTRAINT, f"longer than {characters(high)}", filled(text, high + 1 + turn)
        )
    for pattern in patterns_of(schema):
        short = pattern if len(pattern) <= _SHOWN else f"{pattern[:_SHOWN]}…"
        for wrong in (f"!{text}", f"{text} {turn or ''}!", text[:-1], "does not match", "\u0000", "0", "x"):
            yield Change("pattern", CONSTRAINT, f"does not match {short}", wrong)
    said = str(schema.get("format", ""))
    if said:
        wrongs = FORMAT_FAULTS.get(said, NO_FORMAT)
        for number in range(len(wrongs)):
            wrong = wrongs[(turn + number) % len(wrongs)]
            yield Change(f"format {said}", MALFORMED, f"not a valid {said}", wrong)
        yield Change(f"format {said}", MALFORMED, f"not a valid {said}", f"{text} {text}")
    if low != 1:  # or it has been told above
        yield Change("empty", EMPTY, "empty text", "")


def _lists(place: Place, turn: int) -> Iterator[Change]:
    value, schema = place.value, place.schema
    assert isinstance(value, list)
    low, high = schema.get("minItems"), schema.get("maxItems")
    if isinstance(low, int) and 0 < low <= MOST:
        yield Change("minItems", CONSTRAINT, f"fewer than {_items(low)}", longer(place, low - 1, turn))
    if isinstance(high, int) and high <= MOST:
        yield Change(
            "maxItems", CONSTRAINT, f"more than {_items(high)}", longer(place, high + 1 + turn, turn)
        )
    if schema.get("uniqueItems") is True:
        yield Change("uniqueItems", CONSTRAINT, "equal items", (value + one_item(place, turn) * 2)[-2:])
        yield Change("uniqueItems", CONSTRAINT, "equal items", [*value, *value[:1]])
    if "contains" in schema:
        yield Change("contains", CONSTRAINT, "no item of the kind that must be there", [])


def _items(count: int) -> str:
    return f"{count} item{'' if count == 1 else 's'}"


def _objects(place: Place, turn: int) -> Iterator[Change]:
    value, schema = place.value, place.schema
    assert isinstance(value, dict)
    for name in map(str, listed(schema, "required")):
        yield Change("required", MISSING, "missing", without(value, name), at=step_to(name))
    depending = mapping(schema, "dependentRequired")
    for name in [name for name in depending if name in value]:
        for other in map(str, listed(depending, name)):
            words = f"missing beside {_shown(name)}"
            yield Change("dependentRequired", MISSING, words, without(value, other), at=step_to(other))
    stranger = "unexpectedField" + (str(turn + 1) if turn else "")
    yield Change(
        "additional",
        CONSTRAINT,
        "field that is not expected",
        {**value, stranger: "unexpected"},
        at=step_to(stranger),
    )
    yield from _sizes(place)
    if "propertyNames" in schema and value:
        content = next(reversed(value.values()))
        for name in ("", "Not Allowed!", "\u0000", "x" * 300):
            yield Change("propertyNames", CONSTRAINT, "a name that is not allowed", {**value, name: content})


def _sizes(place: Place) -> Iterator[Change]:
    value, schema = place.value, place.schema
    assert isinstance(value, dict)
    names = list(value)
    low, high = schema.get("minProperties"), schema.get("maxProperties")
    if isinstance(low, int) and 0 < low <= len(names):
        yield Change("minProperties", CONSTRAINT, f"fewer than {low} fields", sized(value, names, low - 1))
    if isinstance(high, int) and len(names) <= high <= MOST and names:
        yield Change("maxProperties", CONSTRAINT, f"more than {high} fields", sized(value, names, high + 1))


_FAULTS: Makers = {
    "integer": _numbers,
    "number": _numbers,
    "string": _texts,
    "array": _lists,
    "object": _objects,
}

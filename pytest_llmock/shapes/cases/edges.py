"""Changes that stay on the good side of a line, as close to it as they can be."""

from collections.abc import Iterator
from math import ceil, floor

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.cases.changes import (
    ANYTHING,
    BOUNDARY,
    EMPTY,
    FORMAT_EDGES,
    LONGEST,
    MOST,
    SPECIAL,
    SPECIAL_TEXTS,
    UNICODE,
    UNICODE_TEXTS,
    Change,
)
from pytest_llmock.shapes.cases.lists import longer, one_item
from pytest_llmock.shapes.cases.places import Makers, Place, by_type
from pytest_llmock.shapes.references import Schema, listed, mapping

_INTEGERS = (
    ("zero", 0),
    ("negative", -1),
    ("largest of 32 bits", 2_147_483_647),
    ("more than 32 bits", 2_147_483_648),
    ("more than a double holds", 9_007_199_254_740_993),
)
_NUMBERS = (("zero", 0), ("negative", -0.5), ("many digits", 0.30000000000000004), ("large", 1e21))
_POWERS = range(8, 53)


def edges(place: Place, turn: int) -> Iterator[Change]:
    """What can be tried at the place; each `turn` (0, 1, …) tries other values where there is a choice."""
    if not place.types or "null" in place.types:
        yield Change("null", EMPTY, "null", None)
    if not place.types:
        yield from (Change(words, EMPTY, words, value) for words, value in ANYTHING)
    if "enum" in place.schema or "const" in place.schema:
        return
    yield from by_type(_EDGES, place, turn)


def _integers(place: Place, turn: int) -> Iterator[Change]:
    step = place.schema.get("multipleOf", 1)
    yield from _bounds(place.schema, step if isinstance(step, (int, float)) else 1)
    yield from _magnitudes(_INTEGERS, turn)


def _numbers(place: Place, turn: int) -> Iterator[Change]:
    step = place.schema.get("multipleOf", 0)
    yield from _bounds(place.schema, step if isinstance(step, (int, float)) else 0)
    yield from _magnitudes(_NUMBERS, turn)


def _magnitudes(table: tuple[tuple[str, float], ...], turn: int) -> Iterator[Change]:
    if not turn:
        yield from (Change(words, BOUNDARY, words, number) for words, number in table)
    elif turn <= len(_POWERS):
        power = _POWERS[turn - 1]
        yield Change("power", BOUNDARY, f"2 to the {power}", 2**power)


def _bounds(schema: Schema, step: float) -> Iterator[Change]:
    """The outermost allowed numbers, and their neighbours; `step` is what lies between numbers, 0 for any."""
    for keyword, side in (("minimum", 1), ("exclusiveMinimum", 1), ("maximum", -1), ("exclusiveMaximum", -1)):
        bound = schema.get(keyword)
        if not isinstance(bound, (int, float)):
            continue
        is_open, name = keyword.startswith("exclusive"), "minimum" if side > 0 else "maximum"
        nearest = _inside(bound, step, side, is_open=is_open)
        shown = f"at {name} {bound}" if nearest == bound else f"nearest to {name} {bound}"
        yield Change(keyword, BOUNDARY, shown, nearest)
        beyond = _tidy(nearest + side * (step or 0.01))
        yield Change(f"beside {keyword}", BOUNDARY, f"one step inside {name} {bound}", beyond)
    if "multipleOf" in schema:
        yield Change("multipleOf", BOUNDARY, f"the multiple {schema['multipleOf']} itself", _tidy(step))


def _inside(bound: float, step: float, side: int, *, is_open: bool) -> float:
    if not step:
        return _tidy(bound + side * 0.01) if is_open else bound
    steps = bound / step
    count = ceil(steps) if side > 0 else floor(steps)
    return _tidy((count + side if is_open and count == steps else count) * step)


def _tidy(number: float) -> int | float:
    """A sum of decimals as a person writes it: 0.1 + 0.2 is 0.3; a whole number without a fraction."""
    rounded = round(number, 10)
    return int(rounded) if rounded == int(rounded) else rounded


def _texts(place: Place, turn: int) -> Iterator[Change]:
    schema = place.schema
    low, high = _length(schema, "minLength", 0), _length(schema, "maxLength", LONGEST + 1)
    text = place.value if isinstance(place.value, str) and place.value else "x"
    formats = FORMAT_EDGES.get(str(schema.get("format")), ())
    for words, value in formats:
        yield Change(f"format {schema['format']}", BOUNDARY, f"{schema['format']}, {words}", value)
    if 0 < low <= LONGEST:
        yield Change("minLength", BOUNDARY, f"shortest, {characters(low)}", filled(text, low))
    if high <= LONGEST:
        yield Change("maxLength", BOUNDARY, f"longest, {characters(high)}", filled(text, high))
    yield Change("one", BOUNDARY, "one character", text[0] if turn else "x")
    if high > LONGEST:
        yield Change("long", BOUNDARY, "long, 1000 characters", filled(text, 1000))
    yield Change("empty", EMPTY, "empty text", "")
    yield Change("empty", EMPTY, "blanks only", " " * max(low, 1 + turn))
    number = turn + len(place.pointer)  # so that neighbours try different characters
    for category, texts in ((SPECIAL, SPECIAL_TEXTS), (UNICODE, UNICODE_TEXTS)):
        special = texts[number % len(texts)]
        for chosen in (f"{special} {text}" if turn else special, f"{text} {special}"):
            padded = chosen if len(chosen) >= low else filled(f"{chosen} ", low)
            yield Change(category, category, category, padded[: min(high, LONGEST)])


def _length(schema: Schema, keyword: str, default: int) -> int:
    length = schema.get(keyword)
    return int(length) if isinstance(length, (int, float)) else default


def characters(length: int) -> str:
    """So many characters, in words."""
    return f"{length} character{'' if length == 1 else 's'}"


def filled(text: str, length: int) -> str:
    """The text, repeated and cut so that it has this many characters."""
    return (text * (length // len(text) + 1))[:length]


def _lists(place: Place, turn: int) -> Iterator[Change]:
    value, schema = place.value, place.schema
    assert isinstance(value, list)
    low, high = _length(schema, "minItems", 0), _length(schema, "maxItems", MOST + 1)
    yield Change("no items", EMPTY, "empty list", [])
    if 0 < low <= MOST:
        yield Change("minItems", BOUNDARY, f"fewest items, {low}", longer(place, low, turn))
    if high <= MOST:
        yield Change("maxItems", BOUNDARY, f"most items, {high}", longer(place, high, turn))
    yield Change("one item", BOUNDARY, "one item", longer(place, 1, turn))
    yield Change("equal items", BOUNDARY, "equal items", one_item(place, turn) * 2)
    if high > MOST:
        yield Change("many items", BOUNDARY, "many items, 100", longer(place, 100, turn))


def _objects(place: Place, turn: int) -> Iterator[Change]:
    value, schema = place.value, place.schema
    assert isinstance(value, dict)
    needed = listed(schema, "required")
    optional = [name for name in value if name not in needed]
    least: JSON = {name: value[name] for name in value if name in needed}
    if optional:
        words = "only required fields" if least else "no fields"
        yield Change("least", BOUNDARY if least else EMPTY, words, least)
    described = mapping(schema, "properties")
    for name in optional:
        if name in described:
            yield Change("optional", BOUNDARY, "left out", without(value, name), at=step_to(name))
    if turn == 0 and isinstance(schema.get("additionalProperties"), dict):
        yield from _entries(place, [name for name in value if name not in described])


def _entries(place: Place, names: list[str]) -> Iterator[Change]:
    """What a map allows beyond the values of its entries: other numbers of them, other names."""
    value, schema = place.value, place.schema
    if not names or not isinstance(value, dict):
        return
    content = value[names[0]]
    yield Change("name", UNICODE, "a name in unicode", {**value, UNICODE_TEXTS[0]: content})
    yield Change("name", SPECIAL, "a name with special characters", {**value, SPECIAL_TEXTS[0]: content})
    yield Change("empty name", EMPTY, "an empty name", {**value, "": content})
    for keyword, words in (("minProperties", "fewest entries"), ("maxProperties", "most entries")):
        size = schema.get(keyword)
        if isinstance(size, int) and len(value) - len(names) <= size <= MOST:
            yield Change(keyword, BOUNDARY, f"{words}, {size}", sized(value, names, size))


def sized(value: dict[str, JSON], names: list[str], size: int) -> dict[str, JSON]:
    """The map with this many entries: some of those under `names` left out, or more like the first."""
    surplus = len(value) - size
    if surplus >= 0:
        gone = frozenset(names[len(names) - surplus :]) if surplus else frozenset[str]()
        return {name: value[name] for name in value if name not in gone}
    more = {f"extra{number}": value[names[0]] for number in range(1, -surplus + 1)}
    return {**value, **more}


def without(value: dict[str, JSON], name: str) -> dict[str, JSON]:
    """The object without one of its fields."""
    return {key: value[key] for key in value if key != name}


def step_to(name: str) -> str:
    """The step of a JSON pointer to a field."""
    return f"/{name.replace('~', '~0').replace('/', '~1')}"


_EDGES: Makers = {
    "integer": _integers,
    "number": _numbers,
    "string": _texts,
    "array": _lists,
    "object": _objects,
}

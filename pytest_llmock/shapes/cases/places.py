"""The places of a good value that its schema describes, each with what is said of that very place."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.cases.changes import Change, kind_of
from pytest_llmock.shapes.references import Schema, listed, mapping
from pytest_llmock.shapes.sample.schemas import LATER, closed, flat, merged, types_of
from pytest_llmock.shapes.validate import accepter

_ALTERNATIVES = ("anyOf", "oneOf")
_CHOICES = frozenset((*_ALTERNATIVES, "if", "then", "else", "dependentSchemas", LATER))
_LAYERS = 8  # alternatives inside of alternatives


@dataclass(frozen=True, slots=True)
class Place:
    """One place: its JSON pointer, what stands there, what the schema says, how to put something else there.

    `schema` has references and alternatives resolved for this value; `types` are all that may stand here,
    other alternatives included, () when anything may.
    """

    pointer: str
    value: JSON
    schema: Schema
    types: tuple[str, ...]
    root: Schema
    put: Callable[[JSON], JSON]


Makers = Mapping[str, Callable[[Place, int], Iterator[Change]]]


def by_type(makers: Makers, place: Place, turn: int) -> Iterator[Change]:
    """The changes for each type that the schema names; a list or object has to stand there to be changed."""
    for kind in types_of(place.schema):
        if kind in makers and (kind not in {"array", "object"} or kind_of(place.value) == kind):
            yield from makers[kind](place, turn)


def places(value: JSON, root: Schema) -> Iterator[Place]:
    """Every place that the schema describes, the whole first; of equal items and entries, the first."""
    yield from _below("", value, root, root, lambda changed: changed)


def _below(
    pointer: str, value: JSON, part: JSON, root: Schema, put: Callable[[JSON], JSON]
) -> Iterator[Place]:
    node = flat(part, root, [])
    place = Place(pointer, value, _chosen(node, value, root), types_in(node, root), root, put)
    yield place
    if isinstance(value, dict):
        for name, inner in _parts_of_object(value, place.schema):
            step = name.replace("~", "~0").replace("/", "~1")
            yield from _below(f"{pointer}/{step}", value[name], inner, root, _putter(put, value, name))
    if isinstance(value, list):
        for index, inner in _parts_of_list(value, place.schema):
            yield from _below(
                f"{pointer}/{index}", value[index], inner, root, _list_putter(put, value, index)
            )


def _parts_of_object(value: dict[str, JSON], schema: Schema) -> Iterator[tuple[str, JSON]]:
    properties = mapping(schema, "properties")
    others = [name for name in value if name not in properties]
    yield from ((name, properties[name]) for name in value if name in properties)
    patterns = mapping(schema, "patternProperties")
    rest = next(iter(patterns.values()), schema.get("additionalProperties"))
    if others and isinstance(rest, dict):
        yield others[0], rest


def _parts_of_list(value: list[JSON], schema: Schema) -> Iterator[tuple[int, JSON]]:
    first = listed(schema, "prefixItems")
    yield from ((index, part) for index, part in enumerate(first[: len(value)]))
    if len(value) > len(first) and isinstance(schema.get("items"), dict):
        yield len(first), schema["items"]


def _putter(put: Callable[[JSON], JSON], value: dict[str, JSON], name: str) -> Callable[[JSON], JSON]:
    return lambda changed: put({**value, name: changed})


def _list_putter(put: Callable[[JSON], JSON], value: list[JSON], index: int) -> Callable[[JSON], JSON]:
    return lambda changed: put([*value[:index], changed, *value[index + 1 :]])


def _chosen(node: Schema, value: JSON, root: Schema) -> Schema:
    """The schema with those alternatives and conditions merged in that hold for the value."""
    for _ in range(_LAYERS):
        if _CHOICES.isdisjoint(node):
            break
        groups = [node, *(group for group in listed(node, LATER) if isinstance(group, dict))]
        node = {keyword: node[keyword] for keyword in node if keyword not in _CHOICES}
        for group in groups:
            for part in _holding(group, value, root):
                node = merged(node, flat(part, root, []))
    return node


def _holding(group: Schema, value: JSON, root: Schema) -> Iterator[JSON]:
    for keyword in _ALTERNATIVES:
        branches = [part for part in listed(group, keyword) if _may_hold(part, value, root)]
        if len(branches) > 1:
            branches = [part for part in branches if _holds(part, value, root)]
        yield from branches[:1]
    if "if" in group:
        yield group.get("then" if _holds(group["if"], value, root) else "else", True)
    for name, part in mapping(group, "dependentSchemas").items():
        if isinstance(value, dict) and name in value:
            yield part


def _may_hold(part: JSON, value: JSON, root: Schema) -> bool:
    """A quick look at types, which settles most alternatives: a nullable number, a record or its id."""
    types = types_of(flat(part, root, []))
    kind = kind_of(value)
    return not types or kind in types or (kind in {"integer", "number"} and "number" in types)


def _holds(part: JSON, value: JSON, root: Schema) -> bool:
    if not isinstance(part, dict):
        return part is not False
    return accepter(closed(part, root))(value)


def types_in(node: Schema, root: Schema, layers: int = _LAYERS) -> tuple[str, ...]:
    """All types that may stand where the schema does, () when that is not said."""
    if "type" not in node:
        options = [*listed(node, "enum"), *([node["const"]] if "const" in node else [])]
        if options:
            return tuple(dict.fromkeys(kind_of(option) for option in options))
        branches = next((found for keyword in _ALTERNATIVES if (found := listed(node, keyword))), [])
        if branches and layers:
            each = [types_in(flat(part, root, []), root, layers - 1) for part in branches]
            return tuple(dict.fromkeys(kind for kinds in each for kind in kinds)) if all(each) else ()
    return types_of(node)

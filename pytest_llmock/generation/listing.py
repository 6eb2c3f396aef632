"""Where the list of an answer stands, and what can be said of its items one by one.

The rule: an item may be handed on before the answer is complete only when nothing that comes later can make
it wrong. So a list whose schema speaks of its items together (`uniqueItems`, `contains`, …) is not read item
by item: its answer is checked as a whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.references import Schema, mapping, nodes, resolved, words
from pytest_llmock.shapes.schema import Shape, answer_schema
from pytest_llmock.shapes.validate import Check, Problem, checker

_REMARKS = words(
    "$comment $defs definitions title description default examples deprecated readOnly writeOnly"
)
_OF_LISTS = _REMARKS | words("type items minItems maxItems")
_OF_OBJECTS = _REMARKS | words("type properties required additionalProperties")


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """Which list of an answer is meant, and what its parts must be.

    `name`: "" when the answer is the list, "users" for {"users": […]}, None when nobody knows: then it is the
    answer, or the first property that is a list. `item` finds the problems of one item, None when items can
    only be checked together; `rest` those of the answer with other items in its list. `least` and `most` are
    how many items there may be.
    """

    name: str | None
    item: Check | None
    rest: Check
    least: int = 0
    most: int | None = None
    is_certain: bool = True

    def items_of(self, value: JSON) -> tuple[str, Sequence[JSON]]:
        """The name and the items of the list in a whole answer; an answer without one is its only item."""
        if isinstance(value, list):
            return "", value
        if isinstance(value, dict) and self.name != "":
            for name, held in value.items():
                if isinstance(held, list) and self.name in (name, None):
                    return name, held
        return "", (value,)


@lru_cache(maxsize=256)
def listing_of(shape: Shape | None, count: int | None, *, any_list: bool) -> Listing:
    """The list in answers of the shape; `any_list`: also one in a record ({"id": 0, "orders": […]})."""
    if shape is None:
        return Listing(None if any_list else "", _anything, _anything, is_certain=False)
    schema: Schema = dict(answer_schema(shape, count))
    root = resolved(schema, schema)
    properties = {name: resolved(part, schema) for name, part in mapping(root, "properties").items()}
    name = shape.collection if count is None or shape.collection is not None else ""
    if name is None and any_list:
        name = next((each for each, part in properties.items() if _may_be_list(part)), None)
    if name is None:
        return Listing("", None, checker(schema))
    held = properties[name] if name else root
    return _checked(schema, root, name, held)


def _checked(schema: Schema, root: Schema, name: str, held: Schema) -> Listing:
    definitions: Schema = {home: schema[home] for home in ("$defs", "definitions") if home in schema}
    items = held.get("items", True)
    beside = root.keys() - _OF_OBJECTS if name else ()
    if beside or held.keys() - _OF_LISTS or not isinstance(items, dict | bool) or not _is_portable(schema):
        return Listing(name, None, checker(schema))
    rest: Schema = {"type": "array"}
    if name:
        rest = {**root, "properties": {**mapping(root, "properties"), name: rest}, **definitions}
    least, most = held.get("minItems"), held.get("maxItems")
    return Listing(
        name,
        checker({**items, **definitions} if isinstance(items, dict) else {"allOf": [items]}),
        checker(rest),
        least=least if isinstance(least, int) else 0,
        most=most if isinstance(most, int) else None,
        is_certain=isinstance(items, dict),
    )


def _is_portable(schema: Schema) -> bool:
    """Whether every reference is to a definition, which can stand beside any part of the schema."""
    references = [str(node["$ref"]) for _, node in nodes(schema) if "$ref" in node]
    return all(reference.startswith(("#/$defs/", "#/definitions/")) for reference in references)


def _may_be_list(schema: Schema) -> bool:
    kinds = schema.get("type")
    return "array" in kinds if isinstance(kinds, list) else kinds == "array"


def _anything(_: JSON) -> tuple[Problem, ...]:
    return ()

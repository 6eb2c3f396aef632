"""The references in a JSON Schema: brought into our dialect, followed, and kept from going on for ever.

The dialect is JSON Schema 2020-12 without `$schema` and `$id`, whose every `$ref` is a JSON pointer into
the schema itself (`#/…`), so a reader resolves it in one step and nothing is ever fetched. What older
drafts wrote differently (a list in `items`, `dependencies`, a boolean `exclusiveMinimum`) is rewritten.
Spec: https://json-schema.org/draft/2020-12/json-schema-core, read 2026-11-21.
"""

from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter
from typing import TypeAlias
from urllib.parse import unquote

from pytest_llmock.errors import ShapeError
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.limits import DATA

Schema: TypeAlias = dict[str, JSON]

# A schema that one value must be checked against more often than this, or whose smallest instance has more
# parts, is a bomb: real ones stay below a few thousand.
MAX_EXPANSION = 100_000


def words(text: str) -> frozenset[str]:
    """The words of a text, as a set to look in."""
    return frozenset(text.split())


_ONE = words(
    "items contains additionalProperties unevaluatedItems unevaluatedProperties propertyNames not if then "
    "else contentSchema additionalItems"
)
_MANY = words("allOf anyOf oneOf prefixItems items")
_NAMED = words("properties patternProperties dependentSchemas $defs definitions dependencies")
_IN_PLACE = words("allOf anyOf oneOf not if then else dependentSchemas")


def dialect(source: Schema) -> Schema:
    """A JSON Schema of any draft in our dialect. Raises ShapeError when a reference leads out of it."""
    schema = transformed(source, modern)
    places = nodes(schema)
    known = {id(node) for _, node in places}
    for pointer, node in places:
        for keyword in ("$ref", "$dynamicRef", "$recursiveRef"):
            reference = node.get(keyword)
            if isinstance(reference, str) and id(pointed_at(schema, reference)) not in known:
                raise ShapeError(
                    f"The JSON Schema refers to '{reference[:80]}' at {pointer or 'its root'}. Only a JSON "
                    "pointer to a schema inside it is followed, nothing is fetched: put the schema under "
                    '`$defs` and write {"$ref": "#/$defs/Name"}.'
                )
    return schema


def check_finite(schema: Schema) -> None:
    """Raises ShapeError for a schema that no value can satisfy in finite size or time.

    References may be recursive where a value can end the recursion: through an optional property, a list
    that may be empty, one alternative of several.
    """
    for edges in (_checked_together, _always_there):
        graph, order = _ordered(schema, edges)
        parts: dict[int, int] = {}
        depth: dict[int, int] = {}
        for found in order:
            parts[found] = 1 + sum(parts[next_] for next_ in graph[found])
            depth[found] = 1 + max((depth[next_] for next_ in graph[found]), default=0)
        if parts[id(schema)] > MAX_EXPANSION or max(depth.values()) > DATA.depth:
            raise ShapeError(
                f"The JSON Schema unfolds to more than {MAX_EXPANSION:,} parts or {DATA.depth} levels: let "
                "fewer definitions refer to others."
            )


def _ordered(
    schema: Schema, edges: Callable[[Schema, Schema], Iterator[Schema]]
) -> tuple[dict[int, list[int]], tuple[int, ...]]:
    """What leads where from every schema in `schema`, by id, and an order in which it is all known before."""
    places = nodes(schema)
    graph = {id(node): [id(next_) for next_ in edges(node, schema)] for _, node in places}
    try:
        return graph, tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pointers = {id(node): pointer for pointer, node in places}
        where = next(pointers[found] for found in error.args[1])
        raise ShapeError(
            f"The JSON Schema never ends: what it asks for at {where or 'its root'} contains itself. "
            "Make the property optional, allow null, or use a list that may be empty."
        ) from None


def resolved(schema: JSON, root: Schema) -> Schema:
    """The schema with its own `$ref` (and that one's, …) replaced by what it refers to; {} for a boolean."""
    own: Schema = {}
    while isinstance(schema, dict):
        own = {**schema, **own}
        reference = own.pop("$ref", None)
        schema = pointed_at(root, reference) if isinstance(reference, str) else None
    return own


def pointed_at(root: Schema, reference: str) -> JSON:
    """What a `#/…` reference points at, None when that is not there or the reference is another kind."""
    found: JSON = root
    if not reference.startswith("#/"):
        return root if reference == "#" else None
    for step in unquote(reference[2:]).split("/"):
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict):
            found = found.get(key)
        elif isinstance(found, list) and key.isdecimal() and int(key) < len(found):
            found = found[int(key)]
        else:
            return None
    return found


def _children(schema: Schema) -> Iterator[tuple[str, str, JSON]]:
    """Every place in a schema where another one stands: its pointer, the keyword, the other schema."""
    for keyword, value in schema.items():
        if keyword in _NAMED and isinstance(value, dict):
            for name, child in value.items():
                yield f"/{keyword}/{name.replace('~', '~0').replace('/', '~1')}", keyword, child
        elif keyword in _MANY and isinstance(value, list):
            for index, child in enumerate(value):
                yield f"/{keyword}/{index}", keyword, child
        elif keyword in _ONE:
            yield f"/{keyword}", keyword, value


def nodes(schema: Schema) -> list[tuple[str, Schema]]:
    """Every schema object inside `schema`, itself first, with its pointer."""
    found = [("", schema)]
    for pointer, node in found:  # grows while it is read
        found += [(pointer + step, child) for step, _, child in _children(node) if isinstance(child, dict)]
    return found


def transformed(schema: Schema, change: Callable[[Schema], Schema]) -> Schema:
    """A copy in which every schema, innermost first, is what `change` makes of it."""

    def copy(child: JSON) -> JSON:
        return transformed(child, change) if isinstance(child, dict) else child

    result: Schema = {}
    for keyword, value in schema.items():
        if keyword in _NAMED and isinstance(value, dict):
            result[keyword] = {name: copy(child) for name, child in value.items()}
        elif keyword in _MANY and isinstance(value, list):
            result[keyword] = [copy(child) for child in value]
        else:
            result[keyword] = copy(value) if keyword in _ONE else value
    return change(result)


def modern(schema: Schema) -> Schema:
    """One schema object, without its children, as 2020-12 writes it."""
    result = {keyword: value for keyword, value in schema.items() if keyword not in {"$schema", "$id"}}
    if isinstance(result.get("items"), list):
        result["prefixItems"] = result.pop("items")
        if "additionalItems" in result:
            result["items"] = result["additionalItems"]
    result.pop("additionalItems", None)
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(result.get(exclusive), bool) and result.pop(exclusive) and bound in result:
            result[exclusive] = result.pop(bound)
    for name, rule in mapping({"map": result.pop("dependencies", None)}, "map").items():
        keyword = "dependentRequired" if isinstance(rule, list) else "dependentSchemas"
        result[keyword] = {**mapping(result, keyword), name: rule}
    return result


def _checked_together(schema: Schema, root: Schema) -> Iterator[Schema]:
    """What the same value is checked against as well."""
    for _, keyword, child in _children(schema):
        if keyword in _IN_PLACE and isinstance(child, dict):
            yield child
    yield from _referred(schema, root)


def _always_there(schema: Schema, root: Schema) -> Iterator[Schema]:
    """What every value of the schema is made of."""
    required, least = listed(schema, "required"), schema.get("minItems", 0)
    present = [mapping(schema, "properties").get(name) for name in required if isinstance(name, str)]
    if isinstance(least, (int, float)) and least > 0:
        before = listed(schema, "prefixItems")
        present += before[: int(least)] + ([schema.get("items")] if least > len(before) else [])
    yield from (child for child in [*present, *listed(schema, "allOf")] if isinstance(child, dict))
    yield from _referred(schema, root)


def _referred(schema: Schema, root: Schema) -> Iterator[Schema]:
    target = pointed_at(root, str(schema["$ref"])) if "$ref" in schema else None
    if isinstance(target, dict):
        yield target


def mapping(schema: Schema, keyword: str) -> Schema:
    """The mapping that a keyword holds, empty when it holds none."""
    value = schema.get(keyword)
    return value if isinstance(value, dict) else {}


def listed(schema: Schema, keyword: str) -> list[JSON]:
    """The list that a keyword holds, empty when it holds none."""
    value = schema.get(keyword)
    return value if isinstance(value, list) else []

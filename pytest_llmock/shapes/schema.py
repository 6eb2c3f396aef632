"""JSON Schemas as values: which JSON is one, where its list is, and how many items it asks for.

Which keywords and references a schema may have here is said in `references`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pytest_llmock.errors import ShapeError
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.fields import counts
from pytest_llmock.shapes.limits import freeze, thaw
from pytest_llmock.shapes.references import Schema, listed, mapping, nodes, resolved, transformed, words

JSON_TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")
DOLLAR_KEYWORDS = words(
    "$schema $id $ref $defs $anchor $comment $vocabulary $dynamicRef $dynamicAnchor $recursiveRef"
)
FORMATS = words(
    "date-time date time duration email idn-email hostname idn-hostname ipv4 ipv6 uri uri-reference iri "
    "iri-reference uri-template uuid json-pointer relative-json-pointer regex"
)
_ANY = frozenset(JSON_TYPES)
_NUMERIC = frozenset(["number", "integer"])
# Beside a `type` to which it applies, such a keyword with such a value makes JSON a schema. Words that are
# common keys of data, too (`items`, `format`, …), need a fitting value; annotations (`title`) prove nothing.
_TELLING: Mapping[str, tuple[frozenset[str], tuple[type, ...]]] = {
    "properties": (frozenset(["object"]), (dict,)),
    "required": (frozenset(["object"]), (list,)),
    "items": (frozenset(["array"]), (dict, bool, list)),
    "contains": (frozenset(["array"]), (dict, bool)),
    "pattern": (frozenset(["string"]), (str,)),
    "format": (_ANY, (str,)),
    "minimum": (_NUMERIC, (int, float)),
    "maximum": (_NUMERIC, (int, float)),
    "enum": (_ANY, (list,)),
    "const": (_ANY, (object,)),
    "not": (_ANY, (dict,)),
    "if": (_ANY, (dict,)),
    "definitions": (_ANY, (dict,)),
    **dict.fromkeys(
        words(
            "minLength maxLength minItems maxItems uniqueItems minContains maxContains minProperties "
            "maxProperties exclusiveMinimum exclusiveMaximum multipleOf patternProperties "
            "additionalProperties propertyNames unevaluatedProperties unevaluatedItems prefixItems "
            "dependentRequired dependentSchemas allOf anyOf oneOf $ref $defs contentEncoding contentMediaType"
        ),
        (_ANY, (object,)),
    ),
}

# Keys that stand beside a list without making its object a record: {"users": […], "totalCount": 0}.
_WRAPPING_WORDS = words(
    "total count counts page pages size per limit offset skip next previous prev first last current number "
    "index cursor token link links url meta metadata pagination paging has more is success ok status code "
    "message error errors warnings timestamp version generated at took ms query items results records object "
    "elements num odata pageable empty sort"
)
MOST_ITEMS = 500_000  # as many values as are read from a model
_NOTES = ("type", "$schema", "$defs", "definitions", "title", "description", "examples")
_PLAIN_LIST = frozenset((*_NOTES, "items", "minItems", "maxItems"))
_PLAIN_OBJECT = frozenset((*_NOTES, "properties", "required", "additionalProperties"))
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What an answer must look like, read once. Shared and cached: do not change what it holds.

    A shape equals only itself, so that whatever is made of it can be cached by it.

    `source` is the example or JSON Schema as given, without the `directives` ({"$cache": 10}); `schema` says
    the same in our dialect. `collection` is where the list stands that a count speaks of: "" when the answer
    is a list, "users" for {"users": […]}, None when the answer is one record. `key` names the shape in
    caches; it does not depend on the order of keys.
    """

    source: JSON
    schema: Mapping[str, JSON]
    directives: Mapping[str, JSON]
    collection: str | None
    key: str


def is_json_schema(value: JSON) -> bool:
    """Whether JSON is a schema, not an example: it has `$schema`, or a `type` beside another schema keyword.

    {"type": "string", "name": "string"} is an example. {"$ref": …, "$defs": …}, which pydantic makes of a
    recursive model, is a schema.
    """
    if not isinstance(value, dict):
        return False
    if "$schema" in value:
        return True
    kinds = _ANY if "$defs" in value else frozenset(_types(value))
    if not kinds <= _ANY:
        return False
    return any(_tells(keyword, value[keyword], kinds) for keyword in value if keyword != "$defs")


def _tells(keyword: str, value: JSON, kinds: frozenset[str]) -> bool:
    applies, classes = _TELLING.get(keyword, (frozenset(), ()))
    return (
        not kinds.isdisjoint(applies)
        and isinstance(value, classes)
        and (keyword != "format" or value in FORMATS)
    )


def has_field(shape: Shape, name: str) -> bool:
    """Whether the answer is an object with a field of that name."""
    properties = shape.schema.get("properties")
    return isinstance(properties, dict) and name in properties


def collection_of(schema: Schema) -> str | None:
    """Where the list is that a count speaks of; see `Shape`.

    An object is a wrapper around its list when all else in it is lists or words of paging and status; an
    object with values of its own, {"id": 0, "orders": […]}, is a record, and a count makes a list of such.
    """
    root = resolved(schema, schema)
    if "array" in _types(root):
        return ""
    properties = {name: resolved(part, schema) for name, part in mapping(root, "properties").items()}
    lists = [name for name, part in properties.items() if "array" in _types(part)]
    if not all(name in lists or _is_wrapping(name, lists) for name in properties):
        return None
    of_objects = [name for name in lists if _is_object(resolved(properties[name].get("items"), schema))]
    return next(iter(of_objects or (lists if len(lists) == 1 else [])), None)


@lru_cache(maxsize=256)
def answer_schema(shape: Shape, count: int | None) -> Mapping[str, JSON]:
    """The schema of the whole answer: `count` items in the shape's list, or a list of `count` records.

    None leaves the length to the shape. Raises ShapeError for a negative count.
    """
    if count is None:
        return shape.schema
    if count < 0:
        raise ShapeError(f"count is {count}: give 0 or more.")
    return _counted(dict(shape.schema), shape.collection, count, count)


@lru_cache(maxsize=256)
def listed_schema(shape: Shape, least: int) -> Mapping[str, JSON]:
    """The schema of an answer that has a list of such records, of any length from `least` on."""
    return _counted(dict(shape.schema), shape.collection, least, MOST_ITEMS)


@lru_cache(maxsize=256)
def is_divisible(shape: Shape) -> bool:
    """Whether the items of the list have nothing to do with one another, so that it can be made in parts."""
    whole = dict(answer_schema(shape, 1))
    if not shape.collection:
        return _PLAIN_LIST.issuperset(whole)
    return _PLAIN_OBJECT.issuperset(whole) and _PLAIN_LIST.issuperset(
        mapping(mapping(whole, "properties"), shape.collection)
    )


def _counted(schema: Schema, collection: str | None, least: int, most: int) -> Schema:
    bounds: Schema = {"minItems": least, "maxItems": most}
    one, definitions = _portable(mapping({"schema": thaw(freeze(schema))}, "schema"))
    if collection is None:
        return {"type": "array", "items": one, **bounds, **definitions}
    root = resolved(one, one | definitions)
    if not collection:
        return {**root, "type": "array", **bounds, **definitions}
    properties = mapping(root, "properties")
    counted_list = {**resolved(properties[collection], one | definitions), "type": "array", **bounds}
    required = [name for name in properties if name in listed(root, "required") or name == collection]
    counted: Schema = {"properties": {**properties, collection: counted_list}, "required": [*required]}
    return {**root, **counted, **definitions}


def _portable(schema: Schema) -> tuple[Schema, Schema]:
    """The schema so that it can stand elsewhere, and the definitions that must then stand at the root."""
    homes = ("$defs", "definitions")
    references = [node["$ref"] for _, node in nodes(schema) if "$ref" in node]
    if all(str(reference).startswith(("#/$defs/", "#/definitions/")) for reference in references):
        definitions = {home: schema[home] for home in homes if home in schema}
        return {keyword: schema[keyword] for keyword in schema if keyword not in homes}, definitions
    moved = transformed(schema, _below_answer)
    one = {keyword: moved[keyword] for keyword in moved if keyword not in homes}
    return one, {"$defs": {"answer": moved}}


def _below_answer(schema: Schema) -> Schema:
    return schema | {"$ref": f"#/$defs/answer{str(schema['$ref'])[1:]}"} if "$ref" in schema else schema


def _types(schema: Schema) -> list[str]:
    kinds = schema.get("type")
    return [str(kind) for kind in kinds] if isinstance(kinds, list) else [str(kinds)]


def _is_object(schema: Schema) -> bool:
    return "object" in _types(schema) or "properties" in schema


def _is_wrapping(name: str, lists: Sequence[str]) -> bool:
    words = [word.lower() for word in _WORD.findall(name)]
    return (bool(words) and _WRAPPING_WORDS.issuperset(words)) or any(counts(name, each) for each in lists)

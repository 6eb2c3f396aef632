"""Schemas made simple before they are compiled: references followed, `allOf` merged into one object.

Merging says what both schemas say. Where JSON Schema has no keyword for "both" (two patterns, two sets of
alternatives) the rest is kept under a word of our own and met later; the finished value is checked against
the schema as it was given, so a merge that is not exact can refuse work, but never answer wrongly.
"""

from collections.abc import Callable, Mapping
from itertools import zip_longest
from typing import cast

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.limits import canonical, freeze
from pytest_llmock.shapes.references import Schema, listed, nodes, resolved, transformed, words

# Our own keyword: schemas still to be merged in, one after the other, when alternatives have been chosen.
LATER = "$later"
_ALTERNATIVES = {
    "anyOf": ("anyOf",),
    "oneOf": ("oneOf",),
    "not": ("not",),
    "if": ("if", "then", "else"),
}
# Keywords that do not change what a value may be.
NOTES = frozenset(
    words("title description default examples deprecated readOnly writeOnly $comment $defs definitions")
)
# A schema of these words only is met by construction: nothing made for it needs to be checked again.
SIMPLE = NOTES | frozenset(
    words("type properties required items additionalProperties format enum const $ref")
)


def flat(schema: JSON, root: Schema, met: list[str]) -> Schema:
    """The schema with its `$ref` and `allOf` merged in; {} for `true`, {"not": {}} for `false`.

    The references that were followed are added to `met`.
    """
    if not isinstance(schema, dict):
        return {"not": {}} if schema is False else {}
    own = dict(schema)
    reference, parts = own.pop("$ref", None), listed(own, "allOf")
    own.pop("allOf", None)
    if isinstance(reference, str):
        met.append(reference)
        parts = [resolved({"$ref": reference}, root), *parts]
    for part in parts:
        own = merged(own, flat(part, root, met))
    return own


def merged(one: Schema, two: Schema) -> Schema:
    """A schema for what satisfies both; what has no keyword of its own waits under `LATER`."""
    result = dict(one)
    for keyword, value in two.items():
        if keyword not in result:
            result[keyword] = value
        elif keyword in _MERGES:
            result[keyword] = _MERGES[keyword](result[keyword], value)
        elif keyword in _ALTERNATIVES and result[keyword] != value:
            held = {name: two[name] for name in _ALTERNATIVES[keyword] if name in two}
            result[LATER] = [*listed(result, LATER), held]
    patterns = dict.fromkeys((*patterns_of(one), *patterns_of(two)))
    if len(patterns) > 1:
        result.pop("pattern", None)
        result["patterns"] = [*patterns]
    return result


def patterns_of(schema: Schema) -> tuple[str, ...]:
    """All patterns a text must match; merging makes `patterns` of several."""
    alone = [schema["pattern"]] if "pattern" in schema else []
    return tuple(str(pattern) for pattern in (*alone, *listed(schema, "patterns")))


def _types(one: JSON, two: JSON) -> JSON:
    first: list[JSON] = one if isinstance(one, list) else [one]
    second: list[JSON] = two if isinstance(two, list) else [two]
    both = [each for each in first if each in second]
    both += ["integer"] if "integer" not in both and _narrows(first, second) else []
    return both


def _narrows(first: list[JSON], second: list[JSON]) -> bool:
    pairs = ((first, second), (second, first))
    return any("integer" in narrow and "number" in wide for narrow, wide in pairs)


def _properties(one: JSON, two: JSON) -> JSON:
    first, second = cast("Schema", one), cast("Schema", two)
    both: Schema = {
        name: {"allOf": [first[name], second[name]]} if name in first and name in second else value
        for name, value in {**first, **second}.items()
    }
    return both


def _union(one: JSON, two: JSON) -> JSON:
    return list(dict.fromkeys([*cast("list[str]", one), *cast("list[str]", two)]))


def _common(one: JSON, two: JSON) -> JSON:
    known = {canonical(each) for each in cast("list[JSON]", two)}
    return [each for each in cast("list[JSON]", one) if canonical(each) in known]


def _both(one: JSON, two: JSON) -> JSON:
    return one if one == two else {"allOf": [one, two]}


def _pairwise(one: JSON, two: JSON) -> JSON:
    pairs = zip_longest(cast("list[JSON]", one), cast("list[JSON]", two), fillvalue=True)
    return [_both(first, second) for first, second in pairs]


def _strictest(one: JSON, two: JSON) -> JSON:
    return False if one is False or two is False else _both(one, two)


def _highest(one: JSON, two: JSON) -> JSON:
    return max(cast("float", one), cast("float", two))


def _lowest(one: JSON, two: JSON) -> JSON:
    return min(cast("float", one), cast("float", two))


def _multiple(one: JSON, two: JSON) -> JSON:
    """A step that is a multiple of both: exact for whole steps, the larger one otherwise."""
    first, second = cast("float", one), cast("float", two)
    if first == int(first) and second == int(second):
        first, second = int(first), int(second)
        return next(step for step in range(first, first * second + 1, first) if step % second == 0)
    return max(first, second)


_MERGES: Mapping[str, Callable[[JSON, JSON], JSON]] = {
    "type": _types,
    "properties": _properties,
    "patternProperties": _properties,
    "required": _union,
    "enum": _common,
    "items": _both,
    "prefixItems": _pairwise,
    "additionalProperties": _strictest,
    "propertyNames": _both,
    "contains": _both,
    "multipleOf": _multiple,
    **dict.fromkeys(
        ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains"), _highest
    ),
    **dict.fromkeys(
        ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains"), _lowest
    ),
    "uniqueItems": lambda one, two: bool(one) or bool(two),
}


def closed(schema: Schema, root: Schema) -> Schema:
    """The schema so that it can be checked alone: what its references point at comes with it."""
    if schema is root or not _refers(schema):
        return schema
    moved = transformed(root, _below_root)
    return {**transformed(schema, _below_root), "$defs": {"root": moved}}


def _refers(schema: Schema) -> bool:
    # most schemas refer to nothing, and their bytes say so at once
    return b"$ref" in freeze(schema) and any("$ref" in node for _, node in nodes(schema))


def _below_root(schema: Schema) -> Schema:
    return schema | {"$ref": f"#/$defs/root{str(schema['$ref'])[1:]}"} if "$ref" in schema else schema


def types_of(schema: Schema) -> tuple[str, ...]:
    """The types a value may have: as said, else as the keywords suggest, () when nothing tells."""
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return tuple(str(kind) for kind in kinds)
    if isinstance(kinds, str):
        return (kinds,)
    return next((types for types, words in _SUGGESTS if not words.isdisjoint(schema)), ())


_SUGGESTS = (
    (
        ("object",),
        words(
            "properties required additionalProperties patternProperties minProperties maxProperties "
            "propertyNames"
        ),
    ),
    (("array",), words("items prefixItems minItems maxItems uniqueItems contains")),
    (("string",), words("pattern patterns minLength maxLength format")),
    (("number",), words("minimum maximum exclusiveMinimum exclusiveMaximum multipleOf")),
)

"""Values for JSON Schemas: every keyword is met, or refused with the keyword and where it stands."""

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_llmock.errors import ShapeError
from pytest_llmock.shapes.sample import compile_sampler
from pytest_llmock.shapes.validate import problems

NODE = {
    "type": "object",
    "properties": {
        "value": {"type": "integer"},
        "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
        "next": {"$ref": "#/$defs/Node"},
        "parent": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
    },
    "required": ["value", "children", "parent"],
}
SATISFIABLE = {
    "large": {"type": "integer", "minimum": 10**18, "maximum": 10**18 + 5},
    "tiny": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1e-9},
    "one point": {"type": "number", "minimum": 2.5, "maximum": 2.5},
    "below": {"type": "integer", "maximum": -1000},
    "below exclusive": {"type": "number", "exclusiveMaximum": -7},
    "step": {"type": "number", "multipleOf": 0.01, "minimum": 5},
    "whole step": {"type": "integer", "multipleOf": 2.5, "minimum": 1},
    "open": {"type": "integer", "exclusiveMinimum": 1.5, "exclusiveMaximum": 3.5},
    "wide step": {"type": "number", "multipleOf": 1000},
    "own number": {"type": "object", "properties": {"id": {"type": "integer", "exclusiveMinimum": 99}}},
    "long": {"type": "string", "minLength": 200},
    "letter": {"type": "string", "maxLength": 1},
    "empty": {"type": "string", "maxLength": 0},
    "exact": {"type": "string", "minLength": 9, "maxLength": 9},
    "short mail": {"type": "string", "format": "email", "maxLength": 9},
    "long mail": {"type": "string", "format": "email", "minLength": 50},
    "short uri": {"type": "string", "format": "uri", "maxLength": 9},
    "long uri": {"type": "string", "format": "uri", "minLength": 60, "maxLength": 61},
    "code": {"type": "string", "pattern": r"^[A-Z]{2}-\d{4}$"},
    "groups": {"type": "string", "pattern": r"^(?<area>\(\d{3}\))?\s?(foo|bar)+[^a-z0-9]\D\S\W$"},
    "unanchored": {"type": "string", "pattern": r"\d"},
    "open end": {"type": "string", "pattern": "^[A-Z]", "minLength": 4, "maxLength": 10},
    "open beginning": {"type": "string", "pattern": "[0-9]{3}$", "minLength": 7, "maxLength": 8},
    "letters": {"type": "string", "pattern": r"^\p{L}{3,5}$", "minLength": 4},
    "back": {"type": "string", "pattern": r"^(\w)x\1[^-x]$"},
    "lazy": {"type": "string", "pattern": "^.+?a*?[ -~][^q]$"},
    "ahead": {"type": "string", "pattern": r"^(?=[a-z0-9]).{8,}$"},
    "a password": {"type": "string", "pattern": r"^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[@$!%*?&])[A-Za-z\d@$!%*?&]{8,}$"},
    "ahead in the middle": {"type": "string", "pattern": r"^id-(?=.*[A-F].*$)[0-9A-F]{6}$", "minLength": 9},
    "ahead from the start": {"type": "string", "pattern": r"^(?=Q[^x]*z)\w{4,9}$"},
    "two patterns": {"allOf": [{"pattern": "^a"}, {"pattern": "b$"}, {"type": "string", "pattern": "^a[a-z]*b$"}]},
    "pattern and format": {"type": "string", "format": "email", "pattern": "@example"},
    "enum within": {"enum": ["a", 5, None], "type": "string"},
    "const": {"const": {"a": [1]}},
    "nullable": {"type": ["string", "null"]},
    "mixed": {"type": ["string", "integer", "array"]},
    "no type": {"minimum": 5},
    "true": {"properties": {"a": True, "price": True, "cityName": {}, "deletedAt": {}, "ownerId": {}}},
    "least": {"type": "object", "minProperties": 3},
    "most": {"type": "object", "properties": {"a": {}, "b": {}, "c": {}}, "required": ["c"], "maxProperties": 2},
    "map": {"type": "object", "additionalProperties": {"type": "integer"}},
    "pattern names": {"type": "object", "patternProperties": {"^x-": {"type": "integer"}}},
    "exact names": {"type": "object", "patternProperties": {"^[ab]$": {"type": "integer"}}, "additionalProperties": False},
    "names": {"propertyNames": {"pattern": "^[a-z]{3}$"}, "additionalProperties": {}, "minProperties": 4},
    "listed names": {"propertyNames": {"enum": ["p", "q"]}, "minProperties": 2},
    "undescribed beside": {
        "properties": {"a": {"type": "integer"}},
        "required": ["a"],
        "dependentRequired": {"a": ["b"], "b": ["x-c"], "never": ["d"]},
        "patternProperties": {"^x": {"type": "boolean"}},
    },
    "undescribed": {"required": ["x-1", "y"], "patternProperties": {"^x": {"type": "boolean"}, r"^\p{N}$": {}}},
    "false": {"properties": {"a": False, "b": {"type": "null"}}},
    "unique": {"type": "array", "items": {"enum": [1, 2, 3]}, "minItems": 3, "uniqueItems": True},
    "unique records": {"type": "array", "items": {"properties": {"a": {"type": "integer"}}}, "minItems": 4, "uniqueItems": True},
    "flags": {"type": "array", "items": {"type": "boolean"}, "minItems": 6},
    "few words": {"type": "array", "items": {"enum": ["a"]}, "minItems": 3},
    "no items": {"type": "array", "items": {"type": "string"}, "maxItems": 0},
    "any items": {"type": "array", "minItems": 2},
    "tuple": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False},
    "two tuples": {"allOf": [{"prefixItems": [{"minimum": 3}]}, {"prefixItems": [{"type": "integer"}, {"const": 1}]}]},
    "contains": {"type": "array", "items": {"type": "integer"}, "contains": {"const": 7}, "minContains": 2},
    "either": {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
    },
    "discriminator": {
        "oneOf": [
            {"properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}}, "required": ["kind", "lives"]},
            {"properties": {"kind": {"const": "dog"}, "name": {"type": "string"}}, "required": ["kind", "name"]},
        ]
    },
    "one dead branch": {"anyOf": [{"type": "integer", "minimum": 5, "maximum": 3}, {"type": "boolean"}]},
    "both": {"allOf": [{"anyOf": [{"minimum": 3}]}, {"anyOf": [{"maximum": 9}]}, {"type": "integer"}]},
    "two ifs": {"allOf": [{"if": {"minimum": 3}, "then": {"maximum": 9}}, {"if": {"minimum": 5}, "then": {"multipleOf": 2}}], "type": "integer"},
    "merged": {
        "allOf": [
            {"type": ["integer", "string"], "minimum": 2, "multipleOf": 2, "enum": [1, 2, 6, 12]},
            {"type": "number", "maximum": 9, "multipleOf": 3, "enum": [6, 12]},
        ]
    },
    "merged steps": {"allOf": [{"multipleOf": 4}, {"multipleOf": 6}, {"type": "integer"}]},
    "merged fractions": {"allOf": [{"multipleOf": 0.5}, {"multipleOf": 1.5}, {"type": "number"}]},
    "merged objects": {
        "allOf": [
            {"properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": {"type": "integer"}},
            {"properties": {"a": {"minimum": 3}, "b": {"type": "integer"}}, "additionalProperties": {"minimum": 1}},
        ]
    },
    "closed": {"allOf": [{"properties": {"a": {}}, "additionalProperties": False}, {"additionalProperties": {}}]},
    "unique merged": {"allOf": [{"uniqueItems": True}, {"uniqueItems": False}, {"type": "array", "items": {"type": "integer"}}]},
    "not null": {"not": {"type": "null"}},
    "not there": {"properties": {"a": {"type": "integer"}, "b": {}}, "required": ["a"], "not": {"required": ["b"]}},
    "condition": {
        "properties": {"kind": {"enum": ["a", "b"]}},
        "required": ["kind"],
        "if": {"properties": {"kind": {"const": "a"}}},
        "then": {"required": ["x"], "properties": {"x": {"type": "integer"}}},
        "else": {"required": ["y"], "properties": {"y": {"type": "string"}}},
    },
    "recursion": {"$defs": {"Node": NODE}, "$ref": "#/$defs/Node"},
    "tree": {"properties": {"name": {"type": "string"}, "kids": {"type": "array", "items": {"$ref": "#"}}}, "required": ["name", "kids"], "type": "object"},
    "recursive map": {"type": "object", "additionalProperties": {"$ref": "#"}},
    "recursion through a required property": {
        "$defs": {
            "A": {"type": "object", "properties": {"b": {"$ref": "#/$defs/B"}}},
            "B": {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "required": ["a"]},
        },
        "$ref": "#/$defs/A",
    },
    "recursion through a full list": {
        "type": "object", "properties": {"a": {"type": "array", "minItems": 1, "items": {"$ref": "#"}}}
    },
    "recursion through a map": {
        "type": "object", "properties": {"a": {"type": "object", "additionalProperties": {"$ref": "#"}}}
    },
    "not a letter": {"type": "string", "pattern": r"^[^x][^\da-f]$"},
    "possessive": {"type": "string", "pattern": "^a++(?:b|c)$"},
    "tiny step": {"properties": {"price": {"type": "number", "multipleOf": 1e-40, "minimum": 0}}},
    "properties and patterns": {"type": "object", "properties": {"a": {"type": "integer"}}, "patternProperties": {"^[ab]$": {"minimum": 2}}, "minProperties": 2},
    "merged twice": {"allOf": [{"type": "array", "items": {"type": "integer"}}, {"items": {"type": "integer"}, "minItems": 1}]},
    "description of a company": {"properties": {"company": {"type": "string"}, "description": {"type": "string"}}, "type": "object"},
    "alias": {"$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"type": "integer"}}, "type": "array", "items": {"$ref": "#/$defs/A"}, "contains": {"$ref": "#/$defs/A"}},
    "nested lists": {"type": "array", "items": {"type": "array", "items": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}}},
    **{
        f"format {name}": {"type": "string", "format": name}
        for name in ["date-time", "date", "time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6", "uri", "uri-reference", "iri", "iri-reference", "uri-template", "uuid", "json-pointer", "relative-json-pointer", "regex", "date-time-local", "unheard-of"]
    },
}  # fmt: skip
IMPOSSIBLE = [
    ({"type": "integer", "minimum": 5, "maximum": 3}, "its root: no such number lies between 5 and 3", "minimum"),
    ({"type": "number", "minimum": 5, "maximum": 3}, "its root: nothing lies between 5 and 3", "minimum"),
    ({"type": "number", "multipleOf": 0.5, "minimum": 0.1, "maximum": 0.4}, "its root: no such number lies between 0.1 and 0.4", "multipleOf"),
    ({"type": "string", "pattern": r"^\p{Greek}$"}, r"its root: no text found that matches '^\\p{Greek}$'", "pattern"),
    ({"type": "number", "minimum": 1e300, "multipleOf": 1e-9}, "its root: no such number lies between 1e+300 and 1e+300", "multipleOf"),
    ({"type": "string", "pattern": "^(a{90}){50}b$"}, "its root: no text found that matches '^(a{90}){50}b$'", "pattern"),
    ({"type": "string", "pattern": "^(?=a)b"}, "its root: no text found that matches '^(?=a)b'", "pattern"),
    ({"type": "string", "pattern": "^a$", "minLength": 2}, "its root: no text found that matches '^a$' and has 2 to any number of characters", "pattern"),
    ({"type": "string", "format": "uuid", "maxLength": 5}, "its root: no uuid is that long", "minLength"),
    ({"type": "string", "format": "email", "maxLength": 5}, "its root: no email is that long", "maxLength"),
    ({"type": "string", "minLength": 3, "maxLength": 2}, "its root: 3 is more than 'maxLength', 2", "minLength"),
    ({"type": "string", "minLength": 10**9}, "its root: texts of more than 1,000,000 characters are not made", "minLength"),
    ({"required": ["a"], "additionalProperties": False}, "/properties/a: the schema there allows nothing", "false"),
    ({"type": "object", "minProperties": 1, "additionalProperties": False}, "its root: 'additionalProperties' is false and too few are named", "minProperties"),
    ({"type": "object", "minProperties": 10**6}, "its root: objects of more than 10,000 entries are not made", "minProperties"),
    ({"type": "object", "minProperties": 3, "propertyNames": {"enum": ["a"]}}, "/propertyNames: 3 different names were not found", "propertyNames"),
    ({"type": "array", "minItems": 3, "maxItems": 2}, "its root: 3 is more than 'maxItems', 2", "minItems"),
    ({"type": "array", "minItems": 1, "items": False}, "its root: 'items' is false and allows no more items", "minItems"),
    ({"type": "array", "minItems": 10**8, "items": {}}, "its root: with the lists around it, that is more than 500,000 values", "minItems"),
    ({"type": "array", "minItems": 2, "uniqueItems": True, "items": {"const": 1}}, "its root: 2 different items were not found", "uniqueItems"),
    ({"allOf": [{"type": "string"}, {"type": "null"}]}, "its root: no type satisfies every part of it", "type"),
    ({"enum": ["a"], "type": "integer"}, "its root: none of the listed values fits the rest of it", "enum"),
    ({"const": "a", "type": "integer"}, "its root: none of the listed values fits the rest of it", "const"),
    ({"oneOf": [True, True]}, "its root: 25 tries gave nothing valid", "oneOf"),
    ({"anyOf": [{"type": "integer", "minimum": 2, "maximum": 1}]}, "its root: no such number lies between 2 and 1", "minimum"),
]  # fmt: skip


@pytest.mark.parametrize("schema", SATISFIABLE.values(), ids=SATISFIABLE.keys())
def test_a_schema_is_met(schema):
    """What is made is valid, and kept when it is given to another record."""
    sampler = compile_sampler(schema, noun="things")

    values = list(sampler.many(5, 0, 30))

    assert [problems(schema, value) for value in values] == [()] * 30
    assert problems(schema, sampler.one(6, 0, values[0])) == ()


@pytest.mark.parametrize(("schema", "why", "keyword"), IMPOSSIBLE, ids=[case[1] for case in IMPOSSIBLE])
def test_what_cannot_be_met_says_why_and_where(schema, why, keyword):
    """The message names place, reason and keyword, and a way out."""
    with pytest.raises(ShapeError) as caught:
        compile_sampler(schema).one(1)

    assert caught.value.message == (
        f"No value can be made for the JSON Schema at {why} (keyword '{keyword}'). Change that keyword, or "
        "give the value as 'const' or 'enum'."
    )


def test_what_no_part_refuses_but_the_whole_does_is_refused_too():
    """The finished value is checked against the schema as it was given."""
    parts = [
        {"properties": {"a": {}}, "additionalProperties": False},
        {"properties": {"b": {}}, "type": "object"},
    ]

    with pytest.raises(ShapeError) as caught:
        compile_sampler({"allOf": parts}).one(1)

    assert caught.value.message == (
        "No value was found for the JSON Schema in 25 tries: /b is not expected here (keyword "
        "'additionalProperties'). Simplify that part, or give the value as 'const' or 'enum'."
    )


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"type": "strin"}, "'strin' is no type"),
        ({"$ref": "#/$defs/A"}, "does not exist"),
        ({"$ref": "https://example.org/schema.json"}, "fetched"),
        ({"required": ["a"], "properties": {"a": {"$ref": "#"}}, "type": "object"}, "never ends"),
    ],
)
def test_a_bad_schema_is_refused(schema, message):
    """A schema that is not valid, leads elsewhere or never ends is no stack overflow."""
    with pytest.raises(ShapeError, match=re.escape(message)):
        compile_sampler(schema)


def test_recursion_ends_soon():
    """A node has children and those a few, but not for ever."""
    schema = {"$defs": {"Node": NODE}, "$ref": "#/$defs/Node"}

    node = compile_sampler(schema).one(1)

    assert 0 < node["children"].__len__() <= 3
    assert node["children"][0]["children"] == []
    assert "next" not in node["next"]


def test_definitions_that_all_refer_to_each_other_end_soon():
    """Where almost everything is optional and recursive, the rest is left out."""
    names = range(25)
    properties = {f"p{other}": {"$ref": f"#/$defs/d{other}"} for other in names}
    defs = {f"d{name}": {"type": "object", "properties": properties} for name in names}

    value = compile_sampler({"$defs": defs, "$ref": "#/$defs/d0"}).one(1)

    assert len(json.dumps(value)) < 100_000


def test_lists_of_alternatives_of_lists_end_soon():
    """Neither depth nor width of lists in lists explodes."""
    names = range(25)
    items = {"anyOf": [{"$ref": f"#/$defs/d{other}"} for other in names]}
    defs = {f"d{name}": {"type": "array", "items": items} for name in names}

    value = compile_sampler({"$defs": defs, "$ref": "#/$defs/d0"}).one(1)

    assert len(json.dumps(value)) < 100_000


def test_deep_schemas_are_cut_where_they_may_be():
    """Below eighty levels an optional property is left out."""
    defs = {
        f"d{n}": {"properties": {"a": {"$ref": f"#/$defs/d{n + 1}"}}, "type": "object"} for n in range(120)
    }

    value = compile_sampler({"$defs": {**defs, "d120": {"type": "null"}}, "$ref": "#/$defs/d0"}).one(1)

    assert 70 < json.dumps(value).count("{") < 90


def test_a_null_is_rare():
    """A value that may be null mostly is not."""
    values = list(compile_sampler({"type": ["string", "null"]}).many(1, 0, 300))

    assert 10 < values.count(None) < 60


def test_a_given_object_goes_to_the_branch_it_belongs_to():
    """An incomplete cat becomes a whole cat, and keeps its name for kind."""
    schema = SATISFIABLE["discriminator"]

    animals = [
        compile_sampler(schema).one(seed, 0, {"kind": kind}) for seed in range(5) for kind in ("cat", "dog")
    ]

    assert [animal["kind"] for animal in animals] == ["cat", "dog"] * 5


@pytest.mark.parametrize(
    ("schema", "given_", "expected"),
    [
        ({"type": "array", "items": {"type": "integer"}, "maxItems": 2}, [1, 2, 3], [1, 2]),
        ({"type": "array", "items": {"type": "integer"}, "uniqueItems": True}, [1, 1, 2], [1, 2]),
        ({"type": "array", "prefixItems": [{"type": "integer"}], "items": False}, [4, 5], [4]),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, {"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 2, "c": 3}),
        ({"type": ["integer", "null"]}, None, None),
        ({"enum": ["a", "b"]}, "b", "b"),
        ({"oneOf": [{"type": "integer"}, {"type": "string"}]}, 7, 7),
    ],
    ids=str,
)  # fmt: skip
def test_given_values_are_kept_within_bounds(schema, given_, expected):
    """What is given stays, as far as the schema allows it."""
    assert compile_sampler(schema).one(1, 0, given_) == expected


@pytest.mark.parametrize(
    ("schema", "given_"),
    [
        ({"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 5}]}, 7),
        ({"type": "array", "items": {"type": "integer"}}, "no list"),
        ({"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 2}, {"a": 1}),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 4}, [1]),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, []),
        ({"properties": {"a": {"anyOf": [{"type": "integer"}, {"type": "string"}]}}, "required": ["a"]}, {}),
    ],
    ids=str,
)
def test_given_values_that_do_not_fit_are_replaced(schema, given_):
    """What is given and cannot stay makes way."""
    assert problems(schema, compile_sampler(schema).one(1, 0, given_)) == ()


INTS = st.integers(-50, 50)
NAMES = st.sampled_from(
    [
        "id",
        "name",
        "email",
        "age",
        "price",
        "createdAt",
        "tags",
        "items",
        "bar",
        "address",
        "quantity",
        "zip",
        "status",
        "url",
        "x",
    ]
)
FORMATS = st.sampled_from(["email", "date-time", "uuid", "date", "uri", "ipv4", "hostname", "time", "weird"])
PATTERNS = st.sampled_from([r"^[A-Z]{2}-\d{4}$", r"^\w+$", r"^(a|b)+c?$", r"\d"])


def numbers(kind):
    bounds = {
        "minimum": INTS,
        "exclusiveMaximum": st.integers(60, 300),
        "multipleOf": st.sampled_from([1, 2, 0.5, 7]),
    }
    return st.fixed_dictionaries({"type": st.just(kind)}, optional=bounds)


LEAVES = st.one_of(
    numbers("integer"),
    numbers("number"),
    st.fixed_dictionaries(
        {"type": st.just("string")},
        optional={"minLength": st.integers(0, 12), "maxLength": st.integers(12, 40), "format": FORMATS},
    ),
    st.builds(lambda pattern: {"type": "string", "pattern": pattern}, PATTERNS),
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {}, True, {"type": ["string", "null"]}]),
    st.builds(
        lambda values: {"enum": values},
        st.lists(INTS | st.text(max_size=4), min_size=1, max_size=4, unique=True),
    ),
)


def objects(inner):
    return st.builds(
        lambda properties, required, extra: {
            "type": "object",
            "properties": properties,
            "required": sorted(set(required) & set(properties)),
            **({} if extra is None else {"additionalProperties": extra}),
        },
        st.dictionaries(NAMES, inner, max_size=5),
        st.lists(NAMES, max_size=3),
        st.sampled_from([None, False, True]) | inner,
    )


def lists(inner):
    return st.builds(
        lambda items, low, more: {"type": "array", "items": items, "minItems": low, "maxItems": low + more},
        inner,
        st.integers(0, 2),
        st.integers(0, 3),
    ) | st.builds(lambda item: {"type": "array", "contains": item}, inner)


def mixtures(inner):
    return (
        st.builds(lambda word, parts: {word: parts}, st.sampled_from(["anyOf", "oneOf"]), st.lists(inner, min_size=1, max_size=3))
        | st.builds(lambda parts: {"allOf": parts}, st.lists(inner, min_size=1, max_size=2))
        | st.builds(lambda a, b, c: {"if": a, "then": b, "else": c}, inner, inner, inner)
        | st.builds(lambda part: {"type": "string", "not": part}, inner)
    )  # fmt: skip


SCHEMAS = st.recursive(LEAVES, lambda inner: objects(inner) | lists(inner) | mixtures(inner), max_leaves=10)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(SCHEMAS, st.integers(0, 2**64 - 1))
def test_any_schema_is_met_or_refused(schema, seed):
    """Never an invalid value: valid in any chunks, or a ShapeError."""
    schema = schema if isinstance(schema, dict) else {"allOf": [schema]}
    try:
        sampler = compile_sampler(schema, noun="users")
        values = list(sampler.many(seed, 0, 4))
    except ShapeError as refused:
        assert "keyword" in refused.message  # noqa: PT017 - either outcome is right, and both are looked at
        return

    assert [problems(schema, value) for value in values] == [()] * 4
    assert [*sampler.many(seed, 0, 1), *sampler.many(seed, 1, 3)] == values


@pytest.mark.parametrize("type", ["integer", "number", "string"])
@pytest.mark.parametrize("name", ["age", "price", "year", "id"])
def test_different_items_are_found_for_what_a_record_has_once(name, type):
    """A record has one price; a list of different prices has those of several."""
    items = {"type": "array", "items": {"type": type}, "uniqueItems": True, "minItems": 3, "maxItems": 3}
    schema = {"type": "object", "properties": {name: items}, "required": [name]}

    made = compile_sampler(schema).one(1)[name]

    assert len(set(made)) == 3
    assert made == compile_sampler(schema).one(1)[name]


def test_as_many_different_items_are_found_as_there_are():
    """More than there are is asked for by nobody, as long as the least is reached."""
    ages = {"type": "integer", "minimum": 30, "maximum": 31}
    items = {"type": "array", "items": ages, "uniqueItems": True, "minItems": 2, "maxItems": 9}

    made = compile_sampler({"type": "object", "properties": {"age": items}, "required": ["age"]}).many(
        1, 0, 9
    )

    assert {tuple(sorted(record["age"])) for record in made} == {(30, 31)}

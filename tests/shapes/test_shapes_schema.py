"""JSON Schemas: told from examples, brought into our dialect, counted."""

import pytest

from effort import grows_linearly
from pytest_llmock.errors import ShapeError
from pytest_llmock.shapes.parse import answer_schema, parse
from pytest_llmock.shapes.references import MAX_EXPANSION, resolved
from pytest_llmock.shapes.schema import is_json_schema
from pytest_llmock.shapes.validate import problems

NODE = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#"}}},
    "required": ["name"],
}


@pytest.mark.parametrize(
    "value",
    [
        {"$schema": "https://json-schema.org/draft/2020-12/schema"},
        {"type": "object", "properties": {}},
        {"type": "array", "items": {"type": "string"}},
        {"type": "array", "items": [{"type": "string"}]},
        {"type": "string", "enum": ["a", "b"]},
        {"type": "string", "format": "email"},
        {"type": "string", "minLength": 3},
        {"type": ["string", "null"], "pattern": "^a"},
        {"type": "number", "minimum": 0},
        {"type": "object", "required": ["a"]},
        {"type": "object", "anyOf": []},
        {"$ref": "#/$defs/A", "$defs": {"A": {"type": "string"}}},
        {"anyOf": [{"$ref": "#/$defs/A"}], "$defs": {"A": {"type": "string"}}},
    ],
    ids=repr,
)
def test_a_type_beside_a_schema_keyword_makes_json_a_schema(value):
    """A schema is known by `$schema`, or by a type and a keyword that fits it."""
    assert is_json_schema(value)


@pytest.mark.parametrize(
    "value",
    [
        {"type": "string", "name": "string"},
        {"type": "string"},
        {"type": "object", "title": "string", "description": "string"},
        {"type": "sedan", "properties": {"doors": 4}},
        {"type": "string", "items": [{"sku": "string"}]},
        {"type": "array", "items": ["string"], "cache": 1} | {"type": "order"},
        {"type": "string", "format": "string"},
        {"type": "string", "properties": {"colour": "string"}},
        {"type": "string", "required": True},
        {"properties": {"a": {"type": "string"}}},
        {"type": 3, "enum": []},
        {"$defs": {"A": {}}},
        ["object"],
        "object",
    ],
    ids=repr,
)
def test_anything_else_is_an_example(value):
    """Keys of data that happen to be called like keywords make no schema."""
    assert not is_json_schema(value)


def test_a_schema_is_taken_as_it_is():
    """Strings in a schema are no hints, and nothing is added."""
    schema = {"type": "object", "properties": {"a": {"type": "string", "examples": ["ISO-8601", "x|y"]}}}

    assert parse(schema).schema == schema


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"$id": "http://example.com/a", "minLength": 1}, {"minLength": 1}),
        ({"items": [{"type": "null"}]}, {"prefixItems": [{"type": "null"}]}),
        (
            {"items": [{"type": "null"}], "additionalItems": False},
            {"prefixItems": [{"type": "null"}], "items": False},
        ),
        ({"items": {"type": "null"}, "additionalItems": False}, {"items": {"type": "null"}}),
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"maximum": 1, "exclusiveMaximum": False}, {"maximum": 1}),
        ({"dependencies": {"a": ["b"]}}, {"dependentRequired": {"a": ["b"]}}),
        ({"dependencies": {"a": {"minProperties": 2}}}, {"dependentSchemas": {"a": {"minProperties": 2}}}),
        ({"allOf": [{"items": [True]}]}, {"allOf": [{"prefixItems": [True]}]}),
        ({"definitions": {"a": {"items": [True]}}}, {"definitions": {"a": {"prefixItems": [True]}}}),
    ],
    ids=[
        "id",
        "tuple",
        "closed tuple",
        "list",
        "exclusive",
        "inclusive",
        "keys",
        "schemas",
        "inner",
        "named",
    ],
)
def test_what_older_drafts_wrote_differently_is_rewritten(old, new):
    """Whatever its draft, a schema reads as 2020-12."""
    shape = parse({"$schema": "http://json-schema.org/draft-07/schema#", **old})

    assert shape.schema == new


@pytest.mark.parametrize(
    "reference",
    [
        "http://127.0.0.1:9/x.json",
        "file:///etc/hostname",
        "other.json#/a",
        "#anchor",
        "#/$defs/none",
        "#/type",
    ],
)
def test_a_reference_out_of_the_schema_is_refused(reference):
    """Only JSON pointers to schemas inside are followed; nothing is fetched."""
    with pytest.raises(ShapeError) as caught:
        parse({"type": "object", "properties": {"a/b": {"$ref": reference}}})

    assert caught.value.message == (
        f"The JSON Schema refers to '{reference}' at /properties/a~1b. Only a JSON pointer to a schema "
        'inside it is followed, nothing is fetched: put the schema under `$defs` and write {"$ref": "#/$defs/Name"}.'
    )


@pytest.mark.parametrize(
    "reference",
    ["#/$defs/a~1b~0%20c", "#/allOf/0", "#/definitions/x"],
    ids=["escaped", "index", "definitions"],
)
def test_a_pointer_to_any_schema_inside_is_followed(reference):
    """Escapes of RFC 6901 and of URLs are understood, and any place of the schema can be meant."""
    text = {"type": "string"}
    shape = parse(
        {
            "$schema": "x",
            "allOf": [{"maxProperties": 5}],
            "$defs": {"a/b~ c": text},
            "definitions": {"x": text},
            "properties": {"p": {"$ref": reference}},
        }
    )

    assert problems(shape.schema, {"p": "x"}) == ()


@pytest.mark.parametrize(
    "reference", ["#/allOf/7", "#/allOf/x", "#/maxProperties/0"], ids=["beyond", "word", "number"]
)
def test_a_pointer_to_nowhere_is_refused(reference):
    """A pointer that leads nowhere is refused like any other bad reference."""
    with pytest.raises(ShapeError, match="Only a JSON pointer to a schema inside"):
        parse({"$schema": "x", "allOf": [{"$ref": reference}], "maxProperties": 1})


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"type": "object", "properties": {"a": "string"}}, '/properties/a: "string" is not of types'),
        ({"type": "object", "required": [1]}, "/required/0: 1 is not of type"),
        ({"type": "array", "items": {"$ref": 5}}, "/items/$ref: 5 is not of type"),
    ],
    ids=["property", "required", "reference"],
)
def test_an_invalid_schema_is_refused_with_its_pointer(schema, message):
    """A schema that is none is the client's mistake."""
    with pytest.raises(ShapeError) as caught:
        parse(schema)

    assert caught.value.message.startswith(f"The JSON Schema is not valid at {message}")


@pytest.mark.parametrize(
    "schema",
    [
        NODE,
        {
            "type": "object",
            "properties": {"next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}},
            "required": ["next"],
        },
        {"$ref": "#/$defs/A", "$defs": {"A": {"type": "array", "items": {"$ref": "#/$defs/A"}}}},
        {"type": "array", "minItems": 0, "items": {"$ref": "#"}},
    ],
    ids=["tree", "linked list", "lists", "empty list"],
)
def test_a_recursive_schema_that_can_end_is_read(schema):
    """Recursion through what may be absent, empty or something else is fine."""
    assert parse(schema).schema == schema


@pytest.mark.parametrize(
    "schema",
    [
        {"$schema": "x", "$ref": "#"},
        {"$schema": "x", "anyOf": [{"$ref": "#"}, {"type": "null"}]},
        {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]},
        {"type": "array", "minItems": 1, "items": {"$ref": "#"}},
        {"type": "array", "minItems": 1, "prefixItems": [{"$ref": "#"}]},
        {"type": "object", "allOf": [{"properties": {"a": {"$ref": "#"}}, "required": ["a", 3][:1]}]},
    ],
    ids=["itself", "alternative", "property", "items", "tuple", "allOf"],
)
def test_a_schema_that_never_ends_is_refused(schema):
    """What contains itself without a way out has no value at all."""
    with pytest.raises(
        ShapeError, match=r"^The JSON Schema never ends: what it asks for at .* contains itself\."
    ):
        parse(schema)


@pytest.mark.parametrize("keyword", ["allOf", "properties"])
def test_a_reference_bomb_is_refused_quickly(keyword):
    """Definitions that double each other are counted, not unfolded: forty take what forty times as many do."""

    def pair(name):
        both = [{"$ref": f"#/$defs/{name}"}] * 2
        return (
            {"allOf": both}
            if keyword == "allOf"
            else {"properties": dict(zip("ab", both, strict=True)), "required": ["a", "b"]}
        )

    def refused(levels):
        bomb = {f"n{level}": pair(f"n{level + 1}") for level in range(levels)}
        with pytest.raises(ShapeError, match=f"unfolds to more than {MAX_EXPANSION:,} parts"):
            parse({"$ref": "#/$defs/n0", "$defs": bomb | {f"n{levels}": {"type": "string"}}})

    assert grows_linearly(refused, 160)


def test_a_long_chain_of_references_is_refused():
    """A reader that follows references by recursion is never led deeper than data may be."""
    chain = {f"n{level}": {"$ref": f"#/$defs/n{level + 1}"} for level in range(300)} | {"n300": {}}

    with pytest.raises(ShapeError, match="or 200 levels"):
        parse({"$ref": "#/$defs/n0", "$defs": chain})


def test_a_reference_with_siblings_resolves_to_both():
    """What stands beside a reference is added to what it refers to."""
    root = {"$defs": {"A": {"$ref": "#/$defs/B", "title": "a"}, "B": {"type": "array", "title": "b"}}}

    assert resolved({"$ref": "#/$defs/A", "minItems": 1}, root) == {
        "type": "array",
        "title": "a",
        "minItems": 1,
    }


@pytest.mark.parametrize("value", [True, None, "text"])
def test_what_is_no_schema_object_resolves_to_nothing_said(value):
    """A boolean schema has no keywords."""
    assert resolved(value, {}) == {}


USERS = [{"id": 0}]


@pytest.mark.parametrize(
    ("raw", "collection"),
    [
        (USERS, ""),
        (["string"], ""),
        ({"users": USERS}, "users"),
        ({"users": USERS, "total": 0}, "users"),
        ({"total_count": 0, "nextPage": "url", "hasMore": True, "data": USERS, "ok": True}, "data"),
        ({"valid": USERS, "invalid": USERS}, "valid"),
        ({"userCount": 0, "users": USERS}, "users"),
        ({"total_users": 0, "numUsers": 0, "numberOfUsers": 0, "users": USERS}, "users"),
        ({"@odata.count": 0, "value": USERS}, "value"),
        ({"content": USERS, "totalElements": 0, "totalPages": 0, "number": 0, "first": True}, "content"),
        ({"orderTotal": 0.0, "orders": USERS}, None),
        ({"user": "string", "users": USERS}, None),
        ({"firstUser": "string", "users": USERS}, None),
        ({"warnings": ["string"], "users": USERS}, "users"),
        ({"tags": ["string"]}, "tags"),
        ({"tags": ["string"], "colours": ["string"]}, None),
        ({"name": "string", "interests": ["string"], "address": {"city": "string"}}, None),
        ({"id": 0, "name": "string", "orders": USERS}, None),
        ({"customer": {"name": "string"}, "lines": USERS}, None),
        ({"id": 0}, None),
        ({"?": 0, "lines": USERS}, None),
        ({}, None),
        ("string", None),
        ({"type": "array", "items": {"type": "string"}}, ""),
        (
            {"type": "object", "properties": {"users": {"type": "array", "items": {"properties": {}}}}},
            "users",
        ),
        (
            {
                "$ref": "#/$defs/P",
                "$defs": {
                    "P": {"type": "object", "properties": {"x": {"$ref": "#/$defs/L"}}},
                    "L": {"type": "array", "items": {"type": "object"}},
                },
            },
            "x",
        ),
    ],
    ids=repr,
)
def test_the_collection_is_the_list_that_a_count_speaks_of(raw, collection):
    """Wrappers are told from records by what stands beside the list."""
    assert parse(raw).collection == collection


@pytest.mark.parametrize(
    ("raw", "good", "bad"),
    [
        (USERS, [{"id": 1}] * 2, [{"id": 1}]),
        ({"users": USERS}, {"users": [{"id": 1}] * 2}, {"users": []}),
        ({"id": 0}, [{"id": 1}] * 2, {"id": 1}),
        ("string", ["a", "b"], ["a"]),
        (NODE | {"$cache": 1}, [{"name": "a", "children": [{"name": "b"}] * 3}] * 2, [{"name": "a"}]),
        (
            {"type": "array", "items": {"type": "object", "properties": {"of": {"$ref": "#"}}}},
            [{"of": [{}] * 3}, {}],
            [{"of": []}],
        ),
        (
            {
                "$ref": "#/$defs/P",
                "$defs": {
                    "P": {"type": "object", "properties": {"x": {"$ref": "#/$defs/L"}}},
                    "L": {"type": "array", "items": {"type": "object"}, "maxItems": 1},
                },
            },
            {"x": [{}, {}]},
            {},
        ),
    ],
    ids=["list", "wrapper", "record", "scalar", "recursive record", "recursive list", "references"],
)
def test_a_count_asks_for_exactly_so_many_items(raw, good, bad):
    """The list of the shape, or a list of its records, has as many items as were asked for."""
    schema = answer_schema(parse(raw), 2)

    assert problems(schema, good) == ()
    assert problems(schema, bad) != ()


def test_a_counted_schema_says_so_in_its_bounds():
    """The bounds stand on the list, everything else stays."""
    assert answer_schema(parse({"users": [{"id": 0}]}), 3)["properties"]["users"] == {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"id": {"type": "integer"}},
            "required": ["id"],
            "additionalProperties": False,
        },
        "minItems": 3,
        "maxItems": 3,
    }


def test_without_a_count_the_shape_decides():
    """No count leaves the schema as it is."""
    shape = parse([0])

    assert answer_schema(shape, None) is shape.schema


def test_a_count_of_zero_asks_for_nothing():
    """Zero is a count like any other."""
    assert problems(answer_schema(parse([0]), 0), []) == ()


def test_a_negative_count_is_refused():
    """Fewer than none is a mistake."""
    with pytest.raises(ShapeError, match=r"^count is -1: give 0 or more\.$"):
        answer_schema(parse([0]), -1)


def test_definitions_stay_at_the_root_of_a_counted_schema():
    """References keep their meaning, and providers find $defs where they expect them."""
    shape = parse(
        {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"type": "null"}}}
    )

    assert answer_schema(shape, 1) == {
        "type": "array",
        "items": {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}},
        "minItems": 1,
        "maxItems": 1,
        "$defs": {"A": {"type": "null"}},
    }

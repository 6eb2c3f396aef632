"""What names and arguments say of a GraphQL selection, and the way back from what was generated."""

import pytest

from pytest_llmock.mockapi.graphql.selection import (
    Known,
    Outline,
    Part,
    guessed_leaf,
    guessed_type,
    is_guessed_list,
    kept,
    list_schema,
    pointer_of,
)


@pytest.mark.parametrize(
    ("name", "type"),
    [
        ("name", "string"),
        ("id", "string"),
        ("createdAt", "string"),
        ("price", "number"),
        ("likes", "number"),
        ("totalCount", "number"),
        ("isActive", "boolean"),
        ("hasNextPage", "boolean"),
        ("viewerHasStarred", "boolean"),
        ("verified", "boolean"),
        ("tags", "array"),
        ("status", "string"),
        ("_", "string"),
    ],
)
def test_the_name_of_a_field_tells_its_type(name, type):
    """Without a schema there is nothing else that could."""
    assert guessed_leaf(name, None)["type"] == type


@pytest.mark.parametrize(
    ("name", "inside", "arguments", "expected"),
    [
        ("users", {"id"}, {}, True),
        ("user", {"id"}, {}, False),
        ("people", {"name"}, {}, True),
        ("edges", {"node"}, {}, True),
        ("users", {"edges", "pageInfo"}, {}, False),
        ("users", {"nodes"}, {}, False),
        ("settings", {"theme"}, {"id": 7}, False),
        ("address", {"city"}, {}, False),
        ("_", {"id"}, {}, False),
    ],
)
def test_a_plural_is_a_list_unless_it_is_a_page_or_one_by_its_id(name, inside, arguments, expected):
    """What is around a plural says when it is not one."""
    assert is_guessed_list(name, inside, arguments) is expected


@pytest.mark.parametrize(
    ("name", "expected"), [("blogPosts", "BlogPost"), ("user", "User"), ("people", "Person"), ("_", "Object")]
)
def test_a_type_is_called_as_its_field(name, expected):
    """What `__typename` answers where nobody says a type."""
    assert guessed_type(name) == expected


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({"type": "string"}, "Ada", {"const": "Ada"}),
        ({"type": "string"}, 7, {"const": "7"}),
        ({"type": "integer"}, 7, {"const": 7}),
        ({"type": "integer"}, "seven", {"type": "integer"}),
        ({"type": "boolean"}, False, {"const": False}),
        ({"type": "string"}, True, {"type": "string"}),
        ({"type": "string"}, None, {"type": "string"}),
        ({"type": "string", "enum": ["A"]}, "B", {"type": "string", "enum": ["A"]}),
    ],
)
def test_a_given_value_is_kept_where_it_has_the_type(schema, value, expected):
    """An ID is text in every answer; what does not fit is not forced in."""
    assert kept(schema, value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("x", {"const": "x"}), (3, {"const": 3}), (True, {"const": True}), ({"a": 1}, {"type": "string"})],
)
def test_without_a_schema_a_given_scalar_decides_the_type(value, expected):
    """The value is better known than the name."""
    assert guessed_leaf("name", value) == expected


def test_arguments_and_the_fields_of_input_objects_are_known_inside():
    """`(id: 7, input: {name: "Ada"}, first: 5)` speaks of id, name and five items."""
    known = Known().inside("user", {"id": 7, "input": {"name": "Ada"}, "first": 5}, most=3)

    assert (known.value("id"), known.value("name"), known.value("age"), known.size) == (7, "Ada", None, 3)


def test_what_stands_between_a_list_and_its_records_passes_on_what_is_known():
    """`users(role: ADMIN, first: 2) { edges { node { role } } }` speaks of the nodes."""
    edges = Known({"role": "ADMIN"}, 2).inside("edges", {}, most=9)

    assert (edges.inside("node", {}, most=9).value("role"), edges.size) == ("ADMIN", 2)


def test_a_mutation_passes_its_input_to_the_records_in_its_payload_and_no_deeper():
    """`createUser(input: {name: …}) { user { name friend { name } } }`: the friend is somebody else."""
    payload = Known(passes=2).inside("createUser", {"name": "Ada"}, most=9)

    user = payload.inside("user", {}, most=9)

    assert (user.value("name"), user.inside("friend", {}, most=9).value("name")) == ("Ada", None)


def test_a_list_that_is_given_is_known_inside_its_field():
    """`input: {items: [{sku: "a"}]}` speaks of each item."""
    assert Known({"items": [{"sku": "a"}]}).inside("items", {}, most=9).values == [{"sku": "a"}]


@pytest.mark.parametrize(
    ("known", "bounds"),
    [
        (Known(), {"minItems": 3}),
        (Known(is_listed=True), {"minItems": 1}),
        (Known(size=0), {"minItems": 0, "maxItems": 0}),
        (Known(size=5, is_listed=True), {"minItems": 5, "maxItems": 5}),
    ],
)
def test_a_list_is_as_long_as_is_known(known, bounds):
    """Lists in lists stay short, so that deep queries stay small."""
    assert list_schema({}, known) == {"type": "array", "items": {}, **bounds}


OUTLINE = Outline(
    {
        "Query": (
            Part("bob", "no_2_user", Outline({"User": (Part("n", "name"), Part("t", "__typename"))})),
            Part("schema", "", fixed={"x": 1}),
        )
    }
)


def test_an_answer_has_the_aliases_in_their_order():
    """What was generated for a field stands under each of its aliases."""
    assert OUTLINE.answer({"no_2_user": [{"name": "Bob"}]}) == {
        "bob": [{"n": "Bob", "t": "User"}],
        "schema": {"x": 1},
    }


@pytest.mark.parametrize(
    ("problem", "path"),
    [
        ("/no_2_user/0/name: is 3", ["bob", 0, "n"]),
        ("/no_2_user: is missing", ["bob"]),
        ("/no_2_user/0/__typename: is 3", ["bob", 0]),
        ("/other: is not expected", []),
        ("/: is no object", []),
        ("The answer is no JSON.", []),
    ],
)
def test_a_problem_is_told_at_its_path_in_the_answer(problem, path):
    """Clients know response keys, not ours."""
    assert OUTLINE.path(pointer_of(problem)) == path


def test_the_path_of_an_item_in_a_list_of_values_has_its_number():
    """["tags", 2]: there is nothing named inside."""
    outline = Outline({"User": (Part("tags", "tags"),)})

    assert outline.path(["tags", "2"]) == ["tags", 2]

"""GraphQL documents: what is generated for them and how it is answered, with a schema and without one.

Values come from the sampler alone here: no server, no backend.
"""

from itertools import count

import pytest
from graphql import execute_sync, get_introspection_query, parse
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_llmock.errors import RequestError, SettingsError
from pytest_llmock.mockapi.graphql.documents import prepared, schema_of
from pytest_llmock.mockapi.graphql.http import Asked
from pytest_llmock.shapes.parse import parse_json
from pytest_llmock.shapes.sample import compile_sampler

SDL = """
scalar DateTime
scalar JSON
scalar Odd
enum Role { ADMIN GUEST }
interface Node { id: ID! }
type User implements Node {
  id: ID!  name: String!  role: Role!  age: Int  score: Float  joined: DateTime  meta: JSON  odd: Odd
  active: Boolean!  tags: [String!]!  grid: [[Int!]!]  posts(first: Int = 2, tag: String): [Post!]!  best: Node
}
type Post implements Node { id: ID!  title: String!  author: User  likes: Int! }
type Page { edges: [Edge!]!  total: Int! }
type Edge { node: User! }
union Hit = User | Post
input NewItem { sku: String!  quantity: Int! }
input NewUser { name: String!  role: Role = GUEST  tags: [String!]  items: [NewItem!] }
type Item { sku: String!  quantity: Int!  id: ID! }
type Payload { user: User!  items: [Item!]!  ok: Boolean! }
type Query {
  user(id: ID!): User  users(first: Int, role: Role): [User!]!  page(first: Int, role: Role): Page!
  search(text: String): [Hit!]!  node(id: ID!): Node
}
type Mutation { createUser(input: NewUser!): Payload! }
type Subscription { users: User }
"""
SCHEMA = schema_of(SDL)


def answer(query, schema=None, *, operation="", seed=0, **variables):
    """What a perfect backend leads to."""
    found = prepared(Asked(query, operation, variables), schema, most_items=100)
    value = {} if found.shape is None else compile_sampler(dict(parse_json(found.shape).schema)).one(seed)
    return found.outline.answer(value)


def refusal(query, schema=None, **variables):
    with pytest.raises(RequestError) as caught:
        answer(query, schema, **variables)
    return caught.value


def keys(value):
    """The response keys alone; of a list, those that all its items have."""
    if isinstance(value, list):
        found = [keys(item) for item in value]
        assert all(each == found[0] for each in found)
        return found[0]
    return {key: keys(inner) for key, inner in value.items()} if isinstance(value, dict) else None


LEAF_NAMES = st.sampled_from(["name", "tags", "price", "isActive", "status", "x_1"])
NAMES = st.sampled_from(["user", "users", "edges", "node", "address", "no_2_user"])
ARGUMENTS = st.sampled_from(["", "(id: 1)", "(first: 2)", '(name: "Ada")', "(input: {price: 3})"])
LEAVES = st.tuples(st.just("field"), LEAF_NAMES, ARGUMENTS, st.just(()))


def _wider(inner):
    several = st.lists(inner, min_size=1, max_size=3)
    fields = st.tuples(st.just("field"), NAMES, ARGUMENTS, several)
    fragments = st.tuples(st.sampled_from(["...", "... on User", "... @include(if: true)"]), several)
    gone = st.tuples(st.sampled_from(["... @skip(if: true)", "... @include(if: false)"]), several)
    return st.one_of(fields, fragments, gone)


NODES = st.lists(st.recursive(LEAVES, _wider, max_leaves=8), min_size=1, max_size=3)


def written(nodes, numbers):
    """The selection as text, and the response keys that its answer has."""
    parts, expected = ["__typename"], {"__typename": None}
    for kind, *rest in nodes:
        text, inside = written(rest[-1], numbers)
        if kind == "field":
            alias, body = f"a{next(numbers)}", f"{{{text}}}" if rest[-1] else ""
            parts.append(f"{alias}: {rest[0]}{rest[1]} {body}")
            expected[alias] = inside if rest[-1] else None
        else:
            parts.append(f"{kind} {{{text}}}")
            expected |= {} if "skip" in kind or "false" in kind else inside
    return " ".join(parts), expected


@settings(max_examples=30)
@given(NODES, st.integers(0, 9))
def test_an_answer_has_just_the_response_keys_of_any_selection(nodes, seed):
    """Nothing is answered that was not selected, and all that was."""
    text, expected = written(nodes, count())

    data = answer(f"{{ {text} }}", seed=seed)

    assert keys(data) == expected


FIELDS = {
    "Query": {'user(id: "7")': "User", "users(first: 2)": "User", "users(role: ADMIN)": "User", "search": "Hit", "page(first: 2)": "Page", 'node(id: "3")': "Node"},
    "User": {"id": "", "name": "", "role": "", "age": "", "joined": "", "meta": "", "odd": "", "score": "", "active": "", "tags": "", "grid": "", "posts": "Post", "posts(first: 1)": "Post", "best": "Node"},
    "Post": {"id": "", "title": "", "likes": "", "author": "User"},
    "Page": {"edges": "Edge", "total": ""},
    "Edge": {"node": "User"},
}  # fmt: skip
ABSTRACT = ("Hit", "Node")


@st.composite
def typed_selections(draw, kind="Query", depth=4, numbers=None):
    """A selection of fields that the SDL has."""
    numbers = numbers or count()
    if kind in ABSTRACT:
        inner = [draw(typed_selections(each, depth, numbers)) for each in ("User", "Post")]
        return f"__typename ... on User {{ {inner[0]} }} ... on Post {{ {inner[1]} }}"
    possible = {name: of for name, of in FIELDS[kind].items() if depth or not of} or {"__typename": ""}
    parts = []
    for name in draw(st.lists(st.sampled_from([*possible]), min_size=1, max_size=3)):
        inside = (
            f"{{ {draw(typed_selections(possible[name], depth - 1, numbers))} }}" if possible[name] else ""
        )
        parts.append(f"a{next(numbers)}: {name} {inside}")
    return " ".join(parts)


@settings(max_examples=30)
@given(typed_selections(), st.integers(0, 9))
def test_graphql_core_itself_finds_nothing_missing_or_of_a_wrong_type(text, seed):
    """Its executor, which knows the types, leads from our answer to the same answer without an error."""
    query = f"{{ {text} }}"
    data = answer(query, SCHEMA, seed=seed)

    result = execute_sync(
        SCHEMA,
        parse(query),
        root_value=data,
        field_resolver=lambda source, info, **_: source[info.path.key],
        type_resolver=lambda source, *_: source["__typename"],
    )

    assert (result.errors, result.data) == (None, data)


@pytest.mark.parametrize("schema", [None, SCHEMA], ids=["without", "with a schema"])
def test_aliases_of_one_field_with_the_same_arguments_share_values(schema):
    """They are one field; with other arguments it is another."""
    data = answer(
        '{ a: user(id: "1") { x: name } b: user(id: "1") { name age } c: user(id: "2") { name } }', schema
    )

    assert data["a"]["x"] == data["b"]["name"] != data["c"]["name"]
    assert [*data["b"]] == ["name", "age"]


@pytest.mark.parametrize("schema", [None, SCHEMA], ids=["without", "with a schema"])
def test_named_fragments_variables_and_directives_are_obeyed(schema):
    """A condition may be a variable with a default."""
    query = """query Q($id: ID!, $old: Boolean = false) { user(id: $id) { ...U age @include(if: $old) } }
               fragment U on User { id ... on User { name @skip(if: $old) } }"""

    assert keys(answer(query.replace("...U", "...U ...U"), schema, id=7)) == {
        "user": {"id": None, "name": None}
    }
    assert answer(query, schema, id=7, old=True)["user"].keys() == {"id", "age"}


@pytest.mark.parametrize("schema", [None, SCHEMA], ids=["without", "with a schema"])
def test_arguments_are_kept_in_fields_of_the_same_name(schema):
    """The user with the id 7 has the id "7"; users by role have the role."""
    data = answer("{ user(id: 7) { id } users(role: ADMIN, first: 4) { role id } }", schema)

    assert data["user"] == {"id": "7"}
    assert [user["role"] for user in data["users"]] == ["ADMIN"] * 4


@pytest.mark.parametrize("schema", [None, SCHEMA], ids=["without", "with a schema"])
def test_the_records_of_a_page_are_as_many_and_as_the_arguments_say(schema):
    """`edges` and `node` stand between them."""
    data = answer("{ page(first: 5, role: GUEST) { edges { node { role } } } }", schema)

    assert data == {"page": {"edges": [{"node": {"role": "GUEST"}}] * 5}}


@pytest.mark.parametrize("schema", [None, SCHEMA], ids=["without", "with a schema"])
@pytest.mark.parametrize("items", [[{"sku": "a", "quantity": 2}, {"sku": "b", "quantity": 1}], []], ids=len)
def test_a_mutation_keeps_its_input_wherever_the_selection_has_it(schema, items):
    """In the payload, in the record inside it, and item by item in lists."""
    given = {"name": "Ada", "role": "ADMIN", "tags": ["x"], "items": items}
    query = """mutation M($input: NewUser!) { createUser(input: $input) {
                 user { id name role tags best { __typename } } items { id sku quantity } ok } }"""

    made = answer(query, schema, input=given)["createUser"]

    assert (made["user"]["name"], made["user"]["role"], made["user"]["tags"]) == ("Ada", "ADMIN", ["x"])
    assert [{name: each[name] for name in ("sku", "quantity")} for each in made["items"]] == items


def test_the_default_of_an_argument_in_the_schema_holds():
    """`posts(first: Int = 2)` without an argument has two."""
    assert len(answer('{ user(id: "1") { posts { id } } }', SCHEMA)["user"]["posts"]) == 2


def test_lists_are_no_longer_than_is_allowed():
    """MaxItems is for GraphQL too."""
    assert len(answer("{ users(first: 1000000) { id } }")["users"]) == 100


def test_without_a_schema_fragments_on_several_types_are_alternatives():
    """Each object is of one of them, and says which."""
    data = answer("{ hits(first: 30) { __typename ... on User { name } ... on Post { title } } }")["hits"]

    assert {hit["__typename"]: [*hit] for hit in data} == {
        "User": ["__typename", "name"],
        "Post": ["__typename", "title"],
    }


def test_a_fragment_around_fragments_is_for_all_of_them():
    """`... on Node { id ... on User { name } … }`: the inner types are the alternatives."""
    query = "{ hits(first: 30) { ... on Node { id ... on User { name } ... on Post { title } } } }"

    found = {tuple(hit) for hit in answer(query)["hits"]}

    assert found == {("id", "name"), ("id", "title")}


@pytest.mark.parametrize("schema", [None, SCHEMA], ids=["without", "with a schema"])
def test_the_type_of_an_object_is_said(schema):
    """By the schema, by the only fragment, or by the name of the field."""
    data = answer(
        '{ __typename user(id: "1") { __typename posts { t: __typename ...on Post { id } } } }', schema
    )

    assert (data["__typename"], data["user"]["__typename"], data["user"]["posts"][0]["t"]) == (
        "Query",
        "User",
        "Post",
    )


def test_types_of_which_nothing_is_selected_are_left_out():
    """`... on Post` in a search answers posts, not empty objects."""
    data = answer("{ search { ... on Post { title } } }", SCHEMA)

    assert all([*hit] == ["title"] for hit in data["search"])


def test_where_nothing_is_selected_of_any_type_objects_are_empty():
    """A fragment that was left out leaves nothing."""
    assert answer('{ node(id: "1") { ... @skip(if: true) { id } } }', SCHEMA) == {"node": {}}


def test_introspection_is_answered_from_the_schema():
    """With the query that tools send."""
    query = get_introspection_query()

    assert answer(query, SCHEMA) == execute_sync(SCHEMA, parse(query)).data


def test_introspection_stands_beside_what_is_generated():
    """`__type` is a field of the query like others."""
    assert answer('{ __type(name: "Role") { enumValues { name } } }', SCHEMA) == {
        "__type": {"enumValues": [{"name": "ADMIN"}, {"name": "GUEST"}]}
    }


def test_nothing_is_generated_where_nothing_is_left_to_generate():
    """`{ __typename }`, as health checks ask, needs no backend."""
    assert prepared(Asked("mutation { __typename }"), None, most_items=1).shape is None


def test_the_operation_is_the_one_that_is_named():
    """A document may have several."""
    query = "query A { a: name } query B { b: name }"

    assert answer(query, operation="B").keys() == {"b"}


DEEP = "{ a " * 21 + "}" * 21
WIDE = " ".join(f"a{number}" for number in range(601))
DOUBLING = "".join(f"fragment F{n} on A {{ a {{ ...F{n + 1} }} b {{ ...F{n + 1} }} }}" for n in range(15))
ALTERNATING = "id"
for _ in range(14):
    ALTERNATING = f"c {{ ... on A {{ x }} ... on B {{ y }} {ALTERNATING} }}"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ user ", "Syntax Error: Expected Name, found <EOF>."),
        ("{ user { } }", "Syntax Error: Expected Name, found '}'."),
        ("type A { a: Int }", "The 'A' definition is not executable."),
        ("fragment F on A { a }", "Fragment 'F' is never used."),
        ("{ ...F }", "Unknown fragment 'F'."),
        ("{ ...F } fragment F on A { ...F }", "Cannot spread fragment 'F' within itself."),
        ("query ($x: Int) { a }", "Variable '$x' is never used."),
        ("{ a(x: $x) }", "Variable '$x' is not defined."),
        ("{ a @live }", "Unknown directive '@live'."),
        ("{ a: b a: c }", "Fields 'a' conflict: they are other fields, or have other arguments. Use aliases."),
        ("{ a(x: 1) a(x: 2) }", "Fields 'a' conflict: they are other fields, or have other arguments. Use aliases."),
        ("{ a: b c: b { d } }", "Field 'b' is selected both with fields of its own and without."),
        ("{ a(x: 1e999) }", "An argument is no finite number."),
        ("{ __schema { types { name } } }", "There is no schema to look at: give one, mock_api.graphql_schema(sdl)."),
        ("query ($x: Int!) { a(x: $x) }", "Variable '$x' has invalid value: Expected a value of non-null type 'Int!' to be provided."),
        (DEEP, "The document is nested deeper than 20 levels. Flatten it."),
        (f"{{ {WIDE} }}", "The document selects more than 600 fields, fragments unfolded. Ask in parts."),
        (f"{{ a {{ ...F0 }} }} {DOUBLING} fragment F15 on A {{ id }}", "The document selects more than 600 fields, fragments unfolded. Ask in parts."),
        (f"{{ {ALTERNATING} }}", "The answer would have more than 2000 fields. Ask in parts."),
        ("{" + "a {" * 2000 + "b" + "}" * 2001, "Syntax Error: Document is nested too deeply. Parsing aborted."),
        ("query A { a } query B { b }", "The document must have one operation, or an operationName. It has: A, B."),
        ("subscription { a }", "Subscriptions are not answered: ask by a query, or for a stream at /api/mock/stream/…."),
    ],
)  # fmt: skip
def test_a_document_that_cannot_be_executed_says_why(query, message):
    """Bombs too, and at once."""
    error = refusal(query)

    assert (error.status, error.message) == (400, message)


def test_an_error_says_where_it_is():
    """As GraphQL says it: lines and columns from 1."""
    assert refusal("{ user(id: 1) { nam } }", SCHEMA).details["errors"] == [
        {
            "message": "Cannot query field 'nam' on type 'User'. Did you mean 'name'?",
            "locations": [{"line": 1, "column": 17}],
        }
    ]


@pytest.mark.parametrize(
    ("variables", "part"),
    [({"id": None}, "non-null"), ({}, "non-null"), ({"id": {"a": 1}}, "ID cannot represent")],
)
def test_variables_are_held_against_the_schema(variables, part):
    """The types of the operation are known without a schema as well."""
    for schema in (None, SCHEMA):
        assert part in refusal("query ($id: ID!) { user(id: $id) { id } }", schema, **variables).message


def test_an_interface_that_no_type_implements_has_no_objects():
    """The schema is right, and yet nothing can be answered."""
    schema = schema_of("interface Node { id: ID! } type Query { node: Node }")

    error = refusal("{ node { id } }", schema)

    assert error.message == "No type of the schema implements 'Node': there is nothing to answer."


def test_a_directive_with_a_null_is_refused():
    """What only the variables show is an error of the request too."""
    query = "query ($x: Boolean) { user(id: 1) { id @skip(if: $x) } }"

    assert "if" in refusal(query, None, x=None).message


def test_an_unknown_operation_is_named_with_the_known_ones():
    """The next step is to choose one of them."""
    with pytest.raises(RequestError, match="The document must have 'C'. It has: A."):
        answer("query A { a }", operation="C")


def test_a_get_may_not_change_anything():
    """GraphQL over HTTP forbids it."""
    with pytest.raises(RequestError, match="A mutation is sent by POST") as caught:
        prepared(Asked("mutation { a }", is_read_only=True), None, most_items=1)

    assert caught.value.status == 405


@pytest.mark.parametrize(
    ("sdl", "message"),
    [
        ("type Query { a: }", "The GraphQL schema cannot be used (line 1, column 17): Syntax Error: Expected Name, found '}'."),
        ("type Query { a: Nope }", "The GraphQL schema cannot be used: Unknown type 'Nope'."),
        ("type A { a: Int }", "The GraphQL schema cannot be used: Query root type must be provided."),
        (5, "The GraphQL schema cannot be used (line 1, column 1): Syntax Error: Unexpected Int '5'. Give SDL, type Query { … }, or a file as a pathlib.Path."),
        ("schema.graphql", "The GraphQL schema cannot be used (line 1, column 7): Syntax Error: Unexpected character: '.'. Give SDL, type Query { … }, or a file as a pathlib.Path."),
    ],
)  # fmt: skip
def test_a_schema_that_cannot_be_used_says_where_and_why(sdl, message):
    """At the call that gives it."""
    with pytest.raises(SettingsError) as caught:
        schema_of(sdl)

    assert caught.value.message.startswith(message)


def test_a_schema_may_come_from_a_file(tmp_path):
    """Where the real API keeps it."""
    file = tmp_path / "schema.graphql"
    file.write_text("type Query { name: String }", encoding="utf-8")

    assert answer("{ name }", schema_of(file)).keys() == {"name"}


def test_a_file_that_is_not_there_is_named(tmp_path):
    """With what the system says of it."""
    with pytest.raises(SettingsError, match=r"nothing\.graphql cannot be read"):
        schema_of(tmp_path / "nothing.graphql")

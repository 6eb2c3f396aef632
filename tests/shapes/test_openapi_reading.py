"""OpenAPI documents, read."""

import pytest

from pytest_llmock.errors import ShapeError, TooLargeError
from pytest_llmock.shapes.openapi import Operation, Parameter, read_openapi
from pytest_llmock.shapes.openapi.schemas import Schemas
from pytest_llmock.shapes.validate import problems

BOOK = {
    "type": "object",
    "required": ["id", "title", "secret"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "title": {"type": "string"},
        "secret": {"type": "string", "writeOnly": True},
        "parent": {"nullable": True, "allOf": [{"$ref": "#/components/schemas/Book"}]},
    },
}


def document(paths, version="3.0.3", **components):
    return {
        "openapi": version,
        "info": {"title": "Library", "version": "2"},
        "paths": paths,
        "components": components,
    }


def with_body(schema, version="3.0.3", **components):
    """A document with one operation that takes this schema, and answers with it."""
    content = {"content": {"application/json": {"schema": schema}}}
    operation = {"requestBody": content, "responses": {"200": content}}
    return document({"/x": {"post": operation}}, version, **components)


def schema_of(schema, version="3.0.3", **components):
    (operation,) = read_openapi(with_body(schema, version, **components)).operations
    return operation.body.json.schema


def test_operations_come_as_values():
    """Method, path, id, tags, parameters, body and responses."""
    paths = {
        "/books/{isbn}": {
            "get": {
                "operationId": "getBook",
                "summary": "One book",
                "tags": ["books"],
                "parameters": [
                    {"name": "isbn", "in": "path", "required": True, "schema": {"type": "string"}}
                ],
                "responses": {"default": {"description": "any"}},
            }
        },
        "x-note": "no path",
    }

    found = read_openapi(document(paths))

    assert (found.title, found.version) == ("Library", "2")
    (operation,) = found.operations
    assert (operation.method, operation.path, operation.id) == ("GET", "/books/{isbn}", "getBook")
    assert (operation.summary, operation.tags, operation.endpoint) == (
        "One book",
        ("books",),
        "GET /books/{isbn}",
    )
    assert operation.parameters == (
        Parameter("isbn", "path", {"type": "string"}, is_required=True, style="simple", explode=False),
    )
    assert (operation.body, operation.responses[0].status) == (None, "default")


def test_an_operation_s_parameter_takes_the_place_of_the_path_s():
    """By name and place; headers that are none are left out."""
    shared = [
        {"name": "limit", "in": "query", "schema": {"type": "integer"}},
        {"name": "Authorization", "in": "header", "schema": {"type": "string"}},
        {"$ref": "#/components/parameters/Page"},
    ]
    own = {"name": "limit", "in": "query", "required": True, "content": {"application/json": {"schema": {}}}}
    page = {"name": "page", "in": "query", "style": "deepObject", "explode": True}
    paths = {"/books": {"parameters": shared, "get": {"parameters": [own], "responses": {}}}}

    (operation,) = read_openapi(document(paths, parameters={"Page": page})).operations

    assert [(each.name, each.is_required, each.is_json, each.style) for each in operation.parameters] == [
        ("limit", True, True, "form"),
        ("page", False, False, "deepObject"),
    ]


def test_what_is_sent_and_what_is_answered_are_told_apart():
    """A request has nothing that is read only, an answer nothing that is write only."""
    (operation,) = read_openapi(
        with_body({"$ref": "#/components/schemas/Book"}, schemas={"Book": BOOK})
    ).operations
    sent, answered = operation.body.json.schema, operation.responses[0].contents[0].schema

    assert problems(sent, {"title": "Emma", "secret": "x", "parent": None}) == ()
    assert [problem.message for problem in problems(sent, {})] == [
        "has no 'title', which is required",
        "has no 'secret', which is required",
    ]
    assert problems(answered, {"id": 3, "title": "Emma"}) == ()


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "string", "nullable": True}, [None, "a"], [3]),
        ({"type": "integer", "minimum": 3, "exclusiveMinimum": True}, [4], [3]),
        ({"type": "integer", "minimum": 3, "exclusiveMinimum": False}, [3], [2]),
        ({"type": "integer", "format": "int32"}, [2**31 - 1, -(2**31)], [2**31]),
        ({"type": "integer", "format": "int64", "minimum": 0}, [2**62], [-1, 2**63]),
        ({"$ref": "#/components/schemas/Name"}, ["a"], [3, "abcd"]),
        ({"$ref": "#/components/schemas/Name", "nullable": True}, [None, "a"], [3]),
        ({"$ref": "#/components/schemas/Odd%20name~1x"}, [True], [3]),
        ({"$ref": "#/components/schemas/Tree/properties/name"}, ["a"], [3]),
        ({"$ref": "#/components/schemas/Tree"}, [{"kids": [{"kids": []}]}], [{"kids": [3]}]),
    ],
    ids=str,
)
def test_what_openapi_says_otherwise_is_translated(schema, good, bad):
    """Nullable, boolean bounds, formats of numbers, references."""
    schemas = {
        "Name": {"type": "string", "maxLength": 3},
        "Odd name/x": {"type": "boolean"},
        "Tree": {
            "type": "object",
            "properties": {
                "name": {"$ref": "#/components/schemas/Name"},
                "kids": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
            },
        },
    }

    found = schema_of(schema, schemas=schemas)

    assert [value for value in good if problems(found, value)] == []
    assert [value for value in bad if not problems(found, value)] == []


@pytest.mark.parametrize(("schema", "found"), [(True, {}), (False, {"not": {}})])
def test_3_1_has_schemas_that_are_true_or_false(schema, found):
    """As JSON Schema has."""
    assert schema_of(schema, "3.1.0") == found


def test_names_that_would_be_the_same_are_told_apart():
    """Two references never become one definition."""
    part = {"allOf": [{"$ref": "#/components/schemas/a b"}, {"$ref": "#/components/schemas/a.b"}]}

    found = schema_of(part, schemas={"a b": {"minimum": 3}, "a.b": {"maximum": 9}})

    assert found["$defs"] == {"a.b": {"minimum": 3}, "a.b_1": {"maximum": 9}}


def test_a_long_chain_of_references_is_followed():
    """However many schemas stand one behind the other."""
    schemas = {
        f"S{n}": {"type": "object", "properties": {"next": {"$ref": f"#/components/schemas/S{n + 1}"}}}
        for n in range(1500)
    }

    found = schema_of({"$ref": "#/components/schemas/S0"}, schemas={**schemas, "S1500": {"type": "string"}})

    assert len(found["$defs"]) == 1501


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"swagger": "2.0"}, "The document is Swagger 2.0; OpenAPI 3.0 and 3.1 can be read. Convert it, for example with swagger2openapi."),
        ({"openapi": "4.0"}, "The OpenAPI document says openapi: '4.0'. Versions 3.0 and 3.1 can be read."),
        ({}, "The OpenAPI document has no key `openapi`. Versions 3.0 and 3.1 can be read."),
        ({"openapi": "3.0.0", "x": object()}, "The OpenAPI document is not JSON: Object of type object is not JSON serializable."),
        (document({"users": {}}), "In the OpenAPI document the path 'users' has no slash before it."),
        (document({"/users": 3}), "In the OpenAPI document the path /users is '3': it must be an object."),
        (document({"/users": {"get": []}}), "In the OpenAPI document GET /users is '[]': it must be an object. It is read at #/paths/~1users/get."),
        (document({"/u": {"get": {"parameters": [{"name": "a", "in": "body"}]}}}), "In the OpenAPI document a parameter of GET /u has name 'a' and in 'body': it needs a name, and 'path', 'query', 'header' or 'cookie'. It is read at #/paths/~1u/get."),
        (document({"/u": {"$ref": "other.yaml#/u"}}), "The OpenAPI document refers to 'other.yaml#/u'. Only references inside it (#/…) are followed, nothing is fetched: bundle it into one file."),
        (with_body({"$ref": "https://a.example/s.json"}), "The OpenAPI document refers to 'https://a.example/s.json'. Only references inside it (#/…) are followed, nothing is fetched: bundle it into one file. It is read at #/paths/~1x/post."),
        (with_body({"$ref": "#/components/schemas/Nobody"}), "The OpenAPI document refers to '#/components/schemas/Nobody', which is not there. Add it, or correct the reference. It is read at #/paths/~1x/post."),
        (document({"/u": {"get": {"parameters": [{"$ref": "#/components/parameters/A"}]}}}, parameters={"A": {"$ref": "#/components/parameters/A"}}), "In the OpenAPI document a parameter of GET /u refers to itself. Let it refer to what is meant. It is read at #/paths/~1u/get."),
    ],
    ids=["swagger", "version", "nothing", "not JSON", "path", "item", "operation", "parameter", "file", "address", "nowhere", "circle"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(source, message):
    """With what is wrong, where, and what to do."""
    with pytest.raises(ShapeError) as caught:
        read_openapi(source)

    assert caught.value.message == message


@pytest.mark.parametrize("media_type", ["application/json\r\nX: y", "json", "text/ä", "a/b; c\n"])
def test_a_content_type_that_no_header_can_have_is_refused(media_type):
    """An answer could not be sent with it."""
    content = {"content": {media_type: {"schema": {}}}}

    with pytest.raises(ShapeError, match="the response 200 of GET /x has the content type .* which is none"):
        read_openapi(document({"/x": {"get": {"responses": {"200": content}}}}))


def _animal(kind, more):
    return {"type": "object", "required": ["kind"], "properties": {"kind": kind, more: {"type": "integer"}}}


@pytest.mark.parametrize("word", ["oneOf", "anyOf"])
@pytest.mark.parametrize(
    ("kinds", "mapping", "good", "bad"),
    [
        pytest.param([{}, {}], {}, {"kind": "Cat", "barks": "x"}, {"kind": "cat"}, id="names"),
        pytest.param(
            [{}, {}],
            {"c": "#/components/schemas/Cat", "d": "Dog"},
            {"kind": "c"},
            {"kind": "Cat"},
            id="mapping",
        ),
        pytest.param(
            [{"enum": ["Cat", "Dog"]}] * 2, {}, {"kind": "Dog", "purrs": "x"}, {"kind": "Cow"}, id="one enum"
        ),
        pytest.param([{"const": "c"}, {"const": "d"}], {}, {"kind": "d"}, {"kind": "Dog"}, id="own values"),
    ],
)
def test_a_discriminator_tells_alternatives_apart(word, kinds, mapping, good, bad):
    """Alternatives that allow more than they name would all fit, which `oneOf` refuses."""
    schemas = {"Cat": _animal(kinds[0], "purrs"), "Dog": _animal(kinds[1], "barks")}
    references = [{"$ref": f"#/components/schemas/{name}"} for name in schemas]
    source = {word: references, "discriminator": {"propertyName": "kind", "mapping": mapping}}

    found = schema_of(source, schemas=schemas)

    assert not problems(found, good)
    assert problems(found, bad)


def test_a_discriminator_is_found_in_what_alternatives_are_made_of():
    """As inheritance is written; one whose base has other values is left alone."""
    base = {"Pet": {"type": "object", "properties": {"kind": {"const": "pet"}}}}
    schemas = base | {"Cat": {"allOf": [{"$ref": "#/components/schemas/Pet"}]}}
    source = {"oneOf": [{"$ref": "#/components/schemas/Cat"}], "discriminator": {"propertyName": "kind"}}

    assert not problems(schema_of(source, schemas=schemas), {"kind": "pet"})


_PET = {
    "type": "object",
    "properties": {"kind": {"type": "string"}},
    "discriminator": {"propertyName": "kind"},
}
_BASE = {"$ref": "#/components/schemas/Pet"}
FAMILY = {
    "Pet": _PET,
    "Cat": {"allOf": [_BASE, {"properties": {"lives": {"type": "integer"}}, "required": ["lives"]}]},
    "Dog": {"allOf": [_BASE], "properties": {"friend": _BASE}},
    "Puppy": {"allOf": [{"$ref": "#/components/schemas/Dog"}]},
}


@pytest.mark.parametrize(
    ("value", "in_answer", "in_request"),
    [
        ({"kind": "Cat", "lives": 9}, True, True),
        ({"kind": "Cat"}, False, False),
        ({"kind": "Puppy", "friend": {"kind": "Cat", "lives": 1}}, True, True),
        ({"kind": "Puppy", "friend": {"kind": "Cat"}}, False, False),
        ({"kind": "Cow"}, False, False),
        ({"kind": "Pet"}, False, True),
    ],
    ids=repr,
)
def test_a_base_with_a_discriminator_stands_for_what_is_made_of_it(value, in_answer, in_request):
    """Inheritance without `oneOf`; who sends the base itself may mean it."""
    answer, request = (Schemas({"components": {"schemas": FAMILY}}, way) for way in ("response", "request"))

    assert (not problems(answer.portable(_BASE), value)) is in_answer
    assert (not problems(request.portable(_BASE), value)) is in_request


def test_an_heir_has_its_own_name():
    """In an answer, so that clients find the class of what they get; `mapping` says which it is."""
    mapped = {
        "propertyName": "kind",
        "mapping": {"tom": "Cat", "rex": "#/components/schemas/Dog", "no": "Cow"},
    }
    family = FAMILY | {"Pet": {**_PET, "discriminator": mapped}}
    cat = Schemas({"components": {"schemas": family}}, "response").portable(
        {"$ref": "#/components/schemas/Cat"}
    )

    assert not problems(cat, {"kind": "tom", "lives": 1})
    assert problems(cat, {"kind": "Cat", "lives": 1})


@pytest.mark.parametrize(
    "discriminator",
    [{}, {"propertyName": 3}, "kind", {"propertyName": "kind", "mapping": {"a": 7}}],
    ids=repr,
)
def test_a_strange_discriminator_changes_nothing_else(discriminator):
    """What is said beside it counts."""
    source = {"oneOf": [{"type": "integer"}, {"type": "string"}], "discriminator": discriminator}

    assert problems(schema_of(source), None)
    assert not problems(schema_of(source), "x")


def test_a_list_is_no_document():
    """Nor is any other value."""
    with pytest.raises(ShapeError, match="it begins with `openapi`, `info` and `paths`"):
        read_openapi([])


def test_a_document_may_not_be_too_deep():
    """Before anything is read."""
    deep = {}
    for _ in range(300):
        deep = {"x": deep}

    with pytest.raises(TooLargeError, match="The OpenAPI document is nested deeper than 200 levels"):
        read_openapi({"openapi": "3.0.0", "x": deep})


@pytest.mark.parametrize("name", ["listBooks", "GET /books", "get /books"])
def test_an_operation_is_found_by_its_id_or_endpoint(name):
    """However the method is written."""
    found = read_openapi(document({"/books": {"get": {"operationId": "listBooks"}}}))

    assert found.operation(name) == Operation("GET", "/books", "listBooks")


def test_an_unknown_operation_is_told_with_the_nearest():
    """Ids and endpoints are both looked at."""
    found = read_openapi(document({"/books": {"get": {"operationId": "listBooks"}}}))

    with pytest.raises(ShapeError) as caught:
        found.operation("listBook")

    assert (
        caught.value.message == "The OpenAPI document has no operation 'listBook'. Did you mean 'listBooks'?"
    )


@pytest.mark.parametrize(
    ("media_type", "is_json"),
    [
        ("application/json", True),
        ("application/json; charset=utf-8", True),
        ("application/vnd.api+json", True),
        ("*/*", True),
        ("text/plain", False),
        ("multipart/form-data", False),
    ],
)
def test_media_types_of_json_are_known(media_type, is_json):
    """Also the structured ones."""
    content = {"content": {media_type: {}}}
    (operation,) = read_openapi(document({"/x": {"put": {"requestBody": content}}})).operations

    assert (operation.body.json is not None) is is_json

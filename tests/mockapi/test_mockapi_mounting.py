"""Documents made ready to be mounted, and those that cannot be."""

import json

import pytest

from pytest_llmock.errors import ShapeError
from pytest_llmock.mockapi.mounting import mounted
from pytest_llmock.mockapi.mounts import Mounts

EMPTY = {"responses": {}}


def document(paths, **components):
    return {
        "openapi": "3.0.3",
        "info": {"title": "T", "version": "1"},
        "paths": paths,
        "components": components,
    }


def of(**operation):
    return document({"/x": {"get": {**EMPTY, **operation}}})


def returning(schema, status="200", **components):
    content = {"application/json": {"schema": schema}}
    return document(
        {"/x": {"get": {"responses": {status: {"description": "", "content": content}}}}}, **components
    )


CIRCLE = {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/components/schemas/A"}}}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"swagger": "2.0"}, "The document is Swagger 2.0; OpenAPI 3.0 and 3.1 can be read. Convert it, for example with swagger2openapi."),
        ({"hello": 1}, "The OpenAPI document has no key `openapi`. Versions 3.0 and 3.1 can be read."),
        ({"openapi": "3.0.0", "x": object()}, "The OpenAPI document is not JSON: Object of type object is not JSON serializable."),
        (document({}), "The OpenAPI document has no operations: they stand under `paths`."),
        (returning({"$ref": "https://a.example/s.json"}), "The OpenAPI document refers to 'https://a.example/s.json'. Only references inside it (#/…) are followed, nothing is fetched: bundle it into one file. It is read at #/paths/~1x/get."),
        (of(parameters=[{"$ref": "#/paths/~1x/get/parameters/0"}]), "In the OpenAPI document a parameter of GET /x refers to itself. Let it refer to what is meant. It is read at #/paths/~1x/get."),
        (document({"/x": {"get": {"operationId": "a", **EMPTY}, "put": {"operationId": "a", **EMPTY}}}), "In the OpenAPI document GET /x and PUT /x have the same operationId 'a': an id is one operation's, rename one."),
        (document({"/x/{id}": {"get": EMPTY}}), "GET /x/{id}: The path has {id}, and no path parameter is called so. Describe it."),
        (of(parameters=[{"name": "id", "in": "path"}]), "GET /x: A path parameter is called 'id', and the path has no {id}. Add it."),
        (returning({"type": "strng"}), "GET /x, response 200: The JSON Schema is not valid at /type: 'strng' is no type of JSON Schema. Did you mean 'string'?"),
        (returning(CIRCLE, A=0, schemas={"A": CIRCLE}), "GET /x, response 200: The JSON Schema never ends: what it asks for at /$defs/A contains itself. Make the property optional, allow null, or use a list that may be empty."),
        (returning({}, status="2000"), "GET /x has a response '2000': write a status such as '200', '4XX' or 'default'."),
        (document({"/x{a}{b}": {"get": {**EMPTY, "parameters": [{"name": name, "in": "path"} for name in "ab"]}}}), "GET /x{a}{b}: The path '/x{a}{b}' has nothing that divides two parameters: put text between them."),
    ],
    ids=["swagger", "no OpenAPI", "not JSON", "empty", "remote", "circle", "ids", "undescribed", "not in path", "type", "endless", "status", "side by side"],
)  # fmt: skip
def test_a_document_that_cannot_be_mounted_is_refused(source, message):
    """At once, with the place and what to do."""
    with pytest.raises(ShapeError) as caught:
        mounted(source)

    assert caught.value.message == message


@pytest.mark.parametrize("source", [[1], 5, None], ids=repr)
def test_what_is_neither_document_nor_path_is_refused(source):
    """With what it may be."""
    with pytest.raises(ShapeError, match="An OpenAPI document is a dict or the path of a file, not "):
        mounted(source)


@pytest.mark.parametrize("prefix", ["/a//b", "/{id}", "a?b"])
def test_a_prefix_is_plain_segments(prefix):
    """No template, no query."""
    with pytest.raises(ShapeError, match="is no path: write plain segments, such as '/petstore'"):
        mounted(of(), prefix=prefix)


def test_a_file_that_is_missing_is_named(tmp_path):
    """The message is that of the reader of files."""
    with pytest.raises(ShapeError, match="none.yaml cannot be read: No such file or directory"):
        mounted(tmp_path / "none.yaml")


def test_a_file_is_compiled_once_and_again_when_it_changes(tmp_path):
    """A suite that mounts it in each test pays once."""
    file = tmp_path / "x.json"
    file.write_text(json.dumps(of()))
    first, again = mounted(file), mounted(file)

    file.write_text(json.dumps(of(summary="Another")))

    assert again.compiled is first.compiled
    assert mounted(file).operations[0].summary == "Another"


def test_methods_that_the_server_answers_itself_are_left_out():
    """OPTIONS is no operation of a mock."""
    source = document({"/x": {"get": EMPTY, "options": EMPTY, "trace": EMPTY}})

    assert [each.endpoint for each in mounted(source).operations] == ["GET /x"]


def test_the_same_path_twice_in_one_document_is_refused():
    """Nobody could say which of the two is meant."""
    item = {"get": {**EMPTY, "parameters": [{"name": "a", "in": "path"}]}}
    other = {"put": {**EMPTY, "parameters": [{"name": "b", "in": "path"}]}}
    mounts = Mounts()

    with pytest.raises(ShapeError) as caught:
        mounts.mount(document({"/x/{a}": item, "/x/{b}": other}))

    assert (
        caught.value.message
        == "'T' has the paths /x/{a} and /x/{b}, which are the same: write their operations under one."
    )
    assert len(mounts) == 0


def test_the_narrower_of_two_templates_is_meant():
    """Text before a part of a segment, that before a whole one."""
    mounts = Mounts()
    parameters = [{"name": name, "in": "path"} for name in "ab"]
    mounts.mount(document({
        "/{a}/{b}": {"get": {**EMPTY, "parameters": parameters}},
        "/v-{a}/{b}": {"get": {**EMPTY, "parameters": parameters}},
        "/x/{b}": {"get": {**EMPTY, "parameters": parameters[1:]}},
    }))  # fmt: skip

    found = {path: mounts.taken("GET", path).operation.source.path for path in ("/x/1", "/v-2/1", "/y/1")}

    assert found == {"/x/1": "/x/{b}", "/v-2/1": "/v-{a}/{b}", "/y/1": "/{a}/{b}"}

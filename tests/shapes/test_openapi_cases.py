"""Contract cases from OpenAPI operations: whole requests."""

import json
from typing import Annotated, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from pytest_llmock.errors import ShapeError, TooLargeError
from pytest_llmock.shapes.openapi import read_openapi
from pytest_llmock.shapes.openapi.cases import openapi_cases

BOOK = {
    "type": "object",
    "required": ["title", "pages"],
    "properties": {
        "title": {"type": "string", "minLength": 1, "maxLength": 20},
        "pages": {"type": "integer", "minimum": 1},
    },
    "additionalProperties": False,
}


def parameter(name, location, schema, **more):
    return {"name": name, "in": location, "schema": schema, "required": location == "path", **more}


def document(**operation):
    """A document with one operation, POST /shelves/{shelf}."""
    path = {"post": {"responses": {}, **operation}}
    return {
        "openapi": "3.1.0",
        "paths": {"/shelves/{shelf}": path},
        "components": {"schemas": {"Book": BOOK}},
    }


def json_body(schema, media_type="application/json", *, required=True):
    return {"required": required, "content": {media_type: {"schema": schema}}}


SHELF = parameter("shelf", "path", {"type": "integer", "minimum": 1})
DOCUMENT = document(
    operationId="addBook",
    parameters=[
        SHELF,
        parameter("copies", "query", {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 9}, {"type": "null"}]}),
        parameter("genre", "query", {"type": "array", "items": {"enum": ["novel", "essay"]}, "maxItems": 3}, required=True),
        parameter("X-Tenant", "header", {"type": "string", "format": "uuid"}, required=True),
        parameter("draft", "cookie", {"type": ["boolean", "null"]}),
    ],
    requestBody=json_body({"$ref": "#/components/schemas/Book"}),
)  # fmt: skip


class Book(BaseModel, extra="forbid"):
    title: str = Field(min_length=1, max_length=20)
    pages: int = Field(ge=1)


class Request(BaseModel):
    shelf: int = Field(ge=1)
    copies: Annotated[int, Field(ge=1, le=9)] | None = None
    genre: list[Literal["novel", "essay"]] = Field(max_length=3, min_length=1)
    tenant: UUID
    draft: bool | None = None


async def add_book(request):
    """The API of the document, as its author would write it."""
    said = {
        **request.path_params,
        **({"copies": request.query_params["copies"]} if "copies" in request.query_params else {}),
        "genre": request.query_params.getlist("genre"),
        "tenant": request.headers.get("X-Tenant"),
        "draft": request.cookies.get("draft"),
    }
    try:
        TypeAdapter(Request).validate_python(said)
        Book.model_validate_json(await request.body())
    except ValidationError as error:
        return Response(str(error), status_code=422)
    return Response(status_code=201)


CLIENT = TestClient(Starlette(routes=[Route("/shelves/{shelf}", add_book, methods=["POST"])]))


@pytest.mark.parametrize("case", openapi_cases(DOCUMENT, edge=60, invalid=80), ids=lambda case: case.id)
def test_an_api_that_keeps_its_document_passes_every_case(case):
    """What is sent arrives as it is meant: parameters as text, the body as JSON or what is not."""
    answer = CLIENT.request(**case.request)

    assert answer.status_code == (201 if case.is_valid else 422), answer.text


@pytest.mark.parametrize(
    "rule",
    [
        "path shelf: at minimum 1",
        "path shelf: below minimum 1",
        "path shelf: text instead of integer",
        "query copies: above maximum 9",
        "query copies: left out",
        "query genre: missing",
        "query genre: more than 3 items",
        "query genre/0: none of the allowed values",
        "query: only required fields",
        "header X-Tenant: missing",
        "header X-Tenant: not a valid uuid",
        "header X-Tenant: uuid, all zeros",
        "cookie draft: left out",
        "/title: longer than 20 characters",
        "/pages: text instead of integer",
        "body: missing",
        "body: not JSON, cut off",
    ],
)
def test_every_part_of_a_request_has_its_cases(rule):
    """Path, query, header, cookie and body."""
    cases = openapi_cases(DOCUMENT, valid=0, edge=200, invalid=200)

    assert rule in {case.rule for case in cases}


@pytest.mark.parametrize(
    "words", ["path: ", "request", "path shelf: missing", "X-Tenant: integer", "genre: text", "null"], ids=str
)
def test_what_cannot_be_sent_as_text_is_not_tried(words):
    """No null, no number in place of text, no request without its path."""
    cases = openapi_cases(DOCUMENT, valid=0, edge=200, invalid=200)

    rules = [case.rule for case in cases if not case.rule.startswith(("/", "body"))]

    assert [rule for rule in rules if words in rule] == []


def test_each_rule_has_one_case():
    """More would say nothing new."""
    rules = [case.rule for case in openapi_cases(DOCUMENT, valid=0, edge=500, invalid=500)]

    assert len(set(rules)) == len(rules)


def test_names_are_different_over_all_operations():
    """Also where two paths differ in their brackets only."""
    paths = {
        "/a/{b}": {"parameters": [parameter("b", "path", {"type": "integer"})], "get": {}},
        "/a/b": {"get": {}},
    }

    ids = [case.id for case in openapi_cases({"openapi": "3.0.0", "paths": paths}, valid=1)]

    assert {"get-a-b-valid-typical", "get-a-b-valid-typical-2"} <= {*ids}
    assert len(set(ids)) == len(ids)


def test_an_operation_that_takes_nothing_has_one_valid_case():
    """There is nothing to get wrong."""
    cases = openapi_cases({"openapi": "3.0.0", "paths": {"/ping": {"get": {}}}})

    assert [(case.kind, case.request["url"], case.body) for case in cases] == [("valid", "/ping", b"")]


def test_one_operation_can_be_chosen():
    """By endpoint or operationId, from a document that was read before."""
    found = read_openapi(DOCUMENT)

    assert (
        openapi_cases(found, "addBook")
        == openapi_cases(found, "POST /shelves/{shelf}")
        == openapi_cases(found)
    )


def test_a_document_may_be_a_file(tmp_path):
    """JSON or YAML."""
    file = tmp_path / "api.json"
    file.write_text(json.dumps(DOCUMENT), encoding="utf-8")

    assert openapi_cases(file) == openapi_cases(str(file)) == openapi_cases(DOCUMENT)


def test_an_operation_with_a_body_that_is_not_json_is_left_out_or_refused():
    """Left out among all, refused when it is asked for."""
    upload = document(operationId="upload", requestBody=json_body({}, "multipart/form-data"))

    assert openapi_cases(upload) == []
    with pytest.raises(ShapeError) as caught:
        openapi_cases(upload, "upload")
    assert (
        caught.value.message
        == "The body of POST /shelves/{shelf} is not JSON; there are cases for JSON only."
    )


@pytest.mark.parametrize(
    ("media_type", "header"),
    [("application/merge-patch+json", "application/merge-patch+json"), ("*/*", "application/json")],
)
def test_the_body_s_type_is_the_document_s(media_type, header):
    """Where it says one."""
    source = document(parameters=[SHELF], requestBody=json_body({"type": "integer"}, media_type))  # fmt: skip

    case = openapi_cases(source, valid=1, edge=0, invalid=0)[0]

    assert case.request["headers"]["Content-Type"] == header


def test_an_optional_body_may_be_left_out():
    """At the edge of what is valid."""
    body = json_body({"type": "object", "properties": {"a": {"type": "integer"}}}, required=False)

    cases = openapi_cases({"openapi": "3.0.0", "paths": {"/x": {"put": {"requestBody": body}}}})

    assert [case.body for case in cases if case.rule == "body: left out"] == [b""]


@pytest.mark.parametrize(
    ("schema", "error", "message"),
    [
        ({"type": "integer", "minimum": 3, "maximum": 1}, ShapeError, "POST /shelves/{shelf}: "),
        (
            {"enum": [*range(6000)]},
            TooLargeError,
            "The schema of POST /shelves/{shelf} holds more than 5,000 values.",
        ),
    ],
    ids=["contradiction", "size"],
)
def test_a_schema_that_cannot_be_names_its_operation(schema, error, message):
    """Nothing satisfies it, or it is too large."""
    with pytest.raises(error) as caught:
        openapi_cases(document(parameters=[SHELF], requestBody=json_body(schema)))

    assert caught.value.message.startswith(message)


def test_a_path_needs_its_parameters():
    """Nobody knows what stands in place of the brackets."""
    with pytest.raises(ShapeError) as caught:
        openapi_cases(document())

    assert caught.value.message == (
        "POST /shelves/{shelf}: The path has {shelf}, and no path parameter is called so. Describe it."
    )


def test_a_document_without_operations_has_no_cases():
    """An empty list would test nothing, and nobody would see it."""
    with pytest.raises(ShapeError) as caught:
        openapi_cases({"openapi": "3.1.0", "webhooks": {}})

    assert caught.value.message == "The OpenAPI document has no operations: they stand under `paths`."


@pytest.mark.parametrize("schema", [{}, {"title": "Shelf"}, True], ids=repr)
def test_a_parameter_of_which_nothing_is_said_is_text(schema):
    """Frameworks write an argument without a type so."""
    cases = openapi_cases(document(parameters=[parameter("shelf", "path", schema)]), valid=3)

    assert [case.path for case in cases if case.kind == "valid"] == [case.path for case in cases[:3]]
    assert len({case.path for case in cases[:3]}) == 3


def test_parameters_that_can_never_be_sent_are_told():
    """A path that is empty is another path."""
    source = document(parameters=[parameter("shelf", "path", {"const": ""})])

    with pytest.raises(ShapeError) as caught:
        openapi_cases(source)

    assert caught.value.message == (
        "POST /shelves/{shelf}: No request was found whose parameters can be sent as text. Simplify their schemas."
    )

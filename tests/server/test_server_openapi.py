"""Mounted OpenAPI documents over HTTP."""

import json

import httpx
import pytest

from pytest_llmock.config import load_settings
from pytest_llmock.errors import SettingsError, ShapeError

PET = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "integer"}, "name": {"type": "string", "minLength": 1}},
}
ONE = {
    "description": "the pet",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
}


def document(paths=None, title="Pets"):
    pets = {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 50}}
    own_id = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    problem = {"type": "object", "required": ["code"], "properties": {"code": {"const": "missing"}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1"},
        "paths": paths
        or {
            "/pets": {
                "get": {"summary": "All the pets", "parameters": [limit], "responses": {"200": {"description": "", "content": {"application/json": {"schema": pets}}}}},
                "post": {
                    "requestBody": {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}},
                    "responses": {"201": {**ONE, "content": {"application/json": {**ONE["content"]["application/json"], "examples": {"rex": {"value": {"id": 1, "name": "Rex"}}, "none": {"value": {}}}}}}},
                },
            },
            "/pets/{id}": {
                "parameters": [own_id],
                "get": {"responses": {"404": {"description": "", "content": {"application/json": {"schema": problem}}}, "2XX": ONE}},
                "delete": {"responses": {"204": {"description": "gone"}}},
            },
            "/pets/mine": {"get": {"responses": {"default": {**ONE, "headers": {"X-Left": {"required": True, "schema": {"type": "integer", "minimum": 3, "maximum": 3}}}}}}},
        },
        "components": {"schemas": {"Pet": PET}},
    }  # fmt: skip


def answering(content, **operation):
    """A document with the one operation GET /x, and this content in its answer."""
    return document(
        {"/x": {"get": {"responses": {"200": {"description": "", "content": content}}, **operation}}}
    )


@pytest.fixture
def api(mock_api):
    """The mock API with the pets mounted."""
    mock_api.mount_openapi(document())
    return mock_api


@pytest.mark.parametrize("root", ["", "/openapi"])
def test_an_operation_answers_as_it_is_described(api, root):
    """At its own path, and below the root of mounted documents."""
    answer = api.get(f"{root}/pets/7")

    assert (answer.status_code, answer.json()["id"]) == (200, 7)
    assert answer.headers["x-llmock-operation"] == "GET /pets/{id}"


@pytest.mark.parametrize(
    ("query", "length"), [("", 3), ("?limit=5", 5), ("?count=2", 2), ("?limit=1&count=4", 4)]
)
def test_lists_have_as_many_records_as_are_asked_for(api, query, length):
    """By the word to us, by the operation's own parameter, or a few."""
    pets = api.get(f"/pets{query}").json()

    assert [pet["id"] for pet in pets] == [*range(1, length + 1)]


@pytest.mark.parametrize(
    ("method", "path", "sent", "problem"),
    [
        ("GET", "/pets/abc", {}, ("/path/id", "is 'abc', which is not of type integer")),
        ("GET", "/pets?limit=99", {}, ("/query/limit", "is 99, more than 50")),
        ("GET", "/pets?limit=1&limit=2", {}, ("/query/limit", "is a list of 2, which is not of type integer")),
        ("POST", "/pets", {"json": {"id": 1}}, ("/body", "has no 'name', which is required")),
        ("POST", "/pets", {"json": {"id": 1, "name": ""}}, ("/body/name", "has 0 characters, fewer than 1")),
        ("POST", "/pets", {}, ("", "has no 'body', which is required")),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_place(api, method, path, sent, problem):
    """422 names the operation, a pointer into the request, and what would be right."""
    error = api.request(method, path, **sent).json()["error"]

    assert error["code"] == 422
    assert [(each["pointer"], each["message"]) for each in error["details"]["problems"]] == [problem]
    assert (
        error["message"]
        == f"The request does not fit {error['details']['operation']}: {problem[0] or 'it'} {problem[1]}."
    )


def test_several_problems_are_told_at_once(api):
    """Whoever corrects a request need not send it again for each."""
    error = api.post("/pets", json={"id": "x"}).json()["error"]

    assert error["message"].endswith("There is 1 more in `details`.")
    assert [each["rule"] for each in error["details"]["problems"]] == ["required", "type"]


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "/openapi/pet/7", 404, "No operation of 'Pets' is at /pet/7. Did you mean '/pets/7'?"),
        ("GET", "/openapi", 404, "No operation of 'Pets' is at /. Known: /pets, /pets/mine, /pets/{id}."),
        ("PUT", "/pets/7", 405, "/pets/{id} takes GET, DELETE, HEAD, OPTIONS, not PUT."),
    ],
)  # fmt: skip
def test_what_is_not_described_names_what_is(api, method, path, status, message):
    """Unknown paths below the root, and methods anywhere."""
    error = api.request(method, path).json()["error"]

    assert (error["code"], error["message"]) == (status, message)


def test_a_wrong_method_has_the_right_ones_in_its_header(api):
    """As HTTP has it."""
    assert api.post("/pets/7").headers["allow"] == "GET, DELETE, HEAD, OPTIONS"


def test_other_paths_are_as_free_as_before(api):
    """Only below /openapi is the document all there is."""
    assert api.get("/dogs").status_code == 200


def test_without_a_document_its_root_is_empty(mock_api):
    """The error says how one is mounted."""
    error = mock_api.get("/openapi/pets").json()["error"]

    assert error["code"] == 404
    assert error["message"].startswith(
        "No OpenAPI document is mounted, so nothing is at /openapi/pets. Mount one:"
    )


def test_a_body_of_another_type_is_refused(api):
    """415 says what is taken."""
    error = api.post("/pets", content=b"<pet/>", headers={"Content-Type": "text/xml"}).json()["error"]

    assert error["code"] == 415
    assert (
        error["message"]
        == "POST /pets takes no text/xml: send its body as application/json, and say so in Content-Type."
    )


def test_a_status_without_a_body_has_none(api):
    """No backend is asked for nothing."""
    answer = api.delete("/pets/7")

    assert (answer.status_code, answer.content, answer.headers["x-llmock-source"]) == (204, b"", "scripted")


def test_a_path_without_parameters_comes_first(api):
    """/pets/mine is no id; the headers that its answer must have are there."""
    answer = api.get("/pets/mine")

    assert (answer.headers["x-llmock-operation"], answer.headers["x-left"]) == ("GET /pets/mine", "3")


def test_head_is_get_without_its_body(api):
    """Of a path that has GET."""
    assert (api.head("/pets/7").status_code, api.head("/pets/7").content) == (200, b"")


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"params": {"example": "true"}}, {"id": 1, "name": "Rex"}),
        ({"params": {"example": "rex"}}, {"id": 1, "name": "Rex"}),
        ({"headers": {"Prefer": "example=rex"}}, {"id": 1, "name": "Rex"}),
        ({"headers": {"Prefer": "return=minimal; example"}}, {"id": 1, "name": "Rex"}),
        ({"params": {"example": "false"}}, {"id": 5, "name": "Bo"}),
        ({}, {"id": 5, "name": "Bo"}),
    ],
)
def test_an_example_answers_where_it_is_preferred(api, sent, expected):
    """By query or by header; else the answer is made, of what was sent."""
    assert api.post("/pets", json={"id": 5, "name": "Bo"}, **sent).json() == expected


def test_examples_may_be_what_a_document_always_answers(mock_api):
    """By the mount; a request may still say no."""
    mock_api.mount_openapi(document(), examples=True)

    assert mock_api.post("/pets", json={"id": 5, "name": "Bo"}).json()["name"] == "Rex"
    assert mock_api.post("/pets?example=false", json={"id": 5, "name": "Bo"}).json()["name"] == "Bo"


def test_an_example_that_is_not_valid_is_not_used(api):
    """The answer is made, and a warning says so."""
    answer = api.post("/pets?example=none", json={"id": 5, "name": "Bo"})

    assert answer.json()["name"] == "Bo"
    assert (
        answer.headers["x-llmock-warning"]
        == "The example of the answer 201 is not valid (has no 'id', which is required): it was made up."
    )


def test_an_example_that_is_not_there_is_told(api):
    """By a warning where any would do, by an error where one was named."""
    assert "no example of the answer 2XX" in api.get("/pets/7?example=true").headers["x-llmock-warning"]
    assert (
        "no example 'max' of this answer. Known: none, rex."
        in api.post("/pets?example=max", json={"id": 5, "name": "Bo"}).text
    )


def test_another_answer_may_be_preferred(api):
    """By its status; the body is valid for that answer."""
    answer = api.get("/pets/7", headers={"Prefer": "code=404"})

    assert (answer.status_code, answer.json()) == (404, {"code": "missing"})
    assert answer.headers["preference-applied"] == "code=404"


@pytest.mark.parametrize(("path", "code", "status"), [("/pets/7", "206", 206), ("/pets/mine", "418", 418), ("/pets/7", "2XX", 200), ("/pets/7", "500", 422), ("/pets/7", "x", 422)])  # fmt: skip
def test_ranges_and_defaults_are_answers_too(api, path, code, status):
    """A status that no answer has is a 422."""
    assert api.get(path, headers={"Prefer": f"code={code}"}).status_code == status


def test_the_backend_sees_the_request_and_the_operation(api, llmock):
    """Path, query and body as they came, and the summary as instructions."""
    api.get("/openapi/pets?limit=2&colour=red")

    made = llmock.calls[-1].prompt.generation
    assert (made.method, made.path, made.query, made.count) == (
        "GET",
        "/pets",
        (("limit", "2"), ("colour", "red")),
        2,
    )
    assert made.instructions == "This is the operation GET /pets: All the pets"


def test_the_body_is_data_except_for_our_directives(api, llmock):
    """Keys that begin with $ are words to us, and never reach the schema."""
    api.post("/pets", json={"id": 5, "name": "Bo", "shape": {}, "$cache": 2})

    assert llmock.calls[-1].prompt.generation.body == {"id": 5, "name": "Bo", "shape": {}}
    assert len(llmock.cache.keys) == 1


def test_a_shape_of_the_clients_is_left_out(api):
    """The document says the form of the answer."""
    answer = api.get('/pets/7?shape={"a":0}')

    assert answer.json()["id"] == 7
    assert (
        answer.headers["x-llmock-warning"]
        == "The form of the answer is what the OpenAPI document says: the shape was left out."
    )


@pytest.mark.parametrize(("path", "message"), [("/pets/7?count=2", "count is 2, and the answer of GET /pets/{id} has no list: leave it out."), ("/lots?count=9", "count is 9, and the list of GET /lots has from 1 to 2 items.")])  # fmt: skip
def test_a_count_that_the_document_forbids_is_refused(api, path, message):
    """The answer could not be valid."""
    schema = {"type": "array", "items": PET, "minItems": 1, "maxItems": 2}
    api.mount_openapi(
        document(
            {
                "/lots": {
                    "get": {
                        "responses": {
                            "200": {"description": "", "content": {"application/json": {"schema": schema}}}
                        }
                    }
                }
            },
            "Lots",
        )
    )

    assert api.get(path).json()["error"]["message"] == message
    assert len(api.get("/lots").json()) == 2


def test_a_parameter_of_the_operation_is_no_word_to_us(mock_api, llmock):
    """`error` and `count` are this operation's own, and `n` is still ours."""
    own = [
        {"name": name, "in": "query", "schema": {"type": "string"}}
        for name in ("error", "count", "shape", "backend")
    ]
    mock_api.mount_openapi(answering({"application/json": {"schema": PET}}, parameters=own))

    answer = mock_api.get("/x?error=503&count=many&shape=round&backend=nobody&n=2")

    assert (answer.status_code, len(answer.json())) == (200, 2)
    assert dict(llmock.calls[-1].prompt.generation.query).keys() == {"error", "count", "shape", "backend"}


def test_errors_delays_and_variants_work_as_elsewhere(api, llmock):
    """What is asked for in query and headers is not the document's affair."""
    assert api.get("/pets?error=503").status_code == 503
    assert len(api.get("/pets?n=2").json()) == 2
    assert api.get("/pets", headers={"X-LLM-Backend": "synthetic"}).headers["x-llmock-backend"] == "synthetic"


def test_a_route_answers_before_a_document(api):
    """Whatever the document thinks of the request."""
    api.route("GET", "/pets/{id}").respond(418)
    api.route("GET", "/openapi/dogs").respond(json="dog")

    assert api.get("/pets/abc").status_code == 418
    assert api.get("/openapi/dogs").json() == "dog"


def test_a_route_may_give_an_operation_another_shape(api):
    """The request is checked still."""
    api.route("GET", "/pets/{id}").shape({"id": 0, "dog": "a|b"})
    api.route("DELETE", "/pets/{id}").shape({"gone": True})

    assert api.get("/pets/7").json().keys() == {"id", "dog"}
    assert (api.delete("/pets/7").status_code, [*api.delete("/pets/7").json()]) == (200, ["gone"])
    assert api.get("/pets/abc").status_code == 422


def test_an_operation_can_be_streamed(api):
    """At the streaming form of its path."""
    answer = api.get("/stream/openapi/pets?limit=2&sseMode=ArrayItems")

    items = [
        json.loads(line[6:])["item"]["id"] for line in answer.text.splitlines() if line.startswith("data: ")
    ]
    assert items == [1, 2]


def test_a_mount_may_stream_to_whoever_accepts_events(mock_api):
    """Others get JSON."""
    mock_api.mount_openapi(document(), streaming=True)

    events = mock_api.get("/pets", headers={"Accept": "text/event-stream"})

    assert events.headers["content-type"] == "text/event-stream"
    assert mock_api.get("/pets").headers["content-type"] == "application/json"


def test_an_operation_that_has_only_events_answers_with_them(mock_api):
    """The document says so."""
    mock_api.mount_openapi(answering({"text/event-stream": {"schema": PET}}))

    assert mock_api.get("/x").headers["content-type"] == "text/event-stream"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"text/csv": {}}, "text/csv"),
        ({"text/*": {"schema": {"type": "string"}}}, "text/plain"),
        ({"application/xml": {"schema": PET}}, "application/xml"),
        ({"application/xml": {"schema": {"type": ["string", "null"]}}}, "application/xml"),
        ({"application/problem+json": {"schema": PET}, "text/plain": {}}, "application/problem+json"),
        ({"*/*": {}}, "application/json"),
    ],
    ids=["csv", "any text", "xml", "xml text", "kind of JSON", "anything"],
)
def test_the_content_type_is_the_documents(mock_api, content, kind):
    """What is no JSON is text."""
    mock_api.mount_openapi(answering(content))

    answer = mock_api.get("/x")

    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert "json" in kind or not answer.text.startswith('"')


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "application/json"),
        ("text/html", "text/html"),
        ("text/*, image/png", "text/html"),
        ("text/html, application/*;q=0.1", "application/json"),
        ("text/html, application/json;q=0", "text/html"),
        ("*/*", "application/json"),
        ("image/png", "application/json"),
    ],
)
def test_of_several_contents_the_one_is_given_that_the_client_takes(mock_api, accept, kind):
    """JSON where it takes that, or takes none of them."""
    contents = {"text/html": {}, "application/json": {}, "*/*": {}}
    answer = {"description": "", "content": contents}
    mock_api.mount_openapi(document({"/page": {"get": {"responses": {"4XX": answer}}}}))

    got = mock_api.get("/page", headers={"Accept": accept, "Prefer": "code=418"})

    assert (got.status_code, got.headers["content-type"]) == (418, kind)


def test_a_client_that_takes_events_gets_those_of_the_document(mock_api):
    """An operation that answers both ways needs no second path."""
    contents = {"application/json": {}, "text/event-stream": {}}
    answer = {"description": "", "content": contents}
    mock_api.mount_openapi(document({"/feed": {"get": {"responses": {"200": answer}}}}))

    kinds = [mock_api.get("/feed", headers={"Accept": kind}).headers["content-type"] for kind in contents]

    assert kinds == [*contents]


def test_json_that_a_page_sends_as_a_blob_is_a_field(mock_api):
    """It has the name of a file then, which nobody gave it."""
    schema = {"properties": {"meta": {"type": "object", "properties": {"n": {"type": "integer"}}}}}
    body = {"content": {"multipart/form-data": {"schema": schema}}}
    mock_api.mount_openapi(document({"/up": {"post": {"requestBody": body, "responses": {"200": ONE}}}}))

    def status(name, text):
        return mock_api.post("/up", files={"meta": (name, text, "application/json")}).status_code

    assert [status("blob", '{"n": 1}'), status("blob", '{"n": "x"}'), status("m.json", "{}")] == [
        200,
        422,
        422,
    ]


def test_a_parameter_that_may_be_empty_may_be_a_word_alone(mock_api):
    """`?all`, as `allowEmptyValue` has it."""
    flags = [{"name": name, "in": "query", "schema": {"type": "boolean"}} for name in ("all", "some")]
    flags[0]["allowEmptyValue"] = True
    mock_api.mount_openapi(document({"/x": {"get": {"parameters": flags, "responses": {"200": ONE}}}}))

    assert [mock_api.get(f"/x?{name}").status_code for name in ("all", "all=x", "some")] == [200, 422, 422]


def test_variants_of_a_text_are_a_list(mock_api):
    """A list of texts is JSON, and says so."""
    mock_api.mount_openapi(answering({"text/plain": {}}))

    answer = mock_api.get("/x?n=2")

    assert (answer.headers["content-type"], len(answer.json())) == ("application/json", 2)


@pytest.mark.parametrize("content", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_forms_are_read_by_their_schema(mock_api, llmock, content):
    """Numbers are numbers, a single item of a list is a list, an object is JSON, a file is there."""
    schema = {
        "type": "object",
        "required": ["age", "tags", "home"],
        "properties": {"age": {"type": "integer"}, "tags": {"type": "array", "items": {"type": "string"}}, "home": {"type": "object"}},
    }  # fmt: skip
    paths = {"/x": {"post": {"requestBody": {"content": {content: {"schema": schema}}}, "responses": {}}}}
    mock_api.mount_openapi(document(paths))
    fields = {"age": "7", "tags": "a", "home": '{"town": "Rome"}'}
    files = {"photo": b"x"} if content.startswith("multipart") else None

    assert mock_api.post("/x", data=fields, files=files).status_code == 200
    assert mock_api.post("/x", data={**fields, "$error": "418"}, files=files).status_code == 418
    error = mock_api.post("/x", data={**fields, "age": "old", "home": "x"}, files=files).json()["error"]
    assert [each["pointer"] for each in error["details"]["problems"]] == ["/body/age", "/body/home"]


def test_headers_and_cookies_are_checked(mock_api):
    """Header names have no case; what is required and missing is told."""
    own = [
        {"name": "X-Page", "in": "header", "required": True, "schema": {"type": "integer"}},
        {"name": "mode", "in": "cookie", "schema": {"enum": ["dark"]}},
    ]
    mock_api.mount_openapi(answering({}, parameters=own))

    assert mock_api.get("/x", headers={"x-page": "1", "Cookie": "a=b; mode=dark"}).status_code == 200
    error = mock_api.get("/x", headers={"Cookie": "mode=light"}).json()["error"]
    assert [each["pointer"] for each in error["details"]["problems"]] == ["/header", "/cookie/mode"]


def test_a_body_without_a_type_is_the_first_that_is_taken(api):
    """JSON stands before all others."""
    assert api.post("/pets", content=b'{"id": 1, "name": "Bo"}').status_code == 201
    assert api.post("/pets", content=b"[1]").status_code == 422


def test_several_files_of_one_name_are_a_list(mock_api):
    """What is in them nobody looks at."""
    schema = {
        "type": "object",
        "properties": {
            "photos": {"type": "array", "minItems": 2, "items": {"type": "string", "format": "binary"}}
        },
    }
    paths = {
        "/x": {
            "post": {"requestBody": {"content": {"multipart/form-data": {"schema": schema}}}, "responses": {}}
        }
    }
    mock_api.mount_openapi(document(paths))
    photos = [("photos", (name, b"x")) for name in ("a.png", "b.png", "c.png")]

    assert mock_api.post("/x", files=photos).status_code == 200
    assert mock_api.post("/x", files=photos[:1]).status_code == 422


def test_examples_elsewhere_are_none(mock_api):
    """Nothing is fetched; the example of the schema stands in."""
    schema = {**PET, "example": {"id": 3, "name": "Max"}}
    mock_api.mount_openapi(
        answering(
            {
                "application/json": {
                    "schema": schema,
                    "examples": {"a": {"externalValue": "https://x.example"}},
                }
            }
        )
    )

    assert mock_api.get("/x?example=true").json() == {"id": 3, "name": "Max"}


def test_other_bodies_are_not_looked_into(mock_api):
    """A picture is a picture."""
    paths = {
        "/x": {
            "post": {
                "requestBody": {"required": True, "content": {"image/*": {"schema": {"type": "string"}}}},
                "responses": {"202": {"description": ""}},
            }
        }
    }
    mock_api.mount_openapi(document(paths))

    assert mock_api.post("/x", content=b"\xff\x00", headers={"Content-Type": "image/png"}).status_code == 202
    assert mock_api.post("/x").status_code == 422


def test_a_body_that_nobody_asks_for_is_ignored(api):
    """As most services do."""
    assert api.request("GET", "/pets/7", content=b"{").status_code == 200


def test_two_documents_live_side_by_side(mock_api):
    """Each below its prefix."""
    cats, dogs = (
        mock_api.mount_openapi(document(), prefix="/cats/"),
        mock_api.mount_openapi(document(), prefix="dogs"),
    )

    assert (cats.path, dogs.path) == ("/openapi/cats", "/openapi/dogs")
    assert [mock_api.get(path).status_code for path in ("/cats/pets/1", "/openapi/dogs/pets/1")] == [200, 200]


def test_two_documents_with_one_path_are_refused(mock_api):
    """Whatever they call its parameters; the first one stays."""
    mock_api.mount_openapi(document())
    own_id = {"name": "petId", "in": "path", "required": True, "schema": {}}
    other = document({"/pets/{petId}": {"get": {"parameters": [own_id], "responses": {}}}}, "Others")

    with pytest.raises(ShapeError) as caught:
        mock_api.mount_openapi(other)

    assert caught.value.message == (
        "The path /pets/{petId} of 'Others' is one of 'Pets' already: mount one of the two documents with another prefix."
    )
    assert mock_api.get("/pets/7").status_code == 200


def test_a_mount_ends_with_its_test(opened):
    """The next session knows nothing of it."""
    first, second = opened(), opened()
    first.mounts.mount(document())

    assert [httpx.get(f"{each.url}/api/mock/openapi/pets").status_code for each in (first, second)] == [
        200,
        404,
    ]


def specs(tmp_path, **entry):
    (tmp_path / "pets.json").write_text(json.dumps(document()))
    return {"OpenApiSpecs": [{"Name": "pets", "Source": str(tmp_path / "pets.json"), **entry}]}


@pytest.mark.parametrize(
    ("entry", "path", "status"),
    [
        ({}, "/openapi/pets", 200),
        ({"BasePath": "/shop"}, "/openapi/shop/pets", 200),
        ({"IncludePaths": ["/pets/*"]}, "/openapi/pets/7", 200),
        ({"IncludePaths": ["/pets"]}, "/openapi/pets/7", 404),
        ({"ExcludePaths": ["/pets/{id}"]}, "/openapi/pets/7", 404),
        ({"ContextName": "shop"}, "/openapi/pets", 200),
    ],
    ids=["plain", "base path", "below", "itself", "excluded", "context"],
)
def test_settings_mount_documents(opened, tmp_path, entry, path, status):
    """For every test, with the filters of the entry."""
    session = opened(settings=specs(tmp_path, **entry))

    assert httpx.get(f"{session.url}/api/mock{path}").status_code == status


@pytest.mark.parametrize("entry", [{"ExcludePaths": ["/pets/*"]}, {"IncludeTags": ["dogs"]}])
def test_filters_that_leave_nothing_are_an_error(opened, tmp_path, entry):
    """A word in them is wrong, and would be noticed late."""
    with pytest.raises(SettingsError, match=r"OpenApiSpecs\[0\] 'pets': No operation is left by IncludeTags"):
        opened(settings=specs(tmp_path, **entry))


def test_a_source_is_a_file_beside_the_settings(runtime, tmp_path):
    """Not in whatever folder the run began."""
    from pytest_llmock.choice import Choice

    specs(tmp_path)
    (tmp_path / "llmock.json").write_text(
        json.dumps({"OpenApiSpecs": [{"Name": "pets", "Source": "pets.json"}]})
    )

    session = runtime.open(load_settings(tmp_path, environ={}), Choice(test="t"))

    assert [mount.title for mount in session.mounts] == ["Pets"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("https://pets.example/v1.json", "Its Source is the address 'https://pets.example/v1.json', and nothing is fetched: save the document, and name its file."),
        ("none.json", "cannot be read: No such file or directory. Name the file of the document."),
    ],
)  # fmt: skip
def test_a_source_that_cannot_be_read_is_an_error_of_the_settings(opened, tmp_path, source, message):
    """It names the entry."""
    with pytest.raises(SettingsError) as caught:
        opened(settings={"OpenApiSpecs": [{"Name": "pets", "Source": source}]})

    assert caught.value.message.startswith("OpenApiSpecs[0] 'pets': ")
    assert caught.value.message.endswith(message)

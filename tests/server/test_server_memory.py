"""Contexts, AutoShape and the header with the shape, over HTTP."""

import json

import httpx
import pytest

USER = {"id": 0, "name": "string"}


@pytest.fixture
def seen(llmock):
    """A backend that answers with the context that it was given, and a name."""
    contexts = []

    def answer(prompt):
        contexts.append(prompt.generation.context)
        return {"id": 7, "name": f"Ann {len(contexts)}"}

    llmock.backends.add("seen", answer)
    return contexts


def test_a_context_tells_what_was_before(mock_api, seen):
    """The next request's backend reads it."""
    mock_api.post("/users?backend=seen&context=shop", json={"name": "Ann"})
    mock_api.get("/users/7?backend=seen&context=SHOP")

    assert seen[0] == ""
    assert '{"user":{"id":7,"name":"Ann 1"}}' in seen[1]


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({"params": {"context": "shop"}}, id="query"),
        pytest.param({"json": {"$context": "shop"}}, id="body"),
        pytest.param({"json": {"shape": {"$context": "shop", **USER}}}, id="shape"),
    ],
)
def test_a_context_is_named_in_query_body_or_shape(llmock, mock_api, sent):
    """It is no data in any of them."""
    mock_api.post("/users", **sent)

    assert [*llmock.contexts] == ["shop"]
    assert "shop" not in llmock.contexts["shop"].calls[0].line()


def test_a_body_field_named_context_is_data(llmock, mock_api):
    """Only `$context` is a word to us."""
    assert mock_api.post("/users", json={"context": "home"}).json()["context"] == "home"
    assert [*llmock.contexts] == []


def test_a_route_names_the_context_in_its_shape(llmock, mock_api):
    """As a request does."""
    mock_api.route("GET", "/users").shape({"$context": "shop", **USER})

    mock_api.get("/users")

    assert [*llmock.contexts] == ["shop"]


@pytest.mark.parametrize("mode", ["LlmTokens", "CompleteObjects", "ArrayItems"])
def test_streams_read_and_tell(llmock, mock_api, mode):
    """In each form."""
    params = {"context": "shop", "sseMode": mode, "shape": json.dumps([USER])}
    mock_api.post("/users?context=shop", json={"name": "Ann", "shape": USER})

    answer = mock_api.get("/stream/users", params=params)

    assert "Ann" in answer.text
    assert [call.path for call in llmock.contexts["shop"].calls] == ["/users", "/users"]


def test_a_stream_that_is_asked_again_as_a_whole_is_kept(llmock, mock_api):
    """The answer that was sent is the one that is known."""
    answers = iter(["no JSON", '{"id": 3}'])
    llmock.backends.add("second", lambda prompt: next(answers))

    mock_api.get('/stream/users?backend=second&context=shop&sseMode=CompleteObjects&shape={"id":0}')

    assert ("user", "3") in llmock.contexts["shop"].known


def test_of_several_answers_the_first_is_known(llmock, mock_api):
    """It is the one that the request gets alone."""
    users = mock_api.post("/users?n=3&context=shop", json={"shape": USER}).json()

    assert [each.fields for each in llmock.contexts["shop"].known.values()] == users[:1]


def test_failed_requests_are_not_known(llmock, mock_api):
    """Nor errors that were asked for."""
    llmock.backends.add("prose", lambda prompt: "no")

    mock_api.get("/users?context=shop&error=404")
    mock_api.get("/users?context=shop&backend=prose")

    assert [*llmock.contexts] == []


def test_a_reset_forgets(llmock, mock_api):
    """In Python and over HTTP."""
    mock_api.get("/users/1?context=shop&autoshape=true")
    llmock.reset()

    assert (len(llmock.contexts), len(llmock.shapes)) == (0, 0)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"json": {"id": 7, "name": "Ann"}}, id="JSON"),
        pytest.param(
            {"content": b'{"id": 7, "name": "Ann"}', "headers": {"Content-Type": "application/hal+json"}},
            id="a kind of JSON",
        ),
    ],
)
def test_what_a_route_answers_is_kept_in_the_context(mock_api, seen, answer):
    """Backends read it as they read their own answers."""
    mock_api.route("POST", "/users").respond(201, **answer)

    mock_api.post("/users?context=shop")
    mock_api.get("/users/7?backend=seen&context=shop")

    assert '{"user":{"id":7,"name":"Ann"}}' in seen[0]


def test_a_route_that_deletes_makes_the_context_forget(llmock, mock_api):
    """It answers with nothing, and the thing is gone."""
    mock_api.route("DELETE", "/users/7").respond(204)
    mock_api.get("/users/7?context=shop")
    assert [*llmock.contexts["shop"].known] == [("user", "7")]

    mock_api.delete("/users/7?context=shop")

    assert [*llmock.contexts["shop"].known] == []


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"text": "Ann"}, id="text"),
        pytest.param({"content": b"{", "headers": {"Content-Type": "application/json"}}, id="broken"),
        pytest.param({"status": 404, "json": {"id": 1}}, id="an error"),
    ],
)
def test_what_is_no_answer_of_json_is_not_kept(llmock, mock_api, answer):
    """A context is made of JSON answers."""
    mock_api.route("GET", "/users").respond(**answer)

    mock_api.get("/users?context=shop&autoshape=true")

    assert (len(llmock.contexts), len(llmock.shapes)) == (0, 0)


def test_a_path_keeps_the_shape_that_its_route_answered_in(mock_api):
    """So that a backend goes on in it when the route has taken its requests."""
    mock_api.route("GET", "/users/{id}").respond(json={"id": 1, "nick": "ann"}).times(1)

    first, second = (mock_api.get(f"/users/{number}?autoshape=true").json() for number in (1, 2))

    assert first.keys() == second.keys()
    assert second != first


def test_an_example_of_a_document_is_kept_in_the_context(llmock, mock_api):
    """As any answer."""
    answer = {"description": "", "content": {"application/json": {"example": {"id": 7, "name": "Rex"}}}}
    paths = {"/pets/7": {"get": {"responses": {"200": answer}}}}
    mock_api.mount_openapi({"openapi": "3.1.0", "info": {}, "paths": paths}, examples=True)

    mock_api.get("/pets/7?context=shop")

    assert [*llmock.contexts["shop"].known] == [("pet", "7")]


def test_a_context_that_is_no_name_is_422(mock_api):
    """And says what is one."""
    answer = mock_api.post("/users", json={"$context": 7})

    assert answer.status_code == 422
    assert answer.json()["error"]["message"] == "$context is '7': give a name of at most 100 characters."


def test_contexts_are_listed_shown_and_deleted(llmock, mock_api):
    """By the control API."""
    url = f"{llmock.url}/llmock/contexts"
    mock_api.delete("/users/7", params={"context": "Shop 1"})

    listed, shown = httpx.get(url).json(), httpx.get(f"{url}/shop%201").json()
    deleted, gone = httpx.delete(f"{url}/shop%201").json(), httpx.get(f"{url}/shop%201")

    assert listed == {"contexts": [{"name": "Shop 1", "calls": 1, "known": 0}]}
    answered = {"method": "DELETE", "path": "/users/7", "body": "", "answer": '{"deleted":true,"id":7}'}
    assert (shown["name"], shown["calls"], shown["known"]) == ("Shop 1", [answered], [])
    assert (deleted, gone.status_code) == ({"deleted": 1}, 404)


def test_a_request_that_somebody_else_answered_is_added(llmock):
    """So that a context can begin with what a test needs."""
    url = f"{llmock.url}/llmock/contexts"
    sent = {"method": "post", "path": "/users", "answer": {"id": 7, "name": "Ann"}}

    added = httpx.post(f"{url}/shop", json=sent).json()
    cleared = httpx.delete(url).json()

    assert added["known"] == [{"user": {"id": 7, "name": "Ann"}}]
    assert (cleared, len(llmock.contexts)) == ({"deleted": 1}, 0)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"path": "/a"}, "This is no request with its answer. Send {"),
        ({"path": "a", "answer": 1}, "This is no request with its answer. Send {"),
        (
            {"path": "/a", "answer": 1, "anser": 2},
            "This is no request with its answer. It has 'anser'. Send {",
        ),
        (7, "This is no request with its answer. Send {"),
    ],
)
def test_what_is_no_request_with_an_answer_is_422(llmock, sent, said):
    """The message shows one."""
    answer = httpx.post(f"{llmock.url}/llmock/contexts/shop", json=sent)

    assert answer.status_code == 422
    assert answer.json()["error"]["message"].startswith(said)


@pytest.mark.llmock(config={"EnableAutoShape": True})
def test_a_path_keeps_the_shape_of_its_first_answer(llmock, mock_api):
    """Whatever its id is."""
    first = mock_api.post("/users/1", json={"shape": {"id": 0, "nick": "string"}}).json()

    second = mock_api.post("/users/2").json()

    assert first.keys() == second.keys()
    assert "nick" in mock_api.post("/users/3?count=2").json()[0]


def test_auto_shape_is_asked_for_by_a_request(mock_api):
    """It is off unless somebody wants it."""
    mock_api.get('/a/1?autoshape=true&shape={"nick":"string"}')

    assert mock_api.get("/a/2?autoshape=true").json().keys() == {"nick"}
    assert mock_api.get("/a/2").json().keys() != {"nick"}


@pytest.mark.llmock(config={"EnableAutoShape": True})
def test_a_shape_is_renewed_or_left_alone(mock_api):
    """By a request that says so."""
    mock_api.get('/a/1?shape={"nick":"string"}')

    assert mock_api.get("/a/1?autoshape=false").json().keys() != {"nick"}
    mock_api.get('/a/1?renewshape=true&shape={"id":0}')
    assert mock_api.get("/a/1").json().keys() == {"id"}


def test_a_shape_is_told_in_a_header(mock_api):
    """In ASCII, whatever is in it."""
    told = mock_api.post("/x?includeSchema=true", json={"shape": {"naïve\n": "a|b"}})

    assert told.headers["x-response-schema"] == '{"na\\u00efve\\n":"a|b"}'
    assert "x-response-schema" not in mock_api.get("/x?includeSchema=true").headers


@pytest.mark.llmock(config={"IncludeShapeInResponse": True})
def test_a_setting_tells_every_shape(mock_api):
    """Unless the request does not want it."""
    shape = {"shape": '{"id":0}'}

    assert mock_api.get("/stream/x", params=shape).headers["x-response-schema"] == '{"id":0}'
    assert "x-response-schema" not in mock_api.get("/x?includeSchema=0", params=None).headers


def test_a_long_shape_is_not_told(mock_api):
    """Headers have a limit, and the warning says so."""
    shape = {f"field{number}": "string" for number in range(400)}

    answer = mock_api.post("/x?includeSchema=true", json={"shape": shape})

    assert "x-response-schema" not in answer.headers
    assert answer.headers["x-llmock-warning"].endswith("X-Response-Schema is left out (4,000 fit).")


@pytest.mark.parametrize("word", ["autoshape", "renewshape", "includeSchema", "autoChunk"])
def test_a_switch_is_true_or_false(mock_api, word):
    """Anything else is a 422 that names it."""
    answer = mock_api.get(f"/x?{word}=maybe")

    assert answer.json()["error"]["message"] == f"{word} is 'maybe': give true or false."


def test_words_that_contradict_each_other_are_422(mock_api):
    """Nobody knows what is meant."""
    answer = mock_api.get("/x?renewshape=true&autoshape=false")

    assert answer.status_code == 422
    assert "leave one of them out" in answer.json()["error"]["message"]

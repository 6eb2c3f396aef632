"""The mock REST API over HTTP: what users of LLMockApi send, and what nobody should."""

import json
import tracemalloc

import httpx
import pytest

RECORD = {"id": 0, "name": "string", "email": "string"}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/users", "/users/7/orders", "/", "", "/a%20b/é"])
def test_any_method_and_path_is_answered_with_json(mock_api, method, path):
    """There is no route to declare first."""
    answer = mock_api.request(method, path)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() is not None


def test_head_has_headers_and_no_body(mock_api):
    """HEAD is GET without its body."""
    answer = mock_api.head("/users")

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["x-llmock-backend"] == "synthetic"


def test_head_is_as_long_as_get(mock_api):
    """The header speaks of the body that GET would have."""
    assert mock_api.head("/users").headers["content-length"] == str(len(mock_api.get("/users").content))


def test_a_header_in_utf_8_is_read_as_such(mock_api):
    """Most clients send what they have, whatever the standard says."""
    shape = '{"s": "caf\u00e9|caf\u00e9s"}'

    answer = mock_api.get("/x", headers={"X-Response-Shape": shape.encode()})

    assert answer.json()["s"] in ("caf\u00e9", "caf\u00e9s")


@pytest.mark.parametrize(
    ("body", "warning"),
    [
        ({"$chace": 3, "shape": RECORD}, "'$chace' has no effect. Did you mean '$cache'?"),
        ({"shape": {"$eror": 404, **RECORD}}, "'$eror' has no effect. Did you mean '$error'?"),
        ({"$type": "Ns.User", "shape": RECORD}, None),
    ],
    ids=["body", "shape", "of others"],
)
def test_a_directive_that_is_none_is_told(mock_api, body, warning):
    """A slip is not lost without a word; what other libraries write is no slip."""
    assert mock_api.post("/users", json=body).headers.get("x-llmock-warning") == warning


def test_options_names_the_methods(mock_api):
    """No backend is asked what may be asked."""
    answer = mock_api.options("/users")

    assert answer.status_code == 204
    assert "PATCH" in answer.headers["allow"]


@pytest.mark.parametrize(
    "request_of",
    [
        pytest.param(lambda shape: {"json": {"count": 2, "shape": shape}}, id="body"),
        pytest.param(lambda shape: {"params": {"count": 2, "shape": json.dumps(shape)}}, id="query"),
        pytest.param(
            lambda shape: {"params": {"count": 2}, "headers": {"X-Response-Shape": json.dumps(shape)}},
            id="header",
        ),
        pytest.param(lambda shape: {"data": {"count": "2", "shape": json.dumps(shape)}}, id="form"),
        pytest.param(
            lambda shape: {"data": {"count": "2", "shape": json.dumps(shape)}, "files": {"f": b"x"}},
            id="multipart",
        ),
    ],
)
def test_shape_and_count_come_in_every_form(mock_api, request_of):
    """Body, query, header and forms say the same."""
    answer = mock_api.post("/users", **request_of({"users": [RECORD]}))

    users = answer.json()["users"]
    assert [user.keys() for user in users] == [RECORD.keys()] * 2


@pytest.mark.parametrize(
    ("shape", "count", "read"),
    [
        pytest.param({"users": [RECORD], "total": 0}, 4, lambda body: body["users"], id="wrapped"),
        pytest.param([RECORD], 4, lambda body: body, id="bare list"),
        pytest.param(RECORD, 4, lambda body: body, id="record"),
        pytest.param({"type": "array", "items": {"type": "integer"}}, 4, lambda body: body, id="schema"),
        pytest.param([RECORD], 0, lambda body: body, id="none"),
    ],
)
def test_the_count_is_the_number_of_records(mock_api, shape, count, read):
    """Wherever the list is, it has as many items as were asked for."""
    body = mock_api.post("/things", json={"count": count, "shape": shape}).json()

    assert len(read(body)) == count


def test_a_count_above_max_items_is_capped_with_a_warning(mock_api):
    """The client is told that it did not get what it asked for."""
    answer = mock_api.get("/users", params={"count": 1_000_000_000, "shape": '[{"id":0}]'})

    assert len(answer.json()) == 1000
    assert answer.headers["x-llmock-warning"] == "count 1000000000 is above MaxItems and was capped at 1000."


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        pytest.param({"params": {"count": "-1"}}, 422, "count is '-1'", id="negative count"),
        pytest.param({"params": {"count": "1.5"}}, 422, "count is '1.5'", id="broken count"),
        pytest.param({"params": {"count": "x"}}, 422, "count is 'x'", id="no count"),
        pytest.param({"params": {"shape": "{oops"}}, 422, "shape", id="shape is no JSON"),
        pytest.param(
            {"content": b"{oops", "headers": {"content-type": "application/json"}},
            400,
            "request body",
            id="body is no JSON",
        ),
        pytest.param({"params": {"timeout": "-1"}}, 400, "timeout is '-1'", id="timeout"),
        pytest.param({"params": {"backend": "a\r\nX: y"}}, 400, "backend name", id="CRLF in a name"),
        pytest.param(
            {"json": {"shape": {"type": "object", "properties": {"a": {"type": "strin"}}}}},
            422,
            "",
            id="no schema",
        ),
        pytest.param(
            {"json": {"shape": {"$ref": "http://127.0.0.1:9/s.json", "type": "object", "properties": {}}}},
            422,
            "",
            id="remote reference",
        ),
    ],
)
def test_bad_input_is_refused_and_the_server_goes_on(mock_api, sent, status, said):
    """The error names what is wrong, in the mock API's form."""
    answer = mock_api.post("/users", **sent)

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, status)
    assert said in error["message"]
    assert mock_api.get("/users").status_code == 200


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param('{"a":' * 100_000 + "0" + "}" * 100_000, id="100,000 deep"),
        pytest.param("[" * 100_000, id="100,000 brackets"),
        pytest.param('{"a":' * 1_000 + "0" + "}" * 1_000, id="1,000 deep"),
        pytest.param("{" + ",".join(f'"k{number}":0' for number in range(300_000)) + "}", id="300,000 wide"),
    ],
)
def test_a_monstrous_shape_is_refused(mock_api, shape):
    """Neither depth nor width brings the server down."""
    answer = mock_api.post("/x", content=f'{{"shape":{shape}}}', headers={"content-type": "application/json"})

    assert answer.status_code in (400, 413, 422)
    assert answer.json()["error"]["message"]
    assert mock_api.get("/users").status_code == 200


def test_a_body_of_100_megabytes_is_413(mock_api):
    """It is refused while it comes in."""
    answer = mock_api.post("/x", content=(b"x" * 1_000_000 for _ in range(100)))

    assert answer.status_code == 413


@pytest.mark.llmock(strict=False)
def test_a_warning_that_quotes_the_client_is_one_line_of_latin_1(mock_api):
    """Whatever a name holds, the header that repeats it is a header."""
    answer = mock_api.get("/x", params={"backend": "nobody \u00e9 \U0001f600"})

    assert answer.status_code == 200
    assert answer.headers["x-llmock-warning"].startswith("Backend 'nobody \u00e9 ?' is not configured.")


@pytest.mark.parametrize("shape", [{"name": "string"}, None])
def test_the_same_request_has_the_same_bytes(mock_api, shape):
    """Nothing but seed and request decides."""
    one, other = (mock_api.post("/users/3", json={"shape": shape, "a": 1}) for _ in range(2))

    assert one.content == other.content


def test_temperature_and_tokens_of_the_query_reach_the_backend(llmock, mock_api):
    """What a client says about sampling is for the model."""
    llmock.backends.add("echo", lambda prompt: [prompt.sampling.temperature, prompt.sampling.max_tokens])

    answer = mock_api.get("/x?backend=echo&temperature=0.3&maxTokens=50")

    assert answer.json() == [0.3, 50]


def test_an_answer_cut_off_at_the_token_limit_is_never_repaired(llmock, mock_api):
    """A 502 shows every attempt."""
    from pytest_llmock.llm import Choice, Completion

    cut = Completion((Choice('{"users": [{"id": 1}]}', finish_reason="length"),))
    llmock.backends.add("short", lambda prompt: cut)

    answer = mock_api.post("/x?backend=short", json={"shape": {"users": [{"id": 0}]}})

    assert answer.status_code == 502
    assert len(answer.json()["error"]["details"]["attempts"]) == 3
    assert answer.headers["x-llmock-attempts"] == "3"


def test_max_correction_attempts_is_a_setting(opened):
    """Zero means that the first answer counts."""
    session = opened(settings={"MaxCorrectionAttempts": 0})
    session.backends.add("prose", lambda prompt: "no")

    answer = httpx.post(f"{session.url}/api/mock/x?backend=prose", json={"shape": {"id": 0}})

    assert len(answer.json()["error"]["details"]["attempts"]) == 1


def test_the_log_says_who_was_chosen(mock_api, caplog):
    """The lines that LLMockApi's documents quote, on our logger."""
    caplog.set_level("INFO", logger="pytest_llmock")

    mock_api.get("/x", headers={"X-LLM-Backend": "SYNTHETIC"})
    mock_api.get("/x")

    assert [record.getMessage() for record in caplog.records] == [
        "Using requested backend: synthetic (synthetic, in process)",
        "Selected backend: synthetic (synthetic, in process)",
    ]


class _Upload:
    """A multipart form of one file of so many megabytes, made while it is sent."""

    def __init__(self, megabytes):
        self.megabytes = megabytes

    def __iter__(self):
        yield b'--b\r\nContent-Disposition: form-data; name="f"; filename="f.bin"\r\n\r\n'
        for _ in range(self.megabytes):
            yield b"x" * 1_000_000
        yield b"\r\n--b--"


UPLOAD = {"content-type": "multipart/form-data; boundary=b"}


def test_a_large_file_is_read_while_it_comes_in(llmock, mock_api):
    """Its bytes are held by nobody; the backend and the journal see what it is."""
    llmock.backends.add("echo", lambda prompt: prompt.generation.body)
    about = {"field": "f", "filename": "f.bin", "contentType": "application/octet-stream", "size": 20_000_000}

    tracemalloc.start()
    answer = mock_api.post("/x?backend=echo", content=_Upload(20), headers=UPLOAD)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert answer.json() == {"fields": {}, "files": [about]}
    assert llmock.calls[0].request.json == answer.json()
    assert peak < 8_000_000


def test_a_large_form_that_is_broken_is_400_with_its_place(mock_api):
    """A route that does not read it answers all the same."""
    mock_api.route("PUT", "/x").respond(201)
    broken = b"nonsense" * 200_000

    refused = mock_api.post("/x", content=broken, headers=UPLOAD)

    assert (refused.status_code, mock_api.put("/x", content=broken, headers=UPLOAD).status_code) == (400, 201)
    assert "at byte 0 (part 0)" in refused.json()["error"]["message"]

"""Whatever a client sends to an LLM API: an answer, or that provider's own refusal, and soon."""

import json

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from junk import places, replaced

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
FUNCTION = {"name": "f", "description": "d", "parameters": SCHEMA, "strict": True}
TOOL = {"type": "function", "function": FUNCTION}
CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}}
CHAT = {
    "model": "m",
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "t"}, IMAGE]},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "1", "content": "r"},
    ],
    "tools": [TOOL],
    "tool_choice": {"type": "function", "function": {"name": "f"}},
    "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}},
    "stream": True,
    "stream_options": {"include_usage": True},
    "logprobs": True,
    "top_logprobs": 2,
    "stop": ["a"],
    "logit_bias": {"1": 2},
    "store": True,
    "metadata": {"a": "b"},
    "temperature": 1,
    "max_tokens": 9,
}
RESPONSE = {
    "model": "m",
    "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "t"}]},
        {"type": "function_call", "call_id": "1", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "1", "output": "r"},
        {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "s"}]},
    ],
    "tools": [{"type": "function", **FUNCTION}],
    "text": {"format": {"type": "json_schema", "name": "n", "schema": SCHEMA}},
    "reasoning": {"effort": "low", "summary": "auto"},
    "include": ["message.output_text.logprobs"],
    "stream": True,
    "metadata": {"a": "b"},
    "max_output_tokens": 20,
}
MESSAGES = {
    "model": "m",
    "max_tokens": 2000,
    "system": [{"type": "text", "text": "a"}],
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "t"}]},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "f", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "b"}]},
    ],
    "tools": [{"name": "f", "input_schema": SCHEMA}],
    "tool_choice": {"type": "tool", "name": "f"},
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "stream": True,
}
OLLAMA = {
    "model": "m",
    "messages": [{"role": "user", "content": "a", "images": ["AAAA"]}],
    "prompt": "p",
    "input": ["a"],
    "tools": [TOOL],
    "options": {"num_predict": 2, "stop": ["a"]},
    "format": SCHEMA,
    "think": True,
    "logprobs": True,
    "top_logprobs": 2,
}
GEMINI = {
    "contents": [{"role": "user", "parts": [{"text": "a"}]}],
    "content": {"parts": [{"text": "a"}]},
    "requests": [{"content": {"parts": [{"text": "a"}]}}],
    "tools": [{"functionDeclarations": [FUNCTION]}],
    "generationConfig": {"temperature": 1, "responseMimeType": "application/json", "seed": 1},
}
PARTS = {"model": "m", "input": [{"type": "text", "text": "t"}, IMAGE]}
COMPLETION = {"model": "m", "prompt": ["a", [1]], "suffix": "s", "logprobs": 2, "stop": ["x"], "n": 1}
PICTURES = {"prompt": "p", "n": 1, "size": "8x8", "quality": "low", "background": "auto"}
SPEECH = {"voice": "a", "input": "x", "speed": 1, "response_format": "mp3"}
BATCH = {"input_file_id": "f", "endpoint": "/v1/embeddings", "completion_window": "24h", "metadata": {}}
ENDPOINTS = {
    "/v1/chat/completions": CHAT,
    "/v1/responses": RESPONSE,
    "/v1/responses/input_tokens": RESPONSE,
    "/v1/completions": COMPLETION,
    "/v1/fim/completions": {"model": "m", "prompt": "p", "suffix": "s", "random_seed": 1},
    "/v1/embeddings": {"model": "m", "input": ["a", "b"], "dimensions": 4, "encoding_format": "float"},
    "/v1/moderations": PARTS,
    "/v1/images/generations": PICTURES,
    "/v1/audio/speech": SPEECH,
    "/v1/batches": BATCH,
    "/openai/deployments/d/chat/completions": CHAT,
    "/v1/messages": MESSAGES,
    "/v1/messages/count_tokens": MESSAGES,
    "/v1/messages/batches": {"requests": [{"custom_id": "a", "params": MESSAGES}]},
    "/api/chat": OLLAMA,
    "/api/generate": OLLAMA,
    "/api/embed": OLLAMA,
    "/api/embeddings": OLLAMA,
    "/api/show": OLLAMA,
    "/api/pull": OLLAMA,
    "/v1beta/models/m:generateContent": GEMINI,
    "/v1beta/models/m:streamGenerateContent": GEMINI,
    "/v1beta/models/m:countTokens": GEMINI,
    "/v1beta/models/m:embedContent": GEMINI,
    "/v1beta/models/m:batchEmbedContents": GEMINI,
}
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
NO_JSON = {
    "nothing": (b"", 400),
    "words": (b"nope", 400),
    "half": (b'{"model": "m"', 400),
    "bytes": (b'{"model": "\xff\xfe"}', 400),
    "NaN": (b'{"model": NaN}', 400),
    "a long number": (b'{"model": ' + b"9" * 6000 + b"}", 400),
    "null": (b"null", 400),
    "list": (b"[]", 400),
    "deep": (b'{"model":' * 9000, 413),
    "deep and closed": (b"[" * 9000 + b"]" * 9000, 413),
}
every_endpoint = pytest.mark.parametrize("path", ENDPOINTS)
one_of_each = pytest.mark.parametrize(
    "path",
    [
        *("/v1/chat/completions", "/v1/responses", "/v1/embeddings", "/openai/v1/responses", "/v1/messages"),
        *("/api/chat", "/api/show", "/v1beta/models/m:generateContent"),
    ],
)


@pytest.fixture(scope="module")
def client():
    """One for all tests: it takes longer to build than to ask. Answers must come soon."""
    with httpx.Client(timeout=10) as client:
        yield client


@pytest.fixture
def ask(llmock, client):
    """Asks a path of the test."""
    return lambda method, path, **options: client.request(method, llmock.url + path, **options)


def form_of(answer):
    """Whose error a body is: "openai"; "" for an answer, and for nobody's."""
    try:
        body = json.loads(answer.content)
        error = body.get("error")
    except (ValueError, AttributeError):
        return ""
    if body.get("type") == "error" and error.keys() == {"type", "message"} and body["request_id"]:
        return "anthropic"
    if isinstance(error, str):
        return "ollama"
    if isinstance(error, dict) and error.keys() == {"code", "message", "status"}:
        return "gemini"
    return "openai" if isinstance(error, dict) and "param" in error and "type" in error else ""


def owner(path):
    starts = {"/v1/messages": "anthropic", "/v1beta/": "gemini", "/api/": "ollama"}
    return next((name for start, name in starts.items() if path.startswith(start)), "openai")


@every_endpoint
@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_wrong_value_in_any_place_is_answered_or_refused(path, data, ask):
    """Never a 500, and never another provider's error."""
    body = ENDPOINTS[path]
    sent = replaced(body, data.draw(st.sampled_from([*places(body)])), data.draw(JUNK))

    answer = ask("POST", path, content=json.dumps(sent).encode())

    refused = answer.status_code in (400, 404, 413, 501)
    assert answer.status_code == 200 or (refused and form_of(answer) == owner(path))


@one_of_each
@pytest.mark.parametrize(("body", "status"), NO_JSON.values(), ids=NO_JSON)
def test_a_body_that_is_no_object_of_json_is_refused(ask, path, body, status):
    """However deep it is, and whatever it says that it is."""
    answer = ask("POST", path, content=body, headers={"content-type": "text/plain"})

    assert (answer.status_code, form_of(answer)) == (status, owner(path))


@every_endpoint
@pytest.mark.llmock(config={"MaxRequestSizeBytes": 5000})
def test_a_body_above_the_limit_is_refused_in_the_providers_form(ask, path):
    """The message names the setting."""
    answer = ask("POST", path, content=json.dumps({"model": "m" * 5000}).encode())

    assert (answer.status_code, form_of(answer)) == (413, owner(path))
    assert "MaxRequestSizeBytes" in answer.text


@every_endpoint
def test_the_body_itself_is_answered(ask, path):
    """So what is refused above is refused for the junk in it; a batch needs its file."""
    answer = ask("POST", path, json=ENDPOINTS[path])

    assert answer.status_code == (404 if path == "/v1/batches" else 200)


@every_endpoint
def test_another_method_is_refused_with_those_that_there_are(ask, path):
    """HEAD has no body, OPTIONS is answered."""
    refused, asked, head = ask("PATCH", path), ask("OPTIONS", path), ask("HEAD", path)

    assert (refused.status_code, form_of(refused)) == (405, owner(path))
    assert asked.status_code == 204
    assert "POST" in refused.headers["allow"]
    assert refused.headers["allow"] == asked.headers["allow"]
    assert (head.status_code in (200, 405), head.content) == (True, b"")


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/messages/1/nothing", "/api/nothing", "/v1beta/nothing"])
def test_an_unknown_path_is_refused_in_the_providers_form(ask, path):
    """By every method."""
    answers = [ask(method, path) for method in ("GET", "POST", "DELETE")]

    assert [(answer.status_code, form_of(answer)) for answer in answers] == [(404, owner(path))] * 3

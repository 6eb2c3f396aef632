"""The main job on a real model server: llama.cpp's, with a tiny random model."""

from threading import Event

import httpx
import openai
import pytest

from pytest_llmock.choice import Choice
from pytest_llmock.clock import SystemClock
from pytest_llmock.config import load_settings
from pytest_llmock.server.runtime import Runtime
from pytest_llmock.server.selected import SelectedBackend

SHAPE = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 12},
        "age": {"type": "integer", "minimum": 1, "maximum": 99},
    },
    "required": ["name", "age"],
    "additionalProperties": False,
}
QUESTION = [{"role": "user", "content": "Say something"}]


@pytest.fixture
def live(opened, llama):
    """A session whose first backend is the real server, and live calls allowed."""
    backends = [
        {
            "Name": "tiny",
            "Provider": "lmstudio",
            "BaseUrl": llama.base_url,
            "ModelName": llama.model,
            "MaxTokens": 200,
        },
        {
            "Name": "short",
            "Provider": "ollama",
            "BaseUrl": llama.base_url,
            "ModelName": llama.model,
            "MaxTokens": 4,
        },
    ]
    return opened(settings={"Backends": backends, "Temperature": 0.7}, record="off")


@pytest.fixture
def client(live):
    """The real SDK against the session."""
    with openai.OpenAI(base_url=f"{live.url}/v1", api_key="none", max_retries=0) as client:
        yield client


def test_a_mock_request_is_answered_by_the_model_in_the_form_of_the_schema(live):
    """What a random model writes is held to the schema by the server, and checked by us."""
    answer = httpx.post(f"{live.url}/api/mock/people", json={"shape": SHAPE}, timeout=60)

    assert answer.status_code == 200
    assert answer.json().keys() == {"name", "age"}
    assert answer.headers["x-llmock-backend"] == "tiny"
    assert answer.headers["x-llmock-source"] == "live"
    assert live.calls[-1].usage.output_tokens > 0


def test_an_answer_that_the_token_limit_cuts_is_a_502_with_every_attempt(live):
    """Four tokens are not enough for the shape, however often it is asked."""
    answer = httpx.post(f"{live.url}/api/mock/people?backend=short", json={"shape": SHAPE}, timeout=60)

    error = answer.json()["error"]
    assert "cut off at the token limit" in error["message"]
    assert answer.status_code == 502
    assert len(error["details"]["attempts"]) == 3


def test_the_sdk_talks_to_the_model_through_us(client):
    """A plain chat passes through, with the model's own usage."""
    answer = client.chat.completions.with_raw_response.create(model="any", messages=QUESTION, max_tokens=8)

    assert answer.headers["x-llmock-source"] == "live"
    assert answer.parse().usage.completion_tokens <= 8


def test_a_stream_passes_through_piece_by_piece(client):
    """The chunks are the model's, and the usage comes last."""
    stream = client.chat.completions.create(
        model="any", messages=QUESTION, max_tokens=12, stream=True, stream_options={"include_usage": True}
    )

    chunks = list(stream)

    assert len(chunks) > 4
    assert chunks[-1].usage.completion_tokens > 0


def test_a_response_format_of_the_sdk_reaches_the_model(client):
    """Structured output is enforced by the real server."""
    schema = {"type": "json_schema", "json_schema": {"name": "person", "schema": SHAPE, "strict": True}}

    answer = client.chat.completions.create(model="any", messages=QUESTION, response_format=schema)

    assert '"name"' in answer.choices[0].message.content


def test_a_prompt_that_is_too_long_is_the_providers_own_error(client):
    """The SDK raises what it would raise at the provider."""
    words = [{"role": "user", "content": "word " * 9000}]

    with pytest.raises(openai.BadRequestError, match="context"):
        client.chat.completions.create(model="any", messages=words)


def test_in_record_mode_none_the_real_server_is_not_asked(opened, llama):
    """The refusal comes before any connection, and fails the test."""
    backends = [{"Name": "tiny", "Provider": "ollama", "BaseUrl": llama.base_url, "ModelName": llama.model}]
    session = opened(settings={"Backends": backends})

    answer = httpx.post(f"{session.url}/api/mock/people", json={"shape": SHAPE})

    assert answer.status_code == 400
    assert "--llmock-record=off" in answer.json()["error"]["message"]
    assert len(session.failures) == 1


def test_complete_asks_the_model_directly(live, runtime):
    """Without an SDK and without HTTP between."""
    backend = SelectedBackend(live, runtime.thread)

    completion = backend.complete_sync("A person", shape=SHAPE, max_tokens=200)

    assert completion.source == "live"
    assert completion.json().keys() == {"name", "age"}


def test_the_embeddings_that_the_server_does_not_have_are_its_own_error(client):
    """501 is passed on as it came."""
    with pytest.raises(openai.InternalServerError) as caught:
        client.embeddings.create(model="any", input="text")

    assert caught.value.status_code == 501


@pytest.mark.parametrize("hops", ["0", "nonsense"])
def test_a_backend_that_leads_back_to_its_own_server_is_named_instead_of_going_round(runtime, tmp_path, hops):
    """An address that is the server's own would ask itself for ever; the fifth round is refused at once."""
    own = {"Name": "own", "Provider": "lmstudio", "BaseUrl": f"{runtime.url}/v1/", "ModelName": "m"}
    settings = load_settings(tmp_path, environ={}, overrides={"Backends": [own]})
    session = runtime.serve(settings, Choice(backend="own", record="off"))
    headers = {"x-llmock-hops": hops}

    body = {"model": "m", "messages": QUESTION}
    answer = httpx.post(f"{session.url}/v1/chat/completions", json=body, headers=headers, timeout=60)

    assert answer.status_code == 508
    assert "'BaseUrl' leads back to this server" in answer.text
    assert len(session.calls) == 6


def test_health_of_a_real_server_is_known_to_the_test(opened, llama):
    """In the record mode none too: the question costs nothing, and is no call of a model."""
    backends = [
        {"Name": "tiny", "BaseUrl": llama.base_url, "ModelName": llama.model},
        {"Name": "by-path", "BaseUrl": llama.base_url, "HealthCheckPath": "/health"},
    ]
    session = opened(settings={"Backends": backends})

    health, by_path = session.health(), session.health("by-path")

    assert (health.up, health.models, health.model_present) == (True, (llama.model,), True)
    assert (by_path.up, by_path.models) == (True, ())
    assert dict(session.healthy) == {"tiny": health, "by-path": by_path}
    assert (len(session.calls), session.failures) == (0, [])


class Looked(SystemClock):
    """The real time; `.event` is set when somebody waits."""

    def __init__(self):
        self.event = Event()

    async def sleep(self, seconds, /):
        self.event.set()
        await super().sleep(seconds)


def test_a_watch_keeps_the_health_of_the_root_session_and_ends_with_the_server(llama, tmp_path, caplog):
    """Backends are asked while nobody calls, and the control API shows what was found."""
    down = {"Name": "down", "BaseUrl": "http://127.0.0.1:9/v1/"}
    backends = [{"Name": "tiny", "BaseUrl": llama.base_url}, down, {**down, "Name": "off", "Enabled": False}]
    settings = load_settings(tmp_path, environ={}, overrides={"Backends": backends})
    clock = Looked()
    runtime = Runtime(clock=clock)
    runtime.serve(settings, Choice(record="off"))

    runtime.watch(3600)
    clock.event.wait(10)
    listed = httpx.get(f"{runtime.url}/llmock/backends").json()["backends"]
    runtime.close()

    assert [backend["healthy"] for backend in listed] == [True, False, None, True, True]
    assert [message.partition(":")[0] for message in caplog.messages] == ["Backend 'down' is down"]


def test_a_list_that_is_longer_than_an_answer_may_be_comes_in_parts(live):
    """Eight people of fifty tokens or more, where an answer may have two hundred; their ids differ."""
    person = {"properties": {"id": {"type": "integer"}, **SHAPE["properties"]}, "required": ["id", "name"]}
    shape = {"type": "array", "items": {**SHAPE, **person}}

    answer = httpx.post(f"{live.url}/api/mock/people?count=8", json={"shape": shape}, timeout=60)

    people = answer.json()
    assert answer.status_code == 200
    assert len({each["id"] for each in people}) == len(people) == 8
    assert int(answer.headers["x-llmock-attempts"]) >= 3


def test_variants_are_asked_of_the_model_each_for_itself(live):
    """And two of them are there for the next requests."""
    url, body = f"{live.url}/api/mock/people", {"shape": {**SHAPE, "$cache": 3}}

    first, second = (httpx.post(url, json=body, timeout=60) for _ in range(2))

    assert [each.headers["x-llmock-source"] for each in (first, second)] == ["live", "cache"]
    assert first.json() != second.json()

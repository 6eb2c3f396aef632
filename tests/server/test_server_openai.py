"""The OpenAI API over HTTP, with the real SDK."""

import base64
import json
import struct

import httpx
import openai
import pytest

from pytest_llmock.errors import BackendError, Failure
from pytest_llmock.llm import Delta

VIRTUAL = pytest.mark.llmock(clock="virtual")  # the waits before each retry take no time
QUESTION = [{"role": "user", "content": "What is the weather in Oslo?"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "days": {"type": "integer", "minimum": 1, "maximum": 7},
            },
            "required": ["city", "days"],
        },
    },
}


@pytest.fixture
def client(llm_backend):
    """The SDK as an application builds it."""
    with openai.OpenAI(max_retries=0) as client:
        yield client


def fails_with(failure):
    async def backend(prompt):
        raise BackendError(failure, backend="b")
        yield Delta()

    return backend


async def broken(prompt):
    yield Delta("Half an ans")


def test_a_model_that_is_a_backends_name_selects_it(client, llmock):
    """Without header or marker the model may name the backend."""
    llmock.backends.add("parrot", lambda prompt: "polly")

    answer = client.chat.completions.with_raw_response.create(model="PARROT", messages=QUESTION)

    assert answer.headers["x-llmock-backend"] == "parrot"
    assert answer.parse().model == "PARROT"


def test_ids_and_times_are_the_same_in_every_run(client):
    """An id depends on test, seed and the call's number, not on the clock."""
    one = client.chat.completions.create(model="m", messages=QUESTION)
    other = client.chat.completions.create(model="m", messages=QUESTION)

    assert one.id.startswith("chatcmpl-")
    assert one.id != other.id
    assert other.created - one.created == 1


def test_an_agent_loop_ends(client):
    """The offered tool is called with valid arguments; its result ends the loop."""
    first = client.chat.completions.create(model="m", messages=QUESTION, tools=[WEATHER])
    call = first.choices[0].message.tool_calls[0]
    arguments = json.loads(call.function.arguments)
    result = {"role": "tool", "tool_call_id": call.id, "content": "18 degrees"}

    second = client.chat.completions.create(
        model="m", messages=[*QUESTION, first.choices[0].message, result], tools=[WEATHER]
    )

    assert 1 <= arguments["days"] <= 7
    assert first.choices[0].finish_reason == "tool_calls"
    assert second.choices[0].finish_reason == "stop"
    assert "18 degrees" in second.choices[0].message.content


def test_structured_output_is_parsed_by_the_sdk(client):
    """A pydantic model goes in as schema and comes out as instance."""
    import pydantic

    class Ticket(pydantic.BaseModel):
        subject: str
        urgent: bool

    answer = client.chat.completions.parse(model="m", messages=QUESTION, response_format=Ticket)

    assert isinstance(answer.choices[0].message.parsed, Ticket)


def test_n_gives_that_many_choices(client):
    """Several answers to one question, plain and streamed."""
    plain = client.chat.completions.create(model="m", messages=QUESTION, n=3)
    stream = client.chat.completions.create(model="m", messages=QUESTION, n=3, stream=True)

    assert [choice.index for choice in plain.choices] == [0, 1, 2]
    assert {chunk.choices[0].index for chunk in stream if chunk.choices} == {0, 1, 2}


def test_max_tokens_cuts_with_the_right_reason(client):
    """A cut-off completion is 200 here, and says so."""
    answer = client.chat.completions.create(model="m", messages=QUESTION, max_tokens=2)

    assert answer.choices[0].finish_reason == "length"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        pytest.param({"model": "m"}, "messages", id="no messages"),
        pytest.param({"model": "m", "messages": "hello"}, "messages", id="messages no list"),
        pytest.param(
            {"model": "m", "messages": QUESTION, "temperature": "hot"}, "temperature", id="temperature"
        ),
        pytest.param({"model": "m", "messages": QUESTION, "n": 0}, "n", id="n"),
    ],
)
def test_a_wrong_request_is_refused_as_openai_does(llm_backend, body, param):
    """Status and body are those of the real service."""
    answer = httpx.post(f"{llm_backend.base_url}/chat/completions", json=body)

    assert answer.status_code == 400
    assert answer.json()["error"]["param"].startswith(param)
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_a_body_that_is_no_json_is_refused(llm_backend):
    """The error has OpenAI's form too."""
    answer = httpx.post(f"{llm_backend.base_url}/chat/completions", content=b"{oops")

    assert answer.status_code == 400
    assert "error" in answer.json()


@pytest.mark.parametrize(
    ("failure", "raised"),
    [
        pytest.param(
            Failure("status", "slow down", status=429, retry_after_s=2), openai.RateLimitError, id="429"
        ),
        pytest.param(Failure("status", "bad key", status=401), openai.AuthenticationError, id="401"),
        pytest.param(Failure("connect", "nobody there"), openai.InternalServerError, id="unreachable"),
    ],
)
@VIRTUAL
def test_an_upstreams_refusal_is_passed_on(client, llmock, failure, raised):
    """The SDK raises what it would raise at the provider."""
    llmock.backends.add("b", fails_with(failure))

    with pytest.raises(raised, match=failure.message):
        client.chat.completions.create(model="b", messages=QUESTION)


@VIRTUAL
def test_retry_after_is_passed_on(llm_backend, llmock):
    """An SDK waits as long as the provider asked for."""
    llmock.backends.add("b", fails_with(Failure("status", "slow down", status=429, retry_after_s=2)))

    answer = httpx.post(f"{llm_backend.base_url}/chat/completions", json={"model": "b", "messages": QUESTION})

    assert answer.headers["retry-after"] == "2"


@VIRTUAL
def test_a_stream_that_fails_at_once_is_a_plain_error(client, llmock):
    """Nothing was sent yet, so the status can still say it."""
    llmock.backends.add("b", fails_with(Failure("status", "slow down", status=429)))

    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(model="b", messages=QUESTION, stream=True)


def test_a_stream_that_is_cut_ends_in_an_error_event(client, llmock):
    """The SDK raises; a cut answer is not taken for a complete one."""
    llmock.backends.add("cut", broken)

    stream = client.chat.completions.create(model="cut", messages=QUESTION, stream=True)

    with pytest.raises(openai.APIError, match="cut off before its end"):
        list(stream)


def test_a_stream_that_fails_later_ends_in_an_error_event(client, llmock):
    """What came before arrives; then the SDK raises."""

    async def failing(prompt):
        yield Delta("Half")
        raise BackendError(Failure("cut", "the line went dead"))

    llmock.backends.add("failing", failing)
    stream = client.chat.completions.create(model="failing", messages=QUESTION, stream=True)

    with pytest.raises(openai.APIError, match="the line went dead"):
        list(stream)


def test_a_plain_answer_that_was_cut_is_a_502(client, llmock):
    """Half an answer is an error, not a short answer."""
    llmock.backends.add("cut", broken)

    with pytest.raises(openai.InternalServerError, match="cut off before its end"):
        client.chat.completions.create(model="cut", messages=QUESTION)


def test_models_lists_the_backends_and_knows_any_id(client):
    """A client that checks for its model finds it."""
    listed = [model.id for model in client.models.list()]

    assert listed == ["synthetic", "scripted"]
    assert client.models.retrieve("org/any-model").id == "org/any-model"


def test_embeddings_are_unit_vectors_in_both_encodings(client, llm_backend):
    """Equal texts are equal; the SDK's base64 and plain numbers say the same."""
    answer = client.embeddings.create(model="m", input=["a cat", "a cat", "tax law"])
    plain = httpx.post(f"{llm_backend.base_url}/embeddings", json={"model": "m", "input": "a cat"}).json()

    vectors = [item.embedding for item in answer.data]
    assert vectors[0] == vectors[1] != vectors[2]
    assert sum(x * x for x in vectors[0]) == pytest.approx(1, abs=1e-5)
    assert plain["data"][0]["embedding"] == pytest.approx(vectors[0], abs=1e-6)
    assert answer.usage.total_tokens > 0


def test_base64_embeddings_are_little_endian_floats(llm_backend):
    """The bytes are those that every client unpacks."""
    body = {"model": "m", "input": "x", "encoding_format": "base64", "dimensions": 8}

    answer = httpx.post(f"{llm_backend.base_url}/embeddings", json=body).json()

    assert len(struct.unpack("<8f", base64.b64decode(answer["data"][0]["embedding"]))) == 8


@pytest.mark.parametrize("dimensions", [0, -1, 10**9])
def test_dimensions_beyond_reason_are_refused(llm_backend, dimensions):
    """A mistyped number does not fill the memory."""
    answer = httpx.post(f"{llm_backend.base_url}/embeddings", json={"input": "x", "dimensions": dimensions})

    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "dimensions"


def test_a_schema_that_is_none_is_a_bad_request(client):
    """The SDK raises what it would raise at the provider."""
    broken = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "strin"}}}

    with pytest.raises(openai.BadRequestError, match="strin"):
        client.chat.completions.create(model="m", messages=QUESTION, response_format=broken)


def test_a_backend_that_breaks_in_the_middle_of_a_stream_is_told(client, llmock, caplog):
    """Any error ends the stream in an error event, is logged, and stands in the journal."""

    async def breaking(prompt):
        yield Delta("Half")
        raise ValueError("a bug of the backend")

    llmock.backends.add("breaking", breaking)
    stream = client.chat.completions.create(model="breaking", messages=QUESTION, stream=True)

    with pytest.raises(openai.APIError, match="a bug of the backend"):
        list(stream)

    assert "a bug of the backend" in caplog.text
    assert "ValueError" in llmock.calls[-1].error


async def silent(prompt):
    for nothing in ():
        yield nothing


def test_a_backend_that_says_nothing_is_an_error(client, llmock):
    """No choice at all is no answer, in a chat as in embeddings."""
    llmock.backends.add("silent", silent)

    with pytest.raises(openai.InternalServerError, match="cut off"):
        client.chat.completions.create(model="silent", messages=QUESTION)
    with pytest.raises(openai.InternalServerError, match="cut off"):
        client.embeddings.create(model="silent", input="x")

"""The Responses API over HTTP, with the real SDK."""

import asyncio

import httpx
import openai
import pytest

from pytest_llmock.errors import BackendError, Failure
from pytest_llmock.llm import Choice, Completion, Delta, Usage

WEATHER = {
    "type": "function",
    "name": "weather",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
}
QUESTION = "What is the weather in Oslo?"
VIRTUAL = pytest.mark.llmock(clock="virtual")  # the waits before each retry take no time


@pytest.fixture
def client(llm_backend):
    """The SDK as an application builds it."""
    with openai.OpenAI(max_retries=0) as client:
        yield client


async def failing(prompt):
    yield Delta("Half")
    raise BackendError(Failure("cut", "the line went dead"))


async def endless(prompt):
    yield Delta("Well")
    await asyncio.sleep(3600)


def test_an_empty_request_is_answered(llm_backend):
    """Every field is optional."""
    answer = httpx.post(f"{llm_backend.base_url}/responses", json={})

    assert (answer.status_code, answer.json()["status"]) == (200, "completed")
    assert answer.json()["usage"]["total_tokens"] > 0


def test_a_stream_is_the_answer(client):
    """The SDK puts the events together to the response that it gets in one piece."""
    plain = client.responses.create(model="m", input=QUESTION)
    with client.responses.stream(model="m", input=QUESTION) as stream:
        kinds = [event.type for event in stream]
        streamed = stream.get_final_response()

    assert streamed.output_text == plain.output_text != ""
    assert streamed.usage == plain.usage
    assert (kinds[0], kinds[-1]) == ("response.created", "response.completed")


def test_an_agent_loop_ends(client):
    """The tool is called, and the response that follows has its output."""
    first = client.responses.create(model="m", input=QUESTION, tools=[WEATHER])
    call = first.output[0]
    output = {"type": "function_call_output", "call_id": call.call_id, "output": "18 degrees"}

    last = client.responses.create(model="m", previous_response_id=first.id, input=[output], tools=[WEATHER])

    assert (call.type, call.arguments) == ("function_call", '{"city": "Oslo"}')
    assert "18 degrees" in last.output_text


def test_an_agent_loop_ends_for_who_sends_everything(client):
    """The items of an answer can be sent back as they came."""
    first = client.responses.create(model="m", input=QUESTION, tools=[WEATHER], store=False)
    output = {"type": "function_call_output", "call_id": first.output[0].call_id, "output": "18 degrees"}
    items = [{"role": "user", "content": QUESTION}, *first.output, output]

    last = client.responses.create(model="m", input=items, tools=[WEATHER], store=False)

    assert "18 degrees" in last.output_text


def test_structured_output_is_parsed_by_the_sdk(client):
    """Plain and streamed."""
    import pydantic

    class Ticket(pydantic.BaseModel):
        subject: str
        urgent: bool

    plain = client.responses.parse(model="m", input=QUESTION, text_format=Ticket)
    with client.responses.stream(model="m", input=QUESTION, text_format=Ticket) as stream:
        streamed = stream.get_final_response()

    assert isinstance(plain.output_parsed, Ticket)
    assert streamed.output_parsed == plain.output_parsed


def test_a_tool_call_is_parsed_by_the_sdk(client):
    """The arguments come piece by piece, and whole at the end."""
    with client.responses.stream(model="m", input=QUESTION, tools=[WEATHER]) as stream:
        events = list(stream)

    said = [event.delta for event in events if event.type == "response.function_call_arguments.delta"]
    assert "".join(said) == '{"city": "Oslo"}'
    assert events[-1].response.output[0].parsed_arguments == {"city": "Oslo"}


def test_reasoning_comes_before_the_answer(client, llmock):
    """As a summary, sealed for clients that keep nothing on the service."""
    llmock.backends.add(
        "thinker", lambda prompt: Completion((Choice("Yes.", "Hm.", (), "stop"),), Usage(1, 1))
    )

    answer = client.responses.create(
        model="thinker", input="Is it?", include=["reasoning.encrypted_content"], store=False
    )
    again = client.responses.create(
        model="thinker", input=[*answer.output, {"role": "user", "content": "Why?"}]
    )

    thought, words = answer.output
    assert (thought.summary[0].text, words.content[0].text) == ("Hm.", "Yes.")
    assert thought.encrypted_content
    assert again.status == "completed"


@pytest.mark.parametrize("stream", [False, True])
def test_a_summary_of_reasoning_is_there_for_who_asks(client, stream):
    """The embedded backend thinks then, as it does for the other APIs."""
    asked = {"model": "m", "input": QUESTION, "reasoning": {"effort": "low", "summary": "auto"}}
    said = client.responses.create(**asked, stream=stream)
    answer = [*said][-1].response if stream else said

    assert [item.type for item in answer.output] == ["reasoning", "message"]
    assert answer.output[0].summary[0].text


def test_log_probabilities_are_included(client):
    """For who asks for them."""
    answer = client.responses.create(
        model="m", input=QUESTION, include=["message.output_text.logprobs"], top_logprobs=2
    )

    part = answer.output[0].content[0]
    assert "".join(entry.token for entry in part.logprobs) == part.text
    assert {len(entry.top_logprobs) for entry in part.logprobs} == {2}


def test_a_short_limit_makes_the_response_incomplete(client):
    """Its details say why."""
    answer = client.responses.create(model="m", input=QUESTION, max_output_tokens=2)

    assert (answer.status, answer.incomplete_details.reason) == ("incomplete", "max_output_tokens")


def test_settings_are_echoed_and_built_in_tools_kept(client, llmock):
    """What was asked stands in the answer; a built-in tool is never called."""
    answer = client.responses.create(
        model="m",
        input=QUESTION,
        instructions="Be brief.",
        metadata={"a": "b"},
        tools=[{"type": "web_search"}],
    )

    assert (answer.instructions, answer.metadata) == ("Be brief.", {"a": "b"})
    assert answer.tools[0].type == "web_search"
    assert answer.output_text
    assert [message.role for message in llmock.calls[-1].prompt.messages] == ["system", "user"]


def test_a_response_can_be_fetched_and_deleted(client):
    """Until it is deleted, and only if it was stored."""
    made = client.responses.create(model="m", input=QUESTION)
    unstored = client.responses.create(model="m", input=QUESTION, store=False)

    assert client.responses.retrieve(made.id) == made
    client.responses.delete(made.id)
    for id_ in (made.id, unstored.id):
        with pytest.raises(openai.NotFoundError, match="not found"):
            client.responses.retrieve(id_)


def test_a_response_can_be_fetched_as_events(client):
    """The events it was streamed in, or those behind one of them."""
    stream = client.responses.create(model="m", input=QUESTION, tools=[WEATHER], stream=True)
    events = list(stream)
    id_ = events[0].response.id

    again = list(client.responses.retrieve(id_, stream=True))
    rest = list(client.responses.retrieve(id_, stream=True, starting_after=2))

    assert again == events
    assert rest == events[3:]


def test_the_input_of_a_response_is_listed(client):
    """Newest first, in pages, with what came before it."""
    first = client.responses.create(model="m", input="One")
    second = client.responses.create(
        model="m", input=[{"role": "user", "content": "Two"}], previous_response_id=first.id
    )

    listed = list(client.responses.input_items.list(second.id, limit=1))
    oldest = list(client.responses.input_items.list(second.id, order="asc"))

    assert [item.role for item in listed] == ["user", "assistant", "user"]
    assert [item.content[0].text for item in (oldest[0], oldest[2])] == ["One", "Two"]
    assert len({item.id for item in listed}) == 3


def test_an_item_can_be_referred_to(client, llmock):
    """By the id it was given."""
    first = client.responses.create(model="m", input="One")
    reference = {"type": "item_reference", "id": first.output[0].id}

    client.responses.create(model="m", input=[reference, {"role": "user", "content": "Two"}])

    assert llmock.calls[-1].prompt.messages[0].text == first.output_text
    with pytest.raises(openai.NotFoundError, match="Item with id 'x' not found"):
        client.responses.create(model="m", input=[{**reference, "id": "x"}])


def test_a_response_is_made_in_the_background(client):
    """The client asks again until it is there."""
    queued = client.responses.create(model="m", input=QUESTION, background=True)

    done = client.responses.retrieve(queued.id)

    assert (queued.status, done.status) == ("queued", "completed")
    assert client.responses.cancel(done.id).status == "completed"


def test_a_response_in_the_background_can_be_cancelled(client, llmock):
    """Its backend is left alone."""
    llmock.backends.add("slow", endless)
    queued = client.responses.create(model="slow", input=QUESTION, background=True)

    under_way = client.responses.retrieve(queued.id).status
    cancelled = client.responses.cancel(queued.id)

    assert (under_way, cancelled.status) == ("in_progress", "cancelled")
    events = [event.type for event in client.responses.retrieve(queued.id, stream=True)]
    assert events[-1] == "response.cancelled"


@VIRTUAL
def test_a_response_in_the_background_can_fail(client, llmock):
    """It says why, and so does the journal."""
    llmock.backends.add("failing", failing)
    queued = client.responses.create(model="failing", input=QUESTION, background=True)

    with client.responses.with_streaming_response.retrieve(queued.id, stream=True) as settled:
        events = settled.read()

    failed = client.responses.retrieve(queued.id)
    assert b"response.failed" in events
    assert (failed.status, failed.error.code) == ("failed", "server_error")
    assert "the line went dead" in failed.error.message
    assert "the line went dead" in llmock.calls[0].error


def test_a_bug_of_a_backend_fails_a_response_in_the_background(client, llmock, caplog):
    """It is logged, and told."""

    def buggy(prompt):
        raise ValueError("a bug")

    llmock.backends.add("buggy", buggy)
    queued = client.responses.create(model="buggy", input=QUESTION, background=True)

    failed = client.responses.retrieve(queued.id)

    assert (failed.status, "a bug" in failed.error.message) == ("failed", True)
    assert "a bug" in caplog.text


def test_a_response_that_follows_one_in_the_background_waits_for_it(client, llmock):
    """It knows its answer."""
    queued = client.responses.create(model="m", input="One", background=True)

    client.responses.create(model="m", input="Two", previous_response_id=queued.id)

    assert [message.role for message in llmock.calls[-1].prompt.messages] == ["user", "assistant", "user"]


@VIRTUAL
def test_a_stream_that_breaks_off_is_an_error(client, llmock):
    """The SDK raises; the response that is kept has failed."""
    llmock.backends.add("failing", failing)
    stream, seen = client.responses.create(model="failing", input=QUESTION, stream=True), []

    with pytest.raises(openai.APIError, match="the line went dead"):
        seen.extend(stream)

    kept = client.responses.retrieve(seen[0].response.id)
    assert (kept.status, kept.output_text) == ("failed", "Half")


@pytest.mark.parametrize(
    ("fields", "status", "param"),
    [
        pytest.param({"previous_response_id": "resp_x"}, 400, "previous_response_id", id="unknown before"),
        pytest.param({"conversation": "conv_x"}, 501, "conversation", id="conversation"),
        pytest.param({"background": True, "store": False}, 400, "background", id="background, not stored"),
        pytest.param({"input": 7}, 400, "input", id="input"),
    ],
)
def test_a_wrong_request_is_refused(llm_backend, fields, status, param):
    """In OpenAI's form."""
    answer = httpx.post(f"{llm_backend.base_url}/responses", json=fields)

    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)


def test_a_response_that_is_made_cannot_be_cancelled(client):
    """Only one in the background can."""
    made = client.responses.create(model="m", input=QUESTION)

    with pytest.raises(openai.BadRequestError, match="background"):
        client.responses.cancel(made.id)


def test_events_behind_no_number_are_refused(llm_backend, client):
    """The parameter is named."""
    made = client.responses.create(model="m", input=QUESTION)

    answer = httpx.get(f"{llm_backend.base_url}/responses/{made.id}?stream=true&starting_after=x")

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "starting_after")


def test_tokens_are_counted_without_a_call(client):
    """And a conversation cannot be compacted."""
    counted = client.responses.input_tokens.count(model="m", input=QUESTION)

    assert counted.input_tokens > 0
    with pytest.raises(openai.InternalServerError, match="Compaction"):
        client.responses.compact(model="m", input=QUESTION)


@pytest.mark.asyncio
async def test_an_async_client_is_served_the_same(llm_backend):
    """Plain, streamed and raw."""
    async with openai.AsyncOpenAI() as client:
        plain = await client.responses.create(model="m", input=QUESTION)
        async with client.responses.stream(model="m", input=QUESTION) as stream:
            streamed = await stream.get_final_response()
        raw = await client.responses.with_raw_response.create(model="m", input=QUESTION)

    assert streamed.output_text == plain.output_text == raw.parse().output_text
    assert raw.headers["x-llmock-backend"] == "synthetic"


def test_work_that_a_test_leaves_ends_with_it(client, llmock):
    """Nobody waits for a response, or a batch, that never ends."""
    llmock.backends.add("slow", endless)
    line = '{"custom_id": "a", "url": "/v1/responses", "body": {"model": "slow"}}'
    file = client.files.create(file=("in.jsonl", line.encode()), purpose="batch")

    client.responses.create(model="slow", background=True)
    client.batches.create(input_file_id=file.id, endpoint="/v1/responses", completion_window="24h")

    assert len([task for task in llmock.work if not task.done()]) >= 2

"""Chat completions to the last field, and those that a client had stored, with the real SDK."""

import json

import httpx
import openai
import pytest

from pytest_llmock.errors import BackendError, Failure
from pytest_llmock.llm import Choice, Completion, Delta, End, ToolCall, Usage

QUESTION = [{"role": "user", "content": "Name a river."}]
SQL = {"type": "custom", "custom": {"name": "sql"}}
TWO_CALLS = Completion(
    (Choice("", "", (ToolCall("a", "one", "{}"), ToolCall("b", "two", '{"x":1}')), "tool_calls"),),
    Usage(3, 4),
)


@pytest.fixture
def client(llm_backend):
    """The SDK as an application builds it."""
    with openai.OpenAI(max_retries=0) as client:
        yield client


def ask(client, **fields):
    return client.chat.completions.create(**{"model": "m", "messages": QUESTION, **fields})


def test_parallel_calls_come_in_their_places(client, llmock):
    """Two tools in one turn, plain and streamed."""
    llmock.backends.add("both", lambda prompt: TWO_CALLS)

    plain = ask(client, model="both").choices[0]
    with client.chat.completions.stream(model="both", messages=QUESTION) as stream:
        streamed = stream.get_final_completion().choices[0]

    assert [call.function.name for call in plain.message.tool_calls] == ["one", "two"]
    assert [call.function.arguments for call in streamed.message.tool_calls] == ["{}", '{"x":1}']
    assert plain.finish_reason == streamed.finish_reason == "tool_calls"


def test_a_custom_tool_is_called_with_text(client):
    """Its call has the form of its kind, plain and streamed."""
    plain = ask(client, tools=[SQL]).choices[0].message.tool_calls[0]
    chunks = list(ask(client, tools=[SQL], stream=True))

    calls = [call for chunk in chunks for choice in chunk.choices for call in choice.delta.tool_calls or []]
    assert (plain.type, plain.custom.name) == ("custom", "sql")
    assert [(call.type, call.custom["name"]) for call in calls] == [("custom", "sql")]


@pytest.mark.parametrize(
    ("choice", "called"),
    [
        pytest.param("auto", ["one"], id="auto"),
        pytest.param("required", ["one"], id="required"),
        pytest.param("none", [], id="none"),
        pytest.param({"type": "function", "function": {"name": "two"}}, ["two"], id="named"),
        pytest.param(
            {
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": "auto",
                    "tools": [{"type": "function", "function": {"name": "two"}}],
                },
            },
            ["two"],
            id="allowed",
        ),
    ],
)
def test_a_tool_choice_of_every_form_is_obeyed(client, choice, called):
    """What may be called is called, and nothing else."""
    tools = [{"type": "function", "function": {"name": name}} for name in ("one", "two")]

    message = ask(client, tools=tools, tool_choice=choice).choices[0].message

    assert [call.function.name for call in message.tool_calls or []] == called


def test_log_probabilities_have_their_shape(client):
    """Token, bytes, alternatives; joined the tokens are the answer, streamed ones the same."""
    plain = ask(client, logprobs=True, top_logprobs=3).choices[0]
    chunks = list(ask(client, logprobs=True, top_logprobs=3, stream=True))

    entries = plain.logprobs.content
    streamed = [
        entry
        for chunk in chunks
        for choice in chunk.choices
        if choice.logprobs
        for entry in choice.logprobs.content
    ]
    assert "".join(entry.token for entry in entries) == plain.message.content
    assert all(bytes(entry.bytes).decode() == entry.token and entry.logprob < 0 for entry in entries)
    assert {len(entry.top_logprobs) for entry in entries} == {3}
    assert streamed == entries


def test_log_probabilities_of_a_backend_are_its_own(client, llmock):
    """Nothing is made up where there is something."""
    own = {"content": [{"token": "x", "logprob": -1.0, "bytes": [120], "top_logprobs": []}], "refusal": None}
    llmock.backends.add(
        "own", lambda prompt: Completion((Choice("x", finish_reason="stop"),), extensions={"logprobs": own})
    )

    plain = ask(client, model="own", logprobs=True).choices[0]
    chunks = list(ask(client, model="own", logprobs=True, stream=True))

    told = [choice.logprobs for chunk in chunks for choice in chunk.choices if choice.logprobs]
    assert plain.logprobs.content[0].logprob == -1.0
    assert [entry.logprob for logprobs in told for entry in logprobs.content] == [-1.0]


def test_an_answer_says_its_fingerprint_and_tier(client):
    """The same in every chunk and every answer of the run."""
    plain = ask(client, seed=7, service_tier="auto")
    chunks = list(ask(client, stream=True))
    flex = ask(client, service_tier="flex")

    assert plain.system_fingerprint.startswith("fp_")
    assert {chunk.system_fingerprint for chunk in chunks} == {plain.system_fingerprint}
    assert (plain.service_tier, flex.service_tier) == ("default", "flex")


def test_an_answer_has_the_id_of_its_request(client):
    """Where SDKs look for it, errors included."""
    one, other = ask(client), ask(client)

    with pytest.raises(openai.BadRequestError) as refused:
        ask(client, temperature=7)

    assert len({one._request_id, other._request_id, refused.value.request_id}) == 3
    assert one._request_id == "req_00000000000000000000000000000001"


def test_a_refusal_is_told_as_one(client, llmock):
    """In the message and in the stream."""
    no = Completion((Choice(finish_reason="stop"),), extensions={"refusal": "I cannot do that."})
    llmock.backends.add("prude", lambda prompt: no)

    plain = ask(client, model="prude").choices[0].message
    with client.chat.completions.stream(model="prude", messages=QUESTION) as stream:
        streamed = stream.get_final_completion().choices[0].message

    assert (plain.refusal, plain.content) == ("I cannot do that.", None)
    assert streamed.refusal == "I cannot do that."


def test_fields_that_nobody_reads_are_kept(client, llmock):
    """Effort, images, audio and unknown fields are taken, and stand in the journal."""
    parts = [
        {"type": "text", "text": "Describe it."},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
        {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}},
    ]

    ask(client, messages=[{"role": "user", "content": parts}], reasoning_effort="low", extra_body={"new": 1})

    prompt = llmock.calls[-1].prompt
    assert (prompt.extensions["reasoning_effort"], prompt.extensions["new"]) == ("low", 1)
    assert len(prompt.messages[0].parts) == 3


@pytest.mark.parametrize(
    ("fields", "status", "param"),
    [
        pytest.param({"modalities": ["text", "audio"]}, 501, "modalities", id="audio out"),
        pytest.param({"top_logprobs": 2}, 400, "top_logprobs", id="alternatives of nothing"),
        pytest.param({"logprobs": True, "top_logprobs": 21}, 400, "top_logprobs", id="too many"),
        pytest.param({"metadata": {"a": 1}}, 400, "metadata.a", id="metadata no text"),
        pytest.param({"metadata": {"a": "b" * 513}}, 400, "metadata.a", id="metadata too long"),
        pytest.param({"metadata": {str(n): "" for n in range(17)}}, 400, "metadata", id="too much metadata"),
    ],
)
def test_what_cannot_be_done_is_refused(llm_backend, fields, status, param):
    """In OpenAI's form, at once: an SDK does not try again."""
    body = {"model": "m", "messages": QUESTION, **fields}

    answer = httpx.post(f"{llm_backend.base_url}/chat/completions", json=body)

    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)
    assert answer.headers.get("x-should-retry") == ("false" if status == 501 else None)


def test_a_stored_answer_can_be_fetched(client):
    """The same answer, with its metadata and the settings it was made with."""
    made = ask(client, store=True, metadata={"a": "b"}, temperature=0.5)

    kept = client.chat.completions.retrieve(made.id)

    assert kept.choices == made.choices
    assert (kept.metadata, kept.temperature) == ({"a": "b"}, 0.5)


def test_a_streamed_answer_is_stored_when_it_ends(client):
    """It is the answer that was streamed."""
    chunks = list(ask(client, store=True, stream=True, logprobs=True))

    kept = client.chat.completions.retrieve(chunks[0].id)

    words = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert kept.choices[0].message.content == words
    assert kept.choices[0].logprobs.content


def test_a_stream_that_is_cut_is_not_stored(client, llmock):
    """There is no answer to keep."""

    async def cut(prompt):
        yield Delta("Half")
        raise BackendError(Failure("cut", "gone"))

    llmock.backends.add("cut", cut)

    with pytest.raises(openai.APIError):
        list(ask(client, model="cut", store=True, stream=True))

    assert list(client.chat.completions.list()) == []


def test_an_answer_is_not_stored_unasked(client):
    """The default of the service."""
    made = ask(client)

    with pytest.raises(openai.NotFoundError, match="No chat completion found with id"):
        client.chat.completions.retrieve(made.id)


def test_stored_answers_are_listed_in_pages(client):
    """The SDK follows the pages by itself; model, metadata and order select."""
    ids = [ask(client, store=True, model=f"m{n}", metadata={"n": str(n)}).id for n in range(3)]

    everything = [kept.id for kept in client.chat.completions.list(limit=2)]

    assert everything == ids
    assert [kept.id for kept in client.chat.completions.list(order="desc")] == ids[::-1]
    assert [kept.id for kept in client.chat.completions.list(model="m1")] == [ids[1]]
    assert [kept.id for kept in client.chat.completions.list(metadata={"n": "2"})] == [ids[2]]


def test_the_messages_of_a_stored_answer_are_listed(client):
    """What was asked, each with an id; parts stand beside their words."""
    parts = [{"type": "text", "text": "Na"}, {"type": "text", "text": "me it."}]
    made = ask(client, store=True, messages=[*QUESTION, {"role": "user", "content": parts}])

    listed = list(client.chat.completions.messages.list(made.id))

    assert [message.content for message in listed] == ["Name a river.", "Name it."]
    assert [message.id for message in listed] == [f"{made.id}-0", f"{made.id}-1"]
    assert [part.text for part in listed[1].content_parts] == ["Na", "me it."]


def test_metadata_can_be_changed_and_answers_deleted(client):
    """A deleted answer is gone."""
    made = ask(client, store=True, metadata={"a": "b"})

    changed = client.chat.completions.update(made.id, metadata={"c": "d"})
    gone = client.chat.completions.delete(made.id)

    assert changed.metadata == {"c": "d"}
    assert gone.deleted
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.delete(made.id)


def test_reading_what_is_stored_is_no_call(client, llmock):
    """The journal has the questions alone."""
    made = ask(client, store=True)
    client.chat.completions.retrieve(made.id)
    list(client.chat.completions.list())

    assert [call.method for call in llmock.calls] == ["POST"]


@pytest.mark.parametrize(
    ("query", "param"),
    [("limit=0", "limit"), ("limit=x", "limit"), ("order=up", "order"), ("after=nobody", "after")],
)
def test_a_page_that_is_none_is_refused(llm_backend, query, param):
    """The parameter is named."""
    answer = httpx.get(f"{llm_backend.base_url}/chat/completions?{query}")

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


def test_a_deleted_model_is_gone(client):
    """It is neither listed nor found."""
    client.models.delete("scripted")

    assert [model.id for model in client.models.list()] == ["synthetic"]
    with pytest.raises(openai.NotFoundError, match="this test has deleted it"):
        client.models.retrieve("scripted")


@pytest.mark.asyncio
async def test_an_async_client_is_served_the_same(llm_backend):
    """Plain and streamed."""
    async with openai.AsyncOpenAI() as client:
        plain = await client.chat.completions.create(model="m", messages=QUESTION)
        stream = await client.chat.completions.create(model="m", messages=QUESTION, stream=True)
        words = [chunk.choices[0].delta.content or "" async for chunk in stream]

    assert "".join(words) == plain.choices[0].message.content


def test_usage_is_the_same_streamed_or_not(client):
    """And above zero."""
    plain = ask(client)
    *_, last = ask(client, stream=True, stream_options={"include_usage": True})

    assert last.usage == plain.usage
    assert plain.usage.completion_tokens > 0


def test_ends_of_single_choices_are_told(client, llmock):
    """Each choice has its own reason."""

    async def both(prompt):
        yield Delta("a", 0)
        yield Delta(index=0, end=End("length"))
        yield Delta("b", 1)
        yield Delta(index=1, end=End("content_filter", Usage(1, 1)))

    llmock.backends.add("both", both)

    answer = ask(client, model="both", n=2)

    assert [choice.finish_reason for choice in answer.choices] == ["length", "content_filter"]
    assert json.loads(answer.to_json())["usage"]["total_tokens"] == 2

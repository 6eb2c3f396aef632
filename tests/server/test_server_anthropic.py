"""The Anthropic API over HTTP, with the real SDK."""

import asyncio
import base64
import json

import anthropic
import httpx
import pytest

from pytest_llmock.errors import BackendError, Failure
from pytest_llmock.llm import Choice, Completion, Delta, ToolCall, Usage

VIRTUAL = pytest.mark.llmock(clock="virtual")  # the waits before each retry take no time
ASKED = {
    "model": "claude-x",
    "max_tokens": 200,
    "messages": [{"role": "user", "content": "Weather in Oslo?"}],
}
WEATHER = {
    "name": "weather",
    "description": "The weather of a city",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 1, "maximum": 7}},
        "required": ["city", "days"],
    },
}
VERSION = {"anthropic-version": "2023-06-01"}


@pytest.fixture
def client(llm_backend):
    """The SDK as an application builds it."""
    with anthropic.Anthropic(max_retries=0) as client:
        yield client


def fails_with(failure):
    async def backend(prompt):
        raise BackendError(failure, backend="b")
        yield Delta()

    return backend


def saying(*choices, **said):
    return lambda prompt: Completion(choices, Usage(9, 4), **said)


def test_a_message_has_words_a_reason_and_usage(client, llm_backend):
    """The client needs nothing but the environment."""
    message = client.messages.create(**ASKED, system="Be brief.")

    assert message.content[0].type == "text"
    assert (message.model, message.role, message.stop_reason) == ("claude-x", "assistant", "end_turn")
    assert message.id.startswith("msg_")
    assert message.usage.output_tokens > 0
    assert [each.role for each in llm_backend.calls[-1].prompt.messages] == ["system", "user"]
    assert llm_backend.calls[-1].face == "anthropic"


def test_the_answer_is_the_same_streamed_or_not(client):
    """The SDK puts the events together to the same message, with the same usage."""
    plain = client.messages.create(**ASKED)

    with client.messages.stream(**ASKED) as stream:
        words = "".join(stream.text_stream)
        streamed = stream.get_final_message()

    assert words == plain.content[0].text
    assert streamed.usage.to_dict() == plain.usage.to_dict()
    assert (streamed.stop_reason, streamed.content[0].text) == (plain.stop_reason, words)


def test_the_events_come_in_the_order_of_the_service(client):
    """A ping is told to nobody, but sent."""
    kinds = [event.type for event in client.messages.create(**ASKED, stream=True)]

    assert kinds[:3] == ["message_start", "content_block_start", "content_block_delta"]
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]


@pytest.mark.asyncio
async def test_the_async_client_streams(llm_backend):
    """As the sync one does."""
    async with anthropic.AsyncAnthropic() as client, client.messages.stream(**ASKED) as stream:
        words = "".join([text async for text in stream.text_stream])

    assert words


def test_an_agent_loop_ends(client):
    """The offered tool is called with valid arguments; its result, with words beside it, ends the loop."""
    first = client.messages.create(**ASKED, tools=[WEATHER])
    call = first.content[0]
    result = {
        "type": "tool_result",
        "tool_use_id": call.id,
        "content": [{"type": "text", "text": "18 degrees"}],
    }
    answered = [result, {"type": "text", "text": "Go on."}]
    turns = [{"role": "assistant", "content": first.content}, {"role": "user", "content": answered}]

    second = client.messages.create(**{**ASKED, "messages": ASKED["messages"] + turns}, tools=[WEATHER])

    assert (first.stop_reason, call.type, call.name) == ("tool_use", "tool_use", "weather")
    assert 1 <= call.input["days"] <= 7
    assert second.stop_reason == "end_turn"
    assert "18 degrees" in second.content[0].text


def test_the_tool_runner_of_the_sdk_runs_to_its_end(client):
    """Its requests are those of the beta API, at the same path."""

    @anthropic.beta_tool
    def weather(city: str) -> str:
        """The weather of a city."""
        return f"It rains in {city}"

    final = client.beta.messages.tool_runner(**ASKED, tools=[weather]).until_done()

    assert "It rains in Oslo" in final.content[0].text


def test_a_streamed_tool_call_is_put_together(client):
    """Its input comes as JSON in pieces."""
    with client.messages.stream(**ASKED, tools=[WEATHER]) as stream:
        final = stream.get_final_message()

    assert (final.stop_reason, final.content[0].name) == ("tool_use", "weather")
    assert final.content[0].input["city"]


@pytest.mark.parametrize(
    ("choice", "kind"),
    [
        ({"type": "any"}, "tool_use"),
        ({"type": "tool", "name": "weather", "disable_parallel_tool_use": True}, "tool_use"),
        ({"type": "none"}, "text"),
        ({"type": "auto"}, "tool_use"),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else value,
)
def test_the_choice_of_tools_is_followed(client, choice, kind):
    """In all its forms."""
    message = client.messages.create(**ASKED, tools=[WEATHER], tool_choice=choice)

    assert [block.type for block in message.content] == [kind]


def test_several_tools_can_be_called_at_once(client, llmock):
    """Streamed they are put together as they are plain."""
    calls = (ToolCall("c1", "weather", '{"city": "Oslo"}'), ToolCall("c2", "weather", "{}"))
    llmock.backends.add("caller", saying(Choice("Let me see", "", calls, "tool_calls")))
    asked = {**ASKED, "model": "caller", "tools": [WEATHER]}

    plain = client.messages.create(**asked)
    with client.messages.stream(**asked) as stream:
        streamed = stream.get_final_message()

    assert [block.type for block in plain.content] == ["text", "tool_use", "tool_use"]
    assert [block.to_dict() for block in plain.content] == [block.to_dict() for block in streamed.content]


def test_structured_output_is_parsed_by_the_sdk(client):
    """A pydantic model goes in as schema and comes out as instance."""
    import pydantic

    class Ticket(pydantic.BaseModel):
        subject: str
        urgent: bool

    message = client.messages.parse(**ASKED, output_format=Ticket)

    assert isinstance(message.parsed_output, Ticket)


def test_thinking_comes_before_the_answer(client):
    """With a signature, and streamed as well."""
    asked = {**ASKED, "max_tokens": 2000, "thinking": {"type": "enabled", "budget_tokens": 1024}}

    plain = client.messages.create(**asked)
    with client.messages.stream(**asked) as stream:
        streamed = stream.get_final_message()

    assert [block.type for block in plain.content] == ["thinking", "text"]
    assert streamed.content[0].thinking == plain.content[0].thinking
    assert plain.content[0].signature
    assert streamed.content[0].signature


@pytest.mark.parametrize(
    ("more", "reason", "sequence"),
    [
        pytest.param({"max_tokens": 2}, "max_tokens", None, id="limit"),
        pytest.param({"stop_sequences": ["Oslo"]}, "stop_sequence", "Oslo", id="stop"),
        pytest.param({"max_tokens": 0}, "max_tokens", None, id="only the cache"),
    ],
)
def test_the_reason_for_stopping_is_told(client, more, reason, sequence):
    """Plain and streamed."""
    plain = client.messages.create(**ASKED | more)
    with client.messages.stream(**ASKED | more) as stream:
        streamed = stream.get_final_message()

    assert (plain.stop_reason, plain.stop_sequence) == (reason, sequence)
    assert (streamed.stop_reason, streamed.stop_sequence) == (reason, sequence)


def test_a_refusal_is_a_reason_to_stop(client, llmock):
    """What other APIs call a content filter."""
    llmock.backends.add("prude", saying(Choice("No.", finish_reason="content_filter")))

    assert client.messages.create(**ASKED | {"model": "prude"}).stop_reason == "refusal"


def test_what_the_cache_took_is_counted_apart(client, llmock):
    """The sum stays that of the backend."""
    usage = Usage(10, 4, extensions={"cache_read_input_tokens": 6})
    llmock.backends.add("cached", lambda prompt: Completion((Choice("Yes", finish_reason="stop"),), usage))

    counted = client.messages.create(**ASKED | {"model": "cached"}).usage

    assert (counted.input_tokens, counted.cache_read_input_tokens) == (4, 6)


def test_images_and_documents_are_taken(client, llm_backend):
    """A picture is one of the model's, a document is kept as it came."""
    picture = {"type": "base64", "media_type": "image/png", "data": "AAAA"}
    document = {"type": "text", "media_type": "text/plain", "data": "Hello"}
    content = [
        {"type": "image", "source": picture},
        {"type": "document", "source": document, "title": "A"},
        {"type": "text", "text": "What is it?", "cache_control": {"type": "ephemeral"}},
    ]

    client.messages.create(**ASKED | {"messages": [{"role": "user", "content": content}]})

    (message,) = llm_backend.calls[-1].prompt.messages
    assert message.parts[0].url == "data:image/png;base64,AAAA"
    assert (message.parts[1].kind, message.parts[1].data["title"]) == ("document", "A")
    assert message.text == "What is it?"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        pytest.param({"max_tokens": None}, "max_tokens: Field required", id="no limit"),
        pytest.param({"model": None}, "model: Field required", id="no model"),
        pytest.param({"messages": None}, "messages: Field required", id="no messages"),
        pytest.param({"messages": []}, "messages: at least one message is required", id="empty"),
        pytest.param({"messages": "Hi"}, "messages: Input should be a valid list", id="no list"),
        pytest.param({"messages": ["Hi"]}, "messages.0: Input should be a valid dictionary", id="no message"),
        pytest.param(
            {"messages": [{"role": "tool", "content": "x"}]},
            "messages.0.role: Input should be 'user', 'assistant' or 'system'",
            id="role",
        ),
        pytest.param({"temperature": 1.5}, "temperature: range: 0..1", id="temperature"),
        pytest.param(
            {"max_tokens": "5"}, "max_tokens: Input should be a valid integer", id="limit no number"
        ),
        pytest.param(
            {"tool_choice": {"type": "any"}},
            "tool_choice: tool_choice may only be specified while providing tools.",
            id="no tools",
        ),
        pytest.param(
            {"thinking": {"type": "enabled", "budget_tokens": 10}},
            "thinking.budget_tokens: Input should be greater than or equal to 1024",
            id="thought",
        ),
    ],
)
def test_a_wrong_request_is_refused_as_anthropic_does(llm_backend, more, message):
    """Status, type and place are those of the real service."""
    body = {key: value for key, value in (ASKED | more).items() if value is not None}

    answer = httpx.post(f"{llm_backend.env['ANTHROPIC_BASE_URL']}/v1/messages", json=body)

    said = answer.json()
    assert (answer.status_code, said["type"]) == (400, "error")
    assert said["error"] == {"type": "invalid_request_error", "message": message}
    assert said["request_id"] == answer.headers["request-id"]


@pytest.mark.parametrize(
    ("status", "kind", "raised"),
    [
        (429, "rate_limit_error", anthropic.RateLimitError),
        (529, "overloaded_error", anthropic.InternalServerError),
        (401, "authentication_error", anthropic.AuthenticationError),
        (422, "invalid_request_error", anthropic.UnprocessableEntityError),
        (503, "api_error", anthropic.InternalServerError),
    ],
)
@VIRTUAL
def test_a_failure_is_the_sdks_own_error(client, llmock, status, kind, raised):
    """An upstream's status and type reach the client."""
    llmock.backends.add("b", fails_with(Failure("status", "no", status=status)))

    with pytest.raises(raised) as caught:
        client.messages.create(**ASKED | {"model": "b"})

    assert (caught.value.status_code, caught.value.body["error"]["type"]) == (status, kind)
    assert caught.value.request_id.startswith("req_")


def a_bug(prompt):
    raise ValueError("a bug")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/v1/messages", ASKED | {"model": "bug"}, 500),
        ("POST", "/v1/messages", {}, 400),
        ("PUT", "/v1/messages", {}, 405),
        ("POST", "/v1/messages/nothing", {}, 404),
        ("GET", "/v1/messages/batches/none", None, 404),
    ],
    ids=["bug", "field", "method", "path", "id"],
)
def test_every_error_names_its_request(llmock, method, path, body, status):
    """In the header and in the body, which support asks for."""
    llmock.backends.add("bug", a_bug)

    answer = httpx.request(method, f"{llmock.url}{path}", json=body)

    assert answer.status_code == status
    assert answer.json()["request_id"] == answer.headers["request-id"]


def test_an_error_in_a_stream_names_its_request(llmock, llm_backend):
    """Its event has the id that the headers had."""
    llm_backend.fail(fault="529@2").then("One two three four five six")

    answer = httpx.post(f"{llmock.url}/v1/messages", json=ASKED | {"stream": True})

    last = json.loads(answer.text.strip().rpartition("data: ")[2])
    assert (answer.status_code, last["error"]["type"]) == (200, "overloaded_error")
    assert last["request_id"] == answer.headers["request-id"]


@pytest.mark.parametrize("status", [429, 529])
@VIRTUAL
def test_the_sdk_asks_again(llm_backend, llmock, status):
    """As often as it was told to, as if the service had refused."""
    llmock.backends.add("b", fails_with(Failure("status", "no", status=status)))

    with anthropic.Anthropic(max_retries=1) as client, pytest.raises(anthropic.APIStatusError):
        client.messages.create(**ASKED | {"model": "b"})

    assert [call.status for call in llm_backend.calls] == [status] * 2


@VIRTUAL
def test_a_stream_that_breaks_off_ends_in_an_error(client, llmock):
    """Not in a message that looks whole: the SDK raises."""

    async def broken(prompt):
        yield Delta("Half an ans")

    llmock.backends.add("b", broken)

    with pytest.raises(anthropic.APIStatusError), client.messages.stream(**ASKED | {"model": "b"}) as stream:
        stream.get_final_message()

    assert llmock.calls[-1].error == "The answer of backend 'b' was cut off before its end."


def test_an_answer_that_is_passed_on_stays_what_it_was(opened):
    """A live backend of the same API: thoughts, signature and reasons go through, plain and streamed."""
    upstream = opened(seed=7)  # so that its ids are others
    live = {"Name": "up", "Provider": "anthropic", "BaseUrl": f"{upstream.url}/v1/", "ApiKey": "k"}
    relay = opened(settings={"Backends": [live]}, record="off")
    asked = {**ASKED, "max_tokens": 2000, "thinking": {"type": "enabled", "budget_tokens": 1024}}

    with anthropic.Anthropic(base_url=relay.url, api_key="k", max_retries=0) as client:
        plain = client.messages.create(**asked, stop_sequences=["Oslo"])
        with client.messages.stream(**asked, stop_sequences=["Oslo"]) as stream:
            streamed = stream.get_final_message()

    signers = [base64.b64decode(each.content[0].signature).decode().split()[1] for each in (plain, streamed)]
    assert all(signer.startswith("msg_") for signer in signers)
    assert not {*signers} & {plain.id, streamed.id}
    assert [block.type for block in streamed.content] == [block.type for block in plain.content]
    assert (streamed.stop_reason, plain.stop_sequence) == ("stop_sequence", "Oslo")
    assert upstream.calls[-1].prompt == relay.calls[-1].prompt


def test_tokens_are_counted_as_in_an_answer(client):
    """Nobody is asked for that."""
    asked = {key: value for key, value in ASKED.items() if key != "max_tokens"}

    counted = client.messages.count_tokens(**asked, system="Be brief.")

    assert counted.input_tokens == client.messages.create(**ASKED, system="Be brief.").usage.input_tokens


def test_models_are_the_backends_in_pages(client, llmock):
    """Any other id is a model too."""
    llmock.backends.add("parrot", lambda prompt: "polly")

    assert {"synthetic", "parrot"} <= {model.id for model in client.models.list(limit=1)}
    assert client.models.retrieve("claude-9").display_name == "claude-9"


def test_the_same_paths_without_the_header_are_openais(llmock):
    """Both SDKs may be used in one test."""
    ours = httpx.get(f"{llmock.url}/v1/models", headers=VERSION).json()
    theirs = httpx.get(f"{llmock.url}/v1/models").json()

    assert ("has_more" in ours, theirs["object"]) == (True, "list")


def test_an_unknown_path_is_a_404_in_anthropics_form(client, llmock):
    """It names the nearest."""
    answer = httpx.post(f"{llmock.url}/v1/messages/count_token", json={})

    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "not_found_error")
    assert "Did you mean '/v1/messages/count_tokens'?" in answer.json()["error"]["message"]


def request_of(name, **more):
    return {"custom_id": name, "params": ASKED | more}


@VIRTUAL
@pytest.mark.parametrize("ask", ["files", "skills"])
def test_what_is_not_served_is_named(client, ask):
    """With a status for which the SDK does not ask again."""
    with pytest.raises(anthropic.InternalServerError) as caught:
        getattr(client.beta, ask).list()

    said = f"The {ask.title()} API is not supported by pytest-llmock."
    assert (caught.value.status_code, caught.value.body["error"]["message"]) == (501, said)


def test_a_batch_is_answered_when_somebody_looks(client, llmock):
    """Each of its requests is a call; one that fails is a result too."""
    llmock.backends.add("b", fails_with(Failure("status", "no", status=529)))
    requests = [request_of("one"), request_of("bad", model="b"), request_of("none", max_tokens="x")]

    batch = client.messages.batches.create(requests=requests)
    ended = client.messages.batches.retrieve(batch.id)
    results = {each.custom_id: each.result for each in client.messages.batches.results(batch.id)}

    assert (batch.processing_status, ended.processing_status) == ("in_progress", "ended")
    assert (batch.request_counts.processing, ended.request_counts.succeeded) == (3, 1)
    assert results["one"].message.content[0].text
    assert results["bad"].error.error.type == "overloaded_error"
    assert results["none"].error.error.message == "max_tokens: Input should be a valid integer"
    assert [call.path for call in llmock.calls[1:]] == ["/v1/messages"] * 3


def test_a_batch_that_is_canceled_answers_nothing(client, llm_backend):
    """What has not been answered yet is canceled."""
    batch = client.messages.batches.create(requests=[request_of("one")])

    canceling = client.messages.batches.cancel(batch.id)
    ended = client.messages.batches.retrieve(batch.id)

    assert (canceling.processing_status, ended.request_counts.canceled) == ("canceling", 1)
    assert len(llm_backend.calls) == 1


@pytest.mark.asyncio
async def test_a_batch_is_answered_once_however_many_look(llmock):
    """Whoever comes while it is being answered sees it in progress."""

    async def slow(prompt):
        await asyncio.sleep(0.05)
        return "done"

    llmock.backends.add("slow", slow)
    async with anthropic.AsyncAnthropic(base_url=llmock.url, api_key="k") as client:
        batches = client.messages.batches
        batch = await batches.create(requests=[request_of("one", model="slow")])
        seen = await asyncio.gather(batches.retrieve(batch.id), batches.retrieve(batch.id))

    assert {each.processing_status for each in seen} == {"in_progress", "ended"}
    assert [call.path for call in llmock.calls] == ["/v1/messages/batches", "/v1/messages"]


def test_a_batch_that_has_ended_cannot_be_canceled(client):
    """It stays as it is."""
    batch = client.messages.batches.create(requests=[request_of("one")])
    client.messages.batches.retrieve(batch.id)

    assert client.messages.batches.cancel(batch.id).processing_status == "ended"


@VIRTUAL
def test_a_bug_in_a_backend_is_the_result_of_its_request(client, llmock):
    """The others of the batch are answered."""

    def bug(prompt):
        raise ValueError("a bug")

    llmock.backends.add("bug", bug)
    batch = client.messages.batches.create(requests=[request_of("bad", model="bug"), request_of("good")])

    counts = client.messages.batches.retrieve(batch.id).request_counts

    assert (counts.errored, counts.succeeded) == (1, 1)


def test_batches_are_listed_newest_first_and_deleted(client):
    """In pages, as everything there is."""
    one, other = (client.messages.batches.create(requests=[request_of("x")]) for _ in range(2))
    client.messages.batches.retrieve(one.id)

    listed = [batch.id for batch in client.messages.batches.list(limit=1)]
    client.messages.batches.delete(one.id)

    assert listed == [other.id, one.id]
    with pytest.raises(anthropic.NotFoundError):
        client.messages.batches.retrieve(one.id)


@pytest.mark.parametrize("method", ["delete", "results"])
def test_a_batch_in_progress_has_no_end(client, method):
    """Neither results nor a way to forget it."""
    batch = client.messages.batches.create(requests=[request_of("one")])
    path = f"v1/messages/batches/{batch.id}{'/results' if method == 'results' else ''}"

    answer = httpx.request("DELETE" if method == "delete" else "GET", f"{client.base_url}{path}")

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("requests", "problem"),
    [([], "at least 1 item"), ([request_of("a"), request_of("a")], "unique custom_ids")],
    ids=["none", "twice"],
)
def test_a_batch_without_requests_or_with_one_name_twice_is_refused(client, requests, problem):
    """Their results could not be told apart."""
    with pytest.raises(anthropic.BadRequestError, match=problem):
        client.messages.batches.create(requests=requests)


def test_a_page_before_an_id_is_the_end_of_what_is_before(llmock):
    """The way back of a pager."""
    for name in "abc":
        llmock.backends.add(name, lambda prompt: "x")
    ids = [model["id"] for model in httpx.get(f"{llmock.url}/v1/models", headers=VERSION).json()["data"]]

    page = httpx.get(
        f"{llmock.url}/v1/models", headers=VERSION, params={"before_id": ids[-1], "limit": 2}
    ).json()

    assert ([model["id"] for model in page["data"]], page["has_more"]) == (ids[-3:-1], True)


def test_a_wrong_limit_is_refused(llmock):
    """It has the API's bounds."""
    answer = httpx.get(f"{llmock.url}/v1/models?limit=0", headers=VERSION)

    assert answer.json()["error"]["message"] == "limit: Input should be a whole number from 1 to 1000"


def test_the_journal_knows_the_tools_and_the_rest(client, llm_backend):
    """What is not modelled is kept as it came."""
    search = {"type": "web_search_20250305", "name": "web_search", "max_uses": 3}

    client.messages.create(**ASKED, tools=[WEATHER, search], extra_body={"top_k": 5, "new": {"a": 1}})

    prompt = llm_backend.calls[-1].prompt
    assert [tool.name for tool in prompt.tools] == ["weather"]
    assert json.loads(json.dumps(prompt.extensions)) == {
        "top_k": 5,
        "new": {"a": 1},
        "server_tools": [search],
    }

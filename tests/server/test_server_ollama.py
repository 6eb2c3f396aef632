"""Ollama's own API over HTTP, with the real SDK."""

import json

import httpx
import ollama
import pytest

from pytest_llmock.errors import BackendError, Failure
from pytest_llmock.llm import Choice, Completion, Delta, ToolCall, Usage

VIRTUAL = pytest.mark.llmock(clock="virtual")  # the waits before each retry take no time
ASKED = {"model": "llama3", "messages": [{"role": "user", "content": "Weather in Oslo?"}]}
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = {"type": "function", "function": {"name": "weather", "parameters": PARAMETERS}}
PNG = "iVBORw0KGgo="


@pytest.fixture
def client(llm_backend):
    """The SDK as an application builds it: OLLAMA_HOST leads to the test, its path included."""
    with ollama.Client() as client:
        yield client


def fails_with(failure):
    async def backend(prompt):
        raise BackendError(failure, backend="b")
        yield Delta()

    return backend


def test_a_chat_has_words_a_reason_and_counts(client, llm_backend):
    """The client needs nothing but the environment."""
    answer = client.chat(**ASKED)

    assert answer.message.content
    assert (answer.model, answer.done, answer.done_reason) == ("llama3", True, "stop")
    assert answer.prompt_eval_count > 0
    assert answer.eval_count > 0
    assert answer.total_duration == answer.load_duration + answer.prompt_eval_duration + answer.eval_duration
    assert llm_backend.calls[-1].face == "ollama"


@pytest.mark.parametrize("more", [{}, {"think": True}, {"tools": [WEATHER]}], ids=["text", "think", "tools"])
def test_the_answer_is_the_same_streamed_or_not(client, more):
    """Words and thoughts in pieces, tool calls whole, counts in the last line."""
    plain = client.chat(**ASKED, **more)
    lines = list(client.chat(**ASKED, **more, stream=True))

    assert "".join(line.message.content for line in lines) == plain.message.content
    assert "".join(line.message.thinking or "" for line in lines) == (plain.message.thinking or "")
    assert [call for line in lines for call in line.message.tool_calls or ()] == list(
        plain.message.tool_calls or ()
    )
    assert [line.done for line in lines] == [False] * (len(lines) - 1) + [True]
    assert (lines[-1].eval_count, lines[-1].total_duration) == (plain.eval_count, plain.total_duration)


def test_thoughts_are_told_when_they_are_asked_for(client):
    """And only then."""
    assert client.chat(**ASKED, think="high").message.thinking
    assert not client.chat(**ASKED).message.thinking


def test_without_a_word_about_it_the_answer_is_streamed(llm_backend):
    """Unlike everywhere else."""
    answer = httpx.post(f"{llm_backend.env['OLLAMA_HOST']}/api/chat", json=ASKED)

    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert len(lines) > 2
    assert lines[-1]["done"]


@pytest.mark.asyncio
async def test_the_async_client_streams(llm_backend):
    """As the sync one does."""
    client = ollama.AsyncClient()
    words = "".join([line.message.content async for line in await client.chat(**ASKED, stream=True)])
    await client.close()

    assert words == (await llm_backend.complete("Weather in Oslo?")).text


def test_an_agent_loop_ends(client):
    """The offered function is called with arguments; its result, named by its tool, ends the loop."""

    def weather(city: str) -> str:
        """The weather.

        Args:
            city: The city.
        """
        return f"It rains in {city}"

    first = client.chat(**ASKED, tools=[weather])
    (call,) = first.message.tool_calls
    result = {"role": "tool", "tool_name": "weather", "content": weather(**call.function.arguments)}

    second = client.chat(
        model="llama3", messages=[*ASKED["messages"], first.message, result], tools=[weather]
    )

    assert "It rains in Oslo" in second.message.content
    assert not second.message.tool_calls


def test_results_belong_to_their_calls(client, llm_backend):
    """By id, by name, or by their order, as far as the client said."""
    calls = [{"id": "x", "function": {"name": "f", "arguments": {}}}]
    calls += [{"function": {"name": name, "arguments": {}}} for name in ("g", "h", "f")]
    results = [{"tool_call_id": "x"}, {"tool_name": "h"}, {}, {}, {"tool_name": "late"}]
    messages = [{"role": "assistant", "tool_calls": calls}]
    messages += [{"role": "tool", "content": "r", **result} for result in results]

    httpx.post(f"{llm_backend.env['OLLAMA_HOST']}/api/chat", json={"model": "m", "messages": messages})

    asked = llm_backend.calls[-1].prompt.messages
    assert [part.id for part in asked[0].parts] == ["x", "call_1", "call_2", "call_3"]
    assert [message.parts[0].call_id for message in asked[1:]] == ["x", "call_2", "call_1", "call_3", "late"]


def test_a_schema_is_met(client):
    """`format` takes one, or "json" for any object."""
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}

    instance = json.loads(client.chat(**ASKED, format=schema).message.content)
    anything = json.loads(client.chat(**ASKED, format="json").message.content)

    assert isinstance(instance["age"], int)
    assert isinstance(anything, dict)


def test_options_are_followed_and_kept(client, llm_backend):
    """Those that every API knows by what they mean, the others as they came."""
    options = {"temperature": 0.5, "num_predict": 2, "seed": 7, "stop": ["X"], "top_p": 0.9, "num_ctx": 512}

    answer = client.chat(**ASKED, options=options, keep_alive="5m")

    prompt = llm_backend.calls[-1].prompt
    sampling = prompt.sampling
    assert (sampling.temperature, sampling.max_tokens, sampling.seed) == (0.5, 2, 7)
    assert (sampling.stop, sampling.top_p) == (("X",), 0.9)
    assert prompt.extensions == {"options": {"num_ctx": 512}, "keep_alive": "5m"}
    assert answer.done_reason == "length"


def test_a_prompt_is_a_chat_of_one_turn(client, llm_backend):
    """With a system prompt and pictures; plain and streamed."""
    asked = {"model": "m", "prompt": "What is it?", "system": "Be brief.", "images": [PNG]}

    plain = client.generate(**asked, think=True)
    lines = list(client.generate(**asked, think=True, stream=True))

    assert "".join(line.response for line in lines) == plain.response
    assert plain.thinking == "".join(line.thinking or "" for line in lines)
    system, user = llm_backend.calls[-1].prompt.messages
    assert (system.text, user.text) == ("Be brief.", "What is it?")
    assert user.parts[1].url == f"data:image/png;base64,{PNG}"


def test_an_unlimited_answer_has_no_limit(client, llm_backend):
    """-1 says so."""
    client.generate(model="m", prompt="Hi", options={"num_predict": -1})

    assert llm_backend.calls[-1].prompt.sampling.max_tokens is None


@pytest.mark.parametrize(
    ("more", "reason"), [({}, "load"), ({"keep_alive": 0}, "unload")], ids=["load", "unload"]
)
def test_a_request_that_says_nothing_only_loads_the_model(client, more, reason):
    """Nobody is asked."""
    generated, chatted = client.generate(model="m", **more), client.chat(model="m", **more)

    assert (generated.done_reason, generated.response) == (reason, "")
    assert (chatted.done_reason, chatted.message.content) == (reason, "")


def test_several_tools_can_be_called_at_once(client, llmock):
    """Each comes whole, in its order, whatever the pieces were."""
    calls = (ToolCall("c1", "f", '{"a": 1}'), ToolCall("c2", "g", "{}"))
    answer = Completion((Choice("", "", calls, "tool_calls"),), Usage(1, 1))
    llmock.backends.add("caller", lambda prompt: answer)

    lines = list(client.chat(model="caller", messages=ASKED["messages"], stream=True))

    said = [call.function for line in lines for call in line.message.tool_calls or ()]
    assert [(function.name, dict(function.arguments)) for function in said] == [("f", {"a": 1}), ("g", {})]


def test_texts_are_embedded(client):
    """One or several; the same text the same, the older way too."""
    many = client.embed(model="m", input=["a cat", "a cat", "tax law"])
    one = client.embed(model="m", input="a cat", dimensions=8)
    older = client.embeddings(model="m", prompt="a cat")

    assert many.embeddings[0] == many.embeddings[1] != many.embeddings[2]
    assert (many.embeddings[0], len(one.embeddings[0])) == (older.embedding, 8)
    assert many.prompt_eval_count > 0


def test_nothing_to_embed_gives_nothing(client):
    """As there."""
    assert client.embed(model="m", input=[]).embeddings == []
    assert client.embeddings(model="m").embedding == []


@VIRTUAL
def test_a_backend_that_embeds_too_little_is_told(client, llmock):
    """It is cut off, and no shorter list."""
    llmock.backends.add("b", lambda prompt: Completion(vectors=((1.0,),)))

    with pytest.raises(ollama.ResponseError, match="cut off"):
        client.embed(model="b", input=["a", "b"])


def test_models_are_the_backends(client, llmock):
    """Listed, running, shown and pulled; any other name can be shown too."""
    llmock.backends.add("parrot", lambda prompt: "polly")

    assert "parrot" in [model.model for model in client.list().models]
    assert "parrot" in [model.model for model in client.ps().models]
    assert client.show("any").capabilities
    assert client.pull("any").status == "success"
    assert [step.status for step in client.pull("any", stream=True)] == ["pulling manifest", "success"]
    assert httpx.get(f"{llmock.url}/api/version").json()["version"]


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("chat", {"messages": []}, "model is required"),
        ("chat", {"model": ""}, "model is required"),
        (
            "chat",
            {"model": "m", "messages": "Hi"},
            "json: cannot unmarshal string into Go struct field ChatRequest.messages of type []interface {}",
        ),
        (
            "chat",
            {"model": "m", "messages": [{"role": 1}]},
            "json: cannot unmarshal number into Go struct field ChatRequest.messages.role of type string",
        ),
        (
            "chat",
            {"model": "m", "messages": [], "options": {"temperature": "hot"}},
            'option "temperature" must be of type float32',
        ),
        (
            "generate",
            {"model": "m", "format": "xml"},
            'invalid format: "xml"; expected "json" or a valid JSON Schema object',
        ),
        (
            "generate",
            {"model": "m", "think": "lots"},
            'invalid think value: "lots" (must be "high", "medium", "low", "max", true, or false)',
        ),
        ("embed", {"model": "m", "input": [1]}, "invalid input type"),
        ("embed", {"model": "", "input": []}, "model is required"),
        ("show", {}, "model is required"),
    ],
)
def test_a_wrong_request_is_refused_as_ollama_does(llm_backend, path, body, message):
    """In the words of its server."""
    answer = httpx.post(f"{llm_backend.env['OLLAMA_HOST']}/api/{path}", json=body)

    assert (answer.status_code, answer.json()) == (400, {"error": message})


@VIRTUAL
def test_a_failure_is_the_sdks_own_error(client, llmock):
    """An upstream's status reaches the client."""
    llmock.backends.add("b", fails_with(Failure("status", "slow down", status=429)))

    with pytest.raises(ollama.ResponseError) as caught:
        client.chat(model="b", messages=ASKED["messages"])

    assert (caught.value.status_code, caught.value.error) == (429, "slow down")


@VIRTUAL
def test_a_stream_that_breaks_off_ends_in_an_error(client, llmock):
    """What came before is there; the SDK raises."""

    async def broken(prompt):
        yield Delta("Half an ans")

    llmock.backends.add("b", broken)
    lines = client.chat(model="b", messages=ASKED["messages"], stream=True)

    assert next(lines).message.content == "Half an ans"
    with pytest.raises(ollama.ResponseError, match="cut off"):
        next(lines)


def test_what_this_server_has_not_is_a_501(client):
    """No models of its own that could be changed."""
    with pytest.raises(ollama.ResponseError, match="/api/delete is not supported") as caught:
        client.delete("m")

    assert caught.value.status_code == 501


def test_an_unknown_path_is_a_404_in_ollamas_form(llmock):
    """It names the nearest."""
    answer = httpx.post(f"{llmock.url}/api/chats", json={})

    assert (answer.status_code, answer.json()) == (
        404,
        {"error": "There is nothing at /api/chats in this API. Did you mean '/api/chat'?"},
    )


def test_a_role_that_nobody_knows_is_the_users(llm_backend):
    """Some models have one of their own: it is kept."""
    asked = {"model": "m", "messages": [{"role": "control", "content": "thinking"}]}

    httpx.post(f"{llm_backend.env['OLLAMA_HOST']}/api/chat", json=asked)

    (message,) = llm_backend.calls[-1].prompt.messages
    assert (message.role, message.extensions) == ("user", {"role": "control"})


@pytest.mark.parametrize("size", [-1, 65_537, 10**400])
def test_vectors_of_an_impossible_size_are_refused(llmock, size):
    """A mistyped number must not fill the memory."""
    answer = httpx.post(f"{llmock.url}/api/embed", json={"model": "m", "input": "a", "dimensions": size})

    assert answer.status_code == 400
    assert answer.json()["error"].endswith("expected a number from 0 to 65536")


def entries(lines):
    return [entry for line in lines for entry in line.logprobs or ()]


@pytest.mark.parametrize("top", [None, 0, 2])
@pytest.mark.parametrize(
    "ask",
    [
        lambda client, **more: client.chat(**ASKED, **more),
        lambda client, **more: client.generate(model="llama3", prompt="Hi", **more),
    ],
    ids=["chat", "generate"],
)
def test_log_probabilities_are_told_where_they_are_asked_for(client, ask, top):
    """One for each token, the same streamed or not, with as many alternatives as were asked for."""
    plain = ask(client, logprobs=True, top_logprobs=top)
    lines = list(ask(client, logprobs=True, top_logprobs=top, stream=True))

    said = plain.response if hasattr(plain, "response") else plain.message.content
    assert "".join(entry.token for entry in plain.logprobs) == said
    assert entries(lines) == list(plain.logprobs)
    assert {len(entry.top_logprobs or ()) for entry in plain.logprobs} == {top or 0}
    assert all(entry.logprob < 0 for entry in plain.logprobs)


@pytest.mark.parametrize("more", [{}, {"logprobs": False}, {"top_logprobs": 3}])
def test_log_probabilities_are_not_told_otherwise(client, more):
    """Not even where somebody says how many alternatives there would be."""
    assert client.chat(**ASKED, **more).logprobs is None
    assert entries(client.chat(**ASKED, **more, stream=True)) == []


@pytest.mark.parametrize("stream", [False, True])
def test_log_probabilities_of_a_backend_are_its_own(client, llmock, stream):
    """Nothing is made up beside them."""
    content = [{"token": "Hi", "logprob": -0.5, "top_logprobs": []}]
    said = Completion((Choice("Hi", finish_reason="stop"),), extensions={"logprobs": {"content": content}})
    llmock.backends.add("b", lambda prompt: said)
    asked = ASKED | {"model": "b", "logprobs": True}

    lines = list(client.chat(**asked, stream=True)) if stream else [client.chat(**asked)]

    assert [(entry.token, entry.logprob) for entry in entries(lines)] == [("Hi", -0.5)]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"top_logprobs": 21}, "top_logprobs must be between 0 and 20"),
        ({"top_logprobs": -1}, "top_logprobs must be between 0 and 20"),
    ],
)
def test_too_many_alternatives_are_refused(llm_backend, more, message):
    """In the words of the server."""
    answer = httpx.post(f"{llm_backend.env['OLLAMA_HOST']}/api/chat", json=ASKED | more)

    assert (answer.status_code, answer.json()) == (400, {"error": message})

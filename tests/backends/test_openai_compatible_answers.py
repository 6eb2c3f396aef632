"""The live leaf against servers that answer in forms no real server gives when asked."""

import asyncio
import gzip
import json
import logging
from contextlib import aclosing
from dataclasses import replace

import pytest
from loopback import events, finished, reply, said

from pytest_llmock.backends.openai_compatible import OpenAICompatible
from pytest_llmock.backends.providers import provider_for
from pytest_llmock.errors import BackendError, SettingsError
from pytest_llmock.folding import first, fold
from pytest_llmock.llm import (
    Choice,
    Completion,
    Generation,
    Message,
    Origin,
    Prompt,
    Sampling,
    Text,
    ToolCall,
    Usage,
)

HI = Prompt((Message("user", (Text("Hi"),)),), model="wanted")
COUNTED = {"prompt_tokens": 3, "completion_tokens": 2}
STREAM = "text/event-stream"
ALL_THE_SAME = "its answers are used all the same."


def leaf(upstream, http, *, provider="lmstudio", **options):
    return OpenAICompatible(
        name="x",
        provider=provider_for(provider),
        http=http,
        base_url=upstream.url,
        **{"timeout_s": 5.0, **options},
    )


async def answer_of(upstream, http, *answers, prompt=HI, **options):
    upstream.answer(*answers)
    return await fold(leaf(upstream, http, **options)(prompt))


async def failure_of(upstream, http, *answers, **options):
    with pytest.raises(BackendError) as caught:
        await answer_of(upstream, http, *answers, **options)
    failure = caught.value.failure
    return replace(failure, message=failure.message.replace(upstream.url.removesuffix("/v1/"), "HOST"))


def streamed(*chunks, content_type=STREAM, **options):
    return reply(events(*chunks, **options), content_type=content_type)


def closing(*pieces):
    """An answer without a length: it ends where the connection does."""

    async def send(writer):
        for piece in (f"HTTP/1.1 200 OK\r\nContent-Type: {STREAM}\r\n\r\n".encode(), *pieces):
            writer.write(piece)
            await writer.drain()
        writer.close()

    return send


@pytest.mark.asyncio
async def test_request_says_what_the_prompt_says(upstream, http):
    """Words, model and stream options go out as OpenAI's API takes them; without a key there is no header."""
    prompt = replace(HI, sampling=Sampling(max_tokens=5, seed=3), extensions={"user": "u"})

    await answer_of(upstream, http, streamed("x", finished()), prompt=prompt)

    assert upstream.heads[0].startswith("POST /v1/chat/completions HTTP/1.1\r\n")
    assert "authorization" not in upstream.heads[0].lower()
    assert upstream.bodies == [
        {
            "model": "wanted",
            "messages": [{"role": "user", "content": "Hi"}],
            "stream": True,
            "stream_options": {"include_usage": True},
            "max_tokens": 5,
            "seed": 3,
            "user": "u",
        }
    ]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("clients", "backends", "sent"),
    [(None, None, None), (5, None, 5), (None, 7, 7), (5, 7, 5), (9, 7, 7)],
    ids=["neither", "client", "backend", "client-smaller", "backend-smaller"],
)
async def test_limit_is_the_smaller_of_clients_and_backends(upstream, http, clients, backends, sent):
    """A backend's MaxTokens bounds what a client may ask for."""
    prompt = replace(HI, sampling=Sampling(max_tokens=clients))

    await answer_of(upstream, http, streamed(finished()), prompt=prompt, max_tokens=backends)

    assert upstream.bodies[0].get("max_tokens") == sent


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("generation", "clients", "sent"),
    [(None, None, None), (Generation(), None, 1.2), (Generation(), 0.5, 0.5), (None, 0.5, 0.5)],
    ids=["chat", "generation", "generation-own", "chat-own"],
)
async def test_temperature_of_the_settings_is_for_generations_only(upstream, http, generation, clients, sent):
    """An SDK's chat keeps its own values, or the server's."""
    prompt = replace(HI, sampling=Sampling(clients), generation=generation)

    await answer_of(upstream, http, streamed(finished()), prompt=prompt, temperature=1.2)

    assert upstream.bodies[0].get("temperature") == sent


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("backends", "sent"), [("", "wanted"), ("llama3", "llama3")], ids=["client", "backend"]
)
async def test_model_is_the_backends_or_else_the_clients(upstream, http, backends, sent):
    """A backend's ModelName wins; the origin says which model was asked, if the server does not."""
    completion = await answer_of(upstream, http, streamed("x", finished()), model=backends)

    assert upstream.bodies[0]["model"] == sent
    assert completion.origin == Origin("x", "live", sent, "lmstudio")


@pytest.mark.asyncio
async def test_official_service_is_sent_the_newer_name_of_the_limit(http, monkeypatch, upstream):
    """OpenAI's newer models refuse `max_tokens`; its proxy in this test shows what is sent."""
    monkeypatch.setenv("http_proxy", upstream.url.removesuffix("v1/"))
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    upstream.answer(streamed("x", finished()))
    backend = leaf(upstream, http, provider="openai", api_key=lambda: "sk-x", max_tokens=7)

    await fold(replace(backend, base_url="http://api.openai.com/v1/")(HI))

    assert (upstream.bodies[0]["max_completion_tokens"], upstream.bodies[0].get("max_tokens")) == (7, None)


@pytest.mark.asyncio
async def test_default_address_is_the_providers(http):
    """Without BaseUrl the provider's own is called."""
    backend = OpenAICompatible(name="x", provider=provider_for("ollama"), http=http)

    assert backend.url("models") == "http://localhost:11434/v1/models"


FORMS = {
    "stream": streamed("H", "i", finished(), {"choices": [], "usage": COUNTED}),
    "no-done": streamed("H", "i", finished(), {"choices": [], "usage": COUNTED}, done=False),
    "crlf": streamed("H", "i", finished(usage=COUNTED), end="\r\n"),
    "comments": reply(b": hello\n\n" + events("Hi", finished(usage=COUNTED)), content_type=STREAM),
    "in-one-piece": reply(said("Hi", usage=COUNTED)),
    "with-charset": streamed("Hi", finished(usage=COUNTED), content_type=f"{STREAM}; charset=utf-8"),
    "gzip": reply(gzip.compress(json.dumps(said("Hi", usage=COUNTED)).encode()), Content_Encoding="gzip"),
    "byte-order-mark": reply(b"\xef\xbb\xbf" + json.dumps(said("Hi", usage=COUNTED)).encode()),
    "json-as-text": reply(said("Hi", usage=COUNTED), content_type="text/plain"),
    "json-unlabelled": reply(said("Hi", usage=COUNTED), content_type=""),
    "stream-as-json-no-done": streamed(
        "Hi", finished(usage=COUNTED), content_type="application/json", done=False
    ),
    "stream-as-json": streamed("H", "i", finished(usage=COUNTED), content_type="application/json"),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
async def test_answer_is_the_same_in_every_form(upstream, http, form):
    """Streamed or not, with any line ends, compressed, or under the wrong label."""
    completion = await answer_of(upstream, http, form)

    assert completion.choices == (Choice("Hi", finish_reason="stop"),)
    assert completion.usage == Usage(3, 2)


@pytest.mark.asyncio
async def test_wrong_label_is_warned_about_once(upstream, http, caplog):
    """The second answer of the same backend says nothing new."""
    upstream.answer(*[FORMS["json-as-text"]] * 2, FORMS["stream-as-json"])
    backend = leaf(upstream, http)

    for _ in range(3):
        await fold(backend(HI))

    assert [record.message for record in caplog.records] == [
        f"Backend 'x' labels JSON as text/plain, not as application/json; {ALL_THE_SAME}",
        f"Backend 'x' labels an event stream as application/json, not as text/event-stream; {ALL_THE_SAME}",
    ]


@pytest.mark.asyncio
async def test_character_cut_in_two_by_the_network_is_whole(upstream, http):
    """Bytes are joined before they are decoded."""
    stream = events("né 🎉", finished())

    completion = await answer_of(upstream, http, closing(*(stream[at : at + 1] for at in range(len(stream)))))

    assert completion.text == "né 🎉"


@pytest.mark.asyncio
async def test_what_follows_the_end_is_read_and_forgotten(upstream, http):
    """A server may say more after [DONE]; that changes nothing."""
    at_end = asyncio.Event()

    async def say_more(writer):
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {STREAM}\r\n\r\n".encode())
        writer.write(events("a", finished(usage=COUNTED)))
        await at_end.wait()
        writer.write(events("b"))
        writer.close()

    upstream.answer(say_more)
    text = ""
    async for delta in leaf(upstream, http)(HI):
        text += delta.text
        if delta.end:
            at_end.set()

    assert text == "a"


@pytest.mark.asyncio
async def test_server_that_keeps_the_stream_open_after_its_end_is_not_waited_for(upstream, http):
    """[DONE] is the end, whether or not the connection ends with it."""

    async def stay_open(writer):
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {STREAM}\r\n\r\n".encode() + events("a", finished()))
        await upstream.over.wait()

    completion = await answer_of(upstream, http, stay_open)

    assert completion.finish_reason == "stop"


@pytest.mark.asyncio
async def test_model_is_the_one_that_the_server_names(upstream, http):
    """A server may answer with another model than was asked for."""
    streams = await answer_of(upstream, http, streamed({**finished(), "model": "real-model"}))
    whole = await answer_of(upstream, http, reply(said("x")))

    assert [streams.model, whole.model] == ["real-model"] * 2


@pytest.mark.asyncio
async def test_tokens_that_the_server_did_not_count_are_estimated(upstream, http):
    """Usage is never missing, and says when it is an estimate."""
    stream = await answer_of(upstream, http, streamed("12345678", finished()))
    whole = await answer_of(upstream, http, reply(said("12345678", usage={"prompt_tokens": -1})))

    assert [stream.usage, whole.usage] == [Usage(1, 2, estimated=True)] * 2


@pytest.mark.asyncio
async def test_estimate_is_on_the_last_end_of_several(upstream, http):
    """Two choices end, and one usage comes."""
    chunk = {"choices": [{"index": index, "delta": {}, "finish_reason": "stop"} for index in range(2)]}
    upstream.answer(streamed(chunk))

    ends = [delta.end async for delta in leaf(upstream, http)(HI)]

    assert [end.usage for end in ends] == [None, Usage(1, 0, estimated=True)]


@pytest.mark.asyncio
async def test_tool_calls_reasoning_and_refusal_come_through(upstream, http):
    """What is not words is not lost."""
    call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}
    chunk = {"reasoning": "hm", "tool_calls": [call], "refusal": "no"}

    completion = await answer_of(
        upstream, http, streamed({"choices": [{"index": 0, "delta": chunk}]}, finished("tool_calls"))
    )

    assert completion.choices == (Choice("", "hm", (ToolCall("c", "f", "{}"),), "tool_calls"),)
    assert completion.extensions == {"refusal": "no"}


@pytest.mark.asyncio
async def test_choices_of_a_provider_that_gives_one_are_asked_for_one_by_one(upstream, http):
    """Ollama gets n requests; seeds move on, usage is the sum, the origin is said once."""
    upstream.answer(*(streamed(text, finished("eos", usage=COUNTED)) for text in "abc"))
    prompt = replace(HI, sampling=Sampling(n=3, seed=7))

    deltas = [delta async for delta in leaf(upstream, http, provider="ollama")(prompt)]

    assert [(body.get("n"), body["seed"]) for body in upstream.bodies] == [(None, 7), (None, 8), (None, 9)]
    assert [(delta.index, delta.text) for delta in deltas if delta.text] == [(0, "a"), (1, "b"), (2, "c")]
    assert [delta.end.usage for delta in deltas if delta.end] == [None, None, Usage(9, 6)]
    assert [delta.extensions for delta in deltas if delta.end][1] == {"finish_reason[1]": "eos"}
    assert len([delta for delta in deltas if delta.origin]) == 1


@pytest.mark.asyncio
async def test_choices_of_other_providers_are_asked_for_at_once(upstream, http):
    """One request with n."""
    await answer_of(upstream, http, streamed(finished()), prompt=replace(HI, sampling=Sampling(n=3)))

    assert [body["n"] for body in upstream.bodies] == [3]


@pytest.mark.asyncio
async def test_embeddings_go_through_the_same_leaf(upstream, http):
    """Vectors come as deltas, in the order of the inputs, with origin and usage."""
    data = [{"index": 1, "embedding": [0.5]}, {"index": 0, "embedding": [1.0]}]
    body = {"data": data, "model": "embedder", "usage": {"prompt_tokens": 4, "total_tokens": 4}}
    prompt = Prompt(operation="embed", model="m", inputs=("a", "b"), extensions={"dimensions": 1})

    completion = await answer_of(upstream, http, reply(body), prompt=prompt)

    assert upstream.heads[0].startswith("POST /v1/embeddings ")
    assert upstream.bodies == [{"model": "m", "input": ["a", "b"], "dimensions": 1}]
    origin = Origin("x", "live", "embedder", "lmstudio")
    assert completion == Completion(vectors=((1.0,), (0.5,)), usage=Usage(4), origin=origin)


@pytest.mark.asyncio
async def test_embeddings_that_the_server_did_not_count_are_estimated(upstream, http):
    """Usage is never missing here either."""
    prompt = Prompt(operation="embed", model="m", inputs=("12345678",))

    completion = await answer_of(upstream, http, reply({"data": [{"embedding": [1]}]}), prompt=prompt)

    assert (completion.usage, completion.model) == (Usage(2, 0, estimated=True), "m")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"data": []}, "sent 0 embeddings for 1 inputs."),
        ({"error": {"message": "no"}}, "gave no usable answer. The answer is an error: no"),
    ],
    ids=["count", "error"],
)
async def test_embeddings_that_do_not_fit_are_a_failure(upstream, http, body, problem):
    """An input without its vector is no answer."""
    failure = await failure_of(upstream, http, reply(body), prompt=Prompt(operation="embed", inputs=("a",)))

    assert failure.message == f"Backend 'x' (lmstudio at HOST) {problem}"


@pytest.mark.asyncio
async def test_stream_cut_between_two_events_is_a_failure_after_what_came(upstream, http):
    """Nothing is wrong with the connection: only the missing end says that the answer is not whole."""
    failure = await failure_of(upstream, http, closing(events("Hal", done=False)))

    assert failure.kind == "cut"
    assert failure.message.endswith("closed the connection before the end of its answer.")


@pytest.mark.asyncio
async def test_stream_that_fails_on_the_way_gives_what_came_first(upstream, http):
    """The words before an error event reach the reader, then the failure."""
    upstream.answer(streamed("Hal", {"error": {"message": "boom", "code": 500}}))

    async with aclosing(leaf(upstream, http)(HI)) as deltas:
        text = (await anext(deltas)).text
        with pytest.raises(BackendError) as caught:
            await anext(deltas)

    assert (text, caught.value.failure.status, caught.value.backend) == ("Hal", 500, "x")


@pytest.mark.asyncio
async def test_reader_that_leaves_closes_the_upstream_connection(upstream, http):
    """The server notices at once that nobody reads any more."""

    async def dribble(writer):
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {STREAM}\r\n\r\n".encode() + events("a", done=False))

    upstream.answer(dribble)

    _, rest = await first(leaf(upstream, http)(HI))
    await rest.aclose()

    await asyncio.wait_for(upstream.closed.wait(), 1)
    assert upstream.closed.is_set()


@pytest.mark.asyncio
async def test_missing_key_is_said_before_any_connection(upstream, http, caplog):
    """OpenAI needs a key: the message says where it goes, and nothing is sent."""
    failure = await failure_of(upstream, http, provider="openai", api_key=lambda: "  ")

    said_so = (
        "OpenAI provider requires an API key. Set 'ApiKey' in backend configuration. (Backend 'x'; "
        "${OPENAI_API_KEY} there takes it from the environment.)"
    )
    assert (failure.kind, failure.message, upstream.connections) == ("key_missing", said_so, 0)
    assert caplog.record_tuples == [("pytest_llmock", logging.ERROR, said_so)]


@pytest.mark.asyncio
async def test_a_key_whose_variable_is_unset_is_a_missing_key(upstream, http):
    """What `${VAR}` in ApiKey lacks is an error of the first live call, and names the variable."""

    def unset():
        raise SettingsError("The variable CLOUD_KEY is not set.")

    failure = await failure_of(upstream, http, api_key=unset)

    assert (failure.kind, failure.message) == ("key_missing", "The variable CLOUD_KEY is not set.")
    assert upstream.connections == 0


@pytest.mark.asyncio
@pytest.mark.parametrize("key", ["sk-\ud83d", "sk-ü", "a\r\nX: y"], ids=["surrogate", "umlaut", "line-end"])
async def test_key_that_no_header_can_carry_is_not_sent(upstream, http, key):
    """A pasted character too many is said, the key is not."""
    failure = await failure_of(upstream, http, api_key=lambda: key)

    assert failure.kind == "key_missing"
    assert failure.message == "The 'ApiKey' of backend 'x' has characters that no header can carry."


@pytest.mark.asyncio
async def test_key_is_sent_without_the_line_end_of_its_file(upstream, http):
    """White space around a key is none of it."""
    await answer_of(upstream, http, streamed(finished()), provider="openai", api_key=lambda: "sk-x\n")

    assert "authorization: bearer sk-x\r\n" in upstream.heads[0].lower()


CHECK_PATH = "Check the path of 'BaseUrl': it usually ends in /v1/."
NOT_FOLLOWED = "which is not followed: the key would go along. Set 'BaseUrl' to the address that answers."
FAILURES = {
    "no-words": (streamed(done=False), "cut", "ended its answer before it said anything."),
    "done-only": (streamed(), "cut", "ended its answer before it said anything."),
    "no-choices": (reply({"choices": []}), "cut", "gave no usable answer. The answer has no choices."),
    "error-in-200": (reply({"error": "busy"}), "cut", "gave no usable answer. The answer is an error: busy"),
    "not-utf8": (reply(b'"\xff"'), "protocol", "sent a body that is not UTF-8 (invalid start byte)."),
    "stream-not-utf8": (
        reply(b'data: "\xff"\n\n', content_type=STREAM),
        "protocol",
        "sent an event stream that cannot be read: The event stream is not UTF-8 (invalid start byte).",
    ),
    "event-not-json": (
        reply(b"data: hello\n\n", content_type=STREAM),
        "protocol",
        "gave no usable answer. The answer cannot be read: an event is not JSON: 'hello'.",
    ),
    "not-json": (reply(b"It works!\x1b[31m"), "protocol", "sent a body that is not JSON: 'It works! [31m'."),
    "deep": (reply(b"[" * 100_000), "protocol", f"sent a body that is not JSON: {'[' * 80!r}."),
    "empty": (reply(b""), "protocol", "sent a body that is not JSON: ''."),
    "html-unlabelled": (
        reply(b"<html>hi", content_type="text/plain"),
        "protocol",
        f"answered with an HTML page, not with JSON: '<html>hi'. {CHECK_PATH}",
    ),
    "html": (
        reply(b"<!doctype html>\n<title>Router</title>", content_type="text/html; charset=utf-8"),
        "protocol",
        f"answered with an HTML page, not with JSON: '<!doctype html> <title>Router</title>'. {CHECK_PATH}",
    ),
    "redirect": (
        reply(status=302, Location="https://elsewhere.test/"),
        "protocol",
        f"answered 302, a redirect to https://elsewhere.test/, {NOT_FOLLOWED}",
    ),
    "no-content": (reply(status=204), "protocol", "answered 204, which carries no answer."),
}


@pytest.mark.asyncio
@pytest.mark.parametrize(("answer", "kind", "problem"), FAILURES.values(), ids=FAILURES)
async def test_answer_that_cannot_be_used_is_a_failure(upstream, http, answer, kind, problem):
    """What is no answer says what it was and what to do; it is never taken for an empty one."""
    failure = await failure_of(upstream, http, answer)

    assert (failure.kind, failure.status) == (kind, None)
    assert failure.message == f"Backend 'x' (lmstudio at HOST) {problem}"


@pytest.mark.asyncio
async def test_slow_stream_is_given_up_and_what_came_is_given(upstream, http):
    """The time of an attempt runs out while words still come."""

    async def dribble(writer):
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {STREAM}\r\n\r\n".encode())
        while not upstream.over.is_set():
            writer.write(events("a", done=False))
            await asyncio.sleep(0.01)

    failure = await failure_of(upstream, http, dribble, timeout_s=0.1)

    assert (failure.kind, failure.message) == (
        "timeout",
        "Backend 'x' (lmstudio at HOST) did not complete its answer within 0.1 s (TimeoutSeconds).",
    )


@pytest.mark.asyncio
async def test_what_the_server_has_no_word_for_is_told_once(upstream, http, caplog):
    """And is not sent."""
    backend = leaf(upstream, http)
    for _ in range(2):
        upstream.answer(streamed("Hi", finished()))
        await fold(backend(replace(HI, extensions={"mcp_servers": ["a"]})))

    assert [record.message for record in caplog.records if "no word" in record.message] == [
        "Backend 'x' has no word for 'mcp_servers': it is left out."
    ]
    assert "mcp_servers" not in upstream.bodies[-1]

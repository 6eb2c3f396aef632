"""The live leaf for Anthropic's API, against servers that answer as its documentation says."""

import json
from contextlib import aclosing
from dataclasses import replace

import pytest
from loopback import reply

from anthropic_answers import (
    PING,
    STOPPED,
    begun,
    ended,
    grown,
    message,
    noted,
    sent,
    spoken,
    started,
    words,
)
from pytest_llmock.backends.anthropic import Anthropic
from pytest_llmock.backends.providers import provider_for
from pytest_llmock.errors import BackendError
from pytest_llmock.folding import fold
from pytest_llmock.llm import (
    Choice,
    Generation,
    Message,
    Origin,
    Prompt,
    ResponseSchema,
    Sampling,
    Text,
    Tool,
    ToolCall,
    Usage,
)

STREAM = "text/event-stream"
HI = Prompt((Message("user", (Text("Hi"),)),), model="claude-asked")
OBJECT = {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": False}
FORMED = replace(HI, schema=ResponseSchema(OBJECT))
FORM = {"format": {"type": "json_schema", "schema": OBJECT}}
TOOL_CHOICE = {"type": "tool", "name": "answer"}
DRAWN = replace(HI, sampling=Sampling(temperature=0.5))


def streamed(*events):
    return reply(sent(*events), content_type=STREAM)


def refused(status, type="invalid_request_error", text="no", **headers):
    body = {"type": "error", "error": {"type": type, "message": text}, "request_id": "req_1"}
    return reply(body, status=status, **headers)


def leaf(upstream, http, **options):
    settings = {"timeout_s": 5.0, "api_key": lambda: "sk-ant-CANARY", **options}
    return Anthropic(
        name="x", provider=provider_for("anthropic"), http=http, base_url=upstream.url, **settings
    )


async def answer_of(upstream, http, *answers, prompt=HI, **options):
    upstream.answer(*answers)
    return await fold(leaf(upstream, http, **options)(prompt))


async def failure_of(upstream, http, *answers, **options):
    with pytest.raises(BackendError) as caught:
        await answer_of(upstream, http, *answers, **options)
    return caught.value.failure


def forms(upstream):
    """How the server was asked for JSON, request by request."""
    return [(body.get("output_config"), body.get("tool_choice")) for body in upstream.bodies]


HELLO = streamed(*spoken("Hel", "lo"))
JSON = streamed(*spoken('{"a"', ": 1}"))
BY_TOOL = streamed(
    started(),
    begun(0, type="tool_use", id="1", name="answer", input={}),
    grown(0, "input_json", partial_json='{"a": 1}'),
    ended(0),
    noted("tool_use"),
    STOPPED,
)


@pytest.mark.asyncio
async def test_request_has_the_headers_and_the_body_of_the_api(upstream, http):
    """The key in its own header, the API's version, and what the API needs."""
    await answer_of(upstream, http, HELLO)

    head = upstream.heads[0]
    assert head.startswith("POST /v1/messages HTTP/1.1\r\n")
    assert "\r\nx-api-key: sk-ant-CANARY\r\n" in head
    assert "\r\nanthropic-version: 2023-06-01\r\n" in head
    assert "authorization" not in head.lower()
    assert upstream.bodies[0] == {
        "model": "claude-asked",
        "max_tokens": 4096,
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": True,
    }


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("clients", "backends", "limit"),
    [(None, None, 4096), (5, None, 5), (None, 7, 7), (9, 7, 7)],
    ids=["neither", "client", "backend", "smaller"],
)
async def test_limit_is_always_sent(upstream, http, clients, backends, limit):
    """The smaller of the client's and the backend's; the API needs one."""
    prompt = replace(HI, sampling=Sampling(max_tokens=clients))

    await answer_of(upstream, http, HELLO, prompt=prompt, max_tokens=backends)

    assert upstream.bodies[0]["max_tokens"] == limit


def test_default_limit_is_no_part_of_what_is_recorded(upstream, http):
    """A later default must not change which recording answers."""
    assert leaf(upstream, http).asked(HI) is HI


@pytest.mark.asyncio
@pytest.mark.parametrize("form", [HELLO, reply(message(words("Hello")))], ids=["streamed", "whole"])
async def test_answer_is_the_same_streamed_and_whole(upstream, http, form):
    """Words, tokens and the model that answered."""
    completion = await answer_of(upstream, http, form)

    assert completion.choices == (Choice("Hello", finish_reason="stop"),)
    assert completion.usage == Usage(3, 2)
    assert completion.origin == Origin("x", "live", "claude-real", "anthropic")


@pytest.mark.asyncio
async def test_stream_is_passed_on_in_its_pieces(upstream, http):
    """Pings between them say nothing."""
    upstream.answer(HELLO)

    deltas = [delta async for delta in leaf(upstream, http)(HI)]

    assert [delta.text for delta in deltas] == ["Hel", "lo", ""]
    assert [delta.origin is not None for delta in deltas] == [True, False, False]


@pytest.mark.asyncio
async def test_thoughts_and_tool_calls_come_through(upstream, http):
    """As reasoning, and as calls with their arguments."""
    answer = streamed(
        started(),
        begun(0, type="thinking", thinking="", signature=""),
        grown(0, "thinking", thinking="Hm."),
        grown(0, "signature", signature="s"),
        ended(0),
        begun(1, type="tool_use", id="toolu_1", name="f", input={}),
        grown(1, "input_json", partial_json='{"a": 1}'),
        ended(1),
        noted("tool_use"),
        STOPPED,
    )
    prompt = replace(HI, tools=(Tool("f"),))

    completion = await answer_of(upstream, http, answer, prompt=prompt)

    calls = (ToolCall("toolu_1", "f", '{"a": 1}'),)
    assert completion.choices == (Choice("", "Hm.", calls, "tool_calls"),)
    assert completion.extensions == {"signatures": ["s"]}


@pytest.mark.asyncio
async def test_several_choices_are_asked_for_one_by_one(upstream, http):
    """The API gives one at a time; what each says beyond its words is kept apart."""
    answers = [streamed(*spoken(text, reason="pause_turn")) for text in "ab"]

    completion = await answer_of(upstream, http, *answers, prompt=replace(HI, sampling=Sampling(n=2)))

    assert [choice.text for choice in completion.choices] == ["a", "b"]
    assert completion.usage == Usage(6, 4)
    assert completion.extensions == {"stop_reason": "pause_turn", "stop_reason[1]": "pause_turn"}


@pytest.mark.asyncio
async def test_tokens_that_the_server_did_not_count_are_estimated(upstream, http):
    """Usage is never missing."""
    completion = await answer_of(upstream, http, reply(message(words("12345678"), usage={})))

    assert completion.usage == Usage(1, 2, estimated=True)


@pytest.mark.asyncio
async def test_schema_goes_out_as_output_format(upstream, http):
    """Where the server takes it, it is asked once."""
    completion = await answer_of(upstream, http, JSON, prompt=FORMED)

    assert completion.json() == {"a": 1}
    assert forms(upstream) == [(FORM, None)]


@pytest.mark.asyncio
async def test_server_without_output_formats_is_asked_by_a_tool(upstream, http, caplog):
    """The tool's input is the answer; the next call begins where this one ended."""
    upstream.answer(refused(400), BY_TOOL, BY_TOOL)
    backend = leaf(upstream, http)

    completions = [await fold(backend(FORMED)) for _ in range(2)]

    assert completions[0].choices == (Choice('{"a": 1}', finish_reason="stop"),)
    assert completions[1].choices == completions[0].choices
    assert forms(upstream) == [(FORM, None), (None, TOOL_CHOICE), (None, TOOL_CHOICE)]
    assert [record.message for record in caplog.records] == [
        "Backend 'x' refuses output_config.format json_schema (400); from now on: tool."
    ]


@pytest.mark.asyncio
async def test_server_that_takes_no_form_gets_the_schema_in_words(upstream, http):
    """The last resort is the system prompt."""
    await answer_of(upstream, http, refused(400), refused(400), JSON, prompt=FORMED)

    assert forms(upstream)[2] == (None, None)
    assert upstream.bodies[2]["system"].endswith(json.dumps(OBJECT))


@pytest.mark.asyncio
async def test_refusal_of_a_list_says_nothing_about_objects(upstream, http):
    """A server may take schemas of objects only."""
    listed = replace(HI, schema=ResponseSchema({"type": "array", "items": OBJECT}))
    upstream.answer(refused(400), streamed(*spoken("[]")), JSON)
    backend = leaf(upstream, http)

    await fold(backend(listed))
    await fold(backend(FORMED))

    assert [form is not None for form, _ in forms(upstream)] == [True, False, True]


@pytest.mark.asyncio
async def test_prose_where_json_was_asked_for_is_noticed(upstream, http, caplog):
    """From then on the schema is also in the words."""
    upstream.answer(HELLO, JSON)
    backend = leaf(upstream, http)

    for _ in range(2):
        await fold(backend(FORMED))

    assert ["system" in body for body in upstream.bodies] == [False, True]
    assert caplog.records[0].message.startswith("Backend 'x' ignores output_config.format: it answered prose")


@pytest.mark.asyncio
async def test_temperature_that_the_model_refuses_is_left_out_from_then_on(upstream, http, caplog):
    """Newer models take none; a mock API request always has one."""
    prompt = replace(HI, generation=Generation())
    upstream.answer(refused(400, text="`temperature` is deprecated for this model."), HELLO, HELLO)
    backend = leaf(upstream, http, temperature=1.2)

    for _ in range(2):
        await fold(backend(prompt))

    assert [body.get("temperature") for body in upstream.bodies] == [1.0, None, None]
    assert [record.message for record in caplog.records] == [
        "Backend 'x' refuses temperature (400); from now on left out."
    ]


@pytest.mark.asyncio
async def test_temperature_that_was_taken_is_not_given_up(upstream, http):
    """A later refusal is an error like any other."""
    upstream.answer(HELLO, refused(400))
    backend = leaf(upstream, http)
    await fold(backend(DRAWN))

    with pytest.raises(BackendError) as caught:
        await fold(backend(DRAWN))

    assert (caught.value.failure.status, len(upstream.bodies)) == (400, 2)


@pytest.mark.asyncio
async def test_form_and_temperature_are_found_out_apart(upstream, http):
    """A model without output formats may take a temperature."""
    prompt = replace(DRAWN, schema=ResponseSchema(OBJECT))
    upstream.answer(refused(400), refused(400), BY_TOOL, BY_TOOL)
    backend = leaf(upstream, http)

    for _ in range(2):
        await fold(backend(prompt))

    asked = [(body.get("temperature"), "tool_choice" in body) for body in upstream.bodies]
    assert asked == [(0.5, False), (None, False), (0.5, True), (0.5, True)]


@pytest.mark.asyncio
async def test_what_the_api_has_no_word_for_is_warned_about_once(upstream, http, caplog):
    """The answer is made without it."""
    upstream.answer(HELLO, HELLO)
    backend = leaf(upstream, http)

    for _ in range(2):
        await fold(backend(replace(HI, sampling=Sampling(seed=1))))

    assert [record.message for record in caplog.records] == [
        "Backend 'x' has no word for 'seed': it is left out."
    ]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("status", "type", "hint"),
    [
        (401, "authentication_error", " Check 'ApiKey' of this backend."),
        (403, "permission_error", " Check 'ApiKey' of this backend."),
        (404, "not_found_error", " Check 'ModelName' ('claude-asked'), 'BaseUrl' and what the key may use."),
        (413, "request_too_large", ""),
        (429, "rate_limit_error", ""),
        (500, "api_error", ""),
        (529, "overloaded_error", ""),
    ],
)
async def test_refusal_is_a_failure_with_its_status(upstream, http, status, type, hint):
    """Asked once: another form would change nothing. The key is masked."""
    failure = await failure_of(
        upstream, http, refused(status, type, "No sk-ant-CANARY", Retry_After="7"), prompt=FORMED
    )

    assert (failure.kind, failure.status, failure.retry_after_s) == ("status", status, 7.0)
    assert failure.message.partition(") ")[2] == f"answered {status}: No ***.{hint}"
    assert json.loads(failure.body)["error"] == {"type": type, "message": "No ***"}


@pytest.mark.asyncio
async def test_error_in_the_stream_is_the_failure_of_its_type(upstream, http):
    """The words before it reach the reader."""
    overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    upstream.answer(streamed(*spoken("Hal")[:4], overloaded))

    async with aclosing(leaf(upstream, http)(HI)) as deltas:
        said = (await anext(deltas)).text
        with pytest.raises(BackendError) as caught:
            await anext(deltas)

    failure = caught.value.failure
    assert (said, failure.kind, failure.status) == ("Hal", "status", 529)
    assert failure.message.endswith("gave no usable answer. The answer is an error: Overloaded")


@pytest.mark.asyncio
async def test_stream_cut_between_two_events_is_a_failure_after_what_came(upstream, http):
    """Nothing is wrong with the connection: only the missing end says that the answer is not whole."""
    failure = await failure_of(upstream, http, streamed(*spoken("Hal")[:4]))

    assert failure.kind == "cut"
    assert failure.message.endswith("closed the connection before the end of its answer.")


@pytest.mark.asyncio
async def test_connection_cut_in_the_middle_is_a_failure(upstream, http):
    """The server closes before the length that it promised."""

    async def cut(writer):
        writer.write(streamed(*spoken("Hal"))[:-40])
        writer.close()

    failure = await failure_of(upstream, http, cut)

    assert failure.kind == "cut"


@pytest.mark.asyncio
async def test_stream_that_says_nothing_is_a_failure(upstream, http):
    """Frames and pings are no answer."""
    failure = await failure_of(upstream, http, streamed(started(), PING))

    assert (failure.kind, failure.message.partition(") ")[2]) == (
        "cut",
        "ended its answer before it said anything.",
    )


@pytest.mark.asyncio
async def test_missing_key_is_said_before_any_connection(upstream, http, caplog):
    """The message says where it goes, and the log says it once."""
    backend = leaf(upstream, http, api_key=lambda: "")

    for _ in range(2):
        with pytest.raises(BackendError) as caught:
            await fold(backend(HI))

    said_so = (
        "Anthropic provider requires an API key. Set 'ApiKey' in backend configuration. (Backend 'x'; "
        "${ANTHROPIC_API_KEY} there takes it from the environment.)"
    )
    assert (caught.value.failure.kind, caught.value.message) == ("key_missing", said_so)
    assert ([record.message for record in caplog.records], upstream.connections) == ([said_so], 0)


@pytest.mark.asyncio
async def test_embeddings_are_refused_with_what_to_use_instead(upstream, http):
    """The API has none."""
    failure = await failure_of(upstream, http, prompt=Prompt(operation="embed", inputs=("a",)))

    assert (failure.kind, upstream.connections) == ("protocol", 0)
    assert failure.message == (
        "Backend 'x' (anthropic) cannot embed: Anthropic's API has no embeddings. "
        "Name another backend for them, such as one with Provider openai, ollama or synthetic."
    )


def test_default_address_is_the_services(http):
    """Without BaseUrl Anthropic's own is called."""
    backend = Anthropic(name="x", provider=provider_for("anthropic"), http=http)

    assert backend.url("messages") == "https://api.anthropic.com/v1/messages"

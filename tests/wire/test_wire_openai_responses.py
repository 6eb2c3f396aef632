"""OpenAI's Responses API on the wire."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from openai_strategies import COMPLETIONS
from responses_strategies import PROMPTS

from pytest_llmock.errors import BackendError, Failure, LLMockError, RequestError
from pytest_llmock.folding import collect
from pytest_llmock.llm import (
    Choice,
    Completion,
    Delta,
    End,
    Image,
    Message,
    Other,
    Prompt,
    ResponseSchema,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolDelta,
    ToolResult,
    Usage,
)
from pytest_llmock.wire.anthropic_request import encode_request as encode_anthropic
from pytest_llmock.wire.openai_request import encode_request as encode_chat
from pytest_llmock.wire.openai_responses import (
    EventDecoder,
    EventEncoder,
    Frame,
    decode_completion,
    decode_request,
    encode_completion,
    encode_request,
)
from pytest_llmock.wire.sse import SSEDecoder

CALL = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
BARE = decode_request({})


def read(**fields):
    return decode_request(fields).prompt


def frame(request=BARE):
    return Frame.of(request, id="resp_1", created=7, model="m")


def events_of(*pieces):
    return [json.loads(event.data) for event in SSEDecoder().feed(b"".join(pieces))]


def decoded(*pieces):
    decoder = EventDecoder()
    return [
        delta
        for event in SSEDecoder().feed(b"".join(pieces))
        for delta in decoder.feed(event.data, event.event)
    ]


def deltas_of(completion):
    choice = completion.choices[0]
    yield Delta(reasoning=choice.reasoning)
    yield Delta(choice.text)
    for place, call in enumerate(choice.tool_calls):
        yield Delta(tool=ToolDelta(place, call.id, call.name))
        yield Delta(tool=ToolDelta(place, arguments=call.arguments))
    yield Delta(extensions=completion.extensions, end=End(choice.finish_reason, completion.usage))


def sayable(completion):
    """What of a completion this API can say: one choice, whose finish reason follows from the rest."""
    choice = completion.choices[0]
    if choice.finish_reason in ("stop", "tool_calls"):
        choice = replace(choice, finish_reason="tool_calls" if choice.tool_calls else "stop")
    said = {
        key: completion.extensions[key]
        for key in ("refusal", "annotations", "logprobs")
        if key in completion.extensions
    }
    if not choice.text:  # they belong to words
        said = {key: value for key, value in said.items() if key == "refusal"}
    if "logprobs" in said:
        said["logprobs"] = {"refusal": None, **said["logprobs"]}
    usage = (
        completion.usage if completion.usage.total_tokens else Usage(extensions=completion.usage.extensions)
    )
    return Completion((choice,), usage, extensions=said)


@given(PROMPTS)
@settings(max_examples=150)
def test_a_prompt_survives_the_round_trip(prompt):
    """A prompt is what is decoded from its own request body."""
    body = json.loads(json.dumps(encode_request(prompt, model=prompt.model, stream=True)))

    assert decode_request(body).prompt == prompt


@given(COMPLETIONS.map(sayable))
@settings(max_examples=60)
def test_an_answer_survives_the_round_trip(completion):
    """A completion is what is decoded from its own body."""
    body = json.loads(json.dumps(encode_completion(completion, frame())))

    assert decode_completion(body) == completion


@given(COMPLETIONS.map(sayable))
@settings(max_examples=60)
def test_a_stream_survives_the_round_trip(completion):
    """The deltas of a stream fold to the completion that was sent."""
    encoder = EventEncoder(frame())

    pieces = [*map(encoder.encode, deltas_of(completion)), encoder.done()]

    assert collect(decoded(*pieces)) == completion
    assert decode_completion(encoder.response) == completion


@pytest.mark.parametrize(
    ("item", "message"),
    [
        pytest.param({"role": "user", "content": "x"}, Message("user", (Text("x"),)), id="without type"),
        pytest.param({"role": "user", "content": ""}, Message("user"), id="empty"),
        pytest.param(
            {
                "role": "assistant",
                "id": "m",
                "status": "completed",
                "content": [{"type": "output_text", "text": "x", "annotations": []}],
            },
            Message("assistant", (Text("x"),)),
            id="an answer sent back",
        ),
        pytest.param(
            {"role": "user", "content": [{"type": "input_image", "image_url": "data:x", "detail": "low"}]},
            Message("user", (Image("data:x", {"detail": "low"}),)),
            id="image",
        ),
        pytest.param(
            {"role": "user", "content": [{"type": "input_image", "file_id": "f"}]},
            Message("user", (Other("input_image", {"file_id": "f"}),)),
            id="image by file",
        ),
        pytest.param(
            {"role": "user", "content": [{"type": "input_file", "file_id": "f"}]},
            Message("user", (Other("file", {"file": {"file_id": "f"}}),)),
            id="file",
        ),
        pytest.param(
            {"role": "user", "content": [{"type": "input_text", "text": "x", "cache": 1}]},
            Message("user", (Text("x"),), extensions={"parts": {"0": {"cache": 1}}}),
            id="beside a part",
        ),
        pytest.param({**CALL, "id": "fc"}, Message("assistant", (ToolCall("c", "f", "{}"),)), id="call"),
        pytest.param(
            {**CALL, "namespace": "n"},
            Message(
                "assistant", (ToolCall("c", "f", "{}"),), extensions={"parts": {"0": {"namespace": "n"}}}
            ),
            id="beside a call",
        ),
        pytest.param(
            {"type": "function_call_output", "call_id": "c", "output": "42"},
            Message("tool", (ToolResult("c", "42"),)),
            id="output",
        ),
        pytest.param(
            {
                "type": "custom_tool_call_output",
                "call_id": "c",
                "output": [{"type": "input_text", "text": "42"}],
            },
            Message(
                "tool", (ToolResult("c", "42"),), extensions={"responses_item": "custom_tool_call_output"}
            ),
            id="output of a custom tool",
        ),
        pytest.param(
            {"type": "web_search_call", "id": "w"},
            Message("assistant", (Other("responses_item", {"type": "web_search_call", "id": "w"}),)),
            id="built-in",
        ),
    ],
)
def test_an_item_is_a_message(item, message):
    """Each kind of item has its place in a conversation."""
    assert read(input=[item]).messages == (message,)


def test_a_text_is_a_message_of_the_user():
    """The short form of the input."""
    assert read(input="Hi").messages == (Message("user", (Text("Hi"),)),)


def test_calls_belong_to_the_answer_before_them():
    """Backends of the chat API want the calls of one turn in one message."""
    answer = {"role": "assistant", "content": "Let me see."}

    messages = read(input=[answer, CALL, {**CALL, "call_id": "d", "x": 1}]).messages

    parts = (Text("Let me see."), ToolCall("c", "f", "{}"), ToolCall("d", "f", "{}"))
    assert messages == (Message("assistant", parts, extensions={"parts": {"2": {"x": 1}}}),)


def test_what_came_before_stands_before_the_input():
    """Instructions first, then the conversation, then the question."""
    request = decode_request(
        {"input": "And now?", "instructions": "Be brief."}, before=[{"role": "user", "content": "Hi"}]
    )

    assert [message.text for message in request.prompt.messages] == ["Be brief.", "Hi", "And now?"]
    assert len(request.items) == 1


def test_another_api_is_not_sent_what_only_this_one_knows():
    """A live backend of the chat API gets a request that it understands."""
    prompt = read(
        input=[{"type": "reasoning", "id": "r", "summary": []}, {"role": "user", "content": "Hi"}],
        tools=[{"type": "web_search"}, {"type": "function", "name": "f"}],
        reasoning={"effort": "low", "summary": "auto"},
        truncation="auto",
    )

    assert encode_chat(prompt, model="m", stream=False) == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": False,
        "tools": [{"type": "function", "function": {"name": "f"}}],
        "reasoning_effort": "low",
    }


def test_other_providers_are_not_sent_what_only_this_one_knows():
    """Neither items nor fields go to Anthropic."""
    prompt = read(
        input=[{"role": "user", "content": "Hi"}, {"type": "reasoning", "id": "r", "summary": []}],
        truncation="auto",
    )

    body = encode_anthropic(prompt, model="m", stream=False)

    assert body == {
        "model": "m",
        "max_tokens": 4096,
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": False,
    }


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("required", ToolChoice("required")),
        ({"type": "function", "name": "f"}, ToolChoice("named", "f")),
        ({"type": "custom", "name": "f"}, ToolChoice("named", "f")),
        ({"type": "web_search"}, ToolChoice("auto")),
        (
            {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "f"}]},
            ToolChoice("required"),
        ),
        ({"type": "allowed_tools", "mode": "auto", "tools": [{"type": "web_search"}]}, ToolChoice("auto")),
    ],
)
def test_a_tool_choice_of_any_form_goes_there_and_back(choice, expected):
    """Every form is understood, and comes out as it went in."""
    prompt = read(tool_choice=choice)

    assert prompt.tool_choice == expected
    assert encode_request(prompt, model="m", stream=False)["tool_choice"] == choice


def test_a_format_is_a_schema():
    """`text.format` with a description, and what else `text` says."""
    form = {
        "type": "json_schema",
        "name": "n",
        "schema": {"type": "object"},
        "strict": True,
        "description": "d",
    }

    prompt = read(text={"format": form, "verbosity": "low", "x": 1})

    assert prompt.schema == ResponseSchema({"type": "object"}, "n", strict=True)
    assert encode_request(prompt, model="m", stream=False)["text"] == {
        "format": form,
        "verbosity": "low",
        "x": 1,
    }


def test_a_format_of_text_is_no_schema():
    """The default may be written out."""
    assert read(text={"format": {"type": "text"}}).schema is None


def test_a_custom_tool_keeps_its_kind():
    """Its grammar is what it has in place of parameters."""
    prompt = read(tools=[{"type": "custom", "name": "sql", "format": {"type": "text"}}])

    assert prompt.tools == (Tool("sql", extensions={"format": {"type": "text"}, "type": "custom"}),)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        pytest.param([], "body", id="no object"),
        pytest.param({"input": 7}, "input", id="input"),
        pytest.param({"input": ["x"]}, "input[0]", id="item no object"),
        pytest.param({"input": [{"content": "x"}]}, "input[0].role", id="no role"),
        pytest.param({"input": [{"role": "tool", "content": "x"}]}, "input[0].role", id="unknown role"),
        pytest.param({"input": [{"role": "user"}]}, "input[0].content", id="no content"),
        pytest.param({"input": [{"role": "user", "content": 7}]}, "input[0].content", id="content"),
        pytest.param({"input": [{"role": "user", "content": [{}]}]}, "input[0].content[0].type", id="part"),
        pytest.param({"input": [{"type": "function_call"}]}, "input[0].call_id", id="call without id"),
        pytest.param(
            {"input": [{"type": "function_call_output", "call_id": "c"}]}, "input[0].output", id="no output"
        ),
        pytest.param({"instructions": 7}, "instructions", id="instructions"),
        pytest.param({"temperature": 3}, "temperature", id="temperature"),
        pytest.param({"max_output_tokens": 0}, "max_output_tokens", id="max_output_tokens"),
        pytest.param({"top_logprobs": 21}, "top_logprobs", id="top_logprobs"),
        pytest.param({"metadata": {"a": 1}}, "metadata.a", id="metadata"),
        pytest.param({"stream": "yes"}, "stream", id="stream"),
        pytest.param({"tools": [{"name": "f"}]}, "tools[0].type", id="tool without type"),
        pytest.param({"tools": [{"type": "function"}]}, "tools[0].name", id="tool without name"),
        pytest.param({"tool_choice": "any"}, "tool_choice", id="tool_choice"),
        pytest.param({"tool_choice": {"type": "function"}}, "tool_choice.name", id="named without name"),
        pytest.param({"text": {"format": {"type": "xml"}}}, "text.format.type", id="format"),
        pytest.param(
            {"text": {"format": {"type": "json_schema", "name": "n"}}}, "text.format.schema", id="no schema"
        ),
        pytest.param(
            {"text": {"format": {"type": "json_schema", "schema": {}}}}, "text.format.name", id="no name"
        ),
        pytest.param({"reasoning": "high"}, "reasoning", id="reasoning"),
    ],
)
def test_a_wrong_request_names_its_parameter(body, param):
    """The refusal is that of the service."""
    with pytest.raises(RequestError) as refused:
        decode_request(body)

    assert (refused.value.status, refused.value.details["param"]) == (400, param)


def test_a_conversation_of_the_conversations_api_is_not_served():
    """The message names what is missing."""
    with pytest.raises(RequestError, match="The Conversations API is not supported") as refused:
        decode_request({"conversation": "conv_1"})

    assert refused.value.status == 501


def test_the_events_come_in_the_services_order():
    """Each item is added, grows and is done; the numbers have no gap."""
    encoder = EventEncoder(frame())

    told = events_of(
        encoder.encode(Delta(reasoning="Hm")),
        encoder.encode(Delta("Hi")),
        encoder.encode(Delta(tool=ToolDelta(0, "c", "f", "{}"))),
        encoder.encode(Delta("ignored", index=1)),
        encoder.encode(Delta(end=End("tool_calls", Usage(1, 2)))),
        encoder.done(),
    )

    assert [event["sequence_number"] for event in told] == list(range(len(told)))
    assert [event["type"].removeprefix("response.") for event in told] == [
        *("created", "in_progress"),
        *("output_item.added", "reasoning_summary_part.added", "reasoning_summary_text.delta"),
        *("reasoning_summary_text.done", "reasoning_summary_part.done", "output_item.done"),
        *("output_item.added", "content_part.added", "output_text.delta"),
        *("output_text.done", "content_part.done", "output_item.done"),
        *("output_item.added", "function_call_arguments.delta"),
        *("function_call_arguments.done", "output_item.done", "completed"),
    ]


def test_a_refusal_is_another_part_of_the_message():
    """Words before it stay."""
    encoder = EventEncoder(frame())

    pieces = [
        encoder.encode(Delta("Well, ")),
        encoder.encode(Delta(extensions={"refusal": "no."})),
        encoder.done(),
    ]

    kinds = [event["type"] for event in events_of(*pieces)]
    assert "response.refusal.delta" in kinds
    assert [part["type"] for part in encoder.response["output"][0]["content"]] == ["output_text", "refusal"]


def test_custom_tools_are_called_with_text():
    """Whole and streamed, under the names of their kind."""
    request = decode_request({"tools": [{"type": "custom", "name": "sql"}]})
    completion = Completion(
        (Choice(tool_calls=(ToolCall("c", "sql", "SELECT"),), finish_reason="tool_calls"),)
    )
    encoder = EventEncoder(frame(request))

    told = events_of(encoder.encode(Delta(tool=ToolDelta(0, "c", "sql", "SELECT"))), encoder.done())

    whole = encode_completion(completion, frame(request))["output"]
    assert (whole[0]["type"], whole[0]["input"]) == ("custom_tool_call", "SELECT")
    assert encoder.response["output"] == whole
    assert "response.custom_tool_call_input.done" in [event["type"] for event in told]


@pytest.mark.parametrize(
    ("finish", "reason"), [("length", "max_output_tokens"), ("content_filter", "content_filter")]
)
def test_an_answer_that_was_cut_short_is_incomplete(finish, reason):
    """The details say why, whole and streamed."""
    encoder = EventEncoder(frame())
    whole = encode_completion(Completion((Choice("Hi", finish_reason=finish),)), frame())

    *_, last = events_of(encoder.encode(Delta("Hi", end=End(finish))), encoder.done())

    assert last["type"] == "response.incomplete"
    assert last["response"] == whole
    assert (whole["status"], whole["incomplete_details"]) == ("incomplete", {"reason": reason})


@pytest.mark.parametrize(("status", "code"), [(429, "rate_limit_exceeded"), (500, "server_error")])
def test_a_stream_gone_wrong_ends_in_a_failed_response(status, code):
    """First the error that SDKs raise, then the response with what came."""
    encoder = EventEncoder(frame())
    error = BackendError(Failure("status", "too bad", status=status))

    *_, told, last = events_of(encoder.encode(Delta("Half")), encoder.error(error))

    assert (told["type"], told["error"]["message"]) == ("error", "too bad")
    assert last["response"]["error"] == {"code": code, "message": "too bad"}
    assert last["response"]["output"][0]["status"] == "incomplete"


def test_settings_are_echoed():
    """What was asked stands in the answer, beside what is usual."""
    request = decode_request(
        {
            "temperature": 0.5,
            "metadata": {"a": "b"},
            "reasoning": {"effort": "low"},
            "service_tier": "auto",
            "x": 1,
        }
    )

    body = frame(request).body("queued", [])

    assert (body["temperature"], body["metadata"], body["service_tier"]) == (0.5, {"a": "b"}, "default")
    assert body["reasoning"] == {"effort": "low", "summary": None}
    assert (body["top_p"], body["text"]["format"]) == (1.0, {"type": "text"})


def test_reasoning_is_sealed_for_who_asks():
    """Clients that keep nothing on the service send it back."""
    request = decode_request({"include": ["reasoning.encrypted_content"]})

    body = encode_completion(Completion((Choice("x", "Hm", finish_reason="stop"),)), frame(request))

    assert body["output"][0]["encrypted_content"] == "SG0="


def test_made_up_log_probabilities_are_in_every_event():
    """Those of the deltas together are those of the whole."""
    encoder = EventEncoder(frame(), top_logprobs=1)

    told = events_of(encoder.encode(Delta("Hi")), encoder.encode(Delta(" you")), encoder.done())

    deltas = [event["logprobs"] for event in told if event["type"] == "response.output_text.delta"]
    assert [entry["token"] for entries in deltas for entry in entries] == ["Hi", " you"]
    assert encoder.response["output"][0]["content"][0]["logprobs"] == [*deltas[0], *deltas[1]]


def test_log_probabilities_of_the_backend_come_first():
    """Nothing is made up beside them."""
    encoder = EventEncoder(frame(), top_logprobs=1)
    own = {"content": [{"token": "Hi"}]}

    pieces = [
        encoder.encode(Delta(extensions={"logprobs": own})),
        encoder.encode(Delta("Hi")),
        encoder.done(),
    ]

    assert events_of(*pieces)[-1]["response"]["output"][0]["content"][0]["logprobs"] == [{"token": "Hi"}]


@pytest.mark.parametrize(
    "event",
    [
        {"type": "error", "error": {"message": "bad", "type": "server_error"}},
        {"type": "response.failed", "response": {"error": {"code": "server_error", "message": "bad"}}},
        {"type": "response.function_call_arguments.delta", "delta": "x"},
    ],
    ids=["error", "failed", "no place"],
)
def test_an_event_that_cannot_be_used_is_an_error(event):
    """What went wrong there is a failure here."""
    with pytest.raises(BackendError):
        EventDecoder().feed(json.dumps(event))


@pytest.mark.parametrize(
    "body", [None, {}, {"output": [], "error": {"message": "bad"}}], ids=["null", "empty", "failed"]
)
def test_a_body_that_is_no_answer_is_an_error(body):
    """As for every other provider."""
    with pytest.raises(BackendError):
        decode_completion(body)


def test_arguments_that_are_an_object_are_json_text():
    """Some servers do not write them as text."""
    item = {"type": "function_call", "call_id": "c", "name": "f", "arguments": {"a": 1}}

    completion = decode_completion({"output": [item, "odd"], "usage": {}})

    assert completion.tool_calls == (ToolCall("c", "f", '{"a": 1}'),)


def test_a_failed_response_is_told_again():
    """Who asks for its events gets its end."""
    body = frame().failed(LLMockError("bad"), [])

    told = events_of(EventEncoder(frame()).told(body))

    assert [event["type"] for event in told] == [
        "response.created",
        "response.in_progress",
        "response.failed",
    ]


def test_an_empty_request_is_one():
    """Every field is optional."""
    assert BARE.prompt == Prompt()


def test_words_after_a_refusal_have_notes_of_their_own():
    """A part of a message does not get the annotations of another."""
    encoder = EventEncoder(frame())
    noted = {"annotations": [{"type": "url_citation"}]}

    pieces = [
        encoder.encode(Delta("a", extensions=noted)),
        encoder.encode(Delta(extensions={"refusal": "no"})),
        encoder.encode(Delta("b", end=End("stop"))),
        encoder.done(),
    ]

    parts = events_of(*pieces)[-1]["response"]["output"][0]["content"]
    assert [part.get("annotations") for part in parts] == [noted["annotations"], None, []]


def test_thoughts_after_words_are_an_item_of_their_own():
    """Each in the order in which they came."""
    encoder = EventEncoder(frame())

    for delta in (Delta("a"), Delta(reasoning="hm"), Delta("b", end=End("stop"))):
        encoder.encode(delta)
    encoder.done()

    assert [item["type"] for item in encoder.response["output"]] == ["message", "reasoning", "message"]


def test_a_silent_answer_has_an_empty_message():
    """Whole and streamed."""
    encoder = EventEncoder(frame())
    encoder.encode(Delta(end=End("stop")))

    encoder.done()

    assert encoder.response == encode_completion(Completion((Choice(finish_reason="stop"),)), frame())


def test_details_of_the_usage_are_kept():
    """Under the names that this API has for them."""
    details = {
        "prompt_tokens_details": {"cached_tokens": 3},
        "completion_tokens_details": {"reasoning_tokens": 2},
    }
    completion = Completion((Choice("x", finish_reason="stop"),), Usage(5, 4, extensions=details))

    body = encode_completion(completion, frame())

    assert body["usage"]["input_tokens_details"]["cached_tokens"] == 3
    assert decode_completion(body) == completion

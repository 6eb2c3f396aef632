"""Requests of OpenAI's chat API."""

import json

import pytest
from hypothesis import given, settings
from openai_strategies import PROMPTS

from pytest_llmock.errors import RequestError
from pytest_llmock.llm import (
    Image,
    Message,
    Other,
    Prompt,
    ResponseSchema,
    Sampling,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from pytest_llmock.wire.openai_chat import ChatRequest, decode_request, encode_request

HI = {"role": "user", "content": "Hi"}
ASKED = Prompt(messages=(Message("user", (Text("Hi"),)),))
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
SCHEMA = {"type": "object"}


def read(**fields):
    return decode_request({"messages": [HI], **fields}).prompt


@given(PROMPTS)
@settings(max_examples=200)
def test_prompt_survives_the_round_trip(prompt):
    """A prompt is what is decoded from its own request body."""
    body = json.loads(json.dumps(encode_request(prompt, model=prompt.model, stream=True)))

    assert decode_request(body) == ChatRequest(prompt, stream=True, include_usage=True)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"role": "system", "content": "x"}, Message("system", (Text("x"),))),
        ({"role": "developer", "content": "x", "name": "dev"}, Message("developer", (Text("x"),), "dev")),
        ({"role": "user", "content": ""}, Message("user")),
        ({"role": "assistant", "content": None}, Message("assistant")),
        ({"role": "assistant", "refusal": "no"}, Message("assistant", extensions={"refusal": "no"})),
        ({"role": "assistant", "tool_calls": [CALL]}, Message("assistant", (ToolCall("c1", "f", "{}"),))),
        (
            {"role": "assistant", "content": "x", "tool_calls": [{**CALL, "extra_content": 1}]},
            Message(
                "assistant",
                (Text("x"), ToolCall("c1", "f", "{}")),
                extensions={"parts": {"1": {"extra_content": 1}}},
            ),
        ),
        (
            {"role": "assistant", "tool_calls": [{"type": "custom", "id": "c"}]},
            Message("assistant", (Other("tool_call", {"type": "custom", "id": "c"}),)),
        ),
        ({"role": "tool", "tool_call_id": "c1", "content": "42"}, Message("tool", (ToolResult("c1", "42"),))),
        (
            {
                "role": "tool",
                "tool_call_id": "c1",
                "content": [{"type": "text", "text": "4"}, {"type": "text", "text": "2"}],
            },
            Message("tool", (ToolResult("c1", "42"),)),
        ),
        (
            {"role": "function", "name": "f", "content": "42"},
            Message("tool", (ToolResult("", "42"),), "f", {"role": "function"}),
        ),
        (
            {
                "role": "user",
                "content": [{"type": "image_url", "image_url": {"url": "data:", "detail": "low"}}],
            },
            Message("user", (Image("data:", {"detail": "low"}),)),
        ),
        (
            {
                "role": "user",
                "content": [{"type": "text", "text": "x", "cache_control": {}}, {"type": "file", "file": {}}],
            },
            Message(
                "user",
                (Text("x"), Other("file", {"file": {}})),
                extensions={"parts": {"0": {"cache_control": {}}}},
            ),
        ),
    ],
    ids=[
        *("system", "developer", "empty", "null", "refusal", "call", "call-extra", "custom-call", "result"),
        *("result-parts", "function", "image", "parts"),
    ],
)
def test_message_is_read_in_all_its_forms(message, expected):
    """Every form a message can have is understood, and nothing that the client said is lost."""
    prompt = read(messages=[message])

    assert prompt.messages == (expected,)
    assert decode_request(encode_request(prompt, model="", stream=False)).prompt == prompt


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"stop": "x"}, {"sampling": Sampling(stop=("x",))}),
        ({"stop": ["x", "y"]}, {"sampling": Sampling(stop=("x", "y"))}),
        (
            {"temperature": 1, "top_p": 0.5, "seed": 3, "n": 2},
            {"sampling": Sampling(1.0, 0.5, None, 3, (), 2)},
        ),
        ({"temperature": None, "stop": None, "n": None}, {}),
        ({"max_tokens": 5}, {"sampling": Sampling(max_tokens=5)}),
        (
            {"max_tokens": 9, "max_completion_tokens": 5},
            {"sampling": Sampling(max_tokens=5), "extensions": {"max_completion_tokens": True}},
        ),
        ({"tool_choice": "required"}, {"tool_choice": ToolChoice("required")}),
        ({"tool_choice": "any"}, {"tool_choice": ToolChoice("required")}),
        (
            {"tool_choice": {"type": "function", "function": {"name": "f"}}},
            {"tool_choice": ToolChoice("named", "f")},
        ),
        (
            {"tool_choice": {"type": "custom", "custom": {"name": "f"}}},
            {
                "tool_choice": ToolChoice("named", "f"),
                "extensions": {"tool_choice": {"type": "custom", "custom": {"name": "f"}}},
            },
        ),
        (
            {"tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "required"}}},
            {
                "tool_choice": ToolChoice("required"),
                "extensions": {
                    "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "required"}}
                },
            },
        ),
        ({"response_format": {"type": "text"}}, {}),
        ({"response_format": {"type": "json_object"}}, {"schema": ResponseSchema()}),
        ({"response_format": {"type": "json_object", "schema": SCHEMA}}, {"schema": ResponseSchema(SCHEMA)}),
        (
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"schema": SCHEMA, "strict": True, "name": "x"},
                }
            },
            {"schema": ResponseSchema(SCHEMA, "x", strict=True)},
        ),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "description": "d"}}},
            {"schema": ResponseSchema({}, "x"), "extensions": {"response_format": {"description": "d"}}},
        ),
        (
            {"response_format": {"type": "grammar", "grammar": "g"}},
            {"extensions": {"response_format": {"type": "grammar", "grammar": "g"}}},
        ),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, {"tools": (Tool("f"),)}),
        (
            {
                "tools": [
                    {"function": {"name": "f", "description": "d", "parameters": SCHEMA, "strict": True}}
                ]
            },
            {"tools": (Tool("f", "d", SCHEMA, {"strict": True}),)},
        ),
        (
            {"tools": [{"type": "custom", "custom": {"name": "f", "format": {"type": "text"}}}]},
            {"tools": (Tool("f", extensions={"type": "custom", "format": {"type": "text"}}),)},
        ),
        ({"user": "u", "made_up": None}, {"extensions": {"user": "u", "made_up": None}}),
    ],
    ids=[
        *(
            "stop",
            "stops",
            "sampling",
            "nulls",
            "max_tokens",
            "max_completion_tokens",
            "choice",
            "any",
            "named",
        ),
        *(
            "named-custom",
            "allowed",
            "text",
            "object",
            "object-schema",
            "schema",
            "schema-description",
            "grammar",
        ),
        *("tool", "tool-full", "tool-custom", "unknown"),
    ],
)
def test_field_is_read_in_all_its_forms(fields, expected):
    """Every parameter ends in the prompt, if not modelled then in its extensions, and goes out again."""
    prompt = read(**fields)

    assert prompt == Prompt(messages=ASKED.messages, **expected)
    assert decode_request(encode_request(prompt, model="", stream=False)).prompt == prompt


@pytest.mark.parametrize(
    ("fields", "stream", "include_usage"),
    [
        ({}, False, False),
        ({"stream": None}, False, False),
        ({"stream": True}, True, False),
        ({"stream": True, "stream_options": {}}, True, False),
        ({"stream": True, "stream_options": {"include_usage": True}}, True, True),
    ],
    ids=["absent", "null", "stream", "options", "usage"],
)
def test_stream_is_no_part_of_the_prompt(fields, stream, include_usage):
    """How an answer is sent changes nothing about what is asked."""
    request = decode_request({"messages": [HI], **fields})

    assert request == ChatRequest(ASKED, stream, include_usage)


ROLES = "developer, system, user, assistant, tool, function"
FUNCTION = "messages[0].tool_calls[0].function"
CONTENT = "messages[0].content"
MESSAGES = {
    "no-object": ([], "body", "Invalid type for 'body': expected an object, but got an array instead."),
    "no-messages": ({}, "messages", "Missing required parameter: 'messages'."),
    "messages-type": (
        {"messages": "x"},
        "messages",
        "Invalid type for 'messages': expected an array, but got a string instead.",
    ),
    "messages-empty": (
        {"messages": []},
        "messages",
        "Invalid value for 'messages': expected at least one message, but got an empty array.",
    ),
    "message-type": (
        {"messages": ["x"]},
        "messages[0]",
        "Invalid type for 'messages[0]': expected an object, but got a string instead.",
    ),
    "no-role": ({"messages": [{}]}, "messages[0].role", "Missing required parameter: 'messages[0].role'."),
    "role": (
        {"messages": [HI, {"role": "boss"}]},
        "messages[1].role",
        f"Invalid value for 'messages[1].role': 'boss'. Supported values are: {ROLES}.",
    ),
    "no-content": (
        {"messages": [{"role": "user"}]},
        "messages[0].content",
        "Missing required parameter: 'messages[0].content'.",
    ),
    "content-null": (
        {"messages": [{"role": "user", "content": None}]},
        CONTENT,
        f"Invalid type for '{CONTENT}': expected a string or array of objects, but got null instead.",
    ),
    "part-type": (
        {"messages": [{"role": "user", "content": ["x"]}]},
        "messages[0].content[0]",
        "Invalid type for 'messages[0].content[0]': expected an object, but got a string instead.",
    ),
    "no-call-id": (
        {"messages": [{"role": "tool", "content": "x"}]},
        "messages[0].tool_call_id",
        "Missing required parameter: 'messages[0].tool_call_id'.",
    ),
    "call-arguments": (
        {
            "messages": [
                {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": {}}}]}
            ]
        },
        f"{FUNCTION}.arguments",
        f"Invalid type for '{FUNCTION}.arguments': expected a string, but got an object instead.",
    ),
}
FIELDS = {
    "model": (
        {"model": 1},
        "model",
        "Invalid type for 'model': expected a string, but got an integer instead.",
    ),
    "stream": (
        {"stream": "yes"},
        "stream",
        "Invalid type for 'stream': expected a boolean, but got a string instead.",
    ),
    "stream_options": (
        {"stream_options": {}},
        "stream_options",
        "Invalid value for 'stream_options': it is only allowed when 'stream' is true.",
    ),
    "temperature": (
        {"temperature": "hot"},
        "temperature",
        "Invalid type for 'temperature': expected a decimal, but got a string instead.",
    ),
    "too-hot": (
        {"temperature": 3},
        "temperature",
        "Invalid value for 'temperature': expected a value <= 2, but got 3 instead.",
    ),
    "not-a-number": (
        {"top_p": float("nan")},
        "top_p",
        "Invalid value for 'top_p': expected a value >= 0, but got nan instead.",
    ),
    "seed": (
        {"seed": True},
        "seed",
        "Invalid type for 'seed': expected an integer, but got a boolean instead.",
    ),
    "n": ({"n": 0}, "n", "Invalid value for 'n': expected a value >= 1, but got 0 instead."),
    "stop": (
        {"stop": [1]},
        "stop",
        "Invalid type for 'stop': expected a string or an array of strings, but got an array instead.",
    ),
    "tools": (
        {"tools": {}},
        "tools",
        "Invalid type for 'tools': expected an array, but got an object instead.",
    ),
    "tool": (
        {"tools": [{"type": "function"}]},
        "tools[0].function",
        "Missing required parameter: 'tools[0].function'.",
    ),
    "tool_choice": (
        {"tool_choice": "maybe"},
        "tool_choice",
        "Invalid value for 'tool_choice': 'maybe'. Supported values are: auto, none, required.",
    ),
    "format": (
        {"response_format": "json"},
        "response_format",
        "Invalid type for 'response_format': expected an object, but got a string instead.",
    ),
}


@pytest.mark.parametrize(
    ("body", "param", "message"),
    [*MESSAGES.values(), *(({"messages": [HI], **fields}, *rest) for fields, *rest in FIELDS.values())],
    ids=[*MESSAGES, *FIELDS],
)
def test_request_that_the_service_refuses_is_refused(body, param, message):
    """A bad request is a 400 whose details name the parameter."""
    with pytest.raises(RequestError) as caught:
        decode_request(body)

    assert (caught.value.status, caught.value.message) == (400, message)
    assert caught.value.details["param"] == param


@pytest.mark.parametrize(
    ("schema", "mode", "expected"),
    [
        (None, "json_schema", None),
        (ResponseSchema(), "json_schema", {"type": "json_object"}),
        (ResponseSchema(), "prompt", None),
        (
            ResponseSchema(SCHEMA),
            "json_schema",
            {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA}},
        ),
        (
            ResponseSchema(SCHEMA, "x", strict=True),
            "json_schema",
            {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA, "strict": True}},
        ),
        (ResponseSchema(SCHEMA), "json_object", {"type": "json_object", "schema": SCHEMA}),
        (ResponseSchema(SCHEMA), "prompt", None),
    ],
    ids=["none", "any", "any-prompt", "schema", "strict", "object", "prompt"],
)
def test_schema_is_sent_in_the_form_that_the_mode_says(schema, mode, expected):
    """The same prompt goes to servers that take schemas, JSON mode only, or neither."""
    body = encode_request(Prompt(schema=schema), model="m", stream=False, mode=mode)

    assert body.get("response_format") == expected


def test_limit_is_sent_under_the_name_that_the_client_used():
    """Newer models refuse `max_tokens`; older servers do not know `max_completion_tokens`."""
    prompt = Prompt(sampling=Sampling(max_tokens=5), extensions={"max_completion_tokens": True})

    body = encode_request(prompt, model="m", stream=False)

    assert body == {"model": "m", "messages": [], "stream": False, "max_completion_tokens": 5}


def test_tool_results_beside_other_parts_become_messages_of_their_own():
    """Anthropic's form, results inside a user turn, is said in OpenAI's: results first, then the turn."""
    parts = (Text("and?"), ToolResult("c1", "1"), ToolResult("c2", "2"))

    body = encode_request(Prompt(messages=(Message("user", parts),)), model="m", stream=False)

    assert body["messages"] == [
        {"role": "tool", "tool_call_id": "c1", "content": "1"},
        {"role": "tool", "tool_call_id": "c2", "content": "2"},
        {"role": "user", "content": "and?"},
    ]

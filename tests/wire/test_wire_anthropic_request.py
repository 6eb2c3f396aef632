"""Prompts as requests of Anthropic's Messages API."""

import base64
import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from openai_strategies import PROMPTS

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
from pytest_llmock.wire.anthropic_request import encode_request, left_out, schema_modes

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}
CLOSED = {**SCHEMA, "additionalProperties": False}
HI = Message("user", (Text("Hi"),))
TOOL = Tool("f", "Does f", {"type": "object", "properties": {}})
ENCODED_TOOL = {"name": "f", "description": "Does f", "input_schema": TOOL.parameters}


def body_of(*messages, mode="json_schema", **fields):
    return encode_request(Prompt(messages or (HI,), **fields), model="m", stream=True, mode=mode)


def turns_of(*messages):
    return body_of(*messages)["messages"]


def blocks_of(*parts, role="user", **extensions):
    return turns_of(Message(role, parts, extensions=extensions))[0]["content"]


def test_least_request_has_all_that_the_api_needs():
    """Model, a token limit and a turn."""
    assert body_of() == {
        "model": "m",
        "max_tokens": 4096,
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": True,
    }


def test_system_and_developer_words_stand_beside_the_conversation():
    """In their order, as paragraphs of one text, wherever they stood."""
    body = body_of(Message("system", (Text("A"),)), HI, Message("developer", (Text("B"),)))

    assert (body["system"], body["messages"]) == ("A\n\nB", [{"role": "user", "content": "Hi"}])


def test_system_words_with_something_beside_them_stay_apart():
    """A cache breakpoint belongs to its own block."""
    cached = {"cache_control": {"type": "ephemeral"}}
    first = Message("system", (Text("A"),), extensions={"parts": {"0": cached | {"x": 1}}})

    body = body_of(first, Message("system", (Text("B"),)), HI)

    assert body["system"] == [{"type": "text", "text": "A", **cached}, {"type": "text", "text": "B"}]


def test_system_words_alone_are_the_users():
    """The API needs a turn."""
    body = body_of(Message("system", (Text("A"),)))

    assert (body.get("system"), body["messages"]) == (None, [{"role": "user", "content": "A"}])


def test_turns_in_a_row_of_one_side_are_one_turn():
    """And turns without a word are none."""
    turns = turns_of(
        HI, Message("user", (Text("There"),)), Message("assistant"), Message("assistant", (Text("Yo"),))
    )

    words = [{"type": "text", "text": text} for text in ("Hi", "There")]
    assert turns == [{"role": "user", "content": words}, {"role": "assistant", "content": "Yo"}]


def test_tool_calls_and_their_results_are_blocks():
    """All results stand in one turn of the user, before any words."""
    calls = (Text("Let me see"), ToolCall("1", "f", '{"a": 1}'), ToolCall("2", "g", " "))
    asked = Message("assistant", calls)
    words, failed = Message("user", (Text("Well?"),)), Message("tool", (ToolResult("2", "", is_error=True),))

    turns = turns_of(HI, asked, words, Message("tool", (ToolResult("1", "one"),)), failed)

    assert turns[1]["content"][1:] == [
        {"type": "tool_use", "id": "1", "name": "f", "input": {"a": 1}},
        {"type": "tool_use", "id": "2", "name": "g", "input": {}},
    ]
    assert turns[2]["content"] == [
        {"type": "tool_result", "tool_use_id": "1", "content": "one"},
        {"type": "tool_result", "tool_use_id": "2", "content": "", "is_error": True},
        {"type": "text", "text": "Well?"},
    ]


@pytest.mark.parametrize("arguments", ["[1]", "{", "[" * 100_000], ids=["list", "broken", "deep"])
def test_arguments_that_are_no_object_stand_in_one(arguments):
    """The model wrote something else, and the conversation goes on."""
    (block,) = blocks_of(ToolCall("1", "f", arguments), role="assistant")

    assert block["input"] == {"arguments": arguments}


def test_picture_of_a_tool_is_part_of_its_result():
    """What stands beside the words of a tool's message is the tool's."""
    (block,) = blocks_of(ToolResult("1", "see"), Image("https://h.test/a.png"), role="tool")

    picture = {"type": "image", "source": {"type": "url", "url": "https://h.test/a.png"}}
    assert block["content"] == [{"type": "text", "text": "see"}, picture]


def test_result_in_a_users_turn_is_a_block_of_it():
    """Not every client has messages of tools."""
    blocks = blocks_of(Text("Here"), ToolResult("1", "one"))

    assert [block["type"] for block in blocks] == ["tool_result", "text"]


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("data:image/png;base64,aGk=", ("image/png", b"hi")),
        ("data:image/svg+xml;utf8,%3Csvg%2F%3E", ("image/svg+xml", b"<svg/>")),
        ("DATA:,hi", ("text/plain", b"hi")),
    ],
)
def test_picture_in_the_address_is_sent_in_base64(url, source):
    """A `data:` address has the picture in it."""
    media_type, data = source

    (block,) = blocks_of(Image(url, {"detail": "high"}))

    encoded = base64.b64encode(data).decode()
    assert block == {
        "type": "image",
        "source": {"type": "base64", "media_type": media_type, "data": encoded},
    }


def test_part_of_another_kind_goes_as_it_came():
    """Blocks of thought, documents and whatever comes next."""
    (block,) = blocks_of(Other("thinking", {"thinking": "hm", "signature": "s"}), role="assistant")

    assert block == {"type": "thinking", "thinking": "hm", "signature": "s"}


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        (Sampling(temperature=0.3, top_p=0.9), {"temperature": 0.3, "top_p": 0.9}),
        (Sampling(temperature=1.2), {"temperature": 1.0}),
        (Sampling(max_tokens=7, seed=3, n=2), {"max_tokens": 7}),
        (Sampling(stop=("a", "b")), {"stop_sequences": ["a", "b"]}),
    ],
    ids=["both", "too-hot", "limit", "stop"],
)
def test_choice_of_words_is_said_in_the_apis_bounds(sampling, expected):
    """A temperature above 1 is 1 there."""
    body = body_of(sampling=sampling)

    assert body == body_of() | expected


@pytest.mark.parametrize(
    ("choice", "parallel", "expected"),
    [
        (None, None, None),
        (ToolChoice("auto"), True, {"type": "auto"}),
        (ToolChoice("required"), None, {"type": "any"}),
        (ToolChoice("none"), False, {"type": "none"}),
        (ToolChoice("named", "f"), None, {"type": "tool", "name": "f"}),
        (None, False, {"type": "auto", "disable_parallel_tool_use": True}),
    ],
    ids=["unsaid", "auto", "required", "none", "named", "one-at-a-time"],
)
def test_tools_go_with_their_choice(choice, parallel, expected):
    """Whether they must be called, and how many at a time."""
    body = body_of(tools=(TOOL,), tool_choice=choice, extensions={"parallel_tool_calls": parallel})

    assert (body["tools"], body.get("tool_choice")) == ([ENCODED_TOOL], expected)


def test_choice_without_tools_is_not_sent():
    """The API refuses one."""
    assert "tool_choice" not in body_of(tool_choice=ToolChoice("none"))


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        (Tool("f"), {"name": "f", "input_schema": {"type": "object"}}),
        (Tool("f", "", SCHEMA, {"strict": True}), {"name": "f", "input_schema": CLOSED, "strict": True}),
        (Tool("f", "", {}, {"strict": True}), {"name": "f", "input_schema": {"type": "object"}}),
        (Tool("f", "", SCHEMA, {"strict": False}), {"name": "f", "input_schema": SCHEMA}),
        (
            Tool("web_search", "", {}, {"type": "web_search_20260209", "max_uses": 2}),
            {"type": "web_search_20260209", "name": "web_search", "max_uses": 2},
        ),
    ],
    ids=["bare", "strict", "strict-unsayable", "not-strict", "of-the-service"],
)
def test_tool_is_said_as_the_api_takes_it(tool, expected):
    """Strict ones with a closed schema, those of the service with their own fields."""
    assert body_of(tools=(tool,))["tools"] == [expected]


@pytest.mark.parametrize(
    ("schema", "tools", "modes"),
    [
        (None, (), ("prompt",)),
        (ResponseSchema(), (), ("prompt",)),
        (ResponseSchema(SCHEMA), (), ("json_schema", "tool", "prompt")),
        (ResponseSchema(SCHEMA), (TOOL,), ("json_schema", "prompt")),
        (ResponseSchema({"type": "object"}), (), ("tool", "prompt")),
        (ResponseSchema({"type": "array", "items": SCHEMA}), (), ("json_schema", "prompt")),
    ],
    ids=["none", "any-object", "object", "own-tools", "map", "list"],
)
def test_ways_to_tell_a_schema_fit_it(schema, tools, modes):
    """A tool's input is an object, and a client's own tools must stay free."""
    assert schema_modes(Prompt((HI,), schema=schema, tools=tools)) == modes


def test_schema_is_the_output_format():
    """Beside what the client says of the output."""
    body = body_of(schema=ResponseSchema(SCHEMA), extensions={"output_config": {"effort": "low"}})

    form = {"type": "json_schema", "schema": CLOSED}
    assert body["output_config"] == {"effort": "low", "format": form}


def test_schema_is_the_input_of_a_tool_that_must_be_called():
    """For models and servers without output formats."""
    body = body_of(schema=ResponseSchema(SCHEMA), mode="tool")

    tool = {"name": "answer", "description": "Give the answer.", "input_schema": SCHEMA}
    assert (body["tools"], body["tool_choice"]) == ([tool], {"type": "tool", "name": "answer"})
    assert "output_config" not in body


def test_schema_in_words_is_in_no_field():
    """The prompt says it already."""
    assert body_of(schema=ResponseSchema(SCHEMA), mode="prompt") == body_of()


def test_what_the_client_says_beyond_goes_along():
    """Fields of the API's own, and those that it has another name for."""
    body = body_of(
        extensions={"thinking": {"type": "adaptive"}, "top_k": 5, "user": "u", "service_tier": "auto"}
    )

    expected = {"thinking": {"type": "adaptive"}, "top_k": 5, "metadata": {"user_id": "u"}}
    assert body == body_of() | expected | {"service_tier": "auto"}


def test_what_the_api_has_no_word_for_is_left_out_and_named():
    """Nothing is lost in silence."""
    extensions = {
        "logit_bias": {"1": 2},
        "metadata": {"a": "b"},
        "service_tier": "flex",
        "store": False,
        "max_completion_tokens": True,
    }
    prompt = Prompt((HI,), sampling=Sampling(seed=1), extensions=extensions)

    body = encode_request(prompt, model="m", stream=True)

    assert body == body_of()
    assert left_out(prompt) == ("logit_bias", "metadata", "seed", "service_tier")


@given(PROMPTS)
@settings(max_examples=60)
def test_any_prompt_is_a_request_with_turns_that_alternate(prompt):
    """Whatever an OpenAI client says; no text in it is empty, and all of it is JSON."""
    body = encode_request(prompt, model="m", stream=True)

    roles = [turn["role"] for turn in body["messages"]]
    contents = [turn["content"] for turn in body["messages"]]
    assert all(one != other for one, other in pairwise(roles))
    assert all(content for content in contents)
    assert json.loads(json.dumps(body)) == body

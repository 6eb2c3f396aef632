"""Requests of Anthropic's Messages API, read."""

import json

import pytest
from anthropic_strategies import PROMPTS
from hypothesis import given

from pytest_llmock.errors import RequestError
from pytest_llmock.llm import Image, Other, ResponseSchema, Text, ToolChoice, ToolResult
from pytest_llmock.wire.anthropic_request import MessagesRequest, decode_request, encode_request

HI = {"role": "user", "content": "Hi"}
LEAST = {"model": "m", "max_tokens": 9, "messages": [HI]}
TOOL = {"name": "f", "input_schema": {"type": "object"}}


def read(**fields):
    return decode_request({**LEAST, **fields}).prompt


def parts(*blocks, role="user"):
    return read(messages=[{"role": role, "content": [*blocks]}]).messages[-1].parts


@given(PROMPTS)
def test_prompt_survives_the_round_trip(prompt):
    """A prompt is what is decoded from its own request body."""
    body = json.loads(json.dumps(encode_request(prompt, model=prompt.model, stream=True)))

    assert decode_request(body) == MessagesRequest(prompt, stream=True)


def test_results_of_tools_are_messages_of_their_own():
    """Where nothing else is said."""
    results = [
        {"type": "tool_result", "tool_use_id": "1", "content": "one", "is_error": True},
        {"type": "tool_result", "tool_use_id": "2"},
    ]

    messages = read(messages=[{"role": "user", "content": results}]).messages

    assert [message.role for message in messages] == ["tool", "tool"]
    assert messages[0].parts == (ToolResult("1", "one", is_error=True),)
    assert messages[1].parts == (ToolResult("2", ""),)


def test_results_beside_words_are_parts_of_the_users_turn():
    """One that has more than words stays a message, because a part has no place for that."""
    picture = {"type": "image", "source": {"type": "url", "url": "https://h.test/a"}}
    content = [
        {"type": "tool_result", "tool_use_id": "1", "content": "one", "cache_control": {"type": "ephemeral"}},
        {"type": "tool_result", "tool_use_id": "2", "content": [picture]},
        {"type": "text", "text": "Go on"},
    ]

    shown, turn = read(messages=[{"role": "user", "content": content}]).messages

    assert shown.parts == (ToolResult("2", ""), Image("https://h.test/a"))
    assert (turn.role, turn.parts) == ("user", (ToolResult("1", "one"), Text("Go on")))
    assert turn.extensions == {"parts": {"0": {"cache_control": {"type": "ephemeral"}}}}


def test_what_a_tool_gave_beside_words_is_part_of_its_message():
    """Words are joined, pictures stand behind them."""
    picture = {"type": "image", "source": {"type": "url", "url": "https://h.test/a"}}
    content = [{"type": "text", "text": "a"}, picture, {"type": "text", "text": "b"}]

    assert parts({"type": "tool_result", "tool_use_id": "1", "content": content}) == (
        ToolResult("1", "ab"),
        Image("https://h.test/a"),
    )


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ({"type": "text", "text": "a"}, Text("a")),
        (
            {"type": "image", "source": {"type": "file", "file_id": "f"}},
            Other("image", {"source": {"type": "file", "file_id": "f"}}),
        ),
        ({"type": "redacted_thinking", "data": "x"}, Other("redacted_thinking", {"data": "x"})),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
def test_a_block_is_a_part(block, part):
    """One that is not modelled is kept as it came."""
    assert parts(block) == (part,)


def test_a_system_prompt_may_be_blocks_or_stand_in_the_conversation():
    """All of it are system messages."""
    blocks = [{"type": "text", "text": "A"}, {"type": "text", "text": "B"}]

    asked = read(system=blocks, messages=[HI, {"role": "system", "content": "C"}])

    assert [(message.role, message.text) for message in asked.messages] == [
        ("system", "AB"),
        ("user", "Hi"),
        ("system", "C"),
    ]


@pytest.mark.parametrize("system", ["", [], None])
def test_an_empty_system_prompt_is_none(system):
    """There is nothing to say to the model."""
    assert [message.role for message in read(system=system).messages] == ["user"]


def test_tools_that_clients_run_are_tools():
    """They have no schema, and a type that says what they are."""
    shell = {"type": "bash_20250124", "name": "bash"}

    (tool,) = read(tools=[shell]).tools

    assert (tool.name, tool.extensions) == ("bash", {"type": "bash_20250124"})


def test_calls_one_at_a_time_are_kept_as_openai_says_it():
    """So every backend understands it."""
    asked = read(tools=[TOOL], tool_choice={"type": "tool", "name": "f", "disable_parallel_tool_use": True})

    assert (asked.tool_choice, asked.extensions) == (ToolChoice("named", "f"), {"parallel_tool_calls": False})


def test_the_older_name_of_the_output_format_is_known():
    """Beta clients still send it."""
    form = {"type": "json_schema", "schema": {"type": "object"}}

    assert read(output_format=form).schema == ResponseSchema({"type": "object"})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"max_tokens": -1}, "max_tokens: Input should be greater than or equal to 0"),
        (
            {"messages": [{"role": "user", "content": ""}]},
            "messages.0: user messages must have non-empty content",
        ),
        ({"messages": [{"role": "user"}]}, "messages.0.content: Field required"),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": ""}]}]},
            "messages.0.content.0: text content blocks must be non-empty",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "image"}]}]},
            "messages.0.content.0.source: Field required",
        ),
        ({"tools": [{"name": "f"}]}, "tools.0.input_schema: Field required"),
        (
            {"tools": [TOOL], "tool_choice": {"type": "some"}},
            "tool_choice.type: Input should be 'auto', 'any', 'none' or 'tool'",
        ),
        (
            {"tools": [TOOL], "tool_choice": {"type": "tool", "name": "g"}},
            "tool_choice: Tool 'g' not found in provided tools",
        ),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 2000}},
            "max_tokens: `max_tokens` must be greater than `thinking.budget_tokens`.",
        ),
        (
            {"output_config": {"format": {"type": "xml"}}},
            "output_config.format.type: Input should be 'json_schema', not 'xml'",
        ),
        ({"stop_sequences": ["a", 1]}, "stop_sequences.1: Input should be a valid string"),
        ({"stream": "yes"}, "stream: Input should be a valid boolean"),
        ({"temperature": True}, "temperature: Input should be a valid number"),
        ({"top_p": 10**400}, "top_p: Input should be a valid number"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_the_service_refuses_is_refused(fields, message):
    """In its words, with the place."""
    with pytest.raises(RequestError) as caught:
        read(**fields)

    assert caught.value.message == message


def test_an_empty_answer_may_stand_in_the_conversation():
    """The last turn may be one that the model goes on with."""
    assert read(messages=[HI, {"role": "assistant", "content": []}]).messages[-1].parts == ()


def test_a_body_that_is_no_object_is_refused():
    """There is nothing to read in it."""
    with pytest.raises(RequestError, match="body: Input should be a valid dictionary"):
        decode_request([])

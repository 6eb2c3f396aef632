"""Conversations of any length."""

import json

import pytest
from hypothesis import given, settings

from pytest_llmock import ShapeError, strategies
from pytest_llmock.wire.openai_chat import decode_request

TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


@given(strategies.conversations(tools=[TOOL]))
def test_every_conversation_is_one_that_the_api_takes(messages):
    """And waits for the model: the user or a tool has the last word."""
    prompt = decode_request({"model": "m", "messages": messages, "tools": [TOOL]}).prompt

    assert prompt.messages[-1].role in ("user", "tool")


@given(strategies.conversations(tools=[TOOL]))
def test_every_call_has_valid_arguments_and_a_result(messages):
    """As the API demands it."""
    calls = [call for message in messages for call in message.get("tool_calls", ())]
    results = [message["tool_call_id"] for message in messages if message["role"] == "tool"]

    assert [call["id"] for call in calls] == results
    assert all("city" in json.loads(call["function"]["arguments"]) for call in calls)


@settings(max_examples=30)
@given(strategies.conversations(max_turns=2, system=False))
def test_turns_and_the_system_message_are_the_callers_choice(messages):
    """A bound is a bound."""
    roles = [message["role"] for message in messages]

    assert roles in (["user"], ["user", "assistant", "user"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_turns": 0}, "A conversation has 1 turn or more, not 0."),
        ({"tools": [{}]}, 'A tool has no name: {}. Write {"function": {"name": …, "parameters": …}}.'),
    ],
)
def test_what_cannot_be_is_refused_when_the_strategy_is_made(options, message):
    """Not when the test runs."""
    with pytest.raises(ShapeError) as caught:
        strategies.conversations(**options)

    assert caught.value.message == message

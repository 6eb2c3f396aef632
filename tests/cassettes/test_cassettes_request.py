"""What a call asks, as plain JSON, and back."""

from dataclasses import replace

import pytest
from hypothesis import given
from prompts import prompts

from pytest_llmock.cassettes.request import prompt_of, request_of
from pytest_llmock.llm import (
    Generation,
    Image,
    Message,
    Prompt,
    Sampling,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)


def asked(prompt):
    return request_of(prompt, backend="old", model="m")


def test_a_chat_of_words_reads_like_a_script():
    """A turn of words only is one line; what has its default is not there."""
    prompt = Prompt(
        (Message("system", (Text("Be terse."),)), Message("user", (Text("Hello"),))),
        sampling=Sampling(temperature=0.2),
    )

    assert asked(prompt) == {
        "operation": "chat",
        "backend": "old",
        "model": "m",
        "messages": [{"system": "Be terse."}, {"user": "Hello"}],
        "sampling": {"temperature": 0.2},
    }


def test_tool_calls_are_numbered_and_their_arguments_are_data():
    """The provider's random ids are gone, call and result still belong together, spacing does not count."""
    prompt = Prompt(
        (
            Message("assistant", (ToolCall("call_x9", "find", '{ "q":1 }'),)),
            Message("tool", (ToolResult("call_x9", "none"),)),
        ),
        tools=(Tool("find", "Finds."),),
        tool_choice=ToolChoice("named", "find"),
    )

    request = asked(prompt)

    assert request["messages"] == [
        {
            "role": "assistant",
            "parts": [{"tool_call": {"id": "call_1", "name": "find", "arguments": {"q": 1}}}],
        },
        {"role": "tool", "parts": [{"tool_result": {"call": "call_1", "content": "none"}}]},
    ]
    assert request["tools"] == [{"name": "find", "description": "Finds."}]
    assert request["tool_choice"] == {"named": "find"}


def test_a_generation_is_described_by_what_is_to_be_made():
    """Neither the words of our templates nor the problems we found in an answer are part of the request."""
    made = Generation(
        "POST", "/users", (("a", "b"),), {"x": None}, {"id": 0}, count=2, problems=("bad",), previous="{"
    )
    prompt = Prompt((Message("user", (Text("our template"),)),), generation=made)

    assert asked(prompt) == {
        "operation": "generate",
        "backend": "old",
        "model": "m",
        "method": "POST",
        "path": "/users",
        "query": [["a", "b"]],
        "body": {"x": None},
        "shape": {"id": 0},
        "count": 2,
        "previous": "{",
    }


def test_a_field_nobody_knows_is_kept_and_bookkeeping_is_not():
    """What may change the answer counts even if we never heard of it; who pays for it does not."""
    prompt = Prompt(
        (Message("user", (Image("https://x/a.png", {"detail": "low"}),)),),
        extensions={"mirostat": 2, "user": "ann", "store": True, "metadata": {"a": 1}, "gone": None},
    )

    request = asked(prompt)

    assert request["extensions"] == {"mirostat": 2}
    assert request["messages"] == [
        {"role": "user", "parts": [{"image": "https://x/a.png", "extensions": {"detail": "low"}}]}
    ]


@given(prompts)
def test_any_request_reads_back_to_a_prompt_that_asks_the_same(prompt):
    """`request_of(prompt_of(r)) == r` for the request of any prompt."""
    request = asked(prompt)

    assert asked(prompt_of(request)) == request


@pytest.mark.parametrize(
    ("broken", "text"),
    [
        ({"operation": "sing"}, "the operation 'sing' is none of chat, embed, generate"),
        ({"messages": "hi"}, "'hi' stands where a list belongs"),
        ({"messages": ["hi"]}, "'hi' stands where a mapping belongs"),
        ({"messages": [{"robot": "hi"}]},
         "a message has the role 'robot'; roles are assistant, developer, system, tool, user"),
        ({"messages": [{"role": "user", "parts": [{"sound": 1}]}]},
         "a message part with the keys sound is none that is known"),
        ({"tool_choice": "maybe"}, "tool_choice 'maybe' is none of auto, none, required and {named: …}"),
        ({"inputs": "hi"}, "'hi' stands where a list of texts belongs"),
    ],
    ids=["operation", "messages", "message", "role", "part", "choice", "inputs"],
)  # fmt: skip
def test_what_is_no_request_is_named(broken, text):
    """A request that was edited into something else says which part cannot be understood."""
    request = {**asked(Prompt()), **broken}

    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole text is compared
        prompt_of(request)

    assert str(caught.value) == text


def test_the_stream_of_a_prompt_is_the_models_own_business():
    """Two prompts that differ only in the model the client named ask the same of a backend with its own."""
    one, other = Prompt(model="a"), Prompt(model="b")

    assert asked(one) == asked(other) == asked(replace(one, model=""))

"""Whole answers of OpenAI's chat API."""

import json

import pytest
from hypothesis import given
from openai.types.chat import ChatCompletion
from openai_strategies import COMPLETIONS

from pytest_llmock.errors import BackendError
from pytest_llmock.llm import Choice, Completion, ToolCall, Usage
from pytest_llmock.wire.openai_chat import decode_completion, encode_completion

SAID = {"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}


def body_of(completion):
    return json.loads(json.dumps(encode_completion(completion, id="chatcmpl-1", created=7, model="m")))


def read(message, **choice):
    return decode_completion({"choices": [{"message": message, **choice}]})


@given(COMPLETIONS)
def test_completion_survives_the_round_trip(completion):
    """A completion is what is decoded from its own body."""
    body = body_of(completion)

    assert decode_completion(body) == completion


@given(COMPLETIONS)
def test_body_is_what_the_sdk_expects(completion):
    """OpenAI's own types accept the body, strictly."""
    body = body_of(completion)
    body["choices"] = [{**choice, "logprobs": None} for choice in body["choices"]]
    for choice in body["choices"]:
        choice["message"].pop("annotations")

    parsed = ChatCompletion.model_validate(body, strict=True)

    assert parsed.choices[0].message.content in (completion.text, None)


def test_answer_has_the_fields_of_the_api():
    """An answer with words only, whole."""
    completion = Completion((Choice("Hi", finish_reason="stop"),), Usage(3, 2))

    body = body_of(completion)

    message = {"role": "assistant", "content": "Hi", "refusal": None, "annotations": []}
    assert body == {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 7,
        "model": "m",
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    }


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"content": None, "refusal": "I will not"}, Choice(finish_reason="stop")),
        ({"content": [{"type": "text", "text": "a"}, {"text": "b"}, 1]}, Choice("ab", finish_reason="stop")),
        ({"content": 7}, Choice(finish_reason="stop")),
        ({"content": "a", "reasoning_content": "b"}, Choice("a", "b", finish_reason="stop")),
        ({"content": "a", "reasoning": "b"}, Choice("a", "b", finish_reason="stop")),
        (
            {"function_call": {"name": "f", "arguments": "{}"}},
            Choice("", "", (ToolCall("", "f", "{}"),), "stop"),
        ),
        (
            {"tool_calls": [{"id": "c", "function": {"name": "f", "arguments": {"a": 1}}}, 1]},
            Choice("", "", (ToolCall("c", "f", '{"a": 1}'),), "stop"),
        ),
        (
            {"tool_calls": [{"id": "c", "type": "custom", "custom": {"name": "f", "input": "x"}}]},
            Choice("", "", (ToolCall("c", "f", "x"),), "stop"),
        ),
        ({"tool_calls": [{"id": "c"}]}, Choice("", "", (ToolCall("c", "", ""),), "stop")),
    ],
    ids=[
        *("refusal", "parts", "odd-content", "reasoning_content", "reasoning", "function_call"),
        *("object-arguments", "custom", "no-function"),
    ],
)
def test_message_of_other_servers_is_understood(message, expected):
    """What servers say beside the API's own form is read as far as it can be."""
    completion = read(message, finish_reason="stop")

    assert completion.choices == (expected,)


@pytest.mark.parametrize(
    ("reason", "finish", "kept"),
    [
        ("length", "length", {}),
        ("function_call", "tool_calls", {}),
        ("eos", "stop", {"finish_reason": "eos"}),
        (None, "stop", {}),
    ],
    ids=["known", "deprecated", "unknown", "none"],
)
def test_finish_reason_is_translated(reason, finish, kept):
    """Every reason becomes one of ours; one that nobody knows is kept, and is sent on as it came."""
    completion = read({"content": "x"}, finish_reason=reason)

    assert (completion.finish_reason, completion.extensions) == (finish, kept)
    assert body_of(completion)["choices"][0]["finish_reason"] == (reason if kept else finish)


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": 3, "completion_tokens": 2}, Usage(3, 2)),
        ({"prompt_tokens": 3}, Usage(3, 0)),
        (
            {
                "prompt_tokens": 3,
                "completion_tokens": 2,
                "completion_tokens_details": {"reasoning_tokens": 1},
            },
            Usage(3, 2, extensions={"completion_tokens_details": {"reasoning_tokens": 1}}),
        ),
        ({"prompt_tokens": -3, "completion_tokens": 2}, Usage()),
        ({"prompt_tokens": "3", "completion_tokens": 2}, Usage()),
        ({"prompt_tokens": 3, "completion_tokens": None}, Usage()),
        ({"prompt_tokens": True, "completion_tokens": 2}, Usage()),
        ("many", Usage()),
    ],
    ids=["full", "input-only", "details", "negative", "text", "null", "boolean", "odd"],
)
def test_usage_that_cannot_be_is_no_usage(usage, expected):
    """Nonsense from a server never reaches a cost report."""
    completion = decode_completion({"choices": [SAID], "usage": usage})

    assert completion.usage == expected


def test_choices_are_put_in_order():
    """The index counts, not the place; what a choice says beside its words goes with it."""
    second = {**SAID, "index": 1, "message": {"content": "Ho", "refusal": "no"}}

    completion = decode_completion({"choices": [second, SAID], "service_tier": "flex"})

    assert [choice.text for choice in completion.choices] == ["Hi", "Ho"]
    assert completion.extensions == {"service_tier": "flex", "refusal[1]": "no"}


@pytest.mark.parametrize(
    ("body", "kind", "status", "message"),
    [
        ([], "protocol", None, "The answer cannot be read: the answer is not a JSON object."),
        ({}, "protocol", None, "The answer cannot be read: it has neither choices nor an error."),
        ({"choices": []}, "cut", None, "The answer has no choices."),
        ({"choices": [{"index": 0}]}, "cut", None, "The answer has no choices."),
        ({"error": {"message": "busy"}}, "cut", None, "The answer is an error: busy"),
        ({"error": {"message": "busy", "code": 503}}, "status", 503, "The answer is an error: busy"),
    ],
    ids=["list", "empty", "no-choices", "no-message", "error", "error-status"],
)
def test_unusable_answer_says_why(body, kind, status, message):
    """What is no completion is a backend's failure, never an empty answer."""
    with pytest.raises(BackendError) as caught:
        decode_completion(body)

    failure = caught.value.failure
    assert (failure.kind, failure.status, failure.message) == (kind, status, message)

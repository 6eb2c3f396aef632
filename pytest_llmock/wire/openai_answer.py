"""Whole answers of OpenAI's chat API, both directions, and what streamed ones share with them.

Spec: https://developers.openai.com/api/reference/resources/chat (read 2026-11-21).

What a choice says beyond the model (a refusal, log probabilities, annotations, a finish reason nobody knows)
goes into the answer's `extensions` under its own name: "refusal" for the first choice, "refusal[1]" for the
second. Of the answer itself the fields in `KEPT` are kept.
"""

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import cast

from pytest_llmock.errors import BackendError, Failure
from pytest_llmock.llm import JSON, Choice, Completion, FinishReason, ToolCall, Usage
from pytest_llmock.wire.reading import extension_key, is_count, told_error, unreadable

CHOICE_FIELDS = frozenset({"refusal", "annotations", "logprobs", "finish_reason"})
KEPT = ("system_fingerprint", "service_tier")
_FINISH: Mapping[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",  # of the deprecated `functions`
    "content_filter": "content_filter",
}
_USAGE_DETAILS = ("prompt_tokens_details", "completion_tokens_details")


def encode_completion(  # noqa: PLR0913 - what an answer says of itself, all by keyword
    completion: Completion,
    *,
    id: str,
    created: int,
    model: str,
    beside: Mapping[str, JSON] = MappingProxyType({}),
    custom: frozenset[str] = frozenset(),
) -> dict[str, JSON]:
    """The body of a plain answer.

    `beside` is what it says of itself unless the completion says otherwise; `custom` names the tools that
    take text in place of JSON.
    """
    choices = [
        _encode_choice(choice, index, completion.extensions, custom)
        for index, choice in enumerate(completion.choices)
    ]
    body: dict[str, JSON] = {"id": id, "object": "chat.completion", "created": created, "model": model}
    body |= {"choices": list[JSON](choices), "usage": encode_usage(completion.usage)}
    kept = {key: completion.extensions[key] for key in KEPT if key in completion.extensions}
    return body | dict(beside) | kept


def _encode_choice(
    choice: Choice, index: int, extensions: Mapping[str, JSON], custom: frozenset[str]
) -> dict[str, JSON]:
    def said(name: str) -> JSON:
        return extensions.get(extension_key(name, index))

    refusal = said("refusal")
    silent = not choice.text and (choice.tool_calls or refusal is not None)
    message: dict[str, JSON] = {
        "role": "assistant",
        "content": None if silent else choice.text,
        "refusal": refusal,
        "annotations": said("annotations") or [],
    }
    if choice.reasoning:
        message["reasoning_content"] = choice.reasoning
    if choice.tool_calls:
        message["tool_calls"] = [_encode_call(call, custom) for call in choice.tool_calls]
    finish = said("finish_reason") or choice.finish_reason
    return {"index": index, "message": message, "logprobs": said("logprobs"), "finish_reason": finish}


def _encode_call(call: ToolCall, custom: frozenset[str]) -> JSON:
    if call.name in custom:
        return {"id": call.id, "type": "custom", "custom": {"name": call.name, "input": call.arguments}}
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def encode_usage(usage: Usage) -> dict[str, JSON]:
    """The `usage` of an answer."""
    counted: dict[str, JSON] = {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
    }
    return counted | {key: usage.extensions[key] for key in _USAGE_DETAILS if key in usage.extensions}


def decode_usage(raw: JSON) -> Usage | None:
    """The tokens of an answer; None when the server did not say, or said what cannot be."""
    if not isinstance(raw, dict):
        return None
    inputs, outputs = raw.get("prompt_tokens"), raw.get("completion_tokens", 0)  # embeddings complete nothing
    if not (is_count(inputs) and is_count(outputs)):
        return None
    return Usage(inputs, outputs, extensions={key: raw[key] for key in _USAGE_DETAILS if raw.get(key)})


def decode_finish(raw: JSON) -> FinishReason | None:
    """Why a choice stopped: "stop" for a reason nobody knows, None when there is none."""
    return _FINISH.get(raw, "stop") if isinstance(raw, str) and raw else None


def unknown_finish(raw: JSON) -> bool:
    """Whether a finish reason is none of the API's."""
    return isinstance(raw, str) and raw != "" and raw not in _FINISH


def decode_completion(body: JSON) -> Completion:
    """A plain answer, read. Raises BackendError for an error body, no choices, or another form."""
    if not isinstance(body, dict):
        raise unreadable("the answer is not a JSON object")
    raw = body.get("choices")
    if body.get("error") or not isinstance(raw, list):
        raise stream_error(body)
    choices = [
        fields for fields in raw if isinstance(fields, dict) and isinstance(fields.get("message"), dict)
    ]
    if not choices:
        raise BackendError(Failure("cut", "The answer has no choices."))
    choices.sort(key=_index)
    extensions: dict[str, JSON] = {key: body[key] for key in KEPT if body.get(key) is not None}
    for position, fields in enumerate(choices):
        extensions |= {extension_key(name, position): value for name, value in _beside(fields)}
    usage = decode_usage(body.get("usage")) or Usage()
    return Completion(tuple(_decode_choice(fields) for fields in choices), usage, extensions=extensions)


def _index(fields: dict[str, JSON]) -> int:
    index = fields.get("index")
    return index if isinstance(index, int) else 0


def _decode_choice(fields: dict[str, JSON]) -> Choice:
    message = cast("dict[str, JSON]", fields["message"])
    calls = message.get("tool_calls")
    decoded = (
        [decode_call(call) for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []
    )
    if not decoded and isinstance(message.get("function_call"), dict):
        decoded = [decode_call({"function": message["function_call"]})]
    return Choice(
        text=decode_text(message.get("content")),
        reasoning=decode_reasoning(message),
        tool_calls=tuple(ToolCall(*call) for call in decoded),
        finish_reason=decode_finish(fields.get("finish_reason")) or "stop",  # the body is complete
    )


def _beside(choice: dict[str, JSON]) -> Iterable[tuple[str, JSON]]:
    message = cast("dict[str, JSON]", choice["message"])
    said = {
        "refusal": message.get("refusal"),
        "annotations": message.get("annotations") or None,
        "logprobs": choice.get("logprobs"),
        "finish_reason": choice["finish_reason"] if unknown_finish(choice.get("finish_reason")) else None,
    }
    return ((name, value) for name, value in said.items() if value is not None)


def decode_text(content: JSON) -> str:
    """The words of a message or a piece of one; some servers send a list of parts."""
    if isinstance(content, list):
        return "".join(decode_text(part.get("text")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def decode_reasoning(message: Mapping[str, JSON]) -> str:
    """What the model thought: `reasoning_content` (llama.cpp, LM Studio) or `reasoning` (Ollama, vLLM)."""
    return decode_text(message.get("reasoning_content")) or decode_text(message.get("reasoning"))


def decode_call(fields: Mapping[str, JSON]) -> tuple[str, str, str]:
    """Id, name and arguments of a tool call or a piece of one; some servers send arguments as an object."""
    function = fields.get("function") or fields.get("custom")
    function = function if isinstance(function, dict) else {}
    arguments = function.get("arguments", function.get("input"))
    if isinstance(arguments, dict):
        arguments = json.dumps(arguments, ensure_ascii=False)
    return decode_text(fields.get("id")), decode_text(function.get("name")), decode_text(arguments)


def stream_error(body: JSON) -> BackendError:
    """The failure that a body says in place of an answer: its own status, else "cut"."""
    return told_error(body, otherwise="it has neither choices nor an error")

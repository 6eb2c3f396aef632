"""Whole answers of Anthropic's Messages API, written, and what they say around their words, both directions.

Spec: https://platform.claude.com/docs/en/api/messages (read 2026-11-22).

What a choice says beyond the model stands in the answer's `extensions`: "signatures" (one per block of
thought, which the API wants back with it), "citations", "content" (blocks of other kinds, as they came),
"stop_reason" where the finish reason does not say it, "stop_sequence" and "stop_details". The words of a
"refusal", as OpenAI has it, are its explanation here.
"""

import base64
from collections.abc import Mapping

from pytest_llmock.llm import JSON, Completion, FinishReason, Usage
from pytest_llmock.wire.anthropic_messages import Block, input_of
from pytest_llmock.wire.reading import is_count, object_in, refusal_in

CHOICE_FIELDS = frozenset(
    {"signatures", "citations", "content", "stop_reason", "stop_sequence", "stop_details"}
)
STOP_FIELDS = ("stop_sequence", "stop_details")
_FINISH: Mapping[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
PLAIN_REASONS = frozenset({"end_turn", "max_tokens", "tool_use", "refusal"})
_REASONS: Mapping[FinishReason, str] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
}
_COUNTED = ("input_tokens", "output_tokens")
_CACHED = ("cache_creation_input_tokens", "cache_read_input_tokens")


def decode_finish(raw: JSON) -> FinishReason | None:
    """Why an answer stopped: "stop" for a reason nobody knows, None when there is none."""
    return _FINISH.get(raw, "stop") if isinstance(raw, str) and raw else None


def decode_usage(raw: Mapping[str, JSON]) -> Usage | None:
    """The tokens of an answer, those read from or written to the cache counted as input.

    None when the server did not say, or said what cannot be. All but the two sums is in the extensions.
    """
    inputs, outputs = (raw.get(key) for key in _COUNTED)
    if not (is_count(inputs) and is_count(outputs)):
        return None
    cached = [count for key in _CACHED if is_count(count := raw.get(key))]
    kept = {key: value for key, value in raw.items() if key not in _COUNTED and value}
    return Usage(inputs + sum(cached), outputs, extensions=kept)


def encode_finish(finish: FinishReason | None, extensions: Mapping[str, JSON]) -> Block:
    """Why an answer stopped: its own reason, "stop_sequence" where one is named, else that of `finish`."""
    reason, refused = extensions.get("stop_reason"), refusal_in(extensions)
    if reason is None and refused:
        reason = "refusal"
    if reason is None and finish is not None:
        stopped = finish == "stop" and extensions.get("stop_sequence") is not None
        reason = "stop_sequence" if stopped else _REASONS[finish]
    said: Block = {"stop_reason": reason, "stop_sequence": extensions.get("stop_sequence")}
    details = extensions.get("stop_details") or (_refusal(refused) if refused else None)
    return said | ({"stop_details": details} if details is not None else {})


def _refusal(words: str) -> Block:
    return {"type": "refusal", "category": None, "explanation": words}


def encode_usage(usage: Usage) -> Block:
    """The `usage` of an answer; what the cache gave or took is counted apart."""
    cached = {key: usage.extensions.get(key, 0) for key in _CACHED}
    inputs = usage.input_tokens - sum(count for count in cached.values() if is_count(count))
    counted: Block = {"input_tokens": max(inputs, 0), **cached, "output_tokens": usage.output_tokens}
    return counted | {key: value for key, value in usage.extensions.items() if key not in counted}


def encode_completion(completion: Completion, *, id: str, model: str) -> Block:
    """The body of a plain answer."""
    said = completion.extensions
    body: Block = {"id": id, "type": "message", "role": "assistant", "model": model}
    body["content"] = list[JSON](_content(completion, id))
    body |= encode_finish(completion.finish_reason, said)
    return body | {"usage": encode_usage(completion.usage)}


def _content(completion: Completion, id: str) -> list[Block]:
    said, blocks = completion.extensions, list[Block]()
    if completion.reasoning or said.get("signatures"):
        blocks.append(thought(completion.reasoning, signature(said, id)))
    others = said.get("content")
    blocks += [object_in(block) for block in others] if isinstance(others, list) else []
    if completion.text:
        blocks.append({"type": "text", "text": completion.text, **_cited(said)})
    for call in completion.tool_calls:
        given = input_of(call.arguments)
        blocks.append({"type": "tool_use", "id": call.id, "name": call.name, "input": given})
    return blocks


def _cited(extensions: Mapping[str, JSON]) -> Block:
    citations = extensions.get("citations")
    return {"citations": citations} if citations else {}


def thought(words: str, signature: str) -> Block:
    """A block of thought."""
    return {"type": "thinking", "thinking": words, "signature": signature}


def signature(extensions: Mapping[str, JSON], id: str) -> str:
    """The signature of the thought: the last one given, else one that only we could have written."""
    given = extensions.get("signatures")
    last = given[-1] if isinstance(given, list) and given else None
    return last if isinstance(last, str) else base64.b64encode(f"pytest-llmock {id}".encode()).decode("ascii")

"""Answers of the Gemini API: whole, and in pieces, each of which has the form of a whole one.

Spec: https://ai.google.dev/api/generate-content#GenerateContentResponse (read 2026-11-22).

A stream is one of events where the client asks for that (`alt=sse`), else a JSON array that grows. The words
of a refusal, which OpenAI's API has apart, are its `finishMessage`.
"""

import json
from collections.abc import Mapping

from pytest_llmock.llm import JSON, Choice, Completion, Delta, End, FinishReason, ToolCall, Usage
from pytest_llmock.wire.anthropic_messages import input_of
from pytest_llmock.wire.reading import refusal_in
from pytest_llmock.wire.whole_calls import WholeCalls

_FINISH: dict[FinishReason, str] = {
    "stop": "STOP",
    "length": "MAX_TOKENS",
    "tool_calls": "STOP",
    "content_filter": "SAFETY",
}
_escape = json.JSONEncoder(separators=(",", ":")).encode  # ASCII only, so that even a lone surrogate survives

# what stands before the first response, before every other one, and behind each
_EVENTS = ("data: ", "data: ", "\r\n\r\n")
_ARRAY = ("[", ",\r\n", "\n")


def encode_completion(completion: Completion, *, id: str, model: str) -> dict[str, JSON]:
    """The body of a plain answer."""
    candidates: list[JSON] = [
        {
            "content": {"parts": _parts(choice), "role": "model"},
            **_finish(choice.finish_reason or "stop", completion.extensions, index),
            "index": index,
        }
        for index, choice in enumerate(completion.choices)
    ]
    usage = encode_usage(completion.usage)
    return {"candidates": candidates, "usageMetadata": usage, "modelVersion": model, "responseId": id}


def _finish(finish: FinishReason, extensions: Mapping[str, JSON], index: int) -> dict[str, JSON]:
    """Why a choice stopped."""
    refused = refusal_in(extensions, index)
    if refused:
        return {"finishReason": "SAFETY", "finishMessage": refused}
    return {"finishReason": _FINISH[finish]}


def _parts(choice: Choice) -> list[JSON]:
    parts: list[JSON] = [{"text": choice.reasoning, "thought": True}] if choice.reasoning else []
    if choice.text or not (parts or choice.tool_calls):
        parts.append({"text": choice.text})
    return parts + [_call(call) for call in choice.tool_calls]


def _call(call: ToolCall) -> JSON:
    said: dict[str, JSON] = {"id": call.id} if call.id else {}
    return {"functionCall": {**said, "name": call.name, "args": input_of(call.arguments)}}


def encode_usage(usage: Usage) -> dict[str, JSON]:
    """The `usageMetadata` of an answer."""
    return {
        "promptTokenCount": usage.input_tokens,
        "candidatesTokenCount": usage.output_tokens,
        "totalTokenCount": usage.total_tokens,
    }


class ResponseEncoder:
    """Deltas of one answer to the bytes of its stream: events, or the items of an array."""

    def __init__(self, *, id: str, model: str, as_events: bool) -> None:
        self._lead, self._next, self._after = _EVENTS if as_events else _ARRAY
        self._closing = "" if as_events else "]"
        self._tail = f',"modelVersion":{_escape(model)},"responseId":{_escape(id)}}}{self._after}'
        self._rests: dict[int, str] = {}  # what stands behind a part, by choice
        self._calls: dict[int, WholeCalls] = {}
        self._ends: dict[int, End] = {}
        self._usage = Usage()
        self._beside: dict[str, JSON] = {}

    def encode(self, delta: Delta) -> bytes:
        """The responses that say what `delta` says; empty when it says nothing, or not all of it yet."""
        said, index = list[str](), delta.index
        calls = self._calls.setdefault(index, WholeCalls())
        if delta.reasoning:
            said.append(self._said(index, f'{{"text":{_escape(delta.reasoning)},"thought":true}}'))
        if delta.text:
            said.append(self._said(index, f'{{"text":{_escape(delta.text)}}}'))
        if delta.tool is not None:
            said += [self._said(index, _escape(_call(call))) for call in calls.add(delta.tool)]
        if delta.extensions:
            self._beside |= delta.extensions
        if delta.end is not None:
            said += [self._said(index, _escape(_call(call))) for call in calls.rest()]
            self._ends[index], self._usage = delta.end, delta.end.usage or self._usage
        return "".join(said).encode("ascii")

    def done(self) -> bytes:
        """What follows the last delta: why each choice stopped, and what all of it cost."""
        candidates: list[JSON] = [
            {
                "content": {"parts": [{"text": ""}], "role": "model"},
                **_finish(end.finish_reason, self._beside, index),
                "index": index,
            }
            for index, end in sorted(self._ends.items())
        ]
        usage = _escape(encode_usage(self._usage))
        last = f'{self._lead}{{"candidates":{_escape(candidates)},"usageMetadata":{usage}{self._tail}'
        return f"{last}{self._closing}".encode("ascii")

    def error(self, body: dict[str, JSON]) -> bytes:
        """The last thing that a stream gone wrong says: SDKs raise on it."""
        return f"{self._lead}{_escape(body)}{self._after}{self._closing}".encode("ascii")

    def _said(self, index: int, part: str) -> str:
        """A response that says one part."""
        rest = self._rests.get(index)
        if rest is None:
            rest = self._rests[index] = f'],"role":"model"}},"index":{index}}}]{self._tail}'
        said = f'{self._lead}{{"candidates":[{{"content":{{"parts":[{part}{rest}'
        self._lead = self._next
        return said

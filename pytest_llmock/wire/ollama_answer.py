"""Answers of Ollama's own API: whole, and as lines of JSON.

Spec: https://docs.ollama.com/api (read 2026-11-22).

A tool call is never in pieces there: it is sent when all of it has come. How long an answer took is told in
nanoseconds; here that follows from its tokens, so that the same run has the same bytes. A refusal,
which OpenAI's API has apart, is words as any others.
"""

import json
from collections.abc import Mapping
from typing import Literal

from pytest_llmock.llm import JSON, Completion, Delta, End, FinishReason, ToolCall, Usage
from pytest_llmock.wire.anthropic_messages import input_of
from pytest_llmock.wire.openai_logprobs import logprobs_of
from pytest_llmock.wire.reading import object_in, refusal_in
from pytest_llmock.wire.whole_calls import WholeCalls

Face = Literal["message", "response"]
_LOAD_NS, _READ_NS, _WRITE_NS = 1_000_000, 100_000, 5_000_000  # to load the model; to read, to write a token
_escape = json.JSONEncoder(separators=(",", ":")).encode  # ASCII only, so that even a lone surrogate survives


def encode_completion(
    completion: Completion, *, model: str, created_at: str, face: Face = "message"
) -> dict[str, JSON]:
    """The body of a plain answer; `face` is where its words stand: in a message, or beside it."""
    body: dict[str, JSON] = {"model": model, "created_at": created_at}
    words = completion.text + refusal_in(completion.extensions)
    body |= _said(words, completion.reasoning, [*completion.tool_calls], face)
    probable = _probable(completion.extensions)
    if probable:
        body["logprobs"] = probable
    return body | _ended(completion.finish_reason, completion.usage)


def _probable(extensions: Mapping[str, JSON]) -> list[JSON]:
    """The log probabilities of an answer, which OpenAI's API has in an object; empty where there are none."""
    content = object_in(extensions.get("logprobs")).get("content")
    entries = content if isinstance(content, list) else []
    return [_entry(entry) for entry in entries if isinstance(entry, dict)]


def _entry(entry: dict[str, JSON]) -> JSON:
    """A token's; alternatives are there only where they were asked for."""
    return {key: value for key, value in entry.items() if key != "top_logprobs" or value}


def loaded(*, model: str, created_at: str, reason: str, face: Face = "message") -> dict[str, JSON]:
    """The answer to a request that says nothing: the model is loaded, or unloaded."""
    body: dict[str, JSON] = {"model": model, "created_at": created_at}
    return body | _said("", "", [], face) | {"done": True, "done_reason": reason}


def _said(text: str, reasoning: str, calls: list[ToolCall], face: Face) -> dict[str, JSON]:
    message: dict[str, JSON] = {"role": "assistant", "content": text}
    if face == "response":
        message = {"response": text}
    if reasoning:
        message["thinking"] = reasoning
    if face == "response":
        return message
    if calls:
        message["tool_calls"] = [_call(call, place) for place, call in enumerate(calls)]
    return {"message": message}


def _call(call: ToolCall, place: int) -> JSON:
    function: JSON = {"index": place, "name": call.name, "arguments": input_of(call.arguments)}
    return {"id": call.id, "function": function}


def _ended(finish: FinishReason | None, usage: Usage) -> dict[str, JSON]:
    return {"done": True, "done_reason": "length" if finish == "length" else "stop"} | metrics(usage)


def metrics(usage: Usage) -> dict[str, JSON]:
    """What an answer took, in tokens and nanoseconds."""
    read, wrote = usage.input_tokens * _READ_NS, usage.output_tokens * _WRITE_NS
    return {
        "total_duration": _LOAD_NS + read + wrote,
        "load_duration": _LOAD_NS,
        "prompt_eval_count": usage.input_tokens,
        "prompt_eval_duration": read,
        "eval_count": usage.output_tokens,
        "eval_duration": wrote,
    }


class LineEncoder:
    """Deltas of one answer to the lines of its stream.

    `top_logprobs` makes up log probabilities, with so many alternatives, unless the backend has its own.
    """

    def __init__(
        self, *, model: str, created_at: str, face: Face = "message", top_logprobs: int | None = None
    ) -> None:
        head = _escape({"model": model, "created_at": created_at})[:-1]
        self._head, self._face = head, face
        message, end = (
            ('"message":{"role":"assistant","content":', "}") if face == "message" else ('"response":', "")
        )
        self._before, self._end_of_words = f"{head},{message}", end
        self._tail = f'{end},"done":false}}\n'
        self._top_logprobs = top_logprobs
        self._calls = WholeCalls()
        self._sent, self._refused = 0, ""
        self._end, self._usage = End(), Usage()

    def encode(self, delta: Delta) -> bytes:
        """The lines that say what `delta` says; empty when it says nothing, or not all of it yet."""
        lines = self._beside(delta.extensions) if delta.extensions else []
        if delta.tool is not None:
            lines += self._told(self._calls.add(delta.tool))
        if delta.reasoning:
            lines.append(f'{self._before}"","thinking":{_escape(delta.reasoning)}{self._tail}')
        if delta.text:
            lines.append(self._words(delta.text))
        if delta.end is not None:
            self._end, self._usage = delta.end, delta.end.usage or self._usage
        return "".join(lines).encode("ascii")

    def _beside(self, extensions: Mapping[str, JSON]) -> list[str]:
        self._refused = refusal_in(extensions) or self._refused
        probable = _probable(extensions)
        if probable:
            self._top_logprobs = None  # the backend has its own
        return [self._likely("", probable)] if probable else []

    def _words(self, text: str) -> str:
        if self._top_logprobs is None:
            return f"{self._before}{_escape(text)}{self._tail}"
        return self._likely(text, _probable({"logprobs": {"content": logprobs_of(text, self._top_logprobs)}}))

    def _likely(self, text: str, probable: list[JSON]) -> str:
        told = f'"logprobs":{_escape(probable)},"done":false'
        return f"{self._before}{_escape(text)}{self._end_of_words},{told}}}\n"

    def done(self) -> bytes:
        """What follows the last delta: the last tool calls, and the line that says what all of it took."""
        last = _said("", "", [], self._face) | _ended(self._end.finish_reason, self._usage)
        refused = [f"{self._before}{_escape(self._refused)}{self._tail}"] if self._refused else []
        lines = [*refused, *self._told(self._calls.rest()), f"{self._head},{_escape(last)[1:]}\n"]
        return "".join(lines).encode("ascii")

    def error(self, body: dict[str, JSON]) -> bytes:
        """The line that ends a stream gone wrong: SDKs raise on it."""
        return f"{_escape(body)}\n".encode("ascii")

    def _told(self, calls: list[ToolCall]) -> list[str]:
        if self._face == "response":
            return []
        lines = []
        for call in calls:
            encoded = _escape([_call(call, self._sent)])
            lines.append(f'{self._before}"","tool_calls":{encoded}{self._tail}')
            self._sent += 1
        return lines

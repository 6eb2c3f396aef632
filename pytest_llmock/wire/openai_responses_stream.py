"""Streamed answers of OpenAI's Responses API, as they are sent.

Spec: https://developers.openai.com/api/reference/resources/responses (streaming events; read 2026-11-22).

The sequence: the response is created and in progress; each item is added, grows, and is done; last the
response is completed, incomplete or failed, and has all of it. There is no [DONE]. Calls of tools may grow
side by side, so they are done when the stream is; anything else is done when something else begins.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from pytest_llmock.errors import LLMockError
from pytest_llmock.llm import JSON, Delta, FinishReason, ToolCall, ToolDelta, Usage
from pytest_llmock.wire.openai_errors import error_body
from pytest_llmock.wire.openai_logprobs import logprobs_of
from pytest_llmock.wire.openai_responses_answer import (
    BESIDE,
    INCOMPLETE,
    Frame,
    Item,
    output_text,
    refused,
)
from pytest_llmock.wire.reading import object_in, text_in

_escape = json.JSONEncoder(separators=(",", ":")).encode  # ASCII only, so that even a lone surrogate survives


@dataclass(slots=True)
class _Growing:
    """An item under way, or a part of a message; `head` is what its deltas begin with, encoded once."""

    kind: str
    index: int
    head: str
    place: Item
    pieces: list[str] = field(default_factory=list)
    call: ToolDelta = field(default_factory=ToolDelta)

    @property
    def text(self) -> str:
        return "".join(self.pieces)


class EventEncoder:
    """Deltas of one answer to the bytes of its event stream.

    `top_logprobs` asks for made-up log probabilities, None for none. `response` is the whole answer once the
    stream has ended, well or not.
    """

    def __init__(self, frame: Frame, *, top_logprobs: int | None = None) -> None:
        self.response: Item | None = None
        self._frame = frame
        self._top = top_logprobs
        self._number = 0
        self._output: list[JSON] = []
        self._now: _Growing | None = None  # what grows that is no call of a tool
        self._content: list[JSON] = []  # the parts of the message under way
        self._calls: dict[int, _Growing] = {}
        self._notes: list[JSON] = []
        self._probable: list[JSON] = []
        self._has_words = False
        self._finish: FinishReason = "stop"
        self._usage = Usage()

    def encode(self, delta: Delta) -> bytes:
        """The events that say what `delta` says; empty when it says nothing."""
        return "".join(self._events(delta)).encode("ascii")

    def done(self) -> bytes:
        """What follows the last delta: all that is under way is done, and so is the response."""
        status = "incomplete" if self._finish in INCOMPLETE else "completed"
        events = [*self._begin(), *self._close(status)]
        if not self._output:
            events += [*self._grow("text", ""), *self._close(status)]
        events += self._close_calls(status)
        self.response = self._frame.ended(self._finish, self._output, self._usage)
        events.append(self._event(f"response.{status}", response=self.response))
        return "".join(events).encode("ascii")

    def error(self, error: LLMockError) -> bytes:
        """The events that end a stream gone wrong: SDKs raise on the first."""
        events = [*self._begin(), *self._close("incomplete"), *self._close_calls("incomplete")]
        self.response = self._frame.failed(error, self._output)
        told = object_in(error_body(error)["error"])
        events.append(
            self._event("error", **{key: told.get(key) for key in ("code", "message", "param")}, error=told)
        )
        events.append(self._event("response.failed", response=self.response))
        return "".join(events).encode("ascii")

    def told(self, response: Item) -> bytes:
        """The events of a response that has failed or was cancelled."""
        status = text_in(response.get("status"))
        self.response = response
        return "".join([*self._begin(), self._event(f"response.{status}", response=response)]).encode("ascii")

    def _events(self, delta: Delta) -> Iterator[str]:
        yield from self._begin()
        if delta.index != 0:  # this API has one choice
            return
        if delta.reasoning:
            yield from self._grow("reasoning", delta.reasoning)
        if delta.text:
            yield from self._grow("text", delta.text)
        if delta.tool is not None:
            yield from self._grow_call(delta.tool)
        if delta.extensions:
            yield from self._beside({key: delta.extensions[key] for key in BESIDE if key in delta.extensions})
        if delta.end is not None:
            self._finish = delta.end.finish_reason
            self._usage = delta.end.usage or self._usage

    def _begin(self) -> Iterator[str]:
        if self._number:
            return
        response = _escape(self._frame.body("in_progress", []))
        for kind in ("response.created", "response.in_progress"):
            told = f'{{"type":"{kind}","response":{response},"sequence_number":{self._number}}}'
            self._number += 1
            yield f"event: {kind}\ndata: {told}\n\n"

    def _event(self, kind: str, **fields: JSON) -> str:
        told = _escape({"type": kind, **fields, "sequence_number": self._number})
        self._number += 1
        return f"event: {kind}\ndata: {told}\n\n"

    def _beside(self, said: Item) -> Iterator[str]:
        probable = object_in(said.get("logprobs")).get("content")
        if isinstance(probable, list):
            self._top = None  # the backend has its own
            self._probable += probable
        notes = said.get("annotations")
        self._notes += notes if isinstance(notes, list) else []
        if text_in(said.get("refusal")):
            yield from self._grow("refusal", text_in(said["refusal"]))

    def _grow(self, kind: str, more: str) -> Iterator[str]:
        now = self._now
        if now is None or now.kind != kind:
            yield from self._opened(kind)
            now = self._now
        assert now is not None
        if not more:
            return
        now.pieces.append(more)
        tail = ""
        if kind == "text":
            made = [] if self._top is None else logprobs_of(more, self._top)
            self._probable += made
            tail = f',"logprobs":{_escape(made)}' if made else ',"logprobs":[]'
        yield f'{now.head}{_escape(more)}{tail},"sequence_number":{self._number}}}\n\n'
        self._number += 1

    def _opened(self, kind: str) -> Iterator[str]:
        """A new item, or another part of the message under way."""
        before = self._now
        goes_on = before is not None and "reasoning" not in {kind, before.kind}
        if before is not None and goes_on:
            yield from self._close_part(before)
        else:
            yield from self._close("completed")
        if kind == "text" and self._has_words:
            self._notes, self._probable = [], []
        self._has_words = self._has_words or kind == "text"
        index = len(self._output) - goes_on
        is_thought = kind == "reasoning"
        item = (
            self._frame.reasoning(index, None)
            if is_thought
            else self._frame.message(index, [], "in_progress")
        )
        if not goes_on:
            self._output.append(item)
            yield self._event("response.output_item.added", output_index=index, item=item)
        part_index = "summary_index" if is_thought else "content_index"
        place: Item = {"item_id": item["id"], "output_index": index, part_index: len(self._content)}
        self._now = _Growing(kind, index, _head(DELTAS[kind], place), place)
        yield self._event(_ADDED[kind], **place, part=_part(kind, ""))

    def _close_part(self, now: _Growing) -> Iterator[str]:
        part = _part(now.kind, now.text)
        more: Item = {}
        if now.kind == "text":
            part = output_text(now.text)
            part |= {"annotations": self._notes, "logprobs": self._probable}  # which may go on to grow
            more = {"logprobs": list(self._probable)}
        said = "refusal" if now.kind == "refusal" else "text"
        yield self._event(
            DELTAS[now.kind].replace(".delta", ".done"), **now.place, **{said: now.text}, **more
        )
        yield self._event(_ADDED[now.kind].replace(".added", ".done"), **now.place, part=part)
        self._content.append(part)

    def _close(self, status: str) -> Iterator[str]:
        """All that grows and is no call is done."""
        now = self._now
        if now is None:
            return
        yield from self._close_part(now)
        item = self._frame.message(now.index, self._content, status)
        if now.kind == "reasoning":
            item = self._frame.reasoning(now.index, now.text)
        self._output[now.index] = item
        self._now, self._content = None, []
        yield self._event("response.output_item.done", output_index=now.index, item=item)

    def _grow_call(self, piece: ToolDelta) -> Iterator[str]:
        if piece.index not in self._calls:
            yield from self._close("completed")
            yield from self._opened_call(piece)
        call = self._calls[piece.index]
        if piece.arguments:
            call.pieces.append(piece.arguments)
            yield f'{call.head}{_escape(piece.arguments)},"sequence_number":{self._number}}}\n\n'
            self._number += 1

    def _opened_call(self, piece: ToolDelta) -> Iterator[str]:
        index = len(self._output)
        item = self._frame.call(index, ToolCall(piece.id, piece.name, ""), "in_progress")
        self._output.append(item)
        kind = "custom" if item["type"] == "custom_tool_call" else "call"
        place: Item = {"item_id": item["id"], "output_index": index}
        self._calls[piece.index] = _Growing(kind, index, _head(DELTAS[kind], place), place, call=piece)
        yield self._event("response.output_item.added", output_index=index, item=item)

    def _close_calls(self, status: str) -> Iterator[str]:
        for growing in self._calls.values():
            call = ToolCall(growing.call.id, growing.call.name, growing.text)
            item = self._frame.call(growing.index, call, status)
            said = "input" if growing.kind == "custom" else "arguments"
            kind = DELTAS[growing.kind].replace(".delta", ".done")
            named: Item = {} if growing.kind == "custom" else {"name": call.name}
            yield self._event(kind, **growing.place, **named, **{said: growing.text})
            self._output[growing.index] = item
            yield self._event("response.output_item.done", output_index=growing.index, item=item)


DELTAS = {
    "text": "response.output_text.delta",
    "refusal": "response.refusal.delta",
    "reasoning": "response.reasoning_summary_text.delta",
    "call": "response.function_call_arguments.delta",
    "custom": "response.custom_tool_call_input.delta",
}
_ADDED = {
    "text": "response.content_part.added",
    "refusal": "response.content_part.added",
    "reasoning": "response.reasoning_summary_part.added",
}


def _head(kind: str, place: Item) -> str:
    return f'event: {kind}\ndata: {_escape({"type": kind, **place})[:-1]},"delta":'


def _part(kind: str, text: str) -> Item:
    if kind == "reasoning":
        return {"type": "summary_text", "text": text}
    return refused(text) if kind == "refusal" else output_text(text)

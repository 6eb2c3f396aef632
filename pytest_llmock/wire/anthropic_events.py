"""Deltas to the events of a streamed answer of Anthropic's Messages API.

Spec: https://platform.claude.com/docs/en/build-with-claude/streaming (read 2026-11-22); the way back is
`anthropic_stream`.

Blocks follow each other: one begins when the answer says something of another kind, and ends the one before.
Pieces of a tool call whose block has ended already go to it all the same, by its index.
"""

import json
from collections.abc import Mapping

from pytest_llmock.llm import JSON, Delta, End, ToolDelta, Usage
from pytest_llmock.wire.anthropic_answer import encode_finish, encode_usage, signature, thought
from pytest_llmock.wire.anthropic_messages import Block
from pytest_llmock.wire.sse import encode

_escape = json.JSONEncoder(separators=(",", ":")).encode  # ASCII only, so that even a lone surrogate survives
_PING = 'event: ping\ndata: {"type":"ping"}\n\n'
_STOPPED = 'event: message_stop\ndata: {"type":"message_stop"}\n\n'
_TEXT: Block = {"type": "text", "text": ""}


def _event(body: Block) -> str:
    return f"event: {body['type']}\ndata: {_escape(body)}\n\n"


class EventEncoder:
    """Deltas of one answer to the bytes of its event stream.

    `input_tokens` is what is told before the backend has counted; the last event has its own count.
    """

    def __init__(self, *, id: str, model: str, input_tokens: int) -> None:
        self._id, self._model = id, model
        self._counted = Usage(input_tokens, 1)
        self._said: dict[str, JSON] = {}
        self._end = End()
        self._has_begun = False
        self._count = 0  # of the blocks so far
        self._open = ""  # the kind of the block under way; of a tool with its place
        self._before = ""  # what stands before a piece of it
        self._tools: dict[int, str] = {}  # the same for each tool call

    def encode(self, delta: Delta) -> bytes:
        """The events that say what `delta` says, as bytes; empty when it says nothing."""
        events = [] if self._has_begun else [self._begin()]
        if delta.extensions:
            self._said |= delta.extensions
        if delta.reasoning:
            if self._open != "thinking":
                events += self._enter("thinking", thought("", ""))
            events.append(f"{self._before}{_escape(delta.reasoning)}}}}}\n\n")
        if delta.text:
            if self._open != "text":
                events += self._enter("text", _TEXT)
            events.append(f"{self._before}{_escape(delta.text)}}}}}\n\n")
        if delta.tool is not None:
            events += self._tool(delta.tool)
        if delta.end is not None:
            self._end = delta.end
        return "".join(events).encode("ascii")

    def done(self) -> bytes:
        """What follows the last delta: the end of its block, why it stopped, the usage."""
        events = [] if self._has_begun else [self._begin()]
        if self._said.get("signatures") and not self._count:  # a thought that is not shown
            events += self._enter("thinking", thought("", ""))
        events += self._leave()
        others = self._said.get("content")
        for block in others if isinstance(others, list) else ():
            if isinstance(block, dict):
                events += [*self._enter("other", block), *self._leave()]
        finish = encode_finish(self._end.finish_reason, self._said)
        usage = encode_usage(self._end.usage or self._counted)
        events.append(_event({"type": "message_delta", "delta": finish, "usage": usage}))
        return "".join([*events, _STOPPED]).encode("ascii")

    def error(self, body: Mapping[str, JSON]) -> bytes:
        """The event that ends a stream gone wrong: SDKs raise on it."""
        return encode(_escape(dict(body)), "error")

    def _begin(self) -> str:
        self._has_begun = True
        message: Block = {"id": self._id, "type": "message", "role": "assistant", "model": self._model}
        message |= {"content": [], "stop_reason": None, "stop_sequence": None}
        message["usage"] = encode_usage(self._counted)
        return _event({"type": "message_start", "message": message})

    def _enter(self, kind: str, block: Block) -> list[str]:
        """The events by which a block begins, and the one before ends."""
        events = self._leave()
        index, self._open = self._count, kind
        start: Block = {"type": "content_block_start", "index": index, "content_block": block}
        events.append(_event(start))
        if index == 0:
            events.append(_PING)
        self._count += 1
        if kind in ("text", "thinking"):
            self._before = f'{self._delta(index)}{{"type":"{kind}_delta","{kind}":'
        return events

    def _leave(self) -> list[str]:
        """The events by which the block under way ends."""
        if not self._open:
            return []
        kind, self._open, index = self._open, "", self._count - 1
        events = []
        if kind == "thinking":
            signed = _escape(signature(self._said, self._id))
            events.append(f'{self._delta(index)}{{"type":"signature_delta","signature":{signed}}}}}\n\n')
        if kind == "text" and isinstance(citations := self._said.get("citations"), list):
            events += [
                f'{self._delta(index)}{{"type":"citations_delta","citation":{_escape(citation)}}}}}\n\n'
                for citation in citations
            ]
        stop = f'{{"type":"content_block_stop","index":{index}}}'
        return [*events, f"event: content_block_stop\ndata: {stop}\n\n"]

    def _tool(self, piece: ToolDelta) -> list[str]:
        events, before = list[str](), self._tools.get(piece.index)
        if before is None:
            block: Block = {"type": "tool_use", "id": piece.id, "name": piece.name, "input": {}}
            before = f'{self._delta(self._count)}{{"type":"input_json_delta","partial_json":'
            self._tools[piece.index] = before
            events += self._enter(f"tool {piece.index}", block)
        if piece.arguments:
            events.append(f"{before}{_escape(piece.arguments)}}}}}\n\n")
        return events

    @staticmethod
    def _delta(index: int) -> str:
        head = f'{{"type":"content_block_delta","index":{index},"delta":'
        return f"event: content_block_delta\ndata: {head}"

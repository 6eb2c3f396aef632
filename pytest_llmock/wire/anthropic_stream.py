"""Answers of Anthropic's Messages API to deltas: streamed ones, and whole ones by the same way.

Spec: https://platform.claude.com/docs/en/build-with-claude/streaming (read 2026-11-22).

The order of events is `message_start`, for each block `content_block_start`, `content_block_delta`s and
`content_block_stop`, then `message_delta` with the stop reason and `message_stop`. Usage is cumulative: the
last count of each kind holds. `ping` may come anywhere, and so may types that nobody knows yet: they say
nothing.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from pytest_llmock.folding import collect
from pytest_llmock.llm import JSON, Completion, Delta, End, FinishReason, ToolDelta
from pytest_llmock.wire.anthropic_answer import PLAIN_REASONS, STOP_FIELDS, decode_finish, decode_usage
from pytest_llmock.wire.anthropic_errors import stream_error
from pytest_llmock.wire.reading import object_in, parsed_event, text_in, unreadable

Fields = dict[str, JSON]


@dataclass(slots=True)
class _Block:
    """A content block that is still being written; `place` is its number among the tool calls."""

    kind: str
    start: Fields
    place: int = 0
    is_answer: bool = False
    arguments: list[str] = field(default_factory=list)
    signature: str = ""


class EventDecoder:
    """Events of one answer to deltas.

    With `answer_tool` the input of the tool of that name is the answer's text: it was called only to give
    the answer its form. The `end` is held back until the stream is over; one whose stop reason never came
    gets none, unless `message_stop` says that all is well.
    """

    def __init__(self, *, answer_tool: str = "") -> None:
        self.model = ""
        self.done = False
        self._answer_tool = answer_tool
        self._usage: Fields = {}
        self._finish: FinishReason | None = None
        self._blocks: dict[JSON, _Block] = {}
        self._extensions: Fields = {}
        self._calls = 0
        self._answered = False

    def feed(self, data: str, event: str = "") -> list[Delta]:
        """The deltas in one event. Raises BackendError for an error event or anything unreadable."""
        body = parsed_event(data)
        kind = text_in(body.get("type")) or event
        if kind == "error":
            raise stream_error(body)
        handle = self._HANDLERS.get(kind)
        return [] if handle is None else handle(self, body)

    def whole(self, body: JSON) -> Completion:
        """An answer that came in one piece. Raises BackendError for an error body or another form."""
        if not isinstance(body, dict):
            raise unreadable("the answer is not a JSON object")
        content = body.get("content")
        if body.get("error") or not isinstance(content, list):
            raise stream_error(body)
        deltas = self._begin({"message": body})
        for index, block in enumerate(content):
            deltas += self._start({"index": index, "content_block": block})
            deltas += self._stop({"index": index})
        self._note({"delta": body})
        return collect([*deltas, *self._end({})])

    def finish(self) -> list[Delta]:
        """What was held back, when the stream is over; nothing the second time."""
        finish, self._finish = self._finish, None
        extensions, self._extensions = self._extensions, {}
        if finish is None:
            return [Delta(extensions=extensions)] if extensions else []
        if finish == "tool_calls" and self._answered and not self._calls:
            finish = "stop"
        return [Delta(end=End(finish, decode_usage(self._usage)), extensions=extensions or None)]

    def _begin(self, body: Fields) -> list[Delta]:
        message = object_in(body.get("message"))
        self.model = text_in(message.get("model"))
        self._count(message.get("usage"))
        return []

    def _start(self, body: Fields) -> list[Delta]:
        start = object_in(body.get("content_block"))
        block = _Block(text_in(start.get("type")), start, self._calls)
        self._blocks[_index(body)] = block
        if block.kind != "tool_use":
            return _words(block.kind, text_in(start.get(block.kind)))
        if self._answer_tool and start.get("name") == self._answer_tool:
            block.is_answer = self._answered = True
            return []
        self._calls += 1
        piece = ToolDelta(block.place, text_in(start.get("id")), text_in(start.get("name")))
        return [Delta(tool=piece)]

    def _grow(self, body: Fields) -> list[Delta]:
        block = self._blocks.get(_index(body), _Block("", {}))
        piece = object_in(body.get("delta"))
        kind = text_in(piece.get("type")).removesuffix("_delta")
        if kind == "input_json":
            return _written(block, text_in(piece.get("partial_json")))
        if kind == "signature":
            block.signature = text_in(piece.get("signature"))  # never in pieces
        if kind == "citations":
            self._keep("citations", piece.get("citation"))
        return _words(kind, text_in(piece.get(kind)))

    def _stop(self, body: Fields) -> list[Delta]:
        block = self._blocks.pop(_index(body), None)
        if block is None:
            return []
        if block.kind == "tool_use":
            # the input may have come with the block itself; a tool without any has an empty object
            whole = json.dumps(object_in(block.start.get("input")), ensure_ascii=False)
            return [] if block.arguments else _written(block, whole)
        if block.kind == "thinking":
            return self._sign(block)
        if block.kind == "text":
            citations = block.start.get("citations")
            for citation in citations if isinstance(citations, list) else ():
                self._keep("citations", citation)
        else:
            self._keep("content", _other(block))
        return []

    def _sign(self, block: _Block) -> list[Delta]:
        """The signature of a thought, told at once: who writes it on needs it before the next block."""
        signature = block.signature or block.start.get("signature")
        self._keep("signatures", signature)
        return [Delta(extensions={"signatures": self._extensions["signatures"]})] if signature else []

    def _note(self, body: Fields) -> list[Delta]:
        said = object_in(body.get("delta"))
        self._count(body.get("usage"))
        reason = said.get("stop_reason")
        self._finish = decode_finish(reason) or self._finish
        if isinstance(reason, str) and reason not in PLAIN_REASONS:
            self._extensions["stop_reason"] = reason
        self._extensions |= {key: said[key] for key in STOP_FIELDS if said.get(key) is not None}
        words = text_in(object_in(said.get("stop_details")).get("explanation"))
        if words and self._finish == "content_filter":
            self._extensions["refusal"] = words  # by the name under which every other API looks for it
        return []

    def _end(self, _body: Fields) -> list[Delta]:
        self.done = True
        self._finish = self._finish or "stop"
        return self.finish()

    def _count(self, usage: JSON) -> None:
        self._usage |= {key: value for key, value in object_in(usage).items() if value is not None}

    def _keep(self, name: str, value: JSON) -> None:
        if value:
            kept = self._extensions.get(name)
            self._extensions[name] = [*kept, value] if isinstance(kept, list) else [value]

    _HANDLERS: ClassVar[Mapping[str, Callable[["EventDecoder", Fields], list[Delta]]]] = {
        "message_start": _begin,
        "content_block_start": _start,
        "content_block_delta": _grow,
        "content_block_stop": _stop,
        "message_delta": _note,
        "message_stop": _end,
    }


def _index(body: Fields) -> JSON:
    index = body.get("index")
    return index if isinstance(index, int) else 0


def _words(kind: str, words: str) -> list[Delta]:
    if not words:
        return []
    if kind == "text":
        return [Delta(words)]
    return [Delta(reasoning=words)] if kind == "thinking" else []


def _written(block: _Block, arguments: str) -> list[Delta]:
    if not arguments:
        return []
    block.arguments.append(arguments)
    if block.is_answer:
        return [Delta(arguments)]
    return [Delta(tool=ToolDelta(block.place, arguments=arguments))] if block.kind == "tool_use" else []


def _other(block: _Block) -> Fields:
    """A block of a kind that is not modelled, with the input that came piece by piece."""
    if not block.arguments:
        return block.start
    text = "".join(block.arguments)
    try:
        value: JSON = json.loads(text)
    except (ValueError, RecursionError):
        value = text
    return block.start | {"input": value}

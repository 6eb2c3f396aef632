"""Streamed answers of OpenAI's chat API, both directions.

Spec: https://developers.openai.com/api/reference/resources/chat (read 2026-11-21).

Traps: the first chunk of a choice has a role and no words; a last chunk without choices has the usage, if it
was asked for; some servers repeat the usage in every chunk, or send it once per choice: the last one counts.
"""

import json
from collections.abc import Mapping
from types import MappingProxyType

from pytest_llmock.folding import pieces
from pytest_llmock.llm import JSON, Completion, Delta, End, FinishReason, ToolDelta, Usage
from pytest_llmock.wire.openai_answer import (
    CHOICE_FIELDS,
    KEPT,
    decode_call,
    decode_completion,
    decode_finish,
    decode_reasoning,
    decode_text,
    decode_usage,
    encode_usage,
    stream_error,
    unknown_finish,
)
from pytest_llmock.wire.openai_logprobs import logprobs_of
from pytest_llmock.wire.reading import extension_key, parsed_event
from pytest_llmock.wire.sse import DONE, encode

_escape = json.JSONEncoder(separators=(",", ":")).encode  # ASCII only, so that even a lone surrogate survives
_ENDED = encode(DONE)


class ChunkEncoder:
    """Deltas of one answer to the bytes of its event stream.

    `beside` is what every chunk says (`system_fingerprint`, …) unless the answer says otherwise;
    `top_logprobs` asks for made-up log probabilities, None for none; `custom` names the tools that take text
    in place of JSON.
    """

    def __init__(  # noqa: PLR0913 - what a chunk repeats, all by keyword
        self,
        *,
        id: str,
        created: int,
        model: str,
        include_usage: bool = False,
        beside: Mapping[str, JSON] = MappingProxyType({}),
        top_logprobs: int | None = None,
        custom: frozenset[str] = frozenset(),
    ) -> None:
        head = {"id": id, "object": "chat.completion.chunk", "created": created, "model": model}
        self._head = f"data: {_escape(head)[:-1]},"
        self._said = dict(beside)
        self._kept = f"{_escape(self._said)[1:-1]}," if beside else ""
        self._top_logprobs = top_logprobs
        self._custom = custom
        self._custom_calls = set[tuple[int, int]]()  # by choice and place
        usage = ',"usage":null' if include_usage else ""
        self._tail = f"}}]{usage}}}\n\n"
        self._quiet = f',"logprobs":null,"finish_reason":null{self._tail}'
        self._include_usage = include_usage
        self._usage = Usage()
        self._opened: dict[int, str] = {}  # what stands before a delta, by choice
        self._unknown_finish: dict[int, JSON] = {}

    def encode(self, delta: Delta) -> bytes:
        """The chunks that say what `delta` says, as event bytes; empty when it says nothing."""
        if delta.extensions:
            self._keep(delta.extensions)
        chunks = [] if delta.index in self._opened else [self._open(delta.index)]
        if delta.reasoning:
            chunks.append(self._chunk(delta.index, f'{{"reasoning_content":{_escape(delta.reasoning)}}}'))
        if delta.text:
            say = self._all_words if delta.at_once else self._words
            chunks.append(say(delta.index, delta.text))
        if delta.tool is not None:
            chunks.append(self._call(delta.index, delta.tool))
        if delta.extensions:
            chunks += self._beside(delta.extensions)
        if delta.end is not None:
            chunks.append(self._end(delta.index, delta.end))
        return "".join(chunks).encode("ascii")

    def done(self) -> bytes:
        """What follows the last delta: the usage, if it was asked for, and [DONE]."""
        if not self._include_usage:
            return _ENDED
        usage = _escape(encode_usage(self._usage))
        return f'{self._head}{self._kept}"choices":[],"usage":{usage}}}\n\n'.encode("ascii") + _ENDED

    def error(self, body: Mapping[str, JSON]) -> bytes:
        """The event that ends a stream gone wrong: SDKs raise on it. No [DONE] may follow."""
        return encode(_escape(dict(body)))

    def _keep(self, extensions: Mapping[str, JSON]) -> None:
        if "logprobs" in extensions:  # the backend has its own
            self._top_logprobs = None
        kept = {key: extensions[key] for key in KEPT if key in extensions}
        if kept:
            self._said |= kept
            self._kept = f"{_escape(self._said)[1:-1]},"
            self._opened = {index: self._before(index) for index in self._opened}

    def _before(self, index: int) -> str:
        return f'{self._head}{self._kept}"choices":[{{"index":{index},"delta":'

    def _open(self, index: int) -> str:
        self._opened[index] = self._before(index)
        return self._chunk(index, '{"role":"assistant","content":"","refusal":null}')

    def _words(self, index: int, text: str) -> str:
        said = f'{{"content":{_escape(text)}}}'
        if self._top_logprobs is None:
            return self._chunk(index, said)
        made = {"content": logprobs_of(text, self._top_logprobs), "refusal": None}
        return f'{self._opened[index]}{said},"logprobs":{_escape(made)},"finish_reason":null{self._tail}'

    def _all_words(self, index: int, text: str) -> str:
        """The chunks of a text in groups of words: spaces are no more in its JSON than they are in it."""
        if self._top_logprobs is not None:
            return "".join([self._words(index, piece) for piece in pieces(text)])
        before, after = f'{self._opened[index]}{{"content":"', f'"}}{self._quiet}'
        return f"{before}{(after + before).join(pieces(_escape(text)[1:-1]))}{after}"

    def _call(self, index: int, piece: ToolDelta) -> str:
        if piece.name in self._custom:
            self._custom_calls.add((index, piece.index))
        is_custom = (index, piece.index) in self._custom_calls
        encoded = _encode_custom(piece) if is_custom else _encode_tool(piece)
        return self._chunk(index, _escape({"tool_calls": [encoded]}))

    def _chunk(self, index: int, said: str) -> str:
        return f"{self._opened[index]}{said}{self._quiet}"

    def _beside(self, extensions: Mapping[str, JSON]) -> list[str]:
        chunks = []
        for key, value in extensions.items():
            name, _, place = key.removesuffix("]").partition("[")
            index = int(place) if place.isdecimal() else 0
            if name not in CHOICE_FIELDS:
                continue
            if index not in self._opened:
                chunks.append(self._open(index))
            if name == "finish_reason":
                self._unknown_finish[index] = value
            elif name == "logprobs":
                chunks.append(
                    f'{self._opened[index]}{{}},"logprobs":{_escape(value)},"finish_reason":null{self._tail}'
                )
            else:
                chunks.append(self._chunk(index, _escape({name: value})))
        return chunks

    def _end(self, index: int, end: End) -> str:
        if end.usage is not None:
            self._usage = end.usage
        finish = _escape(self._unknown_finish.get(index) or end.finish_reason)
        return f'{self._opened[index]}{{}},"logprobs":null,"finish_reason":{finish}{self._tail}'


def _encode_tool(piece: ToolDelta) -> JSON:
    function: dict[str, JSON] = {"name": piece.name} if piece.name else {}
    function["arguments"] = piece.arguments
    if not piece.id:
        return {"index": piece.index, "function": function}
    return {"index": piece.index, "id": piece.id, "type": "function", "function": function}


def _encode_custom(piece: ToolDelta) -> JSON:
    head: dict[str, JSON] = {"id": piece.id, "type": "custom"} if piece.id else {}
    custom: dict[str, JSON] = {"name": piece.name} if piece.name else {}
    return {"index": piece.index, **head, "custom": {**custom, "input": piece.arguments}}


class ChunkDecoder:
    """Chunks of one answer to deltas.

    Chunks that say nothing are swallowed; every `end` is held back until the stream is over, because only
    then is the usage known. A choice whose finish reason never came gets no `end`, unless [DONE] says that
    all is well.
    """

    def __init__(self) -> None:
        self.model = ""
        self.done = False
        self._usage: Usage | None = None
        self._finish: dict[int, FinishReason | None] = {}  # by choice, in the order they began
        self._extensions: dict[str, JSON] = {}
        self._calls: dict[int, dict[int, str]] = {}  # ids of the tool calls so far, by choice and place

    def feed(self, data: str, event: str = "") -> list[Delta]:
        """The deltas in one event. Raises BackendError for an error event or anything unreadable."""
        if data.strip() == DONE:
            self.done = True
            self._finish = {index: finish or "stop" for index, finish in self._finish.items()}
            return self.finish()
        chunk = parsed_event(data)
        if chunk.get("error") or event == "error":
            raise stream_error(chunk)
        self._read_head(chunk)
        choices = chunk.get("choices")
        if not isinstance(choices, list):
            return []  # a keep-alive or a vendor's own event
        return [delta for choice in choices if isinstance(choice, dict) for delta in self._choice(choice)]

    def whole(self, body: JSON) -> Completion:
        """An answer that came in one piece. Raises BackendError as `feed` does."""
        return decode_completion(body)

    def finish(self) -> list[Delta]:
        """What was held back, when the stream is over; nothing the second time."""
        ends = [Delta(index=index, end=End(finish)) for index, finish in self._finish.items() if finish]
        extensions, self._extensions, self._finish = self._extensions, {}, {}
        if not ends:
            return [Delta(extensions=extensions)] if extensions else []
        *before, last = ends
        assert last.end is not None
        end = End(last.end.finish_reason, self._usage)
        return [*before, Delta(index=last.index, end=end, extensions=extensions or None)]

    def _read_head(self, chunk: Mapping[str, JSON]) -> None:
        model, usage = chunk.get("model"), chunk.get("usage")
        if isinstance(model, str) and model:
            self.model = model
        if usage is not None:
            self._usage = decode_usage(usage)
        self._extensions |= {key: chunk[key] for key in KEPT if chunk.get(key) is not None}

    def _choice(self, choice: dict[str, JSON]) -> list[Delta]:
        index = choice.get("index")
        index = index if isinstance(index, int) else 0
        said = choice.get("delta")
        said = said if isinstance(said, dict) else {}
        deltas = self._pieces(said, index)
        self._finish[index] = decode_finish(choice.get("finish_reason")) or self._finish.get(index)
        for name in ("refusal", "annotations"):
            self._grow(name, index, said.get(name))
        self._grow("logprobs", index, choice.get("logprobs"))
        if unknown_finish(choice.get("finish_reason")):
            self._extensions[extension_key("finish_reason", index)] = choice["finish_reason"]
        return deltas

    def _pieces(self, said: Mapping[str, JSON], index: int) -> list[Delta]:
        text, reasoning = decode_text(said.get("content")), decode_reasoning(said)
        deltas = [Delta(text, index, reasoning)] if text or reasoning else []
        calls = said.get("tool_calls")
        pieces = [call for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []
        deltas += [Delta(index=index, tool=self._tool(call, index)) for call in pieces]
        if isinstance(said.get("function_call"), dict):
            deltas.append(
                Delta(index=index, tool=ToolDelta(0, *decode_call({"function": said["function_call"]})))
            )
        return deltas

    def _tool(self, call: Mapping[str, JSON], choice: int) -> ToolDelta:
        """A piece of a tool call, in its place.

        Some servers number no calls, or all of them 0: a new id then means a new call.
        """
        ids = self._calls.setdefault(choice, {})
        id_, name, arguments = decode_call(call)
        place = call.get("index")
        if not isinstance(place, int) or (id_ and ids.get(place, id_) not in {"", id_}):
            place = _place(ids, id_)
        ids[place] = ids.get(place) or id_
        return ToolDelta(place, id_, name, arguments)

    def _grow(self, name: str, index: int, more: JSON) -> None:
        if more is None or more == []:
            return
        key = extension_key(name, index)
        self._extensions[key] = _joined(self._extensions.get(key), more)


def _place(ids: Mapping[int, str], id: str) -> int:
    """Where a piece belongs that does not say so: with its id, else behind the others, else to the last."""
    last = max(ids, default=-1)
    if not id:
        return max(last, 0)
    return next((place for place, known in ids.items() if known == id), last + 1)


def _joined(before: JSON, more: JSON) -> JSON:
    if isinstance(before, str) and isinstance(more, str):
        return before + more
    if isinstance(before, list) and isinstance(more, list):
        return before + more
    if isinstance(before, dict) and isinstance(more, dict):
        return before | {key: _joined(before.get(key), value) for key, value in more.items()}
    return before if more is None else more

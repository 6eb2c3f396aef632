"""An answer's deltas as a text that a reviewer reads in one go, and a tape that says how it was cut.

    answer: {text: Hello there., finish_reason: stop, usage: {input: 12, output: 9}}
    deltas: 5@812 7@843 end@875

A step of the tape is one delta and the milliseconds since the call began. `5` is five characters of
text, `r5` of reasoning, `t0:5` of the arguments of tool call 0 (whose first piece has the id and the
name), `v` a vector, `x` the extensions, `end` the end, which carries the finish reason, and the last one
the usage; `0` is nothing. Pieces of one delta are joined by commas; `#1` behind them says that it
belongs to choice (or input) 1.

Rules:
- what is written is decoded and compared at once; deltas that the tape cannot say exactly are listed one by
  one (`verbatim.py`), so nothing is ever lost;
- whoever edits an answer need not care about the tape: cuts apply as far as they fit, the last piece of a
  text takes what is left of it, and an answer with a part that the tape has no place for comes part by part.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from pytest_llmock.cassettes.fields import FieldError, Fields, Path, as_kind
from pytest_llmock.cassettes.interaction import Timed
from pytest_llmock.cassettes.jsontext import DEFAULT, json_of
from pytest_llmock.cassettes.reel import Player
from pytest_llmock.cassettes.verbatim import listed, unlisted, usage_fields
from pytest_llmock.llm import JSON, Delta, End, FinishReason, ToolDelta

# None: nobody wrote one, as in an interaction made by hand
Tape: TypeAlias = str | list[JSON] | None


def answer_of(deltas: Sequence[Timed]) -> tuple[dict[str, JSON], Tape]:
    """The answer, and the tape that cuts it into these deltas again.

    `({"text": "Hello", "finish_reason": "stop"}, "5@812 end@875")`. Where a tape cannot say it, the answer is
    empty and the deltas are listed one by one.
    """
    answer, tape = _compact(deltas)
    if answer is not None and deltas_of(answer, tape) == tuple(deltas):
        return answer, tape
    return {}, [listed(timed) for timed in deltas]


def deltas_of(answer: Fields, tape: Tape, *, whole: bool = True) -> tuple[Timed, ...]:
    """The deltas of an answer; raises FieldError for what an edit has made unreadable.

    Without a tape every part of the answer comes at once; with `whole` it ends, even if it does not say why.
    """
    if isinstance(tape, list):
        return _unlisted(answer, tape)
    player = Player(answer)
    if tape is None:
        return player.play(player.whole(0, end=whole))
    deltas = player.play(tape.split())
    if player.is_complete():
        return deltas
    # an edit has put something where the recording had nothing
    last_ms = deltas[-1].ms if deltas else 0
    return Player(answer).play(player.whole(last_ms, end=False))


def _unlisted(answer: Fields, entries: list[JSON]) -> tuple[Timed, ...]:
    if answer:
        raise FieldError(("answer",), "may not stand beside deltas that are listed one by one: edit those")
    paths: list[Path] = [("deltas", index) for index in range(len(entries))]
    return tuple(
        unlisted(as_kind(entry, dict, path), path) for entry, path in zip(entries, paths, strict=True)
    )


def _compact(deltas: Iterable[Timed]) -> tuple[dict[str, JSON] | None, str]:
    taker = _Taker()
    steps = [f"{taker.pieces(delta)}@{ms}" for ms, delta in deltas]
    return taker.answer(), " ".join(steps)


@dataclass(slots=True)
class _Heard:
    """What has been said of one choice."""

    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    calls: dict[int, tuple[ToolDelta, list[str]]] = field(default_factory=dict)
    reason: FinishReason | None = None

    def fields(self) -> dict[str, JSON]:
        fields = _text_fields("".join(self.text))
        if self.reasoning:
            fields["reasoning"] = "".join(self.reasoning)
        if self.calls:
            fields["tool_calls"] = [_call_fields(*self.calls[index]) for index in sorted(self.calls)]
        if self.reason is not None:
            fields["finish_reason"] = self.reason
        return fields


def _text_fields(text: str) -> dict[str, JSON]:
    known = json_of(text)
    if known is None:
        return {"text": text} if text else {}
    value, style = known
    return {"json": value} if style == DEFAULT else {"json": value, "style": style}


def _call_fields(first: ToolDelta, pieces: list[str]) -> JSON:
    arguments = "".join(pieces)
    known = json_of(arguments)
    if known is None or not isinstance(known[0], dict):
        return {"id": first.id, "name": first.name, "arguments": arguments}
    value, style = known
    rest: dict[str, JSON] = {} if style == DEFAULT else {"style": style}
    return {"id": first.id, "name": first.name, "arguments": value, **rest}


@dataclass(slots=True)
class _Taker:
    """Takes an answer down, delta by delta; whether the tape says it exactly is for others to check."""

    choices: dict[int, _Heard] = field(default_factory=dict)
    vectors: dict[int, tuple[float, ...]] = field(default_factory=dict)
    rest: dict[str, JSON] = field(default_factory=dict)

    def pieces(self, delta: Delta) -> str:
        """The step of the tape for the delta, without its time."""
        heard = self.choices.setdefault(delta.index, _Heard())
        found = []
        if delta.extensions is not None:
            self.rest["extensions"] = dict(delta.extensions)
            found.append("x")
        if delta.vector is not None:
            self.vectors[delta.index] = delta.vector
            found.append("v")
        if delta.reasoning:
            heard.reasoning.append(delta.reasoning)
            found.append(f"r{len(delta.reasoning)}")
        if delta.text:
            heard.text.append(delta.text)
            found.append(str(len(delta.text)))
        if delta.tool is not None:
            call = heard.calls.setdefault(delta.tool.index, (delta.tool, []))
            call[1].append(delta.tool.arguments)
            found.append(f"t{delta.tool.index}:{len(delta.tool.arguments)}")
        if delta.end is not None:
            self._end(heard, delta.end)
            found.append("end")
        return (",".join(found) or "0") + (f"#{delta.index}" if delta.index else "")

    def _end(self, heard: _Heard, end: End) -> None:
        heard.reason = end.finish_reason
        if end.usage is not None:
            self.rest["usage"] = usage_fields(end.usage)

    def answer(self) -> dict[str, JSON] | None:
        """The answer's fields, None when its choices have gaps."""
        heard = [self.choices[index] for index in sorted(self.choices)]
        if self.choices.keys() != set(range(len(heard))):
            return None
        if self.vectors:
            return {**self._embedded(heard), **self.rest}
        if len(heard) == 1:
            return {**heard[0].fields(), **self.rest}
        said: dict[str, JSON] = {"choices": [one.fields() for one in heard]} if heard else {}
        return {**said, **self.rest}

    def _embedded(self, heard: list[_Heard]) -> dict[str, JSON]:
        vectors: list[JSON] = [list(self.vectors[index]) for index in sorted(self.vectors)]
        reasons = [one.reason for one in heard if one.reason is not None]
        return {"vectors": vectors, **({"finish_reason": reasons[-1]} if reasons else {})}

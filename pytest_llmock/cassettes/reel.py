"""The texts of an answer, unwound as the steps of a tape say; `tape.py` explains the steps.

The texts may have been edited since the tape was made, so no length is trusted.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from pytest_llmock.cassettes.fields import FieldError, Fields, Path, as_kind, check_known, field
from pytest_llmock.cassettes.interaction import Timed
from pytest_llmock.cassettes.jsontext import DEFAULT, STYLES
from pytest_llmock.cassettes.verbatim import reason_of, usage_of, vector_of
from pytest_llmock.errors import nearest
from pytest_llmock.llm import JSON, Delta, End, FinishReason, ToolDelta

_PIECE = r"(?:x|v|end|r?[0-9]{1,9}|t[0-9]{1,4}:[0-9]{1,9})"
_STEP = re.compile(rf"({_PIECE}(?:,{_PIECE})*)(?:#([0-9]{{1,6}}))?@(-?[0-9]{{1,15}})")
_LONGEST_SIMPLE = 24  # characters of a step that needs no pattern
_CHOICE = ("text", "json", "style", "reasoning", "tool_calls", "finish_reason")
_SHARED = ("usage", "extensions")
_EMBEDDED = ("vectors", "finish_reason", *_SHARED)
_CALL = ("id", "name", "arguments", "style")
_ANSWER: Path = ("answer",)


# An answer has hundreds of deltas that are text and nothing else. A frozen dataclass sets each of its fields
# through `object.__setattr__`; the slots beneath take half the time.
_new, _new_timed = object.__new__, tuple.__new__
(
    _set_text,
    _set_index,
    _set_reasoning,
    _set_tool,
    _set_vector,
    _set_origin,
    _set_end,
    _set_extensions,
    _set_at_once,
) = (getattr(Delta, name).__set__ for name in Delta.__slots__)


def _words(text: str) -> Delta:
    delta = _new(Delta)
    _set_text(delta, text)
    _set_index(delta, 0)
    _set_reasoning(delta, "")
    _set_tool(delta, None)
    _set_vector(delta, None)
    _set_origin(delta, None)
    _set_end(delta, None)
    _set_extensions(delta, None)
    _set_at_once(delta, False)
    return delta


@dataclass(slots=True)
class Reel:
    """A text that is cut piece by piece; `last` is the number of the delta that got the last one."""

    kind: Literal["text", "reasoning", "arguments"]
    text: str
    at: int = 0
    last: int = -1

    def cut(self, length: int, delta: int) -> str:
        piece = self.text[self.at : self.at + length]
        self.at += length
        self.last = delta
        return piece

    def with_rest(self, delta: Delta) -> Delta:
        """The delta that had the last piece, with all that is left of the text."""
        rest = self.text[self.at :]
        if self.kind == "text":
            return replace(delta, text=delta.text + rest)
        if self.kind == "reasoning":
            return replace(delta, reasoning=delta.reasoning + rest)
        assert delta.tool is not None
        return replace(delta, tool=replace(delta.tool, arguments=delta.tool.arguments + rest))


@dataclass(slots=True)
class _Call:
    id: str
    name: str
    arguments: Reel

    def cut(self, index: int, length: int, delta: int) -> ToolDelta | None:
        is_first = self.arguments.last < 0
        piece = self.arguments.cut(length, delta)
        if is_first:
            return ToolDelta(index, self.id, self.name, piece)
        return ToolDelta(index, arguments=piece) if piece or not length else None


@dataclass(slots=True)
class _Choice:
    text: Reel
    reasoning: Reel
    calls: list[_Call]
    reason: FinishReason
    must_end: bool
    has_ended: bool = False

    def reels(self) -> list[Reel]:
        words = [reel for reel in (self.reasoning, self.text) if reel.text]
        return [*words, *(call.arguments for call in self.calls)]

    def is_complete(self) -> bool:
        """Whether each of its parts has been played, at least begun."""
        return all(reel.last >= 0 for reel in self.reels()) and (self.has_ended or not self.must_end)

    def pieces(self, *, end: bool) -> list[str]:
        """What plays every part whole."""
        words = [f"r{len(self.reasoning.text)}"] if self.reasoning.text else []
        words += [f"{len(self.text.text)}"] if self.text.text else []
        calls = [f"t{index}:{len(call.arguments.text)}" for index, call in enumerate(self.calls)]
        return [*words, *calls, *(["end"] if end or self.must_end or self.has_ended else [])]


class Player:
    """Plays the answer once; raises FieldError for fields that an edit has made unreadable."""

    def __init__(self, answer: Fields) -> None:
        self._vectors = _vectors(answer)
        self._choices = _choices(answer)
        self._extensions = field(answer, "extensions", dict, _ANSWER) if "extensions" in answer else None
        self._usage = usage_of(answer["usage"], (*_ANSWER, "usage")) if "usage" in answer else None
        self._unplayed = set(range(len(self._vectors)))
        self._deltas: list[Timed] = []
        self._last_end = -1
        self._is_extended = self._extensions is None

    def play(self, steps: Iterable[str]) -> tuple[Timed, ...]:
        """The deltas that the steps cut out of the answer; a step that finds nothing left gives none."""
        deltas = self._deltas
        text = self._choices[0].text if self._choices else Reel("text", "")
        for step in steps:
            length, _, ms = step.partition("@")
            if length.isdecimal() and ms.isdecimal() and len(step) < _LONGEST_SIMPLE:
                piece = text.cut(int(length), len(deltas))
                if piece or length == "0":
                    deltas.append(_new_timed(Timed, (int(ms), _words(piece))))
            else:
                self._step(step)
        self._finish()
        return tuple(deltas)

    def _step(self, step: str) -> None:
        match = _STEP.fullmatch(step)
        if match is None:
            right = "`5@812`, `r5@812`, `t0:5@812`, `v#1@812` and `5,end@812`"
            raise FieldError(("deltas",), f"has {step!r}, which is no step of a tape; such are {right}")
        index = int(match[2] or 0)
        parts: dict[str, Any] = {}  # Any: the fields of a Delta, each of its own type
        for piece in match[1].split(","):
            parts |= self._piece(piece, index)
        if parts or match[1] == "0":
            self._deltas.append(Timed(int(match[3]), Delta(index=index, **parts)))

    def _piece(self, piece: str, index: int) -> dict[str, Any]:
        if piece == "x":
            self._is_extended = True
            return {"extensions": self._extensions} if self._extensions is not None else {}
        if piece == "v":
            self._unplayed.discard(index)
            return {"vector": self._vectors[index]} if index < len(self._vectors) else {}
        choice = self._choice(index)
        if choice is None:
            return {}
        if piece == "end":
            choice.has_ended = True
            self._last_end = len(self._deltas)
            return {"end": End(choice.reason)}
        return self._words(choice, piece)

    def _choice(self, index: int) -> _Choice | None:
        # the inputs of an embedding end together
        index = 0 if self._vectors else index
        return self._choices[index] if index < len(self._choices) else None

    def _words(self, choice: _Choice, piece: str) -> dict[str, Any]:
        number = len(self._deltas)
        if piece[0] == "t":
            index, length = (int(part) for part in piece[1:].split(":"))
            call = choice.calls[index].cut(index, length, number) if index < len(choice.calls) else None
            return {} if call is None else {"tool": call}
        name, reel = ("reasoning", choice.reasoning) if piece[0] == "r" else ("text", choice.text)
        words = reel.cut(int(piece.removeprefix("r")), number)
        return {name: words} if words else {}

    def _finish(self) -> None:
        deltas = self._deltas
        for reel in (reel for choice in self._choices for reel in choice.reels()):
            if reel.last >= 0 and reel.at < len(reel.text):
                ms, delta = deltas[reel.last]
                deltas[reel.last] = Timed(ms, reel.with_rest(delta))
        if self._usage is not None and self._last_end >= 0:
            ms, delta = deltas[self._last_end]
            assert delta.end is not None
            deltas[self._last_end] = Timed(ms, replace(delta, end=replace(delta.end, usage=self._usage)))

    def is_complete(self) -> bool:
        """Whether the steps had a place for every part of the answer."""
        played = not self._unplayed and self._is_extended
        return played and all(choice.is_complete() for choice in self._choices)

    def whole(self, ms: int, *, end: bool) -> list[str]:
        """Steps that play every part whole, at one time; `end` also ends what the answer leaves open."""
        steps = self._whole_vectors(end=end) if self._vectors else self._whole_choices(end=end)
        if self._extensions is not None:
            first, *others = steps or [""]
            steps = [f"x,{first}" if first else "x", *others]
        return [f"{step}@{ms}" for step in steps]

    def _whole_vectors(self, *, end: bool) -> list[str]:
        *others, last = range(len(self._vectors))
        pieces = ["v", *(piece for choice in self._choices for piece in choice.pieces(end=end))]
        return [*(f"v#{index}" for index in others), f"{','.join(pieces)}#{last}"]

    def _whole_choices(self, *, end: bool) -> list[str]:
        numbered = enumerate(self._choices)
        return [f"{piece}#{index}" for index, choice in numbered for piece in choice.pieces(end=end)]


def _vectors(answer: Fields) -> list[tuple[float, ...]]:
    if "vectors" not in answer:
        return []
    path = (*_ANSWER, "vectors")
    entries = as_kind(answer["vectors"], list, path)
    return [vector_of(entry, (*path, index)) for index, entry in enumerate(entries)]


def _choices(answer: Fields) -> list[_Choice]:
    if "choices" in answer:
        check_known(answer, ("choices", *_SHARED), _ANSWER)
        path = (*_ANSWER, "choices")
        entries = enumerate(as_kind(answer["choices"], list, path))
        return [_one_of_many(entry, (*path, index)) for index, entry in entries]
    known = _EMBEDDED if "vectors" in answer else (*_CHOICE, "choices", "vectors", *_SHARED)
    check_known(answer, known, _ANSWER)
    return [_choice(answer, _ANSWER)] if answer else []


def _one_of_many(value: JSON, path: Path) -> _Choice:
    fields = as_kind(value, dict, path)
    check_known(fields, _CHOICE, path)
    return _choice(fields, path)


def _choice(fields: Fields, path: Path) -> _Choice:
    calls_path = (*path, "tool_calls")
    entries = enumerate(field(fields, "tool_calls", list, path, []))
    calls = [
        _call(as_kind(entry, dict, (*calls_path, index)), (*calls_path, index)) for index, entry in entries
    ]
    text = _text(fields, path)
    usual = "tool_calls" if calls and not text else "stop"
    return _Choice(
        text=Reel("text", text),
        reasoning=Reel("reasoning", field(fields, "reasoning", str, path, "")),
        calls=calls,
        reason=reason_of(fields.get("finish_reason", usual), (*path, "finish_reason")),
        must_end="finish_reason" in fields,
    )


def _call(fields: Fields, path: Path) -> _Call:
    check_known(fields, _CALL, path)
    arguments = fields.get("arguments", "")
    if isinstance(arguments, dict):
        arguments = _written(arguments, fields, path)
    text = as_kind(arguments, str, (*path, "arguments"))
    return _Call(
        field(fields, "id", str, path, ""), field(fields, "name", str, path, ""), Reel("arguments", text)
    )


def _text(fields: Fields, path: Path) -> str:
    if "json" not in fields:
        return field(fields, "text", str, path, "")
    if "text" in fields:
        raise FieldError((*path, "text"), "may not stand beside `json`: keep one of them")
    return _written(fields["json"], fields, path)


def _written(value: JSON, fields: Fields, path: Path) -> str:
    style = field(fields, "style", str, path, DEFAULT)
    if style not in STYLES:
        raise FieldError(
            (*path, "style"), f"is {style!r}, which is no style of JSON.{nearest(style, tuple(STYLES))}"
        )
    return STYLES[style](value)

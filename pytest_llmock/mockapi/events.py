"""Events of the mock API's streams: their forms, their ids, how a client comes back, those around answers.

    LlmTokens        {"chunk", "accumulated", "done": false} …  {"content", "done": true}
    CompleteObjects  {"data", "index", "total", "done"}
    ArrayItems       {"item", "index", "total", "arrayName", "done"}

Rules: `done` is true on the last event of a stream that came to its end, and nowhere else. `total` is null
until it is known. A list without items ends in an event without an item. In a continuous stream each event
has its `batchNumber`, from 1, and none is the last one.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from zlib import crc32

from pytest_llmock.errors import RequestError
from pytest_llmock.llm import JSON
from pytest_llmock.wire.sse import encode

_ID = re.compile(r"(?:([0-9]{1,9})\.)?([0-9]{1,9})(?:-([0-9a-f]{8}))?(-end)?")
json_text = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False
).encode


class Piece(NamedTuple):
    """The bytes of an event, and how many tokens a model writes for it."""

    data: bytes
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Position:
    """Up to where a client has a stream: the event's number in its round, and the sum of all up to it."""

    number: int
    round: int = 0
    sum: int | None = None
    is_end: bool = False


def position_of(last_event_id: str) -> Position | None:
    """The position that a Last-Event-ID says, None without one. Raises RequestError for a strange one."""
    if not last_event_id:
        return None
    found = _ID.fullmatch(last_event_id)
    if found is None:
        raise RequestError(
            f"Last-Event-ID is {last_event_id[:40]!r}: send the id of an event of this stream, such as "
            "'3-5f1c2a90', or leave the header out to begin anew."
        )
    round_, number, sum_, end = found.groups()
    return Position(int(number), int(round_ or 0), int(sum_, 16) if sum_ else None, is_end=bool(end))


class Numbering:
    """Gives events their ids, "3-5f1c2a90", and leaves out those that the client has.

    The second half sums up all events so far, so that a stream is continued only where it was cut: another
    answer to the same request (a live model's) is an error. In a continuous stream the number of the round
    comes first: "2.3-5f1c2a90".
    """

    def __init__(self, position: Position | None = None, *, round: int | None = None) -> None:
        self._prefix = b"" if round is None else b"%d." % round
        self._known = position
        self._number = self._sum = 0

    def event(self, value: dict[str, JSON], *, is_end: bool = False) -> bytes:
        """The bytes of an event; none when the client has it."""
        return self.encoded(json_text(value), is_end=is_end)

    def encoded(self, data: str, *, is_end: bool = False) -> bytes:
        """`event`, of JSON text."""
        event = f"data: {data}\n\n".encode("utf-8", "backslashreplace")  # JSON text is one line
        self._number += 1
        self._sum = crc32(event, self._sum)
        if self._known is not None and self._number <= self._known.number:
            if self._number == self._known.number and self._known.sum not in (None, self._sum):
                raise _other_answer()
            return b""
        end = b"-end" if is_end else b""
        return b"id: %s%d-%08x%s\n%s" % (self._prefix, self._number, self._sum, end, event)

    def check_end(self) -> None:
        """Raises RequestError (409) when the answer ended before what the client has of it."""
        known = self._known
        if known is not None and known.sum is not None and self._number < known.number:
            raise _other_answer()


class TokenEvents:
    """The events of a text that is told in pieces; `batch` is the round of a continuous stream."""

    def __init__(self, numbering: Numbering, *, batch: int | None = None) -> None:
        self._numbering, self._is_round = numbering, batch is not None
        self._done = _done(batch)
        self._accumulated = ""  # as JSON text

    def chunk(self, text: str, tokens: int = 0) -> Piece:
        """A piece of it, for which a model writes so many tokens."""
        said = json_text(text)[1:-1]
        self._accumulated += said
        data = f'{{"chunk":"{said}","accumulated":"{self._accumulated}",{self._done}false}}'
        return Piece(self._numbering.encoded(data), tokens)

    def content(self, text: str) -> Piece:
        """All of it, after the last piece."""
        is_end = not self._is_round
        data = f'{{"content":{json_text(text)},{self._done}{"true" if is_end else "false"}}}'
        return Piece(self._numbering.encoded(data, is_end=is_end))


class ItemEvents:
    """The events of a list; it is `named`, and has a `total`, when that is known."""

    def __init__(self, mode: str, numbering: Numbering, *, batch: int | None = None) -> None:
        self.total: int | None = None
        self._numbering, self._is_round = numbering, batch is not None
        self._done, self._index = _done(batch), 0
        self._word = "item" if mode == "ArrayItems" else "data"
        self._name = ""
        self.named("")

    def named(self, name: str) -> None:
        """The list has this name, or none."""
        if self._word == "item":
            self._name = f'"arrayName":{json_text(name or None)},'

    def item(self, value: JSON, *, is_end: bool = False) -> Piece:
        """The next item."""
        said = f'"{self._word}":{json_text(value)},"index":{self._index},'
        self._index += 1
        return self._event(said, is_end=is_end)

    def end(self) -> Piece:
        """The end of a list whose last item did not say it."""
        return self._event("", is_end=True)

    def all(self, items: Sequence[JSON]) -> list[Piece]:
        """What is left of the list, whose last item is the end; without one, an event that says so."""
        left = [self.item(item) for item in items[:-1]]
        if items:
            left.append(self.item(items[-1], is_end=True))
        elif not self._is_round:
            left.append(self.end())
        return left

    def _event(self, said: str, *, is_end: bool) -> Piece:
        is_end = is_end and not self._is_round
        total = "null" if self.total is None else self.total
        data = f'{{{said}"total":{total},{self._name}{self._done}{"true" if is_end else "false"}}}'
        return Piece(self._numbering.encoded(data, is_end=is_end), -(-len(said) // 4))


def _done(batch: int | None) -> str:
    """How each event of a round ends, but for what it says."""
    return '"done":' if batch is None else f'"batchNumber":{batch},"done":'


@dataclass(frozen=True, slots=True)
class Continuous:
    """A stream that goes on with another answer, `interval_s` after each; for `most_s` in all, 0 for ever."""

    interval_s: float
    most_s: float


def continuous_start(mode: str, continuous: Continuous) -> Piece:
    """The first event of a continuous stream, on each connection; it has no id."""
    return _plain(
        {
            "type": "info",
            "message": "Continuous stream",
            "mode": mode,
            "intervalMs": continuous.interval_s * 1000,
            "maxDurationSeconds": continuous.most_s,
        }
    )


def continuous_end(count: int, numbering: Numbering) -> Piece:
    """The last event of a continuous stream, after `count` others."""
    value: dict[str, JSON] = {
        "type": "end",
        "message": "Max duration reached",
        "eventCount": count,
        "done": True,
    }
    return Piece(numbering.event(value, is_end=True))


def error_event(body: Mapping[str, object]) -> Piece:
    """The event that ends a stream gone wrong, without an id: a client comes back to the one before."""
    return _plain(body)


def _plain(value: Mapping[str, object]) -> Piece:
    return Piece(encode(json_text(dict(value))))


def _other_answer() -> RequestError:
    return RequestError(
        "The stream cannot be resumed: the backend gave another answer this time than up to Last-Event-ID. "
        "Ask again without that header to begin anew.",
        status=409,
    )

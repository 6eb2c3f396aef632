"""Events of the mock API's streams: their ids, how a client comes back, and those around the answers."""

import json
import re
from collections.abc import Mapping
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
        self._prefix = "" if round is None else f"{round}."
        self._known = position
        self._number = self._sum = 0

    def event(self, value: dict[str, JSON], *, is_end: bool = False) -> bytes:
        """The bytes of an event; none when the client has it."""
        return self.encoded(json_text(value), is_end=is_end)

    def encoded(self, data: str, *, is_end: bool = False) -> bytes:
        """`event`, of JSON text."""
        event = encode(data)
        self._number += 1
        self._sum = crc32(event, self._sum)
        if self._known is not None and self._number <= self._known.number:
            if self._number == self._known.number and self._known.sum not in (None, self._sum):
                raise _other_answer()
            return b""
        return b"id: %s%d-%08x%s\n%s" % (
            self._prefix.encode(),
            self._number,
            self._sum,
            b"-end" if is_end else b"",
            event,
        )

    def check_end(self) -> None:
        """Raises RequestError (409) when the answer ended before what the client has of it."""
        known = self._known
        if known is not None and known.sum is not None and self._number < known.number:
            raise _other_answer()


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

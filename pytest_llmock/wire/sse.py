"""Server-sent events, both directions.

Spec: https://html.spec.whatwg.org/multipage/server-sent-events.html (read 2026-11-21). One departure: the
spec replaces bytes that are not UTF-8 by U+FFFD; here they are an error, because a test would otherwise
compare silently damaged text.
"""

import re
from dataclasses import dataclass

DONE = "[DONE]"
MAX_EVENT_BYTES = 16 * 1024 * 1024
_LINE_END = re.compile(rb"\r\n|\n|\r")
_TEXT_LINE_END = re.compile(r"\r\n|\n|\r")
_BOM = b"\xef\xbb\xbf"


class SSEError(ValueError):
    """The bytes are not an event stream that can be read."""


class EventTooLargeError(SSEError):
    """One event is larger than the limit."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event: `event` is empty where the stream gave no type, `id` the last one that it gave."""

    data: str
    event: str = ""
    id: str = ""


def encode(data: str, event: str = "") -> bytes:
    r"""The bytes of one event: `encode("a\nb", "x")` gives `event: x\ndata: a\ndata: b\n\n`.

    Half of a surrogate pair is written as JSON escapes it.
    """
    if "\n" in data or "\r" in data:
        data = _TEXT_LINE_END.sub("\ndata: ", data)
    head = f"event: {event}\n" if event else ""
    return f"{head}data: {data}\n\n".encode("utf-8", "backslashreplace")


class SSEDecoder:
    """Bytes to events, however the network cut them; an event that never ends is dropped."""

    def __init__(self, *, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max_event_bytes = max_event_bytes
        self._size = 0  # bytes of the event under way
        self._line: list[bytes] = []  # pieces of the line under way
        self._data: list[str] = []
        self._event = ""
        self._id = ""
        self._at_start = True
        self._after_cr = False

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that `chunk` completes. Raises SSEError, and is of no use after that."""
        if self._after_cr and chunk:
            chunk, self._after_cr = chunk.removeprefix(b"\n"), False
        if not chunk:
            return []
        self._after_cr = chunk.endswith(b"\r")
        first, *others = _LINE_END.split(chunk)
        self._hold(first)
        events = []
        for piece in others:
            event = self._end_line()
            if event is not None:
                events.append(event)
            self._hold(piece)
        return events

    def _hold(self, piece: bytes) -> None:
        self._line.append(piece)
        self._size += len(piece)
        if self._size > self._max_event_bytes:
            raise EventTooLargeError(f"An event is larger than {self._max_event_bytes} bytes.")

    def _end_line(self) -> Event | None:
        raw = b"".join(self._line)
        self._line.clear()
        if self._at_start:
            raw, self._at_start = raw.removeprefix(_BOM), False
        if not raw:
            return self._dispatch()
        try:
            self._read_field(raw.decode())
        except UnicodeDecodeError as error:
            raise SSEError(f"The event stream is not UTF-8 ({error.reason}).") from error
        return None

    def _read_field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._event = value
        elif name == "id" and "\0" not in value:
            self._id = value

    def _dispatch(self) -> Event | None:
        event = Event("\n".join(self._data), self._event, self._id) if self._data else None
        self._data, self._event, self._size = [], "", 0
        return event

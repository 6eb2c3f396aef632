"""What a route answers with, made when the route is: a mistake shows where it was written.

Rule: pure values; who asked, and how long it takes, is the business of whoever sends them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from pytest_llmock.llm import JSON
from pytest_llmock.mockapi.events import ItemEvents, Numbering, Piece, TokenEvents, json_text, position_of
from pytest_llmock.mockapi.simulation import HIGHEST, LOWEST, SimulatedError, default_message
from pytest_llmock.shapes.limits import JSONTextError, plain
from pytest_llmock.wire.http import Response, json_response

StreamMode: TypeAlias = Literal["LlmTokens", "CompleteObjects", "ArrayItems"]
STREAM_MODES: tuple[StreamMode, ...] = ("LlmTokens", "CompleteObjects", "ArrayItems")
FIRST_STATUS = 200
_BODILESS = frozenset({204, 205, 304})
_SERVERS = frozenset({"content-length", "transfer-encoding", "connection"})
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TEXT = "text/plain; charset=utf-8"
EVENTS = "text/event-stream"


@runtime_checkable
class ResponseLike(Protocol):
    """An `httpx.Response`, or one of another client: what a route needs of it."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes


Reply: TypeAlias = "JSON | tuple[int, JSON] | ResponseLike"


def reply(
    *,
    status: object = 200,
    json: object = ...,
    text: str | None = None,
    content: bytes | None = None,
    headers: Mapping[str, object] | None = None,
) -> Response:
    """A response with one body, or none. Raises ValueError, TypeError for what no response can be."""
    status = _status(status)
    bodies = {"json": json is not ..., "text": text is not None, "content": content is not None}
    given = [name for name, is_given in bodies.items() if is_given]
    if len(given) > 1:
        raise ValueError(f"A response has one body, not {' and '.join(given)}: leave one out.")
    if given and status in _BODILESS:
        raise ValueError(f"A response with status {status} has no body: leave {given[0]} out.")
    _check_bodies(text, content)
    own = _headers(headers or {})
    if json is not ...:
        return json_response(_json(json), status=status, headers=own)
    kind = own.pop("content-type", _TEXT if text is not None else "application/octet-stream")
    body = content or b"" if text is None else text.encode("utf-8", "backslashreplace")
    return Response(status, body, content_type=kind, headers=own)


def error(
    code: object,
    message: str | None = None,
    *,
    details: object = None,
    headers: Mapping[str, object] | None = None,
) -> Response:
    """The mock API's form of an error. Raises ValueError for a code that is none."""
    if isinstance(code, bool) or not isinstance(code, int) or not LOWEST <= code <= HIGHEST:
        raise ValueError(
            f"The code of an error is {code!r}: give one from {LOWEST} to {HIGHEST}, or answer with "
            ".respond(status=…)."
        )
    if message is not None and not isinstance(message, str):
        raise TypeError(f"The message of an error is text, not {message!r:.60}. Data is for `details`.")
    said = None if details is None else _json(details)
    return SimulatedError(code, message or default_message(code), said).response(_headers(headers or {}))


def _check_bodies(text: object, content: object) -> None:
    if text is not None and not isinstance(text, str):
        raise TypeError(f"`text` is {type(text).__name__}: bytes are for `content`, data for `json`.")
    if content is not None and not isinstance(content, bytes):
        raise TypeError(f"`content` is {type(content).__name__}, and has bytes: text is for `text`.")


def reply_of(value: object) -> Response:
    """What a list of answers, or a function, says in short.

    A number is a status (503: an error; 204), a pair status and JSON (404, {…}), a response of httpx that
    response; all else is JSON. Raises ValueError, TypeError for what is none of these.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return error(value) if value >= LOWEST else reply(status=value)
    if isinstance(value, tuple):
        if len(value) != 2:
            raise TypeError(f"An answer is a pair (status, JSON), not a tuple of {len(value)}.")
        return reply(status=value[0], json=value[1])
    if isinstance(value, ResponseLike):
        kept = {name: text for name, text in value.headers.items() if name.lower() not in _SERVERS}
        kept.pop("content-encoding", None)  # `content` is what it says when it is decoded
        return reply(status=value.status_code, content=value.content or None, headers=kept)
    return reply(json=value)


def _status(status: object) -> int:
    """The status. Raises ValueError for one with which no answer ends."""
    if isinstance(status, bool) or not isinstance(status, int) or not FIRST_STATUS <= status <= HIGHEST:
        raise ValueError(
            f"The status is {status!r}: give one from {FIRST_STATUS} to {HIGHEST}. A 1xx is no final answer."
        )
    return status


@dataclass(frozen=True, slots=True)
class Events:
    """Server-sent events of the items in the form of `mode`; the last one says that it is."""

    items: tuple[JSON, ...]
    mode: StreamMode
    array_name: str = ""

    def response(self, last_event_id: str = "") -> Response:
        """Those that a client does not have which has come to that one; 204 where it has them all.

        Raises RequestError for an id that is none of theirs.
        """
        position = position_of(last_event_id)
        numbering = Numbering(position)
        body = b"".join([piece.data for piece in self._pieces(numbering)])
        numbering.check_end()
        if position is not None and not body:
            return Response(204)
        return Response(body=body, content_type=EVENTS, headers={"cache-control": "no-cache"})

    def _pieces(self, numbering: Numbering) -> list[Piece]:
        if self.mode == "LlmTokens":
            texts = [item if isinstance(item, str) else json_text(item) for item in self.items]
            told = TokenEvents(numbering)
            return [*map(told.chunk, texts), told.content("".join(texts))]
        listed = ItemEvents(self.mode, numbering)
        listed.named(self.array_name)
        listed.total = len(self.items)
        return listed.all(self.items)


def events(items: Sequence[object], *, mode: StreamMode, array_name: str) -> Events:
    """The events of what is JSON. Raises TypeError for what is none."""
    return Events(tuple(map(_json, items)), mode, array_name)


def _json(value: object) -> JSON:
    try:
        return plain(value)
    except JSONTextError as problem:
        raise TypeError(f"The body is not JSON: {str(problem).rstrip('.')}.") from None
    except RecursionError:
        raise TypeError("The body is nested too deeply to be JSON.") from None


def _headers(headers: Mapping[str, object]) -> dict[str, str]:
    """The headers by names in lower case, checked: a line break in one would begin another."""
    if not isinstance(headers, Mapping):
        raise TypeError(f"Headers are a mapping, {{'ETag': '1'}}, not {headers!r:.60}.")
    checked: dict[str, str] = {}
    for name, value in headers.items():
        if not _NAME.fullmatch(name):
            raise ValueError(f"The header name {name!r} has characters that no name can have.")
        if name.lower() in _SERVERS:
            raise ValueError(f"The server sets the header {name!r} itself: leave it out.")
        if not isinstance(value, str) or not value.isprintable() or not _is_latin_1(value):
            raise ValueError(f"The header {name!r} is {value!r}: give one line of Latin-1 text.")
        checked[name.lower()] = value
    return checked


def _is_latin_1(text: str) -> bool:
    return all(ord(character) < 256 for character in text)

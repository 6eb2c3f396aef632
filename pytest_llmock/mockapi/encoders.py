"""Deltas of an answer to the events of the mock API's streams, whose forms are in `events`.

Rule: the last event says `done` only when the whole answer has the right shape.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator

from pytest_llmock.errors import BackendError, Failure, OffShapeError
from pytest_llmock.folding import estimate_tokens
from pytest_llmock.generation.extract import ExtractionError, extract
from pytest_llmock.generation.generate import SHOWN_CHARACTERS, read
from pytest_llmock.generation.items import ItemError, ItemReader
from pytest_llmock.generation.listing import Listing
from pytest_llmock.llm import JSON, Choice, Completion, Delta, FinishReason
from pytest_llmock.mockapi.events import ItemEvents, Numbering, Piece, TokenEvents, json_text
from pytest_llmock.shapes.limits import DATA
from pytest_llmock.shapes.validate import Check

_WORDS = re.compile(r"\s*+(?:\w{1,5}|[^\w\s]{1,3})|\s+")  # about the size of a model's tokens
MOST_WORDS = (
    500  # of an answer that comes whole, as each event says all before it again; then they are longer
)

# a whole answer's JSON, what had to be done to get at it, and the problems that make it unusable
Whole = Callable[[str, FinishReason | None], tuple[JSON, tuple[str, ...], tuple[str, ...]]]


def whole_by(check: Check, *, repair: bool) -> Whole:
    """How a whole answer is read."""

    def whole(text: str, finish: FinishReason | None) -> tuple[JSON, tuple[str, ...], tuple[str, ...]]:
        return read(Completion((Choice(text, finish_reason=finish),)), check, repair=repair)

    return whole


class Encoder(ABC):
    """Deltas of one answer to events; `has_sent` when there were any."""

    is_whole = False  # nothing can be sent before the answer is complete

    def __init__(self, whole: Whole) -> None:
        self.has_sent = False
        self._whole = whole
        self._backend, self._start, self._comes_whole = "", "", False
        self._finish: FinishReason | None = None

    def encode(self, delta: Delta) -> Iterable[Piece]:
        """The events that `delta` completes. Raises OffShapeError when they cannot be sent."""
        if delta.origin is not None:
            self._backend = delta.origin.backend
            self._comes_whole = delta.origin.source in ("synthetic", "cache")
        if delta.end is not None:
            self._finish = delta.end.finish_reason
        if len(self._start) < SHOWN_CHARACTERS:
            self._start += delta.text[:SHOWN_CHARACTERS]
        return self._add(delta.text) if delta.text else []

    @abstractmethod
    def done(self) -> Iterable[Piece]:
        """The events up to the last one. Raises OffShapeError when the answer was not of the shape."""

    @abstractmethod
    def all(self, value: JSON) -> Iterable[Piece]:
        """The events of a whole answer that has the shape."""

    def flush(self) -> list[Piece]:
        """The events of what is complete and was held back."""
        return []

    @abstractmethod
    def _add(self, text: str) -> Iterable[Piece]: ...

    def _read(self, text: str) -> tuple[JSON, tuple[str, ...]]:
        """The JSON of the whole text, and how it was got at. Raises OffShapeError."""
        value, notes, found = self._whole(text, self._finish)
        if found:
            raise self._off_shape(*found)
        return value, notes

    def _off_shape(self, *problems: str) -> OffShapeError:
        problem = problems[0].rstrip(".")
        sent = (
            f"left the shape in its stream: {problem}. What was sent cannot be asked again: ask for the whole"
        )
        none = f"gave no acceptable JSON: {problem}. Raise MaxCorrectionAttempts, simplify the shape,"
        return OffShapeError(
            f"Backend '{self._backend}' {f'{sent} answer,' if self.has_sent else none} or choose a more "
            "capable model.",
            attempts=[{"text": self._start[:SHOWN_CHARACTERS], "problems": [*problems]}],
        )


class TokenEncoder(Encoder):
    """Deltas to LlmTokens events. The text is checked when all of it has come."""

    def __init__(self, whole: Whole, numbering: Numbering, *, batch: int | None = None) -> None:
        super().__init__(whole)
        self._events = TokenEvents(numbering, batch=batch)
        self._text: list[str] = []
        self._size = 0

    def done(self) -> Iterable[Piece]:
        text = "".join(self._text)
        value, notes = self._read(text)
        return [self._events.content(json_text(value) if notes else text.removeprefix("\ufeff").strip())]

    def all(self, value: JSON) -> Iterable[Piece]:
        text = json_text(value)
        yield from self._chunks(_words(text))
        yield self._events.content(text)

    def _add(self, text: str) -> Iterable[Piece]:
        self._size += len(text)
        if self._size > DATA.size:
            raise BackendError(Failure("too_large", f"The answer has more than {DATA.size:,} characters."))
        self._text.append(text)
        # what comes whole has no tokens of its own
        return self._chunks(_words(text) if self._comes_whole else [text])

    def _chunks(self, texts: Iterable[str]) -> Iterator[Piece]:
        for text in texts:
            self.has_sent = True
            yield self._events.chunk(text, estimate_tokens(text))


def _words(text: str) -> list[str]:
    """The text in pieces of a token each; a long one in `MOST_WORDS` pieces of several."""
    words = _WORDS.findall(text)
    step = -(-len(words) // MOST_WORDS)
    return words if step < 2 else ["".join(words[at : at + step]) for at in range(0, len(words), step)]


class ItemEncoder(Encoder):
    """Deltas to CompleteObjects or ArrayItems events, each item as soon as it is complete and checked.

    The last item waits for the end of the answer, because it says that the stream is done.
    """

    def __init__(
        self, mode: str, listing: Listing, whole: Whole, numbering: Numbering, *, batch: int | None = None
    ) -> None:
        super().__init__(whole)
        self.is_whole = listing.item is None
        self._listing, self._reader = listing, ItemReader(listing)
        self._events = ItemEvents(mode, numbering, batch=batch)
        self._events.total = listing.most if listing.most == listing.least else None
        self._held: list[JSON] = []
        self._text = ""  # of an answer that comes whole: nothing is gained by looking into it

    def done(self) -> list[Piece]:
        reader = self._reader
        if not reader.has_begun:
            return self.all(self._read(self._text or reader.text)[0])
        if self._finish == "length":
            raise self._off_shape("The answer was cut off at the token limit.")
        if not reader.is_full:
            self._check_rest()
        self._events.named(reader.name or "")
        self._events.total = reader.count
        return self._events.all(self._taken())

    def all(self, value: JSON) -> list[Piece]:
        name, items = self._listing.items_of(value)
        self._events.named(name)
        self._events.total = len(items)
        return self._events.all(items)

    def flush(self) -> list[Piece]:
        return [self._events.item(item) for item in self._taken()]

    def _add(self, text: str) -> list[Piece]:
        if self._comes_whole:
            self._text += text
            return []
        reader, events = self._reader, self._events
        try:
            self._held += reader.feed(text)
        except ItemError as error:
            self._held += reader.found
            raise self._off_shape(*error.problems) from None
        if self._held:
            events.named(reader.name or "")
        if reader.is_closed and events.total is None:
            events.total = reader.count
        is_last_known = reader.has_more if events.total is None else reader.count < events.total
        return [events.item(item) for item in self._taken(all_but=not is_last_known)]

    def _taken(self, *, all_but: int = 0) -> list[JSON]:
        """What was held back and is sent now: everything but so many."""
        end = max(0, len(self._held) - all_but)
        taken, self._held = self._held[:end], self._held[end:]
        self.has_sent = self.has_sent or bool(taken)
        return taken

    def _check_rest(self) -> None:
        """Raises OffShapeError when the answer without the items that were sent is not what it should be."""
        reader = self._reader
        try:
            value = extract(reader.text).value
        except ExtractionError as error:
            raise self._off_shape(error.message) from None
        name, items = self._listing.items_of(value)
        if (name, [*items]) != (reader.name, [reader.first]):
            raise self._off_shape("The answer holds another JSON value beside the list that was sent.")
        found = [f"{problem.pointer or '/'}: {problem.message}" for problem in self._listing.rest(value)]
        if reader.count < self._listing.least:
            found.append(f"/{name}: has {reader.count} items, fewer than {self._listing.least}")
        if found:
            raise self._off_shape(*found)

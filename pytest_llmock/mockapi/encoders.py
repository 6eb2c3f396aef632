"""Deltas of an answer to the events of the mock API's streams.

    LlmTokens        {"chunk", "accumulated", "done": false} …  {"content", "done": true}
    CompleteObjects  {"data", "index", "total", "done"}
    ArrayItems       {"item", "index", "total", "arrayName", "done"}

Rules: `done` is true on the last event of a stream that came to its end and has the right shape, and nowhere
else. `total` is null until it is known. A list without items ends in an event without an item. In a
continuous stream each event has its `batchNumber`, from 1, and none is the last one.
"""

import re
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable

from pytest_llmock.errors import BackendError, Failure, OffShapeError
from pytest_llmock.folding import estimate_tokens
from pytest_llmock.generation.extract import ExtractionError, extract
from pytest_llmock.generation.generate import SHOWN_CHARACTERS, read
from pytest_llmock.generation.items import ItemError, ItemReader
from pytest_llmock.generation.listing import Listing
from pytest_llmock.llm import JSON, Choice, Completion, Delta, FinishReason
from pytest_llmock.mockapi.events import Numbering, Piece, json_text
from pytest_llmock.shapes.limits import DATA
from pytest_llmock.shapes.validate import Check

_WORDS = re.compile(r"\s*+(?:\w{1,5}|[^\w\s]{1,3})|\s+")  # about the size of a model's tokens

# a whole answer's JSON, what had to be done to get at it, and the problems that make it unusable
Whole = Callable[[str, FinishReason | None], tuple[JSON, tuple[str, ...], tuple[str, ...]]]


def whole_by(check: Check, *, repair: bool) -> Whole:
    """How a whole answer is read."""

    def whole(text: str, finish: FinishReason | None) -> tuple[JSON, tuple[str, ...], tuple[str, ...]]:
        return read(Completion((Choice(text, finish_reason=finish),)), check, repair=repair)

    return whole


class Encoder(ABC):
    """Deltas of one answer to events; `has_sent` when there were any. `batch` is the round, from 1."""

    is_whole = False  # nothing can be sent before the answer is complete

    def __init__(self, whole: Whole, numbering: Numbering, *, batch: int | None = None) -> None:
        self.has_sent = False
        self._whole, self._numbering, self._batch = whole, numbering, batch
        self._numbered = "" if batch is None else f'"batchNumber":{batch},'
        self._backend, self._start, self._comes_whole = "", "", False
        self._finish: FinishReason | None = None

    def encode(self, delta: Delta) -> list[Piece]:
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
    def done(self) -> list[Piece]:
        """The events up to the last one. Raises OffShapeError when the answer was not of the shape."""

    @abstractmethod
    def all(self, value: JSON) -> list[Piece]:
        """The events of a whole answer that has the shape."""

    def flush(self) -> list[Piece]:
        """The events of what is complete and was held back."""
        return []

    @abstractmethod
    def _add(self, text: str) -> list[Piece]: ...

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
        super().__init__(whole, numbering, batch=batch)
        self._text: list[str] = []
        self._accumulated = ""  # as JSON text
        self._size = 0

    def done(self) -> list[Piece]:
        text = "".join(self._text)
        value, notes = self._read(text)
        return [self._last(json_text(value) if notes else text.removeprefix("\ufeff").strip())]

    def all(self, value: JSON) -> list[Piece]:
        text = json_text(value)
        return [*(self._chunk(word) for word in _WORDS.findall(text)), self._last(text)]

    def _add(self, text: str) -> list[Piece]:
        self._size += len(text)
        if self._size > DATA.size:
            raise BackendError(Failure("too_large", f"The answer has more than {DATA.size:,} characters."))
        self._text.append(text)
        # what comes whole has no tokens of its own
        return [self._chunk(word) for word in (_WORDS.findall(text) if self._comes_whole else [text])]

    def _chunk(self, text: str) -> Piece:
        said = json_text(text)[1:-1]
        self._accumulated += said
        self.has_sent = True
        data = f'{{"chunk":"{said}","accumulated":"{self._accumulated}",{self._numbered}"done":false}}'
        return Piece(self._numbering.encoded(data), estimate_tokens(text))

    def _last(self, content: str) -> Piece:
        is_end = self._batch is None
        data = f'{{"content":{json_text(content)},{self._numbered}"done":{"true" if is_end else "false"}}}'
        return Piece(self._numbering.encoded(data, is_end=is_end))


class ItemEncoder(Encoder):
    """Deltas to CompleteObjects or ArrayItems events, each item as soon as it is complete and checked.

    The last item waits for the end of the answer, because it says that the stream is done.
    """

    def __init__(
        self, mode: str, listing: Listing, whole: Whole, numbering: Numbering, *, batch: int | None = None
    ) -> None:
        super().__init__(whole, numbering, batch=batch)
        self.is_whole = listing.item is None
        self._word = "item" if mode == "ArrayItems" else "data"
        self._listing, self._reader = listing, ItemReader(listing)
        self._name, self._index, self._is_over = "", 0, False
        self._total = listing.most if listing.most == listing.least else None
        self._held: deque[JSON] = deque()
        self._text = ""  # of an answer that comes whole: nothing is gained by looking into it

    def done(self) -> list[Piece]:
        reader = self._reader
        if not reader.has_begun:
            return self.all(self._read(self._text or reader.text)[0])
        if self._finish == "length":
            raise self._off_shape("The answer was cut off at the token limit.")
        if not reader.is_full:
            self._check_rest()
        self._total = reader.count
        return self._end()

    def all(self, value: JSON) -> list[Piece]:
        self._name, items = self._listing.items_of(value)
        self._held = deque(items)  # one that was held back belonged to an answer before
        self._total = len(items)
        return self._end()

    def flush(self) -> list[Piece]:
        return [self._item() for _ in range(len(self._held))]

    def _add(self, text: str) -> list[Piece]:
        if self._comes_whole:
            self._text += text
            return []
        reader = self._reader
        try:
            self._held.extend(reader.feed(text))
        except ItemError as error:
            self._held.extend(reader.found)
            raise self._off_shape(*error.problems) from None
        self._name = reader.name or ""
        if reader.is_closed and self._total is None:
            self._total = reader.count
        is_last_known = reader.has_more if self._total is None else reader.count < self._total
        return [self._item() for _ in range(len(self._held) - (not is_last_known))]

    def _end(self) -> list[Piece]:
        """What is left, the end of the stream with the last item; without one in an event of its own."""
        left = [self._item(is_end=len(self._held) == 1) for _ in range(len(self._held))]
        if not self._is_over and self._batch is None:
            left.append(self._event("", is_end=True))
        return left

    def _item(self, *, is_end: bool = False) -> Piece:
        said = f'"{self._word}":{json_text(self._held.popleft())},"index":{self._index},'
        self._index += 1
        self.has_sent = True
        return self._event(said, is_end=is_end)

    def _event(self, said: str, *, is_end: bool) -> Piece:
        is_end = self._is_over = is_end and self._batch is None
        total = "null" if self._total is None else self._total
        name = f'"arrayName":{json_text(self._name or None)},' if self._word == "item" else ""
        data = f'{{{said}"total":{total},{name}{self._numbered}"done":{"true" if is_end else "false"}}}'
        return Piece(self._numbering.encoded(data, is_end=is_end), -(-len(said) // 4))

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

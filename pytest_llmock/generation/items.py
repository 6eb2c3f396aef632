"""The items of a list in a text that is still coming, each as soon as it is complete.

The simplest way that cannot be wrong: `extract` decides which JSON of an answer counts, and this reader only
looks ahead of it. It hands on items from the first place where such a list can stand (behind reasoning, a
fence, prose), and when the text is complete, `extract` reads what is left of it without the items handed on:
if it finds another value there, the answer is off-shape. As long as nothing was handed on, anything
unexpected (objects in a row, a broken item, one of another form) means that the answer is read as a whole.

The text may come in any pieces: each character is looked at a bounded number of times, and no more is held
than the item under way.
"""

import re
from collections.abc import Generator
from json import JSONDecoder
from typing import NamedTuple

from pytest_llmock.errors import BackendError, Failure
from pytest_llmock.generation.extract import LANDMARK
from pytest_llmock.generation.lenient import Broken, Reader
from pytest_llmock.generation.listing import Listing
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.limits import DATA, JSONTextError, loads, may_exceed

_LONGEST_TAG = 16
_MARK = re.compile(r'["{}\[\]:,/]')
_IN_STRING = re.compile(r'["\\]')
_ANY = re.compile(r".", re.DOTALL)
_SOLID = re.compile(r"[^\s]")
_LINE_END, _STAR = re.compile(r"\n"), re.compile(r"\*")
_AFTER_SCALAR = re.compile(r"[\s,\]/]")
_decode = JSONDecoder().raw_decode


class ItemError(ValueError):
    """What comes cannot be an item, and items before it were handed on; `problems` say why."""

    def __init__(self, *problems: str) -> None:
        super().__init__(problems[0])
        self.problems = problems


class _Item(NamedTuple):
    """A value that is an item, and no answer about one."""

    value: JSON


class ItemReader:
    """Reads the items of a list out of the pieces of a text.

    `has_begun` when items were handed on; `has_more` when a comma follows the last one; `is_closed` when the
    list has ended; `is_full` when more items came than there may be: those are not read. `first` is the first
    item, `name` where the list was found.
    """

    def __init__(self, listing: Listing) -> None:
        self.name = listing.name
        self.count = 0
        self.first: JSON = None
        self.has_begun = self.has_more = self.is_closed = self.is_full = False
        self._listing = listing
        self._text: list[str] = []  # all of it, from the first item on without the items
        self.found: list[JSON] = []  # the items that the last text completed
        self._part: list[str] = []  # of the token or item under way
        self._chunk, self._at, self._held = "", 0, 0
        self._steps: Generator[None, str, None] | None = self._reading()
        next(self._steps)

    @property
    def text(self) -> str:
        """The text so far; when items were handed on, with the first of them only."""
        return "".join(self._text)

    def feed(self, text: str) -> list[JSON]:
        """The items that `text` completes. Raises ItemError, and BackendError for an endless one."""
        self.found = []
        if self.is_full:
            return self.found
        self._held += len(text)
        if self._held > DATA.size:
            problem = f"The answer has more than {DATA.size:,} characters without an item of its list."
            raise BackendError(Failure("too_large", problem))
        if not self.has_begun:
            self._text.append(text)
        if self._steps is not None:
            try:
                self._steps.send(text)
            except StopIteration:
                self._steps = None
        return self.found

    def _reading(self) -> Generator[None, str, None]:
        self._chunk = yield
        while True:
            bracket = yield from self._opening()
            behind = len(self.text) - len(self._chunk) + self._at
            if bracket == "{" and (self.name == "" or not (yield from self._entering())):
                return
            if bracket == "[" and self._listing.name:
                return
            if (yield from self._items()) or bracket == "{":
                break
            self._chunk, self._at = self.text[behind:], 0  # it was a bracket of prose, "[sic]"
        while self.is_closed and self.has_begun:
            self._text.append(self._chunk[self._at :])
            yield from self._more()

    def _opening(self) -> Generator[None, str, str]:
        """Go behind the first bracket that may begin the answer."""
        while True:
            landmark = LANDMARK.search(self._chunk, self._at)
            if landmark is None:
                self._chunk += yield
            elif landmark["opened"]:
                yield from self._reasoning(landmark.end())
            elif landmark["closed"] or landmark["fence"]:
                self._at = landmark.end()
            elif LANDMARK.match(self._chunk + "\0", landmark.start()):
                self._at = landmark.start() + 1
                return self._chunk[landmark.start()]
            else:  # whether it begins a value depends on what follows
                self._chunk += yield

    def _reasoning(self, start: int) -> Generator[None, str, None]:
        """Go behind the next tag that closes."""
        self._at = start
        while True:
            for landmark in LANDMARK.finditer(self._chunk, self._at):
                if landmark["closed"]:
                    self._at = landmark.end()
                    return
            self._chunk, self._at = self._chunk[self._at :][-_LONGEST_TAG:] + (yield), 0

    def _entering(self) -> Generator[None, str, bool]:
        """Go into the list that a property of this object is; False when it has none of that name."""
        depth, said, key = 1, "", None
        while depth:
            mark = yield from self._mark()
            if mark == '"' and depth == 1:
                said = "".join(self._part)
            elif mark == ":" and depth == 1:
                key = _key(said)
            elif mark == "," and depth == 1:
                key = None
            elif mark == "[" and depth == 1 and key is not None and self.name in (key, None):
                self.name = key
                return True
            depth += (mark in "{[") - (mark in "}]")
        return False

    def _items(self) -> Generator[None, str, bool]:
        """Read the list behind whose bracket we are; False when it is none."""
        while True:
            sign = yield from self._solid()
            if sign == "]":
                break
            if self.count == self._listing.most:
                self.is_full = self.has_begun
                return True
            item = yield from self._item(sign)
            if not self._is_taken(item):
                return isinstance(item, _Item)
            if (yield from self._solid()) not in ",]":
                raise ItemError(f"Item {self.count} of the list is followed by {self._chunk[self._at]!r}.")
            self.has_more = self._chunk[self._at] == ","
            self._at += self.has_more
        self.is_closed = True
        return True

    def _is_taken(self, item: "_Item | Broken") -> bool:
        """Whether the item is handed on; when not even the first one is, the text is read as a whole."""
        problems = self._problems(item)
        if problems and self.has_begun:
            raise ItemError(*problems)
        if problems or isinstance(item, Broken):
            return False
        if not self.has_begun:
            if not self._listing.is_certain and not isinstance(item.value, dict):
                return False  # [1] may be a footnote
            self.has_begun, self.first, self.name = True, item.value, self.name or ""
            self._text = [self.text.removesuffix(self._chunk[self._at :])]
        self.count += 1
        self._held = len(self._chunk) - self._at
        self.found.append(item.value)
        self.has_more = False
        return True

    def _problems(self, item: "_Item | Broken") -> list[str]:
        if isinstance(item, Broken):
            return [f"Item {self.count + 1} of the list is broken: {item.problem}."]
        place = f"/{self.name}/{self.count}" if self.name else f"/{self.count}"
        found = self._listing.item(item.value) if self._listing.item else ()
        return [f"{place}{problem.pointer}: {problem.message}" for problem in found]

    def _item(self, sign: str) -> Generator[None, str, "_Item | Broken"]:
        """The value that begins here with the character `sign`."""
        if sign in '{["':
            quick = _quick(self._chunk, self._at)
            if quick is not None:
                item, self._at = quick
                return item
        elif sign in ",:}/":
            return Broken(self._at, self._at, f"unexpected {sign!r}")
        self._part = []
        yield from self._passing(sign)
        text = "".join(self._part)
        read = Reader(text).read(0)
        if isinstance(read, Broken):
            return read
        if read.end < len(text):
            return Broken(0, read.end, f"unexpected {text[read.end]!r}")
        return _Item(read.value)

    def _passing(self, sign: str) -> Generator[None, str, None]:
        """Go to the end of a value that begins with `sign`."""
        if sign not in '{["':
            yield from self._to(_AFTER_SCALAR)
            self._at -= 1
            self._part[-1] = self._part[-1][:-1]
            return
        depth = 0
        while True:
            mark = yield from self._mark(fresh=False)
            depth += (mark in "{[") - (mark in "}]")
            if not depth:
                return

    def _mark(self, *, fresh: bool = True) -> Generator[None, str, str]:
        """Go behind the next bracket, comma, colon or string; `_part` has what was passed."""
        while True:
            if fresh:
                self._part = []
            mark = yield from self._to(_MARK)
            if mark == "/":
                yield from self._comment()
                continue
            if mark == '"':
                if fresh:
                    self._part = ['"']
                while (yield from self._to(_IN_STRING)) == "\\":
                    yield from self._to(_ANY)
            return mark

    def _comment(self) -> Generator[None, str, bool]:
        """Go behind a comment of whose sign the first character was passed; False when it is none."""
        kind = yield from self._to(_ANY)
        if kind == "/":
            yield from self._to(_LINE_END)
        elif kind == "*":
            yield from self._to(_STAR)
            while (sign := (yield from self._to(_ANY))) != "/":
                if sign != "*":
                    yield from self._to(_STAR)
        else:
            self._at -= 1
        return kind in "/*"

    def _solid(self) -> Generator[None, str, str]:
        """Go to the next character that is neither space nor in a comment."""
        while True:
            self._part = []
            sign = yield from self._to(_SOLID)
            if sign != "/":
                self._at -= 1
                return sign
            if not (yield from self._comment()):
                return sign

    def _to(self, marks: re.Pattern[str]) -> Generator[None, str, str]:
        """Go behind the next of `marks`, which are single characters; what was passed is put into `_part`."""
        while (found := marks.search(self._chunk, self._at)) is None:
            self._part.append(self._chunk[self._at :])
            yield from self._more()
        self._part.append(self._chunk[self._at : found.end()])
        self._at = found.end()
        return found[0]

    def _more(self) -> Generator[None, str, None]:
        self._chunk, self._at = (yield), 0


def _quick(text: str, start: int) -> "tuple[_Item, int] | None":
    """The value at `start` and where it ends; None when it is not all there, or needs lenience."""
    try:
        _, end = _decode(text, start)
        part = text[start:end]
        return None if may_exceed(part) else (_Item(loads(part)), end)
    except (ValueError, RecursionError):
        return None


def _key(said: str) -> str | None:
    try:
        key = loads(said)
    except JSONTextError:
        return None
    return key if isinstance(key, str) else None

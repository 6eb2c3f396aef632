"""The JSON value in what a model wrote, or an error that tells the model what to do better.

How a value is chosen, by the first rule that applies:
1. The whole text is JSON.
2. Reasoning (`<think>…</think>` and its like, also unclosed, or closed without having been opened) does not
   count. A tag inside a JSON string is text.
3. Fenced blocks that hold nothing but JSON: the one value, or several that are equal. Different values are
   ambiguous, an error.
4. Of the values in the text: the first object with content (or list of such), else the first list with
   content ([1] may be a footnote), else the first. Braces of prose, as in "{name}", are no values.
Objects in a row, with nothing but space and commas between, are one list. Trailing commas and comments are
removed; nothing else is repaired, unless the caller asks for json-repair.

What looks like JSON (a key with its colon) but is broken is passed over as a whole, never searched for
parts; a value that never ends is an error: what was cut off is never made into a success. One pass reads
every character a bounded number of times.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass

from pytest_llmock.errors import TooLargeError
from pytest_llmock.generation.lenient import STRING, Broken, Read, Reader
from pytest_llmock.generation.repair import repaired
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.limits import JSONTextError, canonical, check_limits, loads, may_exceed, place


class ExtractionError(ValueError):
    """The text holds no usable JSON value; the message says why, `position` at which character."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


@dataclass(frozen=True, slots=True)
class Extraction:
    """A value, and what had to be done to get at it: ("reasoning dropped", "trailing commas removed")."""

    value: JSON
    notes: tuple[str, ...] = ()


def extract(text: str, *, truncated: bool = False, repair: bool = False) -> Extraction:
    """The JSON value in a model's answer; the module's text says which.

    `truncated`: the model was stopped at its token limit, so whatever stands there is not all of it.
    Raises ExtractionError; SettingsError when `repair` is needed and json-repair is not installed.
    """
    if truncated:
        raise ExtractionError("The answer was cut off at the token limit.", len(text))
    bare = text.removeprefix("\ufeff").strip()
    if not bare:
        raise ExtractionError("The answer is empty.")
    whole = _whole(bare)
    if whole is not None:
        return whole
    search = _Search(text.rstrip())
    try:
        return search.run()
    except ExtractionError as error:
        value = (
            repaired(search.reader, search.begin) if repair and not isinstance(error, _CutOffError) else None
        )
        if value is None:
            raise
        return Extraction(value, ("repaired by json-repair",))


def _whole(text: str) -> Extraction | None:
    try:
        value = loads(text)
        if may_exceed(text):
            check_limits(value, what="answer")
    except (JSONTextError, RecursionError, TooLargeError):
        return None
    return Extraction(value)


class _CutOffError(ExtractionError):
    """The text ends inside a value."""


_TAGS = "think|thinking|thought|thoughts|reasoning|reflection|scratchpad|analysis"
# A bracket counts when what follows it may follow it in JSON; all others are passed at the regex's speed.
_OBJECT = rf"\{{(?=\s*+(?:[}}/]|\Z|{STRING}(?:\"\s*+(?:[:/]|\Z)|\\?\Z)))"
_LIST = rf"\[(?=\s*+(?:[\[{{\]/]|\Z|(?:{STRING}\"|[-+.\w]++)\s*+(?:[,\]/]|\Z)|{STRING}\\?\Z))"
LANDMARK = re.compile(
    rf"(?P<opened><(?:{_TAGS})>|\[THINK\]|◁think▷)|(?P<closed></(?:{_TAGS})>|\[/THINK\]|◁/think▷)"
    rf"|(?P<fence>`{{3,}}|~{{3,}})|{_OBJECT}|{_LIST}",
    re.IGNORECASE,
)
_FENCE_INFO = re.compile(
    r"[ \t]*(?:(?P<json>json[\w+-]*)(?=[\s{\[\"])|[A-Za-z][\w+-]*(?=\s))?\s*", re.IGNORECASE
)
_FENCE_END = {"`": re.compile(r"\s*(?:`{3,}|\Z)"), "~": re.compile(r"\s*(?:~{3,}|\Z)")}
_GAP = re.compile(r"[\s,]*")


class _Search:
    """One pass over a text by landmarks: reasoning, fences, and brackets that may begin a value."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.reader = Reader(text)
        self.begin = 0  # behind the last reasoning
        self._found: list[Read] = []
        self._fenced: list[Read] = []
        self._failures: dict[str, Broken] = {}  # the first that was meant, cut off, or neither
        self._hopeless: set[int] = set()
        self._code = ""  # the fence of the block that we are in, when it is not JSON
        self._notes: dict[str, None] = {}
        self._closings: dict[str, list[int]] | None = None

    def run(self) -> Extraction:
        position = 0
        while landmark := LANDMARK.search(self.text, position):
            position = self._pass(landmark)
        chosen = self._choice()
        if chosen.end - chosen.start < len(self.text.lstrip("\ufeff \t\r\n")):
            self._notes["text around the JSON dropped"] = None
        return Extraction(chosen.value, (*self._notes, *chosen.notes))

    def _pass(self, landmark: re.Match[str]) -> int:
        """Where to go on behind this landmark."""
        if landmark["opened"]:
            return self._reasoning(landmark)
        if landmark["closed"]:  # it was opened in the prompt: all before it was reasoning
            self._found, self._fenced, self._failures = [], [], {}
            return self._drop(landmark.end())
        if landmark["fence"]:
            return self._fence(landmark)
        read = self._read(landmark.start())
        if isinstance(read, Broken):
            return self._pass_over(read)
        self._found.append(_together(self._row(read)))
        return self._found[-1].end

    def _reasoning(self, landmark: re.Match[str]) -> int:
        if self._closings is None:
            self._closings = _closings(self.text)
        ends = self._closings.get(_tag(landmark["opened"]), [])
        index = bisect_left(ends, landmark.end())
        if index < len(ends):
            return self._drop(ends[index])
        line_start = self.text.rfind("\n", 0, landmark.start()) + 1
        if self.text[line_start : landmark.start()].strip():  # prose that mentions the tag
            return landmark.end()
        return self._drop(len(self.text))

    def _drop(self, end: int) -> int:
        self._notes["reasoning dropped"] = None
        self.begin = end
        return end

    def _fence(self, landmark: re.Match[str]) -> int:
        mark = landmark["fence"][0]
        if self._code:
            self._code = "" if mark == self._code else self._code
            return landmark.end()
        info = _FENCE_INFO.match(self.text, landmark.end())
        if info and (info["json"] or self.text.startswith(("{", "["), info.end())):
            read = self._read(info.end())
            row = [] if isinstance(read, Broken) else self._row(read)
            closing = row and _FENCE_END[mark].match(self.text, row[-1].end)
            if closing:
                self._fenced.append(_together(row))
                return closing.end()
        self._code = mark
        return landmark.end()

    def _row(self, first: Read) -> list[Read]:
        """The value, or the objects in a row that it begins. A broken one among them spoils the list."""
        row = [first]
        while isinstance(row[-1].value, dict):
            position = _after_gap(self.text, row[-1].end)
            if not self.text.startswith("{", position):
                break
            read = self._read(position)
            if isinstance(read, Read):
                row.append(read)
            elif read.meant or read.cut:
                raise self._error(read)
            else:
                break
        return row

    def _read(self, start: int) -> Read | Broken:
        if start in self._hopeless:
            return Broken(start, start, "")
        read = self.reader.read(start)
        if isinstance(read, Broken):
            self._hopeless.update(read.open)
            kind = "meant" if read.meant else "cut" if read.cut else "other"
            self._failures.setdefault(kind, read)
        return read

    def _pass_over(self, broken: Broken) -> int:
        """Where to go on behind what is no value: past its bracket, or past all that was meant to be one."""
        if not broken.meant:
            return broken.start + 1
        end = None if broken.cut else self.reader.end(broken.start)
        if end is None or self.text.startswith("{", _after_gap(self.text, end)):
            raise self._error(broken)
        return end

    def _choice(self) -> Read:
        distinct = {canonical(read.value): read for read in self._fenced}
        if len(distinct) > 1:
            raise ExtractionError(
                f"The answer holds {len(distinct)} different JSON values in fenced blocks. Answer with one.",
                self._fenced[1].start,
            )
        if self._fenced:
            return self._fenced[0]
        if self._found:
            if len(self._found) > 1:
                self._notes[f"one of {len(self._found)} values taken"] = None
            return min(self._found, key=lambda read: _rank(read.value))
        for kind in ("meant", "cut", "other"):
            if kind in self._failures:
                raise self._error(self._failures[kind])
        raise ExtractionError(
            "The answer holds no JSON value. Answer with JSON only, with names in double quotes."
        )

    def _error(self, broken: Broken) -> ExtractionError:
        if broken.cut:
            where = place(self.text, broken.start)
            return _CutOffError(
                f"The answer was cut off: the JSON that begins at {where} never ends.", broken.start
            )
        where = place(self.text, broken.at)
        return ExtractionError(f"The JSON in the answer is broken at {where}: {broken.problem}.", broken.at)


def _closings(text: str) -> dict[str, list[int]]:
    """Where the reasoning tags of each name close."""
    ends: dict[str, list[int]] = {}
    for landmark in LANDMARK.finditer(text):
        if landmark["closed"]:
            ends.setdefault(_tag(landmark["closed"]), []).append(landmark.end())
    return ends


def _tag(landmark: str) -> str:
    return landmark.strip("<>[]◁▷/").lower()


def _together(row: list[Read]) -> Read:
    if len(row) == 1:
        return row[0]
    notes = dict.fromkeys(note for read in row for note in read.notes)
    notes[f"{len(row)} objects in a row made one list"] = None
    return Read(row[0].start, row[-1].end, [read.value for read in row], tuple(notes))


def _rank(value: JSON) -> int:
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict) for item in value)):
        return 0 if value else 2
    return 1 if value else 2


def _after_gap(text: str, position: int) -> int:
    gap = _GAP.match(text, position)
    return gap.end() if gap else position

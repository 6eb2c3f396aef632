"""Where the documents of a cassette stand, found without parsing any of them.

Rules: pure, and about as fast as looking through the bytes once. A document begins after a line `---`, with
the line `interaction: <key>`; the line after that may say whose it is (`test: "…"`). Our writer ends each
with the line `recorded: {…}`, so a last document without one was cut off while it was written: `torn`.
Hands may have moved lines or added comments: what does not look as we write it is looked at line by line.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import NamedTuple

from pytest_llmock.errors import CassetteError

_BETWEEN = b"\n---\n"
_FIRST = b"llmock_cassette:"
_KEY = b"interaction: "
_AT = b'\nrecorded: {at: "'
_KEY_CHARACTERS = b"0123456789abcdef-\n"
_HEADER = re.compile(rb"(?:---\n)?(?:[ \t]*(?:#[^\n]*)?\n)*llmock_cassette:[ \t]*([^\n#]*)")
_KEY_LINE = re.compile(rb"^interaction:[ \t]*[\"']?([^\s\"'#]*)", re.MULTILINE)
_MARKS = (b"\n<<<<<<< ", b"\n=======\n", b"\n>>>>>>> ")
_CONFLICT = re.compile(rb"^(?:<{7} |\|{7} |={7}$|>{7} )", re.MULTILINE)
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"')


class Entry(NamedTuple):
    """One document of a cassette; what is asked of it is looked up then."""

    file: "Index"
    number: int

    @property
    def key(self) -> str:
        return self.file.keys[self.number][:-1].decode("utf-8", "replace")

    @property
    def test(self) -> str:
        """The test that its own `test:` line names, or nothing."""
        return _test_of(self.file.parts[self.number])

    @property
    def line(self) -> int:
        """The line of the file on which its text begins."""
        return self.file.line_of(self.number)

    @property
    def where(self) -> str:
        """File and line, to begin a message with."""
        return f"{self.file.where}:{self.line}"


class Entries:
    """The documents of a cassette in the order of the file, each made when it is asked for."""

    def __init__(self, file: "Index") -> None:
        self._file = file

    def __len__(self) -> int:
        return len(self._file.parts)

    def __getitem__(self, number: int) -> Entry:
        return Entry(self._file, range(len(self))[number])

    def __iter__(self) -> Iterator[Entry]:
        return (Entry(self._file, number) for number in range(len(self)))


class Numbers(Mapping[str, Sequence[int]]):
    """The numbers of the documents of each key, in the order of the file."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._last = dict(zip(keys, range(len(keys)), strict=True))
        self._all: dict[bytes, list[int]] = {}
        if len(self._last) < len(keys):
            for number, key in enumerate(keys):
                self._all.setdefault(key, []).append(number)

    def __getitem__(self, key: str) -> Sequence[int]:
        line = key.encode() + b"\n"
        return tuple(self._all[line]) if self._all else (self._last[line],)

    def __iter__(self) -> Iterator[str]:
        return (key[:-1].decode("utf-8", "replace") for key in self._last)

    def __len__(self) -> int:
        return len(self._last)


@dataclass(frozen=True, eq=False, repr=False)
class Index:
    """The documents of one cassette.

    `where` is what messages call the file; `header` the text before the first document, "" when there is no
    file; `parts` and `keys` (with their newlines) hold one item per document; `torn` is the line on which a
    cut-off end begins, which no entry shows.
    """

    where: str
    header: str = ""
    parts: Sequence[bytes] = ()
    keys: Sequence[bytes] = ()
    torn: int | None = None
    _lines: list[int] = field(default_factory=list)
    _counting: Lock = field(default_factory=Lock)

    @classmethod
    def of(cls, data: bytes, where: str) -> "Index":
        """The index of a file's bytes. Raises CassetteError, with the line, for what is no cassette."""
        data = _plain(data)
        if not data:
            return cls(where)
        _check(data, where)
        end = _whole_length(data)
        torn = data.count(b"\n", 0, end) + 1 if end < len(data) else None
        header, *parts = data[:end].split(_BETWEEN)
        if parts:
            header += b"\n"
            parts[-1] = parts[-1].removesuffix(b"\n")
        keys = _keys(parts, data, header, where)
        try:
            return cls(where, header.decode("utf-8"), parts, keys, torn)
        except UnicodeDecodeError as error:
            raise _not_text(error, where, 1) from error

    @property
    def entries(self) -> Entries:
        """The documents, in the order of the file."""
        return Entries(self)

    @cached_property
    def by_key(self) -> Mapping[str, Sequence[int]]:
        """The numbers of the entries that have a key, in the order of the file."""
        return Numbers(self.keys)

    @property
    def format(self) -> str:
        """The format number as it stands in the header, "" when there is no file."""
        found = _HEADER.match(self.header.encode())
        return found[1].decode().strip() if found else ""

    @property
    def test(self) -> str:
        """The test that the header names, or nothing."""
        return _test_of(self.header.encode())

    @property
    def newest(self) -> str:
        """When the newest document was recorded, as it stands there; "" when none says so."""
        return max((_value(part, _AT).partition(b'"')[0] for part in self.parts), default=b"").decode()

    @property
    def warning(self) -> str:
        """What a user should know about a torn end; "" when there is none."""
        if self.torn is None:
            return ""
        return (
            f"{self.where}:{self.torn}: the last recording is not complete, because the run that wrote "
            "it was stopped. It is ignored; the next recording moves it to a .torn file beside the cassette."
        )

    def text(self, entry: Entry) -> str:
        """The text of a document without its `---` line; it ends with a newline."""
        part = self.parts[entry.number]
        if any(mark in part for mark in _MARKS):
            raise _conflict(part, self.where, entry.line)
        if (at := part.find(b"\n---")) >= 0:
            line = entry.line + part.count(b"\n", 0, at) + 1
            raise CassetteError(f"{self.where}:{line}: the line between two recordings is '---' and no more.")
        try:
            return part.decode("utf-8") + "\n"
        except UnicodeDecodeError as error:
            raise _not_text(error, self.where, entry.line) from error

    def line_of(self, number: int) -> int:
        """The line on which the text of an entry begins; lines are counted as far as somebody asked."""
        with self._counting:
            lines = self._lines
            if not lines:
                lines.append(self.header.count("\n") + 2)
            for part in self.parts[len(lines) - 1 : number]:
                lines.append(lines[-1] + part.count(b"\n") + 2)
            return lines[number]

    def __repr__(self) -> str:
        return f"<{len(self.parts)} recordings in {self.where}>"


def is_whole(tail: bytes) -> bool:
    """Whether a file that ends so ends as we write it: quick, and True only when that is certain."""
    return tail.endswith(b"}\n") and tail.startswith(b"\nrecorded: {", tail.rfind(b"\n", 0, -1))


def _plain(data: bytes) -> bytes:
    """The bytes as we would have written them: no byte order mark, and lines that end in a newline only."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    return data.replace(b"\r\n", b"\n") if b"\r" in data[:1024] else data


def _check(data: bytes, where: str) -> None:
    """Refuse what does not begin as a cassette does, and a conflict in its header."""
    header = data[: data.find(_BETWEEN) + 1] or data
    if _CONFLICT.search(header):
        raise _conflict(header, where, 1)
    if not _HEADER.match(header) and not _FIRST.startswith(data.rstrip(b"\0")):
        raise CassetteError(
            f"{where}: this is no cassette, because it does not begin with 'llmock_cassette:'. It is left as "
            "it is: move it away, or give the cassette another name."
        )


def _whole_length(data: bytes) -> int:
    """How many bytes stand before a torn end; all, when there is none."""
    if is_whole(data[-8192:]):
        return len(data)
    start = data.rfind(b"\n---") + 1
    last = data.rfind(b"\nrecorded:" if start else b"\ncreated:", start)
    if last < 0:
        return start
    end = data.find(b"\n", last + 1) + 1
    if not end:  # an editor that ends files without a newline, or a cut
        return len(data) if start and _is_closed(data[last:]) else start
    return end + _added_by_hand(data[end:])


def _is_closed(line: bytes) -> bool:
    """Whether every quote and brace of a flow mapping is closed: a cut before its end leaves one open."""
    bare = _QUOTED.sub(b"", line).rstrip()
    return bare.endswith(b"}") and bare.count(b"{") == bare.count(b"}") and b'"' not in bare


def _added_by_hand(rest: bytes) -> int:
    """How much of what follows the last line that we write a hand may have added.

    The first bytes of an append, or the zeros that a power cut leaves, are not that.
    """
    zero = rest.find(b"\0")
    line = rest.rfind(b"\n", 0, zero if zero >= 0 else None) + 1
    return line if zero >= 0 or rest[line:] in {b"-", b"--"} else len(rest)


def _keys(parts: Sequence[bytes], data: bytes, header: bytes, where: str) -> Sequence[bytes]:
    """The key of each document with its newline, from few bytes of each if all are as we write them."""
    end = parts[0].find(b"\n") + 1 if parts else 0
    keys = [part[len(_KEY) : end] for part in parts]
    joined = b"".join(keys)
    one_each = all(keys) and joined.count(b"\n") == len(parts)
    if (
        one_each
        and not joined.translate(None, _KEY_CHARACTERS)
        and {part[-1] for part in parts} <= {ord("}")}
    ):
        return keys
    if any(mark in data for mark in _MARKS):
        raise _conflict(data, where, 1)
    return list(_keys_by_hand(parts, where, header.count(b"\n") + 2))


def _keys_by_hand(parts: Sequence[bytes], where: str, line: int) -> Iterator[bytes]:
    """The keys of documents that somebody may have edited; `line` is the first of the first."""
    for part in parts:
        if b"\nrecorded:" not in b"\n" + part:
            raise CassetteError(
                f"{where}:{line}: the recording that begins here is not complete, because it has no line "
                "'recorded: {…}'. Restore the file, or delete this recording and record it again."
            )
        keys = [key for key in _KEY_LINE.findall(part) if key]
        if len(keys) != 1:
            raise CassetteError(
                f"{where}:{line}: {len(keys) or 'no'} lines of the recording that begins here are "
                "'interaction: <key>'; there is one in each, and a line '---' before it. Restore the file, "
                "or delete this recording and record it again."
            )
        yield keys[0] + b"\n"
        line += part.count(b"\n") + 2


def _test_of(document: bytes) -> str:
    """What the `test:` line of a document or header says: JSON as we write it, or as a hand may."""
    second = document.find(b"\n") + 1
    if document.startswith(_KEY) and document.startswith(b"request:", second):
        return ""
    value = _value(b"\n" + document, b"\ntest:").partition(b"\n")[0].decode("utf-8", "replace").strip()
    if not value.startswith('"'):
        return value.strip("'")
    try:
        return str(json.loads(value))
    except ValueError:
        return value.strip('"')


def _value(part: bytes, name: bytes) -> bytes:
    """What follows the last `name`, or nothing."""
    return part.rpartition(name)[2] if name in part else b""


def _not_text(error: UnicodeDecodeError, where: str, line: int) -> CassetteError:
    line += error.object.count(b"\n", 0, error.start)
    return CassetteError(f"{where}:{line}: this line is not UTF-8 text. Restore the file.")


def _conflict(data: bytes, where: str, line: int) -> CassetteError:
    found = _CONFLICT.search(data)
    line += data.count(b"\n", 0, found.start() if found else 0)
    return CassetteError(
        f"{where}:{line}: a merge conflict is not resolved. Keep both sides (each recording stands for "
        f"itself), take out the lines that mark the conflict, then run: pytest-llmock cassettes show {where}"
    )

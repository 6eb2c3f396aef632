"""Which files are cassettes, what lies beside them, and what is in them, damaged or not.

Other tools keep cassettes in folders of the same name, and `*.yaml` is everybody's: in a folder a file is
ours when it has our header or a recording.
"""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest_llmock.cassettes import format as documents
from pytest_llmock.cassettes.blobs import Blobs
from pytest_llmock.cassettes.files import read
from pytest_llmock.cassettes.index import Entry, Index
from pytest_llmock.cassettes.interaction import Interaction
from pytest_llmock.cassettes.store import Store
from pytest_llmock.errors import CassetteError, SettingsError

FOLDER = "cassettes"
FRESH_S = 60.0  # a file that has not changed for so long is nobody's work any more

_FIRST = b"llmock_cassette:"
_OUR_LINE = re.compile(rb"^(?:\xef\xbb\xbf)?(?:llmock_cassette|interaction):", re.MULTILINE)
_BESIDE = re.compile(r"(.+\.ya?ml)(?:\.failed|\.[0-9a-f]{8}\.recording)")
_LINE = re.compile(r"(?::|, line )([0-9]+): |: ")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a file, and the line where it is; as text `cassettes/test_x.yaml:5: …`."""

    path: Path
    line: int
    text: str

    @classmethod
    def of(cls, error: CassetteError, path: Path, *, line: int = 1) -> "Problem":
        """The error as a problem of that file, in the line that it names, or else in `line`."""
        rest = error.message.removeprefix(str(path))
        place = _LINE.match(rest) if rest != error.message else None
        if place is None:
            return cls(path, line, f"this{rest}" if rest.startswith(" ") else error.message)
        return cls(path, int(place[1] or line), rest[place.end() :])

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


@dataclass(frozen=True, slots=True)
class Recording:
    """One document of a cassette: what it says, or what keeps it from being read; `number` 1 is the first."""

    entry: Entry
    content: Interaction | Problem

    @property
    def number(self) -> int:
        return self.entry.number + 1


@dataclass(frozen=True, slots=True)
class Opened:
    """A cassette that can be read, at least in part."""

    path: Path
    index: Index
    header: documents.Header

    @classmethod
    def at(cls, path: Path) -> "Opened":
        """The cassette at `path`. Raises CassetteError for what is none, or no format we read."""
        index = Store(path).load()
        if not index.header and index.torn is None:
            raise CassetteError(f"{path}: there is no recording in this file.")
        where = str(path)
        head = documents.read_header(index.header, where=where) if index.header else documents.Header("", "")
        return cls(path, index, head)

    @property
    def recordings(self) -> Iterator[Recording]:
        """Each document, in the order of the file."""
        blobs = Blobs(self.path.parent)
        for entry in self.index.entries:
            yield Recording(entry, self._read(entry, blobs))

    @property
    def torn(self) -> list[Problem]:
        """The recording that was cut off while it was written, if there is one."""
        if self.index.torn is None:
            return []
        text = "the last recording is not complete; the next one that is written moves it to a .torn file"
        return [Problem(self.path, self.index.torn, f"{text}.")]

    def _read(self, entry: Entry, blobs: Blobs) -> Interaction | Problem:
        text, where = self.index.text, str(self.path)
        migrate = documents.migration_from(self.header.format)
        try:
            return documents.read(text(entry), where=where, line=entry.line, blobs=blobs, migrate=migrate)
        except CassetteError as error:
            return Problem.of(error, self.path, line=entry.line)


def given(paths: Iterable[Path], *, exist: bool = True) -> list[Path]:
    """The files and folders that are meant; with `exist`, a SettingsError for one that does not."""
    meant = list(paths) or list(_default_folders())
    missing = [path for path in meant if exist and not path.exists()]
    if missing:
        raise SettingsError(
            f"There is no file or folder {missing[0]}. Name cassettes or folders, or nothing at all for "
            f"every folder '{FOLDER}' below this one."
        )
    return meant


def cassettes(paths: Iterable[Path] = ()) -> list[Path]:
    """The cassettes that the paths name: files as they are, and what is ours in folders, in order.

    Without paths, those of every folder `cassettes` below the current one. Raises SettingsError for a path
    that leads nowhere.
    """
    found = (path for place in given(paths) for path in ([place] if place.is_file() else _ours(place)))
    return list(dict.fromkeys(found))


def beside(paths: Iterable[Path] = ()) -> list[Path]:
    """What failed and killed runs have left in the folders, or beside the cassettes, that the paths name.

    The oldest comes first. A path may name such a file itself, and a cassette that does not exist yet.
    """
    found: dict[Path, None] = {}
    for path in given(paths, exist=False):
        if _BESIDE.fullmatch(path.name) and path.is_file():
            found[path] = None
        elif path.is_dir():
            found |= dict.fromkeys(child for child in path.rglob("*.y*ml.*") if cassette_of(child))
        else:
            found |= dict.fromkeys(leftovers(path))
    return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path))


def awaited(paths: Iterable[Path] = ()) -> list[Path]:
    """The cassettes that do not exist yet because the runs that recorded for them failed or were killed."""
    named = (cassette_of(path) for path in beside(paths))
    return list(dict.fromkeys(path for path in named if path is not None and not path.exists()))


def leftovers(cassette: Path) -> list[Path]:
    """What failed and killed runs have left beside a cassette."""
    if not cassette.parent.is_dir():
        return []
    return sorted(path for path in cassette.parent.iterdir() if cassette_of(path) == cassette)


def cassette_of(leftover: Path) -> Path | None:
    """The cassette beside which it lies: `test_x.yaml` for `test_x.yaml.failed`; None for any other file."""
    match = _BESIDE.fullmatch(leftover.name)
    return None if match is None else leftover.with_name(match[1])


def is_ours(path: Path) -> bool:
    """Whether a file has our header, be it cut off, or a recording."""
    data = read(path)
    return bool(_OUR_LINE.search(data)) or (bool(data) and _FIRST.startswith(data.rstrip(b"\0")))


def _default_folders() -> Iterator[Path]:
    """Every folder of the right name that is not inside another, environments and hidden folders left out."""
    if Path.cwd().name == FOLDER:
        yield Path()
        return
    for where, names, _ in os.walk("."):
        names[:] = sorted(name for name in names if not _is_foreign(Path(where, name)))
        if FOLDER in names:
            names.remove(FOLDER)
            yield Path(where, FOLDER)


def _is_foreign(folder: Path) -> bool:
    hidden = folder.name.startswith(".") or folder.name in {"node_modules", "__pycache__"}
    return hidden or (folder / "pyvenv.cfg").is_file()


def _ours(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.yaml") if path.is_file() and is_ours(path))

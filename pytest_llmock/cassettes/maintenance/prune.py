"""What nobody needs any more: recordings of a certain age, cassettes without any, blobs without a document.

Rule: only what is certain goes. A recording that does not say when it was made stays, and so do the blobs
that any file beside them mentions, be it damaged, and those that have only just been written.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from pathlib import Path

from pytest_llmock.cassettes import files
from pytest_llmock.cassettes.blobs import FOLDER, referenced
from pytest_llmock.cassettes.maintenance.found import FRESH_S, Opened, Problem, Recording
from pytest_llmock.cassettes.record import seconds_of
from pytest_llmock.cassettes.store import Store
from pytest_llmock.cassettes.unused import remove
from pytest_llmock.errors import CassetteError

_BLOB = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{2,4}|\.[0-9a-f]{64}\.[a-z0-9]{2,4}\.[0-9-]+\.tmp")


@dataclass(frozen=True, slots=True)
class Removal:
    """A recording that goes (`number` 1 is the first of its file), or a whole file (0), and why."""

    path: Path
    why: str
    number: int = 0
    key: str = ""


def unneeded(path: Path, *, older_than: timedelta | None, now: float) -> list[Removal | Problem]:
    """What goes from a cassette: recordings that are older, or all of it when it has none.

    `now` is in seconds since 1970. What cannot be judged because it cannot be read is a Problem.
    """
    try:
        opened = Opened.at(path)
    except CassetteError as error:
        return [Problem.of(error, path)]
    if not opened.index.entries and opened.index.torn is None:
        return [Removal(path, "it has no recording")]
    if older_than is None:
        return []
    judged = (_judged(recording, path, older_than, now) for recording in opened.recordings)
    return [each for each in judged if each is not None]


def _judged(recording: Recording, path: Path, older_than: timedelta, now: float) -> Removal | Problem | None:
    content = recording.content
    if isinstance(content, Problem):
        return content
    at = content.recorded.at
    try:
        age = timedelta(seconds=now - seconds_of(at)) if at else timedelta()
    except ValueError:
        return Problem(path, recording.entry.line, f"{at!r} is no time, so that its age is not known.")
    if age <= older_than:
        return None
    return Removal(path, f"it was recorded {age.days} days ago", recording.number, recording.entry.key)


def unmentioned(folder: Path, *, without: Iterable[Removal] = (), now: float) -> list[Removal]:
    """The blobs of a folder `blobs` that no file beside it mentions, when `without` has gone."""
    if not folder.is_dir():
        return []
    gone = {(removal.path.resolve(), removal.number) for removal in without}
    kept = set[str]()
    for path in folder.parent.iterdir():
        if path.is_file():
            kept |= referenced(_rest(path, gone))
    return [
        Removal(path, "no recording mentions it")
        for path in sorted(folder.iterdir())
        if _BLOB.fullmatch(path.name) and path.name not in kept and now - path.stat().st_mtime > FRESH_S
    ]


def _rest(path: Path, gone: set[tuple[Path, int]]) -> str:
    """What is left of a file when some of its recordings have gone."""
    real = path.resolve()
    if all(other != real for other, _ in gone):
        return files.read(path).decode("utf-8", "replace")
    index = Store(path).load()
    return "".join(index.text(entry) for entry in index.entries if (real, entry.number + 1) not in gone)


def carry_out(removals: Iterable[Removal]) -> None:
    """Remove all that; a cassette that is left without recordings is removed itself."""
    for path, group in groupby(removals, key=lambda removal: removal.path):
        recordings = [(removal.number - 1, removal.key) for removal in group if removal.number]
        if recordings:
            remove(path, recordings)
        else:
            files.remove(path)


def blob_folders(paths: Iterable[Path]) -> Iterator[Path]:
    """The folders `blobs` below folders and beside files."""
    for path in paths:
        yield from [path.parent / FOLDER] if path.is_file() else sorted(path.rglob(FOLDER))

"""Recordings that nobody played, and cassettes whose test is gone: found, told, removed.

Rule: only what is certain is told. A recording is unused when the test that made it ran all its phases,
passed, and nobody played it; a cassette is orphaned when a run that collected every test has none for it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypedDict

from pytest_llmock.cassettes.index import Index
from pytest_llmock.cassettes.policy import shown
from pytest_llmock.cassettes.store import Store
from pytest_llmock.errors import CassetteError

SHOWN = 10

# a recording: its number in the file (0 is the first) and its key
Recording = tuple[int, str]


class Account(TypedDict):
    """What one passed test did with its cassette, in types that can travel between xdist's workers."""

    path: str
    played: list[Recording]
    unplayed: list[Recording]


def unused(accounts: Iterable[Account]) -> dict[Path, list[Recording]]:
    """The recordings that no test played, by file."""
    played: dict[str, set[Recording]] = {}
    unplayed: dict[str, set[Recording]] = {}
    for account in accounts:
        played.setdefault(account["path"], set()).update((n, key) for n, key in account["played"])
        unplayed.setdefault(account["path"], set()).update((n, key) for n, key in account["unplayed"])
    left = {Path(path): sorted(found - played[path]) for path, found in sorted(unplayed.items())}
    return {path: found for path, found in left.items() if found}


def orphans(folders: Iterable[Path], known: Collection[Path], tests: Collection[str]) -> list[Path]:
    """The cassettes in the folders that are neither one of `known` nor recorded by one of `tests` (node ids).

    A file that names no test (recorded by a server, imported, shared) is nobody's orphan.
    """
    found = {path for folder in folders for path in folder.rglob("*.yaml")}.difference(known)
    return sorted(path for path in found if is_cassette(path) and _is_orphan(path, tests))


def _is_orphan(path: Path, tests: Collection[str]) -> bool:
    try:
        test = Store(path).load().test
    except CassetteError:
        return False
    return bool(test) and test not in tests and "<redacted:" not in test


def is_cassette(path: Path) -> bool:
    """Whether the file is one of ours: other tools keep theirs in folders of the same name."""
    with path.open("rb") as file:
        return file.read(1024).lstrip(b"\xef\xbb\xbf").startswith(b"llmock_cassette:")


def told(found: Mapping[Path, Sequence[Recording]], gone: Sequence[Path], rootdir: Path) -> list[str]:
    """A line for each file with unused recordings and for each orphan, and what to do about them."""
    lines = [*_unused_lines(found, rootdir), *(f"{shown(path, rootdir)}: its test is gone" for path in gone)]
    if not lines:
        return []
    more = len(lines) - SHOWN
    rest = [f"… and {more} more files"] if more > 0 else []
    return [*lines[:SHOWN], *rest, "remove them with --llmock-unused=prune, or say nothing with =ignore"]


def prune(found: Mapping[Path, Sequence[Recording]], gone: Sequence[Path], rootdir: Path) -> list[str]:
    """Remove unused recordings and orphaned cassettes; a line for each file that changed."""
    for path, recordings in found.items():
        remove(path, recordings)
    for path in gone:
        path.unlink(missing_ok=True)
    removed = [f"{line}, removed" for line in _unused_lines(found, rootdir)]
    return removed + [f"{shown(path, rootdir)}: its test is gone, removed" for path in gone]


def remove(path: Path, recordings: Sequence[Recording]) -> None:
    """Remove recordings from a file; one that is left without any is removed itself."""
    unwanted = set(recordings)

    def rest(index: Index) -> list[str]:
        return [
            index.text(entry)
            for number, entry in enumerate(index.entries)
            if (number, entry.key) not in unwanted
        ]

    Store(path).rewrite(rest)


def _unused_lines(found: Mapping[Path, Sequence[Recording]], rootdir: Path) -> Iterator[str]:
    for path, recordings in found.items():
        numbers = ", ".join(str(number + 1) for number, _ in recordings)
        many = f"recordings {numbers} were" if len(recordings) > 1 else f"recording {numbers} was"
        yield f"{shown(path, rootdir)}: {many} not played"

"""What must not be committed: damaged recordings, recordings that answer no call any more, and secrets."""

from collections.abc import Iterator
from pathlib import Path

from pytest_llmock.cassettes.blobs import FOLDER, referenced
from pytest_llmock.cassettes.files import read
from pytest_llmock.cassettes.identity import key_of
from pytest_llmock.cassettes.interaction import Interaction
from pytest_llmock.cassettes.maintenance.found import Opened, Problem
from pytest_llmock.cassettes.redact import Redactor
from pytest_llmock.errors import CassetteError


def scan(path: Path, redactor: Redactor) -> list[Problem]:
    """All that is wrong with a cassette and its blobs, in the order of their lines."""
    text = read(path).decode("utf-8", "replace")
    found = [*_unreadable(path), *_secrets(path, text, redactor)]
    for blob in sorted(path.parent / FOLDER / name for name in referenced(text)):
        if blob.is_file():
            found += _secrets(blob, read(blob).decode("utf-8", "replace"), redactor)
    return sorted(found, key=lambda problem: (problem.path != path, problem.path, problem.line))


def _unreadable(path: Path) -> Iterator[Problem]:
    try:
        opened = Opened.at(path)
    except CassetteError as error:
        yield Problem.of(error, path)
        return
    for recording in opened.recordings:
        content, entry = recording.content, recording.entry
        if isinstance(content, Problem):
            yield content
        elif key_of(content.request) != entry.key:
            yield Problem(path, entry.line, _edited(content, path))
    yield from opened.torn


def _edited(interaction: Interaction, path: Path) -> str:
    return (
        f"the request was edited, so that its identity is {key_of(interaction.request)} now. Undo the "
        f"edit, or let it stand: pytest-llmock cassettes migrate {path}"
    )


def _secrets(path: Path, text: str, redactor: Redactor) -> Iterator[Problem]:
    """Each secret with the line where it stands, or the first where it takes several."""
    names = dict.fromkeys(redactor.survivors(text))
    if not names:
        return
    for number, line in enumerate(text.split("\n"), 1):
        for name in redactor.survivors(line):
            names.pop(name, None)
            yield _secret(path, number, name)
    for name in names:
        yield _secret(path, 1, name)


def _secret(path: Path, line: int, name: str) -> Problem:
    return Problem(
        path,
        line,
        f"a secret stands here ({name}). Write <redacted:{name}> in its place, and get a new one if others "
        "can have seen it.",
    )

"""Recordings that came from elsewhere, made a cassette."""

from collections.abc import Sequence
from pathlib import Path

from pytest_llmock.cassettes import format as documents
from pytest_llmock.cassettes.blobs import Blobs
from pytest_llmock.cassettes.identity import key_of
from pytest_llmock.cassettes.interaction import Interaction
from pytest_llmock.cassettes.record import iso
from pytest_llmock.cassettes.redact import Redactor
from pytest_llmock.cassettes.store import Store
from pytest_llmock.errors import CassetteError


def keep(path: Path, interactions: Sequence[Interaction], *, redactor: Redactor, now: float) -> None:
    """Write a cassette that any test may use, in place of what was there; `now` in seconds since 1970.

    The interactions have been redacted. Raises CassetteError when a secret stands in them all the same, or
    when the file cannot be written.
    """
    blobs = Blobs(
        path.parent, guard=lambda _, content: _check(path, content.decode("utf-8", "replace"), redactor)
    )
    texts = [documents.write(each, key=key_of(each.request), blobs=blobs) for each in interactions]
    for text in texts:
        _check(path, text, redactor)
    Store(path).rewrite(lambda _: texts, header=documents.header("", iso(now)), replace_header=True)


def _check(path: Path, text: str, redactor: Redactor) -> None:
    if left := redactor.survivors(text):
        raise CassetteError(
            f"{path}: this was not written, because {', '.join(left)} would stand in it. Take the secret out "
            "of the file that is imported."
        )

"""Cassettes of older formats and edited requests, made such that this version plays them.

Rule: what need not change stays as it is, to the byte; hand-made layout and comments included.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from pytest_llmock.cassettes import format as documents
from pytest_llmock.cassettes.blobs import Blobs
from pytest_llmock.cassettes.format import FORMAT, MIGRATIONS, Header, Migrations
from pytest_llmock.cassettes.identity import key_of
from pytest_llmock.cassettes.index import Entry, Index
from pytest_llmock.cassettes.store import Store


@dataclass(frozen=True, slots=True)
class Migrated:
    """What changes in a cassette: the format it has, and how many recordings get a new identity."""

    path: Path
    format: int
    rekeyed: int

    def __bool__(self) -> bool:
        """Whether anything changes."""
        return self.rekeyed > 0 or self.format < FORMAT


def migrate(path: Path, *, dry_run: bool = False, migrations: Migrations = MIGRATIONS) -> Migrated:
    """Rewrite the cassette where that is needed. Raises CassetteError, and then nothing was changed."""
    store = Store(path)
    index = store.load()
    header = documents.read_header(index.header, where=str(path), migrations=migrations)
    work = _Work(path, header, migrations)
    if dry_run or not index.entries:  # an empty one is for `prune` to remove
        work.done(index)
    elif header.format < FORMAT:
        new = documents.header(header.test, header.created)
        store.rewrite(work.done, header=new, replace_header=True)
    else:
        store.rewrite(work.done)
    return Migrated(path, header.format, work.rekeyed)


@dataclass(slots=True)
class _Work:
    path: Path
    header: Header
    migrations: Migrations
    rekeyed: int = 0

    def done(self, index: Index) -> list[str]:
        """The documents as they have to be."""
        self.rekeyed = 0
        return [self._document(index.text(entry), entry) for entry in index.entries]

    def _document(self, text: str, entry: Entry) -> str:
        blobs, where = Blobs(self.path.parent), str(self.path)
        step = documents.migration_from(self.header.format, self.migrations)
        interaction = documents.read(text, where=where, line=entry.line, blobs=blobs, migrate=step)
        key = key_of(interaction.request)
        self.rekeyed += key != entry.key
        if self.header.format < FORMAT:
            return documents.write(interaction, key=key, blobs=blobs)
        return text if key == entry.key else _with_key(text, entry.key, key)


def _with_key(text: str, old: str, new: str) -> str:
    line = rf"^(interaction:[ \t]*[\"']?){re.escape(old)}"
    return re.sub(line, rf"\g<1>{new}", text, count=1, flags=re.MULTILINE)

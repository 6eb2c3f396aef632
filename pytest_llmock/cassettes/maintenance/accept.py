"""What failed and killed runs have left, taken into the cassettes that it lies beside.

Rules: nothing is lost, whenever this is stopped: the cassette has it before the file beside it goes, and
doing it again changes nothing.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from pytest_llmock.cassettes.index import Index
from pytest_llmock.cassettes.maintenance.found import FRESH_S, cassette_of
from pytest_llmock.cassettes.overlay import Overlay
from pytest_llmock.cassettes.store import Store
from pytest_llmock.errors import CassetteError


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of the recordings of one file: so many took the place of others, so many were added."""

    source: Path
    cassette: Path
    replaced: int
    added: int


def accept(source: Path, *, now: float, force: bool = False) -> Accepted:
    """Take the recordings of a `.failed` or `.recording` file into its cassette; the file is gone afterwards.

    `now` is in seconds since 1970: a `.recording` that has just been written to may belong to a test that is
    running, and without `force` it is refused with a CassetteError.
    """
    cassette = cassette_of(source)
    if cassette is None:
        raise CassetteError(f"{source}: only what a run has left is accepted: a .failed or .recording file.")
    if source.suffix == ".recording" and now - source.stat().st_mtime < FRESH_S and not force:
        raise CassetteError(
            f"{source}: this was written less than {FRESH_S:.0f} seconds ago, so the test that records it "
            "may still be running. Wait for its end, or take what is there with --force."
        )
    found = Store(source).load()
    overlay = Overlay(found)

    def taken(index: Index) -> list[str]:
        _checked(index, found)
        return overlay.over(index)

    Store(cassette).rewrite(taken, header=found.header)
    Store(source).rewrite(lambda index: _without(index, found))
    return Accepted(source, cassette, overlay.replaced, overlay.added)


def _checked(index: Index, found: Index) -> None:
    if index.header and found.header and index.format != found.format:
        raise CassetteError(
            f"{found.where}: this has format {found.format}, and its cassette format {index.format}. "
            f"Run: pytest-llmock cassettes migrate {Path(index.where).parent}"
        )


def _without(index: Index, taken: Index) -> list[str]:
    """The documents that have come since `taken` was read."""
    known = Counter(taken.text(entry) for entry in taken.entries)
    rest = []
    for text in map(index.text, index.entries):
        if known[text]:
            known[text] -= 1
        else:
            rest.append(text)
    return rest

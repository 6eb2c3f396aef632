"""Recordings laid over others: each takes the place of the one with the same test, request and position.

The position counts equal requests of one test, so that the second of three is replaced by the second of
those that come. Where there is nothing to replace, a recording comes behind all others.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_llmock.cassettes.index import Entry, Index

# whose recording, of which request, which of several
_Identity = tuple[str, str, int]


@dataclass(slots=True)
class Overlay:
    """Lays the recordings of `above` over those of another file, and counts what became of them."""

    above: Index
    replaced: int = 0
    added: int = 0

    def over(self, index: Index) -> list[str]:
        """The documents of both, in the order of `index`."""
        anew = {identity: self.above.text(entry) for identity, entry in _identified(self.above)}
        texts = [anew.pop(identity, index.text(entry)) for identity, entry in _identified(index)]
        self.replaced, self.added = len(self.above.entries) - len(anew), len(anew)
        return [*texts, *anew.values()]


def _identified(index: Index) -> Iterator[tuple[_Identity, Entry]]:
    count: Counter[tuple[str, str]] = Counter()
    for entry in index.entries:
        owner = entry.test, entry.key
        yield (*owner, count[owner]), entry
        count[owner] += 1

"""Which recording answers next: each plays once, in the order of the file, a test's own before others'.

A slot is reserved when the call begins and never given back, so that equal calls under way together get
what was recorded in the order they were issued, whichever of them ends first.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pytest_llmock.cassettes.identity import key_of
from pytest_llmock.cassettes.index import Index
from pytest_llmock.cassettes.match import Level, Matcher
from pytest_llmock.llm import JSON

Requests = Callable[[int], Mapping[str, JSON]]


@dataclass(frozen=True, slots=True)
class Slot:
    """The recording that answers: its number in the file, and at which level it matched."""

    number: int
    level: Level


def is_cancelled(index: Index, number: int) -> bool:
    """Whether that recording is of a call that was cancelled."""
    return "\ncancelled: true" in index.text(index.entries[number])


@dataclass(slots=True)
class _Queue:
    """The recordings that answer one request, and how many of them were given."""

    numbers: tuple[int, ...]
    given: int = 0


@dataclass(slots=True)
class Player:
    """The recordings of a cassette as one test plays them. `request_at(number)` reads what one asks."""

    index: Index
    owners: tuple[str, ...]
    test: str
    matcher: Matcher
    request_at: Requests
    played: set[int] = field(default_factory=set)
    _queues: dict[tuple[Level, str], _Queue] = field(default_factory=dict)
    _loose: dict[str, list[int]] | None = None
    _asked: tuple[Mapping[str, JSON], list[tuple[Level, _Queue]]] | None = None

    def take(self, request: Mapping[str, JSON], *, repeat: bool) -> Slot | None:
        """The next recording of this request, or None; `repeat` gives the last one again and again.

        Of calls that were cancelled none repeats: who asks again would wait for nothing.
        """
        queues = self._queues_for(request)
        for level, queue in queues:
            while queue.given < len(queue.numbers):
                number = queue.numbers[queue.given]
                queue.given += 1
                if number not in self.played:  # a looser level may have given it already
                    self.played.add(number)
                    return Slot(number, level)
        for level, queue in queues if repeat else ():
            for number in reversed(queue.numbers):
                if not is_cancelled(self.index, number):
                    return Slot(number, level)
        return None

    def recorded(self, request: Mapping[str, JSON]) -> int:
        """How many recordings of this request there are, played or not, at the test's level."""
        return len(self._queue(self.matcher.level, request).numbers)

    def place_of(self, number: int) -> int:
        """How many recordings of the same request and owner stand before that number."""
        key, owner = self.index.entries[number].key, self.owners[number]
        return sum(self.owners[other] == owner for other in self.index.by_key[key] if other < number)

    def unplayed(self) -> list[int]:
        """The numbers of this test's own recordings that nobody asked for."""
        return [
            number
            for number, owner in enumerate(self.owners)
            if number not in self.played and owner == self.test
        ]

    def _queues_for(self, request: Mapping[str, JSON]) -> list[tuple[Level, _Queue]]:
        """The queues that may answer, the strictest first; worked out once for a request that comes again."""
        if self._asked is None or self._asked[0] is not request:
            level = self.matcher.level
            levels: list[Level] = [level] if level in ("exact", "sequence") else ["exact", level]
            self._asked = request, [(level, self._queue(level, request)) for level in levels]
        return self._asked[1]

    def _queue(self, level: Level, request: Mapping[str, JSON]) -> _Queue:
        key = key_of(request) if level == "exact" else self.matcher.key(request) or ""
        queue = self._queues.get((level, key))
        if queue is None:
            queue = self._queues[level, key] = _Queue(self._own_first(self._numbers(level, key)))
        return queue

    def _numbers(self, level: Level, key: str) -> list[int]:
        if level == "exact":
            return list(self.index.by_key.get(key, ()))
        if self._loose is None:
            self._loose = {}
            for number in range(len(self.index.entries)):
                loose = self.matcher.key(self.request_at(number)) or ""
                self._loose.setdefault(loose, []).append(number)
        return self._loose.get(key, [])

    def _own_first(self, numbers: list[int]) -> tuple[int, ...]:
        return tuple(sorted(numbers, key=lambda number: self.owners[number] != self.test))

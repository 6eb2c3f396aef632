"""What the cache holds and gives: the variants of each key, those in the making, and how it went."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from pytest_llmock.generation.variants import Make, Variant


@dataclass(frozen=True, slots=True)
class Order:
    """What a request wants of the cache: variants of `key`, `size` of them made ahead.

    `make` makes them for the request; `refill` makes others when it is gone, None where nobody should.
    """

    key: str
    name: str
    size: int
    make: Make
    refill: Make | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """Variants for a request: from the cache have the source "cache"; `warnings` say what failed before."""

    variants: tuple[Variant, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CacheStats:
    """How the cache did: `hits` were there when they were asked for, `misses` had to be made first.

    `made` counts variants, `refills` how often some were made behind a request, `failures` those that could
    not be made; `expired` and `evicted` keys that were forgotten for their age or for want of room.
    """

    hits: int = 0
    misses: int = 0
    made: int = 0
    refills: int = 0
    failures: int = 0
    expired: int = 0
    evicted: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """A key of the cache: how many variants are `ready`, of the `size` that are made ahead."""

    key: str
    name: str
    ready: int
    size: int


@dataclass(eq=False, slots=True)
class Flight:
    """Variants in the making, from number `first` on; `waiting` is how many requests need them.

    `is_ahead`: no request began that.
    """

    is_ahead: bool
    first: int = 0
    task: "asyncio.Task[None] | None" = None
    made: list[Variant] = field(default_factory=list)
    failed: list[Exception] = field(default_factory=list)
    waiting: int = 0
    shared: int = 0

    def share(self) -> Variant:
        """One of the variants for somebody for whom none is left, each in its turn."""
        self.shared += 1
        return self.made[(self.shared - 1) % len(self.made)]


@dataclass(eq=False, slots=True)
class Entry:
    """The variants of one key."""

    key: str
    name: str
    created: float
    used: float = 0.0
    size: int = 0
    is_kept: bool = True
    ready: deque[Variant] = field(default_factory=deque)
    next: int = 0
    flight: Flight | None = None
    problems: list[str] = field(default_factory=list)

    def take(self, count: int) -> list[Variant]:
        """As many of the variants as there are, up to `count`."""
        return [self.ready.popleft() for _ in range(min(count, len(self.ready)))]

    def land(self, flight: Flight) -> None:
        """The variants of a flight are there, or will never be."""
        if self.flight is flight:
            self.flight = None

    def abandon(self, flight: Flight) -> None:
        """Nobody needs the variants of a flight any more: whoever comes now begins another, with the same."""
        if flight.task is None or flight.task.done():
            return
        flight.task.cancel()
        if self.flight is flight:
            self.flight, self.next = None, flight.first

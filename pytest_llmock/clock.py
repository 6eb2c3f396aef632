"""The one clock and the one source of randomness; both are passed in, never reached for.

`random.Random.seed(int)` and `.random()` give the same numbers on every CPython version and machine;
`choice`, `sample`, `shuffle` and `randint` have changed between versions. So golden values are made
only from `random()`: `pick` and `below` here do what those methods would.
"""

import asyncio
import hashlib
import time
from collections.abc import Sequence
from random import Random
from typing import Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    """Time as the package sees it: seconds that only grow, the date, and waiting."""

    def monotonic(self) -> float: ...
    def wall(self) -> float: ...
    async def sleep(self, seconds: float, /) -> None: ...


class SystemClock:
    """The real time."""

    def monotonic(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()

    async def sleep(self, seconds: float, /) -> None:
        await asyncio.sleep(seconds)


def seed_of(*parts: object) -> int:
    """A 64-bit seed that depends only on the text of `parts`, and is the same everywhere."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")


def random_for(*parts: object) -> Random:
    """A random source of its own for whatever `parts` name."""
    return Random(seed_of(*parts))  # noqa: S311 - reproducible on purpose, nothing here is secret


def below(random: Random, limit: int) -> int:
    """A whole number from 0 to `limit - 1`."""
    return int(random.random() * limit)


def pick(random: Random, items: Sequence[T]) -> T:
    """One of `items`, which must not be empty."""
    return items[int(random.random() * len(items))]

"""Answers made ahead: `$cache: N` makes N variants of one at once, and gives each of them to one request.

Rules:
- The variants of a key are numbered from 0, and given in that order, each once.
- Requests that find none left wait for those that are being made, or make them: several at a time make them
  once. Those for whom there are not enough then share the last that were made.
- When less than `CacheRefreshThresholdPercent` of N are left, others are made behind the request where its
  order has a `refill`. That is work of the session, which ends with it; what fails is told to the next
  request of that key.
- A key is forgotten when nobody asked for it in `CacheSlidingExpirationMinutes`, and
  `CacheAbsoluteExpirationMinutes` after it was first asked for. Beyond `MaxItems` keys the one longest
  unasked goes; with a `CachePriority` of 3 none does, and the new one is not kept.
"""

import asyncio
import logging
import zlib
from collections.abc import Iterable
from dataclasses import replace

from pytest_llmock.clock import Clock
from pytest_llmock.config import Settings
from pytest_llmock.errors import LLMockError
from pytest_llmock.generation.entries import CacheStats, Entry, Flight, Kept, Order, Taken
from pytest_llmock.generation.variants import Make, Variant
from pytest_llmock.llm import JSON
from pytest_llmock.pool.deadline import Deadline, overdue

log = logging.getLogger("pytest_llmock")

NEVER_REMOVE = 3  # what CachePriority calls so


class Cache:
    """The cache of one session: `cache.stats`, `cache.keys`, `cache.clear()`. `work` has its tasks."""

    def __init__(self, settings: Settings, clock: Clock, *, work: "set[asyncio.Task[object]]") -> None:
        self.settings, self._clock, self._work = settings, clock, work
        self._entries: dict[str, Entry] = {}
        self._stats = CacheStats()

    @property
    def stats(self) -> CacheStats:
        """How it did since it began, or was cleared."""
        return self._stats

    @property
    def keys(self) -> tuple[Kept, ...]:
        """What is in it, the key longest unasked first; a key is shown in `CacheKeyHashLength` digits."""
        digits = self.settings.cache_key_hash_length
        entries = list(self._entries.values())
        return tuple(Kept(each.key[:digits], each.name, len(each.ready), each.size) for each in entries)

    def clear(self) -> None:
        """Forget everything; what is being made is not kept any more."""
        self._entries, self._stats = {}, CacheStats()

    def json(self) -> dict[str, JSON]:
        """What `/llmock/stats` says of it."""
        counts = {name: getattr(self._stats, name) for name in CacheStats.__dataclass_fields__}
        keys: list[JSON] = [
            {"key": kept.key, "request": kept.name, "ready": kept.ready, "size": kept.size}
            for kept in self.keys
        ]
        return {**counts, "keys": keys}

    async def take(self, order: Order, count: int, deadline: Deadline) -> Taken:
        """`count` variants for a request.

        Raises what made the first of them impossible, when there is not one, and DeadlineError.
        """
        entry = self._entry(order)
        ready = entry.take(count)
        self._count(hits=len(ready))
        served = [replace(self._opened(variant), source="cache") for variant in ready]
        if len(served) < count:
            served += await self._waited(entry, order, count - len(served), deadline)
        told, entry.problems = entry.problems, []
        self._refill(entry, order)
        return Taken(tuple(served), tuple(told))

    async def _waited(
        self, entry: Entry, order: Order, count: int, deadline: Deadline, *, may_share: bool | None = None
    ) -> list[Variant]:
        """Variants that must be made first, by this request or by the one that has begun to."""
        may_share = count == 1 if may_share is None else may_share
        is_first = entry.flight is None
        size = max(order.size, count) if entry.is_kept else count
        flight = entry.flight or self._begin(entry, size, order.make)
        await self._landed(entry, flight, None if is_first else deadline)
        got = [self._opened(variant) for variant in entry.take(count)]
        if may_share and not got:
            got = [flight.share()]
        self._count(misses=len(got))
        served = got if is_first else [replace(variant, source="cache") for variant in got]
        if len(served) < count:
            served += await self._waited(entry, order, count - len(served), deadline, may_share=False)
        return served

    async def _landed(self, entry: Entry, flight: Flight, deadline: Deadline | None) -> None:
        """Wait for the flight, up to the deadline; nobody who waits can end it but the last."""
        assert flight.task is not None
        flight.waiting += 1
        try:
            if deadline is None:  # its own, which the calls it makes have too
                await asyncio.wait({flight.task})
            else:
                await self._in_time(flight.task, deadline)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.is_ahead:
                entry.abandon(flight)
        if not flight.made:
            flight.task.result()  # it was cancelled
            raise flight.failed[0]

    async def _in_time(self, task: "asyncio.Task[None]", deadline: Deadline) -> None:
        late = asyncio.Event()
        alarm = self._clock.call_at(deadline.expires, late.set)
        overtime = asyncio.create_task(late.wait())
        try:
            await asyncio.wait({task, overtime}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            alarm.cancel()
            overtime.cancel()
        if not task.done():
            raise overdue(deadline)

    def _refill(self, entry: Entry, order: Order) -> None:
        """Have other variants made when few are left."""
        left = len(entry.ready)
        enough = left * 100 >= order.size * self.settings.cache_refresh_threshold_percent
        if order.refill is None or not entry.is_kept or entry.flight or (left and enough):
            return
        self._count(refills=1)
        self._begin(entry, order.size - left, order.refill, is_ahead=True)

    def _begin(self, entry: Entry, size: int, make: Make, *, is_ahead: bool = False) -> Flight:
        numbers = range(entry.next, entry.next + size)
        flight = entry.flight = Flight(is_ahead, numbers.start)
        entry.next = numbers.stop
        task = flight.task = asyncio.create_task(self._fill(entry, flight, numbers, make))
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        task.add_done_callback(lambda _: entry.land(flight))
        return flight

    async def _fill(self, entry: Entry, flight: Flight, numbers: range, make: Make) -> None:
        try:
            outcomes = await make(numbers)
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever waits is told
            outcomes = [error]
        flight.made = [each for each in outcomes if isinstance(each, Variant)]
        flight.failed = [each for each in outcomes if isinstance(each, Exception)]
        self._count(made=len(flight.made), failures=len(flight.failed))
        entry.ready.extend(self._packed(flight.made))
        if not flight.made:
            entry.next = numbers.start
        if flight.failed and (flight.made or flight.is_ahead):
            entry.problems.append(_told(flight.failed, len(numbers)))
            log.warning("%s: %s", entry.name, entry.problems[-1])

    def _packed(self, variants: Iterable[Variant]) -> Iterable[Variant]:
        if not self.settings.enable_cache_compression:
            return variants
        return [replace(variant, body=zlib.compress(variant.body)) for variant in variants]

    def _opened(self, variant: Variant) -> Variant:
        if not self.settings.enable_cache_compression:
            return variant
        return replace(variant, body=zlib.decompress(variant.body))

    def _entry(self, order: Order) -> Entry:
        """The entry of the key, which nobody has asked for longer than any other from now on."""
        now = self._clock.monotonic()
        entry = self._entries.pop(order.key, None)
        if entry is not None and self._is_over(entry, now):
            self._count(expired=1)
            entry = None
        entry = entry or Entry(order.key, order.name, now)
        entry.used, entry.size = now, order.size
        entry.is_kept = self._has_room(now)
        if entry.is_kept:
            self._entries[order.key] = entry
        else:
            entry.problems.append(
                f"The cache keeps {self.settings.max_items} keys (MaxItems) and gives up none "
                f"(CachePriority {NEVER_REMOVE}): this answer is not kept."
            )
        return entry

    def _has_room(self, now: float) -> bool:
        """Whether another key can be kept; others may have to go."""
        most = self.settings.max_items
        if len(self._entries) < most:
            return True
        over = [key for key, entry in self._entries.items() if self._is_over(entry, now)]
        for key in over:
            del self._entries[key]
        self._count(expired=len(over))
        if len(self._entries) < most:
            return True
        if self.settings.cache_priority >= NEVER_REMOVE:
            return False
        del self._entries[next(iter(self._entries))]
        self._count(evicted=1)
        return True

    def _is_over(self, entry: Entry, now: float) -> bool:
        lasting = self.settings.cache_absolute_expiration_minutes
        if lasting is not None and now - entry.created >= lasting * 60:
            return True
        return now - entry.used >= self.settings.cache_sliding_expiration_minutes * 60

    def _count(self, **more: int) -> None:
        stats = self._stats
        self._stats = replace(stats, **{name: getattr(stats, name) + n for name, n in more.items()})

    def __len__(self) -> int:
        return sum(len(entry.ready) for entry in list(self._entries.values()))

    def __repr__(self) -> str:
        return f"<cache of {len(self._entries)} keys, {len(self)} answers ready>"


def _told(failed: list[Exception], asked: int) -> str:
    first = failed[0]
    text = first.message if isinstance(first, LLMockError) else f"{type(first).__name__}: {first}"
    return f"{len(failed)} of {asked} answers for the cache could not be made. {text}"

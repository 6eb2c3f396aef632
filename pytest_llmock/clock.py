"""The one clock and the one source of randomness; both are passed in, never reached for.

`random.Random.seed(int)` and `.random()` give the same numbers on every CPython version and machine;
`choice`, `sample`, `shuffle` and `randint` have changed between versions. So golden values are made
only from `random()`: `pick` and `below` here do what those methods would.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random
from threading import Lock
from typing import Protocol, TypeVar

T = TypeVar("T")
# passes of the event loop in which a woken task can begin its next wait
_TURNS = 10


class Alarm(Protocol):
    """What will happen at its time, unless it is cancelled before."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """Time as the package sees it: seconds that only grow, the date, waiting, and what is done at its time.

    `call_at` takes a moment of `monotonic`, and is called, and calls, in the thread of an event loop.
    """

    def monotonic(self) -> float: ...
    def wall(self) -> float: ...
    async def sleep(self, seconds: float, /) -> None: ...
    def call_at(self, when: float, action: Callable[[], None], /) -> Alarm: ...


class SystemClock:
    """The real time."""

    def monotonic(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()

    async def sleep(self, seconds: float, /) -> None:
        await asyncio.sleep(seconds)

    def call_at(self, when: float, action: Callable[[], None], /) -> Alarm:
        return asyncio.get_running_loop().call_later(max(0.0, when - time.monotonic()), action)


class VirtualClock:
    """Time that does not wait: whoever sleeps is woken at once, when the time has been moved that far.

    It goes on with the real time too, so that what really takes time does here. Sleepers wake in the order of
    their times, whoever began first. An alarm goes off when the time is moved past it, but nobody moves the
    time to it: what it guards may be waiting for something real. Use it from one event loop; `advance` may be
    called from anywhere. `real` is the clock beneath it.
    """

    def __init__(self, real: Clock | None = None) -> None:
        self.real = real or SystemClock()
        self._ahead, self._moving = 0.0, Lock()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._alarms: list[tuple[float, int, _VirtualAlarm]] = []
        self._number = 0
        self._wakes: asyncio.Task[None] | None = None

    def monotonic(self) -> float:
        return self.real.monotonic() + self._ahead

    def wall(self) -> float:
        return self.real.wall() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the time: what was to happen in between is due."""
        if seconds < 0:
            raise ValueError(f"Time only grows: it cannot be advanced by {seconds:g} s.")
        with self._moving:
            self._ahead += seconds
        loop = self._alarms[0][2].loop if self._alarms else None
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._ring)

    def call_at(self, when: float, action: Callable[[], None], /) -> Alarm:
        while self._alarms and self._alarms[0][2].is_over:
            heappop(self._alarms)
        self._number += 1
        alarm = _VirtualAlarm(action, asyncio.get_running_loop())
        alarm.real = self.real.call_at(when - self._ahead, alarm.ring)
        heappush(self._alarms, (when, self._number, alarm))
        return alarm

    def _ring(self) -> None:
        while self._alarms and (self._alarms[0][2].is_over or self._alarms[0][0] <= self.monotonic()):
            heappop(self._alarms)[2].ring()

    def _move(self, due: float) -> None:
        with self._moving:
            self._ahead += max(0.0, due - self.monotonic())

    async def sleep(self, seconds: float, /) -> None:
        self._number += 1
        awake = asyncio.get_running_loop().create_future()
        heappush(self._sleepers, (self.monotonic() + max(seconds, 0.0), self._number, awake))
        if self._wakes is None or self._wakes.done():
            self._wakes = asyncio.create_task(self._wake())
        await awake

    async def _wake(self) -> None:
        """Move the time from sleeper to sleeper, and let each do what it woke for before the next wakes."""
        while self._sleepers:
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            while self._sleepers and self._sleepers[0][2].done():  # cancelled: the time stays
                heappop(self._sleepers)
            if self._sleepers:
                self._go_on()

    def _go_on(self) -> None:
        """Wake the next sleeper, or set off the alarm that is due before."""
        if self._alarms and self._alarms[0][0] < self._sleepers[0][0]:
            when, _, alarm = heappop(self._alarms)
            if not alarm.is_over:
                self._move(when)
                alarm.ring()
            return
        due, _, awake = heappop(self._sleepers)
        self._move(due)
        awake.set_result(None)


@dataclass(eq=False, slots=True)
class _VirtualAlarm:
    """An alarm that rings once: when virtual time comes to it, or real time does."""

    action: Callable[[], None]
    loop: asyncio.AbstractEventLoop
    real: Alarm | None = None
    is_over: bool = False

    def cancel(self) -> None:
        self.is_over = True
        if self.real is not None:
            self.real.cancel()

    def ring(self) -> None:
        if not self.is_over:
            self.cancel()
            self.action()


@dataclass(slots=True)
class Elapsed:
    """The seconds of `clock`, and those that a replay did not take; what was skipped together counts once."""

    clock: Clock
    ahead_s: float = 0.0

    def monotonic(self) -> float:
        return self.clock.monotonic() + self.ahead_s

    def skip_to(self, moment: float) -> None:
        """It is that time now, unless it is later already."""
        self.ahead_s += max(0.0, moment - self.monotonic())


def real(clock: Clock) -> Clock:
    """The clock that goes by itself: of a virtual one the one beneath it."""
    return clock.real if isinstance(clock, VirtualClock) else clock


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

"""A backend that ends in time: the deadline of a request, outermost of all, and the time of one attempt."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from functools import partial
from types import coroutine
from typing import TypeVar

from pytest_llmock.clock import Alarm, Clock, Elapsed
from pytest_llmock.errors import BackendError, DeadlineError, Failure
from pytest_llmock.llm import Backend, Delta, Deltas, Prompt

T = TypeVar("T")

# what a backend may take to clean up when its time is over, before that is cancelled too
CLEAN_UP_S = 0.5


@dataclass(slots=True)
class Deadline:
    """The moment of the clock's monotonic time at which a request has failed, `allowed_s` after it began.

    `skipped_s` is what a recording spares us. It counts all the same: what was given up when it was recorded
    would otherwise be asked again in replay, and take the recording of another call. What is asked side by
    side has a `part` each: of several waits at a time the longest counts, not their sum.
    """

    expires: float
    allowed_s: float
    skipped_s: float = 0.0
    whole: "Deadline | None" = None

    def part(self) -> "Deadline":
        """The same moment, for one of those that are asked side by side, or one after the other."""
        return Deadline(self.expires, self.allowed_s, self.skipped_s, self)

    def skip(self, spared_s: float) -> None:
        """So many seconds of a recording were not waited."""
        self.skipped_s += spared_s
        if self.whole is not None:
            self.whole.skip(max(0.0, self.skipped_s - self.whole.skipped_s))

    def allows(self, wait_s: float, clock: Clock) -> bool:
        """Whether a wait that begins now ends in time."""
        return clock.monotonic() + self.skipped_s + wait_s < self.expires


@dataclass(frozen=True, slots=True)
class Times:
    """The time that a call has, and that of its session, to which it adds what a replay skips."""

    deadline: Deadline
    elapsed: Elapsed

    @property
    def clock(self) -> Clock:
        return self.elapsed.clock

    def allow(self, wait_s: float) -> bool:
        """Whether a wait that begins now ends before the deadline."""
        return self.deadline.allows(wait_s, self.clock)

    def skip(self, spared_s: float, *, to: float) -> None:
        """So many seconds were not waited; in the session's time it is `to` at least."""
        self.deadline.skip(spared_s)
        self.elapsed.skip_to(to)


def deadline_in(allowed_s: float, clock: Clock) -> Deadline:
    """The deadline of a request that begins now."""
    return Deadline(clock.monotonic() + allowed_s, allowed_s)


def overdue(deadline: Deadline) -> DeadlineError:
    """What a request is told whose time is over."""
    return DeadlineError(
        f"The request was not answered within {deadline.allowed_s:g} s. Allow more with the header "
        "X-LLM-Timeout, the query parameter 'timeout' or the setting DeadlineSeconds."
    )


def within(backend: Backend, deadline: Deadline, clock: Clock, *, is_whole: bool = False) -> Backend:
    """`backend`, cut off at the deadline with a `DeadlineError`.

    `is_whole`: nothing is passed on before the answer is complete, which then is one wait and not many.
    """

    def expired() -> BackendError:
        return overdue(deadline)

    def bounded(prompt: Prompt, /) -> Deltas:
        until = _all_until if is_whole else _until
        return until(deadline.expires, clock, backend(prompt), expired)

    return bounded


def timed(backend: Backend, name: str, allowed_s: float, clock: Clock) -> Backend:
    """`backend`, each of whose attempts may take that long; longer is a failure of the kind `timeout`."""

    def expired() -> BackendError:
        problem = f"Backend '{name}' did not complete its answer within {allowed_s:g} s (TimeoutSeconds)."
        return BackendError(Failure("timeout", problem), backend=name)

    def bounded(prompt: Prompt, /) -> Deltas:
        return _until(clock.monotonic() + allowed_s, clock, backend(prompt), expired)

    return bounded


async def _until(expires: float, clock: Clock, deltas: Deltas, expired: Callable[[], BackendError]) -> Deltas:
    """The deltas that come in time; only waits are cut off: a timeout around a `yield` cancels the reader."""
    guard = _Guard(expires, clock)
    try:
        while (delta := await guard.waited(lambda: anext(deltas, None))) is not None:
            yield delta
    except _ExpiredError:
        raise expired() from None
    finally:
        guard.disarm()
        await deltas.aclose()


async def _all_until(
    expires: float, clock: Clock, deltas: Deltas, expired: Callable[[], BackendError]
) -> Deltas:
    """The deltas, when all of them came in time: one wait for many."""
    guard = _Guard(expires, clock)
    try:
        pieces = await guard.waited(lambda: _all(deltas))
    except _ExpiredError:
        raise expired() from None
    finally:
        guard.disarm()
        await deltas.aclose()
    for delta in pieces:
        yield delta


async def _all(deltas: Deltas) -> list[Delta]:
    return [delta async for delta in deltas]


@coroutine
def noticing(awaited: Awaitable[T], on_wait: Callable[[], None]) -> Generator[object, object, T]:
    """What is awaited; `on_wait` is called once, when that does not come at once. On any event loop."""
    steps: Generator[object, object, T] = awaited.__await__()
    resume: Callable[[], object] = partial(next, steps)
    has_waited = False
    while True:
        try:
            wait = resume()
        except StopIteration as end:
            value: T = end.value
            return value
        if not has_waited:
            has_waited = True
            on_wait()
        try:
            sent = yield wait
            resume = partial(next, steps) if sent is None else partial(steps.send, sent)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is for the one who waits
            resume = partial(steps.throw, error)


class _ExpiredError(Exception):
    """The guard's time is over."""


class _Guard:
    """One timer for many waits: it strikes the wait under way, or the next one.

    `asyncio.timeout` around each wait would say the same at several times the cost. What comes at once, as
    most answers of embedded backends do, is no wait, and costs next to nothing.
    """

    def __init__(self, expires: float, clock: Clock) -> None:
        self._expires, self._clock = expires, clock
        self._is_expired = expires <= clock.monotonic()
        self._strikes = 0
        self._waiting: asyncio.Task[object] | None = None
        self._cancelling = 0  # of it by others, before it began to wait
        self._alarm: Alarm | None = None

    async def waited(self, begin: Callable[[], Awaitable[T]]) -> T:
        """What is waited for, when it comes in time. Raises _ExpiredError."""
        if self._is_expired:
            raise _ExpiredError
        try:
            came = await noticing(begin(), self._watch)
        except asyncio.CancelledError:
            if self._took_back() and not self._is_cancelled:
                raise _ExpiredError from None
            raise  # somebody else cancelled the task, perhaps at the same moment
        finally:
            was_struck, self._waiting = self._took_back(), None
        if was_struck:  # and the backend answered that with anything
            raise _ExpiredError
        return came

    def disarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()

    def _watch(self) -> None:
        """This task begins to wait."""
        task = asyncio.current_task()
        assert task is not None
        self._waiting, self._cancelling = task, task.cancelling()
        self._alarm = self._alarm or self._clock.call_at(self._expires, self._strike)

    def _strike(self) -> None:
        """Cancel the wait, and again as long as that is answered with more waiting: clean-up may hang too."""
        self._is_expired = True
        if self._waiting is not None:
            self._strikes += 1
            self._waiting.cancel()
            self._alarm = self._clock.call_at(self._clock.monotonic() + CLEAN_UP_S, self._strike)

    @property
    def _is_cancelled(self) -> bool:
        """Whether somebody else has cancelled the task that waits."""
        return self._waiting is not None and self._waiting.cancelling() > self._cancelling

    def _took_back(self) -> bool:
        """Whether a cancellation was ours; then it no longer counts."""
        if self._waiting is None or not self._strikes:
            return False
        for _ in range(self._strikes):
            self._waiting.uncancel()
        self._strikes = 0
        return True

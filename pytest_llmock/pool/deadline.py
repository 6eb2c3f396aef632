"""A backend that ends in time: the deadline of a request, outermost of all, and the time of one attempt."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from pytest_llmock.clock import Alarm, Clock
from pytest_llmock.errors import BackendError, DeadlineError, Failure
from pytest_llmock.llm import Backend, Deltas, Prompt


@dataclass(slots=True)
class Deadline:
    """The moment of the clock's monotonic time at which a request has failed, `allowed_s` after it began.

    `skipped_s` are waits that a recording spares us. They count all the same: what was given up when it was
    recorded would otherwise be asked again in replay, and take the recording of another call.
    """

    expires: float
    allowed_s: float
    skipped_s: float = 0.0

    def allows(self, wait_s: float, clock: Clock) -> bool:
        """Whether a wait that begins now ends in time."""
        return clock.monotonic() + self.skipped_s + wait_s < self.expires


def deadline_in(allowed_s: float, clock: Clock) -> Deadline:
    """The deadline of a request that begins now."""
    return Deadline(clock.monotonic() + allowed_s, allowed_s)


def within(backend: Backend, deadline: Deadline, clock: Clock) -> Backend:
    """`backend`, cut off at the deadline with a `DeadlineError`."""

    def expired() -> BackendError:
        return DeadlineError(
            f"The request was not answered within {deadline.allowed_s:g} s. Allow more with the header "
            "X-LLM-Timeout, the query parameter 'timeout' or the setting DeadlineSeconds."
        )

    def bounded(prompt: Prompt, /) -> Deltas:
        return _until(deadline.expires, clock, backend(prompt), expired)

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
        while True:
            guard.begin()
            try:
                delta = await anext(deltas, None)
            except asyncio.CancelledError:
                guard.check_cancelled()
                raise  # somebody else cancelled the task, perhaps at the same moment
            finally:
                guard.end()
            if delta is None:
                return
            yield delta
    except _ExpiredError:
        raise expired() from None
    finally:
        guard.disarm()
        await deltas.aclose()


class _ExpiredError(Exception):
    """The guard's time is over."""


class _Guard:
    """One timer for many waits: it strikes the wait under way, or the next one.

    `asyncio.timeout` around each wait would say the same at several times the cost. The alarm is set when the
    loop has its next turn: most answers of embedded backends are over by then.
    """

    def __init__(self, expires: float, clock: Clock) -> None:
        self._expires, self._clock = expires, clock
        self._is_expired = expires <= clock.monotonic()
        self._has_struck = False
        self._waiting: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._alarm: Alarm = asyncio.get_running_loop().call_soon(self._arm)

    def begin(self) -> None:
        """A wait begins."""
        if self._is_expired:
            raise _ExpiredError
        task = asyncio.current_task()
        assert task is not None
        self._waiting, self._cancelling = task, task.cancelling()

    def check_cancelled(self) -> None:
        """The wait was cancelled: raise _ExpiredError if nobody but this guard did that."""
        task = self._waiting
        if task is not None and self._took_back(task) and task.cancelling() <= self._cancelling:
            raise _ExpiredError from None

    def end(self) -> None:
        """The wait is over."""
        task, self._waiting = self._waiting, None
        if self._has_struck and task is not None:
            self._took_back(task)  # the backend may have answered the cancellation with anything

    def disarm(self) -> None:
        self._alarm.cancel()

    def _arm(self) -> None:
        self._alarm = self._clock.call_at(self._expires, self._strike)

    def _strike(self) -> None:
        self._is_expired = True
        if self._waiting is not None:
            self._has_struck = True
            self._waiting.cancel()

    def _took_back(self, task: "asyncio.Task[object]") -> bool:
        """Whether a cancellation was ours; then it no longer counts."""
        was_ours, self._has_struck = self._has_struck, False
        if was_ours:
            task.uncancel()
        return was_ours

"""A backend that ends in time: the deadline of a request, outermost of all, and the time of one attempt."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from pytest_llmock.clock import Clock
from pytest_llmock.errors import BackendError, DeadlineError, Failure
from pytest_llmock.llm import Backend, Delta, Deltas, Prompt


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment of the clock's monotonic time at which a request has failed, `allowed_s` after it began."""

    expires: float
    allowed_s: float


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
        return _until(deadline.expires - clock.monotonic(), backend(prompt), expired)

    return bounded


def timed(backend: Backend, name: str, allowed_s: float) -> Backend:
    """`backend`, each of whose attempts may take that long; longer is a failure of the kind `timeout`."""

    def expired() -> BackendError:
        problem = f"Backend '{name}' did not complete its answer within {allowed_s:g} s (TimeoutSeconds)."
        return BackendError(Failure("timeout", problem), backend=name)

    def bounded(prompt: Prompt, /) -> Deltas:
        return _until(allowed_s, backend(prompt), expired)

    return bounded


async def _until(seconds: float, deltas: Deltas, expired: Callable[[], BackendError]) -> Deltas:
    """The deltas that come in time; only waits are cut off: a timeout around a `yield` cancels the reader."""
    guard = _Guard(seconds)
    try:
        while (delta := await guard.next(deltas)) is not None:
            yield delta
    except _ExpiredError as error:
        raise expired() from error
    finally:
        guard.disarm()
        await deltas.aclose()


class _ExpiredError(Exception):
    """The guard's time is over."""


class _Guard:
    """One timer for many waits: it strikes the wait under way, or the next one.

    `asyncio.timeout` around each wait would say the same at several times the cost.
    """

    def __init__(self, seconds: float) -> None:
        self._expired = asyncio.Event()
        self._waiting: asyncio.Task[object] | None = None
        self._timer = asyncio.get_running_loop().call_later(max(seconds, 0), self._strike)
        if seconds <= 0:
            self._strike()

    async def next(self, deltas: Deltas) -> Delta | None:
        if self._expired.is_set():
            raise _ExpiredError
        task = asyncio.current_task()
        assert task is not None
        cancelling = task.cancelling()
        self._waiting = task
        try:
            return await anext(deltas, None)
        except asyncio.CancelledError:
            if self._expired.is_set() and task.uncancel() <= cancelling:
                raise _ExpiredError from None
            raise  # somebody else cancelled the task, perhaps at the same moment
        finally:
            self._waiting = None

    def disarm(self) -> None:
        self._timer.cancel()

    def _strike(self) -> None:
        self._expired.set()
        if self._waiting is not None:
            self._waiting.cancel()

"""A circuit breaker: a backend that is out of order is left alone for a while, then tried with one call.

    closed ── threshold outages in a row ──► open ── its time is over ──► half open
       ▲                                      ▲                               │
       │                                      └─── the probe meets an outage ─┤
       └───────────────────────────────────────────────── the probe succeeds ─┘

Each time a probe fails the breaker stays open longer: by one duration more, up to ten. Calls that began
before a change of state no longer count when they end. The state is that of one session, and all its requests
share it.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import NoReturn

from pytest_llmock.clock import Elapsed
from pytest_llmock.errors import BackendError, BreakerOpenError, Failure
from pytest_llmock.pool.guard import Guard, State
from pytest_llmock.pool.verdict import is_outage, says_nothing

_LONGEST = 10  # durations


@dataclass(frozen=True, slots=True)
class _Pass:
    """Leave to ask the backend; `era` numbers the state in which it was given."""

    era: int


class Breaker:
    """The breaker of one backend: `trips`, `refused` and `cause` say how it went so far."""

    def __init__(self, backend: str, *, threshold: int, duration_s: float, elapsed: Elapsed) -> None:
        self.backend = backend
        self.trips = 0
        self.refused = 0
        self.cause: Failure | None = None
        self._threshold, self._duration_s, self._elapsed = threshold, duration_s, elapsed
        self._close()

    def _close(self, era: int = 0) -> None:
        self._failures = 0  # outages in a row while closed
        self._in_a_row = 0  # trips since it was last closed
        self._opens_at = 0.0
        self._is_probing = False
        self._era = era

    @property
    def state(self) -> State:
        """Whether calls pass (`closed`), are refused (`open`), or one may try (`half_open`)."""
        if not self._in_a_row:
            return "closed"
        return "half_open" if self._is_probing or self.wait_s <= 0 else "open"

    @property
    def guard(self) -> Guard:
        """How it stands, for those who only watch."""
        return Guard(self.state, self.trips, self.refused)

    @property
    def wait_s(self) -> float:
        """Seconds until a call may try the backend; 0 when one may now."""
        return max(0.0, self._opens_at - self._elapsed.monotonic()) if self._in_a_row else 0.0

    @property
    def is_probing(self) -> bool:
        """Whether a call is trying the backend now."""
        return self._is_probing

    @property
    def is_ejected(self) -> bool:
        """Whether a call would be refused now."""
        return self._in_a_row > 0 and (self._is_probing or self.wait_s > 0)

    def check(self) -> None:
        """Raise BreakerOpenError when a call would be refused now."""
        if self.is_ejected:
            self._refuse()

    def _refuse(self) -> NoReturn:
        self.refused += 1
        raise BreakerOpenError(self.backend, wait_s=self.wait_s, cause=self.cause)

    def reset(self) -> None:
        """Close it, and forget its history; calls under way no longer count."""
        self.trips, self.refused, self.cause = 0, 0, None
        self._close(self._era + 1)

    def enter(self, *, early: bool = False) -> _Pass:
        """Leave to ask the backend. Raises BreakerOpenError.

        `early` lets a call try before the time, where there is nobody else to ask; but still one at a time.
        """
        if self._in_a_row:
            if self._is_probing or (self.wait_s > 0 and not early):
                self._refuse()
            self._is_probing = True
        return _Pass(self._era)

    def entered(self, *, early: bool = False) -> AbstractContextManager[None]:
        """`enter` before a call, and what its end says behind it."""
        return _Entered(self, early)

    def leave(self, given: _Pass, failure: Failure | None) -> None:
        """The call is over: it succeeded, or failed so."""
        if given.era != self._era:
            return
        if failure is not None and is_outage(failure):
            self._failures += 1
            self.cause = failure
            if self._in_a_row or self._failures >= self._threshold:
                self._trip()
        elif failure is not None and says_nothing(failure):
            self._is_probing = False
        elif self._in_a_row:
            self._close(self._era + 1)
        else:
            self._failures = 0

    def note_overrun(self, failure: Failure) -> None:
        """A call did not end before the deadline of its request, which came to us as a caller who left."""
        self.leave(_Pass(self._era), failure)

    def release(self, given: _Pass) -> None:
        """The call was given up by its caller, which says nothing of the backend."""
        if given.era == self._era:
            self._is_probing = False

    def _trip(self) -> None:
        self.trips += 1
        self._in_a_row += 1
        self._era += 1
        self._is_probing = False
        self._opens_at = self._elapsed.monotonic() + self._duration_s * min(self._in_a_row, _LONGEST)


class _Entered(AbstractContextManager[None]):
    """A call past the breaker; a context manager made of a generator would take twice as long."""

    __slots__ = ("_breaker", "_early", "_given")

    def __init__(self, breaker: Breaker, early: bool) -> None:
        self._breaker, self._early = breaker, early

    def __enter__(self) -> None:
        self._given = self._breaker.enter(early=self._early)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._breaker.leave(self._given, None)
        elif isinstance(error, BackendError):
            self._breaker.leave(self._given, error.failure)
        else:
            self._breaker.release(self._given)

"""What the calls of one session know of each backend: its breaker, its queues, how it may be asked again."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pytest_llmock.choice import Choice
from pytest_llmock.clock import Elapsed
from pytest_llmock.config import Settings
from pytest_llmock.pool.breaker import Breaker
from pytest_llmock.pool.guard import Guard
from pytest_llmock.pool.retry import Repeats


@dataclass(eq=False, slots=True)
class Member:
    """One backend as the calls of a session share it: `busy` of them are being answered or wait in a queue.

    `breaker` is None when breakers are off. `queues` are passed one after the other: the backend's own, if it
    takes a bounded number of calls at a time, and that of the session.
    """

    name: str
    weight: int = 1
    priority: int = 0
    breaker: Breaker | None = None
    queues: tuple[asyncio.Semaphore, ...] = ()
    repeats: Repeats = field(default_factory=Repeats)
    busy: int = 0

    @property
    def is_ejected(self) -> bool:
        """Whether its breaker would refuse a call now."""
        return self.breaker is not None and self.breaker.is_ejected

    @property
    def guard(self) -> Guard:
        """How its breaker stands; closed when there is none."""
        return self.breaker.guard if self.breaker is not None else Guard()

    @property
    def patience(self) -> tuple[bool, float]:
        """What asking it early asks for: whether it is being tried already, seconds until it would be."""
        breaker = self.breaker
        return (False, 0.0) if breaker is None else (breaker.is_probing, breaker.wait_s)


class Members(Mapping[str, Member]):
    """The members by name, in any case; one comes into being when it is first asked for."""

    def __init__(self, settings: Settings, choice: Choice, *, elapsed: Elapsed) -> None:
        self._settings, self._choice, self._elapsed = settings, choice, elapsed
        self._room = asyncio.Semaphore(settings.max_concurrent_requests)
        self._known: dict[str, Member] = {}

    def __getitem__(self, name: str) -> Member:
        known = self._known.get(name.lower())
        if known is None:
            known = self._known[name.lower()] = self._new(name)
        return known

    def __iter__(self) -> Iterator[str]:
        return iter([member.name for member in self._known.values()])

    def __len__(self) -> int:
        return len(self._known)

    def forget(self) -> None:
        """Begin again: breakers closed, budgets full. Calls under way go on with what they began with."""
        self._known.clear()

    def _new(self, name: str) -> Member:
        entry, breaker = self._settings.backend_named(name), self._breaker(name)
        repeats = self._repeats(name, breaker)
        if entry is None:
            return Member(name, breaker=breaker, queues=(self._room,), repeats=repeats)
        limit = entry.max_concurrent_requests
        queues = (asyncio.Semaphore(limit), self._room) if limit else (self._room,)
        return Member(name, entry.weight, entry.priority, breaker, queues, repeats)

    def _breaker(self, name: str) -> Breaker | None:
        settings = self._settings
        if not settings.enable_circuit_breaker:
            return None
        threshold = settings.circuit_breaker_failure_threshold
        duration_s = settings.circuit_breaker_duration_seconds
        return Breaker(name, threshold=threshold, duration_s=duration_s, elapsed=self._elapsed)

    def _repeats(self, name: str, breaker: Breaker | None) -> Repeats:
        settings = self._settings
        most = settings.max_retry_attempts if settings.enable_retry_policy else 0
        seed = (self._choice.seed, self._choice.test, "retry", name)
        return Repeats(most, settings.retry_base_delay_seconds, seed, breaker)

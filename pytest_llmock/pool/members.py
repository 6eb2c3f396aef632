"""What the calls of one session know of each backend: its breaker, its queue, its budget of repeats."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pytest_llmock.clock import Clock
from pytest_llmock.config import Settings
from pytest_llmock.pool.breaker import Breaker
from pytest_llmock.pool.budget import RetryBudget
from pytest_llmock.pool.guard import Guard


@dataclass(eq=False, slots=True)
class Member:
    """One backend as the calls of a session share it: `busy` of them are under way or waiting.

    `breaker` is None when breakers are off, `slots` when any number of calls may run at a time.
    """

    name: str
    weight: int = 1
    priority: int = 0
    breaker: Breaker | None = None
    slots: asyncio.Semaphore | None = None
    budget: RetryBudget = field(default_factory=RetryBudget)
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

    def may_repeat(self) -> bool:
        """Whether a call that failed may be made again; that takes from the budget."""
        return not self.is_ejected and self.budget.take()


class Members(Mapping[str, Member]):
    """The members by name, in any case; one comes into being when it is first asked for."""

    def __init__(self, settings: Settings, *, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
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
        entry = self._settings.backend_named(name)
        if entry is None:
            return Member(name, breaker=self._breaker(name))
        limit = entry.max_concurrent_requests
        slots = asyncio.Semaphore(limit) if limit else None
        return Member(name, entry.weight, entry.priority, self._breaker(name), slots)

    def _breaker(self, name: str) -> Breaker | None:
        settings = self._settings
        if not settings.enable_circuit_breaker:
            return None
        threshold = settings.circuit_breaker_failure_threshold
        duration_s = settings.circuit_breaker_duration_seconds
        return Breaker(name, threshold=threshold, duration_s=duration_s, clock=self._clock)

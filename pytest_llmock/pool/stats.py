"""What a backend did, counted from its attempts each time somebody asks, so that nothing is counted twice.

Percentiles are nearest-rank: the p95 is the smallest duration that at least 95 % of the calls did not exceed,
so it is one that was measured.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import fsum
from typing import get_args

from pytest_llmock.journal import Attempt, Outcome
from pytest_llmock.llm import Usage
from pytest_llmock.pool.guard import Guard


@dataclass(frozen=True, slots=True)
class Latency:
    """How long the calls took that succeeded or failed, in seconds; all 0 where `count` is."""

    count: int = 0
    total_s: float = 0.0
    mean_s: float = 0.0
    p50_s: float = 0.0
    p95_s: float = 0.0
    p99_s: float = 0.0
    max_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Stats:
    """What one backend did: `calls == successes + failures + cancelled + under_way`, retries included.

    `refused` are those that we did not let through (record mode, no recording, a wrong request) and
    `breaker.refused` those that its breaker did not: neither is a call. `retries` and `failovers` are the
    calls made because it, or another backend, had failed. `cost` is the sum of the costs that are known, in
    US dollars, None when that is none of them; `unpriced` is the number of calls whose cost nobody knows.
    Replayed calls cost nothing, and are in neither.
    `last_error` is "" without a failure.
    """

    calls: int
    successes: int
    failures: int
    cancelled: int
    under_way: int
    refused: int
    retries: int
    failovers: int
    breaker: Guard
    latency: Latency
    usage: Usage
    cost: Decimal | None
    unpriced: int
    last_error: str

    @property
    def is_used(self) -> bool:
        """Whether anybody has asked it, let through or not."""
        return bool(self.calls or self.refused or self.breaker.refused)


def stats_of(attempts: Iterable[Attempt], guard: Guard) -> Stats:
    """What the attempts at one backend come to, oldest first; `guard` is its breaker."""
    by: dict[Outcome | None, list[Attempt]] = {outcome: [] for outcome in (*get_args(Outcome), None)}
    for attempt in attempts:
        by[attempt.outcome].append(attempt)  # read once: it may end while we count
    answered = by["success"] + by["failure"]
    over = answered + by["cancelled"]
    made = over + by[None]
    paid = [attempt for attempt in over if attempt.source != "replayed"]
    prices = [attempt.cost for attempt in paid if attempt.cost is not None]
    return Stats(
        calls=len(made),
        successes=len(by["success"]),
        failures=len(by["failure"]),
        cancelled=len(by["cancelled"]),
        under_way=len(by[None]),
        refused=len(by["refused"]),
        retries=sum(attempt.reason == "retry" for attempt in made),
        failovers=sum(attempt.reason == "failover" for attempt in made),
        breaker=guard,
        latency=latency_of([attempt.seconds for attempt in answered]),
        usage=_usage(over),
        cost=None if paid and not prices else sum(prices, Decimal(0)),
        unpriced=len(paid) - len(prices),
        last_error=by["failure"][-1].error if by["failure"] else "",
    )


def latency_of(durations: Iterable[float]) -> Latency:
    """The durations, in seconds and any order, as their latency."""
    ordered = sorted(durations)
    if not ordered:
        return Latency()
    total = fsum(ordered)
    p50, p95, p99 = (nearest_rank(ordered, percent) for percent in (50, 95, 99))
    return Latency(len(ordered), total, total / len(ordered), p50, p95, p99, ordered[-1])


def nearest_rank(ordered: Sequence[float], percent: int) -> float:
    """The smallest of the values that at least `percent` of 100 (1 to 100) of them do not exceed."""
    return ordered[-(-percent * len(ordered) // 100) - 1]


def _usage(attempts: Iterable[Attempt]) -> Usage:
    known = [attempt.usage for attempt in attempts if attempt.usage is not None]
    return Usage(
        sum(usage.input_tokens for usage in known),
        sum(usage.output_tokens for usage in known),
        estimated=any(usage.estimated for usage in known),
    )

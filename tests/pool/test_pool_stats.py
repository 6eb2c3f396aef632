"""What the attempts at a backend come to."""

from decimal import Decimal
from math import ceil

import pytest
from attempts import attempt
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_llmock.llm import Usage
from pytest_llmock.pool.guard import Guard
from pytest_llmock.pool.stats import Latency, latency_of, nearest_rank, stats_of

SECONDS = st.floats(min_value=0, max_value=1e6)


def test_every_attempt_is_counted_once_by_how_it_ended():
    """What was refused is no call, and what is under way neither a success nor a failure."""
    outcomes = ["success", "success", "failure", "cancelled", "refused", None]

    stats = stats_of([attempt(outcome=outcome) for outcome in outcomes], Guard())

    assert (stats.calls, stats.successes, stats.failures) == (5, 2, 1)
    assert (stats.cancelled, stats.under_way, stats.refused) == (1, 1, 1)


def test_retries_and_failovers_are_told_by_their_reason():
    """A refused one was not made."""
    reasons = [("asked", "failure"), ("retry", "failure"), ("retry", "success"), ("failover", None)]
    made = [attempt(reason=reason, outcome=outcome) for reason, outcome in reasons]

    stats = stats_of([*made, attempt(reason="failover", outcome="refused")], Guard())

    assert (stats.retries, stats.failovers) == (2, 1)


def test_latency_is_that_of_answers_and_failures():
    """A call that its client left, or that still runs, says nothing of how long an answer takes."""
    attempts = [
        attempt(seconds=0.25),
        attempt("a", "failure", 0.75),
        attempt("a", "cancelled", 9),
        attempt("a", None),
    ]

    latency = stats_of(attempts, Guard()).latency

    assert latency == Latency(2, 1.0, 0.5, p50_s=0.25, p95_s=0.75, p99_s=0.75, max_s=0.75)


def test_nobody_asked_is_all_nothing():
    """No call costs nothing, and none is unknown."""
    stats = stats_of([], Guard("open", trips=2, refused=7))

    assert (stats.calls, stats.latency, stats.usage) == (0, Latency(), Usage())
    assert (stats.cost, stats.unpriced, stats.last_error) == (Decimal(0), 0, "")
    assert stats.breaker == Guard("open", trips=2, refused=7)


def test_tokens_of_failures_count_and_one_estimate_makes_the_sum_one():
    """Whoever failed may have been paid for; what is under way is not counted before it is over."""
    usages = [("success", Usage(1, 2)), ("failure", Usage(10, 20, estimated=True)), ("cancelled", None)]
    attempts = [attempt(outcome=outcome, usage=usage) for outcome, usage in usages]

    stats = stats_of([*attempts, attempt(outcome=None, usage=Usage(100, 100))], Guard())

    assert stats.usage == Usage(11, 22, estimated=True)


@pytest.mark.parametrize(
    ("costs", "cost", "unpriced"),
    [
        pytest.param(["0.1", "0.2"], Decimal("0.3"), 0, id="known, to the last digit"),
        pytest.param([None, "0.2", None], Decimal("0.2"), 2, id="in part"),
        pytest.param([None, None], None, 2, id="unknown is not nothing"),
        pytest.param(["0", None], Decimal(0), 1, id="a local model and an unknown one"),
    ],
)
def test_cost_is_the_known_part_and_the_number_of_the_others(costs, cost, unpriced):
    """Unknown is unknown, never 0."""
    attempts = [attempt(cost=None if each is None else Decimal(each)) for each in costs]

    stats = stats_of([*attempts, attempt(outcome=None)], Guard())

    assert (stats.cost, stats.unpriced) == (cost, unpriced)


def test_the_last_error_is_that_of_the_last_failure():
    """A success after it does not hide it."""
    errors = [("failure", "first"), ("failure", "second"), ("success", ""), ("refused", "no")]

    stats = stats_of([attempt(outcome=outcome, error=error) for outcome, error in errors], Guard())

    assert stats.last_error == "second"


@pytest.mark.parametrize(
    ("attempts", "guard", "used"),
    [
        pytest.param([], Guard("open", trips=1), False, id="nobody asked"),
        pytest.param([attempt(outcome=None)], Guard(), True, id="under way"),
        pytest.param([attempt(outcome="refused")], Guard(), True, id="refused by us"),
        pytest.param([], Guard("open", refused=1), True, id="refused by its breaker"),
    ],
)
def test_a_backend_is_used_when_somebody_asked_it(attempts, guard, used):
    """Let through or not."""
    assert stats_of(attempts, guard).is_used is used


@given(st.lists(SECONDS, min_size=1), st.integers(1, 100))
@settings(max_examples=100)
def test_a_percentile_is_the_smallest_that_enough_do_not_exceed(values, percent):
    """Nearest-rank by its definition, with whole numbers only."""
    found = nearest_rank(sorted(values), percent)

    def within(limit):
        return 100 * sum(value <= limit for value in values)

    enough = percent * len(values)
    assert found == min(value for value in values if within(value) >= enough)


@given(st.lists(SECONDS, min_size=1))
@settings(max_examples=50)
def test_latency_agrees_with_the_sorted_durations(values):
    """The order in which they came does not matter."""
    latency, ordered = latency_of(values), sorted(values)

    ranks = [ordered[ceil(percent * len(values) / 100) - 1] for percent in (50, 95, 99)]
    assert [latency.p50_s, latency.p95_s, latency.p99_s, latency.max_s] == [*ranks, max(values)]
    assert latency.mean_s == pytest.approx(sum(values) / len(values))

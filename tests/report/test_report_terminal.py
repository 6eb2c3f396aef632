import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_llmock.errors import RefusedError
from pytest_llmock.journal import Attempt, Call
from pytest_llmock.llm import Usage
from pytest_llmock.report.terminal import (
    count,
    failures_text,
    header,
    mean_quality,
    merge,
    no_totals,
    summary,
)


def call(source, *usages):
    attempts = [Attempt("b", "p", "m", live=False, usage=usage) for usage in usages]
    return Call(1, "mock", "GET", "/x", source=source, attempts=attempts)


def tried(backend="b", outcome="success", reason="asked", seconds=0.0, error=""):
    return Attempt(
        backend, "p", "m", live=False, outcome=outcome, reason=reason, seconds=seconds, error=error
    )


def call_of(*attempts, selected="b"):
    last = attempts[-1].backend if attempts else ""
    return Call(
        1, "mock", "GET", "/x", source="live", selected=selected, backend=last, attempts=list(attempts)
    )


def lines(*calls, **trips):
    """The closing lines after the first."""
    totals = no_totals()
    count(totals, calls, trips=trips)
    return summary(totals)[1:]


def test_calls_are_counted_by_source_with_the_tokens_of_all_attempts():
    """A failed call counts too, as failed."""
    totals = no_totals()

    count(totals, [call("synthetic", Usage(1, 2), Usage(10, 20)), call("live", None), call(None)])

    assert totals["calls"] == {"synthetic": 1, "live": 1, "failed": 1}
    assert (totals["input_tokens"], totals["output_tokens"]) == (11, 22)


def test_totals_of_workers_add_up():
    """The controller of xdist shows the sum."""
    totals, worker = no_totals(), no_totals()
    count(totals, [call("live", Usage(1, 1))])
    count(worker, [call("live", Usage(2, 2)), call("synthetic")])
    worker["late"].append("late call, GET /x for test_a")

    merge(totals, worker)

    assert summary(totals) == [
        "llmock: 3 calls (2 live, 1 synthetic), 3 tokens in, 3 out",
        "llmock: late call, GET /x for test_a",
    ]


def test_a_single_call_is_no_plural_and_no_call_no_line():
    """The line reads well, or is not there."""
    totals = no_totals()
    silent = summary(totals)
    count(totals, [call("cache")])

    assert silent == []
    assert summary(totals) == ["llmock: 1 call (1 cache), 0 tokens in, 0 out"]


def test_gates_of_all_workers_have_one_line():
    """Their mean and the lowest, rounded down, whichever worker ends first."""
    totals, worker = no_totals(), no_totals()
    totals["quality"], worker["quality"] = [(1.0, "a"), (0.99999, "b")], [(1.0, "c")]

    merge(totals, worker)

    assert mean_quality(totals) < 1
    assert summary(totals) == ["llmock: quality 0.999 on average of 3 gates, lowest 0.999 in b"]


def test_the_header_shows_what_was_given():
    """Without options of ours there is none."""
    assert header({"backend": ["a", "b"], "seed": 7}) == "llmock: backend=a,b, seed=7"
    assert header({}) is None


def test_the_same_refusal_is_told_once():
    """A loop that is refused a hundred times is one line."""
    assert (
        failures_text([RefusedError("no"), RefusedError("no"), RefusedError("never")])
        == "llmock: no\nllmock: never"
    )


def test_a_backend_with_trouble_has_a_line():
    """Calls, failures, retries, trips of its breaker, p95, and the first line of the last error."""
    failing = tried(outcome="failure", seconds=0.2, error="slow down\nand more")
    again = tried(reason="retry", seconds=0.1)

    told = lines(*[call_of(failing, again)] * 2, call_of(tried()), b=1)

    assert told == [
        "llmock: backend 'b': 5 calls, 2 failed, 2 retries, 1 trip of its breaker, p95 200 ms; last error: slow down"
    ]


@pytest.mark.parametrize(
    "attempts",
    [
        pytest.param([tried()], id="answered"),
        pytest.param([tried(outcome="cancelled")], id="its client left"),
        pytest.param([tried(outcome=None)], id="under way"),
        pytest.param([tried(outcome="refused", error="no")], id="refused, which its test has told"),
        pytest.param([], id="nobody was asked"),
    ],
)
def test_a_backend_without_trouble_has_none(attempts):
    """The report of a good run is one line."""
    assert lines(call_of(*attempts), b=0) == []


def test_a_failed_over_call_names_who_answered():
    """The one that failed, the one that took over, and how often."""
    rescued = call_of(tried(outcome="failure", error="down"), tried("a", reason="failover", seconds=0.05))

    told = lines(rescued, rescued, call_of(tried("c", reason="failover")))

    assert told == [
        "llmock: backend 'a': 2 calls, 2 in place of another, p95 50 ms",
        "llmock: backend 'b': 2 calls, 2 failed, p95 0 ms; last error: down",
        "llmock: backend 'c': 1 call, 1 in place of another, p95 0 ms",
        "llmock: 2 calls of 'b' were answered by 'a'",
        "llmock: 1 call of 'b' was answered by 'c'",
    ]


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(call_of(tried("a", "failure", "failover")), id="it failed too"),
        pytest.param(
            call_of(tried("a", "failure", "failover"), tried(reason="failover")), id="back to the first"
        ),
        pytest.param(call_of(tried("a")), id="chosen, not taken over"),
    ],
)
def test_a_call_that_no_other_backend_answered_is_not_told_as_one(call):
    """Only an answer counts."""
    assert not [line for line in lines(call) if "answered by" in line]


def test_a_breaker_that_opened_is_told_without_any_call():
    """Even if all its calls were forgotten by a reset."""
    assert lines(call_of(), b=2) == ["llmock: backend 'b': 0 calls, 2 trips of its breaker"]


def test_backends_of_workers_add_up():
    """Counts and durations are added, so the p95 is that of all calls; an error is kept."""
    workers = []
    for failed, seconds in [(2, 0.9), (0, 0.1)]:
        workers.append(no_totals())
        bad = call_of(tried(outcome="failure", seconds=seconds, error="down"))
        good = call_of(tried(seconds=seconds), tried("a", reason="failover", seconds=seconds))
        count(workers[-1], [bad] * failed + [good] * 19, trips={"b": 1})
    totals = no_totals()

    for worker in workers:
        merge(totals, worker)

    assert summary(totals)[1:] == [
        "llmock: backend 'a': 38 calls, 38 in place of another, p95 900 ms",
        "llmock: backend 'b': 40 calls, 2 failed, 2 trips of its breaker, p95 900 ms; last error: down",
        "llmock: 38 calls of 'b' were answered by 'a'",
    ]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.0, "0 ms"),
        (0.0000001, "0.001 ms"),
        (0.000007, "0.007 ms"),
        (0.00099, "0.99 ms"),
        (0.1234, "130 ms"),
        (0.29, "290 ms"),
        (0.1301, "140 ms"),
        (0.999, "1000 ms"),
        (12.0001, "13000 ms"),
        (600.0, "600000 ms"),
    ],
)
def test_the_p95_is_rounded_up_to_two_digits(seconds, shown):
    """So it is never better than it was."""
    told = lines(call_of(tried(seconds=seconds, reason="retry")))

    assert told == [f"llmock: backend 'b': 1 call, 1 retry, p95 {shown}"]


@given(st.lists(st.lists(st.integers(0, 10**8), max_size=40), min_size=1, max_size=4).filter(any))
@settings(max_examples=60)
def test_the_p95_over_workers_is_that_of_all_calls_rounded_up(workers):
    """However the calls were spread; what travels stays small."""
    totals = no_totals()
    for microseconds in workers:
        worker = no_totals()
        count(worker, [call_of(tried(seconds=each / 10**6, reason="retry")) for each in microseconds])
        merge(totals, worker)

    ordered = sorted(each for microseconds in workers for each in microseconds)
    exact = ordered[-(-95 * len(ordered) // 100) - 1]
    told = float(summary(totals)[1].partition("p95 ")[2].removesuffix(" ms")) * 1000
    assert exact <= told + 0.5 <= exact * 1.1 + 2


def test_a_long_error_is_cut():
    """One line of it, and not more than fits a screen."""
    told = lines(call_of(tried(outcome="failure", error="x" * 1000)))

    assert told[0].endswith(f"last error: {'x' * 200}")


def test_totals_are_plain_types():
    """xdist carries them from its workers; only keys are more than JSON knows."""
    totals = no_totals()

    count(totals, [call_of(tried(outcome="failure")), call_of(tried("a", reason="failover"))], trips={"b": 1})

    assert {type(key) for key in totals["answered"]} == {tuple}
    assert json.loads(json.dumps({**totals, "answered": []}))["backends"]["b"]["counts"]["failed"] == 1

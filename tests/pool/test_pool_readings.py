"""The monitor's figures as text."""

import json
from decimal import Decimal

import pytest
from attempts import attempt, journal
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_llmock.llm import Usage
from pytest_llmock.pool.guard import Guard
from pytest_llmock.pool.monitor import Monitor
from pytest_llmock.pool.readings import to_fixed


def monitor(*attempts, **guards):
    return Monitor(journal(*attempts), lambda: guards)


def test_the_report_is_that_of_the_guide():
    """Title, then for each backend an empty line, its name, and three or four lines."""
    watching = monitor(
        attempt("generator", "success", 0.100),
        attempt("enricher", "success", 0.5),
        attempt("generator", "failure", 0.123, error="HTTP 503"),
        attempt("generator", "success", 0.146),
    )

    assert watching.report() == (
        "Backend Performance Report:\n"
        "\n"
        "generator:\n"
        "  Calls: 3\n"
        "  Success Rate: 66.7%\n"
        "  Avg Duration: 123ms\n"
        "  Last Error: HTTP 503\n"
        "\n"
        "enricher:\n"
        "  Calls: 1\n"
        "  Success Rate: 100.0%\n"
        "  Avg Duration: 500ms"
    )


def test_the_report_has_only_what_is_over():
    """The guide's monitor learns of a call when it ends."""
    watching = monitor(
        attempt("a"), attempt("a", None), attempt("a", "cancelled"), attempt("b", None), c=Guard()
    )

    assert watching.report() == (
        "Backend Performance Report:\n\na:\n  Calls: 1\n  Success Rate: 100.0%\n  Avg Duration: 0ms"
    )


# what Node 20 prints for (value).toFixed(digits)
@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.5, 0, "1"),
        (1.5, 0, "2"),
        (2.5, 0, "3"),
        (0.49999999999999994, 0, "0"),
        (122.5, 0, "123"),
        (66.66666666666666, 1, "66.7"),
        (0.25, 1, "0.3"),
        (0.05, 1, "0.1"),
        (0.15, 1, "0.1"),
        (99.95, 1, "100.0"),
        (1.45, 1, "1.4"),
        (100.0, 1, "100.0"),
        (0.0, 1, "0.0"),
    ],
)
def test_numbers_are_rounded_as_javascript_does(value, digits, text):
    """An exact half goes up; what only looks like a half goes where its binary value lies."""
    assert to_fixed(value, digits) == text


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=50))
@settings(max_examples=100)
def test_whole_milliseconds_have_the_mean_of_whole_milliseconds(durations):
    """Durations in seconds lose nothing to the guide's, which are whole milliseconds."""
    report = monitor(*(attempt("a", seconds=each / 1000) for each in durations)).report()

    mean = sum(durations) / len(durations)
    assert f"  Avg Duration: {to_fixed(mean, 0)}ms" in report.splitlines()


def test_the_table_has_a_row_for_each_backend_that_was_asked():
    """Names at the left, figures at the right, unknown cost in words."""
    watching = monitor(
        attempt("enricher", "failure", 0.1, usage=Usage(10, 2), cost=Decimal("0.00010")),
        attempt("enricher", "success", 0.2, reason="retry", usage=Usage(10, 200)),
        attempt("b", "success", 0.0015, reason="failover"),
        enricher=Guard("open", trips=1),
        idle=Guard(),
        shut=Guard("open", refused=2),
    )

    assert watching.table().splitlines() == [
        "backend   calls  ok  failed  retries  failovers  breaker  p50 ms  p95 ms  max ms  tokens in  out               cost $",
        "enricher      2   1       1        1          0     open   100.0   200.0   200.0         20  202  0.00010 + 1 unknown",
        "shut          0   0       0        0          0     open     0.0     0.0     0.0          0    0                    0",
        "b             1   1       0        0          1   closed     1.5     1.5     1.5          0    0              unknown",
    ]


def test_json_has_every_figure_of_a_backend():
    """The body of GET /llmock/stats; the cost is text, as a JSON number would lose digits."""
    watching = monitor(
        attempt("a", "failure", 0.3, error="no"),
        attempt(
            "a", "success", 0.1, reason="retry", usage=Usage(3, 4, estimated=True), cost=Decimal("0.0012")
        ),
        a=Guard("half_open", trips=2, refused=5),
    )

    assert json.loads(json.dumps(watching.json())) == {
        "backends": {
            "a": {
                "calls": 2,
                "successes": 1,
                "failures": 1,
                "cancelled": 0,
                "under_way": 0,
                "refused": 0,
                "retries": 1,
                "failovers": 0,
                "breaker": {"state": "half_open", "trips": 2, "refused": 5},
                "latency": {"mean_s": 0.2, "p50_s": 0.1, "p95_s": 0.3, "p99_s": 0.3, "max_s": 0.3},
                "tokens": {"input": 3, "output": 4, "estimated": True},
                "cost": "0.0012",
                "unpriced": 1,
                "last_error": "no",
            }
        }
    }


def test_json_has_null_for_what_nobody_knows():
    """No price is no 0, and no error no empty text."""
    body = monitor(attempt("a")).json()["backends"]["a"]

    assert (body["cost"], body["last_error"]) == (None, None)


def test_a_small_cost_is_written_without_an_exponent():
    """A millionth of a dollar is 0.000001."""
    body = monitor(attempt("a", cost=Decimal("1E-6"))).json()["backends"]["a"]

    assert body["cost"] == "0.000001"


def test_metrics_have_every_figure_of_a_backend():
    """The body of GET /llmock/metrics, without its comments."""
    watching = monitor(
        attempt("a", "success", 0.25, usage=Usage(3, 4), cost=Decimal("0.0012")),
        attempt("a", "failure", 0.5, reason="retry"),
        attempt("a", None, reason="failover"),
        attempt("a", "refused"),
        a=Guard("open", trips=2, refused=5),
    )

    assert [line for line in watching.metrics().splitlines() if not line.startswith("#")] == [
        'llmock_backend_calls_total{backend="a",outcome="success"} 1',
        'llmock_backend_calls_total{backend="a",outcome="failure"} 1',
        'llmock_backend_calls_total{backend="a",outcome="cancelled"} 0',
        'llmock_backend_calls_under_way{backend="a"} 1',
        'llmock_backend_retries_total{backend="a"} 1',
        'llmock_backend_failovers_total{backend="a"} 1',
        'llmock_backend_refused_total{backend="a",by="breaker"} 5',
        'llmock_backend_refused_total{backend="a",by="policy"} 1',
        'llmock_backend_breaker_trips_total{backend="a"} 2',
        'llmock_backend_breaker_open{backend="a"} 1',
        'llmock_backend_latency_seconds{backend="a",quantile="0.5"} 0.25',
        'llmock_backend_latency_seconds{backend="a",quantile="0.95"} 0.5',
        'llmock_backend_latency_seconds{backend="a",quantile="0.99"} 0.5',
        'llmock_backend_latency_seconds_sum{backend="a"} 0.75',
        'llmock_backend_latency_seconds_count{backend="a"} 2',
        'llmock_backend_tokens_total{backend="a",direction="input"} 3',
        'llmock_backend_tokens_total{backend="a",direction="output"} 4',
        'llmock_backend_cost_usd_total{backend="a"} 0.0012',
        'llmock_backend_unpriced_total{backend="a"} 1',
    ]


def test_metrics_leave_out_what_nobody_measured_or_knows():
    """A quantile of nothing and an unknown cost have no line; counters at 0 have one."""
    lines = monitor(attempt("a", "cancelled")).metrics().splitlines()

    assert not [line for line in lines if "quantile" in line or "cost_usd" in line]
    assert 'llmock_backend_latency_seconds_count{backend="a"} 0' in lines
    assert 'llmock_backend_breaker_open{backend="a"} 0' in lines

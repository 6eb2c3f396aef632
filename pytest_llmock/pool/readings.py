"""The figures of a monitor as text: the report of LLMockApi's guide, a table, JSON, Prometheus' metrics."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeAlias

from pytest_llmock.llm import JSON
from pytest_llmock.pool.stats import Latency, Stats
from pytest_llmock.wire.prometheus import Kind, Metric, Sample, encode_metrics

Backends: TypeAlias = Mapping[str, Stats]
Samples: TypeAlias = Callable[[Stats], Iterable[Sample]]
_COLUMNS = (
    *("backend", "calls", "ok", "failed", "retries", "failovers", "breaker"),
    *("p50 ms", "p95 ms", "max ms", "tokens in", "out", "cost $"),
)


def report(backends: Backends) -> str:
    """The report of the guide's BackendMonitor; a backend without a call that is over is not in it."""
    lines = ["Backend Performance Report:"]
    for name, stats in backends.items():
        lines += _told(name, stats) if stats.latency.count else ()
    return "\n".join(lines)


def to_fixed(value: float, digits: int) -> str:
    """JavaScript's `value.toFixed(digits)` for a value from 0 up: an exact half is rounded up."""
    return str(Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def _told(name: str, stats: Stats) -> Iterator[str]:
    count = stats.latency.count
    total_ms = round(stats.latency.total_s * 1000, 6)  # whole again where the durations were whole
    yield from ("", f"{name}:", f"  Calls: {count}")
    yield f"  Success Rate: {to_fixed(stats.successes / count * 100, 1)}%"
    yield f"  Avg Duration: {to_fixed(total_ms / count, 0)}ms"
    if stats.last_error:
        yield f"  Last Error: {stats.last_error}"


def table(backends: Backends) -> str:
    """A row for each backend that was asked, below the names of the columns, without spaces at its end."""
    rows = [_COLUMNS, *(_row(name, stats) for name, stats in backends.items() if stats.is_used)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_aligned(row, widths) for row in rows)


def _row(name: str, stats: Stats) -> tuple[str, ...]:
    latency, usage = stats.latency, stats.usage
    counts = (stats.calls, stats.successes, stats.failures, stats.retries, stats.failovers)
    times = (latency.p50_s, latency.p95_s, latency.max_s)
    return (
        name,
        *map(str, counts),
        stats.breaker.state,
        *(to_fixed(seconds * 1000, 1) for seconds in times),
        str(usage.input_tokens),
        str(usage.output_tokens),
        _cost(stats),
    )


def _cost(stats: Stats) -> str:
    if stats.cost is None:
        return "unknown"
    return f"{stats.cost:f}" + (f" + {stats.unpriced} unknown" if stats.unpriced else "")


def _aligned(row: Iterable[str], widths: Iterable[int]) -> str:
    cells = zip(row, widths, strict=True)
    name, width = next(cells)
    return "  ".join([name.ljust(width), *(cell.rjust(width) for cell, width in cells)])


def body(stats: Stats) -> dict[str, JSON]:
    """A backend's figures as JSON; its cost is text, so that no digit is lost."""
    guard, usage = stats.breaker, stats.usage
    return {
        "calls": stats.calls,
        "successes": stats.successes,
        "failures": stats.failures,
        "cancelled": stats.cancelled,
        "under_way": stats.under_way,
        "refused": stats.refused,
        "retries": stats.retries,
        "failovers": stats.failovers,
        "breaker": {"state": guard.state, "trips": guard.trips, "refused": guard.refused},
        "latency": _latency_body(stats.latency),
        "tokens": {"input": usage.input_tokens, "output": usage.output_tokens, "estimated": usage.estimated},
        "cost": None if stats.cost is None else f"{stats.cost:f}",
        "unpriced": stats.unpriced,
        "last_error": stats.last_error or None,
    }


def _latency_body(latency: Latency) -> dict[str, JSON]:
    return {
        "mean_s": round(latency.mean_s, 6),
        "p50_s": round(latency.p50_s, 6),
        "p95_s": round(latency.p95_s, 6),
        "p99_s": round(latency.p99_s, 6),
        "max_s": round(latency.max_s, 6),
    }


def metrics(backends: Backends) -> str:
    """The figures for Prometheus; a latency nobody measured and a cost nobody knows are left out."""
    return encode_metrics(
        Metric(f"llmock_backend_{name}", kind, said, tuple(_samples(backends, samples)))
        for name, kind, said, samples in _METRICS
    )


def _samples(backends: Backends, samples: Samples) -> Iterator[Sample]:
    for name, stats in backends.items():
        for sample in samples(stats):
            yield Sample({"backend": name, **sample.labels}, sample.value, sample.suffix)


def _outcomes(stats: Stats) -> Iterator[Sample]:
    yield Sample({"outcome": "success"}, stats.successes)
    yield Sample({"outcome": "failure"}, stats.failures)
    yield Sample({"outcome": "cancelled"}, stats.cancelled)


def _refused(stats: Stats) -> Iterator[Sample]:
    yield Sample({"by": "breaker"}, stats.breaker.refused)
    yield Sample({"by": "policy"}, stats.refused)


def _latency(stats: Stats) -> Iterator[Sample]:
    latency = stats.latency
    if latency.count:
        yield Sample({"quantile": "0.5"}, latency.p50_s)
        yield Sample({"quantile": "0.95"}, latency.p95_s)
        yield Sample({"quantile": "0.99"}, latency.p99_s)
    yield Sample({}, latency.total_s, "_sum")
    yield Sample({}, latency.count, "_count")


def _tokens(stats: Stats) -> Iterator[Sample]:
    yield Sample({"direction": "input"}, stats.usage.input_tokens)
    yield Sample({"direction": "output"}, stats.usage.output_tokens)


def _priced(stats: Stats) -> Iterator[Sample]:
    if stats.cost is not None:
        yield Sample({}, stats.cost)


def _one(value: Callable[[Stats], int]) -> Samples:
    return lambda stats: [Sample({}, value(stats))]


# name, kind, help, samples of one backend
_METRICS: tuple[tuple[str, Kind, str, Samples], ...] = (
    ("calls_total", "counter", "Calls that are over, retries included.", _outcomes),
    ("calls_under_way", "gauge", "Calls that are not over.", _one(lambda stats: stats.under_way)),
    ("retries_total", "counter", "Calls made because it had failed.", _one(lambda stats: stats.retries)),
    ("failovers_total", "counter", "Calls made because another had failed.", _one(lambda s: s.failovers)),
    ("refused_total", "counter", "Calls that were not let through to it.", _refused),
    ("breaker_trips_total", "counter", "How often its breaker opened.", _one(lambda s: s.breaker.trips)),
    (
        "breaker_open",
        "gauge",
        "1 unless its breaker is closed.",
        _one(lambda s: int(s.breaker.state != "closed")),
    ),
    ("latency_seconds", "summary", "How long calls took that succeeded or failed.", _latency),
    ("tokens_total", "counter", "Tokens read (input) and written (output).", _tokens),
    ("cost_usd_total", "counter", "The known cost in US dollars; none where none is known.", _priced),
    ("unpriced_total", "counter", "Calls whose cost is unknown.", _one(lambda stats: stats.unpriced)),
)

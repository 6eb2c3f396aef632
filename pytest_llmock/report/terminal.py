"""What a run called, counted and said in the terminal.

Every run imports this module, so it imports nothing of ours but for the type checker: the data classes of
`llm.py` alone take longer to build than all the rest of an unused plugin.
"""

from collections.abc import Iterable, Mapping
from itertools import accumulate
from math import ceil, fsum
from types import MappingProxyType
from typing import TYPE_CHECKING, TypedDict, TypeVar

if TYPE_CHECKING:
    from pytest_llmock.cassettes.unused import Account
    from pytest_llmock.errors import RefusedError
    from pytest_llmock.journal import Attempt, Call
    from pytest_llmock.ledger import Figures

Key = TypeVar("Key")
LONGEST_ERROR = 200


class Work(TypedDict):
    """What one backend did: `counts` of calls, failed, retries, failovers, trips.

    `durations` has the number of calls by microseconds, rounded up to two digits: of any number of calls it
    keeps some hundred entries, adds up over workers, and gives each percentile, rounded up likewise.
    """

    counts: dict[str, int]
    durations: dict[int, int]
    error: str


class Totals(TypedDict):
    """The calls of a process, in types that can travel between xdist's workers.

    `answered` counts calls by the backend that was selected and another one that answered in its place;
    `partial`: not every collected test ran, or nobody knows; `quality` has the score and test of each gate,
    `faults` how many were injected of each name.
    """

    calls: dict[str, int]
    backends: dict[str, Work]
    answered: dict[tuple[str, str], int]
    input_tokens: int
    output_tokens: int
    late: list[str]
    remarks: list[str]
    accounts: "list[Account]"
    orphans: list[str]
    partial: bool
    spent: "list[Figures]"
    quality: list[tuple[float, str]]
    faults: dict[str, int]


def no_totals() -> Totals:
    """Nothing counted yet."""
    return {
        "calls": {},
        "backends": {},
        "answered": {},
        "input_tokens": 0,
        "output_tokens": 0,
        "late": [],
        "remarks": [],
        "accounts": [],
        "orphans": [],
        "partial": False,
        "spent": [],
        "quality": [],
        "faults": {},
    }


def count(
    totals: Totals,
    calls: "Iterable[Call]",
    *,
    trips: Mapping[str, int] = MappingProxyType({}),
    spent: "Figures | None" = None,
) -> None:
    """Add the calls of a test to the totals.

    `trips` is how often each backend's breaker opened in it, `spent` what its live calls cost.
    """
    if spent is not None and (spent["calls"] or spent["replayed"]):
        totals["spent"].append(spent)
    for call in calls:
        source: str = call.source or "failed"
        _add(totals["calls"], {source: 1})
        totals["input_tokens"] += call.usage.input_tokens
        totals["output_tokens"] += call.usage.output_tokens
        for attempt in call.attempts:
            _count_attempt(_work(totals, attempt.backend), attempt)
        for fault in call.faults:
            _add(totals["faults"], {fault.name: 1})
        if _is_rescued(call):
            _add(totals["answered"], {(call.selected, call.backend): 1})
    for name, number in trips.items():
        if number:
            _add(_work(totals, name)["counts"], {"trips": number})


def _count_attempt(work: Work, attempt: "Attempt") -> None:
    if attempt.outcome == "refused":  # that is the test's failure, and told there
        return
    failed = attempt.outcome == "failure"
    _add(work["counts"], {"calls": 1, "failed": failed, attempt.reason: 1})
    if failed or attempt.outcome == "success":
        _add(work["durations"], {_rounded_up(attempt.seconds): 1})
    if failed:
        work["error"] = " ".join(attempt.error.split("\n", 1)[0].split())[:LONGEST_ERROR]


def _is_rescued(call: "Call") -> bool:
    """Whether another backend than the one selected answered, because that one had failed."""
    return call.is_rescued and call.attempts[-1].outcome == "success" and call.backend != call.selected


def _rounded_up(seconds: float) -> int:
    """Whole microseconds, rounded up to two digits: 0.1234 → 130000."""
    microseconds = ceil(round(seconds * 1_000_000, 3))  # 0.29 s are 290000, not a hair more
    unit = int(f"1{'0' * (len(str(microseconds)) - 2)}")
    return -(-microseconds // unit) * unit


def _work(totals: Totals, name: str) -> Work:
    return totals["backends"].setdefault(name, {"counts": {}, "durations": {}, "error": ""})


def _add(to: dict[Key, int], more: Mapping[Key, int]) -> None:
    for key, number in more.items():
        to[key] = to.get(key, 0) + number


def merge(totals: Totals, others: Totals) -> None:
    """Add what another process counted."""
    _add(totals["calls"], others["calls"])
    _add(totals["answered"], others["answered"])
    _add(totals["faults"], others["faults"])
    for name, theirs in others["backends"].items():
        work = _work(totals, name)
        _add(work["counts"], theirs["counts"])
        _add(work["durations"], theirs["durations"])
        work["error"] = theirs["error"] or work["error"]
    totals["input_tokens"] += others["input_tokens"]
    totals["output_tokens"] += others["output_tokens"]
    totals["late"] += others["late"]
    totals["remarks"] += others["remarks"]
    totals["accounts"] += others["accounts"]
    totals["spent"] += others["spent"]
    totals["quality"] += others["quality"]
    totals["partial"] |= others["partial"]
    totals["orphans"] = others["orphans"] or totals["orphans"]  # each worker collects every test


def header(given: Mapping[str, object]) -> str | None:
    """The header line of a run that was given options of ours: "llmock: backend=enricher, seed=7"."""
    if not given:
        return None
    plain = {name: ",".join(map(str, v)) if isinstance(v, list) else str(v) for name, v in given.items()}
    return f"llmock: {', '.join(f'{name}={value}' for name, value in plain.items())}"


def summary(totals: Totals) -> list[str]:
    """The closing lines: "llmock: 3 calls (1 live, 2 synthetic), 60 tokens in, 41 out", then what went wrong.

    That is backends that failed, those that answered in place of another, late calls and remarks.
    """
    number = sum(totals["calls"].values())
    by_source = ", ".join(f"{times} {source}" for source, times in sorted(totals["calls"].items()))
    tokens = f"{totals['input_tokens']} tokens in, {totals['output_tokens']} out"
    lines = [f"{_plural(number, 'call')} ({by_source}), {tokens}"] if number else []
    lines += [_told(name, work) for name, work in sorted(totals["backends"].items()) if _is_notable(work)]
    lines += [
        f"{_plural(times, 'call')} of '{selected}' {'was' if times == 1 else 'were'} answered by '{backend}'"
        for (selected, backend), times in sorted(totals["answered"].items())
    ]
    lines += [_faults(totals["faults"])] if totals["faults"] else []
    lines += [_quality(totals)] if totals["quality"] else []
    return [f"llmock: {text}" for text in [*lines, *dict.fromkeys(totals["late"] + totals["remarks"])]]


def _faults(counted: Mapping[str, int]) -> str:
    """The line of what was injected: "3 faults injected (429: 2, cut: 1)"."""
    kinds = ", ".join(f"{name}: {number}" for name, number in sorted(counted.items()))
    return f"{_plural(sum(counted.values()), 'fault')} injected ({kinds})"


def mean_quality(totals: Totals) -> float:
    """The mean score of all gates, the same in whichever order they were counted."""
    scores = [score for score, _ in totals["quality"]]
    return fsum(scores) / len(scores)


def _quality(totals: Totals) -> str:
    """The line of the gates: "quality 0.912 on average of 3 gates, lowest 0.840 in test_x.py::test_it"."""
    lowest, where = min(totals["quality"])
    gates = _plural(len(totals["quality"]), "gate")
    return f"quality {figure(mean_quality(totals))} on average of {gates}, lowest {figure(lowest)} in {where}"


def figure(value: float) -> str:
    """A score with three digits, rounded down: one below a limit never looks like it."""
    return f"{int(value * 1000 + 1e-6) / 1000:.3f}"


def _is_notable(work: Work) -> bool:
    return any(work["counts"].get(what) for what in ("failed", "retry", "failover", "trips"))


def _told(name: str, work: Work) -> str:
    """The line of a backend: "backend 'a': 12 calls, 2 failed, 3 retries, p95 120 ms; last error: …"."""
    counts = work["counts"]
    retries, failovers, trips = (counts.get(what, 0) for what in ("retry", "failover", "trips"))
    parts = [
        _plural(counts.get("calls", 0), "call"),
        f"{counts['failed']} failed" if counts.get("failed") else "",
        _plural(retries, "retry", "retries") if retries else "",
        f"{failovers} in place of another" if failovers else "",
        f"{_plural(trips, 'trip')} of its breaker" if trips else "",
        f"p95 {_percentile(work['durations'], 95) / 1000:g} ms" if work["durations"] else "",
    ]
    error = f"; last error: {work['error']}" if work["error"] else ""
    return f"backend '{name}': {', '.join(filter(None, parts))}{error}"


def _percentile(durations: Mapping[int, int], percent: int) -> int:
    """The smallest duration that at least `percent` of 100 of the calls did not exceed."""
    enough = percent * sum(durations.values())
    so_far = accumulate(durations[each] for each in sorted(durations))
    return next(
        each for each, number in zip(sorted(durations), so_far, strict=True) if 100 * number >= enough
    )


def _plural(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def failures_text(failures: "Iterable[RefusedError]") -> str:
    """The refusals of a test, each text once."""
    return "\n".join(f"llmock: {text}" for text in dict.fromkeys(failure.message for failure in failures))

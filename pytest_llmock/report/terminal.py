"""What a run called, counted and said in the terminal.

Every run imports this module, so it imports nothing of ours but for the type checker: the data classes of
`llm.py` alone take longer to build than all the rest of an unused plugin.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from pytest_llmock.cassettes.unused import Account
    from pytest_llmock.errors import RefusedError
    from pytest_llmock.journal import Call


class Totals(TypedDict):
    """The calls of a process, in types that can travel between xdist's workers.

    `partial`: not every collected test ran, or nobody knows.
    """

    calls: dict[str, int]
    input_tokens: int
    output_tokens: int
    late: list[str]
    remarks: list[str]
    accounts: "list[Account]"
    orphans: list[str]
    partial: bool


def no_totals() -> Totals:
    """Nothing counted yet."""
    return {
        "calls": {},
        "input_tokens": 0,
        "output_tokens": 0,
        "late": [],
        "remarks": [],
        "accounts": [],
        "orphans": [],
        "partial": False,
    }


def count(totals: Totals, calls: "Iterable[Call]") -> None:
    """Add the calls of a test to the totals, by where their answers came from."""
    for call in calls:
        source = call.source or "failed"
        totals["calls"][source] = totals["calls"].get(source, 0) + 1
        totals["input_tokens"] += call.usage.input_tokens
        totals["output_tokens"] += call.usage.output_tokens


def merge(totals: Totals, others: Totals) -> None:
    """Add what another process counted."""
    for source, number in others["calls"].items():
        totals["calls"][source] = totals["calls"].get(source, 0) + number
    totals["input_tokens"] += others["input_tokens"]
    totals["output_tokens"] += others["output_tokens"]
    totals["late"] += others["late"]
    totals["remarks"] += others["remarks"]
    totals["accounts"] += others["accounts"]
    totals["partial"] |= others["partial"]
    totals["orphans"] = others["orphans"] or totals["orphans"]  # each worker collects every test


def header(given: Mapping[str, object]) -> str | None:
    """The header line of a run that was given options of ours: "llmock: backend=enricher, seed=7"."""
    if not given:
        return None
    plain = {name: ",".join(map(str, v)) if isinstance(v, list) else str(v) for name, v in given.items()}
    return f"llmock: {', '.join(f'{name}={value}' for name, value in plain.items())}"


def summary(totals: Totals) -> list[str]:
    """The closing lines: "llmock: 3 calls (1 live, 2 synthetic), 60 tokens in, 41 out", and late calls."""
    number = sum(totals["calls"].values())
    by_source = ", ".join(f"{times} {source}" for source, times in sorted(totals["calls"].items()))
    tokens = f"{totals['input_tokens']} tokens in, {totals['output_tokens']} out"
    lines = [f"llmock: {number} call{'s' if number != 1 else ''} ({by_source}), {tokens}"] if number else []
    return lines + [f"llmock: {text}" for text in dict.fromkeys(totals["late"] + totals["remarks"])]


def failures_text(failures: "Iterable[RefusedError]") -> str:
    """The refusals of a test, each text once."""
    return "\n".join(f"llmock: {text}" for text in dict.fromkeys(failure.message for failure in failures))

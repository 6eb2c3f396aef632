"""What a run of a step came to."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from pytest_llmock.errors import OffShapeError
from pytest_llmock.llm import JSON, Usage
from pytest_llmock.patterns.running import Slot, Traced


@dataclass(frozen=True, slots=True)
class Result:
    """The value that a step made, and how.

    `ok` is False when a loop within it gave up, with the best value that it had; `issues` are what is left to
    mend then. It is also False when something was left out: `failed` are the items of a Batch and the
    branches of a Parallel that could not be done. `seconds` is the time of the whole run, `trace` has one
    entry a model call, in the order in which they began, and one for each step without a call that failed and
    was done without.
    """

    value: JSON
    seconds: float = 0.0
    trace: tuple[Traced, ...] = ()
    issues: tuple[str, ...] = ()
    failed: tuple[Slot, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is left to mend and no item failed."""
        return not self.issues and not self.failed

    @property
    def usage(self) -> Usage:
        """The tokens of all model calls together."""
        return Usage(
            sum(entry.usage.input_tokens for entry in self.trace),
            sum(entry.usage.output_tokens for entry in self.trace),
            estimated=any(entry.usage.estimated for entry in self.trace),
        )

    @property
    def cost(self) -> Decimal | None:
        """US dollars, of replayed calls what they had cost; None when the price of one is not known."""
        costs = [entry.cost for entry in self.trace]
        known = [cost for cost in costs if cost is not None]
        return sum(known, Decimal(0)) if len(known) == len(costs) else None

    def raise_for_issues(self) -> None:
        """Raise OffShapeError with all issues, unless there is none."""
        if not self.ok:
            told = "; ".join([*self.issues, *(_told(slot) for slot in self.failed)])
            raise OffShapeError(f"The result is not what was asked for: {told}", attempts=())

    def explain(self) -> str:
        """How the value came about, a line for each model call and each issue."""
        return "\n".join(_lines(self))


def _lines(result: Result) -> Iterator[str]:
    calls = sum(entry.is_call for entry in result.trace)
    cost = "unknown cost" if result.cost is None else f"${result.cost}"
    yield (
        f"{'ok' if result.ok else 'not ok'}: {calls} model call{'' if calls == 1 else 's'} in "
        f"{result.seconds * 1000:.0f} ms, {result.usage.total_tokens} tokens, {cost}"
    )
    width = max((len(entry.name) for entry in result.trace), default=0)
    for entry in result.trace:
        yield f"  {entry.name:{width}}  {_call(entry) if entry.is_call else 'no model call'}"
        what = "failed" if entry.has_failed else "asked again"
        yield from (f"  {'':{width}}    {what}: {issue}" for issue in entry.issues)
    yield from (f"  issue: {issue}" for issue in result.issues)
    yield from (f"  failed: {_told(slot)}" for slot in result.failed)


def _call(entry: Traced) -> str:
    who = f"{entry.backend or '(nobody)'}{f' ({entry.model})' if entry.model else ''}"
    tries = f", {entry.attempts} attempts" if entry.attempts > 1 else ""
    return f"{who}, {entry.source or 'no answer'}, {entry.seconds * 1000:.0f} ms{tries}"


def _told(slot: Slot) -> str:
    return f"{slot.place}: {slot.error}"

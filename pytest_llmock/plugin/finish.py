"""What a run that is over is judged by: recordings that nobody played, cost of live calls, quality of data.

Imported at the end of runs in which something was recorded, replayed, called live or scored.
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_llmock.config import Settings
    from pytest_llmock.report.terminal import Totals


def fails(config: pytest.Config, settings: "Settings", totals: "Totals", complete: bool) -> bool:
    """Whether the run fails for it; the reasons are in the remarks of its totals."""
    from pytest_llmock.plugin.recordings import judge

    unplayed = bool(totals["accounts"] or totals["orphans"]) and judge(config, settings, totals, complete)
    overspent, poor = _is_overspent(settings, totals), _is_below_floor(settings, totals)
    return overspent or poor or unplayed


def _is_overspent(settings: "Settings", totals: "Totals") -> bool:
    from pytest_llmock.ledger import Budget, Spent

    spent = sum((Spent.of(figures) for figures in totals["spent"]), Spent())
    overrun = Budget(settings.max_cost, settings.max_run_tokens).overrun(spent)
    totals["remarks"] += [line for line in (spent.line, overrun) if line]
    return bool(overrun)


def _is_below_floor(settings: "Settings", totals: "Totals") -> bool:
    from pytest_llmock.report.terminal import figure, mean_quality

    floor, scores = settings.min_quality, totals["quality"]
    if floor is None or not scores or (mean := mean_quality(totals)) >= floor:
        return False
    totals["remarks"].append(
        f"The quality of the run is below its floor: {figure(mean)} on average, and --llmock-min-quality is "
        f"{floor:g}. Mend the tests that score lowest, or lower the floor."
    )
    return True

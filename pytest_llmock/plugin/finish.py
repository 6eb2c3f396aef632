"""What a run that is over is judged by: recordings that nobody played, and what its live calls cost.

Imported at the end of runs in which something was recorded, replayed or called live.
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
    return _is_overspent(settings, totals) or unplayed


def _is_overspent(settings: "Settings", totals: "Totals") -> bool:
    from pytest_llmock.ledger import Budget, Spent

    spent = sum((Spent.of(figures) for figures in totals["spent"]), Spent())
    overrun = Budget(settings.max_cost, settings.max_run_tokens).overrun(spent)
    totals["remarks"] += [line for line in (spent.line, overrun) if line]
    return bool(overrun)

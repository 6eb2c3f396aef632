"""The formula: what share of data is there, valid, believable.

A single value counts 1 or 0 for each metric: 0 from the metric on that its rank names (`findings.Rank`). An
object or a list counts the mean of its parts, those that it lacks among them; a field weighs as many single
values as the shape has in it, an item of a list 1. So the figures of a list of records are the mean of its
records, and of a record without lists, the share of its values.
"""

from collections.abc import Iterable
from typing import TypeAlias

from pytest_llmock.shapes.quality.findings import Findings, Lack, Rank, Spot

Shares: TypeAlias = tuple[float, float, float]  # in the order of METRICS
_DIGITS = 6


def shares(findings: Findings) -> Shares:
    """Completeness, validity and realism of the data."""
    if not findings.found:
        return 1.0, 1.0, 1.0
    return tuple(round(share, _DIGITS) for share in _shares(findings, ""))  # type: ignore[return-value]  # three of three


def _shares(findings: Findings, pointer: str) -> Shares:
    rank = findings.ranks.get(pointer, Rank.FINE)
    if rank is Rank.MISSING:
        return 0.0, 0.0, 0.0
    spot = findings.spots[pointer]
    parts = [(part, _shares(findings, part)) for part in spot.parts]
    lacks = findings.lacks.get(pointer, {}).values()
    complete, valid, real = (_mean(metric, findings, spot, parts, lacks) for metric in range(3))
    return complete, valid * (rank > Rank.INVALID), real * (rank > Rank.UNREALISTIC)


def _mean(
    metric: int,
    findings: Findings,
    spot: Spot,
    parts: Iterable[tuple[str, Shares]],
    lacks: Iterable[Lack],
) -> float:
    """The mean of the parts for one metric; those that say nothing about it are left out.

    What should not be there makes nothing more complete, and a part that is there in the wrong number
    nothing less.
    """
    is_list = isinstance(spot.value, list)
    counted = [
        (1 if is_list else findings.spots[part].weight, each[metric])
        for part, each in parts
        if metric or part not in findings.unexpected
    ]
    whole = sum(weight for weight, _ in counted) + sum(lack.weight for lack in lacks if lack.rank <= metric)
    return sum(weight * share for weight, share in counted) / whole if whole else 1.0

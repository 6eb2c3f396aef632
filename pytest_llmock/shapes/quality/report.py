"""What a scoring gave: figures from 0 to 1, and the reason for each that is not 1."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

METRICS = ("completeness", "validity", "realism")
LOCALLY = "checked locally"
NOT_CHECKED = "not checked: no judge"


@dataclass(frozen=True, slots=True)
class QualityIssue:
    """One reason: where, which figure it lowers, and what is wrong.

    "/users/0/age", "realism", "is -5, which is no age (0 to 130)". `pointer` is a JSON pointer into the data,
    "" for all of it; what is missing is an issue of the object that lacks it.
    """

    pointer: str
    metric: str
    message: str

    def __str__(self) -> str:
        return f"{self.metric}: {self.pointer or 'the data'} {self.message}"


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """What became of a rule: `how` is "checked locally", "by backend X" or "not checked: no judge"."""

    rule: str
    how: str

    @property
    def is_checked(self) -> bool:
        """Whether anybody looked."""
        return self.how != NOT_CHECKED

    def __str__(self) -> str:
        return f'"{self.rule}": {self.how}'


@dataclass(frozen=True, slots=True)
class QualityReport:
    """How good data is. `str()` and `explain()` tell all of it.

    `score` is the weighted mean of the figures; `metrics` has those of custom metrics, and the judge's as
    "judge"; `weights` is what each figure counts. `threshold` is what the score was held against, None when
    it was only scored. `records` is how many records the data has: the items of a list, else 1.
    """

    score: float
    completeness: float
    validity: float
    realism: float
    issues: tuple[QualityIssue, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    rules: tuple[RuleCheck, ...] = ()
    records: int = 1
    threshold: float | None = None

    @property
    def figures(self) -> Mapping[str, float]:
        """Every figure by name, those of custom metrics last."""
        own = (self.completeness, self.validity, self.realism)
        return {**dict(zip(METRICS, own, strict=True)), **self.metrics}

    @property
    def passed(self) -> bool:
        """Whether the score reaches the threshold; without a threshold, whether nothing is wrong."""
        return self.score >= (1.0 if self.threshold is None else self.threshold)

    def explain(self) -> str:
        """The score, how it is made, every issue and what became of each rule, for people."""
        return "\n".join(self._lines())

    __str__ = explain

    def _lines(self) -> Iterator[str]:
        yield f"quality {shown(self.score)} of {_records(self.records)}{self._verdict()}"
        parts = [f"{name} {shown(value)}{self._times(name)}" for name, value in self.figures.items()]
        total = sum(self.weights.get(name, 1) for name in self.figures)
        yield f"  = ({' + '.join(parts)}) / {total:g}"
        yield from (f"  {issue}" for issue in self.issues)
        if self.rules:
            yield "rules"
            yield from (f"  {rule}" for rule in self.rules)

    def _verdict(self) -> str:
        if self.threshold is None:
            return ""
        return f", {'not ' if self.passed else ''}below the threshold of {self.threshold:g}"

    def _times(self, name: str) -> str:
        weight = self.weights.get(name, 1)
        return "" if weight == 1 else f" * {weight:g}"


def shown(value: float) -> str:
    """A figure with three digits, rounded down: what is not 1 never looks like it."""
    return f"{int(value * 1000 + 1e-6) / 1000:.3f}"


def _records(number: int) -> str:
    return f"{number:,} record{'' if number == 1 else 's'}"

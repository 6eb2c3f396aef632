"""`quality_gate`: data scored where the test is, and judged by a backend if the test names one.

Imported by tests that score; the server, and all that it needs, only by those that have a judge.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from pytest_llmock.cassettes.baselines import TOLERANCE, Baseline, Baselines, checked_name
from pytest_llmock.errors import LLMockError, SettingsError
from pytest_llmock.llm import JSON
from pytest_llmock.patterns.judge import Verdict
from pytest_llmock.shapes.quality import (
    JUDGE,
    Metrics,
    QualityReport,
    RuleCheck,
    check_arguments,
    check_share,
    score,
    unread,
)

# From the name of a backend, data and rules to its verdict.
Judging = Callable[[str, JSON, Sequence[str]], Verdict]


@dataclass(frozen=True, slots=True, repr=False)
class QualityGrader:
    """What the fixture `quality_gate` is: call it to fail the test below a threshold, `score` to look only.

    `judging` asks a backend, `check` raises for one that does not exist, `baselines` gives those of the
    test's module, `note` takes each gate's report; all of them come from whoever makes the fixture.
    """

    judging: Judging
    check: Callable[[str], None]
    baselines: Callable[[], Baselines]
    note: Callable[[QualityReport], None]

    def __call__(  # noqa: PLR0913 - what there is to say about quality, all by keyword
        self,
        data: JSON,
        *,
        shape: object = None,
        rules: Sequence[str] = (),
        model: object = None,
        threshold: float = 0.8,
        weights: Mapping[str, float] | None = None,
        metrics: Metrics = (),
        judge: str | None = None,
        baseline: str | None = None,
        tolerance: float = TOLERANCE,
    ) -> QualityReport:
        """The report on the data; fails the test, with every issue, when its score is below `threshold`.

        With `baseline`, also when the score has fallen by more than `tolerance` since it was recorded under
        that name. The others are those of `score`.
        """
        __tracebackhide__ = True
        try:
            check_share("threshold", threshold)
            check_share("tolerance", tolerance)
            name = None if baseline is None else checked_name(baseline)
            asked = _Asked(shape, rules, model, weights, metrics)
            report = replace(self._report(data, asked, judge), threshold=threshold)
            self.note(report)
            failure = "" if report.passed else report.explain()
            if name is not None and not failure:
                failure = self._fall(report, name, tolerance)
        except LLMockError as error:
            raise error.with_traceback(None)  # noqa: B904 - it is the same error, without our frames
        if failure:
            raise AssertionError(failure)
        return report

    def score(  # noqa: PLR0913 - what there is to say about quality, all by keyword
        self,
        data: JSON,
        *,
        shape: object = None,
        rules: Sequence[str] = (),
        model: object = None,
        weights: Mapping[str, float] | None = None,
        metrics: Metrics = (),
        judge: str | None = None,
    ) -> QualityReport:
        """The report on the data, whatever it says.

        `judge` is a backend that is asked about the rules that are not checked locally; without rules, about
        the data as a whole. The others are those of `pytest_llmock.score`, which raises the same errors.
        """
        __tracebackhide__ = True
        try:
            return self._report(data, _Asked(shape, rules, model, weights, metrics), judge)
        except LLMockError as error:
            raise error.with_traceback(None)  # noqa: B904 - it is the same error, without our frames

    def _report(self, data: JSON, asked: "_Asked", judge: str | None) -> QualityReport:
        if judge is None:
            return score(data, **asked._asdict())
        custom = check_arguments(data, **asked._asdict())
        _check_judge(judge, custom)
        left = unread(asked.rules)
        if asked.rules and not left:  # nothing to ask; but a misspelt judge would never be missed
            self.check(judge)
            return score(data, **asked._asdict())
        verdict = self.judging(judge, data, left)
        judged = {**custom, JUDGE: lambda _: (verdict.score, verdict.issues)}
        report = score(data, **asked._replace(metrics=judged)._asdict())
        return replace(report, rules=tuple(_by(judge, check) for check in report.rules))

    def _fall(self, report: QualityReport, name: str, tolerance: float) -> str:
        """Why the report fails against the baseline of that name."""
        now = Baseline(report.score, report.figures)
        fall = self.baselines().compare(name, now, tolerance)
        return f"{fall}\n{report.explain()}" if fall else ""

    def __repr__(self) -> str:
        return "<quality_gate>"


class _Asked(NamedTuple):
    """What data is held against: the arguments of `score`, by their names."""

    shape: object
    rules: Sequence[str]
    model: object
    weights: Mapping[str, float] | None
    metrics: Metrics


def _check_judge(judge: object, metrics: Mapping[str, object]) -> None:
    if not isinstance(judge, str) or not judge.strip():
        raise SettingsError(f"judge= takes the name of a backend, not {judge!r}.")
    if JUDGE in metrics:
        raise SettingsError(f"'{JUDGE}' is the metric of the judge: call yours otherwise.")


def _by(judge: str, check: RuleCheck) -> RuleCheck:
    return check if check.is_checked else RuleCheck(check.rule, f"by backend {judge}")

"""Data that is not good enough goes no further."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

from pytest_llmock.errors import LLMockError, OffShapeError, ShapeError
from pytest_llmock.llm import JSON
from pytest_llmock.patterns.drawing import Drawing
from pytest_llmock.patterns.handed import to_mend
from pytest_llmock.patterns.improving import Attempt, improved, making, optional
from pytest_llmock.patterns.refine import below
from pytest_llmock.patterns.running import Run
from pytest_llmock.patterns.scores import QualityScore, check_share, score_of
from pytest_llmock.patterns.step import Step, StepLike, as_step
from pytest_llmock.patterns.verdicts import check_rules, issue_text
from pytest_llmock.shapes.parse import parse

_SHOWN_ISSUES = 20


@dataclass(frozen=True, init=False, repr=False)
class QualityGate(Step):
    """Lets data through that is good enough: `QualityGate(0.8, shape=USER, rules=["Verify email formats"])`.

    How good it is says `quality_gate.score`: completeness, validity and realism together, 0 to 1. `shape` is
    an example, a JSON Schema or a type; `rules` are sentences that can be checked without a backend. Data
    passes unchanged. Otherwise StepFailed with every issue is raised, whose cause is an OffShapeError; or
    `on_fail` gets {"data": …, "issues": ["/age: is -5, which is no age (0 to 130)", …]}, and what it makes is
    scored once more: when that is still too low, the better of the two goes on, and `result.ok` is False.
    """

    threshold: float
    score: QualityScore
    on_fail: Step | None

    def __init__(
        self,
        threshold: float = 0.8,
        shape: object = None,
        rules: Sequence[str] = (),
        on_fail: "StepLike | None" = None,
    ) -> None:
        of = "QualityGate"
        object.__setattr__(self, "threshold", check_share(threshold, what=f"{of}: threshold"))
        object.__setattr__(self, "score", _scorer(shape, rules, of))
        object.__setattr__(self, "on_fail", None if on_fail is None else as_step(on_fail, of=of))

    @property
    def parts(self) -> tuple[Step, ...]:
        return optional(self.on_fail)

    async def apply(self, data: JSON, run: Run) -> JSON:
        async def first(_: Attempt | None, run: Run) -> Attempt:
            attempt = await self._judge(data, run)
            if attempt.issues and self.on_fail is None:
                raise _refused(attempt)
            return attempt

        def given(start: Attempt | None) -> JSON:
            return None if start is None else to_mend(start.value, start.issues[1:])

        mends = (making(step, given, self._judge) for step in optional(self.on_fail))
        return await improved((first, *mends), run)

    async def _judge(self, value: JSON, run: Run) -> Attempt:
        score, issues = await score_of(self.score, value, run)
        return Attempt(value, below(score, self.threshold, issues), score)

    def draw(self, drawing: Drawing, before: tuple[str, ...]) -> tuple[str, ...]:
        check = drawing.behind(before, f"quality\nat least {self.threshold:g}?", "choice")
        ends: tuple[str, ...] = (drawing.exit(check, "passes"),)
        for step in optional(self.on_fail):
            ends += step.draw(drawing, (drawing.exit(check, "issues"),))
        return ends

    def __repr__(self) -> str:
        shape = "" if self.score.shape is None else f", shape={self.score.shape!r:.80}"
        rules = f", rules={[*self.score.rules]!r}" if self.score.rules else ""
        on_fail = "" if self.on_fail is None else f", on_fail={self.on_fail!r}"
        return f"QualityGate({self.threshold:g}{shape}{rules}{on_fail})"


def _scorer(shape: object, rules: object, of: str) -> QualityScore:
    if isinstance(rules, str) or not isinstance(rules, Sequence):
        raise TypeError(f"{of}: rules= takes a list of texts, not {rules!r:.80}.")
    if not all(isinstance(rule, str) and rule.strip() for rule in rules):
        raise TypeError(f"{of}: a rule is a sentence such as 'Verify email formats', not {rules!r:.80}.")
    check_rules(rules, of=of)
    try:
        _ = shape is None or parse(shape)
    except LLMockError as error:
        raise ShapeError(f"{of}: {error.message}", details=error.details) from None
    own = deepcopy(shape) if isinstance(shape, (dict, list, tuple)) else shape  # a gate is a value
    return QualityScore("quality", own, tuple(rules))


def _refused(attempt: Attempt) -> OffShapeError:
    below_threshold, *reasons = map(issue_text, attempt.issues)
    more = f"; and {len(reasons) - _SHOWN_ISSUES} more" if len(reasons) > _SHOWN_ISSUES else ""
    return OffShapeError(f"{below_threshold}: {'; '.join(reasons[:_SHOWN_ISSUES])}{more}.", attempts=())

"""Data that is made better until it is good enough."""

from dataclasses import dataclass

from pytest_llmock.llm import JSON
from pytest_llmock.patterns.drawing import Drawing
from pytest_llmock.patterns.given import check_number
from pytest_llmock.patterns.handed import to_refine
from pytest_llmock.patterns.improving import Attempt, draw_mending, improved, making, optional, shown
from pytest_llmock.patterns.running import Run
from pytest_llmock.patterns.scores import as_scorer, check_share, score_of
from pytest_llmock.patterns.step import Step, StepLike, as_step


@dataclass(frozen=True, init=False, repr=False)
class Refine(Step):
    """Generate, then refine while the score is too low: `Refine(draft, polish, quality, threshold=0.9)`.

    `score` is a function from the value to a number from 0 to 1, or to something with `score` and `issues`
    (a QualityReport, {"score": 0.5, "issues": […]}), or a step that answers such an object. `refine` gets
    {"previous": value, …input}. Generate and refine are called `max_iterations` times at most, together; then
    `final`, the last resort, once, with the best value itself as its data.

    When nothing reached `threshold`, the value is the best, of equals the latest; `result.ok` is False, and
    `result.issues` name its score. Raises TypeError or ValueError for parts that mean nothing.
    """

    generate: Step
    refine: Step
    score: Step
    threshold: float
    max_iterations: int
    final: Step | None

    def __init__(  # noqa: PLR0913, PLR0917 - the names and the order of design §8
        self,
        generate: StepLike,
        refine: StepLike,
        score: object,
        threshold: float = 0.8,
        max_iterations: int = 3,
        final: "StepLike | None" = None,
    ) -> None:
        of = "Refine"
        check_number(max_iterations, what=f"{of}: max_iterations")
        object.__setattr__(self, "generate", as_step(generate, of=of))
        object.__setattr__(self, "refine", as_step(refine, of=of))
        object.__setattr__(self, "score", as_scorer(score, of=of))
        object.__setattr__(self, "threshold", check_share(threshold, what=f"{of}: threshold"))
        object.__setattr__(self, "max_iterations", max_iterations)
        object.__setattr__(self, "final", None if final is None else as_step(final, of=of))

    @property
    def parts(self) -> tuple[Step, ...]:
        return (self.generate, self.refine, self.score, *optional(self.final))

    async def apply(self, data: JSON, run: Run) -> JSON:
        def given(start: Attempt | None) -> JSON:
            return data if start is None else to_refine(start.value, data)

        def alone(start: Attempt | None) -> JSON:
            return None if start is None else start.value

        steps = (self.generate, *[self.refine] * (self.max_iterations - 1))
        final = None if self.final is None else making(self.final, alone, self._judge)
        return await improved((making(step, given, self._judge) for step in steps), run, final=final)

    async def _judge(self, value: JSON, run: Run) -> Attempt:
        score, issues = await score_of(self.score, value, run)
        return Attempt(value, below(score, self.threshold, issues), score)

    def draw(self, drawing: Drawing, before: tuple[str, ...]) -> tuple[str, ...]:
        text = f"{shown(self.score)}\nat least {self.threshold:g}?"
        check = drawing.behind(self.generate.draw(drawing, before), text, "choice")
        return draw_mending(drawing, check, self.refine, self.final)

    def __repr__(self) -> str:
        final = "" if self.final is None else f", final={self.final!r}"
        steps = f"{self.generate!r}, {self.refine!r}, {self.score!r}"
        return f"Refine({steps}, threshold={self.threshold:g}, max_iterations={self.max_iterations}{final})"


def below(score: float, threshold: float, issues: tuple[JSON, ...]) -> tuple[JSON, ...]:
    """What is wrong with a value of that score: nothing when it reaches the threshold."""
    return () if score >= threshold else (f"the score is {score}, below {threshold:g}", *issues)

"""Data that is generated, checked and corrected until nothing is wrong with it."""

from dataclasses import dataclass

from pytest_llmock.llm import JSON
from pytest_llmock.patterns.drawing import Drawing
from pytest_llmock.patterns.given import check_number
from pytest_llmock.patterns.handed import to_mend
from pytest_llmock.patterns.improving import (
    Attempt,
    draw_mending,
    improved,
    judging,
    making,
    optional,
    shown,
)
from pytest_llmock.patterns.running import Run
from pytest_llmock.patterns.step import Step, StepLike, as_step
from pytest_llmock.patterns.verdicts import as_validator


@dataclass(frozen=True, init=False, repr=False)
class ValidationLoop(Step):
    """Generate, validate, correct: `ValidationLoop(Stage("make", shape=S), S, Stage("fix", shape=S))`.

    `validate` is the first of these that it can be: a step answering {"passed": false, "issues": ["…"]} (a
    Stage asks a backend), a type (pydantic validates), a function returning issues (None, True and [] say
    that there are none), a list of rules in English, a JSON Schema or an example. It gets the data. `correct`
    gets {"data": …, "issues": ["/age: is -5, less than 0", …]}, with the issues exactly as they were found.

    `correct` is called `max_attempts` times at most; then `final`, the last resort, once, with the best data
    and its issues. All that they make is validated. When nothing passed, the value is the data with the
    fewest issues, of equals the latest; `result.ok` is False, and `result.issues` are what is left.
    Raises TypeError, ValueError or ShapeError for parts that mean nothing.
    """

    generate: Step
    validate: Step
    correct: Step
    max_attempts: int
    final: Step | None

    def __init__(
        self,
        generate: StepLike,
        validate: object,
        correct: StepLike,
        max_attempts: int = 3,
        final: "StepLike | None" = None,
    ) -> None:
        of = "ValidationLoop"
        check_number(max_attempts, what=f"{of}: max_attempts")
        object.__setattr__(self, "generate", as_step(generate, of=of))
        object.__setattr__(self, "validate", as_validator(validate, of=of))
        object.__setattr__(self, "correct", as_step(correct, of=of))
        object.__setattr__(self, "max_attempts", max_attempts)
        object.__setattr__(self, "final", None if final is None else as_step(final, of=of))

    @property
    def parts(self) -> tuple[Step, ...]:
        return (self.generate, self.validate, self.correct, *optional(self.final))

    async def apply(self, data: JSON, run: Run) -> JSON:
        judge = judging(self.validate)

        def given(start: Attempt | None) -> JSON:
            return data if start is None else to_mend(start.value, start.issues)

        steps = (self.generate, *[self.correct] * self.max_attempts)
        final = None if self.final is None else making(self.final, given, judge)
        return await improved((making(step, given, judge) for step in steps), run, final=final)

    def draw(self, drawing: Drawing, before: tuple[str, ...]) -> tuple[str, ...]:
        check = drawing.behind(self.generate.draw(drawing, before), shown(self.validate), "choice")
        return draw_mending(drawing, check, self.correct, self.final)

    def __repr__(self) -> str:
        final = "" if self.final is None else f", final={self.final!r}"
        steps = f"{self.generate!r}, {self.validate!r}, {self.correct!r}"
        return f"ValidationLoop({steps}, max_attempts={self.max_attempts}{final})"

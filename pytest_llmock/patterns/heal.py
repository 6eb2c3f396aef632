"""A step whose results are healed, and processed again, until nothing is wrong with them."""

from collections.abc import Iterator
from dataclasses import dataclass

from pytest_llmock.errors import DeadlineError, RefusedError, SessionClosedError, StepFailed
from pytest_llmock.llm import JSON
from pytest_llmock.patterns.drawing import Drawing
from pytest_llmock.patterns.given import check_number
from pytest_llmock.patterns.handed import bare, to_mend
from pytest_llmock.patterns.improving import Attempt, Judge, Move, improved, judging, shown
from pytest_llmock.patterns.running import Run
from pytest_llmock.patterns.step import Step, StepLike, as_step
from pytest_llmock.patterns.verdicts import as_validator

_BEYOND_HEALING = (RefusedError, SessionClosedError, DeadlineError)


@dataclass(frozen=True, init=False, repr=False)
class SelfHeal(Step):
    """Process, validate, heal, and process again: `SelfHeal(transform, USER, Stage("heal", shape=USER))`.

    `validate` is what it is to a ValidationLoop. `heal` gets {"data": …, "issues": […]}, and the step what it
    made of that. A step that raises is healed too: `heal` gets what the step was given, with the error as the
    issue; but not when a backend was refused, the test is over or the time is up.

    Step and `heal` are called `max_attempts` times each at most. What is healed last is not processed again,
    only validated, and is the result. When nothing passed, the value is the data with the fewest issues, of
    equals the latest; `result.ok` is False, and `result.issues` are what is left. When the step never
    succeeded, its last error is raised.
    """

    step: Step
    validate: Step
    heal: Step
    max_attempts: int

    def __init__(self, step: StepLike, validate: object, heal: StepLike, max_attempts: int = 3) -> None:
        of = "SelfHeal"
        check_number(max_attempts, what=f"{of}: max_attempts")
        object.__setattr__(self, "step", as_step(step, of=of))
        object.__setattr__(self, "validate", as_validator(validate, of=of))
        object.__setattr__(self, "heal", as_step(heal, of=of))
        object.__setattr__(self, "max_attempts", max_attempts)

    @property
    def parts(self) -> tuple[Step, ...]:
        return (self.step, self.validate, self.heal)

    async def apply(self, data: JSON, run: Run) -> JSON:
        return await improved(self._moves(data), run)

    def _moves(self, data: JSON) -> Iterator[Move]:
        judge = judging(self.validate)

        async def first(_: Attempt | None, run: Run) -> Attempt:
            return await self._tried(data, judge, run)

        async def again(start: Attempt | None, run: Run) -> Attempt:
            return await self._tried(await self._healed(start, run), judge, run)

        async def last(start: Attempt | None, run: Run) -> Attempt:
            if start is not None and start.error is not None:
                return start  # what it was given may be healed, but nothing would process it any more
            return await judge(await self._healed(start, run), run)

        yield from (first, *[again] * (self.max_attempts - 1), last)

    async def _healed(self, start: Attempt | None, run: Run) -> JSON:
        assert start is not None
        return bare(await self.heal.through(to_mend(start.value, start.issues), run))

    async def _tried(self, data: JSON, judge: Judge, run: Run) -> Attempt:
        try:
            value = await self.step.through(data, run)
        except StepFailed as error:
            if isinstance(error.__cause__, _BEYOND_HEALING):
                raise
            return Attempt(data, (error.reason,), float("-inf"), error)
        return await judge(value, run)

    def draw(self, drawing: Drawing, before: tuple[str, ...]) -> tuple[str, ...]:
        start = drawing.behind(before, "try", "round")
        check = drawing.behind(self.step.draw(drawing, (start,)), shown(self.validate), "choice")
        for node in self.heal.draw(drawing, (drawing.exit(check, "issues"),)):
            drawing.edge(node, start)
        return (drawing.exit(check, "passes"),)

    def __repr__(self) -> str:
        return f"SelfHeal({self.step!r}, {self.validate!r}, {self.heal!r}, max_attempts={self.max_attempts})"

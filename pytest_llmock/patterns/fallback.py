"""Steps of which each stands in for those before it."""

from dataclasses import dataclass
from itertools import count

from pytest_llmock.errors import StepFailed
from pytest_llmock.llm import JSON
from pytest_llmock.patterns.drawing import Drawing
from pytest_llmock.patterns.failing import nobody
from pytest_llmock.patterns.running import Run
from pytest_llmock.patterns.step import Step, StepLike, as_step


@dataclass(frozen=True, init=False, repr=False)
class Fallback(Step):
    """The first of its steps that succeeds: `Fallback(Stage("rich", backend="enricher"), Stage("plain"))`.

    Each gets the same data. A step that leaves issues or failed items behind, as a loop does that gave up,
    has not succeeded. When no other does, the best of what such steps made is the value (the one with the
    least left to mend, the first of equals), and `result.ok` is False. Steps that raised stand with their
    errors in the trace; when all did, StepFailed lists why. To be cancelled, or out of time for the whole
    run, is no failure of a step: nobody stands in.
    """

    steps: tuple[Step, ...]

    def __init__(self, *steps: StepLike) -> None:
        if not steps:
            raise ValueError("A Fallback needs a step at least: Fallback(first, second).")
        object.__setattr__(self, "steps", tuple([as_step(step, of="Fallback") for step in steps]))

    @property
    def parts(self) -> tuple[Step, ...]:
        return self.steps

    async def apply(self, data: JSON, run: Run) -> JSON:
        failures: list[StepFailed] = []
        efforts: list[tuple[int, int, JSON, Run]] = []
        order = count()
        for step in self.steps:
            aside = run.aside()
            try:
                value = await step.through(data, aside)
            except StepFailed as error:
                if run.is_over:
                    raise
                run.do_without(error)
                failures.append(error)
                continue
            left = len(aside.issues) + len(aside.failed)
            efforts.append((left, next(order), value, aside))
            if not left:
                break
        if not efforts:
            raise nobody(failures)
        _, _, value, aside = min(efforts)
        run.adopt(aside)
        return value

    def draw(self, drawing: Drawing, before: tuple[str, ...]) -> tuple[str, ...]:
        ends: list[str] = []
        for step in self.steps:
            last = step.draw(drawing, before)
            ends += last
            before = tuple([drawing.exit(node, "fails") for node in last])
        return tuple(ends)

    def __repr__(self) -> str:
        return f"Fallback({', '.join(map(repr, self.steps))})"

"""Steps in a row."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_llmock.llm import JSON
from pytest_llmock.patterns.drawing import Drawing
from pytest_llmock.patterns.running import Run
from pytest_llmock.patterns.stage import Stage
from pytest_llmock.patterns.step import Step, StepLike, as_step


@dataclass(frozen=True, init=False, repr=False)
class Pipeline(Step):
    """Each step gets what the one before it made: `Pipeline(generate, enrich, validate)`."""

    steps: tuple[Step, ...]

    def __init__(self, *steps: StepLike) -> None:
        if not steps:
            raise ValueError("A Pipeline needs a step at least: Pipeline(Stage('generate', shape=…)).")
        object.__setattr__(self, "steps", tuple(as_step(step, of="Pipeline") for step in steps))
        twice = [name for name, times in Counter(stage.name for stage in _stages(self)).items() if times > 1]
        if twice:
            raise ValueError(
                f"This Pipeline has two stages named '{twice[0]}': give each its own, by which "
                "trace and messages speak of it."
            )

    @property
    def parts(self) -> tuple[Step, ...]:
        return self.steps

    async def apply(self, data: JSON, run: Run) -> JSON:
        for step in self.steps:
            data = await step.through(data, run)
        return data

    def draw(self, drawing: Drawing, before: tuple[str, ...]) -> tuple[str, ...]:
        for step in self.steps:
            before = step.draw(drawing, before)
        return before

    def __repr__(self) -> str:
        return f"Pipeline({', '.join(map(repr, self.steps))})"


def _stages(pipeline: Pipeline) -> Iterator[Stage]:
    """Its stages, those of pipelines in it too."""
    for step in pipeline.steps:
        if isinstance(step, Stage):
            yield step
        if isinstance(step, Pipeline):
            yield from _stages(step)

"""The one loop behind ValidationLoop, Refine, SelfHeal and QualityGate: try, judge, try to do better.

The rules: it ends with the first attempt that nothing is wrong with, or when its moves are used up. Each move
goes on from the attempt before it, and `final`, the last resort, from the best one. The best is kept, of
equals the latest, and what is wrong with it are the issues of the run. What steps left behind in an attempt
that is not kept does not count.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from pytest_llmock.errors import StepFailed
from pytest_llmock.llm import JSON
from pytest_llmock.patterns.drawing import Drawing
from pytest_llmock.patterns.handed import bare
from pytest_llmock.patterns.running import Run
from pytest_llmock.patterns.step import Step
from pytest_llmock.patterns.verdicts import issue_text, issues_of


@dataclass(frozen=True, slots=True)
class Attempt:
    """A value and what is wrong with it; `worth` compares attempts. `error` is why there is no value."""

    value: JSON
    issues: tuple[JSON, ...]
    worth: float
    error: StepFailed | None = None


# From the attempt to go on from (None: there is none yet) to the next one.
Move: TypeAlias = Callable[[Attempt | None, Run], Awaitable[Attempt]]
Judge: TypeAlias = Callable[[JSON, Run], Awaitable[Attempt]]


async def improved(moves: Iterable[Move], run: Run, *, final: Move | None = None) -> JSON:
    """The value of the best attempt. Raises the error of an attempt when there is no better one."""
    loop = _Loop(run)
    for move in moves:
        if await loop.does(move, loop.last):
            return loop.end()
    if final is not None:
        await loop.does(final, loop.best)
    return loop.end()


class _Loop:
    def __init__(self, run: Run) -> None:
        self._run = run
        self.last: Attempt | None = None
        self.best: Attempt | None = None
        self._left: Run = run

    async def does(self, move: Move, start: Attempt | None) -> bool:
        """Make the next attempt; whether nothing is wrong with it."""
        aside = self._run.aside()
        self.last = await move(start, aside)
        if self.best is None or self.last.worth >= self.best.worth:
            self.best, self._left = self.last, aside
        return not self.last.issues

    def end(self) -> JSON:
        assert self.best is not None
        if self.best.error is not None:
            raise self.best.error
        self._run.adopt(self._left)
        self._run.issues += map(issue_text, self.best.issues)
        return self.best.value


def making(step: Step, given: Callable[[Attempt | None], JSON], judge: Judge) -> Move:
    """The move that has a step make a value from what it is `given`, and has it judged."""

    async def move(start: Attempt | None, run: Run) -> Attempt:
        return await judge(bare(await step.through(given(start), run)), run)

    return move


def judging(validator: Step) -> Judge:
    """Judges by the verdict of a validator: the fewer issues, the better."""

    async def judge(value: JSON, run: Run) -> Attempt:
        issues = await issues_of(validator, value, run)
        return Attempt(value, issues, -len(issues))

    return judge


def optional(step: Step | None) -> tuple[Step, ...]:
    """The step, if there is one."""
    return () if step is None else (step,)


def shown(step: Step) -> str:
    """The step in a node of a drawing: what it is called, and whom it asks."""
    return "\n".join((step.label, *step.backends))


def draw_mending(drawing: Drawing, check: str, mend: Step, final: Step | None) -> tuple[str, ...]:
    """Draw what happens behind the node `check`; the nodes that whatever follows stands behind."""
    for node in mend.draw(drawing, (drawing.exit(check, "issues"),)):
        drawing.edge(node, check)
    ends: tuple[str, ...] = (drawing.exit(check, "passes"),)
    if final is not None:
        ends += final.draw(drawing, (drawing.exit(check, "at last"),))
    return ends

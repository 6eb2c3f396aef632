"""Several answers to the same data, and the one that they come to."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pytest_llmock.errors import StepFailed
from pytest_llmock.llm import JSON
from pytest_llmock.patterns.data import json_data
from pytest_llmock.patterns.drawing import Drawing
from pytest_llmock.patterns.failing import nobody
from pytest_llmock.patterns.given import check_word
from pytest_llmock.patterns.improving import optional, shown
from pytest_llmock.patterns.running import Run
from pytest_llmock.patterns.scores import QualityScore, as_scorer, score_of
from pytest_llmock.patterns.stage import Stage
from pytest_llmock.patterns.step import FunctionStep, Step, StepLike, as_step, called, check_callable, named
from pytest_llmock.patterns.together import each
from pytest_llmock.patterns.verdicts import asking, useless
from pytest_llmock.patterns.votes import by_field, by_majority
from pytest_llmock.shapes.limits import canonical, freeze, thaw

Choose: TypeAlias = (
    "Literal['best', 'majority', 'fields'] | Step | Callable[[list[JSON]], JSON | Awaitable[JSON]]"
)
_WORDS = ("best", "majority", "fields")
_VOTES = {"majority": by_majority, "fields": by_field}


@dataclass(frozen=True, slots=True)
class _Opinion:
    """What one of the steps answered, and what was left to mend of it."""

    step: Step
    value: JSON
    run: Run


@dataclass(frozen=True, init=False, repr=False)
class Consensus(Step):
    """All steps answer at the same time, and one answer is chosen: `Consensus([fast, quality, premium])`.

    `choose` is one of these, and of equals the one that stands first in the list wins:

    - "best": the value with the highest `score`, which is what it is to a Refine (a function to 0 to 1, or a
      step that answers {"score"}). Without it the quality of the values is compared: completeness, validity
      and realism, with the shape of the Stage that made each.
    - "majority": the value that most steps gave, whatever the order of its keys.
    - "fields": what most say of each field of objects, and of each place of lists of one length.
    - a function from the list of values to the value.
    - a step as the judge: it gets {"input": …, "candidates": [value, …]} and answers {"choice": 0}, a place
      in that list.

    Steps that fail are left out, and stand with their errors in the trace; StepFailed lists why when all did.
    """

    steps: tuple[Step, ...]
    choose: str | Step | Callable[[list[JSON]], object]
    score: Step | None

    def __init__(
        self, steps: Sequence[StepLike], choose: Choose = "best", score: object | None = None
    ) -> None:
        of = "Consensus"
        given: object = steps
        if isinstance(given, str) or not isinstance(given, Sequence) or not given:
            raise TypeError(f"{of} takes a list of steps: {of}([first, second, …]), not {steps!r:.80}.")
        object.__setattr__(self, "steps", tuple([as_step(step, of=of) for step in steps]))
        object.__setattr__(self, "choose", _chooser(choose, len(steps), of))
        if score is not None and choose != "best":
            raise ValueError(f"{of}: score= is for choose='best', and choose is {choose!r:.80}.")
        object.__setattr__(self, "score", None if score is None else as_scorer(score, of=of))

    @property
    def parts(self) -> tuple[Step, ...]:
        return (*self.steps, *self._judges)

    @property
    def _judges(self) -> tuple[Step, ...]:
        return (self.choose,) if isinstance(self.choose, Step) else optional(self.score)

    async def apply(self, data: JSON, run: Run) -> JSON:
        opinions = await self._opinions(data, run)
        values = [opinion.value for opinion in opinions]
        chosen = await self._chosen(data, opinions, values, run)
        if not all(opinion.run.ok for opinion in opinions):
            key = canonical(chosen)
            for opinion in [one for one in opinions if canonical(one.value) == key][:1] or opinions:
                run.adopt(opinion.run)
        return chosen

    async def _opinions(self, data: JSON, run: Run) -> list[_Opinion]:
        found: dict[int, _Opinion] = {}
        failures: dict[int, StepFailed] = {}

        async def ask(index: int) -> None:
            step, aside = self.steps[index], run.aside()
            try:
                found[index] = _Opinion(step, await step.through(data, aside), aside)
            except StepFailed as error:
                if run.is_over:
                    raise
                run.do_without(error)
                failures[index] = error

        await each(range(len(self.steps)), ask, at_once=len(self.steps))
        if not found:
            raise nobody([failures[index] for index in sorted(failures)])
        return [found[index] for index in sorted(found)]

    async def _chosen(self, data: JSON, opinions: list[_Opinion], values: list[JSON], run: Run) -> JSON:
        if self.choose == "best":
            return await self._best(opinions, run)
        if isinstance(self.choose, Step):
            return await _judged(self.choose, data, values, run)
        if isinstance(self.choose, str):
            return _VOTES[self.choose](values)
        said = await called(self.choose, thaw(freeze(values)))
        return json_data(said, f"What {named(self.choose)} chooses")

    async def _best(self, opinions: list[_Opinion], run: Run) -> JSON:
        scores = [0.0] * len(opinions)

        async def rate(index: int) -> None:
            opinion = opinions[index]
            scorer = self.score or _quality(opinion.step)
            scores[index], _ = await score_of(scorer, opinion.value, run)

        await each(range(len(opinions)), rate, at_once=len(opinions))
        return opinions[scores.index(max(scores))].value

    def draw(self, drawing: Drawing, before: tuple[str, ...]) -> tuple[str, ...]:
        ends = tuple([node for step in self.steps for node in step.draw(drawing, before)])
        how = self.choose if isinstance(self.choose, str) else named(self.choose)
        judges = "".join(f"\n{shown(judge)}" for judge in self._judges)
        return (drawing.behind(ends, judges.strip() or how, "choice"),)

    def __repr__(self) -> str:
        choose = repr(self.choose) if isinstance(self.choose, (str, Step)) else named(self.choose)
        score = "" if self.score is None else f", score={self.score!r}"
        return f"Consensus([{', '.join(map(repr, self.steps))}], choose={choose}{score})"


def _chooser(choose: object, count: int, of: str) -> object:
    if isinstance(choose, FunctionStep):
        return choose.function
    if isinstance(choose, Step):
        return asking(choose, _choice(count), "choice", of=of)
    if isinstance(choose, type) or not callable(choose):
        check_word(choose, _WORDS, what=f"{of}: choose", otherwise=", a function or a step")
    else:
        check_callable(choose, of=f"{of}: choose")
    return choose


def _choice(count: int) -> dict[str, JSON]:
    """The shape of the judge's answer."""
    place: JSON = {"type": "integer", "minimum": 0, "maximum": count - 1}
    return {"type": "object", "properties": {"choice": place}, "required": ["choice"]}


async def _judged(judge: Step, data: JSON, values: list[JSON], run: Run) -> JSON:
    given: dict[str, JSON] = {"input": data, "candidates": values}
    answer = await judge.through(given, run)
    choice = answer.get("choice") if isinstance(answer, dict) else None
    if not isinstance(choice, int) or isinstance(choice, bool) or not 0 <= choice < len(values):
        raise useless(judge, given, answer, f'a choice: {{"choice": 0 to {len(values) - 1}}}')
    return values[choice]


def _quality(step: Step) -> QualityScore:
    shape = step.form.source if isinstance(step, Stage) and step.form is not None else None
    return QualityScore("quality", shape)

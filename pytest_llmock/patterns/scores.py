"""How good data is, from 0 to 1: whoever says it becomes a step that answers {"score", "issues"}."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeGuard

from pytest_llmock.llm import JSON
from pytest_llmock.patterns.running import Run
from pytest_llmock.patterns.step import FunctionStep, Step, called, check_callable, named
from pytest_llmock.patterns.verdicts import ISSUES, Local, are_issues, asking, listed, told, useless
from pytest_llmock.shapes.limits import freeze, thaw

SCORE: dict[str, JSON] = {
    "type": "object",
    "properties": {"score": {"type": "number", "minimum": 0, "maximum": 1}, "issues": ISSUES},
    "required": ["score"],
}


@dataclass(frozen=True, repr=False)
class FunctionScore(Local):
    """Has a function of the user's say the score, async or not."""

    function: Callable[[JSON], object]

    async def apply(self, data: JSON, run: Run) -> JSON:  # noqa: ARG002 - it calls no model
        said = await called(self.function, thaw(freeze(data)))
        score, issues = _parts(said)
        if not _is_share(score) or not isinstance(issues, Iterable):
            raise TypeError(f"{self.shown} returned {said!r:.80}: return a number from 0 to 1, or a report.")
        return {"score": score, "issues": listed(issues, self.shown)}


@dataclass(frozen=True, repr=False)
class QualityScore(Local):
    """The score that `pytest_llmock.shapes.quality` gives, by a shape and by rules if there are any."""

    shape: object = field(default=None, hash=False)
    rules: tuple[str, ...] = ()

    async def apply(self, data: JSON, run: Run) -> JSON:  # noqa: ARG002 - it calls no model
        from pytest_llmock.shapes.quality import score  # noqa: PLC0415 - only who scores pays for it

        report = score(data, shape=self.shape, rules=self.rules)
        return {"score": report.score, "issues": [*dict.fromkeys(map(told, report.issues))]}


def as_scorer(like: object, *, of: str) -> Step:
    """A step that answers {"score", "issues"}. Raises TypeError or ValueError when that says nothing."""
    if isinstance(like, FunctionStep):
        like = like.function
    if isinstance(like, Step):
        return asking(like, SCORE, "score", of=of)
    if isinstance(like, type) or not callable(like):
        raise TypeError(
            f"{of}: score is a function from the data to 0 to 1, or a step that answers {{'score'}}, "
            f"not {like!r:.80}."
        )
    check_callable(like, of=f"{of}: score")
    return FunctionScore(named(like), like)


async def score_of(scorer: Step, value: JSON, run: Run) -> tuple[float, tuple[JSON, ...]]:
    """The score of the value, and why it is not 1. Raises StepFailed, too for no score."""
    answer = await scorer.through(value, run)
    score, issues = _parts(answer)
    if not _is_share(score) or not are_issues(issues):
        raise useless(scorer, value, answer, 'a score: {"score": 0 to 1, "issues": [text, …]}')
    return float(score), tuple(issues)


def check_share(value: object, *, what: str) -> float:
    """The value. Raises ValueError when it is not from 0 to 1, naming `what`: "Refine: threshold"."""
    if not _is_share(value) or isinstance(value, bool):
        raise ValueError(f"{what} is {value!r:.80}: give a number from 0 to 1.")
    return float(value)


def _parts(said: object) -> tuple[object, object]:
    if isinstance(said, Mapping):
        return 0 if _contradicts_itself(said) else said.get("score"), said.get("issues") or []
    if hasattr(said, "score"):
        return said.score, getattr(said, "issues", ())
    return said, []


def _contradicts_itself(said: Mapping[str, object]) -> bool:
    """Whether that is a full score for what did not pass: no loop may end with it."""
    return said.get("passed") is False and said.get("score") == 1


def _is_share(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and 0 <= value <= 1

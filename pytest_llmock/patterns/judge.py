"""A backend as a judge: what it is asked, and its verdict.

Nothing here knows how a backend is reached: who asks passes a function from a generation to JSON of its
shape.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from pytest_llmock.errors import OffShapeError
from pytest_llmock.llm import JSON, Generation
from pytest_llmock.shapes.validate import problems

Ask: TypeAlias = Callable[[Generation], Awaitable[JSON]]

PATH = "/quality/judge"
VERDICT: dict[str, JSON] = {
    "type": "object",
    "properties": {
        "score": {"type": "number", "minimum": 0, "maximum": 1},
        "passed": {"type": "boolean"},
        "issues": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["score", "passed", "issues"],
}
_TASK = (
    "Judge the data of the request. score: the share of it that is right, from 0 to 1. passed: whether "
    "nothing is wrong. issues: one sentence for each thing that is wrong, which begins with the JSON pointer "
    "to it; empty when nothing is."
)
_BY_RULES = f"{_TASK} Only the validationRules of the request count."
_BY_SENSE = f"{_TASK} Right is what is complete, valid, consistent and what a real service would have."


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge says: `score` from 0 to 1, whether the data passed, and what is wrong with it.

    Who does not pass data and gives it the full score contradicts itself: that is a score of 0, because the
    score is what counts.
    """

    score: float
    passed: bool
    issues: tuple[str, ...] = ()


def question(data: JSON, rules: Sequence[str] = ()) -> Generation:
    """What a judge is asked: whether the data keeps the rules; without rules, whether it is good data."""
    body: dict[str, JSON] = {"data": data}
    if rules:
        body["validationRules"] = [*rules]
    return Generation("POST", PATH, body=body, shape=VERDICT, instructions=_BY_RULES if rules else _BY_SENSE)


def verdict_of(answer: JSON) -> Verdict:
    """The verdict that an answer is, whatever else it says. Raises OffShapeError when it is none."""
    found = problems(VERDICT, answer)
    if found or not isinstance(answer, dict):
        told = "; ".join(f"{problem.pointer or 'it'} {problem.message}" for problem in found)
        raise OffShapeError(
            f"The judge gave no verdict: {told}. A verdict has score (0 to 1), passed and issues: choose a "
            "backend that keeps to a JSON Schema.",
            attempts=[{"text": str(answer)[:2000], "problems": [problem.message for problem in found]}],
        )
    score, issues = answer["score"], answer["issues"]
    assert isinstance(score, (int, float))
    assert isinstance(issues, list)
    verdict = Verdict(float(score), bool(answer["passed"]), tuple(map(str, issues)))
    if verdict.passed or verdict.score < 1:
        return verdict
    return replace(verdict, score=0.0, issues=verdict.issues or ("was not passed, without a reason",))


async def judged(ask: Ask, data: JSON, rules: Sequence[str] = ()) -> Verdict:
    """The verdict of whoever `ask` asks. Raises what asking raises, and OffShapeError for no verdict."""
    return verdict_of(await ask(question(data, rules)))

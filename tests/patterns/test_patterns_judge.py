"""What a judge is asked, and what counts as a verdict."""

import asyncio

import pytest

from pytest_llmock.errors import OffShapeError
from pytest_llmock.patterns.judge import VERDICT, Verdict, judged, question, verdict_of


def asked(answer, *args):
    """What a judge that gives this answer says, and what it was asked."""
    seen = []

    async def ask(generation):
        seen.append(generation)
        return answer

    return asyncio.run(judged(ask, *args)), seen


def test_a_judge_gets_the_data_and_the_rules():
    """And the form of a verdict."""
    verdict, [generation] = asked(
        {"score": 0.5, "passed": False, "issues": ["/a is rude"]}, {"a": 1}, ["Be nice"]
    )

    assert verdict == Verdict(0.5, passed=False, issues=("/a is rude",))
    assert generation.body == {"data": {"a": 1}, "validationRules": ["Be nice"]}
    assert generation.shape == VERDICT
    assert "Only the validationRules" in generation.instructions


def test_without_rules_a_judge_decides_what_is_right():
    """Nothing is said of rules then."""
    generation = question([1])

    assert generation.body == {"data": [1]}
    assert "Rules" not in generation.instructions


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("fine", "it is 'fine', which is not of type object"),
        ({"score": 7, "passed": True, "issues": []}, "/score is 7, more than 1"),
        ({"score": 1, "issues": []}, "it has no 'passed', which is required"),
    ],
    ids=["prose", "beyond 1", "incomplete"],
)
def test_what_is_no_verdict_is_refused(answer, told):
    """Nobody takes it for a good one."""
    with pytest.raises(OffShapeError) as caught:
        verdict_of(answer)

    assert caught.value.message.startswith(f"The judge gave no verdict: {told}. A verdict has score")
    assert caught.value.attempts[0]["text"] == str(answer)


def test_what_else_a_judge_says_is_ignored():
    """Models like to explain themselves."""
    answer = {"score": 1, "passed": True, "issues": [], "reasoning": "It is fine.", "confidence": 0.9}

    assert asked(answer, {})[0] == Verdict(1, passed=True)


@pytest.mark.parametrize(
    ("issues", "told"),
    [(["/a is rude"], ("/a is rude",)), ([], ("was not passed, without a reason",))],
    ids=["with a reason", "without"],
)
def test_a_full_score_for_data_that_was_not_passed_counts_for_nothing(issues, told):
    """A gate compares the score only, and must not let it pass."""
    verdict = verdict_of({"score": 1, "passed": False, "issues": issues})

    assert verdict == Verdict(0, passed=False, issues=told)

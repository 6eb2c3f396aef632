"""What a run came to, and how it says so."""

from decimal import Decimal

import pytest

from pytest_llmock import Result, Slot, Traced, Usage
from pytest_llmock.errors import OffShapeError

ASKED = Traced("make", "fast", "gemma3:4b", "live", 0.12, Usage(10, 5), Decimal("0.002"), attempts=1)
AGAIN = Traced(
    "enrich", "rich", "", "replayed", 0.4, Usage(1, 2, estimated=True), Decimal("0.01"), 2, ("/age: low",)
)
LOST = Traced("check", seconds=0.03, issues=("It is down.",), has_failed=True)
WRONG = Traced("make", "fast", "", "live", 0.2, attempts=2, issues=("/age: low",), has_failed=True)
WITHOUT = Traced("check", cost=Decimal(0), issues=("ValueError: x",), is_call=False, has_failed=True)


def test_usage_and_cost_are_those_of_all_calls():
    """Estimated where one was."""
    result = Result({}, trace=(ASKED, AGAIN))

    assert (result.usage, result.cost) == (Usage(11, 7, estimated=True), Decimal("0.012"))


def test_without_a_call_nothing_was_spent():
    """Zero is known."""
    assert (Result({}).usage, Result({}).cost) == (Usage(), Decimal(0))


def test_a_price_that_nobody_knows_makes_the_cost_unknown():
    """None, and not the sum of the others."""
    assert Result({}, trace=(ASKED, LOST)).cost is None


@pytest.mark.parametrize(
    ("result", "ok"),
    [
        (Result({}), True),
        (Result({}, issues=("x",)), False),
        (Result([None], failed=(Slot(0, 1, ValueError("x")),)), False),
    ],
)
def test_a_result_is_ok_when_nothing_is_left(result, ok):
    """No issue and no failed item."""
    assert result.ok is ok


def test_what_is_left_can_be_raised():
    """With every issue."""
    result = Result({}, issues=("/age: low",), failed=(Slot("b", 1, ValueError("down"), (2,)),))

    with pytest.raises(OffShapeError) as caught:
        result.raise_for_issues()

    assert str(caught.value) == "The result is not what was asked for: /age: low; item 2, branch 'b': down"


def test_nothing_is_raised_for_a_result_that_is_ok():
    """It can be asked of every result."""
    assert Result({}).raise_for_issues() is None


def test_a_result_explains_itself():
    """A line for the whole, one for each call, and one for each thing that is wrong."""
    failed = (Slot(3, 1, ValueError("down")),)

    told = Result({}, 0.5501, (ASKED, AGAIN, LOST, WITHOUT), ("/age: low",), failed).explain()

    assert told.splitlines() == [
        "not ok: 3 model calls in 550 ms, 18 tokens, unknown cost",
        "  make    fast (gemma3:4b), live, 120 ms",
        "  enrich  rich, replayed, 400 ms, 2 attempts",
        "            asked again: /age: low",
        "  check   (nobody), no answer, 30 ms",
        "            failed: It is down.",
        "  check   no model call",
        "            failed: ValueError: x",
        "  issue: /age: low",
        "  failed: item 3: down",
    ]


def test_a_call_whose_answers_were_no_use_has_failed():
    """It was answered, and asked again, in vain."""
    assert Result({}, trace=(WRONG,)).explain().splitlines()[1:] == [
        "  make  fast, live, 200 ms, 2 attempts",
        "          failed: /age: low",
    ]


def test_a_result_without_calls_explains_itself_in_a_line():
    """In the singular and the plural."""
    assert Result({}).explain() == "ok: 0 model calls in 0 ms, 0 tokens, $0"
    assert Result({}, trace=(ASKED,)).explain().startswith("ok: 1 model call in 0 ms, 15 tokens, $0.002\n")

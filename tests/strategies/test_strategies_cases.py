"""Contract cases as Hypothesis strategy."""

import subprocess
import sys

import pytest
from hypothesis import Phase, find, given, settings
from pydantic import BaseModel, Field

from pytest_llmock import ShapeError, strategies
from pytest_llmock.shapes.parse import parse
from pytest_llmock.shapes.validate import problems


class Loan(BaseModel):
    """What a library lends."""

    isbn: str = Field(pattern="^[0-9]{13}$")
    days: int = Field(ge=1, le=28)
    note: str | None = None


SCHEMA = parse(Loan).schema
QUICK = settings(database=None, phases=[Phase.generate, Phase.shrink])


@settings(max_examples=80, deadline=None)
@given(strategies.contract_cases("POST /loans", Loan))
def test_every_case_is_what_its_kind_says(case):
    """Whatever Hypothesis draws."""
    is_wrong = isinstance(case.value, bytes) or bool(problems(SCHEMA, case.value))

    assert is_wrong is (case.kind == "invalid")
    assert case.id.startswith(f"post-loans-{case.kind}-")
    assert case.endpoint == "POST /loans"


@pytest.mark.parametrize(
    ("kinds", "rule"),
    [(("valid", "invalid"), "typical"), (("invalid", "valid"), "body: text instead of object")],
    ids=["valid first", "invalid first"],
)
def test_the_simplest_case_is_of_the_kind_that_stands_first(kinds, rule):
    """And about the whole."""
    case = find(strategies.contract_cases("/loans", Loan, kinds=kinds), lambda case: True, settings=QUICK)

    assert case.rule == rule


def test_a_failure_shrinks_to_a_value_without_optional_fields():
    """Where they are not what the rule is about."""
    cases = strategies.contract_cases("/loans", Loan, kinds=["invalid"])

    case = find(cases, lambda case: case.rule.startswith("/days"), settings=QUICK)

    assert case.value.keys() <= {"isbn", "days"}


@settings(max_examples=20, deadline=None)
@given(strategies.contract_cases("/loans", Loan, kinds=["edge"]))
def test_kinds_are_chosen(case):
    """No other is drawn."""
    assert case.kind == "edge"


@settings(max_examples=20, deadline=None)
@given(strategies.contract_cases("/flags", bool))
def test_a_kind_of_which_there_is_none_is_never_drawn(case):
    """A flag has no edges."""
    assert case.kind in {"valid", "invalid"}


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        (["inavlid"], "The kind of cases is 'inavlid'. Did you mean 'invalid'?"),
        (["edge"], "The schema of /flags has no cases of kind edge."),
        ([], "The schema of /flags has no cases of kind (none given)."),
    ],
)
def test_a_strategy_without_cases_is_refused_when_it_is_made(kinds, message):
    """Not when the test runs."""
    with pytest.raises(ShapeError) as caught:
        strategies.contract_cases("/flags", bool, kinds=kinds)

    assert caught.value.message == message


def test_without_hypothesis_the_extra_is_named():
    """And what to type."""
    code = "import sys; sys.modules['hypothesis'] = None; import pytest_llmock.strategies"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.stderr.splitlines()[-1] == (
        "ImportError: pytest_llmock.strategies needs hypothesis, which is not installed: "
        "`pip install pytest-llmock[hypothesis]`."
    )

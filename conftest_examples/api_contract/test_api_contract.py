"""Twenty requests that must be taken, ten on the edge, fifteen that must be refused: from the schema alone."""

import pytest
from signup_api import RULES, sign_up

from pytest_llmock import Pipeline, Stage, contract_cases

SCHEMA = {
    "type": "object",
    "properties": {
        "username": {"type": "string", "minLength": 3, "maxLength": 20},
        "age": {"type": "integer", "minimum": 18, "maximum": 120},
        "plan": {"enum": ["free", "premium"]},
        "phone": {"type": "string", "pattern": r"^\+[0-9]{6,14}$"},
    },
    "required": ["username", "age", "plan"],
}
CASES = contract_cases("POST /signups", SCHEMA, valid=20, edge=10, invalid=15)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_sign_up(case):
    status = sign_up(case.body)

    assert (status == 201) == case.is_valid, case


def test_they_find_an_endpoint_that_forgets_a_bound():
    careless = {**RULES, "age": lambda value: isinstance(value, int) and value <= 120}

    broken = [case.rule for case in CASES if (sign_up(case.body, careless) == 201) != case.is_valid]

    assert broken == ["/age: below minimum 18"]


def test_three_backends_think_of_cases_at_the_same_time(pipeline):
    ask = pipeline.parallel(
        {
            "valid": cases_of("valid", 20, backend="generator"),
            "edge": cases_of("edge", 10, backend="enricher"),
            "invalid": cases_of("invalid", 15, backend="validator"),
        }
    )

    cases = ask.run_sync({"endpoint": "POST /signups", "schema": SCHEMA}).value

    assert {kind: len(made) for kind, made in cases.items()} == {"valid": 20, "edge": 10, "invalid": 15}
    assert all(case["kind"] == kind for kind, made in cases.items() for case in made)


def cases_of(kind, count, *, backend):
    def request(endpoint):
        return {**endpoint, "type": kind, "count": count}

    return Pipeline(request, Stage(kind, backend=backend, path=f"/testcases/{kind}"))

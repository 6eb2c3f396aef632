"""Test cases: valid, valid at the edge, invalid; each about one rule."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_llmock.errors import ShapeError
from pytest_llmock.shapes.cases import Case, edge_cases, invalid_cases, valid_cases
from pytest_llmock.shapes.mutations import EDGE_RULES, INVALID_RULES
from pytest_llmock.shapes.parse import parse
from pytest_llmock.shapes.validate import problems

MEMBER = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 30},
        "email": {"type": "string", "format": "email"},
        "age": {"type": "integer", "minimum": 18, "exclusiveMaximum": 100},
        "score": {"type": "number", "multipleOf": 0.5, "maximum": 10, "exclusiveMinimum": 0},
        "role": {"enum": ["admin", "guest"]},
        "nick": {"type": ["string", "null"]},
        "code": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "tags": {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "maxItems": 3,
            "uniqueItems": True,
        },
        "home": {"$ref": "#/$defs/Home"},
        "agreed": {"const": True},
        "note": {"type": "string", "maxLength": 100_000},
        "parts": {"type": "array", "maxItems": 100_000},
    },
    "required": ["name", "email"],
    "additionalProperties": False,
    "$defs": {"Home": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}},
}


def test_valid_cases_are_valid():
    """Ordinary values."""
    cases = valid_cases(MEMBER, 10, Random(1))

    assert [(case.kind, case.rule) for case in cases] == [("valid", "typical")] * 10
    assert [problems(MEMBER, case.value) for case in cases] == [()] * 10


def test_edge_cases_are_valid_and_of_every_rule():
    """At the boundary, and still allowed."""
    cases = edge_cases(MEMBER, 40, Random(1))

    assert len(cases) == 40
    assert {case.rule for case in cases} == {*EDGE_RULES}
    assert [problems(MEMBER, case.value) for case in cases] == [()] * 40


def test_invalid_cases_are_invalid_and_of_every_rule():
    """Each breaks a rule."""
    cases = invalid_cases(MEMBER, 60, Random(1))

    assert len(cases) == 60
    assert {case.rule for case in cases} == {*INVALID_RULES}
    assert all(problems(MEMBER, case.value) for case in cases)


@pytest.mark.parametrize("make", [edge_cases, invalid_cases])
def test_every_rule_has_its_turn(make):
    """The first cases are about different rules."""
    first = make(MEMBER, 4, Random(1))

    assert len({case.rule for case in first}) == 4


@pytest.mark.parametrize(
    ("make", "rule", "expected"),
    [
        (edge_cases, "boundary", {"age": 18}),
        (edge_cases, "boundary", {"age": 99}),
        (edge_cases, "boundary", {"role": "guest"}),
        (edge_cases, "null/empty", {"nick": None}),
        (edge_cases, "null/empty", {"nick": ""}),
        (invalid_cases, "type mismatch", {"age": "twelve"}),
        (invalid_cases, "constraint violation", {"age": 17}),
        (invalid_cases, "constraint violation", {"age": 100}),
        (invalid_cases, "constraint violation", {"tags": []}),
        (invalid_cases, "constraint violation", {"role": "none of the allowed values"}),
        (invalid_cases, "malformed", {"email": "no-at-sign.example.com"}),
        (invalid_cases, "null/empty", {"name": ""}),
        (invalid_cases, "missing required", {"home": {}}),
    ],
)
def test_the_line_is_drawn_where_the_schema_draws_it(make, rule, expected):
    """Bounds, choices, formats and nested objects each give a case."""
    values = [
        case.value for case in make(MEMBER, 90, Random(2), rules=[rule]) if isinstance(case.value, dict)
    ]

    assert any(value.items() >= expected.items() for value in values)


def test_chosen_rules_are_the_only_ones():
    """`rules` narrows."""
    cases = invalid_cases(MEMBER, 12, Random(1), rules=["missing required"])

    assert {case.rule for case in cases} == {"missing required"}


def test_rules_that_the_schema_has_not_are_forgotten():
    """Where none of the chosen rules gives a case, the others do."""
    cases = invalid_cases({"type": "integer"}, 3, Random(1), rules=["missing required"])

    assert cases[0] == Case("invalid", "type mismatch", "twelve")


def test_an_example_shape_gives_cases_as_well():
    """What `parse` makes of an example is a schema like any other."""
    schema = dict(parse({"name": "string", "email": "email", "age": 0}).schema)

    cases = invalid_cases(schema, 20, Random(1))

    assert all(problems(schema, case.value) for case in cases)


def test_more_cases_than_edges_have_other_values_around():
    """The same edge comes again in another record."""
    cases = edge_cases({"type": "object", "properties": {"name": {"type": "string"}}}, 30, Random(1))

    assert len(cases) == 30


def test_a_value_without_any_edge_is_its_own():
    """A constant has nothing beside it."""
    assert edge_cases({"const": 7}, 1, Random(1)) == (Case("edge", "boundary", 7),)


def test_a_schema_that_allows_everything_has_no_invalid_case():
    """There is nothing to refuse."""
    with pytest.raises(ShapeError) as caught:
        invalid_cases({}, 1, Random(1))

    assert caught.value.message == (
        "The JSON Schema allows every value that was tried, so there are no invalid cases. Add 'type', "
        "'required' or bounds, or ask for 'valid' cases."
    )


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "items": {"type": "integer", "minimum": 3}, "minItems": 2},
        {"type": "array", "items": {"type": "integer"}, "maxItems": 0},
        {"type": "array", "prefixItems": [{"type": "integer"}]},
        {"type": "number", "multipleOf": 3},
        {"type": "boolean"},
        {"type": "null"},
        {"type": "string", "format": "json-pointer", "minLength": 5},
        {"allOf": [{"pattern": "a"}, {"pattern": "b"}], "enum": ["ab", "ba"]},
    ],
    ids=str,
)
def test_any_kind_of_value_has_cases(schema):
    """Not only objects."""
    assert all(problems(schema, case.value) == () for case in edge_cases(schema, 5, Random(1)))
    assert all(problems(schema, case.value) for case in invalid_cases(schema, 5, Random(1)))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), st.integers(0, 25))
def test_the_same_random_gives_the_same_cases(seed, n):
    """Pure functions of schema, number and randomness."""
    for make in (valid_cases, edge_cases, invalid_cases):
        assert make(MEMBER, n, Random(seed)) == make(MEMBER, n, Random(seed))
        assert len(make(MEMBER, n, Random(seed))) == n

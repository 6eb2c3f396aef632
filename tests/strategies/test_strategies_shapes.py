"""Values of a shape."""

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from pytest_llmock import ShapeError, strategies
from pytest_llmock.shapes.parse import parse
from pytest_llmock.shapes.validate import problems

QUICK = settings(database=None, phases=[Phase.generate, Phase.shrink])


class Loan(BaseModel):
    """What a library lends."""

    isbn: str = Field(pattern="^[0-9]{13}$")
    days: int = Field(ge=1, le=28)
    rate: float = Field(gt=0, lt=1)
    note: str | None = None
    tags: list[str] = Field(default_factory=list, max_length=3)


SHAPES = [
    {"id": 0, "email": "string", "ok": True, "at": "2024-01-01", "tags": ["x"]},
    {"type": "array", "items": {"type": "integer", "minimum": 1.5, "maximum": 7}, "minItems": 2},
    {"type": ["string", "null"], "maxLength": 3},
    {"type": "object", "required": ["a"], "properties": {"b": {"enum": [1, "x"]}, "c": {"const": None}}},
    {"type": "number", "minimum": 0, "maximum": 0.5},
    {"anyOf": [{"type": "integer"}, {"type": "string", "format": "date"}]},
    Loan,
]


@pytest.mark.parametrize("shape", SHAPES, ids=range(len(SHAPES)))
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_value_is_valid(shape, data):
    """Whatever Hypothesis draws, of examples, schemas and models."""
    value = data.draw(strategies.from_shape(shape))

    assert problems(parse(shape).schema, value) == ()


def test_a_failing_value_shrinks_to_the_least():
    """The shortest text, the smallest number, no field that is not needed."""
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}, "x": {}},
        "required": ["name", "age"],
    }

    assert find(strategies.from_shape(schema), lambda value: True, settings=QUICK) == {"name": "", "age": 0}
    assert find(strategies.from_shape(schema), lambda value: value["age"] > 41, settings=QUICK)["age"] == 42


def test_a_schema_that_nothing_satisfies_is_refused_when_the_strategy_is_made():
    """Not when the test runs."""
    with pytest.raises(ShapeError):
        strategies.from_shape({"type": "integer", "minimum": 3, "maximum": 2})

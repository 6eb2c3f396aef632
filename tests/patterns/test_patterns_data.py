"""What steps are given and make is JSON, or refused with what would do."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from pydantic import BaseModel

from pytest_llmock import Pipeline, Result, Stage
from pytest_llmock.patterns.data import json_data


class User(BaseModel):
    name: str = "Ann"


@dataclass
class Point:
    x: int = 0


async def items():
    yield 1


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (User(), 'is of type User: .model_dump(mode="json") makes an object of it'),
        (Point(), "is of type Point: dataclasses.asdict(…) makes an object of it"),
        (frozenset({1}), "is of type frozenset: sorted(…) makes a list of it"),
        (b"a", "is of type bytes: .decode() makes text of it"),
        (date(2024, 5, 1), "is of type date: .isoformat() makes text of it"),
        (datetime(2024, 5, 1, tzinfo=UTC), "is of type datetime: .isoformat() makes text of it"),
        (time(12), "is of type time: .isoformat() makes text of it"),
        (Decimal(1), "is of type Decimal: str(…) makes text of it, float(…) a number"),
        (range(3), "is of type range: list(…) makes a list of it"),
        (items(), "is of type async_generator: [item async for item in …] makes a list of it"),
        (Result(1), "is of type Result: its .value is data"),
        (Stage("a"), "is of type Stage: await step(data) makes data of it"),
        (Pipeline(Stage("a")), "is of type Pipeline: await step(data) makes data of it"),
        (object(), "is of type object: give text, numbers, True, False, None, lists or objects"),
        (float("nan"), "is nan, which JSON has not. Give null (None), or leave it out"),
    ],
)
@pytest.mark.parametrize(
    ("around", "place"), [(lambda each: each, "it"), (lambda each: {"a": (0, each)}, "/a/1")]
)
def test_what_is_no_json_is_refused_with_its_place_and_what_would_do(value, told, around, place):
    """So that nobody has to look for it."""
    with pytest.raises(TypeError) as caught:
        json_data(around(value), "The answer")

    assert str(caught.value) == f"The answer must be JSON data: {place} {told}."


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({1: 1, "1": 2}, "the key '1' stands twice in one object"),
        ({(1, 2): 0}, "keys must be str, int, float, bool or None, not tuple"),
    ],
)
def test_what_is_wrong_but_no_value_is_told_as_it_is(value, told):
    """Keys, and text that is none."""
    with pytest.raises(TypeError) as caught:
        json_data(value, "The answer")

    assert str(caught.value) == f"The answer must be JSON data: {told}."

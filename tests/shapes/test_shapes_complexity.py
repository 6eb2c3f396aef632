"""The two formulas of the tutorial, on what they were written for and on any JSON."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock import assess_complexity, complexity

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=8),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("request_", "score"),
    [
        pytest.param({"shape": {"name": "string"}}, 1.2, id="one field, flat"),
        pytest.param({"shape": {"a": 0, "b": 0, "c": 0, "d": 0, "e": 0}}, 2.0, id="five fields, a point"),
        pytest.param({"shape": {str(n): 0 for n in range(40)}}, 4.0, id="fields give three at most"),
        pytest.param({"shape": {"a": {"b": {"c": {"d": {}}}}}}, 3.2, id="depth gives three at most"),
        pytest.param({"shape": {"tags": ["string"]}}, 4.2, id="an array: two, and a level"),
        pytest.param({"shape": {"user": {"address": {"city": ""}, "orders": [{"id": 0}]}}}, 5.2, id="nested"),
        pytest.param({"shape": {"a": 0}, "validationRules": ["x", "y"]}, 3.2, id="a point a rule"),
        pytest.param({"shape": {"a": 0}, "validationRules": "x and y"}, 2.2, id="a text is one rule"),
        pytest.param({"shape": {"a": 0}, "validationRules": ["x"] * 50}, 10.0, id="ten at most"),
        pytest.param({"shape": {"a": "[x] {y}"}}, 1.2, id="a bracket in a text is no array"),
        pytest.param({"shape": {}}, 1.0, id="an empty shape is flat"),
        pytest.param({"shape": [{"a": 0}]}, 4.2, id="a list of records"),
        pytest.param({"a": 0, "b": 0}, 1.4, id="no shape: the data"),
        pytest.param({"shape": None, "a": 0}, 1.4, id="a shape of null is none"),
        pytest.param("text", 0.0, id="a scalar"),
    ],
)
def test_the_complexity_of_a_request(request_, score):
    """Fields, depth, arrays and rules count; the shape before the data."""
    assert complexity(request_) == pytest.approx(score)


@pytest.mark.parametrize(
    ("data", "count"),
    [
        pytest.param({"a": 1}, 1, id="an object"),
        pytest.param([], 2, id="an array counts twice"),
        pytest.param({"users": [{"id": 1}, {"id": 2}]}, 5, id="each object within"),
        pytest.param({"a": "{[{["}, 1, id="no brackets of texts"),
        pytest.param(7, 0, id="a scalar"),
    ],
)
def test_the_complexity_of_data(data, count):
    """Its objects and arrays are counted."""
    assert assess_complexity(data) == count


@given(JSON)
def test_complexity_is_a_number_from_0_to_10(data):
    """Whatever the request."""
    score = complexity(data)

    assert isinstance(score, float)
    assert 0 <= score <= 10


@given(st.dictionaries(st.text(), JSON), JSON)
def test_a_field_more_makes_nothing_less_complex(shape, value):
    """A shape within another one is no more complex than that."""
    wider = {**shape, "one more field": value}

    assert complexity({"shape": shape}) <= complexity({"shape": wider})
    assert assess_complexity(shape) <= assess_complexity(wider)


def test_very_deep_data_are_counted():
    """Nothing here recurses."""
    deep = []
    for _ in range(100_000):
        deep = [deep]

    assert (complexity(deep), assess_complexity(deep)) == (5.2, 200_002)

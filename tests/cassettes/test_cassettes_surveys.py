import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_llmock.cassettes.surveys import shape_differences

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("recorded", "live", "lines"),
    [
        pytest.param({"a": 1}, {"a": 2.5}, [], id="numbers are one type"),
        pytest.param({"a": 1}, {"a": "1"}, ["/a is a string, not a number"], id="another type"),
        pytest.param({"a": 1}, [1], ["/ is an array, not an object"], id="another root"),
        pytest.param({"a": "x"}, {"a": None}, ["/a is null, not a string"], id="null"),
        pytest.param({"a": 1}, {}, ["/a is missing"], id="missing"),
        pytest.param({}, {"a": 1}, ["/a is new"], id="new"),
        pytest.param({"a/b~": 1}, {}, ["/a~1b~0 is missing"], id="a pointer is escaped"),
        pytest.param(
            {"a": {"b": {"c": 1}}}, {"a": {}}, ["/a/b is missing"], id="what is below is not told again"
        ),
        pytest.param([{"a": 1}], [{"a": 1}, {"a": 2}, {"a": 3}], [], id="more items"),
        pytest.param([{"a": 1}], [], [], id="no items"),
        pytest.param([], [{"a": 1}], [], id="items where there were none"),
        pytest.param(
            [{"a": 1}, {"a": 1}], [{"a": 1}, {}], ["/*/a is missing in 1 of 2"], id="missing in one"
        ),
        pytest.param([{"a": 1}, {}], [{}], [], id="it was missing before"),
        pytest.param([1, "x"], ["x"], [], id="one of the types"),
        pytest.param(
            [1, "x"], [True, 1], ["/* is a boolean, not a number or a string"], id="none of the types"
        ),
        pytest.param([1], [{"a": 1}], ["/* is an object, not a number"], id="an object where there was none"),
    ],
)
def test_the_shape_of_data_is_compared_and_not_its_values(recorded, live, lines):
    """Keys and types, place by place."""
    assert list(shape_differences(recorded, live)) == lines


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_data_has_its_own_shape(value):
    """Whatever it is, and however often it stands in a list."""
    assert list(shape_differences(value, value)) == []
    assert list(shape_differences([value], [value, value])) == []


def test_deep_data_is_compared_without_recursion():
    """An answer cannot end in a stack overflow."""
    deep = "x"
    for _ in range(5_000):
        deep = [deep]

    assert list(shape_differences(deep, deep)) == []

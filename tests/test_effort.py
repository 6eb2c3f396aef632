"""The measure that tests of large inputs use."""

import pytest

from effort import grows_linearly


@pytest.mark.parametrize(
    ("work", "is_linear"),
    [
        pytest.param(lambda size: sum(range(100 * size)), True, id="linear"),
        pytest.param(lambda size: [sum(range(size)) for _ in range(size)], False, id="quadratic"),
    ],
)
def test_linear_work_is_told_from_quadratic(work, is_linear):
    """Whatever else the machine does meanwhile."""
    assert grows_linearly(work, 6_000) is is_linear

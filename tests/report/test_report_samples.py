"""How many samples passed, and how sure that is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.report.samples import Tally, wilson


@pytest.mark.parametrize(
    ("passed", "samples", "low", "high"),
    [
        pytest.param(17, 20, 0.6396, 0.9476, id="some"),
        pytest.param(0, 10, 0.0, 0.2775, id="none"),
        pytest.param(10, 10, 0.7225, 1.0, id="all"),
        pytest.param(1, 1, 0.2065, 1.0, id="one"),
    ],
)
def test_the_interval_is_wilsons(passed, samples, low, high):
    """As tables have it."""
    assert wilson(passed, samples) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(1, 500).flatmap(lambda samples: st.tuples(st.integers(0, samples), st.just(samples))))
def test_the_interval_holds_the_share_and_stays_within_0_and_1(counts):
    """For every number of samples."""
    low, high = wilson(*counts)

    assert 0 <= low <= counts[0] / counts[1] <= high <= 1


@pytest.mark.parametrize(
    ("samples", "pass_rate", "needed"), [(20, 0.9, 18), (10, 0.7, 7), (3, 0.5, 2), (7, 1.0, 7), (5, 0.01, 1)]
)
def test_so_many_samples_have_to_pass(samples, pass_rate, needed):
    """Rounded up, but not for what floats cannot say."""
    assert Tally(samples, pass_rate).needed == needed


def test_a_tally_says_how_many_passed_and_failed_alike():
    """The share, the interval, what was asked for, which failure is shown."""
    tally = Tally(20, 0.9, [(3, "a"), (4, "a"), (9, "b")])

    assert not tally.is_enough
    assert tally.line == "17 of 20 samples passed (85 %, 95 % interval 64\N{EN DASH}95 %)"
    assert tally.verdict == (
        f"{tally.line}; pass_rate=0.9 asks for 18. This is the failure of sample 3, 1 of 2 other failures are alike."
    )


def test_a_single_failure_has_none_beside_it():
    """Nothing is said of others."""
    assert Tally(2, 1.0, [(2, "a")]).verdict.endswith("asks for 2. This is the failure of sample 2.")

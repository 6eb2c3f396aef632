import asyncio

from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.clock import SystemClock, below, pick, random_for, seed_of


def test_a_seed_is_the_same_on_every_machine():
    """Golden data depends on this number: it may never change."""
    assert seed_of(0, "users") == 11572803553198066800


def test_seeds_of_different_parts_differ():
    """Parts do not run into each other."""
    assert len({seed_of("a", "b"), seed_of("ab"), seed_of("a b"), seed_of("b", "a")}) == 4


@given(st.integers(1, 1000), st.integers())
def test_below_stays_below_and_pick_stays_inside(limit, seed):
    """Both draw from the whole range and never outside it."""
    random = random_for(seed)

    assert 0 <= below(random, limit) < limit
    assert pick(random, range(limit)) in range(limit)


def test_the_system_clock_only_grows():
    """Waiting moves the clock on; the wall clock is a date of this century."""
    clock = SystemClock()
    before = clock.monotonic()

    asyncio.run(clock.sleep(0))

    assert clock.monotonic() >= before
    assert clock.wall() > 1_700_000_000

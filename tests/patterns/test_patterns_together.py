"""Many things at a time: order, bounds, errors."""

import anyio
import pytest

from pytest_llmock.patterns.together import each

LOOPS = pytest.mark.parametrize("loop", ["asyncio", "trio"])


@LOOPS
@pytest.mark.parametrize("at_once", [1, 3, 20])
def test_no_more_work_than_allowed_is_under_way(loop, at_once):
    """All that are allowed run together, and no more."""
    busy, most = 0, 0

    async def main():
        full = anyio.Event()

        async def work(thing):
            nonlocal busy, most
            busy += 1
            most = max(most, busy)
            if busy == min(10, at_once):
                full.set()
            await full.wait()
            busy -= 1

        await each(range(10), work, at_once=at_once)

    anyio.run(main, backend=loop)

    assert (most, busy) == (min(10, at_once), 0)


@LOOPS
def test_work_begins_in_order(loop):
    """Even where the loop begins its tasks in any order."""
    begun = []

    async def work(thing):
        begun.append(thing)
        await anyio.sleep(0.001)

    async def main():
        await each(range(30), work, at_once=7)

    anyio.run(main, backend=loop)

    assert begun == list(range(30))


@LOOPS
@pytest.mark.parametrize("at_once", [1, 4])
def test_the_first_error_is_raised_and_the_rest_cancelled(loop, at_once):
    """As it is, not in a group."""
    done = []

    async def work(thing):
        if thing == 2:
            raise ZeroDivisionError("two")
        await anyio.sleep(0 if thing < 2 else 60)
        done.append(thing)

    async def main():
        await each(range(10), work, at_once=at_once)

    with pytest.raises(ZeroDivisionError, match="two"):
        anyio.run(main, backend=loop)

    assert set(done) <= {0, 1}


def test_an_outcome_of_pytest_is_passed_on_as_it_is():
    """pytest.fail() in a branch fails the test with its own words."""

    async def work(thing):
        await anyio.sleep(0.001)
        pytest.fail("this is wrong")

    async def main():
        await each(range(2), work, at_once=2)

    with pytest.raises(pytest.fail.Exception, match="this is wrong"):
        anyio.run(main)


@LOOPS
@pytest.mark.parametrize("at_once", [1, 2, 1000])
def test_work_that_never_waits_can_be_cancelled(loop, at_once):
    """A timeout strikes between two things, though none of them waits."""
    done = 0

    async def work(thing):
        nonlocal done
        done += 1

    async def main():
        with anyio.move_on_after(0.05):
            await each(iter(int, 1), work, at_once=at_once)

    anyio.run(main, backend=loop)

    assert done

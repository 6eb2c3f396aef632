import asyncio
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.clock import Elapsed, SystemClock, VirtualClock, below, pick, random_for, seed_of


class Still:
    """A real time that stands still, so that virtual time is exact; its alarms never go off."""

    def monotonic(self):
        return 100.0

    def wall(self):
        return 1_800_000_000.0

    async def sleep(self, _, /):
        raise AssertionError("virtual time does not wait for real time")

    def call_at(self, _, action, /):
        return asyncio.get_running_loop().call_later(3600, action)


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


def test_an_alarm_of_the_system_clock_goes_off_at_its_time():
    """Unless it is cancelled before."""
    rung = []

    async def main():
        clock = SystemClock()
        clock.call_at(clock.monotonic() + 0.01, lambda: rung.append("first"))
        clock.call_at(clock.monotonic() + 0.01, lambda: rung.append("never")).cancel()
        clock.call_at(clock.monotonic() - 1, lambda: rung.append("late"))
        await asyncio.sleep(0.03)

    asyncio.run(main())

    assert rung == ["late", "first"]


def test_virtual_sleep_takes_no_time_and_moves_it():
    """An hour passes on both hands of the clock."""
    clock = VirtualClock(Still())

    asyncio.run(clock.sleep(3600))

    assert (clock.monotonic(), clock.wall()) == (3700.0, 1_800_003_600.0)


def test_virtual_time_goes_on_with_the_real_one():
    """What really takes time does here too."""
    clock, system = VirtualClock(), SystemClock()
    clock.advance(1000)
    before = clock.monotonic()

    asyncio.run(system.sleep(0.01))

    assert 0.009 < clock.monotonic() - before < 10
    assert clock.monotonic() - system.monotonic() == pytest.approx(1000, abs=5)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=12))
def test_sleepers_wake_in_the_order_of_their_times(delays):
    """Of equals whoever began first; and each at exactly its time."""
    clock, woken = VirtualClock(Still()), []

    async def sleeper(number, delay):
        await clock.sleep(delay)
        woken.append((delay, number, clock.monotonic() - 100))

    async def main():
        await asyncio.gather(*[sleeper(number, delay) for number, delay in enumerate(delays)])

    asyncio.run(main())

    assert woken == sorted((delay, number, delay) for number, delay in enumerate(delays))


def test_who_wakes_can_sleep_again_before_others_are_due():
    """Five short waits of one task fit into a long one of another."""
    clock, woken = VirtualClock(Still()), []

    async def often():
        for _ in range(5):
            await clock.sleep(1)
            woken.append("short")

    async def once():
        await clock.sleep(4.5)
        woken.append("long")

    async def main():
        await asyncio.gather(once(), often())

    asyncio.run(main())

    assert woken == ["short"] * 4 + ["long", "short"]


def test_a_sleeper_that_is_cancelled_moves_no_time():
    """Time passes only for those who go on."""
    clock = VirtualClock(Still())

    async def main():
        given_up = asyncio.ensure_future(clock.sleep(3600))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
        await clock.sleep(2)

    asyncio.run(main())

    assert clock.monotonic() == 102


def test_a_sleep_of_nought_or_less_ends_at_once():
    """A wait that was over before it began takes nothing."""
    clock = VirtualClock(Still())

    asyncio.run(clock.sleep(-5))

    assert clock.monotonic() == 100


def test_time_cannot_be_turned_back():
    """The refusal names what was asked."""
    with pytest.raises(ValueError, match="Time only grows: it cannot be advanced by -3 s."):
        VirtualClock().advance(-3)


def test_no_task_is_left_when_nobody_sleeps():
    """The clock works only while somebody waits, and works again for the next one, in another loop too."""
    clock = VirtualClock(Still())

    async def main():
        await clock.sleep(1)
        for _ in range(20):
            await asyncio.sleep(0)
        return asyncio.all_tasks() - {asyncio.current_task()}

    left = [asyncio.run(main()) for _ in range(2)]

    assert (left, clock.monotonic()) == ([set(), set()], 102)


def test_an_alarm_goes_off_at_its_time_on_the_way_to_a_later_sleeper():
    """Whom it strikes sees its time, and not that of who was still asleep."""
    clock, seen = VirtualClock(Still()), []

    async def main():
        clock.call_at(160, lambda: seen.append(clock.monotonic()))
        clock.call_at(130, lambda: seen.append("never")).cancel()
        clock.call_at(900, lambda: seen.append("never"))
        await clock.sleep(500)
        seen.append(clock.monotonic())

    asyncio.run(main())

    assert seen == [160, 600]


def test_nobody_moves_the_time_to_an_alarm():
    """It guards something that may be waiting for the real world."""
    clock, seen = VirtualClock(Still()), []

    async def main():
        clock.call_at(160, lambda: seen.append("early"))
        await asyncio.sleep(0.01)

    asyncio.run(main())

    assert (seen, clock.monotonic()) == ([], 100)


def test_an_alarm_also_goes_off_in_real_time_and_only_once():
    """What hangs is ended in virtual time as it would be without."""
    clock, seen = VirtualClock(), []

    async def main():
        clock.call_at(clock.monotonic() + 0.01, lambda: seen.append("rung"))
        await asyncio.sleep(0.03)
        clock.advance(1)
        await asyncio.sleep(0.01)

    asyncio.run(main())

    assert seen == ["rung"]


def test_time_advanced_in_another_thread_sets_off_the_alarms_in_between():
    """A test moves the time while the server's loop waits."""
    clock, seen = VirtualClock(Still()), []

    async def main():
        rung = asyncio.Event()
        clock.call_at(130, lambda: (seen.append(clock.monotonic()), rung.set()))
        thread = Thread(target=clock.advance, args=(50,))
        thread.start()
        await asyncio.wait_for(rung.wait(), 5)
        thread.join()

    asyncio.run(main())
    clock.advance(1)

    assert (seen, clock.monotonic()) == ([150], 151)


def test_elapsed_counts_what_was_skipped_together_once():
    """Two calls that began together and took 5 and 3 seconds when they were recorded took 5 in all."""
    elapsed = Elapsed(Still())
    began = elapsed.monotonic()

    elapsed.skip_to(began + 5)
    elapsed.skip_to(began + 3)

    assert elapsed.monotonic() == began + 5

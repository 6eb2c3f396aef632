import asyncio
from random import Random

import pytest

from pytest_llmock.clock import SystemClock, VirtualClock
from pytest_llmock.generation.variants import Variant
from pytest_llmock.mockapi.completions import Completions, Pace, completed, headers_of, response


class Frozen:
    """A clock on which only sleeping takes time."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now

    async def sleep(self, seconds):
        self.now += seconds


def done(n, strategy, delay=None, *, seconds=1.0):
    """What comes of n variants that take a second each, and how many were asked for at a time."""
    clock, asked, made = Frozen(), [], iter(range(n))

    async def supply(count):
        asked.append(count)
        clock.now += seconds
        return [Variant(b"%d" % next(made), "b", "m", "live", seconds) for _ in range(count)]

    pace = Pace.of(strategy, delay)
    return asyncio.run(completed(supply, n, pace, random=Random(0), clock=clock)), asked


@pytest.mark.parametrize(
    ("strategy", "n", "asked"),
    [
        ("Sequential", 3, [1, 1, 1]),
        ("Parallel", 3, [3]),
        ("Streaming", 3, [3]),
        ("Auto", 1, [1]),
        ("Auto", 5, [5]),
        ("Auto", 6, [6]),
    ],
)
def test_a_strategy_says_how_many_are_made_at_a_time(strategy, n, asked):
    """The variants are in order whatever it is."""
    completions, at_a_time = done(n, strategy)

    assert at_a_time == asked
    assert [variant.body for variant in completions.variants] == [b"%d" % number for number in range(n)]


@pytest.mark.parametrize(
    ("n", "strategy", "elapsed_s", "delay_s", "pauses_s"),
    [
        pytest.param(3, "Sequential", 4.0, 1.0, (), id="between calls"),
        pytest.param(3, "Parallel", 1.5, 0.5, (), id="the longest, once"),
        pytest.param(3, "Streaming", 1.0, 0.0, [0.5, 0.5], id="as it is sent"),
        pytest.param(6, "Auto", 1.0, 0.0, [0.5] * 5, id="more than five are streamed"),
        pytest.param(5, "Auto", 1.5, 0.5, (), id="five are not"),
        pytest.param(1, "Parallel", 1.0, 0.0, (), id="none for one"),
    ],
)
def test_delays_are_where_the_strategy_has_them(n, strategy, elapsed_s, delay_s, pauses_s):
    """Half a second each."""
    completions, _ = done(n, strategy, "500")

    assert (completions.elapsed_s, completions.delay_s) == (elapsed_s, delay_s)
    assert completions.pauses_s == pauses_s


@pytest.mark.parametrize("written", ["100-500", "100 - 500", "500-100"])
def test_a_range_of_delays_gives_different_ones_that_depend_on_the_seed_only(written):
    """In milliseconds, between both ends."""
    pace = Pace.of("Sequential", written)

    delays = pace.delays(50, Random(7))

    assert delays == pace.delays(50, Random(7))
    assert len(set(delays)) == 49
    assert all(0.1 <= delay <= 0.5 for delay in delays)


def test_the_times_are_told_in_milliseconds():
    """Of making all of them, of the whole, what of it is delay, and the mean of late."""
    cached = Variant(b"1", "b", "m", "cache", seconds=9.0)
    completions = Completions((Variant(b"0", seconds=1.2345), cached), 2.0, 0.25, (0.5,))

    assert headers_of(completions, 0.0614) == {
        "x-llmapi-request-time": "1234",
        "x-llmapi-total-elapsed": "2500",
        "x-llmapi-delay-applied": "750",
        "x-llmapi-avg-time": "61",
    }


def test_times_that_nobody_has_are_not_told():
    """No delay, no mean."""
    completions = Completions((Variant(b"0"),), 0.0)

    assert headers_of(completions, None).keys() == {"x-llmapi-request-time", "x-llmapi-total-elapsed"}


async def sent(answer):
    return answer.body if answer.stream is None else [piece async for piece in answer.stream]


@pytest.mark.parametrize(
    ("pauses_s", "in_pieces", "pieces"),
    [
        pytest.param((), True, b'["a",2,{}]', id="at once"),
        pytest.param((3600, 7200), True, [b'["a"', b",2", b",{}", b"]"], id="in pieces"),
        pytest.param((1, 2), False, b'["a",2,{}]', id="never in pieces"),
    ],
)
def test_the_answer_is_the_list_of_the_variants(pauses_s, in_pieces, pieces):
    """In one piece, unless there are pauses."""
    completions = Completions([Variant(b'"a"'), Variant(b"2"), Variant(b"{}")], 0.0, 0.0, pauses_s)
    clock = VirtualClock(SystemClock())

    answer = response(completions, clock, {"x": "y"}, in_pieces=in_pieces)

    assert asyncio.run(sent(answer)) == pieces
    assert answer.headers == {"x": "y"}

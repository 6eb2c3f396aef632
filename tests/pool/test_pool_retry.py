"""Asking again: when, how often, after which waits; all in virtual time."""

import asyncio
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from poolside import CUT, HANG, REFUSED, Recorder, Rig, Told, run, said

from pytest_llmock.choice import Choice
from pytest_llmock.clock import Elapsed, SystemClock
from pytest_llmock.config import Settings
from pytest_llmock.errors import BackendError, Failure
from pytest_llmock.ledger import Budget, Ledger
from pytest_llmock.llm import Prompt
from pytest_llmock.pool.deadline import Times, deadline_in
from pytest_llmock.pool.pool import Pool
from pytest_llmock.pool.retry import Repeats, retrying

SEEDS = range(1000)
CLOCK = SystemClock()


def times_in(seconds, clock):
    return Times(deadline_in(seconds, clock), Elapsed(clock))


def waits_of(seed, *, number=1, repeats=4):
    """The waits before the repeats of a backend's call of that number, with a base of one second."""
    settings = Settings(max_retry_attempts=repeats)
    pool = Pool(settings, Choice(seed=seed, test="t"), clock=Recorder(), ledger=Ledger(Budget()))
    return list(pool.members["b"].repeats.waits(number))


def test_waits_stay_within_bounds_that_double():
    """Of a thousand seeds none waits longer than 1, 2, 4 and 8 seconds, or less than nothing."""
    rows = [waits_of(seed) for seed in SEEDS]

    for repeat, column in enumerate(zip(*rows, strict=True)):
        assert min(column) >= 0
        assert max(column) <= 2**repeat


@pytest.mark.parametrize("repeat", range(4))
def test_waits_are_spread_over_their_whole_range(repeat):
    """Each tenth of the range has about a tenth of a thousand seeds, and the mean is its middle."""
    column = [waits_of(seed)[repeat] / 2**repeat for seed in SEEDS]

    tenths = [sum(n <= 10 * wait < n + 1 for wait in column) for n in range(10)]

    assert all(60 <= tenth <= 140 for tenth in tenths), tenths
    assert 0.47 < sum(column) / 1000 < 0.53


def test_the_same_seed_waits_the_same():
    """And another seed, test, backend or call does not."""
    assert waits_of(7) == waits_of(7)
    assert len({tuple(waits_of(seed, number=number)) for seed in range(20) for number in range(20)}) == 400


@given(st.integers(0, 500), st.floats(0, 1e6), st.integers())
def test_no_wait_is_longer_than_half_a_minute(repeat, base_s, seed):
    """However often it doubles."""
    waits = Repeats(repeat, base_s, (seed,)).waits(1)

    assert all(0 <= wait <= 30 for wait in waits)


def test_calls_that_fail_together_do_not_come_back_together():
    """A hundred callers of a dead backend wait a hundred different times."""
    rig = Rig({"a": [said(500)]}, max_retry_attempts=1, enable_circuit_breaker=False)

    async def main():
        return await asyncio.gather(*[rig.outcome() for _ in range(100)])

    run(main())

    assert len(rig.clock.waits) == len(set(rig.clock.waits)) == 40  # as many as the budget allows


def test_the_waits_of_a_call_do_not_depend_on_what_else_runs():
    """The second call of a backend waits as long alone as beside the first."""
    alone, beside = (Rig({"a": [said(500)]}, max_retry_attempts=1) for _ in range(2))

    async def together():
        return await asyncio.gather(beside.outcome(), beside.outcome())

    run(alone.outcome())
    run(alone.outcome())
    run(together())

    assert alone.clock.waits == beside.clock.waits


@pytest.mark.parametrize(
    "failure",
    [
        *[said(code) for code in (408, 409, 425, 429, 500, 502, 503, 504)],
        REFUSED,
        CUT,
        Failure("timeout", "slow"),
    ],
    ids=lambda failure: f"{failure.kind} {failure.status or ''}",
)
def test_what_may_pass_is_asked_again(failure):
    """An answer after two failures is an answer, and the journal has all three attempts."""
    rig = Rig({"a": [failure, failure, "well"]})

    text = run(rig.outcome())

    assert text == "well"
    assert [attempt.reason for attempt in rig.calls[0].attempts] == ["asked", "retry", "retry"]
    assert [attempt.error for attempt in rig.calls[0].attempts] == [failure.message, failure.message, ""]


@pytest.mark.parametrize(
    "failure",
    [
        *[said(code) for code in (400, 401, 403, 404, 422, 501)],
        *[Failure(kind, kind) for kind in ("resolve", "protocol", "too_large", "key_missing")],
    ],
    ids=lambda failure: f"{failure.kind} {failure.status or ''}",
)
def test_what_will_not_pass_is_asked_once(failure):
    """The failure is told at once, as it came."""
    rig = Rig({"a": [failure]})

    error = run(rig.outcome())

    assert error.failure is failure
    assert (rig.told["a"].asked, rig.clock.waits) == (1, [])


def test_the_number_of_repeats_is_that_of_the_settings():
    """Three repeats are four calls; the failure told is the last one."""
    rig = Rig({"a": [said(500), said(502), said(503), said(504)]}, max_retry_attempts=3)

    error = run(rig.outcome())

    assert error.failure == said(504)
    assert (rig.told["a"].asked, len(rig.clock.waits)) == (4, 3)


@pytest.mark.parametrize("off", [{"enable_retry_policy": False}, {"max_retry_attempts": 0}])
def test_without_the_policy_nothing_is_repeated(off):
    """Either setting turns it off."""
    rig = Rig({"a": [said(500)]}, **off)

    run(rig.outcome())

    assert rig.told["a"].asked == 1


def test_a_retry_after_is_waited_for():
    """Never shorter than the backend asked for; the jitter comes on top, so that callers come back spread."""
    rig = Rig({"a": [said(429, retry_after_s=20), said(503, retry_after_s=0.0), "well"]})

    text = run(rig.outcome())

    assert text == "well"
    assert 20 < rig.clock.waits[0] <= 21
    assert 0 < rig.clock.waits[1] <= 2


def test_a_retry_after_beyond_the_deadline_is_told_at_once():
    """Nobody waits for an answer that would come too late, and no budget is spent."""
    rig = Rig({"a": [said(429, retry_after_s=60)]})

    error = run(rig.outcome(seconds=60))

    assert error.failure.status == 429
    assert (rig.clock.waits, rig.clock.monotonic()) == ([], 1000)
    assert rig.pool.members["a"].repeats.budget.taken == 0


def test_a_wait_that_ends_just_before_the_deadline_is_waited():
    """The boundary belongs to the failure."""
    rig = Rig({"a": [said(429, retry_after_s=59), "well"]})

    assert run(rig.outcome(seconds=60)) == "well"


@pytest.mark.parametrize("pace", [0.0, 0.5])
def test_a_replayed_failure_is_waited_for_at_its_pace(pace):
    """Nobody is there to be spared: at a pace of nought not at all."""
    rig = Rig({"a": Told((said(503, retry_after_s=30), "well"), "a", pace)})

    text = run(rig.outcome())

    assert text == "well"
    assert 30 * pace <= rig.clock.waits[0] <= 31 * pace


def test_a_stream_that_breaks_after_its_first_piece_is_not_repeated():
    """The reader has that piece; it gets the failure and cannot be given the beginning twice."""
    rig = Rig({"a": [("begun", CUT), "well"]})
    read = []

    async def main():
        async with aclosing(rig.deltas(whole=False)) as deltas:
            read.append((await anext(deltas)).text)
            await anext(deltas)

    with pytest.raises(BackendError, match="the line went dead"):
        run(main())
    assert (read, rig.told["a"].asked) == (["begun"], 1)


def test_a_stream_that_breaks_before_its_first_piece_is_repeated():
    """Nobody has seen anything of it."""
    rig = Rig({"a": [CUT, "well"]})

    assert run(rig.outcome(whole=False)) == "well"


@pytest.mark.parametrize(
    "pieces", [("begun", CUT), ("be", "gun", said(500))], ids=["cut", "error in the stream"]
)
def test_a_whole_answer_that_breaks_off_is_repeated(pieces):
    """Its caller gets all of the second one and nothing of the first."""
    rig = Rig({"a": [pieces, "well"]})

    text = run(rig.outcome())

    assert (text, rig.told["a"].asked, rig.told["a"].closed) == ("well", 2, 2)


def test_a_dead_backend_is_not_stormed():
    """Two hundred callers repeat sixty times between them, not six hundred."""
    rig = Rig({"a": [said(500)]}, enable_circuit_breaker=False)

    async def main():
        return await asyncio.gather(*[rig.outcome() for _ in range(200)])

    run(main())

    assert rig.told["a"].asked == 200 + 20 + 40


def test_a_breaker_that_opened_ends_the_repeats():
    """The failure is told as it was, at once; the budget is left alone."""
    rig = Rig({"a": [said(500)]}, circuit_breaker_failure_threshold=2)

    error = run(rig.outcome())

    assert error.failure.status == 500
    assert (rig.told["a"].asked, len(rig.clock.waits), rig.pool.members["a"].repeats.budget.taken) == (
        2,
        1,
        1,
    )


def test_a_caller_who_leaves_during_the_wait_is_gone():
    """Nothing is asked afterwards."""
    rig = Rig({"a": [said(500, retry_after_s=5)]})
    rig.clock = rig.pool.elapsed.clock = Stuck()

    async def main():
        waiting = asyncio.ensure_future(rig.ask())
        await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return waiting.cancelled()

    assert run(main())
    assert (rig.told["a"].asked, rig.busy()) == (1, 0)


class Stuck(Recorder):
    """Waits that do not end."""

    async def sleep(self, _, /):
        await asyncio.Event().wait()


def test_an_error_that_is_no_failure_of_a_backend_is_not_repeated():
    """A mistake in a test's own function is told as it is, and noted."""
    rig = Rig({"a": [ValueError("a mistake")]})

    error = run(rig.outcome())

    assert repr(error) == "ValueError('a mistake')"
    assert (rig.told["a"].asked, rig.calls[0].attempts[0].error) == (1, "ValueError: a mistake")


def test_whole_closes_what_it_reads_when_its_reader_leaves():
    """A backend is not left open behind a half-read answer."""
    told = Told((("begun", HANG),))

    async def main():
        reading = asyncio.ensure_future(
            anext(retrying(told, Repeats(), times_in(9, CLOCK), is_whole=True)(Prompt()))
        )
        await asyncio.sleep(0.01)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)

    run(main())

    assert told.closed == 1


def test_repeats_need_nothing_of_the_pool():
    """A backend of any kind can be repeated."""
    clock, told = Recorder(), Told((REFUSED, "well"))

    async def main():
        backend = retrying(told, Repeats(3), times_in(9, clock))
        return [delta.text async for delta in backend(Prompt())]

    assert run(main()) == ["we", "ll", ""]

"""All parts of the pool together: storms, deadlines, queues, and callers who leave."""

import asyncio
from collections import Counter
from contextlib import aclosing, suppress
from dataclasses import replace

import pytest
from poolside import HANG, REFUSED, Recorder, Rig, Told, run, said

from pytest_llmock.clock import SystemClock
from pytest_llmock.errors import BreakerOpenError, DeadlineError, LLMockError
from pytest_llmock.llm import Delta, End

ONCE = {"enable_retry_policy": False}
NO_BREAKER = {"enable_circuit_breaker": False}


def sleeping(clock, seconds):
    """A backend that answers after so much of the clock's time."""

    async def backend(prompt):
        await clock.sleep(seconds)
        yield Delta("well", end=End())

    return backend


def dribbling(clock):
    """A backend whose answer grows by a piece a second and never ends."""

    async def backend(prompt):
        while True:
            await clock.sleep(1)
            yield Delta(".")

    return backend


def storm(clock):
    """Three backends that always fail, each in its way, and one that never answers."""
    silent = sleeping(clock, 10**9)
    failing = {"busy": [said(429, retry_after_s=5)], "down": [said(503)], "gone": [REFUSED], "silent": silent}
    return Rig(failing, clock=clock, strategy="round_robin")


async def storming(rig, calls, seconds):
    """The outcome and virtual duration of each of so many calls at once; each begins with another backend."""
    names = list(rig.leaves)

    async def one(number):
        order = [names[(number + step) % len(names)] for step in range(len(names))]
        began = rig.clock.monotonic()
        outcome = await rig.outcome(*order, seconds=seconds)
        return outcome, rig.clock.monotonic() - began

    return await asyncio.gather(*[one(number) for number in range(calls)])


def test_a_thousand_calls_on_a_failing_pool_end_in_time():
    """Each gets an error of ours by its deadline; attempts keep to the budgets; nothing is left behind."""
    rig = storm(Recorder())

    outcomes = run(storming(rig, 1000, 60.0))

    assert all(isinstance(outcome, LLMockError) for outcome, _ in outcomes)
    assert max(seconds for _, seconds in outcomes) <= 60
    assert rig.busy() == 0
    tried = Counter(attempt.backend for call in rig.calls for attempt in call.attempts)
    for name, member in rig.pool.members.items():
        assert member.repeats.budget.taken <= 20 + member.repeats.budget.calls // 5
        assert tried[name] <= member.repeats.budget.calls + member.repeats.budget.taken
        assert member.breaker is None or not member.breaker.is_probing


def test_calls_spare_a_backend_that_is_down():
    """Its breaker opens at the fifth outage: who comes later does not reach it."""
    rig = Rig({"down": [said(503)], "well": ["well"]})

    async def main():
        await asyncio.gather(*[rig.outcome("down", "well") for _ in range(5)])
        return await asyncio.gather(*[rig.outcome("down", "well") for _ in range(195)])

    texts = run(main())

    assert texts == ["well"] * 195
    assert rig.told["down"].asked == 5
    assert rig.pool.members["down"].breaker.refused == 195 + 4  # the four that would have asked again


@pytest.mark.parametrize("probe", ["well", said(503)], ids=["answers", "fails"])
def test_of_fifty_waiting_callers_exactly_one_probes(probe):
    """The others are refused at once, whatever the one finds."""
    rig = Rig({"a": [said(503), probe]}, circuit_breaker_failure_threshold=1, **ONCE)
    run(rig.outcome())
    rig.clock.advance(30)

    async def main():
        return await asyncio.gather(*[rig.outcome() for _ in range(50)])

    outcomes = run(main())

    assert rig.told["a"].asked == 2
    assert sum(isinstance(outcome, BreakerOpenError) for outcome in outcomes) == 49
    assert rig.pool.members["a"].breaker.state == ("closed" if probe == "well" else "open")


def test_who_waits_in_the_queue_does_not_get_past_a_breaker_that_opened_meanwhile():
    """Fifty callers of a dead backend that takes one at a time: two reach it."""
    entries = {"a": {"max_concurrent_requests": 1}}
    rig = Rig({"a": [said(503)]}, entries=entries, circuit_breaker_failure_threshold=2, **ONCE)

    async def main():
        return await asyncio.gather(*[rig.outcome() for _ in range(50)])

    outcomes = run(main())

    assert rig.told["a"].asked == 2
    assert sum(isinstance(outcome, BreakerOpenError) for outcome in outcomes) == 48


def test_whom_an_open_breaker_refuses_does_not_queue():
    """A call that hangs in the only slot does not hold up the refusals."""
    entries = {"a": {"max_concurrent_requests": 1}}
    rig = Rig({"a": [said(503), HANG]}, entries=entries, circuit_breaker_failure_threshold=1, **ONCE)

    async def main():
        await rig.outcome()
        rig.clock.advance(30)
        probing = asyncio.ensure_future(rig.ask())
        await asyncio.sleep(0.01)
        outcome = await asyncio.wait_for(rig.outcome(), 5)
        probing.cancel()
        await asyncio.gather(probing, return_exceptions=True)
        return outcome

    assert isinstance(run(main()), BreakerOpenError)


def test_a_backend_with_slots_gets_no_more_calls_at_a_time_and_in_order():
    """Twenty calls, three at a time, first come first served."""
    entries = {"a": {"max_concurrent_requests": 3}}
    rig, begun = Rig({"a": ["well"]}, entries=entries), []

    async def one(number):
        text = await rig.outcome()
        begun.append(number)
        return text

    async def main():
        return await asyncio.gather(*[one(number) for number in range(20)])

    texts = run(main())

    assert (texts, begun) == (["well"] * 20, list(range(20)))
    assert rig.told["a"].peak == 3


@pytest.mark.parametrize("at", ["first", "waiting"])
def test_a_slot_is_given_back_by_whoever_leaves(at):
    """Whether it had the slot or waited for it: the next in the queue is served."""
    entries = {"a": {"max_concurrent_requests": 1}}
    rig = Rig({"a": [HANG if at == "first" else "well", "well"]}, entries=entries)

    async def main():
        asking = [asyncio.ensure_future(rig.outcome()) for _ in range(3)]
        await asyncio.sleep(0)
        leaving = asking.pop(0 if at == "first" else 1)
        leaving.cancel()
        texts = await asyncio.wait_for(asyncio.gather(*asking), 5)
        await asyncio.gather(leaving, return_exceptions=True)
        return texts

    assert run(main()) == ["well", "well"]
    assert rig.pool.members["a"].queues[0]._value == 1


def test_a_retry_does_not_hold_its_slot_while_it_waits():
    """Another call is served in between."""
    entries = {"a": {"max_concurrent_requests": 1}}
    rig = Rig({"a": [said(429, retry_after_s=10), "second", "first"]}, entries=entries)

    async def main():
        return await asyncio.gather(rig.outcome(), rig.outcome())

    assert run(main()) == ["first", "second"]


def given_up(rig, how, *, whole):
    """Begin an answer and leave it; nothing may be under way afterwards."""

    async def main():
        deltas = rig.deltas(whole=whole)
        reading = asyncio.ensure_future(anext(deltas))
        await asyncio.sleep(0.01)
        during = rig.busy()
        if how == "cancelled":
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        await deltas.aclose()
        return during

    return run(main())


@pytest.mark.parametrize(("how", "whole"), [("closed", False), ("cancelled", False), ("cancelled", True)])
def test_a_caller_who_leaves_takes_everything_along(how, whole):
    """The backend is closed at once; slot, count and probe are given back; the attempt is no failure."""
    entries = {"a": {"max_concurrent_requests": 1}}
    rig = Rig(
        {"a": [said(503), ("begun", HANG)]}, entries=entries, circuit_breaker_failure_threshold=1, **ONCE
    )
    run(rig.outcome())
    rig.clock.advance(30)
    if how == "cancelled" and not whole:
        rig.told["a"].outcomes = (said(503), HANG)

    during = given_up(rig, how, whole=whole)

    member = rig.pool.members["a"]
    assert (during, rig.busy(), rig.told["a"].running, rig.told["a"].closed) == (1, 0, 0, 2)
    assert (member.queues[0]._value, member.breaker.state, member.is_ejected) == (1, "half_open", False)
    assert (rig.calls[1].attempts[0].outcome, rig.calls[1].attempts[0].error) == ("cancelled", "")


def test_a_timeout_around_the_caller_works():
    """What the caller's own `asyncio.timeout` says is a TimeoutError, and the task is not left cancelled."""
    rig = Rig({"a": [HANG]})

    async def main():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await rig.ask()
        return asyncio.current_task().cancelling()

    assert run(main()) == 0
    assert (rig.told["a"].closed, rig.busy()) == (1, 0)


def test_a_timeout_between_two_pieces_works_too():
    """The pieces read so far are the caller's; the backend is closed."""
    rig, read = Rig({"a": [("begun", HANG)]}), []

    async def main():
        async with aclosing(rig.deltas(whole=False)) as deltas, asyncio.timeout(0.01):
            read.append((await anext(deltas)).text)
            await anext(deltas)

    with pytest.raises(TimeoutError):
        run(main())
    assert (read, rig.told["a"].closed) == (["begun"], 1)


def test_the_deadline_is_outside_of_everything():
    """Retry, failover and queue end with it, at its very moment of virtual time."""
    clock = Recorder()
    entries = {"b": {"max_concurrent_requests": 1}}
    backends = {"a": [said(503)], "b": sleeping(clock, 50)}
    rig = Rig(backends, clock=clock, entries=entries, max_retry_attempts=1, **NO_BREAKER)

    async def main():
        began = clock.monotonic()
        outcomes = await asyncio.gather(*[rig.outcome(seconds=60) for _ in range(3)])
        return outcomes, clock.monotonic() - began

    outcomes, took = run(main())

    assert Counter(map(str, outcomes))["well"] == 1
    assert sum(isinstance(outcome, DeadlineError) for outcome in outcomes) == 2
    assert took == pytest.approx(60)


def test_an_answer_that_dribbles_ends_at_the_deadline():
    """A piece a second is not a sign of life that counts."""
    clock = Recorder()
    rig = Rig({"a": dribbling(clock)}, clock=clock)

    error = run(rig.outcome(seconds=60))

    assert isinstance(error, DeadlineError)
    assert (clock.monotonic(), rig.busy()) == (1060, 0)


def test_a_deadline_in_real_time_ends_what_hangs():
    """The backend is closed, and the breaker learns nothing from a deadline that was the caller's."""
    rig = Rig({"a": [HANG]}, clock=SystemClock())

    error = run(rig.outcome(seconds=0.02))

    assert isinstance(error, DeadlineError)
    assert (rig.told["a"].closed, rig.busy()) == (1, 0)
    assert rig.pool.members["a"].breaker.trips == 0


def test_time_moved_by_a_test_ends_what_hangs():
    """An hour passes while a call is under way."""
    rig = Rig({"a": [HANG]})

    async def main():
        asking = asyncio.ensure_future(rig.outcome(seconds=60))
        await asyncio.sleep(0.01)
        rig.clock.advance(3600)
        return await asyncio.wait_for(asking, 5)

    assert isinstance(run(main()), DeadlineError)


def test_a_cancellation_at_the_moment_of_the_deadline_stays_one():
    """Whoever cancelled is not answered with a deadline."""
    rig = Rig({"a": [HANG]})

    async def main():
        asking = asyncio.ensure_future(rig.ask(seconds=60))
        await asyncio.sleep(0.01)
        rig.clock.advance(3600)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        return asking.cancelled()

    assert run(main())
    assert (rig.told["a"].closed, rig.busy()) == (1, 0)


def python(rig, name):
    """The same pool with that backend as a function of the test's own, whose attempts the pool bounds."""
    rig.leaves[name] = replace(rig.leaves[name], provider="python")
    return rig


def test_an_attempt_of_a_function_takes_no_longer_than_its_time():
    """It is a failure of the kind `timeout`: noted, repeated, counted, and another one's turn."""
    clock = Recorder()
    backends = {"slow": sleeping(clock, 100), "well": ["well"]}
    rig = python(Rig(backends, clock=clock, max_retry_attempts=1, timeout_seconds=20), "slow")

    text = run(rig.outcome())

    told = "Backend 'slow' did not complete its answer within 20 s (TimeoutSeconds)."
    assert text == "well"
    assert [(each.error, each.outcome) for each in rig.calls[0].attempts] == [
        (told, "failure"),
        (told, "failure"),
        ("", "success"),
    ]
    assert rig.pool.members["slow"].breaker.cause.message == told


def test_a_backend_that_answers_its_cancellation_with_anything_does_not_leave_the_task_cancelled():
    """The deadline is told all the same."""

    async def stubborn(prompt):
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        yield Delta("never mind", end=End())

    rig = Rig({"a": stubborn}, clock=SystemClock())

    async def main():
        return await rig.outcome(seconds=0.02), asyncio.current_task().cancelling()

    error, cancelling = run(main())
    assert (type(error), cancelling) == (DeadlineError, 0)


def test_a_backend_whose_clean_up_hangs_does_not_hold_up_the_deadline():
    """Its clean-up is given a moment, and then is cancelled too."""

    async def hanging(prompt):
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.Event().wait()
        yield Delta()

    rig = Rig({"a": hanging}, clock=SystemClock())

    async def main():
        async with asyncio.timeout(5):
            return await rig.outcome(seconds=0.02), asyncio.current_task().cancelling()

    error, cancelling = run(main())
    assert (type(error), cancelling) == (DeadlineError, 0)


def test_reset_begins_again_for_those_who_come_after():
    """Breakers, budgets and turns are new; a call under way ends in the old ones."""
    rig = Rig(
        {"a": [said(503), HANG, "well"]}, strategy="round_robin", **ONCE, circuit_breaker_failure_threshold=1
    )

    async def main():
        await rig.outcome()
        rig.clock.advance(30)
        under_way = asyncio.ensure_future(rig.ask())
        await asyncio.sleep(0.01)
        rig.pool.reset()
        text = await rig.outcome()
        under_way.cancel()
        await asyncio.gather(under_way, return_exceptions=True)
        return text

    assert run(main()) == "well"
    member = rig.pool.members["a"]
    assert (member.breaker.state, member.breaker.trips, member.repeats.budget.calls, member.busy) == (
        "closed",
        0,
        1,
        0,
    )


def test_the_strategy_chooses_among_the_leaves_that_are_asked_for():
    """In turn, and busy ones last."""
    rig = Rig({"a": ["well"], "b": ["well"]}, strategy="least_busy")
    rig.pool.members["a"].busy = 1

    assert rig.pool.choose(list(rig.leaves.values())).name == "b"


def test_members_are_found_in_any_case_and_know_their_settings():
    """One comes into being when it is first asked for; one that the settings do not name has defaults."""
    rig = Rig(
        {"Alpha": ["well"]}, entries={"Alpha": {"weight": 3, "priority": 2, "max_concurrent_requests": 4}}
    )
    members = rig.pool.members

    alpha, other = members["ALPHA"], members["other"]

    assert (alpha.name, alpha.weight, alpha.priority, alpha.queues[0]._value) == ("ALPHA", 3, 2, 4)
    assert (other.weight, other.priority, len(other.queues), other.is_ejected) == (1, 0, 1, False)
    assert (list(members), len(members), members["alpha"] is alpha) == (["ALPHA", "other"], 2, True)


def test_without_breakers_there_are_none():
    """A backend that always fails is always asked."""
    rig = Rig({"a": [said(503)], "b": [said(503)]}, **NO_BREAKER, **ONCE)

    for _ in range(9):
        run(rig.outcome())

    assert (rig.told["a"].asked, rig.pool.members["a"].breaker) == (9, None)


def test_each_delta_passes_through_as_it_is_and_when_it_comes():
    """All that the pool adds is the origin on the first one."""
    rig = Rig({"a": Told((("one", "two", "three!"),))}, entries={"a": {"max_concurrent_requests": 1}})

    async def main():
        return [delta async for delta in rig.deltas(whole=False)]

    deltas = run(main())

    assert [delta.text for delta in deltas] == ["one", "two", "thr", "ee!", ""]
    assert [delta.origin is None for delta in deltas] == [False, True, True, True, True]
    assert rig.calls[0].attempts[0].usage.total_tokens == 8

"""The breaker by itself, against a model of it, and around a backend."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from poolside import HANG, REFUSED, Still, Told, run, said

from pytest_llmock.clock import Elapsed, VirtualClock
from pytest_llmock.errors import BackendError, BreakerOpenError
from pytest_llmock.folding import fold
from pytest_llmock.llm import Prompt
from pytest_llmock.pool.admission import admitted
from pytest_llmock.pool.breaker import Breaker
from pytest_llmock.pool.members import Member

OUTAGE, BUSY, MISSING = said(503), said(429), said(404)


@pytest.fixture
def clock():
    """Time that moves only when told to."""
    return VirtualClock(Still())


@pytest.fixture
def breaker(clock):
    """A breaker that opens for 10 s after two outages in a row."""
    return Breaker("b", threshold=2, duration_s=10, elapsed=Elapsed(clock))


def fail(breaker, times=1, failure=OUTAGE, *, early=False):
    for _ in range(times):
        breaker.leave(breaker.enter(early=early), failure)


def test_it_opens_when_outages_follow_each_other(breaker):
    """The threshold is a number of outages in a row."""
    fail(breaker)
    before = breaker.state

    fail(breaker)

    assert (before, breaker.state, breaker.trips, breaker.wait_s) == ("closed", "open", 1, 10)
    assert breaker.cause is OUTAGE


def test_an_answer_in_between_begins_the_count_anew(breaker):
    """One outage now and then opens nothing."""
    for failure in (OUTAGE, None, OUTAGE, MISSING, OUTAGE):
        fail(breaker, failure=failure)

    assert (breaker.state, breaker.trips) == ("closed", 0)


def test_a_busy_backend_neither_counts_nor_makes_good(breaker):
    """429 between two outages leaves the first one standing, and is none itself."""
    fail(breaker, 5, BUSY)
    fail(breaker)
    fail(breaker, failure=BUSY)
    before = breaker.state

    fail(breaker)

    assert (before, breaker.state) == ("closed", "open")


def test_a_call_to_an_open_breaker_is_refused_with_the_cause(breaker, clock):
    """The message says for how long, and what went wrong last; a client may come back after the wait."""
    fail(breaker, 2)
    clock.advance(2.75)

    with pytest.raises(BreakerOpenError) as caught:
        breaker.enter()

    assert caught.value.message == (
        "Backend 'b' was not asked: its circuit breaker is open for another 7.25 s. The last failure: said 503"
    )
    assert (caught.value.status, caught.value.failure.kind, caught.value.failure.retry_after_s) == (
        503,
        "open",
        8,
    )
    assert breaker.refused == 1


def test_when_its_time_is_over_one_call_tries(breaker, clock):
    """Half open lets one through; whoever comes meanwhile is told that one tries."""
    fail(breaker, 2)
    clock.advance(10)
    before = breaker.state, breaker.is_ejected

    breaker.enter()

    with pytest.raises(BreakerOpenError, match="open while one call tries it"):
        breaker.enter()
    assert (before, breaker.state, breaker.is_ejected) == (("half_open", False), "half_open", True)


@pytest.mark.parametrize(
    ("failure", "state", "wait_s"),
    [
        pytest.param(None, "closed", 0, id="an answer closes it"),
        pytest.param(MISSING, "closed", 0, id="a refusal closes it: somebody is there"),
        pytest.param(BUSY, "half_open", 0, id="a busy one leaves the next call to try"),
        pytest.param(OUTAGE, "open", 20, id="an outage opens it for longer"),
    ],
)
def test_the_probe_decides(breaker, clock, failure, state, wait_s):
    """What the one call met says how it goes on."""
    fail(breaker, 2)
    clock.advance(10)

    fail(breaker, failure=failure)

    assert (breaker.state, breaker.wait_s, breaker.is_probing) == (state, wait_s, False)


def test_each_failed_probe_keeps_it_open_longer_up_to_ten_times(breaker, clock):
    """By one duration more each time; an answer makes it forget."""
    fail(breaker, 2)
    waits = []
    for _ in range(12):
        waits.append(breaker.wait_s)
        clock.advance(breaker.wait_s)
        fail(breaker)
    clock.advance(breaker.wait_s)
    fail(breaker, failure=None)
    fail(breaker, 2)

    assert waits == [*range(10, 101, 10), 100, 100]
    assert (breaker.trips, breaker.wait_s) == (14, 10)


def test_what_began_before_it_opened_does_not_count_when_it_ends(breaker):
    """Neither a late outage nor a late answer says anything of the state that came after."""
    late = [breaker.enter() for _ in range(4)]
    fail(breaker, 2)

    for given, failure in zip(late, (OUTAGE, None, BUSY, MISSING), strict=True):
        breaker.leave(given, failure)

    assert (breaker.state, breaker.trips, breaker.wait_s) == ("open", 1, 10)


def test_a_late_call_that_is_given_up_does_not_free_the_probe(breaker, clock):
    """Only the one who tries gives the try back."""
    late = breaker.enter()
    fail(breaker, 2)
    clock.advance(10)
    probe = breaker.enter()

    breaker.release(late)
    still_probing = breaker.is_ejected
    breaker.release(probe)

    assert (still_probing, breaker.is_ejected, breaker.state) == (True, False, "half_open")


def test_an_early_call_tries_before_the_time_but_alone(breaker):
    """Where nobody else is left to ask, one call may go before the others."""
    fail(breaker, 2)

    breaker.enter(early=True)

    with pytest.raises(BreakerOpenError):
        breaker.enter(early=True)
    assert breaker.state == "half_open"


def test_reset_closes_it_and_forgets(breaker):
    """Calls under way count for nothing afterwards."""
    fail(breaker, 2)
    under_way = breaker.enter(early=True)

    breaker.reset()
    breaker.leave(under_way, OUTAGE)
    fail(breaker)

    assert (breaker.state, breaker.trips, breaker.refused) == ("closed", 0, 0)


def test_a_check_refuses_whom_enter_would_refuse_and_takes_nothing(breaker, clock):
    """It is for those who would have to queue before they enter."""
    breaker.check()
    fail(breaker, 2)
    with pytest.raises(BreakerOpenError):
        breaker.check()
    clock.advance(10)

    breaker.check()

    assert (breaker.is_probing, breaker.refused) == (False, 1)


def asked(backend, breaker, times=1):
    async def ask():
        for _ in range(times):
            try:
                await fold(admitted(backend, Member("a", breaker=breaker))(Prompt()))
            except BackendError as error:
                yield error
            else:
                yield None

    async def main():
        return [outcome async for outcome in ask()]

    return run(main())


def test_around_a_backend_it_counts_what_the_backend_did(breaker):
    """The third call does not reach a backend that failed twice."""
    told = Told((REFUSED,))

    outcomes = asked(told, breaker, 3)

    assert [type(outcome) for outcome in outcomes] == [BackendError, BackendError, BreakerOpenError]
    assert told.asked == 2


def test_an_error_that_is_no_failure_of_the_backend_says_nothing_of_it(breaker):
    """A mistake in a test's own function is not an outage, and gives the probe back."""
    fail(breaker, 2)
    told = Told((ValueError("a mistake"),))

    async def ask():
        await fold(admitted(told, Member("a", breaker=breaker), early=True)(Prompt()))

    with pytest.raises(ValueError, match="a mistake"):
        run(ask())
    assert (breaker.is_probing, breaker.trips) == (False, 1)


@pytest.mark.parametrize("how", ["closed", "cancelled"])
def test_a_probe_that_its_caller_gives_up_is_free_for_the_next(breaker, clock, how):
    """Whether the reader closes the answer or is cancelled: nothing is learnt of the backend."""
    fail(breaker, 2)
    clock.advance(10)
    told = Told((("begun", HANG),))

    async def leave():
        async with aclosing(admitted(told, Member("a", breaker=breaker))(Prompt())) as deltas:
            await anext(deltas)
            if how == "cancelled":
                waiting = asyncio.ensure_future(anext(deltas))
                await asyncio.sleep(0)
                waiting.cancel()
                await asyncio.gather(waiting, return_exceptions=True)

    run(leave())

    assert (told.closed, breaker.state, breaker.is_ejected, breaker.trips) == (1, "half_open", False, 1)


@dataclass(eq=False)
class Given:
    """A pass of the breaker, and the age of the model it belongs to."""

    own: object
    age: int


class BreakerModel(RuleBasedStateMachine):
    """The breaker as its page says it: outages in a row, times that grow, one probe, ages of no account."""

    passes = Bundle("passes")

    @initialize(threshold=st.integers(1, 4), duration=st.integers(1, 20))
    def begin(self, threshold, duration):
        self.clock = VirtualClock(Still())
        self.breaker = Breaker("b", threshold=threshold, duration_s=duration, elapsed=Elapsed(self.clock))
        self.threshold, self.duration, self.now = threshold, duration, 0
        self.age = self.outages = self.in_a_row = self.until = self.trips = self.refused = 0
        self.probe = None

    @rule(target=passes, early=st.booleans())
    def enter(self, early):
        is_open = self.in_a_row > 0
        if is_open and (self.probe or (self.now < self.until and not early)):
            self.refused += 1
            with pytest.raises(BreakerOpenError):
                self.breaker.enter(early=early)
            return None
        given = Given(self.breaker.enter(early=early), self.age)
        if is_open:
            self.probe = given
        return given

    @rule(given=consumes(passes), failure=st.sampled_from([None, OUTAGE, REFUSED, BUSY, MISSING]))
    def leave(self, given, failure):
        if given is None:
            return
        self.breaker.leave(given.own, failure)
        if given.age != self.age:
            return
        self.probe = None
        if failure in (OUTAGE, REFUSED):
            self.outages += 1
            if self.in_a_row or self.outages >= self.threshold:
                self._trip()
        elif failure is not BUSY:
            self.outages = 0
            if self.in_a_row:
                self.in_a_row, self.age = 0, self.age + 1

    def _trip(self):
        self.trips, self.in_a_row, self.age = self.trips + 1, self.in_a_row + 1, self.age + 1
        self.until = self.now + self.duration * min(self.in_a_row, 10)

    @rule(given=consumes(passes))
    def give_up(self, given):
        if given is not None:
            self.breaker.release(given.own)
            self.probe = None if given is self.probe else self.probe

    @rule(seconds=st.integers(0, 60))
    def advance(self, seconds):
        self.clock.advance(seconds)
        self.now += seconds

    @rule()
    def reset(self):
        self.breaker.reset()
        self.outages = self.in_a_row = self.trips = self.refused = 0
        self.age, self.probe = self.age + 1, None

    @invariant()
    def they_agree(self):
        if not hasattr(self, "breaker"):
            return
        waiting = max(0, self.until - self.now) if self.in_a_row else 0
        half = "half_open" if self.probe or not waiting else "open"
        state = half if self.in_a_row else "closed"
        told = self.breaker
        assert (told.state, told.wait_s) == (state, waiting)
        assert told.is_ejected is (self.in_a_row > 0 and (self.probe is not None or waiting > 0))
        assert (told.trips, told.refused) == (self.trips, self.refused)


TestBreakerModel = BreakerModel.TestCase
TestBreakerModel.settings = settings(max_examples=50, stateful_step_count=30)

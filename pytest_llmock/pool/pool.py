"""The pool of one session, and the way of a call through it.

From the outside in, each part a backend that is made of the next:

    within               the deadline of the whole request
    first_that_answers   the chosen backend, then those that may answer in its place
    retrying             again after a failure that may pass; whole answers are read to their end first
    admitted             past the breaker, and through the queues
    noted                one attempt in the journal
    timed                the time of one attempt; what speaks HTTP bounds its own, what is embedded needs none
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pytest_llmock.backends.registry import Leaf
from pytest_llmock.choice import Choice
from pytest_llmock.clock import Clock, Elapsed
from pytest_llmock.config import Settings
from pytest_llmock.errors import Failure
from pytest_llmock.faults import Strikes
from pytest_llmock.journal import Call, Reason
from pytest_llmock.ledger import Ledger
from pytest_llmock.llm import Backend, Deltas, Prompt
from pytest_llmock.pool.admission import admitted
from pytest_llmock.pool.attempt import Noting, noted
from pytest_llmock.pool.balance import Balancer
from pytest_llmock.pool.deadline import Deadline, Times, timed, within
from pytest_llmock.pool.failover import first_that_answers
from pytest_llmock.pool.members import Members
from pytest_llmock.pool.retry import retrying
from pytest_llmock.scripting.striking import struck


class Pool:
    """The backends of one session: `members[name]` has the breaker of one, and how busy it is."""

    def __init__(
        self,
        settings: Settings,
        choice: Choice,
        *,
        clock: Clock,
        ledger: Ledger,
        is_up: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self.settings, self.ledger, self.elapsed = settings, ledger, Elapsed(clock)
        self._choice, self._is_up = choice, is_up
        self.members = Members(settings, choice, elapsed=self.elapsed)
        self._balancer = Balancer(settings.strategy, seed=choice.seed)
        self.strikes = Strikes([fault for fault in choice.faults if fault.at == "backend"])

    def reset(self) -> None:
        """Close every breaker, fill every budget, and begin every turn again."""
        self.members.forget()
        self._balancer = Balancer(self.settings.strategy, seed=self._choice.seed)
        self.strikes.renew()

    def choose(self, leaves: Sequence[Leaf]) -> Leaf:
        """The leaf whose turn it is, by the strategy of the settings.

        Strategies other than `first` pass over a backend whose health check has failed, as long as there is
        another.
        """
        if self.settings.strategy != "first":
            leaves = [leaf for leaf in leaves if self._is_up(leaf.name)] or leaves
        return leaves[self._balancer.choose([self.members[leaf.name] for leaf in leaves])]

    def note_overrun(self, name: str, failure: Failure) -> None:
        """An attempt at the backend was cut off by the deadline of its request."""
        breaker = self.members[name].breaker
        if breaker is not None:
            breaker.note_overrun(failure)

    def backend(self, leaves: Sequence[Leaf], *, call: Call, deadline: Deadline, is_whole: bool) -> Backend:
        """What answers a call: the first leaf, or when it does not, the first of the others that does.

        `is_whole`: the caller needs the whole answer, so that one which breaks off is asked for again.
        """
        times = Times(deadline, self.elapsed)
        route = _Route(self, call, times, is_whole, leaves[0], len(call.attempts))
        backends = [route.to(leaf) for leaf in leaves]

        def last_resort() -> Backend:
            return route.to(min(leaves, key=lambda leaf: self.members[leaf.name].patience), early=True)

        several = len(backends) > 1
        backend = first_that_answers(backends, last_resort=last_resort) if several else backends[0]
        return within(backend, deadline, times.clock, is_whole=is_whole)


@dataclass(eq=False, slots=True)
class _Route:
    """The way of one call to the backends that may answer it.

    `first` attempts of the journal's call were made before: a generation asks more than once.
    """

    pool: Pool
    call: Call
    times: Times
    is_whole: bool
    chosen: Leaf
    first: int

    def to(self, leaf: Leaf, *, early: bool = False) -> Backend:
        """The leaf, with all that the pool puts around it."""
        pool, times, member = self.pool, self.times, self.pool.members[leaf.name]
        backend = self._struck(leaf) if leaf.strikes or pool.strikes else leaf.call
        allowed_s = pool.settings.timeout_seconds if leaf.provider == "python" else leaf.timeout_s
        if allowed_s is not None:
            backend = timed(backend, leaf.name, allowed_s, times.clock)
        noting = Noting(self.call, times, pool.ledger, self._reason(leaf))
        backend = admitted(noted(backend, leaf, noting), member, early=early)
        return retrying(backend, member.repeats, times, is_whole=self.is_whole)

    def _struck(self, leaf: Leaf) -> Backend:
        """The leaf, on which faults strike that tests injected behind the pool."""
        longest_s = leaf.timeout_s or self.pool.settings.timeout_seconds

        def backend(prompt: Prompt, /) -> Deltas:
            fault = leaf.strikes.take(prompt.operation) or self.pool.strikes.take(prompt.operation)
            if fault is None:
                return leaf.call(prompt)
            self.call.strike(fault)
            return struck(leaf.call, fault, self.times.clock, longest_s=longest_s)(prompt)

        return backend

    def _reason(self, leaf: Leaf) -> Callable[[], Reason]:
        def reason() -> Reason:
            if any(attempt.backend == leaf.name for attempt in self.call.attempts[self.first :]):
                return "retry"
            return "asked" if leaf is self.chosen else "failover"

        return reason

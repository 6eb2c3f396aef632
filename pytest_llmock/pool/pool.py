"""The pool of one session, and the way of a call through it.

From the outside in, each part a backend that is made of the next:

    within               the deadline of the whole request
    first_that_answers   the chosen backend, then those that may answer in its place
    admitted             the queue of the session, in which calls wait when too many are under way
    retrying             again after a failure that may pass
    whole                where the caller needs the whole answer: read to its end first
    limited              the queue of a backend that takes a bounded number of calls at a time
    guarded              the breaker: asked after the queue, in which it may have opened
    noted                one attempt in the journal
    timed                the time of one attempt; a live leaf bounds its own waits, an embedded one has none
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from random import Random

from pytest_llmock.backends.registry import Leaf
from pytest_llmock.choice import Choice
from pytest_llmock.clock import Clock, random_for
from pytest_llmock.config import Settings
from pytest_llmock.journal import Call, Reason
from pytest_llmock.ledger import Ledger
from pytest_llmock.llm import Backend, Deltas, Prompt
from pytest_llmock.pool.attempt import Noting, noted
from pytest_llmock.pool.balance import Balancer
from pytest_llmock.pool.breaker import guarded
from pytest_llmock.pool.deadline import Deadline, timed, within
from pytest_llmock.pool.failover import first_that_answers
from pytest_llmock.pool.limit import limited
from pytest_llmock.pool.members import Member, Members
from pytest_llmock.pool.retry import Repeats, retrying, whole


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
        self.settings, self.clock = settings, clock
        self.noting = Noting(clock, ledger)
        self._choice, self._is_up = choice, is_up
        self.members = Members(settings, clock=clock)
        self.slots = asyncio.Semaphore(settings.max_concurrent_requests)
        self._balancer = Balancer(settings.strategy, seed=choice.seed)

    def reset(self) -> None:
        """Close every breaker, fill every budget, and begin every turn again."""
        self.members.forget()
        self._balancer = Balancer(self.settings.strategy, seed=self._choice.seed)

    def choose(self, leaves: Sequence[Leaf]) -> Leaf:
        """The leaf whose turn it is, by the strategy of the settings.

        Strategies other than `first` pass over a backend whose health check has failed, as long as there is
        another.
        """
        if self.settings.strategy != "first":
            leaves = [leaf for leaf in leaves if self._is_up(leaf.name)] or leaves
        return leaves[self._balancer.choose([self.members[leaf.name] for leaf in leaves])]

    def backend(self, leaves: Sequence[Leaf], *, call: Call, deadline: Deadline, is_whole: bool) -> Backend:
        """What answers a call: the first leaf, or when it does not, the first of the others that does.

        `is_whole`: the caller needs the whole answer, so that one which breaks off is asked for again.
        """
        route = _Route(self, call, deadline, is_whole, leaves[0], len(call.attempts))
        backends = [route.to(leaf) for leaf in leaves]

        def last_resort() -> Backend:
            return route.to(min(leaves, key=lambda leaf: self.members[leaf.name].patience), early=True)

        several = len(backends) > 1
        backend = first_that_answers(backends, last_resort=last_resort) if several else backends[0]
        return within(backend, deadline, self.clock)

    def random_for(self, member: Member, number: int) -> Random:
        """The source of a call's waits: the same for the n-th call of a backend, whatever else runs."""
        return random_for(self._choice.seed, self._choice.test, "retry", member.name, number)


@dataclass(frozen=True, slots=True)
class _Route:
    """The way of one call to the backends that may answer it.

    `first` attempts of the journal's call were made before: a generation asks more than once.
    """

    pool: Pool
    call: Call
    deadline: Deadline
    is_whole: bool
    chosen: Leaf
    first: int

    def to(self, leaf: Leaf, *, early: bool = False) -> Backend:
        """The leaf, with all that the pool puts around it."""
        settings, clock, member = self.pool.settings, self.pool.clock, self.pool.members[leaf.name]
        backend = leaf.call
        if leaf.provider == "python":
            backend = timed(backend, leaf.name, settings.timeout_seconds, clock)
        backend = noted(backend, leaf, self.call, reason=self._reason(leaf), noting=self.pool.noting)
        if member.breaker is not None:
            backend = guarded(backend, member.breaker, early=early)
        if member.slots is not None:
            backend = limited(backend, member.slots, breaker=None if early else member.breaker)
        if self.is_whole:
            backend = whole(backend)
        if settings.enable_retry_policy and settings.max_retry_attempts:
            backend = retrying(backend, self._repeats(member), deadline=self.deadline, clock=clock)
        return admitted(backend, member, self.pool.slots)

    def _repeats(self, member: Member) -> Repeats:
        settings = self.pool.settings
        return Repeats(
            settings.max_retry_attempts,
            settings.retry_base_delay_seconds,
            member.may_repeat,
            lambda: member.budget.calls,
            lambda number: self.pool.random_for(member, number),
        )

    def _reason(self, leaf: Leaf) -> Callable[[], Reason]:
        def reason() -> Reason:
            if any(attempt.backend == leaf.name for attempt in self.call.attempts[self.first :]):
                return "retry"
            return "asked" if leaf is self.chosen else "failover"

        return reason


def admitted(backend: Backend, member: Member, slots: asyncio.Semaphore) -> Backend:
    """`backend`, asked while there is room for its call in the session; it counts as the member's."""

    async def asked(prompt: Prompt, /) -> Deltas:
        member.budget.note_call()
        member.busy += 1
        try:
            async with slots, aclosing(backend(prompt)) as deltas:
                async for delta in deltas:
                    yield delta
        finally:
            member.busy -= 1

    return asked

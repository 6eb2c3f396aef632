"""Session: what one test holds, and the one way from a prompt to a backend's answer.

Everything that must not outlive a test is here: which backend it selected, its journal, its failures. A
session knows nothing of HTTP or threads; the server below whose address it lives brings those.
"""

import asyncio
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pytest_llmock.backends.health import Health
from pytest_llmock.backends.registry import Backends, Leaf
from pytest_llmock.backends.scripted import Scripted
from pytest_llmock.backends.synthetic import Synthetic
from pytest_llmock.choice import Choice
from pytest_llmock.clock import Clock
from pytest_llmock.config import Settings
from pytest_llmock.errors import BackendError, DeadlineError, LLMockError, NoBackendError, RefusedError
from pytest_llmock.generation.cache import Cache
from pytest_llmock.journal import CURRENT, Attempt, Call, Journal
from pytest_llmock.ledger import Budget, Ledger
from pytest_llmock.llm import Backend, Deltas, Prompt
from pytest_llmock.mockapi.autoshape import Shapes
from pytest_llmock.mockapi.contexts import Contexts
from pytest_llmock.mockapi.limits import Traffic
from pytest_llmock.mockapi.mounts import Mounts
from pytest_llmock.mockapi.routes import Routes
from pytest_llmock.pool.deadline import Deadline, Times
from pytest_llmock.pool.guard import Guard
from pytest_llmock.pool.health import Checks
from pytest_llmock.pool.pool import Pool
from pytest_llmock.pool.selection import Selection, Selector
from pytest_llmock.session.intervening import Asking, interventions_of
from pytest_llmock.session.stored import Stored

if TYPE_CHECKING:
    from graphql import GraphQLSchema

    from pytest_llmock.cassettes.cassette import Cassette
    from pytest_llmock.cassettes.unused import Account
    from pytest_llmock.errors import CassetteError
    from pytest_llmock.patterns.maker import Patterns
    from pytest_llmock.pool.monitor import Monitor
    from pytest_llmock.session.programmed import Programmed

T = TypeVar("T")


class Wait(Protocol):
    """Runs a coroutine on the loop of the backends, while the caller's thread waits."""

    def __call__(self, work: Coroutine[Any, Any, T], /) -> T: ...


class Hop(Protocol):
    """Runs a coroutine on the loop of the backends, for somebody who is on another."""

    async def __call__(self, work: Coroutine[Any, Any, T], /) -> T: ...


async def _here(work: Coroutine[Any, Any, T], /) -> T:
    """The result of `work`, on the loop of whoever asks."""
    return await work


@dataclass(frozen=True, slots=True)
class Shared:
    """What the sessions of one process have in common.

    `ledger` is the run's; `wait` and `hop` run a coroutine on the loop of the backends: one for a thread that
    waits, the other for one that has a loop of its own.
    """

    ledger: Ledger = field(default_factory=lambda: Ledger(Budget()))
    wait: Wait = asyncio.run
    hop: Hop = _here


class Session:
    """All state of one test: its settings, backends, calls and failures, below one address."""

    def __init__(  # noqa: PLR0913 - what a session is made of, nearly all by keyword
        self,
        settings: Settings,
        choice: Choice,
        *,
        backends: Backends,
        clock: Clock,
        url: str = "",
        shared: Shared | None = None,
    ) -> None:
        self.settings = settings
        self.choice = choice
        self.backends = backends.gated(self._gate)
        self.clock = clock
        shared = shared or Shared()
        self.ledger = shared.ledger.for_test(max_cost=choice.max_cost)
        self._checks, self.wait, self.hop = Checks(clock), shared.wait, shared.hop
        self.pool = Pool(settings, choice, clock=clock, ledger=self.ledger, is_up=self._checks.is_up)
        self.interventions = interventions_of(settings, choice, clock)  # script, faults, chaos
        for leaf in self.backends.values():
            if isinstance(leaf.call, Scripted):
                leaf.call.refusal = self._unscripted
        self._selector = Selector(self.backends, settings, choice, self.pool)
        self.url = url
        self.calls = Journal()
        self.routes, self.traffic = Routes(), Traffic(settings, clock)
        self.mounts = Mounts()  # of OpenAPI documents
        if settings.openapi_specs:
            self._mount_specs()
        self.failures: list[RefusedError] = []
        self.told = 0  # how many of them the test's outcome has told
        self.work: set[asyncio.Task[object]] = set()  # answers under way, cancelled when the test is over
        self.closed = False
        self.cache = Cache(settings, clock, work=self.work)  # answers made ahead ($cache)
        self.graphql_schema: GraphQLSchema | None = None  # that the mock API's GraphQL is held against
        self.contexts = Contexts(settings, clock)  # what requests of one name asked and got
        self.shapes = Shapes(settings, clock)  # what paths answer with (AutoShape)
        self.stored = Stored()  # what providers keep for their clients: responses, files, batches
        self._cassette: Cassette | None = None

    def _mount_specs(self) -> None:
        from pytest_llmock.mockapi.mounting import mounts_of  # noqa: PLC0415 - most runs have none

        for mount in mounts_of(self.settings):
            self.mounts.add(mount)

    def reset(self) -> None:
        """Forget calls, failures, contexts, shapes, cached answers, and what the pool learnt of its backends.

        Routes, rules and a GraphQL schema stay; routes and rules begin anew. A cassette goes on where it is,
        as the test that recorded it did.
        """
        self.calls.clear()
        self.failures.clear()
        self.pool.reset()
        self.interventions.reset()
        for leaf in self.backends.values():
            leaf.strikes.renew()
        self.routes.reset()
        self.traffic.reset()
        self.cache.clear()
        self.contexts.clear()
        self.shapes.clear()
        self.stored.clear()

    def reseed(self, seed: int) -> None:
        """Let the embedded generator make other answers from now on, the same ones for the same seed."""
        for leaf in self.backends.values():
            if isinstance(leaf.call, Synthetic):
                leaf.call.seed = seed

    @property
    def cassette(self) -> "Cassette | None":
        """The test's cassette, opened when a live backend or the test first asks for it; None without one."""
        if self._cassette is None and self.choice.place is not None:
            from pytest_llmock.cassettes.opening import opened  # noqa: PLC0415 - reads YAML: 16 ms to import

            self._cassette = opened(self.settings, self.choice, clock=self.clock, failures=self.failures)
        return self._cassette

    @cached_property
    def monitor(self) -> "Monitor":
        """What each backend did in this test: calls, failures, latency, tokens, cost."""
        from pytest_llmock.pool.monitor import Monitor  # noqa: PLC0415 - most tests never look

        return Monitor(self.calls, self.guards)

    @cached_property
    def pipeline(self) -> "Patterns":
        """Makes patterns whose stages ask this session: `session.pipeline(Stage("generate", …), …)`."""
        from pytest_llmock.patterns.maker import Patterns  # noqa: PLC0415 - most tests have none
        from pytest_llmock.session.hosting import SessionHost  # noqa: PLC0415 - it imports this module

        return Patterns(SessionHost(self))

    @cached_property
    def script(self) -> "Programmed":
        """Rules that answer in place of the backends, and assertions: `session.script.reply("Hello")`."""
        from pytest_llmock.session.programmed import Programmed  # noqa: PLC0415 - it imports this module

        return Programmed(self)

    def guards(self) -> Mapping[str, Guard]:
        """The breaker of each backend as it stands, in the order of the settings."""
        return {name: self.pool.members[name].guard for name in self.backends}

    @property
    def trips(self) -> Mapping[str, int]:
        """How often the breaker of each backend has opened."""
        return {name: guard.trips for name, guard in self.guards().items()}

    @property
    def uses_cassette(self) -> bool:
        """Whether anybody has asked for the cassette."""
        return self._cassette is not None

    @property
    def remarks(self) -> list[str]:
        """What the report of the run should say of the recordings that were played."""
        return self._cassette.remarks if self._cassette is not None else []

    def account(self) -> "Account | None":
        """Which recordings the test played and which not; None where that says nothing about them.

        That is so without a cassette file, when the run let other backends answer, and when it recorded anew.
        """
        choice = self.choice
        chosen = self.settings.origins.get("backend") in ("command line", "environment")
        if choice.mapping or chosen or choice.record in ("off", "all", "rewrite") or choice.place is None:
            return None
        has_live = any(leaf.live for leaf in self.backends.values())
        if not self.uses_cassette and not (has_live and choice.place.path.exists()):
            return None
        assert self.cassette is not None
        return self.cassette.account()

    @property
    def healthy(self) -> Mapping[str, Health]:
        """The last check of each live backend that was asked how it is, by name; nobody asks by itself."""
        return self._checks.known

    def health(self, name: str = "") -> Health:
        """How a backend is, asked now; without a name the one that the test selected.

        A live one is asked in any record mode, for its health only, and given 5 seconds at most.
        """
        __tracebackhide__ = True
        return self.wait(self._checks.ask(self.backends[name] if name else self.preferred))

    async def watch(self, every_s: float) -> None:
        """Keep `healthy` up to date until cancelled."""
        await self._checks.watch(self.backends.values, every_s)

    async def settle(self) -> None:
        """Wait, as long as a request may take, for the calls that are being recorded."""
        if self._cassette is not None:
            await self._cassette.settle(self.settings.deadline_seconds)

    def keep(self, *, passed: bool) -> "CassetteError | None":
        """The test is over: put what it recorded where it belongs; the error when that cannot be done."""
        return None if self._cassette is None else self._cassette.keep(passed=passed)

    def select(self, requested: str = "", *, model: str = "", call: Call | None = None) -> Selection:
        """Who answers: the request's backend, else the test's, else the model's, else one by the strategy.

        Raises RefusedError for an unknown or disabled name (lax: warns on the call and takes the default)
        and NoBackendError when no backend is enabled.
        """
        try:  # as `_failing` does, which takes as long as all the rest
            return self._selector.select(requested, model=model, call=call)
        except RefusedError as error:
            self._fail(error)
            raise

    @property
    def preferred(self) -> Leaf:
        """The backend that this test selected, or the first by the settings."""
        with self._failing():
            return self._selector.preferred()

    def expected(self) -> list[Leaf]:
        """Everybody who may answer a request that names nobody, stand-ins included; empty when nobody can."""
        try:
            return self._selector.route()
        except LLMockError:
            return []

    def check_named(self, name: str) -> None:
        """Raise RefusedError, and fail the test, when nobody of that name can answer."""
        with self._failing():
            self._selector.named(name, None)

    def check_selection(self, *, even_lax: bool = False) -> None:
        """Fail the test when a backend that it was given does not exist, even if nothing was asked of it."""
        if (self.choice.strict or even_lax) and not self.failures:
            with self._failing():
                self._selector.check()

    def check_budget(self) -> None:
        """Fail the test when its last calls went over its own budget; those before were refused."""
        overrun = self.ledger.budget.overrun(self.ledger.spent)
        if overrun and not self.failures:
            self.failures.append(RefusedError(overrun))

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """A refusal in here fails the test, even if nobody sees it."""
        try:
            yield
        except RefusedError as error:
            self._fail(error)
            raise

    def _fail(self, error: RefusedError) -> None:
        if error not in self.failures:
            self.failures.append(error)

    def ask(
        self, prompt: Prompt, selection: Selection, *, call: Call, deadline: Deadline, is_whole: bool = False
    ) -> Deltas:
        """The answer as a stream of deltas, noted in the call; the first delta carries its origin.

        `is_whole`: the caller needs all of it, so that an answer which breaks off is asked for again. Reading
        raises RefusedError for a live call that the record mode does not allow, DeadlineError, NoBackendError
        when nobody of several could be reached, and what the backend raises.
        """
        call.selected = call.selected or selection.leaf.name

        def backend(prompt: Prompt, /) -> Deltas:
            leaves = (selection.leaf, *selection.others)
            return self.pool.backend(leaves, call=call, deadline=deadline, is_whole=is_whole)(prompt)

        if not self.interventions:
            return self._told(backend(prompt), call)
        times = Times(deadline, self.pool.elapsed)
        asking = Asking(call, selection.leaf, times, self.ledger, is_whole)
        return self._told(self.interventions.around(backend, asking)(prompt), call)

    def _unscripted(self, prompt: Prompt) -> str:
        """What is told when the script has no rule for a prompt."""
        from pytest_llmock.cassettes.opening import redactor_for  # noqa: PLC0415 - for a test that fails

        return redactor_for(self.settings).text(self.interventions.script.refusal(prompt))

    def bound(self, selection: Selection, *, call: Call, deadline: Deadline) -> Backend:
        """`ask` as a backend, for whoever asks for whole answers, more than once (a generation)."""

        def backend(prompt: Prompt, /) -> Deltas:
            return self.ask(prompt, selection, call=call, deadline=deadline, is_whole=True)

        return backend

    def _gate(self, leaf: Leaf) -> Backend:
        """What answers for a live leaf: itself in record mode `off`, else the cassette, else a refusal."""

        def paid(prompt: Prompt, /) -> Deltas:
            self.ledger.check(leaf.name, leaf.pricing, leaf.model or prompt.model)
            return leaf.call(prompt)

        def guarded(prompt: Prompt, /) -> Deltas:
            if self.choice.record == "off":
                return paid(prompt)
            if self.cassette is None:
                raise self._live_refused(leaf)
            return self.cassette.answer(within_budget, prompt, call=CURRENT.get())

        within_budget = replace(leaf, call=paid)
        return guarded

    def _live_refused(self, leaf: Leaf) -> RefusedError:
        where = ", ".join(part for part in (leaf.provider, leaf.model, leaf.base_url) if part)
        return RefusedError(
            f"A live call to backend '{leaf.name}' ({where}) was refused: the record mode is "
            f"'{self.choice.record}'. To let this run call it: pytest --llmock-record=off. To answer without "
            f"a model: pytest --llmock-map={leaf.name}=synthetic.",
            details={"backend": leaf.name},
        )

    async def _told(self, deltas: Deltas, call: Call) -> Deltas:
        """The deltas; a failure says who was asked, and how often."""
        first = len(call.attempts)
        try:
            async for delta in deltas:
                yield delta
        except LLMockError as error:
            if isinstance(error, RefusedError):
                self._fail(error)
            tried = call.attempts[first:]
            if isinstance(error, DeadlineError) and tried and tried[-1].outcome == "cancelled":
                tried[-1].outcome = "failure"
                self.pool.note_overrun(tried[-1].backend, error.failure)
            if isinstance(error, BackendError | NoBackendError):
                _explain(error, call, tried)
            raise
        finally:
            await deltas.aclose()


def _explain(error: BackendError | NoBackendError, call: Call, tried: Sequence[Attempt]) -> None:
    """Put into a failure what was tried before it."""
    if isinstance(error, DeadlineError):
        error.backend = error.details["backend"] = call.backend or call.selected
        error.message += _before(call, tried)
        error.args = (error.message,)
        if tried and not tried[-1].error:
            tried[-1].error = error.message
    if isinstance(error, BackendError):
        call.backend = call.backend or error.backend  # its breaker refused: there was no attempt
        error.attempts = len(tried)
    if len(tried) > 1:
        error.details["attempts"] = [{"backend": each.backend, "error": each.error} for each in tried]


def _before(call: Call, tried: Sequence[Attempt]) -> str:
    """What a request was doing until its deadline passed."""
    if not tried:
        return f" It was waiting for its turn at backend '{call.selected}' (MaxConcurrentRequests)."
    told = [f"{each.backend}: {each.error}" for each in tried if each.outcome == "failure" and each.error]
    return f" Tried before: {' '.join(told)}" if told else ""

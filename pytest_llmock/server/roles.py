"""The session of a data set: it answers one generation after the other, and remembers none of them.

A call has an entry of its own that stands in no journal, so that a million records take no memory; retries,
breakers, budgets, cassettes and failover are those of any session. An `Answering` belongs to one event loop.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pytest_llmock.backends.registry import Leaf, configured
from pytest_llmock.choice import Choice
from pytest_llmock.clock import Clock
from pytest_llmock.config import BackendSettings, Settings
from pytest_llmock.folding import BackendLike
from pytest_llmock.generation.generate import generate, options_of
from pytest_llmock.journal import Call
from pytest_llmock.ledger import Budget, Ledger
from pytest_llmock.llm import JSON, Generation
from pytest_llmock.pool.deadline import deadline_in
from pytest_llmock.session import Session, Shared
from pytest_llmock.shapes.schema import Shape

if TYPE_CHECKING:
    from pytest_llmock.backends.live import Live


Answerer: TypeAlias = str | BackendLike


@dataclass(frozen=True, slots=True)
class Roles:
    """Who makes and who enriches records, by name; "" is who the settings say. `functions` have no entry."""

    backend: str = ""
    enricher: str = ""
    functions: Mapping[str, BackendLike] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, *, backend: Answerer | None, enricher: Answerer | None) -> "Roles":
        """The roles of what a user gave: names, or functions, which get one."""
        given = {"backend function": backend, "enricher function": enricher}
        functions = {
            name: each for name, each in given.items() if each is not None and not isinstance(each, str)
        }
        names = [name if name in functions else each or "" for name, each in given.items()]
        return cls(str(names[0]), str(names[1]), functions)


class Answering:
    """Answers by the backend of the roles, or by the enricher of them."""

    def __init__(self, settings: Settings, choice: Choice, roles: Roles, *, clock: Clock) -> None:
        self._live: Live | None = None
        backends = configured(settings, live=self._leaf, seed=choice.seed, strict=True)
        for name, function in roles.functions.items():
            backends.add(name, function)
        self.ledger = Ledger(Budget(settings.max_cost, settings.max_run_tokens, whose="data set"))
        self.session = Session(settings, choice, backends=backends, clock=clock, shared=Shared(self.ledger))
        self._enricher = roles.enricher
        self._options = options_of(settings)

    def who(self, *, enricher: bool) -> Leaf:
        """Who answers first. Raises RefusedError for an unknown or disabled name, NoBackendError."""
        return self.session.select(self._enricher).leaf if enricher else self.session.preferred

    async def ask(self, generation: Generation, shape: Shape, call: Call, /, *, enricher: bool) -> JSON:
        """The answer, checked; its attempts are noted in the call."""
        session = self.session
        selection = session.select(self._enricher if enricher else "", call=call)
        deadline = deadline_in(session.settings.deadline_seconds, session.clock)
        backend = session.bound(selection, call=call, deadline=deadline)
        return (await generate(backend, generation, shape, self._options)).value

    async def aclose(self) -> None:
        """Keep what was recorded, and close every connection. Raises CassetteError when it cannot be kept."""
        await self.session.settle()
        if self._live is not None:
            await self._live.aclose()
        problem = self.session.keep(passed=True)
        if problem is not None:
            raise problem

    def _leaf(self, entry: BackendSettings, settings: Settings) -> Leaf:
        if self._live is None:
            from pytest_llmock.backends.live import Live  # noqa: PLC0415 - its HTTP client costs 70 ms

            self._live = Live()
        return self._live.leaf(entry, settings)

"""The monitor of a session: what each of its backends did, as values, and as text for people and programs."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from pytest_llmock.errors import nearest
from pytest_llmock.journal import Attempt, Journal
from pytest_llmock.llm import JSON
from pytest_llmock.pool import readings
from pytest_llmock.pool.guard import Guard
from pytest_llmock.pool.stats import Stats, stats_of

# the breaker of every backend there is, by the backend's name, as it stands at the moment of the call
Guards: TypeAlias = Callable[[], Mapping[str, Guard]]


class Monitor:
    """What each backend did in a session, counted from its journal whenever somebody asks, from any thread.

    `session.reset()` forgets what is in the journal, and with it what is counted here.
    """

    def __init__(self, journal: Journal, guards: Guards) -> None:
        self._journal, self._guards = journal, guards

    @property
    def backends(self) -> Mapping[str, Stats]:
        """All backends by name, in the order of the settings, those that nobody has asked too."""
        attempts, guards = self._attempts(), self._guards()
        names = dict.fromkeys([*guards, *attempts])
        return {name: stats_of(attempts.get(name, ()), guards.get(name, Guard())) for name in names}

    def __getitem__(self, name: str) -> Stats:
        """What the backend of that name did, in upper or lower case; KeyError when there is none."""
        backends = self.backends
        found = next((known for known in backends if known.lower() == name.strip().lower()), None)
        if found is None:
            raise KeyError(f"No backend named '{name}'.{nearest(name, list(backends))}")
        return backends[found]

    def report(self) -> str:
        """Calls, success rate, mean duration and last error of each backend, the one asked first on top.

        It is the report of the BackendMonitor in LLMockApi's guide, to the letter. Calls that are under way
        or were cancelled are not in it.
        """
        guards = self._guards()
        return readings.report(
            {name: stats_of(made, guards.get(name, Guard())) for name, made in self._attempts().items()}
        )

    def table(self) -> str:
        """A line of figures for each backend that was asked."""
        return readings.table(self.backends)

    def json(self) -> Mapping[str, JSON]:
        """What `GET /llmock/stats` answers: {"backends": {"enricher": {"calls": 3, …}}}."""
        return {"backends": {name: readings.body(stats) for name, stats in self.backends.items()}}

    def metrics(self) -> str:
        """What `GET /llmock/metrics` answers: Prometheus' text format."""
        return readings.metrics(self.backends)

    def __repr__(self) -> str:
        asked = ((name, stats) for name, stats in self.backends.items() if stats.is_used)
        lines = (f"{name}: {stats.calls} calls, {stats.failures} failed" for name, stats in asked)
        return f"<monitor of {'; '.join(lines) or 'no calls'}>"

    def _attempts(self) -> Mapping[str, list[Attempt]]:
        """The attempts at each backend, oldest first; the backends in the order in which they were asked."""
        found: dict[str, list[Attempt]] = {}
        for call in self._journal:
            for attempt in list(call.attempts):  # the server's thread may add one meanwhile
                found.setdefault(attempt.backend, []).append(attempt)
        return found

"""What a worker of Dask is given, and does.

Rule: a `Job` is pickled and sent over a network, so it holds no key, and its repr nothing of the settings. A
worker keeps the session of its last job, with its connections and breakers, from part to part.
"""

import asyncio
import os
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pytest_llmock import __version__
from pytest_llmock.choice import Choice
from pytest_llmock.clock import SystemClock
from pytest_llmock.config import Settings
from pytest_llmock.config.shipping import settings_there, shipped
from pytest_llmock.datasets.executors import Parts
from pytest_llmock.datasets.making import Ask, Made, make
from pytest_llmock.datasets.plan import Plan
from pytest_llmock.errors import LLMockError
from pytest_llmock.ledger import Spent
from pytest_llmock.server.roles import Answering, Roles


@dataclass(frozen=True, slots=True)
class Job:
    """The plan, and what a session for it is opened with."""

    plan: Plan
    settings: Mapping[str, object] = field(repr=False)
    choice: Choice = field(repr=False)
    roles: Roles
    version: str = __version__
    key: str = field(default_factory=lambda: secrets.token_hex(8))

    def __call__(self, parts: Parts, spent: Spent) -> tuple[Made, ...]:
        """Make parts, here on the worker; `spent` is what the budget has paid for so far."""
        if self.version != __version__:
            return (Made(error=_of_another_version(self.version)),)
        bench = _bench(self)
        bench.answering.ledger.begin(spent)
        return bench.runner.run(_made(self.plan, parts, bench.answering.ask))


async def _made(plan: Plan, parts: Parts, ask: Ask) -> tuple[Made, ...]:
    found: list[Made] = []
    for part in parts:
        made = await make(plan, part, ask)
        if made.error is not None:
            return (*found, replace(made, error=_portable(made.error)))
        found.append(made)
    return tuple(found)


def _of_another_version(version: str) -> LLMockError:
    return LLMockError(
        f"A worker has pytest-llmock {__version__}, which may make other records than {version} here. "
        "Install the same version everywhere."
    )


def job_of(plan: Plan, settings: Settings, choice: Choice, roles: Roles) -> Job:
    """The job of a plan. Raises SettingsError when a worker would need a key that is in the settings."""
    return Job(plan, shipped(settings, where="a worker of Dask"), choice, roles)


@dataclass(frozen=True, slots=True)
class _Bench:
    """Where a thread of a worker works: its loop, and the session that belongs to it."""

    key: str
    runner: asyncio.Runner
    answering: Answering


_here = threading.local()


def _bench(job: Job) -> _Bench:
    bench: _Bench | None = getattr(_here, "bench", None)
    if bench is not None and bench.key == job.key:
        return bench
    if bench is not None:
        bench.runner.run(bench.answering.aclose())
        bench.runner.close()
    settings = settings_there(job.settings, os.environ)
    answering = Answering(settings, job.choice, job.roles, clock=SystemClock())
    bench = _here.bench = _Bench(job.key, asyncio.Runner(), answering)
    return bench


def _portable(error: Exception) -> LLMockError:
    """The error as one that can be sent: some of ours, and any of others, cannot be made again there."""
    message = error.message if isinstance(error, LLMockError) else f"{type(error).__name__}: {error}"
    return LLMockError(message)

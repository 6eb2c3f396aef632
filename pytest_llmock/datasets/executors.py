"""Where parts are made: in this process, or on workers of Dask.

An executor gives some parts to somebody and waits. It knows how many are worth having under way, and never
raises for a part that fails: that is in what was made.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from pytest_llmock.datasets.making import Ask, Made, make
from pytest_llmock.datasets.plan import Part, Plan
from pytest_llmock.errors import SettingsError
from pytest_llmock.ledger import Spent

DASK = "dask"
KNOWN = "local, dask, dask:tcp://HOST:PORT"
Parts: TypeAlias = tuple[Part, ...]


class Run(Protocol):
    """Makes parts one after the other, up to the first that fails: what came of each.

    `spent` is what everything before has cost, for whoever keeps to a budget.
    """

    async def __call__(self, parts: Parts, spent: Spent, /) -> tuple[Made, ...]: ...


def one() -> int:
    """How many parts are worth giving together where that costs nothing."""
    return 1


@dataclass(frozen=True, slots=True)
class Crew:
    """Who makes parts: `width` of them at a time, `depth()` given to each together."""

    run: Run
    width: int
    depth: Callable[[], int] = one


Executor: TypeAlias = Callable[[], AbstractAsyncContextManager[Crew]]


def here(plan: Plan, ask: Ask, *, width: int) -> Executor:
    """The executor that makes parts in this process, `width` of them at a time."""

    async def run(parts: Parts, _spent: Spent, /) -> tuple[Made, ...]:
        return tuple([await make(plan, part, ask) for part in parts])

    @asynccontextmanager
    async def crew() -> AsyncIterator[Crew]:
        yield Crew(run, width)

    return crew


def dask_address(executor: str) -> str | None:
    """The scheduler that an `--executor` names; "" for a cluster of this machine, None for none of Dask.

    Raises SettingsError for what is no executor.
    """
    if executor == "local":
        return None
    name, colon, address = executor.partition(":")
    if name == DASK and (not colon or "://" in address):
        return address
    raise SettingsError(f"--executor is '{executor}', which is none. Known: {KNOWN}.")

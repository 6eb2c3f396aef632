"""Parts made by workers of Dask; the only module that knows it (extra `dask`).

A worker that dies takes nothing along but the parts of its task, which another one makes; a task whose worker
died four times is given up. What is sent to workers must not show a key: see `Job`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, TypeAlias

from pytest_llmock.clock import SystemClock
from pytest_llmock.datasets.executors import Crew, Executor, Parts
from pytest_llmock.datasets.making import Made
from pytest_llmock.errors import BackendError, Failure, SettingsError
from pytest_llmock.ledger import Spent

Work: TypeAlias = Callable[[Parts, Spent], tuple[Made, ...]]
AHEAD = 2  # tasks for each thread of a worker: the next one is there when it has made one
# what a task should take: Dask spends milliseconds on each, and a worker that dies loses what one took
TASK_S = 0.2
MOST = 32  # parts of a task
CONNECT_S = 10
# A terminal sends Ctrl-C to workers, too, and they must end what they have in hand.
_DEAF = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker does, with how long it took; it is pickled, and Dask shows the repr of what it runs."""

    work: Work

    def __call__(self, parts: Parts, spent: Spent) -> tuple[tuple[Made, ...], float]:
        clock = SystemClock()
        started = clock.monotonic()
        made = self.work(parts, spent)
        return made, clock.monotonic() - started

    def __repr__(self) -> str:
        return "<parts of a data set>"


def check_installed() -> None:
    """Raise SettingsError when Dask is not there."""
    if find_spec("distributed") is None:
        raise SettingsError("--executor dask needs an extra: pip install 'pytest-llmock[dask]'.")


def on_dask(address: str, work: Work, *, workers: int) -> Executor:
    """The executor that has parts made by the workers of a scheduler.

    Without an address it starts a cluster of `workers` processes on this machine, and ends it again.
    """
    check_installed()

    @asynccontextmanager
    async def crew() -> AsyncIterator[Crew]:
        async with AsyncExitStack() as stack:
            scheduler = address or await stack.enter_async_context(_local(workers))
            try:
                client = await stack.enter_async_context(_client(scheduler))
                await client.wait_for_workers(1, timeout=CONNECT_S)
            except (OSError, TimeoutError, ValueError) as error:
                raise SettingsError(
                    f"--executor dask:{address}: no scheduler with a worker answers there ({error}). Start "
                    "them (dask scheduler, dask worker), or leave out the address for workers of this one."
                ) from error
            threads = sum((await client.nthreads()).values())
            submit = Submit(client, Task(work))
            yield Crew(submit, AHEAD * threads, submit.depth)

    return crew


def _local(workers: int) -> Any:  # Any: distributed has few types
    from distributed import LocalCluster  # noqa: PLC0415 - an extra, and half a second to import

    options = {"n_workers": workers, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    return LocalCluster(**options, asynchronous=True, preload=[_DEAF])  # type: ignore[no-untyped-call]  # Dask has no types


def _client(scheduler: Any) -> Any:  # Any: a cluster of distributed's, or an address
    from distributed import Client  # noqa: PLC0415 - an extra, and slow to import

    return Client(scheduler, asynchronous=True, timeout=CONNECT_S, set_as_default=False)  # type: ignore[no-untyped-call]  # distributed's types have gaps


class Submit:
    """Has parts made by some worker, so many together that a task takes as long as it should."""

    def __init__(self, client: Any, task: Task) -> None:  # Any: distributed's client has few types
        self._client, self._task = client, task
        self._seconds = TASK_S  # of a part, until one is known

    def depth(self) -> int:
        """How many parts a task should have."""
        return max(1, min(MOST, int(TASK_S / max(self._seconds, TASK_S / MOST))))

    async def __call__(self, parts: Parts, spent: Spent, /) -> tuple[Made, ...]:
        future = self._client.submit(self._task, parts, spent, pure=False)
        made: tuple[Made, ...]
        try:
            made, seconds = await future
        except asyncio.CancelledError:
            future.release()
            raise
        except Exception as error:  # noqa: BLE001 - whatever Dask raises is the failure of these parts
            message = f"No worker of Dask could make it: {type(error).__name__}: {error}"
            return (Made(error=BackendError(Failure("connect", message), backend="dask")),)
        self._seconds = seconds / len(made)
        return made

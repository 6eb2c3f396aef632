"""A data set from its plan to all of its records, everything kept on the way.

A run stops at the first part that fails, and when it is cancelled: nothing new is begun, what is under way is
waited for and kept, since it is paid for. A second cancellation leaves at once.
"""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pytest_llmock.clock import Clock
from pytest_llmock.datasets.checkpoint import Checkpoint
from pytest_llmock.datasets.executors import Crew, Executor
from pytest_llmock.datasets.making import Made
from pytest_llmock.datasets.plan import Part, Plan
from pytest_llmock.datasets.progress import Progress, Watch
from pytest_llmock.datasets.settling import Settling, failure
from pytest_llmock.datasets.summary import DataSet
from pytest_llmock.errors import DataSetError


def free_bytes(folder: Path) -> int:
    """How much may be written there."""
    return shutil.disk_usage(folder).free


@dataclass(eq=False)
class Running:
    """One run of a plan; `free` says how much room a folder has."""

    plan: Plan
    checkpoint: Checkpoint
    clock: Clock
    watch: Watch | None = None
    free: Callable[[Path], int] = free_bytes

    def __post_init__(self) -> None:
        self._started = self.clock.monotonic()
        known = (batch for batch in range(self.plan.batches) if self.checkpoint.has(batch))
        self._resumed = self._made = sum(self.plan.part(batch).count for batch in known)
        self._settling = Settling(self.plan, self.checkpoint) if self.plan.unique else None
        self._stopped, self._under_way = False, 0

    async def make_all(self, executor: Executor) -> None:
        """Have every batch made that is not, and its keys unique. Raises DataSetError naming the batch."""
        try:
            async with executor() as crew:
                await self._settle(crew)
                todo = (batch for batch in range(self.plan.batches) if not self.checkpoint.has(batch))
                await self._wait([asyncio.create_task(self._make(todo, crew)) for _ in range(crew.width)])
        finally:
            if self._settling is not None:
                self._settling.close()

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return Progress(
            self._made,
            self.plan.count,
            self._resumed,
            self.clock.monotonic() - self._started,
            self.checkpoint.usage,
            self.checkpoint.spent,
            self._under_way if self._stopped else None,
        )

    def summary(self, out: Path) -> DataSet:
        """What the run came to."""
        told, plan = self.progress, self.plan
        resumed = self.checkpoint.kept
        return DataSet(
            out, plan.count, plan.batches, resumed, told.seconds, told.rate, told.usage, told.spent
        )

    async def _wait(self, hands: list[asyncio.Task[None]]) -> None:
        together = asyncio.gather(*hands, return_exceptions=True)
        try:
            results = await asyncio.shield(together)
        except asyncio.CancelledError:
            self._stopped = True
            self._tell()
            await together
            raise
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _make(self, todo: Iterator[int], crew: Crew) -> None:
        while not self._stopped and (batches := [*islice(todo, crew.depth())]):
            parts = tuple([self.plan.part(batch) for batch in batches])
            self._under_way += len(parts)
            try:
                made = await crew.run(parts, self.checkpoint.spent)
            finally:
                self._under_way -= len(parts)
            try:
                for part, one in zip(parts, made, strict=False):  # those behind one that failed are not made
                    self._keep(part, one)
                await self._settle(crew)
            except BaseException:
                self._stopped = True
                raise
            await asyncio.sleep(0)  # who answers at once leaves the loop no turn: for Ctrl-C, for timers

    def _keep(self, part: Part, made: Made) -> None:
        is_first = not self.checkpoint.done
        self.checkpoint.add(part, made)
        if made.error is not None:
            raise failure(self.plan, self.checkpoint, part.batch, made.error)
        if is_first:
            self._check_room(len(made.lines) / part.count)
        self._made += part.count
        self._tell()

    async def _settle(self, crew: Crew) -> None:
        if self._settling is not None:
            await self._settling.settle(crew)

    def _check_room(self, bytes_a_record: float) -> None:
        """The rest must have room twice: in the checkpoint, and in the file."""
        folder = self.checkpoint.path.parent
        needed, free = int(2 * bytes_a_record * self.plan.count), self.free(folder)
        if free < needed:
            raise DataSetError(
                f"{self.plan.count:,} records need about {_amount(needed)} in {folder}, which has "
                f"{_amount(free)} left. Make room, or give another --out."
            )

    def _tell(self) -> None:
        if self.watch is not None:
            self.watch(self.progress)


def _amount(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else f"{size / 1e3:,.0f} kB"

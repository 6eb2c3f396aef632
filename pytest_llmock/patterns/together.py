"""Work on many things at a time, on asyncio and on trio.

The rule: a worker is begun only when those before it wait. A hundred thousand things that never wait take one
task, and a thing costs next to nothing beside its own work.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Generic, TypeVar

from pytest_llmock.pool.deadline import noticing

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

T = TypeVar("T")
Work = Callable[[T], Awaitable[None]]
BREATH = 50  # after so many things, which may never wait, others get a turn: who cancels, and timers


async def each(things: Iterable[T], work: Work[T], *, at_once: int) -> None:
    """Do the work for each of the things, begun in their order, for at most `at_once` at the same time.

    The first error cancels the rest, and is raised as it is, not in a group.
    """
    from anyio import create_task_group  # noqa: PLC0415 - patterns without branches need none

    if at_once == 1:
        await _worked(enumerate(things, 1), work)
        return
    async with create_task_group() as group:
        crew = _Crew(things, work, at_once, group)
        await crew.guarded()
    if crew.errors:
        raise crew.errors[0]


async def _worked(things: Iterable[tuple[int, T]], work: Work[T]) -> None:
    from anyio.lowlevel import checkpoint  # noqa: PLC0415 - only who runs steps together needs it

    for number, thing in things:
        await work(thing)
        if number % BREATH == 0:
            await checkpoint()


class _Crew(Generic[T]):
    """The workers on one list of things."""

    def __init__(self, things: Iterable[T], work: Work[T], at_once: int, group: "TaskGroup") -> None:
        self._things, self._work, self._group = enumerate(things, 1), work, group
        self._free = at_once - 1
        self.errors: list[BaseException] = []

    async def guarded(self) -> None:
        """Work until nothing is left, or somebody's work fails."""
        from anyio import get_cancelled_exc_class  # noqa: PLC0415 - only a failing step needs it

        try:
            await _worked(self._things, self._do)
        except (get_cancelled_exc_class(), GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a group would wrap it; `each` raises it
            self.errors.append(error)
            self._group.cancel_scope.cancel()

    def _do(self, thing: T) -> Awaitable[None]:
        work = self._work(thing)
        return noticing(work, self._call) if self._free else work

    def _call(self) -> None:
        """One more, as somebody waits."""
        self._free -= 1
        self._group.start_soon(self.guarded)

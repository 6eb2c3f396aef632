"""Parts of one request, made side by side or one after the other: they succeed together, or fail as one."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from pytest_llmock.errors import LLMockError

T = TypeVar("T")
Maker = Callable[[], Awaitable[T]]


async def made_in_turn(makers: Sequence[Maker[T]]) -> list[T]:
    """What each makes, begun when the one before is complete."""
    return [await make() for make in makers]


async def made_together(makers: Sequence[Maker[T]]) -> list[T]:
    """What each makes, all begun at once, in this order; the first that fails cancels the others."""

    async def made(make: Maker[T]) -> T:
        return await make()

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(made(make)) for make in makers]
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]


@contextmanager
def placed(place: str) -> Iterator[None]:
    """An error in here says where: "Records 16 to 30 of 100: …"."""
    try:
        yield
    except LLMockError as error:
        error.message = f"{place}: {error.message}"
        error.args = (error.message,)
        raise

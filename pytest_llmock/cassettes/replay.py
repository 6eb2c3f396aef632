"""A recorded interaction as a backend's answer: the same deltas, cut where they were cut."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace

from pytest_llmock.backends.registry import Leaf
from pytest_llmock.cassettes.interaction import Interaction, Timed
from pytest_llmock.clock import Clock
from pytest_llmock.errors import BackendError
from pytest_llmock.llm import Deltas, Origin

PATIENCE_S = 1.0  # of real time, beyond what the call was waited for when it was recorded


async def replay(
    interaction: Interaction,
    leaf: Leaf,
    *,
    speed: float,
    clock: Clock,
    otherwise: Callable[[], Deltas | None],
) -> Deltas:
    """The recorded deltas, then the recorded failure if there was one.

    A call that was cancelled waits until it is cancelled again; its deadline sees to it that it is. One of
    which nothing had come waits hardly longer than it did, and goes on with what is there `otherwise`:
    whether a call is reached that another one cancels is a matter of milliseconds.

    `speed` 0 gives them as fast as they are read, 1 at the recorded pace, 2 in half the time. Whoever asks
    again after a recorded failure waits at that pace too: nobody is there to be spared.
    """
    began = clock.monotonic()
    model = interaction.recorded.model or interaction.recorded.asked or leaf.model
    origin = Origin(leaf.name, "replayed", model, leaf.provider)
    for timed in _with_origin(interaction.deltas, origin):
        await _until(timed.ms, began, speed, clock)
        yield timed.delta
    if interaction.failure is not None:
        await _until(round(interaction.recorded.seconds * 1000), began, speed, clock)
        failed = BackendError(interaction.failure, backend=leaf.name)
        failed.pace = 1 / speed if speed > 0 else 0.0
        raise failed
    if interaction.cancelled and not interaction.deltas:
        await asyncio.sleep(interaction.recorded.seconds + PATIENCE_S)
        following = otherwise()
        if following is not None:
            async with aclosing(following):
                async for delta in following:
                    yield delta
            return
    if interaction.cancelled:
        await asyncio.get_running_loop().create_future()


def _with_origin(deltas: tuple[Timed, ...], origin: Origin) -> tuple[Timed, ...]:
    if not deltas:
        return ()
    ms, delta = deltas[0]
    return (Timed(ms, replace(delta, origin=origin)), *deltas[1:])


async def _until(ms: int, began: float, speed: float, clock: Clock) -> None:
    if speed > 0 and (wait := began + ms / 1000 / speed - clock.monotonic()) > 0:
        await clock.sleep(wait)

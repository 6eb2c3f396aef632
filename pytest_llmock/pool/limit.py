"""A backend that answers a bounded number of calls at a time; the others wait in the order they came."""

import asyncio
from contextlib import aclosing

from pytest_llmock.llm import Backend, Deltas, Prompt
from pytest_llmock.pool.breaker import Breaker


def limited(backend: Backend, slots: asyncio.Semaphore, *, breaker: Breaker | None) -> Backend:
    """`backend`, asked when a slot is free, and for as long as it answers; first come, first served.

    Whom the backend's breaker would refuse does not wait for that.
    """

    async def asked(prompt: Prompt, /) -> Deltas:
        if breaker is not None:
            breaker.check()
        async with slots, aclosing(backend(prompt)) as deltas:
            async for delta in deltas:
                yield delta

    return asked

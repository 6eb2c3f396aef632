"""The way in to a backend: past its breaker, and through the queues before it.

Whom the breaker would refuse does not wait in a queue, and is asked for again behind it: the breaker may have
opened in the meantime. Queues are first come, first served.
"""

from contextlib import nullcontext

from pytest_llmock.llm import Backend, Deltas, Prompt
from pytest_llmock.pool.members import Member


def admitted(backend: Backend, member: Member, *, early: bool = False) -> Backend:
    """`backend`, asked when there is room for its call; BreakerOpenError when its breaker refuses that.

    `early` lets a call try a backend before its breaker would, where there is nobody else to ask.
    """
    breaker = member.breaker

    async def asked(prompt: Prompt, /) -> Deltas:
        if breaker is not None and not early:
            breaker.check()
        held = 0
        member.busy += 1
        try:
            for queue in member.queues:
                await queue.acquire()
                held += 1
            with breaker.entered(early=early) if breaker is not None else nullcontext():
                deltas = backend(prompt)
                try:
                    async for delta in deltas:
                        yield delta
                finally:
                    await deltas.aclose()
        finally:
            member.busy -= 1
            for queue in member.queues[:held]:
                queue.release()

    return asked

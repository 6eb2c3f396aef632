"""A backend that is asked again when it failed: the only place that does so.

Waits grow and are spread: the n-th is a random time up to `base_s · 2ⁿ`, and never over `MOST_S` ("full
jitter", https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter, read 2026-11-22). A backend
that says how long to wait (Retry-After) is not asked earlier, and its callers do not come back all at once. A
wait that would not end before the deadline is not begun: the failure is told at once.
"""

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from math import ldexp
from random import Random

from pytest_llmock.clock import Clock
from pytest_llmock.errors import BackendError
from pytest_llmock.llm import Backend, Deltas, Prompt
from pytest_llmock.pool.deadline import Deadline
from pytest_llmock.pool.verdict import may_ask_again

MOST_S = 30.0
_MOST_DOUBLINGS = 32


@dataclass(frozen=True, slots=True)
class Repeats:
    """How a call is repeated: at most so often, after waits that grow from `base_s` seconds.

    `number` says which call of the backend this is, when it begins; `random` makes the source of its waits
    from that, when there is a first one. `may` is asked before each repeat.
    """

    most: int
    base_s: float
    may: Callable[[], bool]
    number: Callable[[], int]
    random: Callable[[int], Random]

    def wait_s(self, repeat: int, random: Random) -> float:
        """Seconds before repeat number `repeat`, counted from 0."""
        return random.random() * min(MOST_S, ldexp(self.base_s, min(repeat, _MOST_DOUBLINGS)))


def retrying(backend: Backend, repeats: Repeats, *, deadline: Deadline, clock: Clock) -> Backend:
    """`backend`, asked again after failures that may pass, as long as nothing of an answer has come."""

    async def asked(prompt: Prompt, /) -> Deltas:
        random, repeat, number = None, 0, repeats.number()
        while True:
            has_begun = False
            try:
                async with aclosing(backend(prompt)) as deltas:
                    async for delta in deltas:
                        has_begun = True
                        yield delta
            except BackendError as error:
                if has_begun or repeat == repeats.most or not may_ask_again(error.failure):
                    raise
                random = random or repeats.random(number)
                wait = (repeats.wait_s(repeat, random) + (error.failure.retry_after_s or 0.0)) * error.pace
                if clock.monotonic() + wait >= deadline.expires or not repeats.may():
                    raise
            else:
                return
            await clock.sleep(wait)
            repeat += 1

    return asked


def whole(backend: Backend) -> Backend:
    """`backend`, read to its end before anything is passed on.

    For callers who need the whole answer: one that breaks off in the middle has not begun for them.
    """

    async def read(prompt: Prompt, /) -> Deltas:
        async with aclosing(backend(prompt)) as deltas:
            pieces = [delta async for delta in deltas]
        for delta in pieces:
            yield delta

    return read

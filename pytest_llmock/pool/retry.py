"""A backend that is asked again when it failed: the only place that does so.

Waits grow and are spread: the n-th is a random time up to `base_s · 2ⁿ`, and never over `MOST_S` ("full
jitter", https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter, read 2026-11-22). A backend
that says how long to wait (Retry-After) is not asked earlier, and its callers do not come back all at once. A
wait that would not end before the deadline is not begun: the failure is told at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ldexp

from pytest_llmock.clock import random_for
from pytest_llmock.errors import BackendError
from pytest_llmock.llm import Backend, Delta, Deltas, Prompt
from pytest_llmock.pool.breaker import Breaker
from pytest_llmock.pool.budget import RetryBudget
from pytest_llmock.pool.deadline import Times
from pytest_llmock.pool.verdict import may_ask_again

MOST_S = 30.0
_MOST_DOUBLINGS = 32


@dataclass(eq=False, slots=True)
class Repeats:
    """How the calls of one backend are repeated: so often at most, after waits that grow from `base_s`.

    `seed` is what the waits are made of, with the number of the call.
    """

    most: int = 0
    base_s: float = 1.0
    seed: tuple[object, ...] = ()
    breaker: Breaker | None = None
    budget: RetryBudget = field(default_factory=RetryBudget)

    def begin(self) -> int:
        """Another call begins: its number, from 1."""
        self.budget.note_call()
        return self.budget.calls

    def may(self) -> bool:
        """Whether a call that failed may be made again; that takes from the budget."""
        return (self.breaker is None or not self.breaker.is_ejected) and self.budget.take()

    def waits(self, number: int) -> Iterator[float]:
        """Seconds before each repeat of that call."""
        random = random_for(*self.seed, number)
        for repeat in range(self.most):
            yield random.random() * min(MOST_S, ldexp(self.base_s, min(repeat, _MOST_DOUBLINGS)))


def retrying(backend: Backend, repeats: Repeats, times: Times, *, is_whole: bool = False) -> Backend:
    """`backend`, asked again after failures that may pass, as long as nothing of an answer has come.

    `is_whole`: an answer is read to its end before anything is passed on, so that one which breaks off in the
    middle has not begun for its caller.
    """

    async def asked(prompt: Prompt, /) -> Deltas:
        number, waits = repeats.begin(), None
        while True:
            has_begun, pieces, deltas = False, list[Delta](), backend(prompt)
            try:
                if is_whole:
                    pieces = [delta async for delta in deltas]
                else:
                    async for delta in deltas:
                        has_begun = True
                        yield delta
            except BackendError as error:
                if has_begun or not may_ask_again(error.failure):
                    raise
                waits = waits or repeats.waits(number)
                wait = _pause(error, waits, repeats, times)
                if wait is None:
                    raise
            else:
                for delta in pieces:
                    yield delta
                return
            finally:
                await deltas.aclose()
            await times.clock.sleep(wait)

    return asked


def _pause(error: BackendError, waits: Iterator[float], repeats: Repeats, times: Times) -> float | None:
    """Seconds to wait before the call is repeated; None when it is not."""
    jitter = next(waits, None)
    if jitter is None:
        return None
    usual = jitter + (error.failure.retry_after_s or 0.0)
    wait = usual * error.pace
    skipped = max(0.0, usual - wait)
    if not times.allow(skipped + wait) or not repeats.may():
        return None
    times.skip(skipped, to=times.elapsed.monotonic() + skipped)
    return wait

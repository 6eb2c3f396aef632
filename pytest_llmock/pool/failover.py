"""Backends in an order: when one does not answer, the next is asked.

Nothing is asked twice here. A backend whose breaker is open refuses at once, so that the next has its turn;
when all of them refuse, the one that would be tried soonest is asked all the same: somebody must be.
"""

from collections.abc import Callable, Sequence
from contextlib import aclosing

from pytest_llmock.errors import BackendError, BreakerOpenError, Failure, NoBackendError
from pytest_llmock.llm import Backend, Deltas, Prompt
from pytest_llmock.pool.verdict import may_ask_another

_UNREACHABLE = frozenset({"connect", "resolve", "open"})


def first_that_answers(backends: Sequence[Backend], *, last_resort: Callable[[], Backend]) -> Backend:
    """The first of `backends` that begins to answer.

    `last_resort` makes the backend that is asked when every breaker is open. Raises the failure of the last
    one asked, with all of them in its message; NoBackendError when nobody could be reached.
    """

    async def asked(prompt: Prompt, /) -> Deltas:
        failed: list[BackendError] = []
        waiting = list(backends)
        while waiting:
            has_begun = False
            try:
                async with aclosing(waiting.pop(0)(prompt)) as deltas:
                    async for delta in deltas:
                        has_begun = True
                        yield delta
            except BackendError as error:
                if has_begun or not may_ask_another(error.failure):
                    raise
                failed.append(error)
                if not waiting and len(failed) == len(backends) and all(map(_is_refusal, failed)):
                    waiting.append(last_resort())
            else:
                failed.clear()
                return
        nobody = _nobody(failed)
        failed.clear()  # their tracebacks lead back here: a circle that would live until it is collected
        raise nobody

    return asked


def _is_refusal(error: BackendError) -> bool:
    return isinstance(error, BreakerOpenError)


def _nobody(failed: Sequence[BackendError]) -> BackendError | NoBackendError:
    """The failure of all of them."""
    told = " ".join(f"{error.backend}: {error.message}" for error in failed)
    names = ", ".join(dict.fromkeys(f"'{error.backend}'" for error in failed))
    if all(error.failure.kind in _UNREACHABLE for error in failed):
        return NoBackendError(f"No LLM backend available: none of {names} could be reached. {told}")
    last = [error for error in failed if not _is_refusal(error)][-1]
    failure = last.failure
    message = f"None of the backends {names} answered. {told}"
    every = Failure(failure.kind, message, failure.status, failure.retry_after_s, failure.body)
    error = BackendError(every, backend=last.backend)
    error.pace = last.pace
    return error

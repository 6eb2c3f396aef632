"""One try at one backend, noted in the call it is made for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from pytest_llmock.backends.registry import Leaf
from pytest_llmock.errors import BackendError, Failure, LLMockError, RefusedError, RequestError
from pytest_llmock.folding import estimate_tokens, prompt_text
from pytest_llmock.journal import CURRENT, Attempt, Call, Outcome, Reason
from pytest_llmock.ledger import Ledger
from pytest_llmock.llm import Backend, Delta, Deltas, Origin, Prompt, Usage
from pytest_llmock.pool.deadline import Times
from pytest_llmock.prices import FREE, FREE_PROVIDERS

# what the journal keeps of one answer, the size of its pieces included: endless ones must not fill the memory
MOST_KEPT_BYTES, DELTA_BYTES = 16_000_000, 100
CUT_IN_JOURNAL = "The answer was too long for the journal, which has its beginning and its end."


@dataclass(frozen=True, slots=True)
class Noting:
    """What the attempts of a call at one backend are noted with; `reason` says why the next one is made."""

    call: Call
    times: Times
    ledger: Ledger
    reason: Callable[[], Reason]


def noted(backend: Backend, leaf: Leaf, noting: Noting) -> Backend:
    """`backend`, which asks the leaf: each answer is an attempt of the call, and says its origin first."""
    call, times = noting.call, noting.times
    clock, elapsed = times.clock, times.elapsed

    async def tried(prompt: Prompt, /) -> Deltas:
        attempt = _begin(leaf, call, prompt, noting.reason())
        started, began, at, seen = clock.monotonic(), elapsed.monotonic(), clock.wall(), call.deltas
        outcome: Outcome = "cancelled"
        deltas: Deltas | None = None
        held = 0
        try:
            deltas = backend(prompt)
            async for delta in deltas:
                told = delta if seen else _with_origin(delta, leaf, call, attempt)
                held += len(told.text) + len(told.reasoning) + DELTA_BYTES
                if held <= MOST_KEPT_BYTES or told.end is not None:
                    seen.append(told)
                elif CUT_IN_JOURNAL not in call.warnings:
                    call.warnings.append(CUT_IN_JOURNAL)
                if told.end is not None:
                    attempt.usage = told.end.usage or attempt.usage
                outcome = "cancelled" if told.end is None else "success"  # should its reader stop here
                yield told
            outcome = _ended(attempt, seen)
        except Exception as error:
            call.source = None
            outcome, attempt.error = _judged(error, leaf)
            attempt.cost = _cost_of_nothing(error) if attempt.source is None else attempt.cost
            raise
        finally:
            if deltas is not None:
                await deltas.aclose()
            attempt.seconds = clock.monotonic() - started
            spared = attempt.recorded_seconds - attempt.seconds
            if spared > 0:
                times.skip(spared, to=began + attempt.recorded_seconds)
            _price(attempt, leaf, call, at)
            noting.ledger.note(attempt)
            attempt.outcome = outcome  # last: a thread that sees it sees the rest

    return tried


def _begin(leaf: Leaf, call: Call, prompt: Prompt, reason: Reason) -> Attempt:
    attempt = Attempt(leaf.name, leaf.provider, leaf.model, leaf.live, reason)
    call.note(attempt)
    call.prompt, call.backend, call.deltas = prompt, leaf.name, []
    CURRENT.set(call)
    return attempt


def _judged(error: Exception, leaf: Leaf) -> tuple[Outcome, str]:
    if isinstance(error, BackendError) and not error.backend:  # a function of the user's need not say whose
        error.backend = error.details["backend"] = leaf.name
    outcome: Outcome = "refused" if isinstance(error, RefusedError | RequestError) else "failure"
    return outcome, error.message if isinstance(error, LLMockError) else f"{type(error).__name__}: {error}"


def _ended(attempt: Attempt, seen: Sequence[Delta]) -> Outcome:
    """How an answer ended of which nothing more comes. Raises BackendError when that was before its end."""
    if any(delta.end is not None for delta in reversed(seen)):
        return "success"
    attempt.error = f"The answer of backend '{attempt.backend}' was cut off before its end."
    if attempt.source != "replayed":  # a recording whose reader had left ends where that reader did
        raise BackendError(Failure("cut", attempt.error), backend=attempt.backend)
    return "failure"


def _cost_of_nothing(error: Exception) -> Decimal | None:
    """What an attempt cost that gave no answer; the model may have been at work when its time was over."""
    is_timeout = isinstance(error, BackendError) and error.failure.kind == "timeout"
    return None if is_timeout else FREE


def _price(attempt: Attempt, leaf: Leaf, call: Call, at: float) -> None:
    """Say what the attempt cost; of a replay, what it saved, which its recording may have said already."""
    if attempt.usage is None and call.prompt is not None and _is_cut(call.deltas):
        attempt.usage = _so_far(call.prompt, call.deltas)
    if attempt.cost is not None:
        return
    if leaf.price is None and leaf.provider in FREE_PROVIDERS:
        attempt.cost = FREE
    elif attempt.source == "replayed":
        attempt.cost = leaf.pricing.saved(attempt.usage, None)
    else:
        attempt.cost = leaf.pricing.cost(call.model or leaf.model, attempt.usage, at=at)


def _is_cut(deltas: Sequence[Delta]) -> bool:
    return bool(deltas) and all(delta.end is None for delta in deltas)


def _so_far(prompt: Prompt, deltas: Sequence[Delta]) -> Usage:
    """The tokens of an answer that was cut before anybody counted them."""
    said = "".join([delta.text + delta.reasoning for delta in deltas])
    return Usage(estimate_tokens(prompt_text(prompt)), estimate_tokens(said), estimated=True)


# the same few for every call of a backend
_origin = lru_cache(maxsize=256)(Origin)


def _with_origin(delta: Delta, leaf: Leaf, call: Call, attempt: Attempt) -> Delta:
    known = delta.origin
    source = known.source if known else ("live" if leaf.live else "scripted")
    model = known.model if known and known.model else leaf.model
    if leaf.provider == "scripted" and source == "synthetic":
        call.warnings.append("Backend 'scripted' has no rule for this prompt; synthetic answered.")
    origin = _origin(leaf.name, source, model, leaf.provider, len(call.attempts))
    call.source = attempt.source = source
    call.model = model
    if origin == known:
        return delta
    # `replace` says the same, and takes several times as long
    said = (delta.text, delta.index, delta.reasoning, delta.tool, delta.vector)
    return Delta(*said, origin, delta.end, delta.extensions, delta.at_once)

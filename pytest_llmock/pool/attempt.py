"""One try at one backend, noted in the call it is made for."""

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from decimal import Decimal

from pytest_llmock.backends.registry import Leaf
from pytest_llmock.clock import Clock
from pytest_llmock.errors import LLMockError
from pytest_llmock.journal import CURRENT, Attempt, Call, Reason
from pytest_llmock.ledger import Ledger
from pytest_llmock.llm import Backend, Delta, Deltas, Origin, Prompt


def noted(leaf: Leaf, call: Call, *, reason: Callable[[], Reason], clock: Clock, ledger: Ledger) -> Backend:
    """The leaf, each of whose answers is an attempt of the call; the first delta carries its origin."""

    async def tried(prompt: Prompt, /) -> Deltas:
        attempt = Attempt(leaf.name, leaf.provider, leaf.model, leaf.live, reason())
        call.attempts.append(attempt)
        call.prompt, call.backend = prompt, leaf.name
        call.deltas = seen = list[Delta]()
        CURRENT.set(call)
        started, at = clock.monotonic(), clock.wall()
        try:
            async with aclosing(leaf.call(prompt)) as deltas:
                async for delta in deltas:
                    told = delta if seen else _with_origin(delta, leaf, call, attempt)
                    seen.append(told)
                    if told.end is not None and told.end.usage is not None:
                        attempt.usage = told.end.usage
                    yield told
            attempt.ended = True
        except LLMockError as error:
            attempt.error = error.message
            raise
        finally:
            attempt.ended = attempt.ended or bool(attempt.error)
            attempt.seconds = clock.monotonic() - started
            if attempt.cost is None:
                attempt.cost = _cost(attempt, leaf, call.model or leaf.model, at)
            ledger.note(attempt)

    return tried


def _cost(attempt: Attempt, leaf: Leaf, model: str, at: float) -> Decimal | None:
    if attempt.source == "replayed":
        return leaf.pricing.saved(attempt.usage, None)
    return leaf.pricing.cost(model, attempt.usage, at=at)


def _with_origin(delta: Delta, leaf: Leaf, call: Call, attempt: Attempt) -> Delta:
    known = delta.origin
    source = known.source if known else ("live" if leaf.live else "scripted")
    model = known.model if known and known.model else leaf.model
    if leaf.provider == "scripted" and source == "synthetic":
        call.warnings.append("Backend 'scripted' has no rule for this prompt; synthetic answered.")
    origin = Origin(leaf.name, source, model, leaf.provider, attempts=len(call.attempts))
    call.source = attempt.source = source
    call.model = model
    return delta if origin == known else replace(delta, origin=origin)

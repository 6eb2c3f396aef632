"""Faults as backends made of backends: what a stream of deltas can say of them.

What only bytes can say (broken JSON, a connection that is cut) is told here as a client of a provider would
raise it, for whoever has no bytes: direct calls, patterns, and our own pool.
"""

from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace

from pytest_llmock.clock import Clock
from pytest_llmock.faults import Fault
from pytest_llmock.folding import by_words, fold, unfold
from pytest_llmock.llm import Backend, Delta, Deltas, Prompt
from pytest_llmock.scripting.answers import cut_short, empty, refusal

FIRST_EVENTS = 1  # that come before a fault which says nothing of them


def struck(backend: Backend, fault: Fault, clock: Clock, *, longest_s: float) -> Backend:
    """The backend, whose answer goes wrong; `longest_s` is how long a request may take."""

    def in_events(prompt: Prompt, /) -> Deltas:
        return by_words(backend(prompt))

    strike = _Strike(in_events, fault, clock, longest_s)

    def faulty(prompt: Prompt, /) -> Deltas:
        return _STRIKES[fault.kind](strike, prompt)

    return faulty


@dataclass(frozen=True, slots=True)
class _Strike:
    """A fault, and what it needs."""

    backend: Backend
    fault: Fault
    clock: Clock
    longest_s: float

    async def wait(self) -> None:
        seconds = self.fault.wait_s
        await self.clock.sleep(self.longest_s if seconds is None else seconds)

    async def first(self, prompt: Prompt, number: int) -> Deltas:
        """The first deltas of the answer, as far as they are not its end; one that is recorded is read on."""
        if number == 0:
            return
        is_recorded = False
        async with aclosing(self.backend(prompt)) as deltas:
            async for delta in deltas:
                is_recorded |= delta.origin is not None and delta.origin.source == "recorded"
                if number > 0:
                    yield replace(delta, end=None)
                number -= 1
                if number <= 0 and not is_recorded:
                    return


async def _fail(strike: _Strike, prompt: Prompt) -> Deltas:
    fault = strike.fault
    if fault.kind == "timeout":
        await strike.wait()
    before = FIRST_EVENTS if fault.after is None else fault.after
    async for delta in strike.first(prompt, 0 if fault.is_whole else before):
        yield delta
    raise fault.error()


async def _slow(strike: _Strike, prompt: Prompt) -> Deltas:
    await strike.wait()
    async with aclosing(strike.backend(prompt)) as deltas:
        async for delta in deltas:
            yield delta


async def _dribble(strike: _Strike, prompt: Prompt) -> Deltas:
    async with aclosing(strike.backend(prompt)) as deltas:
        async for delta in deltas:
            letters = [*delta.text] or [""]
            last = len(letters) - 1
            for place, letter in enumerate(letters):
                await strike.wait()
                piece = replace(delta, text=letter) if place == 0 else Delta(letter, delta.index)
                yield replace(piece, end=delta.end if place == last else None)


async def _twice(strike: _Strike, prompt: Prompt) -> Deltas:
    number = 0
    async with aclosing(strike.backend(prompt)) as deltas:
        async for delta in deltas:
            yield delta
            if number == (strike.fault.after or 0) and delta.end is None:
                yield replace(delta, origin=None, extensions=None)
            number += 1


async def _short(strike: _Strike, prompt: Prompt) -> Deltas:
    completion = await fold(strike.backend(prompt))
    async for delta in unfold(cut_short(completion), in_pieces=True):
        yield delta


_STRIKES: Mapping[str, Callable[[_Strike, Prompt], Deltas]] = {
    **dict.fromkeys(
        ("status", "timeout", "cut", "malformed", "truncated", "content_type", "invalid_utf8"), _fail
    ),
    "slow_first_token": _slow,
    "dribble": _dribble,
    "duplicated": _twice,
    "empty": lambda _, prompt: unfold(empty(prompt)),
    "refusal": lambda strike, prompt: unfold(refusal(prompt, strike.fault.message)),
    "length": _short,
}

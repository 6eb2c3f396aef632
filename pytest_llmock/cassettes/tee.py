"""A live call that is recorded on its way: each delta goes on when it comes, the recorder has all.

A call that was cancelled while it waited is recorded too, even if nothing had come: it was asked, and in
replay the next equal call must not take its place.
"""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from pytest_llmock import __version__
from pytest_llmock.backends.registry import Leaf
from pytest_llmock.cassettes.interaction import Interaction, Recorded, Request, Timed
from pytest_llmock.cassettes.record import Recorder, iso
from pytest_llmock.clock import Clock
from pytest_llmock.errors import BackendError, Failure
from pytest_llmock.folding import by_words, collect
from pytest_llmock.llm import Delta, Deltas, Origin, Prompt

# These say nothing about the model, and played back they would only be trouble: it is asked again next time.
# Where another backend answered in its place they are recorded all the same: replay has to get that far.
UNRECORDED_KINDS = frozenset({"connect", "resolve", "timeout", "key_missing"})
_UNRECORDED_STATUSES = frozenset({401, 403})


@dataclass(slots=True)
class _Heard:
    """What has come of a call so far."""

    began_wall: float
    began: float
    deltas: list[Timed] = field(default_factory=list)
    model: str = ""
    failure: Failure | None = None
    complete: bool = False
    cancelled: bool = False
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Take:
    """What is recorded: the request, its number at the recorder, how many attempts its call has made.

    `is_rescued` tells when the call is over whether another backend answered it after a failure of this one.
    `keeps_cancelled`: whether it is recorded that whoever asked gave up.
    """

    request: Request
    number: int
    attempts: int = 1
    is_rescued: Callable[[], bool] = lambda: False
    keeps_cancelled: bool = True


async def tee(leaf: Leaf, prompt: Prompt, take: Take, *, recorder: Recorder, clock: Clock) -> Deltas:
    """The live answer, delta by delta, kept by `recorder` however it ends."""
    heard = _Heard(clock.wall(), clock.monotonic())
    try:
        async with aclosing(by_words(leaf.call(prompt))) as deltas:
            async for delta in deltas:
                yield _noted(delta, leaf, heard, clock)
        heard.complete = True
    except BackendError as error:
        heard.failure = error.failure
        raise
    except asyncio.CancelledError:
        heard.cancelled = take.keeps_cancelled
        raise
    finally:
        heard.seconds = round(clock.monotonic() - heard.began, 3)
        interaction = _interaction(heard, take, leaf, asked=leaf.model or prompt.model)
        recorder.keep(take.number, interaction, needed=None if _is_recorded(heard) else take.is_rescued)


def _noted(delta: Delta, leaf: Leaf, heard: _Heard, clock: Clock) -> Delta:
    ms = round((clock.monotonic() - heard.began) * 1000)
    heard.deltas.append(Timed(ms, delta if delta.origin is None else replace(delta, origin=None)))
    if len(heard.deltas) > 1:
        return delta
    heard.model = delta.origin.model if delta.origin else ""
    return replace(delta, origin=Origin(leaf.name, "recorded", heard.model or leaf.model, leaf.provider))


def _interaction(heard: _Heard, take: Take, leaf: Leaf, *, asked: str) -> Interaction | None:
    """What is kept of a call; None when nothing came."""
    if not (heard.deltas or heard.complete or heard.cancelled or heard.failure):
        return None
    usage = collect(timed.delta for timed in heard.deltas).usage
    cost = leaf.pricing.cost(heard.model or asked, usage, at=heard.began_wall)
    found = Interaction(
        take.request,
        tuple(heard.deltas),
        heard.failure,
        recorded=Recorded(
            at=iso(heard.began_wall),
            provider=leaf.provider,
            asked=asked,
            model=heard.model or asked,
            seconds=heard.seconds,
            attempts=take.attempts,
            cost=float(cost) if cost else None,  # what was free needs no word
            plugin=__version__,
        ),
    )
    if heard.failure is not None or _has_ended(found, heard):
        return found
    return replace(found, truncated=heard.complete or bool(heard.deltas), cancelled=heard.cancelled)


def _is_recorded(heard: _Heard) -> bool:
    """Whether it is worth playing back, however its call goes on."""
    if heard.deltas or heard.complete or heard.failure is None:
        return True
    return heard.failure.kind not in UNRECORDED_KINDS and heard.failure.status not in _UNRECORDED_STATUSES


def _has_ended(interaction: Interaction, heard: _Heard) -> bool:
    """Whether nothing is missing; a client may leave when it has seen the end of the stream."""
    whole = heard.complete or (heard.deltas and heard.deltas[-1].delta.end is not None)
    return bool(whole) and all(choice.finish_reason is not None for choice in interaction.completion.choices)

"""Several answers to one request: `?n=3` → a JSON list of three variants, in the way that a strategy says.

    strategy      the variants are made    the delays of `RateLimitDelayRange`
    Sequential    one after the other      one before each but the first
    Parallel      all at once              the longest of them, before the answer
    Streaming     all at once              one before each but the first, while the list is sent
    Auto          as Parallel up to five, else as Streaming

An answer that is sent in pieces is complete before its first byte goes: status and headers hold for it all.
Times are told in the headers that LLMockApi has for them, in milliseconds.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from pytest_llmock.clock import Clock
from pytest_llmock.generation.variants import Variant
from pytest_llmock.wire.http import Response

MOST_IN_PARALLEL = 5

# gives so many of the next variants
Supply = Callable[[int], Awaitable[Sequence[Variant]]]


@dataclass(frozen=True, slots=True)
class Pace:
    """How variants are made and sent: the strategy, and the ends of the range of delays in milliseconds."""

    strategy: str = "Auto"
    delay_ms: tuple[int, int] = (0, 0)

    @classmethod
    def of(cls, strategy: str, delay_range: str | None) -> "Pace":
        """What the settings say: "Auto" and "100-500", or "200", or nothing."""
        low, _, high = (delay_range or "0").partition("-")
        ends = sorted((int(low), int(high or low)))
        return cls(strategy, (ends[0], ends[1]))

    def strategy_for(self, n: int) -> str:
        """The strategy for so many variants."""
        if self.strategy != "Auto":
            return self.strategy
        return "Parallel" if n <= MOST_IN_PARALLEL else "Streaming"

    def delays(self, n: int, random: Random) -> list[float]:
        """Seconds of delay, one for each variant but the first."""
        low, high = self.delay_ms
        return [(low + (high - low) * random.random()) / 1000 for _ in range(n - 1)]


@dataclass(frozen=True, slots=True)
class Completions:
    """The variants of an answer, the time it took to have them, the delay in that, and the pauses to come."""

    variants: Sequence[Variant]
    elapsed_s: float
    delay_s: float = 0.0
    pauses_s: Sequence[float] = ()


def headers_of(done: Completions, recent_s: float | None) -> dict[str, str]:
    """The times in milliseconds: of making all, of the whole request, its delay, and of answers of late."""
    pauses_s = sum(done.pauses_s)
    delay_s = done.delay_s + pauses_s
    seconds = {
        "x-llmapi-request-time": sum(
            variant.seconds for variant in done.variants if variant.source != "cache"
        ),
        "x-llmapi-total-elapsed": done.elapsed_s + pauses_s,
        "x-llmapi-delay-applied": delay_s or None,
        "x-llmapi-avg-time": recent_s,
    }
    return {name: str(round(said * 1000)) for name, said in seconds.items() if said is not None}


async def completed(supply: Supply, n: int, pace: Pace, *, random: Random, clock: Clock) -> Completions:
    """So many variants, by the strategy for them."""
    began, strategy, delays = clock.monotonic(), pace.strategy_for(n), pace.delays(n, random)
    if strategy == "Sequential":
        variants = [*await supply(1)]
        for delay in delays:
            await _pause(delay, clock)
            variants += await supply(1)
        return Completions(variants, clock.monotonic() - began, sum(delays))
    variants = [*await supply(n)]
    if strategy == "Streaming":
        return Completions(variants, clock.monotonic() - began, 0.0, delays if any(delays) else ())
    longest = max(delays, default=0.0)
    await _pause(longest, clock)
    return Completions(variants, clock.monotonic() - began, longest)


def response(
    done: Completions, clock: Clock, headers: Mapping[str, str], *, in_pieces: bool = True
) -> Response:
    """The list; in pieces where there are pauses between them."""
    bodies = [variant.body for variant in done.variants]
    if not (in_pieces and done.pauses_s):
        return Response(body=b"[%s]" % b",".join(bodies), headers=headers)
    return Response(headers=headers, stream=_pieces(bodies, done.pauses_s, clock))


async def _pieces(
    bodies: Sequence[bytes], pauses_s: Sequence[float], clock: Clock
) -> AsyncGenerator[bytes, None]:
    yield b"[" + bodies[0]
    for body, pause in zip(bodies[1:], pauses_s, strict=True):
        await clock.sleep(pause)
        yield b"," + body
    yield b"]"


async def _pause(seconds: float, clock: Clock) -> None:
    if seconds:
        await clock.sleep(seconds)

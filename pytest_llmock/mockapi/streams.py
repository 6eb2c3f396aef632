"""What a request asks of a stream: its form, its pace, whether it goes on, and what the client has already.

Words to us are, in the streaming form alone, the query parameters of `WORDS`, in a continuous stream those of
`CONTINUOUS_WORDS` too; the headers X-Continuous-Streaming and Last-Event-ID; `$continuous` in a shape.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import get_args

from pytest_llmock.clock import random_for
from pytest_llmock.config import Settings
from pytest_llmock.config.fields import SseMode
from pytest_llmock.errors import ShapeError, nearest
from pytest_llmock.llm import JSON
from pytest_llmock.mockapi.events import Continuous, Position, position_of
from pytest_llmock.mockapi.request import MockRequest, number
from pytest_llmock.wire.http import Request

MODES: tuple[SseMode, ...] = get_args(SseMode)
WORDS = frozenset({"sseMode", "continuous", "timeToFirstTokenMs", "tokensPerSecond", "jitter"})
CONTINUOUS_WORDS = frozenset({"interval", "maxDuration"})
# the least and the most that a word may say, and of what
_RANGES: Mapping[str, tuple[float, float, str]] = {
    "interval": (1, 86_400_000, "milliseconds"),
    "maxDuration": (0, 86_400_000, "seconds"),
    "timeToFirstTokenMs": (0, 86_400_000, "milliseconds"),
    "tokensPerSecond": (0.001, 1_000_000, "tokens"),
    "jitter": (0, 1, "a share"),
}
_SWITCH = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Pace:
    """How slowly events come: a wait before the first, one for each token, and one for each event.

    `jitter` spreads each wait by that share: 0.2 makes 100 ms anything from 80 to 120.
    """

    first_s: float = 0.0
    token_s: float = 0.0
    low_s: float = 0.0
    high_s: float = 0.0
    jitter: float = 0.0

    def __bool__(self) -> bool:
        return max(self.first_s, self.token_s, self.high_s) > 0

    def waits(self, *seed: object) -> "Waits":
        """The waits of one stream; the same for the same seed."""
        return Waits(self, *seed)


class Waits:
    """The waits before the events of one stream."""

    def __init__(self, pace: Pace, *seed: object) -> None:
        self._pace, self._random = pace, random_for("pace", *seed)
        self._first_s = pace.first_s

    def before(self, tokens: int) -> float:
        """Seconds before the next event, for which a model writes so many tokens; none before one of 0."""
        if not tokens:
            return 0.0
        pace, spread, place = self._pace, self._random.random(), self._random.random()
        wait = self._first_s + tokens * pace.token_s + pace.low_s + (pace.high_s - pace.low_s) * place
        self._first_s = 0.0
        return wait * (1 + pace.jitter * (2 * spread - 1))


@dataclass(frozen=True, slots=True)
class StreamRequest:
    """A mock request in its streaming form."""

    mock: MockRequest
    mode: SseMode
    pace: Pace
    continuous: Continuous | None = None
    position: Position | None = None


def decode_stream(request: Request, mock: MockRequest, settings: Settings) -> StreamRequest:
    """What the request asks of its stream, the settings where it says nothing.

    Raises ShapeError (422) for a word with a wrong value, RequestError (400) for a strange Last-Event-ID.
    """
    if mock.n is not None:
        raise ShapeError(f"n is {mock.n}, and a stream has one answer: leave n out, or /stream.")
    query = dict(request.query)
    continuous = _continuous(request, query, mock.directives, settings)
    words = WORDS | (CONTINUOUS_WORDS if continuous else frozenset())
    asked = mock.generation.query
    data = tuple(pair for pair in asked if pair[0] not in words) if asked else asked
    warnings = _warnings(mock)
    if (data, warnings) != (asked, mock.warnings):
        mock = replace(mock, generation=replace(mock.generation, query=data), warnings=warnings)
    return StreamRequest(
        mock,
        _mode(query.get("sseMode", "")) or settings.sse_mode,
        _pace(query, settings),
        continuous,
        position_of(request.headers.get("last-event-id", "").strip()),
    )


def _warnings(mock: MockRequest) -> tuple[str, ...]:
    if not mock.cache:
        return mock.warnings
    return (*mock.warnings, "$cache has no effect on a stream, whose answer comes as it is made.")


def _mode(said: str) -> SseMode | None:
    """The mode of that name, in any case; None for blank."""
    if not said.strip():
        return None
    for mode in MODES:
        if mode.lower() == said.strip().lower():
            return mode
    raise ShapeError(f"sseMode is {said[:40]!r}.{nearest(said[:40], MODES)} It is one of {', '.join(MODES)}.")


def _continuous(
    request: Request, query: Mapping[str, str], directives: Mapping[str, JSON], settings: Settings
) -> Continuous | None:
    said: Iterator[tuple[str, JSON]] = iter(
        (
            ("continuous", query.get("continuous")),
            ("X-Continuous-Streaming", request.headers.get("x-continuous-streaming")),
            ("$continuous", directives.get("$continuous")),
        )
    )
    name, value = next((each for each in said if each[1] not in (None, "")), ("", None))
    if not (_switch(name, value) if name else settings.enable_continuous_streaming):
        return None
    return Continuous(
        _number(query, "interval", settings.continuous_streaming_interval_ms) / 1000,
        _number(query, "maxDuration", settings.continuous_streaming_max_duration_seconds),
    )


def _switch(name: str, value: JSON) -> bool:
    switch = _SWITCH.get(str(value).strip().lower())
    if switch is None:
        raise ShapeError(f"{name} is {str(value)[:40]!r}: give true or false.")
    return switch


def _pace(query: Mapping[str, str], settings: Settings) -> Pace:
    rate = _number(query, "tokensPerSecond", 0)
    return Pace(
        first_s=_number(query, "timeToFirstTokenMs", 0) / 1000,
        token_s=1 / rate if rate else 0.0,
        low_s=settings.streaming_chunk_delay_min_ms / 1000,
        high_s=settings.streaming_chunk_delay_max_ms / 1000,
        jitter=_number(query, "jitter", 0),
    )


def _number(query: Mapping[str, str], name: str, default: float) -> float:
    said = query.get(name)
    if not said:
        return default
    least, most, unit = _RANGES[name]
    wanted = f"{unit} from {least:g} to {most:,}"
    value = number(said, name, wanted)
    if not least <= value <= most:
        raise ShapeError(f"{name} is {said[:40]!r}: give {wanted}.")
    return value

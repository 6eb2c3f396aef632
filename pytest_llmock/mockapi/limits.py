"""How much a mock API takes and how fast it is: rate limits, delays, and how long its endpoints took.

Rules: all times are of the session's clock, so that a virtual one waits for nothing. The limit is one for the
session, whoever asks, and slides: it counts the requests of the last minute that it did not refuse.
"""

from collections import deque
from collections.abc import Mapping
from math import ceil

from pytest_llmock.clock import Clock, random_for
from pytest_llmock.config import Settings
from pytest_llmock.errors import RequestError

MINUTE_S = 60.0


class Traffic:
    """The requests to the mock API of one session, as far as its limits need to know of them."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._limit, self._clock = settings.rate_limit_requests_per_minute, clock
        self._counts = settings.enable_rate_limit_statistics
        self._window = settings.rate_limit_stats_window_size
        self._taken: deque[float] = deque()
        self._took: dict[str, deque[float]] = {}

    def admit(self, headers: dict[str, str]) -> None:
        """Take one more request, and put how things stand into the headers of its answer.

        Raises RequestError (429) when the last minute has had as many as it may.
        """
        now = self._clock.monotonic()
        while self._taken and self._taken[0] <= now - MINUTE_S:
            self._taken.popleft()
        is_full = len(self._taken) >= self._limit
        if not is_full:
            self._taken.append(now)
        wait_s = self._taken[0] + MINUTE_S - now
        headers["x-ratelimit-limit"] = str(self._limit)
        headers["x-ratelimit-remaining"] = str(self._limit - len(self._taken))
        headers["x-ratelimit-reset"] = str(ceil(self._clock.wall() + wait_s))
        if is_full:
            headers["retry-after"] = str(ceil(wait_s))
            raise RequestError(
                f"The limit of {self._limit} a minute is reached (RateLimitRequestsPerMinute). Ask again in "
                f"{ceil(wait_s)} s.",
                status=429,
                details={"limit": self._limit, "retryAfter": ceil(wait_s)},
            )

    def note(self, endpoint: str, seconds: float, headers: dict[str, str]) -> None:
        """Note how long an endpoint took, and put the average of its last answers into the headers."""
        if self._counts:
            took = self._took.setdefault(endpoint, deque(maxlen=self._window))
            took.append(seconds)
            headers["x-llmapi-avg-time"] = f"{1000 * sum(took) / len(took):.3f}"

    @property
    def averages_ms(self) -> Mapping[str, float]:
        """The average of the last answers of each endpoint, "GET /users", in milliseconds."""
        return {name: 1000 * sum(took) / len(took) for name, took in self._took.items()}

    def reset(self) -> None:
        """Forget every request."""
        self._taken.clear()
        self._took.clear()


def delay_of(settings: Settings) -> tuple[float, float]:
    """The least and the most seconds that the settings delay an answer."""
    least = settings.random_request_delay_min_ms / 1000
    return least, max(least, settings.random_request_delay_max_ms / 1000)


def drawn(least_s: float, most_s: float, *, seed: int, number: int) -> float:
    """The delay of request `number`, somewhere from `least_s` to `most_s`: with one seed always the same."""
    if least_s == most_s:
        return least_s
    return least_s + random_for(seed, "delay", number).random() * (most_s - least_s)

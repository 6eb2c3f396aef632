import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_llmock.clock import VirtualClock
from pytest_llmock.config import Settings
from pytest_llmock.errors import RequestError
from pytest_llmock.mockapi.limits import Traffic, delay_of, drawn


class Still:
    """A clock that stands where it is put."""

    now = 1000.0

    def monotonic(self):
        return self.now

    def wall(self):
        return self.now + 500.25


def traffic(clock, **said):
    return Traffic(Settings(**said), clock)


def admitted(limits):
    headers = {}
    try:
        limits.admit(headers)
    except RequestError as error:
        return error, headers
    return None, headers


def test_a_request_within_the_limit_is_told_how_much_is_left():
    """The reset is when the oldest request leaves the minute, in seconds since 1970."""
    limits = traffic(Still(), rate_limit_requests_per_minute=3)

    error, headers = admitted(limits)

    assert error is None
    assert headers == {"x-ratelimit-limit": "3", "x-ratelimit-remaining": "2", "x-ratelimit-reset": "1561"}


def test_one_too_many_is_429_with_the_time_to_wait():
    """Until the oldest request is a minute old."""
    clock = Still()
    limits = traffic(clock, rate_limit_requests_per_minute=1)
    admitted(limits)
    clock.now += 20.5

    error, headers = admitted(limits)

    assert (error.status, error.details) == (429, {"limit": 1, "retryAfter": 40})
    assert (
        error.message == "The limit of 1 a minute is reached (RateLimitRequestsPerMinute). Ask again in 40 s."
    )
    assert (headers["retry-after"], headers["x-ratelimit-remaining"]) == ("40", "0")


def test_who_waits_as_told_is_admitted():
    """A refused request does not count."""
    clock = VirtualClock()
    limits = traffic(clock, rate_limit_requests_per_minute=1)
    admitted(limits)
    _, headers = admitted(limits)

    clock.advance(float(headers["retry-after"]))

    assert admitted(limits)[0] is None


@settings(max_examples=50)
@given(st.lists(st.floats(0, 30), max_size=40), st.integers(1, 5))
def test_no_minute_has_more_than_the_limit(waits, limit):
    """Whatever the pauses between requests."""
    clock, taken = Still(), []
    limits = traffic(clock, rate_limit_requests_per_minute=limit)

    for wait in waits:
        clock.now += wait
        if admitted(limits)[0] is None:
            taken.append(clock.now)

    assert all(sum(start <= each < start + 60 for each in taken) <= limit for start in taken)


def test_the_average_is_over_the_last_answers_of_an_endpoint():
    """As many as RateLimitStatsWindowSize says, in milliseconds."""
    limits, headers = traffic(Still(), rate_limit_stats_window_size=2), {}

    for seconds in (9.0, 0.1, 0.3):
        limits.note("GET /users", seconds, headers)
    limits.note("GET /other", 1.0, {})

    assert headers == {"x-llmapi-avg-time": "200.000"}
    assert limits.averages_ms == {"GET /users": pytest.approx(200), "GET /other": 1000}


def test_without_statistics_nothing_is_counted():
    """EnableRateLimitStatistics is a switch."""
    limits, headers = traffic(Still(), enable_rate_limit_statistics=False), {}

    limits.note("GET /users", 1.0, headers)

    assert (headers, limits.averages_ms) == ({}, {})


def test_reset_forgets_all():
    """A session that begins anew has its whole limit."""
    limits = traffic(Still(), rate_limit_requests_per_minute=1)
    admitted(limits)
    limits.note("GET /users", 1.0, {})

    limits.reset()

    assert (admitted(limits)[0], limits.averages_ms) == (None, {})


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, (0, 0)),
        ({"random_request_delay_min_ms": 100, "random_request_delay_max_ms": 500}, (0.1, 0.5)),
        ({"random_request_delay_max_ms": 500}, (0, 0.5)),
        ({"random_request_delay_min_ms": 100}, (0.1, 0.1)),
    ],
)
def test_the_settings_say_a_range_of_delays(said, expected):
    """A minimum alone is a delay that is always the same."""
    assert delay_of(Settings(**said)) == expected


def test_a_delay_depends_on_seed_and_number_only():
    """The same run waits the same, and its requests differ."""
    drawn_once = [drawn(0.1, 0.5, seed=7, number=number) for number in range(20)]

    assert drawn_once == [drawn(0.1, 0.5, seed=7, number=number) for number in range(20)]
    assert len(set(drawn_once)) == 20
    assert all(0.1 <= seconds <= 0.5 for seconds in drawn_once)
    assert drawn(0.2, 0.2, seed=7, number=1) == 0.2

"""Routes as values: what their verbs refuse, count and remember."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_llmock.errors import RefusedError, ShapeError
from pytest_llmock.journal import Call
from pytest_llmock.mockapi.pattern import pattern
from pytest_llmock.mockapi.plan import Series
from pytest_llmock.mockapi.replies import reply_of
from pytest_llmock.mockapi.route import Route


@pytest.fixture
def route():
    return Route(pattern("GET", "/users"))


def call(number=1):
    return Call(number, "mock", "GET", "/api/mock/users")


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (
            lambda route: route.respond(json={}).shape({"id": 0}),
            ValueError,
            "The route GET /users has .respond(…), which answers itself, and .shape(…), which is for a backend that answers: leave one out. .pass_through() forgets both.",
        ),
        (
            lambda route: route.backend("b").error(404),
            ValueError,
            "The route GET /users has .error(…), which answers itself, and .backend(…), which is for a backend that answers: leave one out. .pass_through() forgets both.",
        ),
        (
            lambda route: route.cache(2).side_effect(print),
            ValueError,
            "The route GET /users has .side_effect(…), which answers itself, and .cache(…), which is for a backend that answers: leave one out. .pass_through() forgets both.",
        ),
        (lambda route: route.error(200), ValueError, "The code of an error is 200: give one from 400 to 599"),
        (lambda route: route.respond(1000), ValueError, "The status is 1000: give one from 200 to 599."),
        (
            lambda route: route.times(0),
            ValueError,
            "The number of times is 0: give a whole number from 1 up.",
        ),
        (
            lambda route: route.times(-1),
            ValueError,
            "The number of times is -1: give a whole number from 1 up.",
        ),
        (
            lambda route: route.times(True),
            ValueError,
            "The number of times is True: give a whole number from 1 up.",
        ),
        (
            lambda route: route.cache(0),
            ValueError,
            "The number of variants in the cache is 0: give a whole number from 1 up.",
        ),
        (
            lambda route: route.delay(-1),
            ValueError,
            "The delay is -1: give seconds from 0 up, or a range of them, (0.1, 0.5).",
        ),
        (
            lambda route: route.delay((2, 1)),
            ValueError,
            "The delay is (2, 1): give seconds from 0 up, or a range of them, (0.1, 0.5).",
        ),
        (lambda route: route.delay((1, 2, 3)), ValueError, "The delay is (1, 2, 3): give seconds from 0 up"),
        (lambda route: route.delay(float("inf")), ValueError, "The delay is inf: give seconds from 0 up"),
        (lambda route: route.delay("1"), ValueError, "The delay is '1': give seconds from 0 up"),
        (lambda route: route.backend(" "), ValueError, "The backend is ' ': give its name."),
        (
            lambda route: route.sequence(),
            ValueError,
            "A sequence needs an answer at least: sequence(503, {'id': 1}).",
        ),
        (
            lambda route: route.sequence(1, repeat="lats"),
            ValueError,
            "repeat is 'lats'. Did you mean 'last'?",
        ),
        (
            lambda route: route.side_effect([1]),
            TypeError,
            "A side effect is a function of one request, not [1]. For answers in a row there is .sequence(…), for an error .error(…).",
        ),
        (
            lambda route: route.mock({"a": 1}, side_effect=print),
            ValueError,
            "A route has one answer, not return_value and side_effect: leave one out.",
        ),
        (lambda route: route.stream("ab"), TypeError, "A stream has a list of items, not str: stream([…])."),
        (
            lambda route: route.stream([1], mode="Tokens"),
            ValueError,
            "mode is 'Tokens'. Did you mean 'LlmTokens'?",
        ),
        (
            lambda route: route.shape({"type": "object", "properties": {"a": {"type": "strin"}}}),
            ShapeError,
            "",
        ),
    ],
)
def test_a_mistake_shows_where_it_is_written(route, build, error, message):
    """The route stays as it was before."""
    with pytest.raises(error, match=f"^{re.escape(message)}"):
        build(route)


@pytest.mark.parametrize(
    ("name", "call"),
    [("return_value", "mock(…)"), ("side_effect", "side_effect(…)"), ("status", "status(…)")],
)
def test_an_assignment_is_refused(route, name, call):
    """It would be lost without a word, where respx takes it."""
    with pytest.raises(AttributeError, match=rf"write route\.{re.escape(call)}, not route\.{name} = …"):
        setattr(route, name, 404)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (
            TimeoutError,
            "A server cannot raise TimeoutError in its client. Let it answer with an error, .error(503), or too late: .delay(60).",
        ),
        (
            lambda: 404,
            "cannot be called with one argument, the request. The parameters of the path are request.params.",
        ),
        (
            lambda request, route: 404,
            "cannot be called with one argument, the request. The parameters of the path are request.params.",
        ),
    ],
    ids=["exception", "none", "two"],
)
def test_a_side_effect_takes_one_request(route, function, message):
    """It is told where it is written, not by a 500 later."""
    with pytest.raises(TypeError, match=re.escape(message)):
        route.mock(side_effect=function)


def test_a_built_in_function_may_answer(route):
    """Of some nobody can say what they take."""
    assert route.side_effect(dict).plan.answer is dict
    assert route.side_effect(max).plan.answer is max


def test_a_stream_may_come_from_a_generator(route):
    """Its items are read once, where it is written."""
    assert route.stream(number for number in (1, 2)).plan.answer.items == (1, 2)


def test_a_verb_that_is_refused_changes_nothing(route):
    """What was programmed before still holds."""
    route.respond(json=1)

    with pytest.raises(ValueError, match="leave one out"):
        route.shape([0])

    assert (route.plan.verb, route.plan.shape) == ("respond", None)


def test_the_last_answer_counts(route):
    """A route may be programmed anew."""
    route.respond(json=1).error(404).sequence(503).stream([1]).mock({"a": 1})

    assert route.plan.answer.body == b'{"a":1}'


def test_mock_takes_a_value_or_a_function(route):
    """As respx's does."""
    assert route.mock((201, {"a": 1})).plan.answer.status == 201
    assert route.mock(side_effect=print).plan.answer is print


def test_passing_through_forgets_the_answer(route):
    """Limits and delays stay."""
    route.respond(json=1).delay(2).times(3).pass_through().shape({"id": 0}).backend(" b ").cache(2)

    plan = route.plan
    assert (plan.answer, plan.delay_s, plan.times) == (None, (2.0, 2.0), 3)
    assert (plan.shape.source, plan.backend, plan.cache) == ({"id": 0}, "b", 2)


def test_a_route_takes_as_many_requests_as_it_may(route):
    """The next one is for another route."""
    route.respond(json=1).times(2)

    claims = [route.claim(call(), {}) for _ in range(3)]

    assert [claim and claim.number for claim in claims] == [0, 1, None]
    assert (route.called, route.call_count) == (True, 2)


def test_no_request_is_taken_twice_by_threads_at_once(route):
    """Fifty at a time take the ten that there are."""
    route.respond(json=1).times(10)

    with ThreadPoolExecutor(50) as pool:
        claims = list(pool.map(lambda number: route.claim(call(number), {}), range(50)))

    assert sorted(claim.number for claim in claims if claim) == [*range(10)]


def test_a_request_that_is_given_back_was_never_taken(route):
    """The one that is meant, of several that are equal."""
    first, second = call(), call()
    route.times(2)
    route.claim(first, {})
    route.claim(second, {})

    route.leave(second)

    assert [each is first for each in route.calls] == [True]
    assert route.claim(call(), {}).number == 1


def test_reset_lets_a_route_count_anew(route):
    """Its answer stays."""
    route.respond(json=1).times(1)
    route.claim(call(), {})

    route.reset()

    assert (route.called, route.plan.verb) == (False, "respond")
    assert route.claim(call(), {}).number == 0


@pytest.mark.parametrize(
    ("repeat", "expected"), [("last", ["0", "1", "1", "1"]), ("cycle", ["0", "1", "0", "1"])]
)
def test_a_series_goes_on_as_it_was_told(repeat, expected):
    """With its last answer, or from the beginning."""
    series = Series(tuple(map(reply_of, [(200, 0), (200, 1)])), repeat)

    assert [series.at(number, "GET /x").body.decode() for number in range(4)] == expected


def test_a_series_that_is_over_says_what_to_do():
    """Nobody gets an answer that was never programmed."""
    series = Series((reply_of(503),), "never")

    with pytest.raises(RefusedError) as caught:
        series.at(1, "GET /x")

    assert caught.value.message == (
        "The sequence of the route GET /x is over: it has 1, this is request 2. Add answers, or say what "
        "follows: sequence(…, repeat='last') or repeat='cycle'."
    )


@pytest.mark.parametrize(
    ("calls", "times", "message"),
    [
        (0, None, "The route GET /users was not called."),
        (1, 2, "The route GET /users was called once, and should have been twice."),
        (3, 0, "The route GET /users was called 3 times, and should not have been."),
    ],
)
def test_a_route_that_was_not_called_as_claimed_says_so(route, calls, times, message):
    """With the number of its calls."""
    for number in range(calls):
        route.claim(call(number), {})

    with pytest.raises(AssertionError, match=f"^{re.escape(message)}$"):
        route.assert_called(times)


def test_claims_that_hold_are_silent(route):
    """Called or not, and how often."""
    route.assert_not_called()
    route.assert_called(0)
    route.claim(call(), {})
    route.assert_called()
    route.assert_called(1)

    with pytest.raises(AssertionError, match="^The route GET /users was called once.$"):
        route.assert_not_called()


def test_a_route_shows_what_it_takes_and_how_often_it_did(route):
    """In one line."""
    route.claim(call(), {})

    assert repr(route) == "<Route GET /users: called once>"

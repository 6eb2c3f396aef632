"""The step that the data ask for."""

import anyio
import pytest
from hosts import Canned
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock import Router, Stage, StepFailed, complexity
from pytest_llmock.errors import RefusedError

NUMBERS = st.integers(-100, 100) | st.floats(-100, 100)


def saying(word):
    """A function that says which it is."""

    def said(data):
        return word

    return said


FAST, QUALITY, PREMIUM = saying("fast"), saying("quality"), saying("premium")


def cost(data):
    return data


@pytest.mark.parametrize(
    ("score", "word"),
    [(0, "fast"), (3, "fast"), (3.01, "quality"), (7, "quality"), (10, "premium"), (11, "premium")],
)
def test_limits_choose_the_first_that_is_not_below_the_score(score, word):
    """And the last, above all of them."""
    router = Router([(3, FAST), (7, QUALITY), (10, PREMIUM)], score=cost)

    assert router.run_sync(score).value == word


@pytest.mark.parametrize(
    ("request_", "word"),
    [
        ({"shape": {"name": "string"}}, "fast"),
        ({"shape": {"user": {"address": {"city": ""}, "orders": [{"id": 0}]}}}, "quality"),
        ({"shape": {"a": [{"b": {}}]}, "validationRules": ["x"] * 9}, "premium"),
    ],
)
def test_requests_are_scored_by_their_complexity(request_, word):
    """The tutorial's three requests go where it sends them."""
    assert Router([(3, FAST), (7, QUALITY), (10, PREMIUM)]).run_sync(request_).value == word


@given(st.lists(NUMBERS, min_size=1, unique=True).map(sorted), NUMBERS, NUMBERS)
def test_a_higher_score_never_takes_an_earlier_route(limits, one, other):
    """Whatever the limits."""
    router = Router([(limit, saying(n)) for n, limit in enumerate(limits)], score=cost)

    low, high = (router.run_sync(score).value for score in sorted([one, other]))

    assert low <= high


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_an_analyser_may_be_async(loop):
    """It is awaited."""

    async def budget(data):
        await anyio.sleep(0.001)
        return data["budget"]

    router = Router({"low": FAST, "unlimited": PREMIUM}, score=budget)

    assert anyio.run(router.run, {"budget": "unlimited"}, backend=loop).value == "premium"


def test_a_stage_may_be_the_analyser():
    """A model judges, in the same trace."""
    router = Router({True: PREMIUM, False: FAST}, score=Stage("judge", backend="j", keep_input=False))

    result = router.bound(Canned(True)).run_sync({})

    assert (result.value, [entry.name for entry in result.trace]) == ("premium", ["judge"])


def test_the_data_are_passed_on_as_they_are():
    """Whatever the analyser does to its copy."""
    router = Router({"x": lambda data: data}, score=lambda data: data.popitem()[1])

    assert router.run_sync({"key": "x"}).value == {"key": "x"}


@pytest.mark.parametrize(
    ("routes", "score", "told"),
    [
        (
            {"low": FAST, "high": PREMIUM},
            "hihg",
            (
                "the score by cost is 'hihg', and there is no such route. Did you mean 'high'? The routes are 'low', "
                "'high'."
            ),
        ),
        ({True: FAST}, 1, "the score by cost is 1, and there is no such route. The routes are True."),
        ({"low": FAST}, {}, "the score by cost is {}, and there is no such route. The routes are 'low'."),
        (
            [(3, FAST)],
            "3",
            "the score by cost is text, '3': limits need a number. For keys, give the routes as a mapping.",
        ),
        (
            [(3, FAST)],
            True,
            (
                "the score by cost is a truth value, True: limits need a number. For keys, give the routes as a "
                "mapping."
            ),
        ),
    ],
)
def test_a_score_that_leads_nowhere_is_told_with_the_routes(routes, score, told):
    """The step that failed is the router."""
    with pytest.raises(StepFailed) as caught:
        Router(routes, score=cost).run_sync(score)

    assert caught.value.reason == f"Step 'Router' failed: {told}"


def test_a_score_that_is_no_number_of_json_is_told():
    """NaN is below no limit and above none."""
    with pytest.raises(StepFailed, match="What <lambda> returns must be JSON data") as caught:
        Router([(3, FAST)], score=lambda data: float("nan")).run_sync({})

    assert caught.value.path == ("Router", "<lambda>")


@pytest.mark.parametrize(
    ("routes", "score", "error"),
    [
        ([], cost, "A Router needs a route at least: Router([(3, fast), (7, quality), (10, premium)])."),
        ({}, cost, "A Router needs a route at least: "),
        (
            FAST,
            cost,
            "Router takes pairs of limit and step, Router([(3, fast), (7, quality), (10, premium)]), ",
        ),
        ("low", cost, "Router takes pairs of limit and step, "),
        ([FAST], cost, "Router: each route is a pair of limit and step, "),
        ([(1, FAST, 2)], cost, "Router: each route is a pair of limit and step, "),
        ([("low", FAST)], cost, "Router: the limit of a route is 'low'; give a number: "),
        ([(True, FAST)], cost, "Router: the limit of a route is True; give a number: "),
        ([(float("nan"), FAST)], cost, "Router: the limit of a route is nan; give a number: "),
        ([(3, FAST), (3, PREMIUM)], cost, "Router: the limit 3 comes after 3; limits ascend: "),
        ([(7, FAST), (3, PREMIUM)], cost, "Router: the limit 3 comes after 7; limits ascend: "),
        ([(3, "fast")], cost, "Router takes steps and functions of one argument, not 'fast'."),
        ({(1, 2): FAST}, cost, "Router: a route is named (1, 2); give text, a number, True, False or None."),
        ({"low": FAST}, complexity, "Router: complexity is no key of a mapping. Give score=function, which "),
        ([(3, FAST)], "cost", "Router: score takes steps and functions of one argument, not 'cost'."),
    ],
)
def test_what_means_nothing_is_refused_when_it_is_built(routes, score, error):
    """With what would have worked."""
    with pytest.raises((ValueError, TypeError)) as caught:
        Router(routes, score)

    assert str(caught.value).startswith(error)


def test_an_unknown_backend_on_a_route_is_refused_when_it_is_bound():
    """Even if no data would ever take it."""
    with pytest.raises(RefusedError, match="Stage 'b': backend 'ghost' is not configured"):
        Router([(3, FAST), (10, Stage("b", backend="ghost"))]).bound(Canned(known={"x"}))


@pytest.mark.parametrize(
    ("router", "shown"),
    [
        (Router([(3, Stage("a")), (7.5, Stage("b"))]), "Router([(3, Stage('a')), (7.5, Stage('b'))])"),
        (
            Router({"a": Stage("a"), None: Stage("b")}, cost),
            "Router({'a': Stage('a'), None: Stage('b')}, score=cost)",
        ),
    ],
)
def test_a_router_shows_what_one_writes(router, shown):
    """Its repr is its topology."""
    assert repr(router) == shown


@pytest.mark.parametrize(
    ("router", "labels"),
    [
        (Router([(3, FAST), (7, QUALITY), (10, PREMIUM)]), ["up to 3", "up to 7", "above 7"]),
        (Router([(3, FAST)]), ["any"]),
        (Router({"a": FAST, 1: PREMIUM}, cost), ["a", "1"]),
    ],
)
def test_a_router_is_drawn_as_a_choice(router, labels):
    """What leads where stands at the arrows."""
    drawn = router.to_mermaid()

    arrows = [line.split('"')[1] for line in drawn.splitlines() if line.startswith("    n2 --")]
    assert arrows == labels
    assert f'n2{{"{router.score.label}"}}' in drawn

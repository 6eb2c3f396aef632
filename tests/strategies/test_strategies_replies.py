"""Hostile replies of a model."""

import json
from random import Random

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from pytest_llmock import ShapeError, strategies
from pytest_llmock.generation.extract import extract
from pytest_llmock.shapes.parse import parse
from pytest_llmock.shapes.validate import problems

SHAPE = {"city": "string", "people": 0}
SCHEMA = parse(SHAPE).schema
QUICK = settings(database=None, phases=[Phase.generate, Phase.shrink], max_examples=500)


def is_right(reply):
    """Whether a parser that only trims would do."""
    try:
        return problems(SCHEMA, json.loads(reply)) == ()
    except ValueError:
        return False


@given(strategies.replies(SHAPE, kinds=["clean"]))
def test_a_clean_reply_is_the_json_alone(reply):
    """It is valid by the shape."""
    assert is_right(reply)


@pytest.mark.parametrize("kind", [kind for kind in strategies.REPLIES if kind != "clean"])
def test_every_other_kind_breaks_a_naive_parser(kind):
    """For each there is a reply that is not right as it stands."""
    assert not is_right(
        find(strategies.replies(SHAPE, kinds=[kind]), lambda reply: not is_right(reply), settings=QUICK)
    )


@pytest.mark.parametrize("kind", ["clean", "fenced", "prose", "thinking"])
@settings(max_examples=40)
@given(data=st.data())
def test_what_only_stands_around_the_json_our_own_parser_finds(kind, data):
    """So these kinds are fair: the data is there."""
    reply = data.draw(strategies.replies({"n": 0}, kinds=[kind]))

    assert problems(parse({"n": 0}).schema, extract(reply).value) == ()


def test_a_failing_reply_shrinks_to_the_first_kind_and_the_smallest_json():
    """What a parser that only trims meets first is a fence around next to nothing."""
    reply = find(strategies.replies(SHAPE), lambda reply: not is_right(reply), settings=QUICK)

    assert reply == '```json\n{"city": "", "people": 0}\n```'


@pytest.mark.parametrize("kind", strategies.REPLIES)
@pytest.mark.parametrize("number", range(3))
def test_where_every_kind_fails_the_first_is_shown(kind, number):
    """Whatever the order: no kind is simpler than another because it has fewer forms."""
    first, random = strategies.replies(SHAPE, kinds=[kind]), Random(number)
    others = [other for other in strategies.REPLIES if other != kind]

    reply = find(
        strategies.replies(SHAPE, kinds=[kind, *others]), lambda reply: True, settings=QUICK, random=random
    )

    assert reply == find(first, lambda reply: True, settings=QUICK)


def test_without_a_shape_the_json_is_any_object():
    """For parsers that take anything."""
    assert find(strategies.replies(kinds=["clean"]), lambda reply: True, settings=QUICK) == "{}"


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        (["fensed"], "The kind of replies is 'fensed'. Did you mean 'fenced'?"),
        (
            [],
            "There are no kinds of replies in []. Known: clean, empty, fenced, missing, prose, refusal, sloppy, thinking, ….",
        ),
    ],
)
def test_unknown_kinds_are_refused_when_the_strategy_is_made(kinds, message):
    """With the nearest one."""
    with pytest.raises(ShapeError) as caught:
        strategies.replies(SHAPE, kinds=kinds)

    assert caught.value.message == message

"""The text of a parameter's value: the same in every run, another for every other value."""

import enum
import functools
import json
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import SimpleNamespace
from typing import NamedTuple
from unittest.mock import Mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_llmock.cassettes.parameters import shown, stable

ROOT = PurePosixPath("/home/me/project")


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1


class Pair(NamedTuple):
    a: object
    b: object


@dataclass
class Case:
    name: str
    check: object = len


class Plain:
    pass


def helper():
    """What a test may be parametrised with."""


def text(value, label="value0"):
    return stable(value, ROOT, label)


DISTINCT = [
    None, True, False, 1, 0, 1.0, -0.0, 1j, "", "1", "None", b"1", Colour.RED, Colour.BLUE, Level.LOW, "RED",
    [], [1], (1,), [[1]], {1}, frozenset({1}), {"a": 1}, {"a": "1"}, {1: "a"}, Pair(1, 2), Pair(2, 1), (1, 2),
    Case("x"), Case("y"), Case("x", max), len, max, json.loads, json.dumps, json, re, Case, Plain, helper,
    "ab".upper, "ab".lower, "ac".lower, re.compile("a"), re.compile("a", re.IGNORECASE), re.compile("a" * 300),
    re.compile("a" * 301), functools.partial(max, 1), functools.partial(max, key=len), Path("a"), Path("b"), "a",
    date(2026, 11, 22), Decimal("1.0"), Decimal("1.00"), range(3), SimpleNamespace(a=1), int, str,
]  # fmt: skip


def test_different_values_have_different_texts():
    """Also values that are equal, or that print alike."""
    texts = [text(value) for value in DISTINCT]

    assert [value for value, one in zip(DISTINCT, texts, strict=True) if texts.count(one) > 1] == []


@pytest.mark.parametrize("value", DISTINCT)
def test_a_value_with_a_text_of_its_own_does_not_need_its_label(value):
    """What pytest calls it, and so how many others there are, changes nothing."""
    assert text(value, "value0") == text(value, "value7")


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(Plain, id="object"),
        pytest.param(Mock, id="mock"),
        pytest.param(lambda: Mock(spec=dict), id="mock of a dict"),
        pytest.param(lambda: lambda: 0, id="lambda"),
        pytest.param(lambda: SimpleNamespace(inner=Plain()), id="object inside"),
        pytest.param(lambda: SimpleNamespace(rows="1 2 ... 9"), id="shortened"),
        pytest.param(lambda: [Plain()], id="in a list"),
        pytest.param(lambda: Case("x", Plain()), id="in a dataclass"),
        pytest.param(lambda: functools.partial(max, key=Plain()), id="in a partial"),
    ],
)
def test_a_value_without_a_text_of_its_own_goes_by_its_label(made):
    """Its address says nothing; two of a kind are told apart by what pytest calls them."""
    one, again = made(), made()

    assert text(one, "value0") == text(again, "value0") != text(one, "value1")


def test_the_order_of_sets_and_mappings_means_nothing():
    """Equal values have equal texts."""
    assert text({"x", "y", "z"}) == text({"z", "y", "x"})
    assert text({"a": 1, "b": 2}) == text({"b": 2, "a": 1})


def test_a_value_that_contains_itself_has_a_text():
    """Nothing recurses for ever; what only occurs twice is no such value."""
    loop: list[object] = [1]
    loop.append(loop)

    assert text(loop) != text([1])
    assert text([loop[:1], loop[:1]]) == text([[1], [1]])


@pytest.mark.parametrize("kind", [str, PurePosixPath])
def test_a_path_below_the_root_is_the_same_on_every_machine(kind):
    """Where the project was checked out does not matter; another folder does."""
    mine = stable(kind("/home/me/project/data/x.json"), ROOT)
    theirs = stable(kind("/ci/data/x.json"), PurePosixPath("/ci"))

    assert mine == theirs != stable(kind("/home/me/project2/data/x.json"), ROOT)


def test_a_path_is_the_same_on_every_system():
    """Separators do not count."""
    there = stable(PureWindowsPath("C:\\shop\\data\\x.json"), PureWindowsPath("C:\\shop"))

    assert there == stable(PurePosixPath("/shop/data/x.json"), PurePosixPath("/shop"))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("Hello you", "Hello you"), (3, "3"), (None, "None"), (1.5, "1.5"), (Colour.RED, "RED"), (len, "len"),
        (Case, "Case"), (Case("x"), "Case"), ([1, 2], "list"), (Path("/a/b.json"), "b.json"), (Plain(), "Plain"),
        pytest.param(Mock(spec=str), "Mock", id="mock"),
    ],
)  # fmt: skip
def test_a_value_is_shown_in_a_few_words(value, words):
    """For readers; what has none is shown by its type."""
    assert shown(value) == words


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=5,
)


@given(VALUES, VALUES)
@settings(max_examples=80, deadline=None)
def test_texts_are_equal_when_values_are(one, other):
    """Neither more often nor less; 1, 1.0 and True are three values."""
    assert (text(one) == text(other)) == (repr(one) == repr(other) or _sorted(one) == _sorted(other))


def _sorted(value):
    return json.dumps(_tagged(value), sort_keys=True)


def _tagged(value):
    if isinstance(value, dict):
        return {key: _tagged(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [type(value).__name__, *map(_tagged, value)]
    return [type(value).__name__, repr(value)]

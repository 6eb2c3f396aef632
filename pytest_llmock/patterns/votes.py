"""Votes of several values: pure functions. Of options with as many votes the one named first wins."""

from collections import Counter
from collections.abc import Sequence

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.limits import canonical


def by_majority(values: Sequence[JSON]) -> JSON:
    """The value that is there most often; the order of keys makes no difference."""
    keys = [canonical(value) for value in values]
    return values[keys.index(_winner(keys))]


def by_field(values: Sequence[JSON]) -> JSON:
    """What most values say of each field: [{"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 3, "b": 2}] → a 1, b 2.

    First it is voted what it is: an object, a list of some length, or which single value. Then the fields of
    the objects, each of them also whether it is there, and the places of the lists.
    """
    kinds = [_kind(value) for value in values]
    winner = _winner(kinds)
    meant = [value for value, kind in zip(values, kinds, strict=True) if kind == winner]
    objects = [value for value in meant if isinstance(value, dict)]
    if objects:
        return _fields(objects)
    lists = [value for value in meant if isinstance(value, list)]
    if lists:
        return [by_field(place) for place in zip(*lists, strict=True)]
    return meant[0]


def _fields(objects: Sequence[dict[str, JSON]]) -> dict[str, JSON]:
    names = dict.fromkeys(name for each in objects for name in each)
    there = [name for name in names if _winner([str(name in each) for each in objects]) == "True"]
    return {name: by_field([each[name] for each in objects if name in each]) for name in there}


def _kind(value: JSON) -> str:
    if isinstance(value, dict):
        return "{"
    return f"[{len(value)}" if isinstance(value, list) else canonical(value)


def _winner(options: Sequence[str]) -> str:
    """The most frequent one; of equals the first, because a Counter keeps the order of its keys."""
    return Counter(options).most_common(1)[0][0]

"""The shape of JSON data, for a comparison: which keys and types stand where.

Rules: all items of a list are one place, `/users/*/email`, because answers vary in length; a key counts as
missing only where every recorded object had it; whole numbers and others are one type.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from pytest_llmock.llm import JSON

_TYPES = {
    bool: "boolean",
    dict: "object",
    float: "number",
    int: "number",
    list: "array",
    str: "string",
    type(None): "null",
}


@dataclass(slots=True)
class _Spot:
    """What stands at one place: how often which type, and in how many of its objects which key."""

    types: Counter[str] = field(default_factory=Counter)
    keys: Counter[str] = field(default_factory=Counter)


def shape_differences(recorded: JSON, live: JSON) -> Iterator[str]:
    """Each difference in one line: "/users/*/email is missing", "/id is a string, not a number"."""
    now = _survey(live)
    for place, was in _survey(recorded).items():
        if place in now:
            yield from _between(place, was, now[place])


def _survey(value: JSON) -> dict[str, _Spot]:
    found: dict[str, _Spot] = {}
    waiting: list[tuple[str, JSON]] = [("", value)]
    for place, item in waiting:  # it grows while it is gone through: no recursion, however deep the data
        spot = found.setdefault(place, _Spot())
        spot.types[_TYPES[type(item)]] += 1
        if isinstance(item, dict):
            spot.keys.update(list(item))
            waiting.extend((f"{place}/{_escaped(key)}", entry) for key, entry in item.items())
        elif isinstance(item, list):
            waiting.extend((f"{place}/*", entry) for entry in item)
    return found


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _between(place: str, was: _Spot, now: _Spot) -> Iterator[str]:
    new_types = [kind for kind in now.types if kind not in was.types]
    if new_types:
        yield f"{place or '/'} is {_listed(new_types)}, not {_listed(list(was.types))}"
    objects = now.types["object"]
    for key, count in was.keys.items():
        missing = objects - now.keys[key]
        if missing and count == was.types["object"]:
            yield f"{place}/{_escaped(key)} is missing{_of(missing, objects)}"
    for key in now.keys:
        if key not in was.keys and was.types["object"]:
            yield f"{place}/{_escaped(key)} is new"


def _listed(kinds: list[str]) -> str:
    return " or ".join("null" if kind == "null" else f"{_article(kind)} {kind}" for kind in kinds)


def _article(kind: str) -> str:
    return "an" if kind[0] in "ao" else "a"


def _of(missing: int, objects: int) -> str:
    return "" if missing == objects else f" in {missing} of {objects}"

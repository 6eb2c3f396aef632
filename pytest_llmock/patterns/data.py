"""What steps are given and make: JSON data, or refused with its place and what would do instead."""

import dataclasses
from collections.abc import AsyncIterable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import date, time
from decimal import Decimal
from math import isfinite

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.limits import JSONTextError, plain

_INSTEAD: tuple[tuple[type, str], ...] = (
    (AbstractSet, "sorted(…) makes a list of it"),
    (bytes, ".decode() makes text of it"),
    (date, ".isoformat() makes text of it"),
    (time, ".isoformat() makes text of it"),
    (Decimal, "str(…) makes text of it, float(…) a number"),
    (AsyncIterable, "[item async for item in …] makes a list of it"),
    (Iterable, "list(…) makes a list of it"),
)
_KNOWN = "give text, numbers, True, False, None, lists or objects"


def json_data(value: object, what: str) -> JSON:
    """A copy of `value`. Raises TypeError when it is no JSON, naming `what`, the place, and what would do."""
    try:
        return plain(value)
    except JSONTextError as error:
        raise TypeError(f"{what} must be JSON data: {_foreign(value) or error}.") from None
    except RecursionError:
        raise TypeError(f"{what} must be JSON data: it is nested too deeply.") from None


def _foreign(value: object) -> str:
    """Which value in there is of no type of JSON, and what would be; "" when none is."""
    level: list[tuple[str, object]] = [("", value)]
    for pointer, each in level:  # grows while it is read
        where = pointer or "it"
        if isinstance(each, float) and not isfinite(each):
            return f"{where} is {each}, which JSON has not. Give null (None), or leave it out"
        if not isinstance(each, str | int | float | None | list | tuple | dict):
            return f"{where} is of type {type(each).__name__}: {_instead(each)}"
        level += _inside(pointer, each)
    return ""


def _inside(pointer: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        yield from ((f"{pointer}/{name}", each) for name, each in value.items())
    elif isinstance(value, list | tuple):
        yield from ((f"{pointer}/{index}", each) for index, each in enumerate(value))


def _instead(value: object) -> str:
    if hasattr(value, "raise_for_issues"):
        return "its .value is data"
    if hasattr(value, "run_sync"):
        return "await step(data) makes data of it"
    if hasattr(value, "model_dump"):
        return '.model_dump(mode="json") makes an object of it'
    if dataclasses.is_dataclass(value):
        return "dataclasses.asdict(…) makes an object of it"
    return next((hint for kind, hint in _INSTEAD if isinstance(value, kind)), _KNOWN)

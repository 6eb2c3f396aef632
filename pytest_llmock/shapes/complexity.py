"""How complex a request or its answer is, by two formulas of LLMockApi.

They read the structure of JSON, not its text: a bracket within a string is no array.
"""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from pytest_llmock.llm import JSON

Container: TypeAlias = dict[str, JSON] | list[JSON]
MOST = 10.0


def complexity(request: JSON) -> float:
    """From 0 to 10: how complex the `shape` of a request is, or its data where it has none.

    A fifth of a point for each field, 3 at most; a point for each level of objects and arrays, 3 at most; 2
    when there is an array; and a point for each of the `validationRules`. {"name": "string"} has 1.2.
    """
    body = request if isinstance(request, dict) else {}
    given = body.get("shape")
    shape = request if given is None else given
    fields = len(shape) if isinstance(shape, (dict, list)) else 0
    levels = list(_levels(shape))
    has_arrays = any(isinstance(part, list) for level in levels for part in level)
    points = min(fields / 5, 3.0) + min(len(levels), 3) + 2 * has_arrays + _rules(body.get("validationRules"))
    return min(points, MOST)


def assess_complexity(data: JSON) -> int:
    """How many objects the data has, and twice as many as it has arrays: {"tags": ["new"]} has 3."""
    return sum(2 if isinstance(part, list) else 1 for level in _levels(data) for part in level)


def _rules(value: JSON) -> int:
    """How many rules these are; a text is one."""
    return len(value) if isinstance(value, list) else isinstance(value, str)


def _levels(data: JSON) -> Iterator[Sequence[Container]]:
    """The objects and arrays of each level, the outermost first; never recurses."""
    inner: list[JSON] = [data]
    while level := [part for part in inner if isinstance(part, (dict, list))]:
        yield level
        inner = [below for part in level for below in (part if isinstance(part, list) else part.values())]

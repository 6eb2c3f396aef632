"""What a scoring is asked with, checked before anything is scored."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite
from typing import TypeAlias, TypeGuard, cast

from pytest_llmock.errors import RequestError, SettingsError, nearest
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.limits import check_limits
from pytest_llmock.shapes.quality.report import METRICS

JUDGE = "judge"

_SURROGATE = re.compile("[\ud800-\udfff]")
_MOST = 10**4300  # Python reads and writes no longer ones
_HEAVIEST = 1_000_000

# From data to a figure from 0 to 1, or to the figure and why it is not 1.
Metric: TypeAlias = Callable[[JSON], object]
Metrics: TypeAlias = Mapping[str, Metric] | Iterable[Metric]


def checked_data(data: object) -> JSON:
    """The data, when it is JSON. Raises RequestError naming the place that is not, TooLargeError."""
    level: list[tuple[str, object]] = [("", data)]
    check_limits(data, what="data to score")  # type: ignore[arg-type]  # it looks into containers only
    for pointer, value in level:  # grows while it is read
        if isinstance(value, dict):
            level += [(_step(pointer, name), each) for name, each in value.items()]
        elif isinstance(value, list):
            level += [(f"{pointer}/{index}", each) for index, each in enumerate(value)]
        elif not _is_single(value):
            raise RequestError(
                f"The data to score is not JSON: {pointer or 'its root'} is {_told(value)}. Score what a "
                'client would get: text, numbers, lists, objects; of a model, model.model_dump(mode="json").'
            )
    return data  # type: ignore[return-value]  # that is what was just found


def _step(pointer: str, name: object) -> str:
    if not isinstance(name, str) or not _is_single(name):
        raise RequestError(
            f"The data to score is not JSON: {pointer or 'its root'} has the key {name!r}, and keys are text."
        )
    return f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"


def _is_single(value: object) -> bool:
    if isinstance(value, str):
        return value.isascii() or not _SURROGATE.search(value)
    if isinstance(value, int):
        return abs(value) < _MOST
    return value is None or (isinstance(value, float) and isfinite(value))


def _told(value: object) -> str:
    if isinstance(value, str):
        return "text with half of a surrogate pair"
    if isinstance(value, int):
        return "a whole number of more than 4,300 digits"
    return repr(value) if isinstance(value, float) else f"of type {type(value).__name__}"


def checked_rules(rules: object) -> tuple[str, ...]:
    """The rules. Raises SettingsError for what is no list of texts."""
    if isinstance(rules, str) or not isinstance(rules, Sequence):
        raise SettingsError(f"rules= takes a list of texts, not {type(rules).__name__}: rules=[{rules!r}].")
    wrong = next((rule for rule in rules if not isinstance(rule, str) or not rule.strip()), None)
    if wrong is not None:
        raise SettingsError(f"A rule is a sentence such as 'Verify email formats', not {wrong!r}.")
    return tuple(rules)


def named_metrics(metrics: Metrics) -> dict[str, Metric]:
    """The custom metrics by name: that of the function, or its key. Raises SettingsError for bad ones."""
    if not isinstance(cast("object", metrics), Iterable):
        raise SettingsError(
            f"metrics= takes functions, {{'name': function}} or a list of them, not {metrics!r:.80}."
        )
    given = (
        list(metrics.items()) if isinstance(metrics, Mapping) else [(_name(each), each) for each in metrics]
    )
    for name, function in given:
        if not callable(function):
            raise SettingsError(f"The metric '{name}' is {function!r}: give a function from data to 0 to 1.")
        if name in METRICS or [other for other, _ in given].count(name) > 1:
            raise SettingsError(f"There is a metric '{name}' already: call yours otherwise.")
    return dict(given)


def check_share(name: str, value: object) -> None:
    """Raise SettingsError when an argument is no number from 0 to 1."""
    if _is_number(value) and 0 <= value <= 1:
        return
    percent = isinstance(value, (int, float)) and 1 < value <= 100
    meant = f" Did you mean {value / 100:g}?" if percent else ""  # type: ignore[operator]  # it is a number then
    raise SettingsError(f"{name}={value!r}: give a number from 0 to 1.{meant}")


def _name(function: object) -> str:
    name = getattr(function, "__name__", "")
    if not name or name == "<lambda>":
        raise SettingsError(
            "A metric needs a name: write metrics={'name': function}, or give a function made with def."
        )
    return str(name)


def full_weights(weights: Mapping[str, float] | None, names: Iterable[str]) -> dict[str, float]:
    """What each metric counts: 1 where nothing else is said. Raises SettingsError for bad weights."""
    names, given = list(names), weights or {}
    if not isinstance(cast("object", given), Mapping):
        raise SettingsError(f"weights= takes numbers by metric, {{'validity': 2}}, not {weights!r:.80}.")
    for name, weight in given.items():
        if name not in names and name != JUDGE:
            raise SettingsError(f"weights= names '{name}', which is no metric.{nearest(str(name), names)}")
        if not _is_number(weight) or not 0 <= weight <= _HEAVIEST:
            raise SettingsError(f"The weight of '{name}' is {weight!r:.80}: give 0 to {_HEAVIEST:,}.")
    full = {name: given.get(name, 1) for name in names}
    if not sum(full.values()) > 0:
        raise SettingsError("Every weight is 0, so that there is no score: give one of them more.")
    return full


def _is_number(value: object) -> TypeGuard[float]:
    if isinstance(value, float):
        return isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def measured(name: str, function: Metric, data: JSON) -> tuple[float, tuple[str, ...]]:
    """The figure of a custom metric, and its reasons. Raises SettingsError when it gave anything else."""
    given = function(data)
    value, said = given if isinstance(given, tuple) and len(given) == 2 else (given, ())
    if not isinstance(value, (int, float)) or not 0 <= value <= 1 or not isinstance(said, Iterable):
        raise SettingsError(
            f"The metric '{name}' gave {given!r}: return a number from 0 to 1, or (number, reasons)."
        )
    reasons = (said,) if isinstance(said, str) else tuple(map(str, said))
    if value < 1 and not reasons:
        reasons = (f"is worth {float(value):g} of 1",)
    return float(value), tuple(reasons)

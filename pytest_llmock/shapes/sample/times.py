"""Moments of a record, in an order that makes sense, counted back and forth from one frozen day.

A record was created before it was changed, started before it ended, shipped before it arrived. Today is
2026-01-15 for ever: a date that moved with the calendar would change golden files every night.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.sample.scope import Scope

NOW = 1_768_478_400  # 2026-01-15T12:00:00Z
_DAY = 86_400
_PAST = 900 * _DAY
_FIRST, _LAST = -61_851_600_000, 253_086_800_000  # in the years 10 and 9990
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - without a zone it prints without one, three times as fast

Moment = Callable[[Scope], int]


def moment_of(value: JSON) -> int | None:
    """The moment an ISO-8601 date, with or without time, means; None when it is none.

    Before the year 10 and after 9990 it is not exact: the moments around it must be dates as well.
    """
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    moment = int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
    return min(max(moment, _FIRST), _LAST)


def date_time(moment: int) -> str:
    """`2025-03-14T09:26:53Z`."""
    return (_EPOCH + timedelta(0, moment)).isoformat() + "Z"


def date(moment: int) -> str:
    """`2025-03-14`."""
    return (_EPOCH + timedelta(0, moment)).isoformat()[:10]


def time(moment: int) -> str:
    """`09:26:53Z`."""
    return (_EPOCH + timedelta(0, moment)).isoformat()[11:] + "Z"


# What the input says of one moment bounds the ones before it.
_LATER = ("updated", "last", "start", "end", "due", "shipped", "delivered", "published", "paid", "completed")


def _settle(scope: Scope, kind: str, later: tuple[str, ...], fresh: Moment) -> int:
    """The moment as the input says; else before the first that it says must be later; else `fresh`."""
    if not scope.hints:
        return fresh(scope)
    said = moment_of(scope.hints.get(kind))
    if said is not None:
        return said
    bounds = [found for each in later if (found := moment_of(scope.hints.get(each))) is not None]
    return min(bounds) - int((1 + 60 * scope.random()) * _DAY) if bounds else fresh(scope)


def _created(scope: Scope) -> int:
    found = scope.created
    if found is None:
        found = NOW - _DAY - int(scope.random() * _PAST)
        if scope.hints:
            past = found
            found = _settle(scope, "created", _LATER, lambda _: past)
        scope.created = found
    return found


def _since(low: float, high: float) -> Moment:
    """A moment between creation and today, that part of the way."""

    def moment(scope: Scope) -> int:
        start = _created(scope)
        return start + int(max(0, NOW - start) * (low + (high - low) * scope.random()))

    return moment


def _after(fact: Moment, low: float, high: float) -> Moment:
    """Some days after another moment."""
    return lambda scope: fact(scope) + int((low + (high - low) * scope.random()) * _DAY)


def _started(scope: Scope) -> int:
    found = scope.started
    if found is None:
        found = scope.started = _settle(scope, "start", ("end",), _after(_created, 1, 21))
    return found


def _shipped(scope: Scope) -> int:
    found = scope.shipped
    if found is None:
        found = scope.shipped = _settle(scope, "shipped", ("delivered",), _after(_created, 0.2, 2.7))
    return found


def _hired(scope: Scope) -> int:
    return NOW - int((60 + 2400 * scope.random()) * _DAY)


def _today(_: Scope) -> int:
    return NOW


MOMENTS: Mapping[str, Moment] = {
    "created": _created,
    "updated": _since(0.2, 0.6),
    "last": _since(0.6, 1.0),
    "start": _started,
    "end": _after(_started, 1, 45),
    "due": _after(_created, 14, 45),
    "shipped": _shipped,
    "delivered": _after(_shipped, 1, 6),
    "published": _after(_created, 0.1, 5),
    "paid": _after(_created, 0.01, 12),
    "completed": _after(_created, 1, 14),
    "expires": _after(_today, 30, 700),
    "next": _after(_today, 3, 45),
    "hired": _hired,
    "deleted": _since(0.6, 1.0),
}

"""Between a start and an end lie as many days as the record says nights, or the time it says it lasts."""

from collections.abc import Callable, Sequence

from pytest_llmock.shapes.fields import text_field
from pytest_llmock.shapes.references import words
from pytest_llmock.shapes.sample.draft import Draft, Field
from pytest_llmock.shapes.sample.scope import Scope
from pytest_llmock.shapes.sample.times import date, date_time, moment_of

_DAY = 86_400
_DATE = len("2025-03-14")
_LONGEST = 1_000
_COUNTS = words(
    "nights numberofnights nightcount totalnights staynights lengthofstay days numberofdays daycount "
    "totaldays durationdays durationindays lengthindays rentaldays tripdays"
)

_UNITS = {  # seconds
    **dict.fromkeys(("s", "sec", "secs", "seconds"), 1.0),
    **dict.fromkeys(("min", "mins", "minutes"), 60.0),
    **dict.fromkeys(("h", "hrs", "hours"), 3600.0),
}
_LENGTHS = {
    f"{word}{unit}": each
    for word in ("duration", "durationin", "length", "lengthin", "elapsed")
    for unit, each in _UNITS.items()
}


def days(fields: Sequence[Field]) -> Callable[[Scope, Draft], None] | None:
    """Makes the number of nights that of the dates, or the end that of a number which has to stay."""
    start, end = (_moment(fields, kind) for kind in ("start", "end"))
    counts = [field for field in fields if field.is_number and field.name in _COUNTS]
    if start is None or end is None or not counts:
        return None

    def agree(_: Scope, draft: Draft) -> None:
        first, said = _day(draft, start), draft.number(counts[0])
        if first is None or said is None:
            return
        if not draft.is_free(counts[0]) and 0 <= said <= _LONGEST:
            text = str(draft.value(end) or "")
            draft.put(end, f"{date(first + round(said) * _DAY)}{text[_DATE:]}")
        last = _day(draft, end)
        if last is not None and last >= first:
            for field in counts:
                draft.put(field, (last - first) // _DAY)

    return agree


def lasts(fields: Sequence[Field]) -> Callable[[Scope, Draft], None] | None:
    """Makes the end as long after the start as the record says, or that length the one between both."""
    start, end = (_moment(fields, kind) for kind in ("start", "end"))
    lengths = [
        (field, _LENGTHS[field.name]) for field in fields if field.is_number and field.name in _LENGTHS
    ]
    if start is None or end is None or not lengths:
        return None

    def agree(_: Scope, draft: Draft) -> None:
        first, last = (_second(draft, field) for field in (start, end))
        length, unit = next((each for each in lengths if not draft.is_free(each[0])), lengths[0])
        said = draft.number(length)
        if first is None or last is None or said is None:
            return
        gap, ends = round(said * unit), draft.is_free(end)
        if 0 <= gap <= _LONGEST * _DAY and (ends or not draft.is_free(length)):
            draft.put(*((end, date_time(first + gap)) if ends else (start, date_time(last - gap))))
        first, last = _second(draft, start) or first, _second(draft, end) or last
        for field, each in lengths if last >= first else ():
            if field is not length or not ends:
                draft.put(field, (last - first) / each)

    return agree


def _second(draft: Draft, field: Field) -> int | None:
    """The second that stands there; None where only a day does."""
    text = draft.value(field)
    return moment_of(text) if isinstance(text, str) and len(text) > _DATE else None


def _moment(fields: Sequence[Field], kind: str) -> Field | None:
    """The field with the date of that kind."""
    dates = (field for field in fields if field.type == "string")
    return next((field for field in dates if text_field(field.words, "") == ("time", kind)), None)


def _day(draft: Draft, field: Field) -> int | None:
    """The first second of the day that stands there."""
    text = draft.value(field)
    return moment_of(text[:_DATE]) if isinstance(text, str) else None

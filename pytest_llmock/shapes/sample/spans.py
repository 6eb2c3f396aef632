"""Days between a start and an end: as many as the record says nights."""

from collections.abc import Callable, Sequence

from pytest_llmock.shapes.fields import text_field
from pytest_llmock.shapes.references import words
from pytest_llmock.shapes.sample.draft import Draft, Field
from pytest_llmock.shapes.sample.scope import Scope
from pytest_llmock.shapes.sample.times import date, moment_of

_DAY = 86_400
_DATE = len("2025-03-14")
_LONGEST = 1_000
_COUNTS = words(
    "nights numberofnights nightcount totalnights staynights lengthofstay days numberofdays daycount "
    "totaldays durationdays durationindays lengthindays rentaldays tripdays"
)


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


def _moment(fields: Sequence[Field], kind: str) -> Field | None:
    """The field with the date of that kind."""
    dates = (field for field in fields if field.type == "string")
    return next((field for field in dates if text_field(field.words, "") == ("time", kind)), None)


def _day(draft: Draft, field: Field) -> int | None:
    """The first second of the day that stands there."""
    text = draft.value(field)
    return moment_of(text[:_DATE]) if isinstance(text, str) else None

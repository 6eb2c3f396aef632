"""What a test claims of calls: how often, in which order. Where a claim fails, the nearest call is shown.

Rule: what a call is held against is the business of whoever claims, a request of the mock API or a prompt;
how it is counted and told is here, once.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from pytest_llmock.journal import Call

SHOWN_CALLS = 10


class Wanted(Protocol):
    """What a call is held against; its text is the subject of the failure: "POST /users", "a call …"."""

    @property
    def verb(self) -> str:
        """What such a call was not: "called", "made"."""

    def takes_call(self, call: Call, /) -> bool:
        """Whether the call is one."""

    def nearest(self, calls: Sequence[Call], /) -> tuple[Call, list[str]]:
        """Of calls that are none, the one that comes closest, and in what it differs, line by line."""


Line = Callable[[Call], str]


def check_called(wanted: Wanted, calls: Sequence[Call], line: Line, *, times: int | None) -> None:
    """Raise AssertionError unless there is such a call, or just so many."""
    __tracebackhide__ = True
    if times is not None:
        check_whole(times, "The number of times", least=0)
    found = [call for call in calls if wanted.takes_call(call)]
    if times is None and not found:
        raise AssertionError(_not_called(wanted, calls, line))
    if times is not None and len(found) != times:
        raise AssertionError(_miscounted(wanted, times, found, calls, line))


def check_order(wanted: Sequence[Wanted], calls: Sequence[Call], line: Line) -> None:
    """Raise AssertionError unless there are such calls in this order; others may be between them."""
    __tracebackhide__ = True
    rest, before = list(calls), ""
    for step in wanted:
        place = next((place for place, call in enumerate(rest) if step.takes_call(call)), None)
        if place is None:
            where = f" after {before}" if before else ""
            told = f"{_subject(step)} was not {step.verb}{where}.{_instead(step, calls, rest, line)}"
            raise AssertionError(f"{told}\n{listed(calls, line)}")
        rest, before = rest[place + 1 :], str(step)


def check_whole(value: object, what: str, *, least: int) -> None:
    """Raise ValueError for what is no whole number from `least` up."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{what} is {value!r}: give a whole number from {least} up.")


def times_text(number: int) -> str:
    """How often, in words: "twice"."""
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")


def due_text(number: int) -> str:
    """How often something should have been: "should have been twice", "should not have been"."""
    return f"should have been {times_text(number)}" if number else "should not have been"


def listed(calls: Sequence[Call], line: Line) -> str:
    """The last of the calls, a line each."""
    shown = [f"  {line(call)}" for call in calls[-SHOWN_CALLS:]]
    if not calls:
        return "There were no calls."
    head = "The calls:" if len(shown) == len(calls) else f"The last {SHOWN_CALLS} of {len(calls)} calls:"
    return "\n".join([head, *shown])


def _subject(wanted: Wanted) -> str:
    """What was wanted, as a sentence begins with it."""
    said = str(wanted)
    return said[:1].upper() + said[1:]


def _not_called(wanted: Wanted, calls: Sequence[Call], line: Line) -> str:
    if not calls:
        return f"{_subject(wanted)} was not {wanted.verb}, and nothing else was."
    told = f"{_subject(wanted)} was not {wanted.verb}.\n{_nearest(wanted, calls, line)}"
    return f"{told}\n{listed(calls, line)}"


def _nearest(wanted: Wanted, calls: Sequence[Call], line: Line) -> str:
    nearest, lines = wanted.nearest(calls)
    said = "".join(f"\n  {text}" for text in lines)
    return f"The nearest call is {line(nearest)}. What was wanted → what was sent:{said}"


def _instead(step: Wanted, calls: Sequence[Call], rest: Sequence[Call], line: Line) -> str:
    """What there was for a step that is not among the `rest` of the calls: one too early, or one like it."""
    early = next((call for call in calls if step.takes_call(call)), None)
    if early is not None:
        return f"\nIt was {step.verb} before that: {line(early)}."
    return f"\n{_nearest(step, rest, line)}" if rest else ""


def _miscounted(wanted: Wanted, times: int, found: Sequence[Call], calls: Sequence[Call], line: Line) -> str:
    if not found:
        return f"{_not_called(wanted, calls, line)}\nIt should have been {wanted.verb} {times_text(times)}."
    much = times_text(len(found))
    return f"{_subject(wanted)} was {wanted.verb} {much}, and {due_text(times)}.\n{listed(found, line)}"

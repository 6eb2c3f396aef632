"""The calls of a test that got no answer, told where it failed: it may have looked for what they lack."""

from collections.abc import Callable, Iterable, Sequence

from pytest_llmock.journal import Call

MOST_TOLD = 10


def errors_told(calls: Iterable[Call], told: Sequence[str], masked: Callable[[str], str]) -> list[str]:
    """A line for each call that ended in an error; not for faults, and what was `told` already."""
    failed = [call for call in calls if call.error and not call.faults and call.error not in told]
    lines = [f"call {call.number} ({call.method} {call.path}): {call.state}: {call.error}" for call in failed]
    more = len(lines) - MOST_TOLD
    return [*map(masked, lines[:MOST_TOLD]), *([f"… and {more} more"] if more > 0 else [])]

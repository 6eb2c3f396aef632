"""The faults that were injected into the calls of a test, told where it failed."""

from collections.abc import Iterable

from pytest_llmock.journal import Call


def faults_told(calls: Iterable[Call], again: str) -> list[str]:
    """A line for each fault; where chance chose any, the command that gives the same ones `again`."""
    struck = [(call, fault) for call in calls for fault in call.faults]
    lines = [
        f"call {call.number} ({call.method} {call.path}): {fault}{', by chaos' if fault.by_chance else ''}"
        for call, fault in struck
    ]
    if any(fault.by_chance for _, fault in struck):
        lines.append(f"The same again: {again}")
    return lines

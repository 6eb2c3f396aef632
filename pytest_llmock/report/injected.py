"""The faults that were injected into the calls of a test, told where it failed."""

import shlex
from collections.abc import Iterable

from pytest_llmock.choice import Choice
from pytest_llmock.config import Settings
from pytest_llmock.journal import Call


def faults_told(calls: Iterable[Call], settings: Settings, choice: Choice) -> list[str]:
    """A line for each fault; where chance chose any, how to get the same ones again."""
    struck = [(call, fault) for call in calls for fault in call.faults]
    lines = [
        f"call {call.number} ({call.method} {call.path}): {fault}{', by chaos' if fault.by_chance else ''}"
        for call, fault in struck
    ]
    if any(fault.by_chance for _, fault in struck):
        test = shlex.quote(choice.test)
        options = f"--llmock-chaos={settings.chaos:g} --llmock-seed={choice.seed}"
        lines.append(f"The same again: pytest {test} {options}")
    return lines

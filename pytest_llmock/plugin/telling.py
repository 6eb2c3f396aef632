"""What a failing test tells beside its failure: calls that failed, injected faults, how two prompts differ.

Every run imports this module, so it imports nothing of ours before a test fails.
"""

import os
import shlex
from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from pytest_llmock.plugin.options import command_line
from pytest_llmock.plugin.run import SESSION

if TYPE_CHECKING:
    from pytest_llmock.session import Session

# options that decide what a test is called, and what it asks
SAME = ("backend", "map", "config", "record", "cassettes", "script", "strict", "chaos", "seed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and call.when != "teardown" and SESSION in item.stash:
        report.sections += _sections(item, item.stash[SESSION])
    return report


def _sections(item: pytest.Item, session: "Session") -> list[tuple[str, str]]:
    from pytest_llmock.cassettes.opening import redactor_for
    from pytest_llmock.report.failed import errors_told
    from pytest_llmock.report.injected import faults_told

    told = [failure.message for failure in session.failures]
    sections = {
        "llmock calls that failed": errors_told(session.calls, told, redactor_for(session.settings).text),
        "llmock faults": faults_told(session.calls, _again(item, session)),
    }
    return [(title, "\n".join(lines)) for title, lines in sections.items() if lines]


def _again(item: pytest.Item, session: "Session") -> str:
    """The command that runs this test alone, as it ran here."""
    said = command_line(item.config)
    said.update(chaos=session.settings.chaos, seed=session.choice.seed)
    path, _, within = item.nodeid.partition("::")
    seen_from_here = os.path.relpath(item.config.rootpath / path, item.config.invocation_params.dir)
    words = ["pytest", f"{seen_from_here}::{within}"]
    for name in SAME:
        value = said.get(name)
        if name == "strict":
            words += ["--llmock-lax"] if value is False else []
        elif value is not None:
            values = value if isinstance(value, list) else [value]
            words += [f"--llmock-{name}={each}" for each in values]
    return shlex.join(words)


def pytest_assertrepr_compare(
    config: pytest.Config, op: str, left: object, right: object
) -> list[str] | None:
    if op != "==" or type(left).__module__ != "pytest_llmock.llm":
        return None
    from pytest_llmock.cassettes.opening import redactor_for
    from pytest_llmock.plugin.run import settings_of
    from pytest_llmock.report.comparing import compared

    lines = compared(left, right, redactor_for(settings_of(config)))
    name = type(left).__name__
    return None if lines is None else [f"{name} == {name}: left → right", *lines]

"""What a failing test tells beside its failure: injected faults, and how two prompts differ.

Every run imports this module, so it imports nothing of ours before a test fails.
"""

from collections.abc import Generator

import pytest

from pytest_llmock.plugin.run import SESSION


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and call.when == "call" and SESSION in item.stash:
        from pytest_llmock.report.injected import faults_told

        session = item.stash[SESSION]
        lines = faults_told(session.calls, session.settings, session.choice)
        if lines:
            report.sections.append(("llmock faults", "\n".join(lines)))
    return report


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

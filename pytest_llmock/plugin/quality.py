"""The fixture `quality_gate`, and what a run tells of the scores of its gates."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from pytest_llmock.plugin.options import command_line, environment, ini
from pytest_llmock.plugin.run import SETTINGS, TOTALS, effective, is_in_ci, marker_of

if TYPE_CHECKING:
    from pytest_llmock.cassettes.baselines import Baselines
    from pytest_llmock.llm import JSON
    from pytest_llmock.patterns.judge import Verdict
    from pytest_llmock.server.graded import QualityGrader
    from pytest_llmock.shapes.quality import QualityReport


@pytest.fixture
def quality_gate(request: pytest.FixtureRequest) -> "QualityGrader":
    """Scores data, and fails the test when it is not good enough; `.score` only scores."""
    from pytest_llmock.server.graded import QualityGrader

    def judging(backend: str, data: "JSON", rules: Sequence[str]) -> "Verdict":
        __tracebackhide__ = True
        from pytest_llmock.session.hosting import judge

        return judge(request.getfixturevalue("llmock"), backend, data, rules)  # only a judge needs a server

    def check(backend: str) -> None:
        __tracebackhide__ = True
        request.getfixturevalue("llmock").check_named(backend)

    def note(report: "QualityReport") -> None:
        totals, test = request.config.stash[TOTALS], request.node.nodeid
        totals["quality"].append((report.score, test))
        totals["remarks"] += [f"{test}: {check}" for check in report.rules if not check.is_checked]

    return QualityGrader(judging, check, lambda: _baselines(request), note)


def _baselines(request: pytest.FixtureRequest) -> "Baselines":
    """Those of the test's module, which may be written as its recordings may."""
    from pytest_llmock.cassettes.baselines import Baselines
    from pytest_llmock.choice import choose

    node, marker = request.node, marker_of(request.node)
    settings = effective(request.config, request.getfixturevalue("llmock_settings"), marker, node.nodeid)
    choice = choose(settings, marker, named=None, test=node.nodeid, in_ci=is_in_ci())
    path = node.path.parent / "baselines" / f"{node.path.stem}.json"
    return Baselines(path, choice.record, node.config.rootpath)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> None:
    if exitstatus not in (0, 1):
        return
    given = {**ini(config), **environment(), **command_line(config)}
    floor = given.get("min_quality") or any(each.min_quality for _, each in config.stash.get(SETTINGS, []))
    if floor and not config.stash[TOTALS]["quality"]:
        terminalreporter.write_line("llmock: no test used quality_gate: min_quality was held against nothing")

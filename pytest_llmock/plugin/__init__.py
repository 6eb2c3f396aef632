"""The pytest plugin: options, marker, fixtures, hooks. The only module that imports pytest.

Rule: what is imported at module level reaches nothing but pytest and the standard library. A run that does
not use us must not pay for us, so each fixture imports what it needs when it is asked for.
"""

import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from pytest_llmock.plugin.options import OPTIONS, command_line, environment, ini
from pytest_llmock.plugin.run import SESSION, TOTALS, is_in_ci
from pytest_llmock.plugin.run import effective as _effective
from pytest_llmock.plugin.run import marker_of as _marker
from pytest_llmock.plugin.run import settings_of as _settings
from pytest_llmock.report.terminal import count, failures_text, header, merge, no_totals, summary

if TYPE_CHECKING:
    from pytest_llmock.config import Settings
    from pytest_llmock.server.runtime import Runtime
    from pytest_llmock.session import Session

pytest_plugins = (
    "pytest_llmock.plugin.fixtures",
    "pytest_llmock.plugin.quality",
    "pytest_llmock.plugin.samples",
    "pytest_llmock.plugin.telling",
)
OURS = frozenset({"llmock", "llmock_server", "quality_gate"})  # what all our other fixtures stand on
# options that narrow a run, so that it does not see every test
PARTIAL = (
    *("keyword", "markexpr", "deselect", "ignore", "ignore_glob", "lf", "stepwise", "maxfail"),
    *("override_ini", "collectonly", "setuponly", "setupplan"),
)
PARAMETRIZED = frozenset({"llm_backend", "mock_api", "pipeline"})


class ServerAddress(NamedTuple):
    """An address that stays the same for the whole run: whichever test is running answers there."""

    url: str

    @property
    def base_url(self) -> str:
        """What an OpenAI client takes as base_url."""
        return f"{self.url}/v1"


USAGE_ERROR = pytest.StashKey[str]()
BEGAN = pytest.StashKey[float]()
PASSED = pytest.StashKey[bool]()
WHOLE = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("llmock", "LLM mock server and backends")
    for name, kind, extra, text in OPTIONS:
        if extra is not None:
            said = {"help": text, **extra}
            group.addoption(f"--llmock-{name.replace('_', '-')}", dest=f"llmock_{name}", **said)
        parser.addini(f"llmock_{name}", text, type=kind, default=None)
    lax = "warn and answer with the default backend instead of failing the test"
    group.addoption("--llmock-lax", dest="llmock_strict", action="store_false", default=None, help=lax)
    parser.addini("llmock_strict", "false: like --llmock-lax", type="bool", default=None)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "llmock(backend=, record=, cassette=, match=, repeat=, seed=, strict=, config=, env=, intercept=, "
        "clock=, skip_unhealthy=, faults=, samples=, pass_rate=, max_cost=): which backend answers this "
        "test, and how; nearest wins, key by key.",
    )
    config.stash[TOTALS] = no_totals()
    config.stash[BEGAN] = getattr(config, "workerinput", {}).get("llmock_began") or time.time()


def pytest_report_header(config: pytest.Config) -> str | None:
    try:
        return header({**ini(config), **environment(), **command_line(config)})
    except Exception as error:
        from pytest_llmock.errors import SettingsError

        if not isinstance(error, SettingsError):
            raise
        return None  # reported by the first test that uses us


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    names = metafunc.fixturenames
    if PARAMETRIZED.isdisjoint(names) or "_llmock_named" not in names:  # a fixture of the user's by our name
        return
    from pytest_llmock.errors import SettingsError

    try:
        backends = _settings(metafunc.config).backend
    except SettingsError:
        return  # reported once for the whole run when collection is over
    if len(backends) > 1 and "backend" not in _marker(metafunc.definition):
        metafunc.parametrize("_llmock_named", backends, indirect=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    ours = [item for item in items if _is_ours(item)]
    if not ours:
        return
    from pytest_llmock.errors import SettingsError

    try:
        for item in ours:
            _check(item)
        if (settings := _settings(config)).cassettes is not None:
            from pytest_llmock.plugin.recordings import check_folder

            check_folder(config, settings)
        if settings.redact or settings.normalise or settings.similarity:
            from pytest_llmock.cassettes.opening import check

            check(settings)
        if settings.script is not None:
            from pytest_llmock.session.intervening import rules_of_run

            rules_of_run(settings, config.rootpath)
        if _is_whole(config):
            from pytest_llmock.plugin.recordings import orphaned

            markers = [(item, _marker(item)) for item in ours]
            config.stash[TOTALS]["orphans"] = orphaned(config, _settings(config), items, markers)
    except SettingsError as error:
        text = f"llmock: {error.message}"
        if not hasattr(config, "workerinput"):
            raise pytest.UsageError(text) from error
        config.stash[USAGE_ERROR] = text  # xdist loses what a worker says at collection


def pytest_runtest_setup(item: pytest.Item) -> None:
    if (text := item.config.stash.get(USAGE_ERROR, None)) is not None and _is_ours(item):
        pytest.fail(text, pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    try:
        result = yield
    except (pytest.skip.Exception, pytest.xfail.Exception):
        _fail_if_refused(item)  # a refusal is not lost because the test gave up afterwards
        raise
    except (Exception, pytest.fail.Exception) as error:
        session = item.stash.get(SESSION, None)
        if session is not None and session.failures:
            session.told = len(session.failures)
            untold = [failure for failure in session.failures if failure.message not in str(error)]
            if untold:
                error.add_note(failures_text(untold))
        raise
    _fail_if_refused(item)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if SESSION in item.stash:
        _conclude(item, call.when, report)
    return report


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["llmock_began"] = node.config.stash[BEGAN]  # one beginning for all of xdist's workers


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["llmock"] = session.config.stash[TOTALS]
    elif any(session.config.stash[TOTALS][what] for what in ("accounts", "orphans", "spent", "quality")):
        from pytest_llmock.plugin.finish import fails

        config = session.config
        if fails(config, _settings(config), config.stash[TOTALS], _is_complete(session, exitstatus)):
            session.exitstatus = exitstatus or pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if not report.passed:  # a module that failed or was skipped hides its tests
        collector.config.stash[TOTALS]["partial"] = True
    return report


def pytest_deselected(items: list[pytest.Item]) -> None:
    if items:
        items[0].config.stash[TOTALS]["partial"] = True


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    counted = getattr(node, "workeroutput", {}).get("llmock")  # a worker that crashed has none
    if counted is not None:
        merge(node.config.stash[TOTALS], counted)
    else:
        node.config.stash[TOTALS]["partial"] = True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in summary(config.stash[TOTALS]):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def llmock_settings(pytestconfig: pytest.Config) -> "Settings | Mapping[str, object]":
    """The settings of the run; override it in a conftest.py, returning Settings or a dict."""
    return _settings(pytestconfig)


@pytest.fixture(scope="session")
def _llmock_runtime(pytestconfig: pytest.Config) -> "Iterator[Runtime]":
    from pytest_llmock.server.runtime import Runtime

    runtime = Runtime()
    yield runtime
    runtime.close()
    late = [f"late call, {call.method} {call.path} for {call.test}" for call in runtime.late_calls]
    pytestconfig.stash[TOTALS]["late"] += late


@pytest.fixture(scope="session")
def llmock_server(_llmock_runtime: "Runtime") -> ServerAddress:
    """A stable address, for clients that outlive a test: whichever test is running answers there."""
    return ServerAddress(_llmock_runtime.url)


@pytest.fixture
def _llmock_named(request: pytest.FixtureRequest) -> str | None:
    return getattr(request, "param", None)


@pytest.fixture
def llmock(
    request: pytest.FixtureRequest,
    llmock_settings: "Settings | Mapping[str, object]",
    _llmock_runtime: "Runtime",
    _llmock_named: str | None,
) -> "Iterator[Session]":
    """The test's session: url, settings, backends, calls, failures."""
    from pytest_llmock.choice import choose
    from pytest_llmock.errors import SettingsError
    from pytest_llmock.plugin.health import skip_if_down
    from pytest_llmock.plugin.recordings import place
    from pytest_llmock.server.runtime import environment_for, past_proxies

    node, marker = request.node, _marker(request.node)
    try:
        settings = _effective(request.config, llmock_settings, marker, node.nodeid)
        choice = choose(settings, marker, named=_llmock_named, test=node.nodeid, in_ci=is_in_ci())
        session = _llmock_runtime.open(
            settings, replace(choice, place=place(node, settings, marker, began=node.config.stash[BEGAN]))
        )
    except SettingsError as error:  # a traceback would print the arguments, the environment among them
        pytest.fail(f"llmock: {error.message}", pytrace=False)
    _llmock_runtime.interception.begin()
    skip_if_down(_llmock_runtime, session, request.config)
    node.stash[SESSION] = session
    node.stash[PASSED], node.stash[WHOLE] = True, False
    has_env = marker.get("env", "llm_backend" in request.fixturenames)
    if variables := environment_for(session.url) if has_env else past_proxies():
        # the user's own fixture: a second one beside it would undo in the wrong order
        patch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
        for name, value in variables.items():
            patch.setenv(name, value)
    yield session
    _llmock_runtime.end(session)
    totals = request.config.stash[TOTALS]
    count(totals, session.calls, trips=session.trips, spent=session.ledger.spent.figures)
    totals["late"] += [
        f"refused after {node.nodeid} was judged: {failure.message}"
        for failure in session.failures[session.told :]
    ]


def _is_complete(session: pytest.Session, exitstatus: int) -> bool:
    """Whether every collected test ran, in a run that collected all."""
    stopped = session.shouldstop or session.shouldfail or session.config.stash[TOTALS]["partial"]
    return exitstatus in (0, 1) and not stopped


def _is_whole(config: pytest.Config) -> bool:
    """Whether every test in the folders of this run is collected: nothing on the command line narrows it."""
    if any(config.getoption(name, None) for name in PARTIAL):
        return False
    return all((config.invocation_params.dir / arg).is_dir() for arg in config.args)


def _is_ours(item: pytest.Item) -> bool:
    names = getattr(item, "fixturenames", ())
    return not OURS.isdisjoint(names) or item.get_closest_marker("llmock") is not None


def _check(item: pytest.Item) -> None:
    from pytest_llmock.choice import check_marker
    from pytest_llmock.plugin.samples import check

    for mark in item.iter_markers("llmock"):
        check_marker(mark.kwargs, positional=mark.args, where=item.nodeid)
        if overrides := mark.kwargs.get("config"):
            _settings(item.config).merged(overrides, where=item.nodeid)
        if "cassette" in mark.kwargs:
            from pytest_llmock.plugin.recordings import cassette

            cassette(item, _settings(item.config), mark.kwargs)  # refuses a name that leaves the folder
    check(item, marker := _marker(item))
    names = getattr(item, "fixturenames", None)
    if names is not None and "llmock" not in names and (marker or "llmock_server" in names):
        names.append("llmock")  # a marked test has a session even when it asks for no fixture of ours


def _conclude(item: pytest.Item, when: str, report: pytest.TestReport) -> None:
    """After each phase note how the test stands; after the last, its recordings go where they belong."""
    session, is_xfail = item.stash[SESSION], hasattr(report, "wasxfail")
    item.stash[PASSED] = item.stash[PASSED] and (report.passed or is_xfail)
    if when == "setup" and report.failed:
        session.told = len(session.failures)
    if when == "call":
        item.stash[WHOLE] = report.passed and not is_xfail
    if when == "teardown":
        from pytest_llmock.plugin.recordings import conclude

        whole = item.stash[PASSED] and item.stash.get(WHOLE, False)
        error = conclude(session, item.config.stash[TOTALS], passed=item.stash[PASSED], whole=whole)
        if error is not None:
            report.outcome, report.longrepr = "failed", f"llmock: {error.message}"


def _fail_if_refused(item: pytest.Item) -> None:
    session = item.stash.get(SESSION, None)
    if session is None:
        return
    from pytest_llmock.errors import RefusedError

    with suppress(RefusedError):  # it is in session.failures then, as every refusal is
        session.check_selection()
        session.check_budget()
    session.told = len(session.failures)
    if session.failures:
        pytest.fail(failures_text(session.failures), pytrace=False)

"""Tests of a live backend that is absent: skipped when they ask for that, failing when they do not."""

from types import SimpleNamespace

import pytest

from pytest_llmock.choice import Choice, Place
from pytest_llmock.plugin.health import _is_live

ASK = """
    import pytest
    {marker}
    def test_it(llm_backend):
        assert llm_backend.complete_sync("Hello").text
"""
PLAIN = ASK.format(marker="")
MARKED = ASK.format(marker="@pytest.mark.llmock(skip_unhealthy=True)")
REASON = "backend 'up' is not reachable: Backend 'up' (lmstudio at http://127.0.0.1:*) cannot be reached: *"


@pytest.mark.parametrize(
    ("mode", "without", "beside"),
    [
        ("none", False, False),
        ("once", True, False),
        ("new", True, False),
        *((mode, True, True) for mode in ("all", "rewrite", "verify", "off")),
    ],
)
def test_a_mode_calls_the_backend_without_or_beside_a_cassette(tmp_path, mode, without, beside):
    """What only plays needs no backend."""
    session = SimpleNamespace(choice=Choice(record=mode, place=Place(lambda: tmp_path / "test.yaml")))

    is_live_without = _is_live(session)
    (tmp_path / "test.yaml").touch()

    assert (is_live_without, _is_live(session)) == (without, beside)


@pytest.mark.parametrize("mode", ["off", "once"])
def test_a_test_whose_backend_is_gone_is_skipped_with_the_reason(run, upstream, mode):
    """The run goes on, and the summary tells."""
    upstream.stop()

    result = run("-rs", "--llmock-skip-unhealthy", f"--llmock-record={mode}", test_it=PLAIN)

    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines([f"SKIPPED [[]1[]] *: {REASON}"])


def test_a_test_whose_backend_is_there_runs(run, upstream):
    """The check is a question of its own: one GET, and then the call."""
    result = run("--llmock-skip-unhealthy", "--llmock-record=off", test_it=PLAIN)

    result.assert_outcomes(passed=1)
    assert len(upstream.calls) == 1


def test_a_test_whose_backend_another_may_replace_runs(run, upstream, pytester):
    """It would pass: whoever stands in is there."""
    text = """
        import pytest

        @pytest.mark.llmock(config={"Failover": ["synthetic"], "EnableRetryPolicy": False})
        def test_it(llm_backend):
            assert llm_backend.complete_sync("Hello").backend == "synthetic"
    """
    upstream.stop()

    result = run("--llmock-skip-unhealthy", "--llmock-record=off", test_it=text)

    result.assert_outcomes(passed=1)


def test_without_the_option_an_absent_backend_is_a_failure(run, upstream):
    """Nothing is skipped unless somebody asks for it."""
    upstream.stop()

    run("--llmock-record=off", test_it=PLAIN).assert_outcomes(failed=1)


@pytest.mark.parametrize("source", ["ini key", "variable"])
def test_other_sources_can_say_so_and_the_marker_wins(run, upstream, pytester, monkeypatch, source):
    """As with any option."""
    upstream.stop()
    if source == "ini key":
        pytester.makeini("[pytest]\nllmock_skip_unhealthy = true\n")
    else:
        monkeypatch.setenv("LLMOCK_SKIP_UNHEALTHY", "true")
    against = ASK.format(marker="@pytest.mark.llmock(skip_unhealthy=False)")

    result = run("--llmock-record=off", test_it=PLAIN, test_other=against)

    result.assert_outcomes(skipped=1, failed=1)


def test_a_recorded_test_plays_without_its_backend(run, upstream):
    """Where a cassette answers, nobody is asked; the marker skips where none does."""
    run("--llmock-record=once", test_it=MARKED).assert_outcomes(passed=1)
    upstream.stop()

    played = run("--llmock-record=once")

    played.assert_outcomes(passed=1)
    run("--llmock-record=off").assert_outcomes(skipped=1)


def test_in_replay_a_miss_stays_a_failure(run, upstream):
    """A recording that is missing is not hidden by a skip."""
    upstream.stop()

    run("--llmock-skip-unhealthy", test_it=PLAIN).assert_outcomes(failed=1)


def test_a_test_that_an_embedded_backend_answers_runs(run, upstream):
    """Whoever really answers counts."""
    upstream.stop()

    result = run("--llmock-skip-unhealthy", "--llmock-record=off", "--llmock-map=up=synthetic", test_it=PLAIN)

    result.assert_outcomes(passed=1)


def test_a_test_that_names_nobody_fails_as_before(run, upstream):
    """A misspelt name is no absent backend."""
    text = ASK.format(marker="@pytest.mark.llmock(backend='upp')")

    result = run("--llmock-skip-unhealthy", "--llmock-record=off", test_it=text)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*Backend 'upp' is not configured. Did you mean 'up'?*"])


def test_each_backend_is_asked_once_in_a_run(run):
    """However many tests wait for it; those of other backends run."""
    conftest = """
    import pytest
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    paths = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            paths.append(self.path)
            self.send_response(503)
            self.end_headers()

        def log_message(self, *args):
            pass

    @pytest.fixture(scope="session")
    def llmock_settings():
        with HTTPServer(("127.0.0.1", 0), Handler) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            url = "http://127.0.0.1:%d/v1/" % server.server_port
            yield {"Backends": [{"Name": "loop", "BaseUrl": url, "HealthCheckPath": "/up"}]}
            server.shutdown()
            assert paths == ["/up"]
    """
    text = """
    import pytest

    @pytest.mark.parametrize("number", range(3))
    def test_it(llm_backend, number):
        raise AssertionError("not run")

    @pytest.mark.llmock(backend="synthetic")
    def test_other(llm_backend):
        assert llm_backend.complete_sync("Hello").text
    """

    result = run("-rs", "--llmock-skip-unhealthy", "--llmock-record=off", conftest=conftest, test_it=text)

    result.assert_outcomes(skipped=3, passed=1)
    result.stdout.fnmatch_lines(
        ["SKIPPED [[]3[]] *: backend 'loop' is not usable: Backend 'loop' (ollama at *) answered 503: *"]
    )


def test_a_test_asks_by_itself_how_a_backend_is(run, upstream):
    """For a condition of its own; in any record mode."""
    text = """
    import asyncio

    async def asked(llmock):
        return llmock.health()

    def test_it(llmock):
        health = llmock.health("up")
        assert health.up, health.problem
        assert (health.reachable, health.key, health.model_present) == (True, "not needed", False)
        assert llmock.healthy == {"up": health}
        assert asyncio.run(asked(llmock)).up
    """

    run(test_it=text).assert_outcomes(passed=1)


def test_a_value_that_is_none_is_a_usage_error(run, upstream):
    """Before any test runs."""
    result = run(test_it=ASK.format(marker="@pytest.mark.llmock(skip_unhealthy='yes')"))

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*@pytest.mark.llmock(skip_unhealthy='yes'): give True or False."])

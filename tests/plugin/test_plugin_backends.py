"""What the closing lines of a run tell of its backends."""

TROUBLE = """
    import pytest
    from pytest_llmock import BackendError, Failure

    async def flaky(prompt):
        if prompt.messages[-1].text == "fail":
            raise BackendError(Failure("status", "It is overloaded.", status=503))
        return "fine"

    @pytest.mark.llmock(clock="virtual")
    @pytest.mark.parametrize("said", ["fail", "go on"] * 3)
    def test_it(llmock, llm_backend, said):
        llmock.backends.add("flaky", flaky)
        try:
            llm_backend.complete_sync(said, model="flaky")
        except BackendError:
            assert llmock.monitor["flaky"].failures == 4
"""
RESCUED = """
    from pytest_llmock import Attempt

    def test_it(llmock):
        call = llmock.calls.open("mock", "GET", "/x", started=0)
        call.source, call.selected, call.backend = "scripted", "a", "b"
        call.attempts += [
            Attempt("a", "python", "", live=False, outcome="failure", error="It is down."),
            Attempt("b", "python", "", live=False, outcome="success", reason="failover"),
        ]
"""


def test_a_backend_that_failed_has_a_line(run):
    """How often it was asked, how often it failed, its p95 and its last error."""
    result = run(test_it=TROUBLE)

    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(
        [
            "llmock: 6 calls (3 failed, 3 scripted), *",
            "llmock: backend 'flaky': 15 calls, 12 failed, 9 retries, p95 * ms; last error: It is overloaded.",
        ]
    )


def test_workers_of_xdist_add_up_what_each_backend_did(run):
    """One line for the backend, not one for each worker."""
    result = run("-p", "xdist", "-n2", test_it=TROUBLE, test_other=RESCUED)

    result.assert_outcomes(passed=7)
    result.stdout.fnmatch_lines(
        [
            "llmock: backend 'a': 1 call, 1 failed, p95 0 ms; last error: It is down.",
            "llmock: backend 'b': 1 call, 1 in place of another, p95 0 ms",
            "llmock: backend 'flaky': 15 calls, 12 failed, 9 retries, p95 * ms; last error: It is overloaded.",
            "llmock: 1 call of 'a' was answered by 'b'",
        ]
    )


def test_a_run_without_trouble_says_nothing_of_backends(run):
    """Its calls are in the first line."""
    result = run(test_it="def test_it(mock_api):\n    mock_api.get('/x')\n")

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("llmock: backend *")


def test_a_live_call_that_was_refused_is_no_failure_of_its_backend(run, configured):
    """The test fails with the refusal, and the closing lines do not repeat it."""
    result = run(test_it="def test_it(mock_api):\n    mock_api.get('/x?backend=alpha')\n")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["llmock: Cassette miss: *", "llmock: 1 call (1 failed), *"])
    result.stdout.no_fnmatch_line("llmock: backend *")


def test_counting_imports_no_monitor_unless_a_test_looks(run_anew):
    """A run that does not look at its figures does not pay for them."""
    text = """
    import sys
    NOT_LOADED = {f"pytest_llmock.pool.{name}" for name in ("monitor", "stats", "readings")}
    def test_first(mock_api):
        assert mock_api.get("/x").status_code == 200
    def test_second(llmock):
        assert not NOT_LOADED & sys.modules.keys()
    """

    result = run_anew(test_it=text)

    result.assert_outcomes(passed=2)

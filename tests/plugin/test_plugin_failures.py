"""The failure table: what strict and lax do, and that a failure shows exactly once."""

import pytest

USES_GHOST = """
    def test_it(mock_api):
        answer = mock_api.get("/users", headers={"X-LLM-Backend": "gost"})
        %s
"""


def test_an_unknown_backend_fails_the_test_that_swallowed_it(run):
    """The code under test may ignore the 400: the test is FAILED once all the same, never also an error."""
    result = run(test_it=USES_GHOST % "pass")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["llmock: Backend 'gost' is not configured. Known: scripted, synthetic.*"])


def test_the_tests_own_failure_is_shown_first(run):
    """The assertion of the test comes first; what we refused is a note below it."""
    result = run(test_it=USES_GHOST % "assert answer.status_code == 200")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E * assert 400 == 200", "E * llmock: Backend 'gost' is not configured.*"])
    result.stdout.no_fnmatch_line("llmock: refused after*")


def test_lax_answers_with_the_default_and_warns(run):
    """--llmock-lax turns the failure into a warning header."""
    check = """assert "gost" in answer.headers["x-llmock-warning"]"""

    result = run("--llmock-lax", test_it=USES_GHOST % check)

    result.assert_outcomes(passed=1)


def test_an_expected_failure_is_still_expected(run):
    """xfail sees our failure like any other."""
    text = "import pytest\n@pytest.mark.xfail\ndef test_it(mock_api):\n    mock_api.get('/x?backend=gost')\n"

    result = run(test_it=text)

    result.assert_outcomes(xfailed=1)


def test_a_skip_inside_the_test_stays_a_skip(run):
    """Skipping is the test's own decision."""
    text = "import pytest\ndef test_it(mock_api):\n    mock_api.get('/x')\n    pytest.skip('not today')\n"

    result = run(test_it=text)

    result.assert_outcomes(skipped=1)


def test_a_marker_naming_nobody_fails_even_without_a_call(run):
    """A misspelt marker is found although the test never asks the backend."""
    text = "import pytest\n@pytest.mark.llmock(backend='gost')\ndef test_it(llmock):\n    pass\n"

    result = run(test_it=text)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["llmock: Backend 'gost' is not configured.*"])


def test_a_disabled_backend_fails_and_says_how_to_enable_it(run, configured):
    """A disabled backend is never used, not even by name."""
    text = "def test_it(mock_api):\n    mock_api.get('/x?backend=dormant')\n"

    result = run(test_it=text)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["llmock: Backend 'dormant' is disabled (*Enable or add it in the settings*"])


def test_a_live_call_in_record_mode_none_fails_with_the_line_that_allows_it(run, configured):
    """Nothing is called and nothing is spent; the message has both ways on."""
    text = "def test_it(mock_api):\n    assert mock_api.get('/x').status_code == 400\n"

    result = run(test_it=text)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "llmock: Cassette miss: no recording answers GET /x by backend 'alpha' (ollama, alpha-1): *",
            "To call it without recording: --llmock-record=off. To do without it: --llmock-map=alpha=synthetic.",
            "To record it: pytest *::test_it --llmock-record=once",
        ]
    )


def test_the_scripted_backend_without_a_rule_fails(run):
    """A script that does not know the prompt says which prompt it was."""
    text = """
    def test_it(llm_backend):
        import openai, pytest
        with openai.OpenAI() as client, pytest.raises(openai.BadRequestError):
            client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hello?"}])
    """

    result = run("--llmock-backend=scripted", test_it=text)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["llmock: Backend 'scripted' has no rule for this prompt: 'Hello?'*"])


def test_the_scripted_backend_without_a_rule_is_synthetic_when_lax(run):
    """Lax lets the embedded generator answer, and says so."""
    text = """
    def test_it(mock_api):
        assert "synthetic answered" in mock_api.get("/users").headers["x-llmock-warning"]
    """

    result = run("--llmock-backend=scripted", "--llmock-lax", test_it=text)

    result.assert_outcomes(passed=1)


def test_with_every_backend_disabled_the_answer_is_503(run, pytester):
    """Disabling all is not a wish for the embedded backend; the test decides for itself."""
    pytester.makefile(".toml", llmock='[[Backends]]\nName = "one"\nModelName = "m"\nEnabled = false\n')
    text = """
    def test_it(mock_api):
        answer = mock_api.get("/users")
        assert answer.status_code == 503
        assert answer.json()["error"]["message"].startswith("No LLM backend available")
    """

    result = run(test_it=text)

    result.assert_outcomes(passed=1)


def test_an_unreachable_backend_is_a_502_that_the_test_decides_about(run, configured):
    """An upstream's failure is no failure of the test."""
    text = """
    def test_it(mock_api):
        answer = mock_api.get("/users")
        assert answer.status_code == 502
        assert answer.json()["error"]["details"]["backend"] == "alpha"
    """

    result = run("--llmock-record=off", test_it=text)

    result.assert_outcomes(passed=1)


def test_a_late_call_gets_410_and_is_reported(run):
    """A client left over from a finished test never reaches another one."""
    text = """
    import httpx
    urls = []
    def test_first(mock_api):
        urls.append(mock_api.url)
    def test_second(mock_api):
        answer = httpx.get(urls[0] + "/users")
        assert answer.status_code == 410
        assert "test_it.py::test_first" in answer.json()["error"]["message"]
        assert len(mock_api.calls) == 0
    """

    result = run(test_it=text)

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["llmock: late call, GET /api/mock/users for test_it.py::test_first"])


def test_a_refusal_tells_sdks_not_to_retry(run):
    """The SDK raises at once instead of hiding the refusal behind its retries."""
    text = """
    def test_it(llm_backend):
        import openai, pytest
        with openai.OpenAI(max_retries=5) as client, pytest.raises(openai.BadRequestError) as caught:
            client.chat.completions.create(
                model="m", messages=[], extra_headers={"X-LLM-Backend": "gost"}, extra_body={"messages": [
                    {"role": "user", "content": "x"}]})
        assert caught.value.response.headers["x-should-retry"] == "false"
        assert len(llm_backend.calls) == 1
    """

    result = run(test_it=text)

    result.assert_outcomes(failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["FAILED test_it.py::test_it - Failed: llmock: Backend 'gost'*"])


@pytest.mark.parametrize("gives_up", ["pytest.skip('later')", "pytest.xfail('known')"])
def test_a_refusal_is_not_lost_when_the_test_gives_up_afterwards(run, gives_up):
    """A skip after a swallowed refusal would hide what the skip is perhaps about."""
    text = f"""
    import pytest
    def test_it(mock_api):
        mock_api.get("/x?backend=gost")
        {gives_up}
    """

    result = run(test_it=text)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*llmock: Backend 'gost' is not configured.*"])


def test_a_refusal_is_a_note_below_a_failure_of_any_kind(run):
    """pytest.fail is a failure like an assertion."""
    text = """
    import pytest
    def test_it(mock_api):
        mock_api.get("/x?backend=gost")
        pytest.fail("my own words")
    """

    result = run(test_it=text)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*my own words*", "*llmock: Backend 'gost' is not configured.*"])


def test_a_refusal_after_the_test_was_judged_is_told_in_the_summary(run):
    """What a fixture's teardown asks in vain is not lost."""
    text = """
    import pytest
    @pytest.fixture
    def late(mock_api):
        yield
        mock_api.get("/x?backend=gost")
    def test_it(late):
        pass
    """

    result = run(test_it=text)

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["llmock: refused after test_it.py::test_it was judged: Backend 'gost'*"])


def test_the_environment_is_as_it_was_whoever_else_patches_it(run, monkeypatch):
    """One stack of changes is undone in the right order."""
    monkeypatch.setenv("OPENAI_BASE_URL", "http://mine/v1")
    text = """
    import os
    def test_first(monkeypatch, llm_backend):
        monkeypatch.setenv("OPENAI_BASE_URL", "http://theirs/v1")
        monkeypatch.delenv("OLLAMA_HOST")
    def test_second():
        assert os.environ["OPENAI_BASE_URL"] == "http://mine/v1"
        assert "OLLAMA_HOST" not in os.environ
    """
    monkeypatch.delenv("OLLAMA_HOST", raising=False)

    result = run(test_it=text)

    result.assert_outcomes(passed=2)


def test_a_backend_kept_beyond_its_test_is_not_answered(run):
    """The handle says that its test is over."""
    text = """
    import pytest
    from pytest_llmock import SessionClosedError
    kept = []
    def test_first(llm_backend):
        kept.append(llm_backend)
    def test_second(llm_backend):
        with pytest.raises(SessionClosedError, match="test_first is over"):
            kept[0].complete_sync("hello")
    """

    result = run(test_it=text)

    result.assert_outcomes(passed=2)


def test_a_refusal_that_a_direct_call_raises_is_shown_without_our_frames(run, configured):
    """The test's own line and the message are all there is to see."""
    text = """
    def test_it(llm_backend):
        llm_backend.complete_sync("hello")
    """

    result = run(test_it=text)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            ">* llm_backend.complete_sync(*",
            "E *RefusedError: Cassette miss: no recording answers this chat with backend 'alpha'*",
        ]
    )
    result.stdout.no_fnmatch_line("*run_sync*")
    result.stdout.no_fnmatch_line("llmock: refused after*")

"""The guard and `intercept` as a user meets them in a run."""


def test_a_live_call_fails_the_test_that_swallowed_it_with_the_line_to_add(run):
    """The code under test may catch everything: the test is FAILED, and says what to add."""
    result = run(
        test_it="""
        import httpx
        def test_it(mock_api):
            try:
                httpx.post("https://api.openai.com/v1/chat/completions", json={})
            except Exception:
                pass
    """
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*api.openai.com*intercept=True*"])


def test_a_proxy_of_the_environment_is_passed_by(run, monkeypatch):
    """By SDKs that find the test by its environment, and by whoever asks the mock API on their own."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    result = run(
        test_it="""
        import os, httpx, requests
        def test_llm(llm_backend):
            assert httpx.get(f"{llm_backend.base_url}/models").status_code == 200
        def test_mock(mock_api):
            assert requests.get(f"{mock_api.url}/users").status_code == 200
        def test_after():
            assert "no_proxy" not in os.environ
    """
    )

    result.assert_outcomes(passed=3)


def test_tests_that_do_not_use_us_are_not_watched(run):
    """The host is looked up as ever, in a test before and in one after ours."""
    result = run(
        test_it="""
        import socket
        LOOKED_UP = []
        REAL = socket.getaddrinfo
        def getaddrinfo(host, *args, **options):
            LOOKED_UP.append(host)
            return REAL("localhost" if "openai" in host else host, *args, **options)
        socket.getaddrinfo = getaddrinfo
        def test_before():
            socket.getaddrinfo("api.openai.com", 443)
        def test_ours(mock_api):
            mock_api.get("/x")
        def test_after():
            socket.getaddrinfo("api.openai.com", 443)
            assert LOOKED_UP.count("api.openai.com") == 2
    """
    )

    result.assert_outcomes(passed=3)

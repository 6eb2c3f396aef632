"""What becomes of recordings when a test does more than pass or fail in its body."""

import pytest

ASK = 'llm_backend.complete_sync("{}")'
FIXTURE = """
    import pytest

    @pytest.fixture
    def around(llm_backend):
        llm_backend.complete_sync("before")
        yield
        llm_backend.complete_sync("after")
        {teardown}

    {mark}
    def test_say(around, llm_backend):
        llm_backend.complete_sync("within")
"""


def questions(text):
    return [line.split(": ")[1] for line in text.splitlines() if "- user: " in line]


def test_calls_of_fixtures_are_recorded_with_those_of_the_test(run, upstream, tape):
    """Setup, test and teardown, in their order, also when the file is written anew."""
    for mode in ("once", "rewrite"):
        run(f"--llmock-record={mode}", test_chat=FIXTURE.format(teardown="", mark="")).assert_outcomes(
            passed=1
        )
        assert questions(tape()) == ["before", "within", "after"]

    upstream.stop()
    run().assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"teardown": "assert False", "mark": ""}, {"passed": 1, "errors": 1}),
        ({"teardown": "", "mark": "@pytest.mark.xfail(strict=True)"}, {"failed": 1}),
    ],
    ids=["teardown fails", "passes unexpectedly"],
)
def test_a_test_that_fails_late_leaves_its_cassette_as_it_was(run, upstream, tape, changes, outcome):
    """The outcome counts when all of it is known."""
    run("--llmock-record=once", test_chat=FIXTURE.format(teardown="", mark=""))
    before = tape()

    result = run("--llmock-record=rewrite", test_chat=FIXTURE.format(**changes))

    result.assert_outcomes(**outcome)
    assert tape() == before
    assert questions(tape("*.failed")) == ["before", "within", "after"]


def test_what_failed_before_is_superseded_by_what_passes(run, upstream, tape):
    """Accepting it later would put an older answer in the place of a newer one."""
    test = "def test_say(llm_backend):\n    {}\n    assert {}\n".format(ASK.format("hello"), "{}")
    run("--llmock-record=once", test_chat=test.format(False))
    assert tape("*.failed")

    run("--llmock-record=once", test_chat=test.format(True))

    assert questions(tape()) == ["hello"]
    assert not tape("*.failed")


def test_rewrite_keeps_what_could_not_be_asked_again(run, upstream, tape):
    """A backend that is away for the moment does not cost its recordings."""
    text = """
    import pytest
    from pytest_llmock import BackendError

    def test_say(llm_backend):
        try:
            llm_backend.complete_sync("hello")
        except BackendError:
            pass
    """
    run("--llmock-record=once", test_chat=text)
    before = tape()
    upstream.stop()

    run("--llmock-record=rewrite").assert_outcomes(passed=1)

    assert tape() == before


@pytest.mark.parametrize("mode", ["none", "once", "new", "all", "rewrite", "verify"])
def test_a_cassette_of_a_newer_version_is_refused_before_anything_is_paid(
    run, upstream, tape, pytester, mode
):
    """Neither played, nor overwritten: the message names the way out."""
    run("--llmock-record=once", test_chat=f"def test_say(llm_backend):\n    {ASK.format('hello')}\n")
    (path,) = pytester.path.glob("cassettes/**/*.yaml")
    path.write_text(path.read_text().replace("llmock_cassette: 1", "llmock_cassette: 2"))
    before, asked = tape(), len(upstream.calls)

    result = run(f"--llmock-record={mode}")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*was written by a newer pytest-llmock*pip install -U pytest-llmock*"])
    assert (tape(), len(upstream.calls)) == (before, asked)


@pytest.mark.parametrize(
    "line",
    [
        "llmock_redact = (",
        "llmock_normalise = (",
        "llmock_similarity = nothing",
        "llmock_replay_speed = fast",
    ],
)
def test_a_wrong_setting_for_cassettes_is_a_usage_error(run, pytester, line):
    """Said once, when tests are collected, and not by each test."""
    pytester.makeini(f"[pytest]\n{line}\n")

    result = run(test_chat="def test_say(mock_api): pass")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: llmock: *"])


STRUCK = """
    import httpx
    import pytest

    @pytest.mark.llmock(faults=FAULTS)
    def test_say(llm_backend):
        asked = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Hello."}]}
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.post(f"{llm_backend.base_url}/chat/completions", json=asked)
        httpx.post(f"{llm_backend.base_url}/chat/completions", json={**asked, "model": "n"})
        with pytest.raises(Exception, match="503@1"):
            list(llm_backend.stream_sync("Hello."))
"""


def test_nothing_of_a_fault_is_recorded(run, upstream, tape):
    """An answer that one cuts is whole in the cassette, and a replayed one is struck as a live one is."""
    text = STRUCK.replace("FAULTS", '["cut@2", "truncated", "503@1"]')

    recorded = run("--llmock-record=once", test_chat=text)
    played = run()

    for result in (recorded, played):
        result.assert_outcomes(passed=1)
    assert tape().count("finish_reason: stop") == len(upstream.calls) == 3
    assert "truncated:" not in tape()


def test_a_miss_in_a_fixture_is_told_once(run, upstream):
    """As the error of the setup, and not again at the end."""
    result = run(test_chat=FIXTURE.format(teardown="", mark=""))

    result.assert_outcomes(errors=1)
    result.stdout.no_fnmatch_line("*refused after*")

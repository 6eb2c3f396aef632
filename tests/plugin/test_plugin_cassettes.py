"""Recording and replaying, as a user sees them: real runs of pytest against a real server."""

import pytest

ONE_CALL = """
    def test_say(llm_backend):
        assert llm_backend.complete_sync("Tell me about cassettes").text
"""
TWO_CALLS = """
    def test_say(llm_backend):
        assert llm_backend.complete_sync("Tell me about cassettes").text
        assert llm_backend.complete_sync("Tell me more").text
"""


def test_a_recorded_call_is_replayed_when_the_model_is_gone(run, upstream, tape):
    """Record once, commit, and every later run needs no model, no key and no network."""
    recorded = run("--llmock-record=once", test_chat=ONE_CALL)
    upstream.stop()

    replayed = run()

    recorded.stdout.fnmatch_lines(["llmock: 1 call (1 recorded), *", "* 1 passed in *"])
    replayed.stdout.fnmatch_lines(["llmock: 1 call (1 replayed), *", "* 1 passed in *"])
    assert tape("test_say.yaml").count("\ninteraction: ") == 1


def test_a_changed_prompt_fails_loudly_and_shows_the_nearest_recording(run, upstream):
    """A stale answer is never replayed: the message has the difference and the command to run."""
    run("--llmock-record=once", test_chat=ONE_CALL)

    result = run(test_chat=ONE_CALL.replace("about cassettes", "about tapes"))

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*Cassette miss: no recording answers this chat with backend 'up' (lmstudio, llama3): *",
            "*The nearest is interaction 1, line 5; recorded (-), asked now (+):",
            '*message 1 (user): "Tell me about cassettes" → "Tell me about tapes"',
            "*To record it: pytest test_chat.py::test_say --llmock-record=new",
        ]
    )
    assert len(upstream.calls) == 1


def test_a_miss_that_the_code_swallows_fails_the_test_once(run, upstream):
    """Code that catches everything cannot turn a miss into a green test."""
    result = run(
        test_chat="""
        import httpx

        def test_say(llm_backend):
            body = {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}
            answer = httpx.post(llm_backend.base_url + "/chat/completions", json=body)
            assert answer.status_code == 400
            assert answer.headers["x-should-retry"] == "false"
        """
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*test_say.yaml does not exist (record mode 'none').", "*--llmock-record=once"]
    )
    assert result.stdout.str().count("Cassette miss: no recording answers this") == 1
    assert not upstream.calls


def test_once_does_not_add_to_a_file_that_was_there(run, upstream, tape):
    """`once` records what has no cassette yet; an existing one is replayed only."""
    run("--llmock-record=once", test_chat=ONE_CALL)
    before = tape()

    result = run("--llmock-record=once", test_chat=TWO_CALLS)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*(record mode 'once').", "*--llmock-record=new"])
    assert tape() == before


def test_new_plays_what_there_is_and_adds_what_is_missing(run, upstream, tape):
    """`new` pays only for calls that have no recording."""
    run("--llmock-record=once", test_chat=ONE_CALL)
    before = tape()

    result = run("--llmock-record=new_episodes", test_chat=TWO_CALLS)

    result.stdout.fnmatch_lines(["llmock: 2 calls (1 recorded, 1 replayed), *"])
    assert tape().startswith(before)
    assert tape().count("\ninteraction: ") == len(upstream.calls) == 2


def test_all_records_again_and_keeps_the_other_recordings(run, upstream, tape):
    """`all` replaces the recordings of the calls it makes, in their place."""
    run("--llmock-record=once", test_chat=TWO_CALLS)
    first, second = tape().split("---\n")[1:]

    result = run("--llmock-record=all", test_chat=ONE_CALL)

    result.stdout.fnmatch_lines(["llmock: 1 call (1 recorded), *"])
    again, same = tape().split("---\n")[1:]
    assert again.splitlines()[0] == first.splitlines()[0]
    assert again != first
    assert same == second


def test_rewrite_keeps_only_what_this_run_recorded(run, upstream, tape):
    """`rewrite` makes the file anew."""
    run("--llmock-record=once", test_chat=TWO_CALLS)

    run("--llmock-record=rewrite", test_chat=ONE_CALL)

    assert tape().count("\ninteraction: ") == 1
    assert "Tell me more" not in tape()


@pytest.mark.parametrize("mode", ["new", "all", "rewrite"])
def test_a_failed_test_leaves_its_cassette_as_it_was(run, upstream, tape, pytester, mode):
    """What it recorded was paid for and stands beside, until somebody accepts it."""
    run("--llmock-record=once", test_chat=ONE_CALL)
    before = tape()
    failing = TWO_CALLS + "        assert False\n"

    run(f"--llmock-record={mode}", test_chat=failing).assert_outcomes(failed=1)

    assert tape() == before
    beside = pytester.path / "cassettes/test_chat/test_say.yaml.failed"
    assert "Tell me more" in beside.read_text()
    assert sorted(path.name for path in beside.parent.iterdir()) == ["test_say.yaml", "test_say.yaml.failed"]


def test_what_a_failed_run_recorded_is_offered_at_the_next_miss(run, upstream):
    """The answers are there already: the message names the command that takes them over."""
    run("--llmock-record=once", test_chat=ONE_CALL + "        assert False\n")

    result = run(test_chat=ONE_CALL)

    result.stdout.fnmatch_lines(
        [
            "*cassettes/test_chat/test_say.yaml.failed holds 1 interaction of a failed run, this call among them.",
            "*To take it over: pytest-llmock cassettes accept cassettes/test_chat/test_say.yaml.failed",
        ]
    )


def test_in_ci_nothing_is_recorded_unless_the_command_line_says_so(run, upstream, tape, monkeypatch):
    """A setting that records on a developer's machine replays in CI."""
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("LLMOCK_RECORD", "once")

    refused = run(test_chat=ONE_CALL)
    allowed = run("--llmock-record=once")

    refused.assert_outcomes(failed=1)
    refused.stdout.fnmatch_lines(
        ["*Recording is done on a developer's machine, and the file committed. There: *"]
    )
    allowed.assert_outcomes(passed=1)
    assert tape()


def test_off_calls_the_model_and_records_nothing(run, upstream, tape):
    """`off` is a live run without cassettes."""
    run("--llmock-record=off", test_chat=ONE_CALL).stdout.fnmatch_lines(["llmock: 1 call (1 live), *"])

    assert not tape()


def test_a_request_that_is_repeated_plays_each_of_its_recordings_once(run, upstream):
    """The third of two recorded calls is a miss that says so; repeat="last" answers it."""
    asks = """
    import pytest

    {mark}
    def test_say(llm_backend):
        texts = [llm_backend.complete_sync("Tell me").text for _ in range({times})]
    """
    run("--llmock-record=once", test_chat=asks.format(mark="", times=2))

    consumed = run(test_chat=asks.format(mark="", times=3))
    repeated = run(test_chat=asks.format(mark='@pytest.mark.llmock(repeat="last")', times=3))

    consumed.stdout.fnmatch_lines(
        ["*all its 2 recordings in * have been played already (record mode 'none')."]
    )
    repeated.assert_outcomes(passed=1)


def test_a_looser_match_is_chosen_by_the_test_and_told(run, upstream):
    """At level normalised an id that changes from run to run does not count, and the answer says so."""
    asks = """
    import pytest

    @pytest.mark.llmock(match="{level}")
    def test_say(llm_backend):
        llm_backend.complete_sync("Order {order}")
    """
    first, other = "0b0d0f64-1f0c-4f4e-9a51-6d0f0d8a7b11", "7d1c2c8e-57a5-4f0d-8f6e-0a3b1c2d3e4f"
    run("--llmock-record=once", test_chat=asks.format(level="exact", order=first))

    exact = run(test_chat=asks.format(level="exact", order=other))
    loose = run(test_chat=asks.format(level="normalised", order=other))

    exact.assert_outcomes(failed=1)
    exact.stdout.fnmatch_lines(["*It would match at level 'normalised': *"])
    loose.assert_outcomes(passed=1)
    loose.stdout.fnmatch_lines(["llmock: *test_say.yaml:5: matched at level 'normalised' only."])


def test_two_tests_on_one_named_cassette_keep_their_own_recordings(run, upstream, tape):
    """Two workers write into one file: it holds the union, and each test plays its own."""
    tests = """
    import pytest

    @pytest.mark.llmock(cassette="shared/chat")
    @pytest.mark.parametrize("word", ["one", "two", "three", "four"])
    def test_say(llm_backend, word):
        llm_backend.complete_sync("Hello")
        llm_backend.complete_sync(word)
    """
    run("--llmock-record=once", "-p", "xdist", "-n", "2", test_chat=tests).assert_outcomes(passed=4)
    upstream.stop()

    replayed = run("-p", "xdist", "-n", "2")

    replayed.assert_outcomes(passed=4)
    replayed.stdout.fnmatch_lines(["llmock: 8 calls (8 replayed), *"])
    assert tape("chat.yaml").count("\ninteraction: ") == 8


def test_a_stream_is_replayed_in_the_pieces_in_which_it_came(run, upstream):
    """Boundaries are kept, and so is what the client that asks without streaming gets of the same recording."""
    asks = """
    import json, pathlib
    import httpx

    BODY = {"model": "m", "messages": [{"role": "user", "content": "Count"}]}

    def test_say(llm_backend):
        url = llm_backend.base_url + "/chat/completions"
        lines = httpx.post(url, json={**BODY, "stream": True}).text.splitlines()
        whole = httpx.post(url, json=BODY).json()["choices"][0]["message"]["content"]
        chunks = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
        pieces = [c["choices"][0]["delta"].get("content", "") for c in chunks if c["choices"]]
        assert "".join(pieces) == whole
        kept = pathlib.Path("pieces.json")
        if kept.exists():
            assert json.loads(kept.read_text()) == pieces
        kept.write_text(json.dumps(pieces))
        assert len(pieces) > 3
    """
    run("--llmock-record=once", test_chat=asks).assert_outcomes(passed=1)
    upstream.stop()

    run().assert_outcomes(passed=1)


def test_secrets_of_the_environment_do_not_reach_the_file(run, upstream, tape, monkeypatch):
    """A key in a prompt stands in the cassette as a placeholder, and a machine with another key replays it."""
    asks = """
    import os

    def test_say(llm_backend):
        llm_backend.complete_sync("My key is " + os.environ["WEATHER_API_KEY"])
    """
    monkeypatch.setenv("WEATHER_API_KEY", "w34th3r-51d9-k3y")
    run("--llmock-record=once", test_chat=asks).assert_outcomes(passed=1)
    monkeypatch.setenv("WEATHER_API_KEY", "an0th3r-77aa-k3y")
    upstream.stop()

    replayed = run()

    replayed.assert_outcomes(passed=1)
    assert "w34th3r" not in tape()
    assert "My key is <redacted:WEATHER_API_KEY>" in tape()


@pytest.mark.parametrize(
    ("ini", "outcome", "line"),
    [
        (
            "llmock_on_expiry = warn",
            "passed",
            "llmock: *test_say.yaml:5: recorded [0-9]* days ago, longer than *",
        ),
        (
            "llmock_on_expiry = fail",
            "failed",
            "*its recording in * is [0-9]* days old, and max_age is 30 days *",
        ),
    ],
    ids=["warn", "fail"],
)
def test_an_expired_recording_warns_or_fails(run, upstream, pytester, ini, outcome, line):
    """Older than max_age: told, or refused with the command that renews it."""
    run("--llmock-record=once", test_chat=ONE_CALL)
    age(pytester, "2026-08-01")
    pytester.makeini(f"[pytest]\nllmock_max_age = 30d\n{ini}\n")

    result = run()

    result.assert_outcomes(**{outcome: 1})
    result.stdout.fnmatch_lines([line])


def test_an_expired_recording_is_renewed_in_place_where_recording_is_allowed(run, upstream, pytester, tape):
    """on_expiry = record asks again under `once` and `new`, and replays the old answer elsewhere."""
    run("--llmock-record=once", test_chat=TWO_CALLS)
    age(pytester, "2026-08-01")
    pytester.makeini("[pytest]\nllmock_max_age = 30d\nllmock_on_expiry = record\n")

    replayed = run()
    renewed = run("--llmock-record=once")

    replayed.stdout.fnmatch_lines(["llmock: 2 calls (2 replayed), *"])
    renewed.stdout.fnmatch_lines(["llmock: 2 calls (2 recorded), *"])
    assert tape().count("\ninteraction: ") == 2
    assert "2026-08-01" not in tape()


def age(pytester, day):
    """Let every recording be of that day."""
    for path in pytester.path.glob("cassettes/**/*.yaml"):
        head, *documents = path.read_text().split("---\n")
        old = [
            text[: text.index('{at: "') + 6] + day + text[text.index('{at: "') + 16 :] for text in documents
        ]
        path.write_text("---\n".join([head, *old]))

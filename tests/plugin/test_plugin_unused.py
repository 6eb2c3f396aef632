"""Recordings that nobody plays, and cassettes whose test is gone."""

import pytest

TWO_CALLS = """
    def test_say(llm_backend):
        llm_backend.complete_sync("Tell me about cassettes")
        llm_backend.complete_sync("Tell me more")
"""
ONE_CALL = """
    def test_say(llm_backend):
        llm_backend.complete_sync("Tell me about cassettes")
"""
UNUSED = "llmock: cassettes/test_chat/test_say.yaml: recording 2 was not played"
ORPHAN = "llmock: cassettes/test_chat/test_say.yaml: its test is gone"


@pytest.fixture
def recorded(run, upstream):
    """A cassette with two recordings of test_chat.py::test_say; the model is gone."""
    run("--llmock-record=once", test_chat=TWO_CALLS)
    upstream.stop()


def test_a_recording_that_was_not_played_is_reported(run, recorded):
    """The run passes, and its last lines name the file, the recording and what to do."""
    result = run(test_chat=ONE_CALL)

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [UNUSED, "llmock: remove them with --llmock-unused=prune, or say nothing with =ignore"]
    )


def test_unused_recordings_can_fail_the_run(run, recorded):
    """The tests pass, and the exit status is 1."""
    result = run("--llmock-unused=fail", test_chat=ONE_CALL)

    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_unused_recordings_can_be_removed(run, recorded, tape):
    """What was played stays as it was."""
    before = tape()

    result = run("--llmock-unused=prune", test_chat=ONE_CALL)

    result.stdout.fnmatch_lines([f"{UNUSED}, removed"])
    assert tape() == before[: before.rindex("---\n")]


def test_unused_recordings_can_be_ignored(run, recorded, tape):
    """Nothing is said and nothing changed."""
    result = run("--llmock-unused=ignore", test_chat=ONE_CALL)

    result.stdout.no_fnmatch_line("*not played*")
    assert tape().count("\ninteraction: ") == 2


@pytest.mark.parametrize(
    ("test", "outcome"),
    [
        (ONE_CALL + "        assert False\n", {"failed": 1}),
        ("import pytest\n" + ONE_CALL.replace("\n    ", "\n") + "    pytest.skip('later')\n", {"skipped": 1}),
    ],
    ids=["failed", "skipped"],
)
def test_a_test_that_did_not_pass_is_not_judged(run, recorded, test, outcome):
    """It may have stopped before it asked."""
    result = run(test_chat=test)

    result.assert_outcomes(**outcome)
    assert "not played" not in result.stdout.str()


def test_a_run_with_other_backends_is_not_judged(run, recorded):
    """With every backend mapped to the embedded one no recording is asked for; without the map one is missing."""
    mapped = run("--llmock-map=*=synthetic", test_chat=ONE_CALL)
    plain = run()

    mapped.assert_outcomes(passed=1)
    assert "not played" not in mapped.stdout.str()
    assert UNUSED in plain.stdout.str()


def test_a_cassette_without_its_test_is_reported(run, recorded, pytester):
    """A renamed or deleted test leaves its file behind: the whole run says so."""
    result = run(test_chat="def test_other(mock_api): pass")

    result.stdout.fnmatch_lines([ORPHAN])


@pytest.mark.parametrize(
    "args",
    [
        ["-k", "nothing_of_the_kind"],
        ["test_plain.py"],
        ["test_plain.py::test_plain"],
        ["-x"],
        ["--ignore=test_chat.py"],
        ["-o", "python_files=test_plain.py"],
        ["--setup-only"],
        ["--lf", "-p", "cacheprovider"],
    ],
    ids=lambda args: args[0],
)
def test_a_run_of_some_tests_knows_nothing_of_orphans(run, recorded, pytester, args):
    """What was not collected, or did not come to run, may still have a test."""
    (pytester.path / "test_chat.py").unlink()
    files = {
        "test_plain": "def test_plain(mock_api): pass",
        "test_zero": "def test_fails(mock_api): assert '-x' == ''",
    }

    result = run(*args, **files)

    result.stdout.no_fnmatch_line("*its test is gone*")


def test_orphans_are_found_across_workers(run, recorded, pytester):
    """Each worker collects every test, and the controller judges once."""
    (pytester.path / "test_chat.py").unlink()

    result = run("-p", "xdist", "-n", "2", test_plain="def test_plain(mock_api): pass")

    assert result.stdout.str().count("its test is gone") == 1


def test_nothing_is_judged_when_a_worker_has_died(run, recorded, pytester):
    """What its tests played is not known, so nothing is called an orphan."""
    (pytester.path / "test_chat.py").unlink()
    files = {"test_plain": "import os\ndef test_dies(mock_api): os._exit(1)\ndef test_plain(mock_api): pass"}

    died = run("-p", "xdist", "-n", "2", **files)
    whole = run("-p", "xdist", "-n", "2", test_plain="def test_plain(mock_api): pass")

    assert "crashed while running 'test_plain.py::test_dies'" in died.stdout.str()
    assert "its test is gone" not in died.stdout.str()
    assert ORPHAN in whole.stdout.str()


def test_unused_recordings_are_counted_across_workers(run, recorded):
    """The worker that ran the test tells the controller."""
    run("-p", "xdist", "-n", "2", test_chat=ONE_CALL).stdout.fnmatch_lines([UNUSED])


@pytest.mark.parametrize(
    "module",
    ["import pytest\npytest.skip('not here', allow_module_level=True)\n", "import nothing_of_the_kind\n"],
    ids=["skipped", "broken"],
)
def test_a_module_that_was_not_collected_hides_its_tests(run, recorded, tape, module):
    """Nobody knows which tests are in it."""
    run(
        "--continue-on-collection-errors",
        "--llmock-unused=prune",
        test_chat=module,
        test_a="def test_a(mock_api): pass",
    )

    assert tape()


def test_a_test_that_asks_for_its_fixture_while_it_runs_has_a_cassette(run, upstream, tape):
    """Its recordings are neither unused nor without a test."""
    text = "def test_say(request):\n    request.getfixturevalue('llm_backend').complete_sync('hello')\n"
    run("--llmock-record=once", test_chat=text, test_a="def test_a(mock_api): pass")
    upstream.stop()

    run("--llmock-unused=prune").assert_outcomes(passed=2)

    assert tape("test_say.yaml")


def test_a_cassette_that_names_no_test_is_nobodys_orphan(run, recorded, pytester, tape):
    """Servers and imports record for whoever comes."""
    (path,) = pytester.path.glob("cassettes/**/*.yaml")
    text = path.read_text().replace('test: "test_chat.py::test_say"', 'test: ""')
    path.with_name("serve.yaml").write_text(text)

    run("--llmock-unused=prune", test_chat=TWO_CALLS)

    assert tape("serve.yaml") == text


def test_cassettes_of_other_tools_are_left_alone(run, recorded, pytester):
    """They keep theirs in a folder of the same name."""
    other = pytester.path / "cassettes" / "vcr.yaml"
    other.write_text("interactions: []\nversion: 1\n")

    run("--llmock-unused=prune", test_chat=TWO_CALLS)

    assert other.exists()


def test_a_test_that_is_expected_to_fail_is_not_judged(run, recorded):
    """It may have failed before it asked."""
    result = run(
        test_chat="import pytest\n@pytest.mark.xfail\n"
        + ONE_CALL.replace("\n    ", "\n").strip()
        + "\n    assert False\n"
    )

    result.assert_outcomes(xfailed=1)
    assert "not played" not in result.stdout.str()


def test_a_reset_does_not_make_recordings_unused(run, recorded):
    """What was played before it was played."""
    text = TWO_CALLS.replace("(llm_backend)", "(llm_backend, llmock)").replace(
        'cassettes")', 'cassettes"); llmock.reset()'
    )

    result = run(test_chat=text)

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["llmock: 1 call (1 replayed), *"]
    )  # the journal was forgotten, the recordings not
    assert "not played" not in result.stdout.str()


def test_one_folder_for_all_cassettes_is_judged_by_runs_of_all_tests_only(run, upstream, pytester, tape):
    """The tests of a subfolder say nothing of the cassettes of another."""
    for name in ("a", "b"):
        pytester.mkdir(name).joinpath(f"test_{name}.py").write_text(
            f"def test_{name}(llm_backend):\n    llm_backend.complete_sync('{name}')\n"
        )
    run("--llmock-cassettes=cassettes", "--llmock-record=once")

    run("a", "--llmock-cassettes=cassettes", "--llmock-unused=prune")
    assert tape("test_b.yaml")

    (pytester.path / "b/test_b.py").unlink()
    run("--llmock-cassettes=cassettes", "--llmock-unused=prune")
    assert not tape("test_b.yaml")
    assert tape("test_a.yaml")

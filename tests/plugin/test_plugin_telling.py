"""What a failing test tells of faults, and a run that was given a script or chance."""

import re
import shlex

XDIST = ("-p", "xdist", "-n", "2")
SUITE = """
    import pytest

    @pytest.mark.parametrize("number", range(4))
    def test_it(llm_backend, number):
        for _ in range(5):
            llm_backend.complete_sync("Hello")

    def test_equal():
        from pytest_llmock import Message, Prompt, Text
        one, other = (Prompt((Message("user", (Text(text),)),)) for text in ("sk-proj-" + "a1B2c3D4" * 6, "b"))
        assert one == other
"""


def test_a_failing_test_names_its_faults_and_how_to_have_them_again(run):
    """And the run its number; the line really gives the same faults."""
    result = run("-p", "no:randomly", "--llmock-chaos=0.5", "--llmock-seed=7", test_it=SUITE)
    told = result.stdout.str()
    again = re.search(r"The same again: pytest (\S+) (\S+) (\S+)", told)
    first = re.findall(r"call \d+ \(CALL chat\): .*, by chaos", told.split("The same again")[0])

    second = run("-p", "no:randomly", again[1].strip("'"), *again.groups()[1:])

    assert first
    assert re.findall(r"call \d+ \(CALL chat\): .*, by chaos", second.stdout.str()) == first
    assert re.search(r"llmock: \d+ faults? injected \(", told)
    assert re.search(r"Prompt == Prompt: left → right\n.*message 1 \(user\): ", told)
    assert "a1B2c3D4a1B2c3D4" not in "\n".join(line for line in told.splitlines() if line.startswith("E "))


def test_the_line_to_reproduce_has_what_else_the_run_was_told(run):
    """Options by which tests are named, the seed, and the path as it is seen from here."""
    text = "import pytest\n@pytest.mark.parametrize('x', ['a b'])\ndef test_it(llm_backend, x):\n    assert llm_backend.complete_sync('Hi').text == 'No.'\n"  # fmt: skip
    options = [
        "--llmock-backend=scripted",
        "--llmock-backend=synthetic",
        "--llmock-lax",
        "--llmock-chaos=1.0",
    ]

    told = run("--rootdir=..", *options, test_it=text).stdout.str()

    again = [shlex.split(line)[4:] for line in re.findall(r"The same again: .*", told)]
    assert again == [
        [f"test_it.py::test_it[{name}-a b]", *options, "--llmock-seed=0"]
        for name in ("scripted", "synthetic")
    ]


def test_a_fixture_that_fails_names_its_faults_too(run):
    """What strikes before the test is no less a riddle."""
    text = """
        import pytest

        @pytest.fixture
        def greeting(llm_backend):
            return llm_backend.complete_sync("Hello")

        @pytest.mark.llmock(faults=[429])
        def test_it(greeting):
            pass
    """

    result = run(test_it=text)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*llmock faults*", "call 1 (CALL chat): 429"])


def test_a_script_that_cannot_be_read_is_a_usage_error(run):
    """Before the first test, with file and place."""
    text = "def test_it(llm_backend):\n    pass\n"

    result = run("--llmock-script=none.yaml", test_it=text)

    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: llmock: The script file *none.yaml cannot be read: *"])


def test_chance_strikes_the_same_calls_on_any_number_of_workers(run):
    """It hangs on the seed, the test and the call alone."""
    once, many = (run(*more, "--llmock-chaos=0.5", test_it=SUITE).stdout.str() for more in ((), XDIST))

    faults = [sorted(re.findall(r"call \d+ \(CALL chat\): .*, by chaos", told)) for told in (once, many)]
    assert faults[0] == faults[1] != []


def test_a_failing_test_names_the_calls_that_failed(run):
    """What the client did not look at is told, but not what the failure itself says."""
    told = run(
        test_it="""
        def test_it(mock_api, llmock):
            def down(prompt):
                raise OSError("the line is dead, sk-proj-" + "a1B2c3D4" * 6)
            llmock.backends.add("down", down)
            for _ in range(11):
                answer = mock_api.get("/users", headers={"X-LLM-Backend": "down"}).json()
            assert answer["users"]

        def test_refused(mock_api):
            assert mock_api.get("/users?backend=nobody").json()["users"]
    """
    ).stdout.str()

    failed, refused = told.split("test_refused", 1)
    assert "calls that failed" in failed
    assert re.search(r"call 1 \(GET /api/mock/users\): 50\d: .*the line is dead, <redacted", failed)
    assert "… and 1 more" in failed
    assert "calls that failed" not in refused
    assert "Backend 'nobody' is not configured" in refused

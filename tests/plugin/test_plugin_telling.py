"""What a failing test tells of faults, and a run that was given a script or chance."""

import re

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


def test_a_script_that_cannot_be_read_is_a_usage_error(run):
    """Before the first test, with file and place."""
    text = "def test_it(llm_backend):\n    pass\n"

    result = run("--llmock-script=none.yaml", test_it=text)

    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: llmock: The script file *none.yaml cannot be read: *"])

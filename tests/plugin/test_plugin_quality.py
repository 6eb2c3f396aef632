"""`quality_gate` in real runs: failures, judges, baselines, and the quality floor of a run."""

import json

import pytest

GATES = """
    SHAPE = {"name": "string", "age": 0}

    def test_good(quality_gate):
        assert quality_gate({"name": "Ann", "age": 30}, shape=SHAPE).passed

    def test_fair(quality_gate):
        quality_gate({"name": "Ann", "age": -1}, shape=SHAPE, threshold=0.5, rules=["Be nice"])
"""


def test_a_gate_fails_its_test_with_every_issue_and_without_our_frames(run_anew):
    """And needs neither server nor session."""
    result = run_anew(
        test_it="""
    import sys

    def test_bad(quality_gate):
        assert not {"uvicorn", "starlette"} & sys.modules.keys()
        quality_gate({"name": "string", "age": "x"}, shape={"name": "string", "age": 0})

    def test_wrong(quality_gate):
        quality_gate({}, threshold=80)
    """
    )

    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            ">       quality_gate({*",
            "E       AssertionError: quality 0.500 of 1 record, below the threshold of 0.8",
            "E         = (completeness 1.000 + validity 0.500 + realism 0.000) / 3",
            "E         realism: /name is 'string', a placeholder",
            "E         validity: /age is 'x', which is not of type integer",
            "",
            "test_it.py:5: AssertionError",
            ">       quality_gate({}, threshold=80)",
            "E       pytest_llmock.errors.SettingsError: threshold=80: give a number from 0 to 1. Did you mean 0.8?",
            "",
            "test_it.py:8: SettingsError",
            "llmock: quality 0.500 on average of 1 gate, lowest 0.500 in test_it.py::test_bad",
        ]
    )


def test_a_run_tells_its_quality_and_the_rules_that_nobody_checked(run):
    """One line for all gates, one for each such rule."""
    result = run("--llmock-min-quality=0.9", test_it=GATES)

    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(
        [
            "llmock: quality 0.916 on average of 2 gates, lowest 0.833 in test_it.py::test_fair",
            'llmock: test_it.py::test_fair: "Be nice": not checked: no judge',
        ]
    )


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n2")], ids=["one process", "workers"])
def test_a_run_below_its_quality_floor_fails_with_the_figure(run, workers):
    """Every test passed, and still the data was not good enough on average."""
    result = run("--llmock-min-quality=0.92", *workers, test_it=GATES)

    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "llmock: The quality of the run is below its floor: 0.916 on average, and --llmock-min-quality is 0.92. *"
        ]
    )


def test_a_floor_that_nothing_was_held_against_is_told(run):
    """Nobody believes that it was kept."""
    result = run("--llmock-min-quality=0.92", test_it="def test_it():\n    pass\n")

    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["llmock: no test used quality_gate: min_quality was held against nothing"])


def test_a_wrong_floor_is_a_usage_error_when_tests_are_collected(run, monkeypatch):
    """From the environment, too."""
    monkeypatch.setenv("LLMOCK_MIN_QUALITY", "80")

    result = run(test_it=GATES)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ['ERROR: llmock: Environment variable LLMOCK_MIN_QUALITY is "80", which is more than 1.*']
    )


def test_a_judge_answers_in_any_kind_of_test(run):
    """The journal has the call, and only a judge starts the server."""
    result = run(
        "-p", "anyio",
        test_it="""
    import pytest

    @pytest.mark.llmock(backend="synthetic")
    def test_sync(quality_gate, llmock):
        report = quality_gate({"name": "Ann"}, rules=["Be nice"], judge="synthetic")

        assert [str(rule) for rule in report.rules] == ['"Be nice": by backend synthetic']
        assert [call.method for call in llmock.calls] == ["JUDGE"]

    @pytest.mark.anyio
    async def test_async(quality_gate):
        assert quality_gate({"name": "Ann"}, judge="synthetic").metrics == {"judge": 1}

    def test_unknown(quality_gate):
        quality_gate({"name": "Ann"}, rules=["name is required"], judge="synthtic")
    """,
    )  # fmt: skip

    result.assert_outcomes(passed=3, failed=1)  # anyio runs a test on each of its loops
    result.stdout.fnmatch_lines(
        ["E       *RefusedError: Backend 'synthtic' is not configured. Did you mean 'synthetic'?*"]
    )


def test_the_verdict_of_a_live_judge_is_recorded_and_replayed(run, upstream, tape):
    """CI needs no judge."""
    text = """
    def test_it(quality_gate):
        print(quality_gate({"name": "Ann"}, rules=["Be nice"], judge="up", threshold=0))
    """
    first = run("--llmock-record=once", "-s", test_it=text)
    upstream.stop()

    again = run("-s", test_it=text)

    for result in (first, again):
        result.assert_outcomes(passed=1)
        result.stdout.fnmatch_lines(["*= (completeness * + judge 0.???) / 4", '*"Be nice": by backend up'])
    assert "Be nice" in tape()


def test_a_baseline_is_recorded_once_and_compared_with_afterwards(run, pytester):
    """Beside the tests; the record mode says who may write."""
    text = """
    import pytest

    AGE = 30

    @pytest.mark.parametrize("name", ["a", "b"])
    def test_it(quality_gate, name):
        quality_gate({"name": "Ann", "age": AGE}, baseline=name)
    """
    run(test_it=text).assert_outcomes(failed=2)
    run("--llmock-record=once", "-p", "xdist", "-n2", test_it=text).assert_outcomes(passed=2)
    run(test_it=text).assert_outcomes(passed=2)

    result = run(test_it=text.replace("30", "-1"))

    assert sorted(json.loads((pytester.path / "baselines/test_it.json").read_text())) == ["a", "b"]
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        ["E       AssertionError: It fell from 1 to 0.833333 (realism 1 * 0.5), by more than 0.02*"]
    )

"""`quality_gate` without pytest around it: thresholds, judges, baselines."""

import pytest

from pytest_llmock.cassettes.baselines import Baselines
from pytest_llmock.errors import CassetteError, RefusedError, RequestError, SessionClosedError, SettingsError
from pytest_llmock.patterns.judge import Verdict
from pytest_llmock.server.graded import QualityGrader
from pytest_llmock.session.hosting import judge as judge_sync

USER = {"name": "string", "age": 0}
ANN = {"name": "Ann", "age": 30}


@pytest.fixture
def grader(tmp_path):
    """A gate whose judge says what it is told, `.asked` what it was asked, `.noted` each gate's report."""

    def make(verdict=None, mode="none"):
        asked, noted = [], []

        def judging(backend, data, rules):
            asked.append((backend, data, tuple(rules)))
            return verdict

        def check(backend):
            if backend != "wise":
                raise RefusedError(f"Backend '{backend}' is not configured.")

        baselines = Baselines(tmp_path / "b.json", mode, tmp_path)
        grader = QualityGrader(judging, check, lambda: baselines, noted.append)
        return grader, asked, noted

    return make


def test_good_data_passes_with_its_report(grader):
    """And the run notes it."""
    gate, _, noted = grader()

    report = gate(ANN, shape=USER)

    assert (report.passed, report.score, report.threshold) == (True, 1, 0.8)
    assert noted == [report]
    assert repr(gate) == "<quality_gate>"


def test_data_below_the_threshold_fails_with_every_issue(grader):
    """The assertion is the explanation."""
    gate, _, noted = grader()

    with pytest.raises(AssertionError) as caught:
        gate({"name": "string", "age": "x"}, shape=USER)

    assert str(caught.value) == (
        "quality 0.500 of 1 record, below the threshold of 0.8\n"
        "  = (completeness 1.000 + validity 0.500 + realism 0.000) / 3\n"
        "  realism: /name is 'string', a placeholder\n"
        "  validity: /age is 'x', which is not of type integer"
    )
    assert [report.passed for report in noted] == [False]


def test_score_only_scores(grader):
    """Nothing fails, and no figure of the run."""
    gate, _, noted = grader()

    assert gate.score({"name": "string", "age": "x"}, shape=USER).score == 0.5
    assert noted == []


def test_a_judge_is_asked_about_what_is_not_checked_locally(grader):
    """Its score is one more metric, its issues are reasons, and the report says who checked what."""
    gate, asked, _ = grader(Verdict(0.5, passed=False, issues=("/name is rude",)))

    report = gate.score(ANN, rules=["Be nice", "Verify email formats"], judge="wise", weights={"judge": 3})

    assert asked == [("wise", ANN, ("Be nice",))]
    assert report.metrics == {"judge": 0.5}
    assert report.score == 0.75
    assert [str(issue) for issue in report.issues] == ["judge: the data /name is rude"]
    assert [rule.how for rule in report.rules] == ["by backend wise", "checked locally"]


def test_a_judge_with_nothing_left_to_check_is_not_asked(grader):
    """Nothing is paid for what is known."""
    gate, asked, _ = grader()

    report = gate.score(ANN, rules=["Verify email formats"], judge="wise")

    assert (asked, report.metrics) == ([], {})


def test_a_judge_that_does_not_exist_is_refused_although_nobody_would_ask_it(grader):
    """The misspelling would show itself with the first rule that it has to check."""
    gate, _, noted = grader()

    with pytest.raises(RefusedError, match="Backend 'wize' is not configured"):
        gate(ANN, rules=["Verify email formats"], judge="wize")

    assert noted == []


def test_a_judge_without_rules_is_asked_about_the_data(grader):
    """An opinion was wanted."""
    gate, asked, _ = grader(Verdict(1, passed=True))

    assert gate.score(ANN, judge="wise").metrics == {"judge": 1}
    assert asked == [("wise", ANN, ())]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"threshold": 80}, "threshold=80: give a number from 0 to 1. Did you mean 0.8?"),
        ({"tolerance": -1}, "tolerance=-1: give a number from 0 to 1."),
        ({"baseline": ""}, "baseline= takes a name, such as 'users', not ''."),
        ({"judge": " "}, "judge= takes the name of a backend, not ' '."),
        ({"judge": "wise", "metrics": {"judge": len}}, "'judge' is the metric of the judge: call yours otherwise."),
        ({"judge": "wise", "weights": {"x": 1}}, "weights= names 'x', which is no metric. Known: completeness, realism, validity."),
    ],
)  # fmt: skip
def test_bad_arguments_are_refused_before_anybody_is_asked(grader, arguments, message):
    """Nothing is paid for a typing error."""
    gate, asked, noted = grader()

    with pytest.raises(SettingsError) as caught:
        gate(ANN, **arguments)

    assert (caught.value.message, asked, noted) == (message, [], [])


def test_bad_data_is_refused_by_score_too(grader):
    """As by the gate."""
    gate, _, _ = grader()

    with pytest.raises(RequestError, match="not JSON: /a is of type set"):
        gate.score({"a": set()})


def test_a_fall_since_the_baseline_fails(grader):
    """Above the threshold, and still worse than it was."""
    grader(mode="once")[0](ANN, shape=USER, baseline="ann")
    gate, _, _ = grader()

    assert gate(ANN, shape=USER, baseline="ann").passed
    with pytest.raises(AssertionError, match=r"^It fell from 1 to 0\.833333 \(realism 1 → 0\.5\)"):
        gate({**ANN, "age": -1}, shape=USER, baseline="ann")
    assert gate({**ANN, "age": -1}, shape=USER, baseline="ann", tolerance=0.5).passed


def test_a_baseline_that_nobody_recorded_is_refused(grader):
    """With the command to run."""
    with pytest.raises(CassetteError, match="To record it: pytest --llmock-record=once"):
        grader()[0](ANN, baseline="ann")


def test_a_failed_gate_records_no_baseline(grader, tmp_path):
    """What is not good enough is nothing to compare with."""
    with pytest.raises(AssertionError):
        grader(mode="all")[0]({}, shape=USER, baseline="ann")

    assert not (tmp_path / "b.json").exists()


def test_the_embedded_generator_is_a_judge(opened, runtime):
    """It really checks, and the journal has the call."""
    session = opened()

    verdict = judge_sync(session, "synthetic", {"email": "x"}, ["Verify email formats"])

    assert verdict.score < 1
    assert verdict.issues == ("email: is 'x', which is not an e-mail address",)
    [call] = session.calls
    assert (call.face, call.method, call.path, call.status, call.backend) == ("python", "JUDGE", "/quality/judge", 200, "synthetic")  # fmt: skip
    assert call.prompt.sampling.temperature == 0


def test_a_judge_that_does_not_exist_is_refused_and_fails_the_test(opened, runtime):
    """As every unknown backend."""
    session = opened()

    with pytest.raises(RefusedError, match="Backend 'synthtic' is not configured. Did you mean 'synthetic'"):
        judge_sync(session, "synthtic", 1, [])

    assert len(session.failures) == 1
    assert session.calls[0].status == 400


def test_an_error_of_the_judge_is_raised_and_noted(opened, runtime):
    """The caller sees the real one."""
    session = opened()
    session.backends.add("broken", lambda prompt: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        judge_sync(session, "broken", 1, [])

    assert session.calls[0].error == "ZeroDivisionError: division by zero"


def test_a_judge_is_not_asked_for_a_test_that_is_over(opened, runtime):
    """Its backends are gone."""
    session = opened()
    runtime.end(session)

    with pytest.raises(SessionClosedError, match="ask its backend while it runs"):
        judge_sync(session, "synthetic", 1, [])

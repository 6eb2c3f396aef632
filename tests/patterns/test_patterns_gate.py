"""QualityGate: what passes, what is refused, and what is handed over to be corrected."""

import pytest
from hosts import Canned

from pytest_llmock.errors import OffShapeError, ShapeError, StepFailed
from pytest_llmock.patterns.gate import QualityGate
from pytest_llmock.patterns.maker import Patterns
from pytest_llmock.patterns.pipeline import Pipeline
from pytest_llmock.patterns.stage import Stage

SHAPE = {"name": "string", "email": "email", "age": 0}
GOOD = {"name": "Ann Lee", "email": "ann.lee@example.com", "age": 31}
BAD = {"name": "Ann Lee", "email": "nobody", "age": -5}
WORSE = {"name": "string", "email": "nobody", "age": -5}


def test_good_data_passes_unchanged():
    """Nobody is asked."""
    host = Canned({})

    result = Pipeline(QualityGate(shape=SHAPE, on_fail=Stage("fix"))).bound(host).run_sync(GOOD)

    assert (result.value, result.ok, host.asked) == (GOOD, True, [])


def test_bad_data_is_refused_with_every_issue():
    """As a failed step, in the pipeline that it guards."""
    with pytest.raises(StepFailed) as caught:
        Pipeline(lambda data: data, QualityGate(0.9, shape=SHAPE)).run_sync(BAD)

    cause = caught.value.__cause__
    assert isinstance(cause, OffShapeError)
    assert caught.value.path == ("Pipeline", "QualityGate")
    assert (
        ", below 0.9: /email: is 'nobody', which is not a valid email; /age: is -5, which is no age"
        in str(cause)
    )


def test_many_issues_are_counted():
    """A message has its bounds."""
    with pytest.raises(StepFailed, match="; and 20 more. Its input"):
        QualityGate(1.0, shape=[SHAPE]).run_sync([BAD] * 20)


@pytest.mark.parametrize(
    ("shape", "rules"),
    [(SHAPE, ()), (None, ["Verify email formats"]), (None, ())],
    ids=["shape", "rules", "common-sense"],
)
def test_shape_rules_and_common_sense_find_what_is_wrong(shape, rules):
    """Each of them alone, too."""
    with pytest.raises(StepFailed, match="/email: is 'nobody', which is not"):
        QualityGate(0.9, shape, rules).run_sync(BAD)


def test_who_corrects_gets_the_data_and_the_issues():
    """And what it makes goes on, when it passes."""
    seen = []

    def fix(given):
        seen.append(given)
        return GOOD

    result = QualityGate(0.9, shape=SHAPE, on_fail=fix).run_sync(BAD)

    assert (result.value, result.ok, seen[0]["data"]) == (GOOD, True, BAD)
    assert seen[0]["issues"] == [
        "/email: is 'nobody', which is not a valid email",
        "/age: is -5, which is no age (0 to 130)",
    ]


@pytest.mark.parametrize(("made", "kept"), [(WORSE, BAD), (BAD | {"name": "Ann"}, BAD | {"name": "Ann"})])
def test_what_is_still_bad_goes_on_marked(made, kept):
    """The better of the two, of equals what was made; the correction is asked for once."""
    calls = []

    def fix(given):
        calls.append(given)
        return made

    result = QualityGate(0.9, shape=SHAPE, on_fail=fix).run_sync(BAD)

    assert (result.value, result.ok, len(calls)) == (kept, False, 1)
    assert result.issues[0].endswith(", below 0.9")


@pytest.mark.parametrize("threshold", [-1, 2, "0.8", None, False])
def test_a_threshold_outside_0_to_1_is_refused(threshold):
    """When it is built."""
    with pytest.raises(ValueError, match="^QualityGate: threshold is .*: give a number from 0 to 1.$"):
        QualityGate(threshold)


@pytest.mark.parametrize("rules", ["Verify email formats", 3, None], ids=repr)
def test_rules_that_are_no_list_are_refused(rules):
    """When it is built."""
    with pytest.raises(TypeError, match="^QualityGate: rules= takes a list of texts, not"):
        QualityGate(rules=rules)


@pytest.mark.parametrize("rules", [[3], [""], ["  "]], ids=repr)
def test_a_rule_that_is_no_sentence_is_refused(rules):
    """When it is built."""
    with pytest.raises(
        TypeError, match="^QualityGate: a rule is a sentence such as 'Verify email formats', not"
    ):
        QualityGate(rules=rules)


def test_a_rule_that_nobody_understands_is_refused():
    """Nobody would check it."""
    with pytest.raises(ValueError, match="^QualityGate: the rule 'Be nice' is not understood here."):
        QualityGate(rules=["Be nice"])


def test_a_shape_that_means_nothing_is_refused():
    """When it is built."""
    with pytest.raises(ShapeError, match="^QualityGate: "):
        QualityGate(shape={"a": object()})


def test_it_shows_and_draws_itself():
    """Its repr is what one writes."""
    gate = Patterns(Canned()).gate(0.9, {"a": 0}, ["Verify email formats"], Stage("fix"))

    assert (
        repr(gate) == "QualityGate(0.9, shape={'a': 0}, rules=['Verify email formats'], on_fail=Stage('fix'))"
    )
    assert repr(QualityGate()) == "QualityGate(0.8)"
    assert 'n2{"quality at least 0.9?"}' in gate.to_mermaid()
    assert 'n2 -- "passes" --> n3' in QualityGate().to_mermaid()


def test_a_gate_is_what_it_was_when_it_was_made():
    """Whatever becomes of its shape."""
    shape = {"a": 0}
    gate = QualityGate(1, shape=shape)

    shape["b"] = 0

    assert gate.run_sync({"a": 1}).ok

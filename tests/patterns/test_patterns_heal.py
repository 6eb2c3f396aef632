"""SelfHeal: process, validate, heal, and what happens when the step raises."""

import pytest
from hosts import Canned
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.errors import DeadlineError, RefusedError, StepFailed
from pytest_llmock.patterns.heal import SelfHeal
from pytest_llmock.patterns.maker import Patterns
from pytest_llmock.patterns.stage import Stage


class Patient:
    """Steps that count: a value is a number, and the n-th check finds as many issues as `counts` says."""

    def __init__(self, *counts, raising=()):
        self.counts, self.raising, self.calls, self.given = iter(counts), iter(raising), [], []

    def process(self, data):
        self.calls.append("process")
        if next(self.raising, False):
            raise ValueError(f"cannot process {data}")
        return data + 1

    def check(self, value):
        self.calls.append("validate")
        return [f"issue {number} of {value}" for number in range(next(self.counts))]

    def heal(self, given):
        self.calls.append("heal")
        self.given.append(given)
        return given["data"] + 10


def healed(patient, most=3):
    return SelfHeal(patient.process, patient.check, patient.heal, most).run_sync(0)


def test_what_is_healed_is_processed_again():
    """As in the seed's loop."""
    patient = Patient(1, 0)

    result = healed(patient)

    assert (result.value, result.ok) == (12, True)
    assert patient.calls == ["process", "validate", "heal", "process", "validate"]
    assert patient.given == [{"data": 1, "issues": ["issue 0 of 1"]}]


def test_what_is_healed_last_is_only_validated():
    """The step has had its attempts."""
    patient = Patient(2, 2, 0)

    result = healed(patient, most=2)

    assert (result.value, result.ok) == (22, True)
    assert patient.calls[-3:] == ["validate", "heal", "validate"]
    assert (patient.calls.count("process"), patient.calls.count("heal")) == (2, 2)


def test_a_loop_that_gives_up_keeps_the_best():
    """And says what is left."""
    result = healed(Patient(3, 1, 2, 2))

    assert (result.value, result.ok, result.issues) == (12, False, ("issue 0 of 12",))


def test_a_step_that_raises_is_healed_by_its_input_and_its_error():
    """Then it is tried again with what came of that."""
    patient = Patient(0, raising=[True])

    result = healed(patient)

    assert (result.value, result.ok) == (11, True)
    (given,) = patient.given
    assert given["data"] == 0
    assert [issue.rstrip(".") for issue in given["issues"]] == [
        "Step 'process' failed: ValueError: cannot process 0"
    ]


def test_a_step_that_always_raises_is_raised_with_its_last_error():
    """There is no value; nothing is healed that nobody would process."""
    patient = Patient(raising=[True] * 3)

    with pytest.raises(StepFailed, match="cannot process 20") as caught:
        healed(patient)

    assert patient.calls == ["process", "heal", "process", "heal", "process"]
    assert caught.value.path == ("SelfHeal", "process")


def test_a_step_that_raises_after_it_had_succeeded_leaves_that_value():
    """With its issues."""
    result = healed(Patient(1, raising=[False, True, True]))

    assert (result.value, result.issues) == (1, ("issue 0 of 1",))


@pytest.mark.parametrize("error", [RefusedError("no"), DeadlineError("late")], ids=["refused", "deadline"])
def test_what_no_healing_helps_is_raised_at_once(error):
    """Nobody is asked to heal."""
    host = Canned(error)

    with pytest.raises(StepFailed):
        SelfHeal(Stage("process"), lambda value: [], Stage("heal")).bound(host).run_sync({})

    assert len(host.asked) == 1


@given(
    st.lists(st.integers(0, 3), min_size=7, max_size=7),
    st.lists(st.booleans(), max_size=6),
    st.integers(1, 5),
)
def test_it_ends_within_its_bounds(counts, raising, most):
    """Whatever the validator says, and whenever the step raises."""
    patient = Patient(*counts, raising=raising)

    try:
        result = healed(patient, most)
    except StepFailed:
        assert all(raising[:most])
    else:
        checked = counts[: patient.calls.count("validate")]
        assert len(result.issues) == min(checked)
        assert patient.calls.count("validate") <= most + 1
    assert patient.calls.count("process") <= most
    assert patient.calls.count("heal") <= most


def test_a_bound_that_is_none_is_refused():
    """When it is built."""
    with pytest.raises(ValueError, match="^SelfHeal: max_attempts is 0: give a whole number, 1 or more.$"):
        SelfHeal(lambda data: 1, {"a": 1}, lambda given: 1, 0)


def test_it_shows_and_draws_its_parts():
    """Its repr is what one writes; the drawing leads back to the step."""
    loop = Patterns(Canned()).self_heal(Stage("process"), ["Verify email formats"], Stage("heal"), 2)

    assert repr(loop) == "SelfHeal(Stage('process'), ['Verify email formats'], Stage('heal'), max_attempts=2)"
    assert "n5 --> n2" in loop.to_mermaid()
    assert len(loop.parts) == 3

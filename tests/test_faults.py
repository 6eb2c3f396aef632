"""Faults as values."""

import pytest

from pytest_llmock.errors import BackendError
from pytest_llmock.faults import KINDS, Fault, Strikes, fault_from, fault_of


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        pytest.param("429", Fault("status", status=429), id="a status as text"),
        pytest.param(503, Fault("status", status=503), id="a status"),
        pytest.param("cut@3", Fault("cut", after=3), id="a kind and events"),
        pytest.param("503@2", Fault("status", status=503, after=2), id="a status in the middle"),
        pytest.param(
            {"status": 429, "retry_after": 1, "times": 2},
            Fault("status", status=429, retry_after=1, times=2),
            id="a mapping with a status",
        ),
        pytest.param(
            {"fault": "timeout", "seconds": 0.5, "at": "backend"},
            Fault("timeout", seconds=0.5, at="backend"),
            id="a mapping with a kind",
        ),
        pytest.param(Fault("empty"), Fault("empty"), id="a fault"),
    ],
)
def test_a_fault_is_read(said, fault):
    """From a text, a status, a mapping."""
    assert fault_of(said) == fault


@pytest.mark.parametrize(
    ("said", "message"),
    [
        pytest.param(
            "cutt@3",
            "There is no fault 'cutt'. Did you mean 'cut'? A status is a fault too: '429'.",
            id="no kind",
        ),
        pytest.param("200", "The fault status has status=200: give a status from 400 to 599.", id="no error"),
        pytest.param(
            {"status": 429, "retry": 1}, "A fault has no key 'retry'. Did you mean 'retry_after'?", id="no key"
        ),
        pytest.param(
            {"times": 2},
            "A fault says what goes wrong: {'status': 429}, or {'fault': 'cut', 'after': 3}.",
            id="nothing goes wrong",
        ),
        pytest.param(
            {"fault": "cut", "seconds": 1},
            "The fault cut takes no seconds. It takes after, at, times.",
            id="a field of another kind",
        ),
        pytest.param(
            {"status": 429, "times": 0},
            "The fault status has times=0: give a whole number from 1 up, or None for every call.",
            id="never",
        ),
        pytest.param(
            True,
            "A fault is a status (429), a text such as 'cut@3' or a mapping such as {'status': 429}, not True.",
            id="another type",
        ),
        pytest.param({"fault": "status"}, "The fault status needs one: Fault('status', status=503), or '503'.", id="no status"),
    ],
)  # fmt: skip
def test_what_is_no_fault_is_refused_with_the_nearest(said, message):
    """The message says what would have worked."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole message is asserted
        fault_of(said)

    assert str(caught.value) == message


def test_an_unknown_kind_is_refused_by_the_value_itself():
    """Whoever makes one in code is told, too."""
    with pytest.raises(ValueError, match=r"There is no fault 'slow'\. "):
        Fault("slow")


@pytest.mark.parametrize("said", [{}, {"status": 429, "fault": "cut"}], ids=["nothing", "both"])
def test_fail_wants_a_status_or_a_fault(said):
    """Not both, not none."""
    with pytest.raises(ValueError, match="Say what fails: a status, .fail"):
        fault_from(said.get("status"), fault=said.get("fault"))


def test_what_fail_says_lies_over_the_fault():
    """Arguments win over the words of a fault; None as times is every call."""
    fault = fault_from(None, fault="cut", after=2, times=None)

    assert fault == Fault("cut", after=2, times=None)
    assert fault_from(429, fault=None, times=3, retry_after=1).times == 3
    assert fault_from(None, fault=fault, times=1) == Fault("cut", after=2)


def test_a_word_that_fail_does_not_know_is_refused_with_the_nearest():
    """As in a mapping."""
    with pytest.raises(ValueError, match=r"A fault has no key 'retry_afer'\. Did you mean 'retry_after'\?"):
        fault_from(429, retry_afer=1)


def test_the_client_of_an_api_gets_the_status():
    """Behind the pool it is a failed upstream instead."""
    here, behind = fault_of("429").error(), fault_of({"status": 429, "at": "backend"}).error()

    assert (here.status, here.failure.status, here.failure.kind) == (429, 429, "status")
    assert (behind.status, behind.failure.status) == (502, 429)
    assert here.message == "Too Many Requests: a fault that the test injected (429)."
    assert fault_of("599").error().message == "Status 599: a fault that the test injected (599)."


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "status"])
def test_every_kind_can_be_said_as_an_error(kind):
    """What a client would raise: of our own kinds of failure."""
    error = Fault(kind).error()

    assert isinstance(error, BackendError)
    assert error.failure.kind in ("timeout", "cut", "protocol")


def test_a_fault_is_shown_in_short():
    """In reports and journals."""
    fault = fault_of({"status": 429, "retry_after": 1})

    assert (str(fault), repr(fault)) == ("429", "<Fault 429, retry_after=1>")
    assert repr(Strikes([fault, fault_of("cut@3")])) == "<Strikes 429, cut@3>"


def test_strikes_are_in_a_row():
    """Each as often as it says; renewed they begin again."""
    strikes = Strikes([fault_of({"status": 429, "times": 2})])
    strikes.add(fault_of("empty"))

    taken = [str(strikes.take()) for _ in range(4)]
    strikes.renew()

    assert taken == ["429", "429", "empty", "None"]
    assert (bool(strikes), str(strikes.take())) == (True, "429")


def test_a_strike_of_words_waits_where_vectors_are_asked_for():
    """It is not used up, and those after it wait their turn."""
    strikes = Strikes([fault_of("refusal"), fault_of("429")])

    taken = [str(strikes.take(operation)) for operation in ("embed", "chat", "embed")]

    assert taken == ["None", "refusal", "429"]


def test_a_strike_without_end_goes_on():
    """None as times is every call."""
    strikes = Strikes([Fault("empty", times=None)])

    assert [str(strikes.take()) for _ in range(3)] == ["empty"] * 3
    assert bool(strikes) is True

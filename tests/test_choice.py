import pytest

from pytest_llmock.choice import MARKER, RECORD_MODES, Choice, check_marker, check_supported, choose
from pytest_llmock.config import load_settings
from pytest_llmock.errors import SettingsError


@pytest.fixture
def settings(tmp_path):
    """Settings as they come from a command line and an environment."""

    def load(**given):
        environ = given.pop("environ", {})
        return load_settings(tmp_path, environ=environ, command_line=given)

    return load


def choice(settings, marker=None, *, named=None, in_ci=False):
    return choose(settings, marker or {}, named=named, test="t.py::t", in_ci=in_ci)


def test_without_anything_a_test_is_strict_and_not_live(settings):
    """The defaults refuse rather than guess."""
    expected = Choice("", {}, strict=True, record="none", seed=0, test="t.py::t")
    assert choice(settings()) == expected


def test_the_marker_says_what_a_test_is(settings):
    """Backend, seed and strictness of the marker win over those of the run."""
    run = settings(backend=["alpha"], seed=1, strict=True)

    chosen = choice(run, {"backend": "beta", "seed": 2, "strict": False}, named="alpha")

    assert (chosen.backend, chosen.seed, chosen.strict) == ("beta", 2, False)


@pytest.mark.parametrize(
    ("given", "marker", "skips"),
    [
        pytest.param({}, {}, False, id="nobody says so"),
        pytest.param({"skip_unhealthy": True}, {}, True, id="the run"),
        pytest.param({"skip_unhealthy": True}, {"skip_unhealthy": False}, False, id="marker over run"),
        pytest.param({}, {"skip_unhealthy": True}, True, id="the marker"),
    ],
)
def test_a_test_or_the_run_says_that_it_skips_without_its_backend(settings, given, marker, skips):
    """The marker knows its test better than the run does."""
    assert choice(settings(**given), marker).skip_unhealthy is skips


def test_the_round_of_a_run_with_several_backends_names_the_backend(settings):
    """Each round is one of the named backends; without rounds it is the first."""
    run = settings(backend=["alpha", "beta"])

    assert choice(run, named="beta").backend == "beta"
    assert choice(run).backend == "alpha"


def test_lax_is_a_setting_too(settings):
    """What the run says holds where the marker is silent."""
    assert choice(settings(strict=False)).strict is False


@pytest.mark.parametrize(
    ("given", "marker", "mode"),
    [
        pytest.param({}, {"record": "off"}, "off", id="marker over default"),
        pytest.param({"record": "none"}, {"record": "off"}, "none", id="command line over marker"),
        pytest.param(
            {"environ": {"LLMOCK_RECORD": "off"}}, {"record": "new"}, "off", id="environment over marker"
        ),
        pytest.param({"record": "off"}, {"record": "none"}, "none", id="a marker's none is never loosened"),
        pytest.param({}, {"record": "new_episodes"}, "new", id="alias"),
    ],
)
def test_how_a_run_acts_follows_command_line_and_environment_first(settings, given, marker, mode):
    """The record mode is the run's, but for a marker that forbids."""
    assert choice(settings(**given), marker).record == mode


@pytest.mark.parametrize(
    ("given", "mode"),
    [
        pytest.param({"record": "off"}, "off", id="command line"),
        pytest.param({"environ": {"LLMOCK_RECORD": "off"}}, "none", id="environment"),
    ],
)
def test_in_ci_only_the_command_line_lets_a_run_go_live(settings, given, mode):
    """A variable left over on a build machine costs nothing."""
    assert choice(settings(**given), in_ci=True).record == mode


@pytest.mark.parametrize("key", sorted(MARKER))
def test_a_value_of_no_sense_is_refused_for_every_key(key):
    """Each key says what it takes."""
    with pytest.raises(SettingsError) as caught:
        check_marker({key: object()}, positional=(), where="t.py::t")

    assert f"@pytest.mark.llmock({key}=<object object" in caught.value.message
    assert caught.value.message.endswith(f": give {MARKER[key][0]}.")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"samples": 0}, " Did you mean 1?"),
        ({"samples": 20.0}, " Did you mean 20?"),
        ({"samples": "20"}, ""),
        ({"samples": float("inf")}, ""),
        ({"pass_rate": 90}, " Did you mean 0.9?"),
        ({"pass_rate": 0}, " Leave it out, and all must pass."),
        ({"pass_rate": "0.9"}, ""),
    ],
    ids=str,
)
def test_a_wrong_number_of_samples_names_the_nearest(given, meant):
    """A percentage was meant, or at least one sample."""
    with pytest.raises(SettingsError) as caught:
        check_marker(given, positional=(), where="t.py::t")

    [key] = given
    assert caught.value.message.endswith(f": give {MARKER[key][0]}.{meant}")


def test_good_values_pass():
    """Nothing is said about a marker that is right."""
    good = {"backend": "a", "record": "off", "seed": 1, "strict": False, "config": {}, "env": True}
    good |= {"samples": 20, "pass_rate": 0.9}

    assert check_marker(good, positional=(), where="t.py::t") is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param(
            {"report": "r.html"}, "The command line sets 'report', which this version does not", id="option"
        ),
    ],
)
def test_what_is_not_built_yet_is_refused_instead_of_ignored(settings, given, message):
    """Nobody believes that a run wrote a report when it did not."""
    with pytest.raises(SettingsError, match=message):
        check_supported(settings(**given))


def test_a_fault_of_the_marker_that_is_none_is_named_with_its_place(settings):
    """At collection, and where the choice is made."""
    marker = {"faults": ["429", "cutt"]}

    with pytest.raises(SettingsError) as caught:
        check_marker(marker, positional=(), where="t.py::t")

    assert caught.value.message == (
        "t.py::t: @pytest.mark.llmock(faults=…)[1]: There is no fault 'cutt'. Did you mean 'cut'? A status is "
        "a fault too: '429'."
    )
    chosen = choose(settings(), {"faults": ["429", "cut@2"]}, named=None, test="t", in_ci=False)
    assert [str(fault) for fault in chosen.faults] == ["429", "cut@2"]


@pytest.mark.parametrize("mode", RECORD_MODES)
def test_what_is_built_passes(settings, mode):
    """Every record mode."""
    assert check_supported(settings(record=mode)) is None


@pytest.mark.parametrize(
    ("key", "slip", "meant"),
    [("record", "ones", "once"), ("match", "exct", "exact"), ("clock", "virtul", "virtual"), ("repeat", "lst", "last")],
)  # fmt: skip
def test_a_misspelt_word_of_a_marker_is_told_with_the_nearest(key, slip, meant):
    """As of an option."""
    with pytest.raises(
        SettingsError, match=rf"llmock\({key}='{slip}'\): give .+\. Did you mean '{meant}'\?$"
    ):
        check_marker({key: slip}, positional=(), where="t.py::t")

"""A key is seen by nobody but its owner."""

import copy
import pickle

import pytest

from pytest_llmock.config import BackendSettings, Secret, Settings
from pytest_llmock.config.secret import masked
from pytest_llmock.errors import SettingsError

VALUE = "tell-nobody-7731"


def test_a_secret_shows_itself_in_no_form():
    """repr, str, format and an f-string show a mask."""
    secret = Secret(VALUE)

    assert (repr(secret), str(secret), f"{secret:>5}", f"{secret!r}") == (
        "Secret('***')",
        "***",
        "  ***",
        "Secret('***')",
    )


def test_settings_show_no_secret_in_any_form(load):
    """Neither repr nor a dump of settings has a value in it, wherever it came from."""
    settings = load(
        {"Backends": [{"Name": "a", "ApiKey": VALUE}], "ManagementAuthSecret": "${SECRET}"},
        environ={"SECRET": VALUE},
    )

    shown = [repr(settings), str(settings), repr(settings.model_dump()), settings.model_dump_json()]

    assert not any(VALUE in text for text in shown)
    assert settings.management_auth_secret.reveal() == VALUE


def test_a_dump_in_python_gives_the_secret_back():
    """A dumped backend can be made again, key included."""
    backend = BackendSettings(name="a", api_key=VALUE)

    again = BackendSettings(**backend.model_dump())

    assert again.api_key.reveal() == VALUE


def test_a_secret_is_not_pickled_but_copied():
    """Keys do not leave the process; a deep copy stays in it."""
    settings = Settings(backends=[BackendSettings(name="a", api_key=VALUE)])

    with pytest.raises(TypeError, match="A Secret is not pickled"):
        pickle.dumps(settings)

    assert copy.deepcopy(settings) == settings


def test_a_secret_is_true_when_something_was_written():
    """Blank text is no key."""
    assert [bool(Secret(text)) for text in ("x", "${UNSET}", " ", "")] == [True, True, False, False]


def test_secrets_are_equal_when_the_same_was_written():
    """Settings compare equal with equal keys, and can be told apart otherwise."""
    same, other = Secret("a"), Secret("b")

    assert (Secret("a", place="x") == same, same == other, same == "a") == (True, False, False)
    assert hash(Secret("a")) == hash(same)


def test_a_variable_in_a_key_is_needed_by_reveal_only(load):
    """Settings load without the variable; whoever needs the key learns which one to set, and where."""
    settings = load({"Backends": [{"Name": "a", "ApiKey": "${NOT_SET}"}]})

    with pytest.raises(SettingsError) as caught:
        settings.backends[0].api_key.reveal()

    assert caught.value.message == (
        "llmock.json: Backends[0].ApiKey needs the environment variable NOT_SET, which is not set. "
        "Set it, or write ${NOT_SET:-default}."
    )


def test_the_variable_is_the_one_from_before_any_patching(load):
    """A key is resolved from the environment as it was when the settings were loaded."""
    environ = {"CLOUD_KEY": VALUE}
    settings = load({"Backends": [{"Name": "a", "ApiKey": " ${CLOUD_KEY}\n"}]}, environ=environ)

    environ["CLOUD_KEY"] = "patched"

    assert settings.backends[0].api_key.reveal() == VALUE


@pytest.mark.parametrize("text", ["two\r\nlines", "a…", "nul\0"])
def test_a_key_that_no_header_can_carry_is_refused_without_showing_it(text):
    """A truncated copy or a line break would otherwise fail far away, or split a header."""
    with pytest.raises(SettingsError) as caught:
        Secret(text, place="here").reveal()

    assert caught.value.message == "here has characters that no HTTP header can carry. Copy the key again."


LEAKS = {
    "wrong type": {"Backends": [{"Name": "a", "ApiKey": [VALUE]}]},
    "number": {"Backends": [{"Name": "a", "ApiKey": {"value": VALUE}}]},
    "in another field": {"Backends": [{"Name": "a", "Weight": f"sk-{VALUE}"}]},
    "from a variable": {"Backends": [{"Name": "a", "Weight": "${CLOUD_KEY}"}]},
    "in an address": {"Backends": [{"Name": "a", "BaseUrl": f"http://user:{VALUE}@h/"}]},
    "in broken JSON text": {"Backends": '[{"Name": "a", "ApiKey": "' + VALUE},
    "in broken JSON text of a list": {"Tools": '[{"token": "' + VALUE},
    "not a list": {"Backends": f"ApiKey={VALUE}"},
    "written twice": {"Backends": [{"Name": "a", "ApiKey": VALUE, "api_key": "other"}]},
}


@pytest.mark.parametrize("document", LEAKS.values(), ids=LEAKS.keys())
def test_no_error_shows_a_key(refusal, document):
    """Wrong types, wrong fields and broken text are refused without quoting what may be a key."""
    message = refusal(document, environ={"CLOUD_KEY": VALUE})

    assert VALUE not in message


def test_the_traceback_of_an_error_does_not_lead_to_the_values(load):
    """The error is raised on its own, so that no report can walk from it to what was written."""
    with pytest.raises(SettingsError) as caught:
        load({"Backends": [{"Name": "a", "ApiKey": VALUE, "Weight": "x"}]})

    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:pw@h/x?y=a@b", "https://***@h/x?y=a@b"),
        ("key sk-proj-abc, AIzaSyD1 and Bearer abc", "key *** *** and ***"),
        ("http://h/v1/", "http://h/v1/"),
        ("task-list", "task-list"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text, shown):
    """Passwords in addresses and known forms of keys are, ordinary words are not."""
    assert masked(text) == shown

"""`${VAR}` in settings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.config.expand import expanded

ENVIRON = {"HOST": "h.test", "EMPTY": "", "NESTED": "${HOST}", "_x9": "y"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${HOST}", "h.test"),
        ("http://${HOST}:${PORT:-80}/${_x9}", "http://h.test:80/y"),
        ("${EMPTY}|${EMPTY:-full}|${UNSET:-}", "|full|"),
        ("$${HOST} $HOST $ {HOST} ${NESTED}", "${HOST} $HOST $ {HOST} ${HOST}"),
        ("${UNSET:-a:-b c}", "a:-b c"),
    ],
)
def test_variables_are_replaced_by_their_values(text, value):
    """Several in one text, with defaults, escaped ones left alone, values not expanded again."""
    assert expanded(text, ENVIRON, place="here") == value


@pytest.mark.parametrize("text", ["${", "${}", "a ${1x}", "${A-B}", "${A:-${B}}", "${A B}"])
def test_a_brace_that_begins_no_variable_is_refused(refusal, text):
    """The error shows both ways out."""
    assert refusal({"Locale": text}) == (
        "llmock.json: Locale has a '${' that does not begin a variable. "
        "Write ${NAME} or ${NAME:-default}, or $${ for the two characters themselves."
    )


@given(st.text())
def test_text_without_a_variable_stays_as_it_is(text):
    """Only `${` means anything, and escaping it gives any text back."""
    assert expanded(text.replace("${", "$${"), {}, place="here") == text


def test_any_text_of_the_settings_is_expanded(load):
    """Numbers, truth values, names and the texts inside JSON may all come from variables."""
    environ = {"N": "7", "ON": "true", "WHO": "a,b", "PATH_": "/x"}

    settings = load(
        {
            "Seed": "${N}",
            "RepairJson": "${ON}",
            "Backend": "${WHO}",
            "Journeys": {"j": [{"p": "${PATH_}", "n": 1}]},
        },
        environ=environ,
    )

    assert (settings.seed, settings.repair_json, settings.backend) == (7, True, ("a", "b"))
    assert settings.journeys == {"j": [{"p": "/x", "n": 1}]}


def test_a_variable_may_refer_to_another(load):
    """The text of a settings variable is a text of the settings."""
    settings = load(environ={"LLMOCK_SEED": "${BUILD}", "BUILD": "41"})

    assert settings.seed == 41


def test_every_unset_variable_is_named_with_its_place(refusal):
    """All of them at once, each with the place as written."""
    message = refusal({"Seed": "${A}", "Backends": [{"Name": "x", "ModelName": "${B}", "Enabled": "${C}"}]})

    assert message.splitlines() == [
        f"llmock.json: {place} needs the environment variable {name}, which is not set. "
        f"Set it, or write ${{{name}:-default}}."
        for place, name in [("Seed", "A"), ("Backends[0].Enabled", "C"), ("Backends[0].ModelName", "B")]
    ]


@pytest.mark.parametrize("off", [False, 0, "n", "${SWITCH:-off}"])
def test_a_disabled_backend_may_name_unset_variables(load, off):
    """What cannot be known of it is left out, and its name stays as written."""
    entry = {"Name": "${WHO}", "BaseUrl": "${WHERE}", "MaxTokens": "${MANY}", "Weight": 3, "Enabled": off}

    (backend,) = load({"Backends": [entry]}).backends

    assert (backend.name, backend.base_url, backend.max_tokens) == (
        "${WHO}",
        "http://localhost:11434/v1/",
        None,
    )
    assert (backend.weight, backend.enabled) == (3, False)


def test_switching_the_backend_on_asks_for_the_variable(load):
    """Settings laid over start from what was written, not from what was left out."""
    settings = load(
        {"Backends": [{"Name": "x", "ModelName": "${M}", "Enabled": False}]}, environ={"M": "phi4"}
    )

    on = settings.merged({"Backends": [{"Name": "X", "Enabled": True}]}, where="a marker")

    assert (on.backends[0].enabled, on.backends[0].model_name) == (True, "phi4")


def test_an_overridden_value_needs_no_variable(load):
    """Only what holds in the end is expanded."""
    settings = load({"Seed": "${UNSET}"}, command_line={"seed": 3})

    assert settings.seed == 3

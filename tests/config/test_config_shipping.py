"""Settings for another process."""

import pickle
from datetime import timedelta

import pytest

from pytest_llmock.config import load_settings
from pytest_llmock.config.shipping import settings_there, shipped
from pytest_llmock.errors import SettingsError

KEY = "sk-very-secret"


def backend(**said):
    return {"Backends": [{"Name": "a", "Provider": "openai", "ModelName": "m", **said}]}


def there(tmp_path, said, environ):
    """The settings of another process, and what was sent to it."""
    settings = load_settings(tmp_path, environ={"OPENAI_API_KEY": KEY, "HOST": "x.test"}, overrides=said)
    sent = pickle.dumps(shipped(settings, where="a worker"))
    return settings_there(pickle.loads(sent), environ), sent


def test_a_key_is_found_where_the_settings_go(tmp_path):
    """Its name travels, it does not."""
    found, sent = there(tmp_path, backend(ApiKey="${OPENAI_API_KEY}"), {"OPENAI_API_KEY": "sk-theirs"})

    assert found.backends[0].api_key.reveal() == "sk-theirs"
    assert KEY.encode() not in sent


def test_all_else_is_what_it_is_here(tmp_path):
    """Variables that are no keys are resolved here; text that looks like one stays text."""
    said = backend(BaseUrl="http://${HOST}/v1", InputPricePerMillion="0.5", OutputPricePerMillion=2) | {
        "CustomPromptTemplate": "$${body}",
        "MaxAge": "12h",
        "Failover": ["a"],
        "Map": {"b": "$${a}"},
        "Seed": 7,
    }

    found, _ = there(tmp_path, said, {})

    assert found.backends[0].base_url == "http://x.test/v1/"
    assert found.backends[0].input_price_per_million * 2 == 1
    assert (found.custom_prompt_template, found.max_age, found.failover) == (
        "${body}",
        timedelta(hours=12),
        ("a",),
    )
    assert (found.seed, found.map) == (7, {"b": "${a}"})


def test_secrets_of_other_parts_stay_here(tmp_path):
    """A worker has no use for them."""
    said = {"ManagementAuthSecret": KEY, "RestApis": [{"Auth": KEY}], "Tools": [{"Auth": KEY}]}

    found, sent = there(tmp_path, said, {})

    assert not found.management_auth_secret
    assert KEY.encode() not in sent


@pytest.mark.parametrize("key", [KEY, "${A:-sk-default}"], ids=["a key", "a default"])
def test_a_key_that_is_written_out_is_refused(tmp_path, key):
    """And not shown."""
    with pytest.raises(SettingsError) as raised:
        there(tmp_path, backend(ApiKey=key), {})

    assert raised.value.message == (
        'Backend \'a\' has its key in the settings, and a worker gets none. Write "ApiKey": "${NAME}", and '
        "set the variable NAME where the workers run."
    )


def test_a_disabled_backend_may_have_its_key_written_out(tmp_path):
    """Nobody asks it; its key stays here all the same."""
    found, sent = there(tmp_path, backend(ApiKey=KEY, Enabled=False), {})

    assert not found.backends[0].api_key
    assert KEY.encode() not in sent

"""Which values are secret, and in which forms they may stand somewhere."""

import base64
import json
import re
from urllib.parse import quote

import pytest

from pytest_llmock.cassettes.credentials import is_telling, names_a_secret, secret_values, spellings

VALUE = "tell-nobody-7731"


@pytest.mark.parametrize(
    "name",
    [
        "OPENAI_API_KEY", "openai_api_key", "LLMockApi__Backends__0__ApiKey", "ManagementAuthSecret", "API_KEYS",
        "AZURE_OPENAI_KEY1", "OPENAI_API_KEY_BACKUP", "KEY", "PGPASSWORD", "MYSQL_PWD", "DB_PASS", "SUDO_PASSWD",
        "GPG_PASSPHRASE", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "GITHUB_TOKEN",
        "GITLAB_PAT", "SENTRY_DSN", "GOOGLE_APPLICATION_CREDENTIALS", "SECRET_KEY_BASE", "VAULT_SECRET_ID",
        "AZURE_STORAGE_CONNECTION_STRING", "PROXY_AUTH", "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    ],
)  # fmt: skip
def test_a_variable_with_this_name_holds_a_secret(name):
    """The usual names count, in any case and style."""
    assert names_a_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "PATH", "PWD", "OLDPWD", "GPG_KEY", "SSH_AUTH_SOCK", "KEYBOARD_LAYOUT", "MONKEY", "COMPASS", "AUTHOR",
        "TOKENIZERS_PARALLELISM", "AWS_REGION", "AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE",
        "TOKEN_URL", "KEY_LENGTH", "SECRET_NAME", "GIT_ASKPASS", "XDG_SESSION_ID", "PIP_KEYRING_PROVIDER",
        "STRIPE_PUBLISHABLE_KEY", "SSH_PUBLIC_KEY", "DATABASE_URL", "___", "",
    ],
)  # fmt: skip
def test_a_variable_with_this_name_holds_none(name):
    """Words that only contain a telling one, and names that speak about a secret, do not count."""
    assert not names_a_secret(name)


@pytest.mark.parametrize(
    "value",
    [
        VALUE, "hunter2hunter2", "12345678", "xkqzjvbwp", "aBcDeFgHiJ", "correcthorsebatterystaple",
        "correct horse battery", 'pa ss "wörd" 1', "EMPTY123", "https://user:hush@host", "https://key@host",
        "https://hooks.example.com/services/T00/aB3dE5fG7hI9jK1lM3", "/" + "aB3/" * 9 + "xyz",
        "550e8400-e29b-41d4-a716-446655440000", "-----BEGIN KEY-----\nab12\n-----END KEY-----",
    ],
    ids=repr,
)  # fmt: skip
def test_this_value_is_secret(value):
    """Whatever is not plainly open counts as a secret."""
    assert is_telling(value)


@pytest.mark.parametrize(
    "value",
    [
        "", "short-1", "true", "disabled", "postgres", "Production", "LOCALHOST", "not-a-real-key",
        "your_api_key_here", "<your-token>", "lm-studio", "test-key-123", "sk-llmock-not-a-key",
        "sk-ant-llmock-not-a-key", "/etc/ssl/key.pem", "~/.aws/credentials", "../keys/prod", "keys/prod.json",
        "C:\\Program Files\\key.json", "http://localhost:11434/v1", "<redacted:OTHER_KEY>",
    ],
    ids=repr,
)  # fmt: skip
def test_this_value_is_open(value):
    """Short values, words, stand-ins for keys, paths and addresses without a password are not secrets."""
    assert not is_telling(value)


def test_the_alphabetically_first_variable_names_a_value():
    """Two variables with one value always give one name, the environment's before that of settings."""
    found = secret_values(
        {"B_TOKEN": VALUE, "A_TOKEN": f" {VALUE}\n"}, {"AA.ApiKey": VALUE, "b.ApiKey": "other-key-99"}
    )

    assert found == {VALUE: "A_TOKEN", "other-key-99": "b.ApiKey"}


def test_the_password_in_any_address_is_a_secret():
    """Also where the variable's name says nothing, and also decoded."""
    found = secret_values({"DATABASE_URL": "postgres://app:p%40ssw0rd-1@db.example.com/app"}, {})

    assert found == {"p%40ssw0rd-1": "DATABASE_URL", "p@ssw0rd-1": "DATABASE_URL"}


def test_each_line_and_item_of_a_long_value_is_a_secret():
    """Whoever writes only one of several keys has told a secret too; words in between are none."""
    value = "first-key-of-1234, abcdefghijklmnopqr\nAccountKey=c2VjcmV0LWtleS0xMjM=="

    found = secret_values({"API_KEYS": value}, {})

    assert sorted(found) == sorted([value, "first-key-of-1234", "c2VjcmV0LWtleS0xMjM=="])


@pytest.mark.parametrize(
    "spelt",
    [
        pytest.param(lambda value: value, id="as it is"),
        pytest.param(json.dumps, id="JSON"),
        pytest.param(lambda value: json.dumps(json.dumps(value)), id="JSON in JSON"),
        pytest.param(lambda value: json.dumps(value, ensure_ascii=False), id="JSON with letters kept"),
        pytest.param(lambda value: json.dumps(value).replace("/", "\\/"), id="JSON with slashes escaped"),
        pytest.param(lambda value: quote(value, safe=""), id="percent code"),
        pytest.param(quote, id="percent code of a path"),
        pytest.param(
            lambda value: re.sub("%..", lambda match: match[0].lower(), quote(value)), id="small percent code"
        ),
        pytest.param(lambda value: quote(value, safe="").replace("%20", "+"), id="form"),
        pytest.param(lambda value: base64.b64encode(value.encode()).decode(), id="base64"),
        pytest.param(lambda value: base64.b64encode(f"u:{value}".encode()).decode(), id="base64 after two"),
        pytest.param(lambda value: base64.b64encode(f"u{value}!".encode()).decode(), id="base64 after one"),
        pytest.param(
            lambda value: base64.urlsafe_b64encode(f"{value}~~".encode()).decode(), id="base64 of addresses"
        ),
    ],
)
def test_a_value_is_known_in_each_of_its_spellings(spelt):
    """One of the spellings stands in the text, however the value was encoded."""
    value = 'pa/s "wörd" >?1~'

    text = spelt(value)

    assert any(spelling in text for spelling in spellings(value))

"""Types, ranges and rules of the settings, and what is said when they are broken."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError

from pytest_llmock.config import BackendSettings, CorsSettings, Settings
from pytest_llmock.errors import SettingsError

NO_OTHER_HOST = "which is an address, not a path on the backend's own host. Write one such as /health."
NO_PAIR = "which is not OLD=NEW, the names of two backends. Write both names."
WHOLE = "which is not a whole number. Write one, such as 3."

WRONG = [
    ("Weight", "heavy", f'is "heavy", {WHOLE}'),
    ("Weight", 1.5, f"is 1.5, {WHOLE}"),
    ("Weight", True, "is true, which is a truth value, not a number. Write a number."),
    ("Weight", -1, "is -1, which is less than 0. Write a larger number."),
    ("Weight", [1], "is not a whole number. Write one, such as 3."),
    ("MaxTokens", 0, "is 0, which is less than 1. Write a larger number."),
    ("TimeoutSeconds", 0, "is 0, which is not more than 0. Write a larger number."),
    ("Temperature", "hot", 'is "hot", which is not a number. Write one, such as 0.5.'),
    ("Temperature", "nan", 'is "nan", which is not a finite number. Write one, such as 0.5.'),
    ("Enabled", "maybe", 'is "maybe", which is neither true nor false. Write one of them.'),
    ("ModelName", 4, "is 4, which is not text. Put it in quotes."),
    ("ApiKey", 12345678, "is not text. Put it in quotes."),
    ("ApiKey", ["sk-hidden"], "is not text. Put it in quotes."),
    ("Failover", 3, "is 3, which is neither true, false nor a list of names. Write one of them."),
    ("Failover", [3], "is neither true, false nor a list of names. Write one of them."),
    ("Name", "  ", 'is "  ", which is empty. Every backend needs a name.'),
    ("Name", "n" * 101, f'is "{"n" * 59}…, which is longer than 100 characters. Write a shorter name.'),
    (
        "Name",
        "a,b",
        'is "a,b", which is not a backend\'s name: it has a comma or a control character. Write it without.',
    ),
    (
        "Name",
        "a\r\nX-Evil: 1",
        (
            'is "a\\r\\nX-Evil: 1", which is not a backend\'s name: it has a comma or a control character. '
            "Write it without."
        ),
    ),
    (
        "HealthCheckPath",
        "http://evil.test/health",
        f'is "http://evil.test/health", {NO_OTHER_HOST}',
    ),
    ("HealthCheckPath", "//evil.test", f'is "//evil.test", {NO_OTHER_HOST}'),
    (
        "HealthCheckPath",
        "/he alth",
        (
            'is "/he alth", which is not a path: it has a space, backslash, # or control character. '
            "Write it without."
        ),
    ),
]


@pytest.mark.parametrize(("key", "value", "complaint"), WRONG, ids=[f"{k}={v!r:.20}" for k, v, _ in WRONG])
def test_a_wrong_value_of_a_backend_is_refused(refusal, key, value, complaint):
    """The error names file and path as written, the value, what is wrong and what to write."""
    document = {"MockLlmApi": {"LlmBackends": [{"Name": "fine"}, {"Name": "bad", key: value}]}}

    message = refusal(document, name="appsettings.json")

    assert message == f"appsettings.json: MockLlmApi.LlmBackends[1].{key} {complaint}"


# What the pool is run by: below these no pool can work.
LIMITS = {
    "TimeoutSeconds": (0, "not more than 0"),
    "DeadlineSeconds": (0, "not more than 0"),
    "MaxRetryAttempts": (-1, "less than 0"),
    "RetryBaseDelaySeconds": (-0.5, "less than 0"),
    "CircuitBreakerFailureThreshold": (0, "less than 1"),
    "CircuitBreakerDurationSeconds": (0, "not more than 0"),
    "MaxConcurrentRequests": (0, "less than 1"),
    "MaxCost": (-1, "less than 0"),
    "MaxTokens": (-1, "less than 0"),
    "Backends[0].TimeoutSeconds": (-1, "not more than 0"),
    "Backends[0].MaxConcurrentRequests": (-1, "less than 0"),
    "Backends[0].Weight": (-1, "less than 0"),
    "Backends[0].InputPricePerMillion": (-1, "less than 0"),
    "Backends[0].OutputPricePerMillion": (-1, "less than 0"),
}


@pytest.mark.parametrize(("path", "limit"), LIMITS.items(), ids=LIMITS)
def test_a_number_below_its_limit_is_refused(refusal, path, limit):
    """No limit of the pool can be negative, nor zero where zero would stop everything."""
    value, complaint = limit
    key = path.rpartition(".")[2]
    document = {"Backends": [{"Name": "a", key: value}]} if "." in path else {key: value}

    lines = refusal(document).splitlines()

    assert lines[0] == f"llmock.json: {path} is {value}, which is {complaint}. Write a larger number."


@pytest.mark.parametrize(
    ("prices", "complaint"),
    [
        (
            {"InputPricePerMillion": 0.15},
            "OutputPricePerMillion is missing beside InputPricePerMillion. Write both, in USD per million tokens.",
        ),
        (
            {"OutputPricePerMillion": "0.6"},
            (
                'OutputPricePerMillion is "0.6", which is given without InputPricePerMillion. '
                "Write both, in USD per million tokens."
            ),
        ),
        (
            {"InputPricePerMillion": "free", "OutputPricePerMillion": 1},
            'InputPricePerMillion is "free", which is not a number. Write one, such as 0.5.',
        ),
    ],
    ids=["input", "output", "no number"],
)
def test_half_a_price_is_refused(refusal, prices, complaint):
    """A model has a price for what it reads and one for what it writes."""
    assert refusal({"Backends": [{"Name": "a", **prices}]}) == f"llmock.json: Backends[0].{complaint}"


def test_prices_are_exact(load):
    """A tenth is a tenth, however it is written."""
    prices = {"InputPricePerMillion": 0.1, "OutputPricePerMillion": "0.30"}

    settings = load({"Backends": [{"Name": "a", **prices}, {"Name": "b"}]})

    assert settings.backends[0].input_price_per_million == Decimal("0.1")
    assert settings.backends[0].output_price_per_million == Decimal("0.3")
    assert settings.backends[1].input_price_per_million is None


WRONG_OPTIONS = [
    ({"Seed": "x"}, f'Seed is "x", {WHOLE}'),
    ({"Chaos": 1.5}, "Chaos is 1.5, which is more than 1. Write a smaller number."),
    (
        {"Record": "sometimes"},
        'Record is "sometimes", which is not known. Known: all, new, none, off, once, rewrite, verify.',
    ),
    ({"Record": "onec"}, "Record is \"onec\", which is not known. Did you mean 'once'?"),
    ({"Unused": 3}, "Unused is 3, which is not known. Known: 'report', 'fail', 'prune' or 'ignore'."),
    ({"MaxCost": "cheap"}, 'MaxCost is "cheap", which is not a number. Write one, such as 0.5.'),
    ({"MaxCost": "NaN"}, 'MaxCost is "NaN", which is not a finite number. Write one, such as 0.5.'),
    ({"Cassettes": 3}, "Cassettes is 3, which is not a path. Write it as text."),
    ({"Backend": 3}, "Backend is 3, which is not a list. Write one."),
    ({"Backend": ["a", 3]}, "Backend[1] is not text. Put it in quotes."),
    ({"Backends": {"a": 1}}, "Backends is not a list. Write one."),
    ({"Backends": ["a"]}, "Backends[0] is not a section of keys. Write one."),
    ({"Backends": [{"Weight": 2}]}, "Backends[0] describes an entry without a Name. Add one."),
    ({"Cors": "on"}, "Cors is not a section of keys. Write one."),
    (
        {"Cors": {"Enabled": "on?"}},
        'Cors.Enabled is "on?", which is neither true nor false. Write one of them.',
    ),
    ({"Journeys": [1]}, "Journeys is not a section of keys. Write one."),
    ({"Tools": [1]}, "Tools[0] is not a section of keys. Write one."),
    ({"SimulatorTypes": {"Rest": "?"}}, "SimulatorTypes.Rest is neither true nor false. Write one of them."),
    ({"Map": "a"}, f'Map is "a", {NO_PAIR}'),
    ({"Map": 3}, f"Map is 3, {NO_PAIR}"),
    ({"Map": ["a=b", "=c"]}, "Map is not OLD=NEW, the names of two backends. Write both names."),
    ({"Map": {"a": None}}, "Map is not OLD=NEW, the names of two backends. Write both names."),
    (
        {"Map": "a=b,a=c"},
        "Map is \"a=b,a=c\", which is ambiguous: 'a' is mapped to two backends. Keep one of them.",
    ),
    (
        {"MaxAge": "soon"},
        (
            'MaxAge is "soon", which is not an age. '
            "Write a number of days, or a number with d, h, m or s, such as 12h."
        ),
    ),
    (
        {"MaxAge": "9" * 30},
        f'MaxAge is "{"9" * 30}", which is longer than any age can be. Write a smaller one.',
    ),
    (
        {"RateLimitDelayRange": "fast"},
        'RateLimitDelayRange is "fast", which is not a range of milliseconds. Write one such as 100-500.',
    ),
    (
        {"RandomRequestDelayMinMs": 9, "RandomRequestDelayMaxMs": 5},
        "RandomRequestDelayMaxMs is 5, which is less than RandomRequestDelayMinMs. Write a larger number.",
    ),
    ({"ManagementAuthSecret": 5}, "ManagementAuthSecret is not text. Put it in quotes."),
    ({"ModelName": 5}, "ModelName is 5, which is not text. Put it in quotes."),
    (
        {"Backends": [{"Name": "Fast"}, {"Name": "FAST"}]},
        "Backends is a list with two backends named 'FAST' (case does not count). Rename one.",
    ),
    (
        {"LlmBackends": [{"Name": "a"}], "Backends": [{"Name": "a", "Weight": 2}]},
        "LlmBackends is a list with two backends named 'a' (case does not count). Rename one.",
    ),
    (
        {"Backends": [{"Name": "Synthetic", "Provider": "openai"}]},
        (
            "Backends[0] is named 'Synthetic', the name of a built-in backend. "
            "Choose another name, or write Provider 'synthetic'."
        ),
    ),
]


@pytest.mark.parametrize(
    ("document", "complaint"), WRONG_OPTIONS, ids=[json.dumps(d)[:40] for d, _ in WRONG_OPTIONS]
)
def test_a_wrong_setting_is_refused(refusal, document, complaint):
    """Every field says what is wrong with its value, at the place where it was written."""
    assert refusal(document) == f"llmock.json: {complaint}"


def test_all_wrong_values_are_reported_together(refusal):
    """One line for each mistake of a load, whatever source it comes from."""
    message = refusal(
        {"Seed": "x", "Backends": [{"Name": "a", "Weight": "y"}]},
        environ={"LLMOCK_MAX_ITEMS": "0"},
        ini={"chaos": "much"},
        command_line={"min_quality": 7},
    )

    assert sorted(message.splitlines()) == [
        "--llmock-min-quality is 7, which is more than 1. Write a smaller number.",
        'Environment variable LLMOCK_MAX_ITEMS is "0", which is less than 1. Write a larger number.',
        'ini key llmock_chaos is "much", which is not a number. Write one, such as 0.5.',
        f'llmock.json: Backends[0].Weight is "y", {WHOLE}',
        f'llmock.json: Seed is "x", {WHOLE}',
    ]


@pytest.mark.parametrize(
    ("provider", "written", "address"),
    [
        ("ollama", None, "http://localhost:11434/v1/"),
        ("OpenAI", "", "https://api.openai.com/v1/"),
        ("lmstudio", " ", "http://localhost:1234/v1/"),
        ("anthropic", None, "https://api.anthropic.com/v1/"),
        ("azure", "https://x.openai.azure.com", "https://x.openai.azure.com/"),
        ("martian", None, ""),
        ("synthetic", None, ""),
        ("openai", " https://H.test/v1 ", "https://H.test/v1/"),
        ("openai", "https://h.test", "https://h.test/"),
        ("openai", "https://h.test/v1?api-version=7#x", "https://h.test/v1/?api-version=7"),
        ("ollama", "http://[::1]:80/v1/", "http://[::1]:80/v1/"),
        ("ollama", "http://10.1.2.3/v1/", "http://10.1.2.3/v1/"),
    ],
)
def test_an_address_ends_with_a_slash_or_is_the_providers_own(load, provider, written, address):
    """A missing address is the provider's, unless only a package may know it; a missing slash is added."""
    entry = {"Name": "a", "Provider": provider} | ({} if written is None else {"BaseUrl": written})

    (backend,) = load({"Backends": [entry]}).backends

    assert (backend.provider, backend.base_url) == (provider, address)


def test_azure_has_no_address_of_its_own(load, refusal):
    """Each resource has another one: a missing one is refused, unless nobody asks the backend."""
    entry = {"Name": "a", "Provider": "Azure"}

    message = refusal({"Backends": [entry]})

    assert message == (
        "llmock.json: Backends[0] is without a BaseUrl, and azure has none of its own. "
        "Write the address of your resource, such as https://NAME.openai.azure.com/."
    )
    assert load({"Backends": [{**entry, "Enabled": False}]}).backends[0].base_url == ""


def test_a_built_in_name_goes_with_the_provider_of_that_name(load):
    """An entry may describe a built-in backend, and is known by any case of its name."""
    settings = load({"Backends": [{"Name": "scripted", "Provider": "Scripted"}, {"Name": " Padded "}]})

    assert settings.backend_named("SCRIPTED").base_url == ""
    assert settings.backend_named("padded").name == "Padded"
    assert settings.backend_named("nobody") is None


@pytest.mark.parametrize(
    ("written", "age"),
    [
        (30, timedelta(days=30)),
        ("30", timedelta(days=30)),
        ("1.5d", timedelta(hours=36)),
        ("12 H", timedelta(hours=12)),
        ("45m", timedelta(minutes=45)),
        ("90s", timedelta(seconds=90)),
        (None, None),
    ],
)
def test_an_age_is_a_number_with_a_unit_or_days(load, written, age):
    """`max_age` is written for people and kept as a timedelta."""
    assert load({"MaxAge": written}).max_age == age


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"Map": ["a=b", " c = d "]}, Settings(map={"a": "b", "c": "d"})),
        ({"Backend": "one"}, Settings(backend=["one"])),
        ({"Strict": 1}, Settings(strict=True)),
        (
            {"StreamingChunkDelayMaxMs": 9, "StreamingChunkDelayMinMs": 9},
            Settings(streaming_chunk_delay_max_ms=9, streaming_chunk_delay_min_ms=9),
        ),
        ({"MaxCost": 0.1}, Settings(max_cost=Decimal("0.1"))),
        ({"RateLimitDelayRange": "100 - 500"}, Settings(rate_limit_delay_range="100 - 500")),
        ({"Backends": [{"Name": "a", "Failover": None}]}, Settings(backends=[BackendSettings(name="a")])),
        ({"Cors": {"AllowedOrigins": []}}, Settings(cors=CorsSettings(allowed_origins=()))),
    ],
)
def test_values_may_be_written_in_more_than_one_way(load, document, expected):
    """What people write in files is read generously where it is not ambiguous."""
    assert load(document) == expected


def test_settings_cannot_be_changed():
    """Both models are frozen."""
    settings = Settings(backends=[BackendSettings(name="a")])

    with pytest.raises(ValidationError, match="frozen"):
        settings.seed = 1
    with pytest.raises(ValidationError, match="frozen"):
        settings.backends[0].weight = 2


def test_settings_in_code_must_be_settings(load, refusal):
    """Something else in their place is named by its type, in a marker and in a conftest."""
    assert refusal(overrides="my.toml") == (
        "Settings in code are a mapping or a Settings, not str. Of a file: load_settings(Path.cwd(), "
        "file=Path('my.toml'))."
    )
    assert refusal(overrides=["a"]) == "Settings in code are a mapping or a Settings, not list."
    with pytest.raises(SettingsError, match=r"^Settings in code are a mapping or a Settings, not list\.$"):
        load().merged([1], where="a marker")


def test_a_toml_date_is_shown_as_text(refusal):
    """TOML has dates, no setting takes one."""
    message = refusal("seed = 2026-01-02\n", name="llmock.toml")

    assert message == f'llmock.toml: seed is "2026-01-02", {WHOLE}'


def test_settings_that_nobody_wrote_are_valid(load):
    """Without a word from anybody nothing is validated: the defaults would pass."""
    settings = load()

    assert Settings.model_validate(settings.model_dump()) == settings == Settings()

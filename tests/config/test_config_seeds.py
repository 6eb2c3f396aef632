"""Every configuration that the documents of the .NET system show, with names and numbers of our own."""

import pytest

from pytest_llmock.config import BackendSettings, Settings

OLLAMA = "http://127.0.0.1:11500/v1/"
CLOUD = "https://models.example.test/v1/"
STUDIO = "http://192.0.2.7:1300/v1/"


def entry(name, provider="ollama", url=OLLAMA, model="qwen3:8b", **more):
    """A backend as a document writes it."""
    return {"Name": name, "Provider": provider, "BaseUrl": url, "ModelName": model, **more}


def backend(name, provider="ollama", url=OLLAMA, model="qwen3:8b", **more):
    """The same backend as a value."""
    return BackendSettings(name=name, provider=provider, base_url=url, model_name=model, **more)


PIPELINE = (
    {
        "MockLlmApi": {
            "Temperature": 0.9,
            "TimeoutSeconds": 75,
            "MaxContextWindow": 16384,
            "LlmBackends": [
                entry("sketch", model="phi4-mini", MaxTokens=1500, Enabled=True, Weight=2),
                entry("colour", model="qwen3:14b", MaxTokens=3000, Enabled=True, Weight=3),
                entry(
                    "judge", "openai", CLOUD, "o9", ApiKey="key-1", MaxTokens=3500, Enabled=False, Weight=4
                ),
            ],
            "EnableRetryPolicy": False,
            "MaxRetryAttempts": 6,
            "EnableCircuitBreaker": False,
        }
    },
    Settings(
        temperature=0.9,
        timeout_seconds=75,
        max_context_window=16384,
        backends=[
            backend("sketch", model="phi4-mini", max_tokens=1500, weight=2),
            backend("colour", model="qwen3:14b", max_tokens=3000, weight=3),
            backend(
                "judge", "openai", CLOUD, "o9", api_key="key-1", max_tokens=3500, enabled=False, weight=4
            ),
        ],
        enable_retry_policy=False,
        max_retry_attempts=6,
        enable_circuit_breaker=False,
    ),
)
COST = (
    {
        "MockLlmApi": {
            "LlmBackends": [
                {"Name": "many", "Provider": "ollama", "ModelName": "smollm", "Enabled": True, "Weight": 20},
                {"Name": "some", "Provider": "ollama", "ModelName": "qwen3", "Enabled": True, "Weight": 5},
                {
                    "Name": "few",
                    "Provider": "openai",
                    "ModelName": "o9",
                    "ApiKey": "${CLOUD_KEY}",
                    "Enabled": False,
                    "Weight": 1,
                },
            ]
        }
    },
    Settings(
        backends=[
            BackendSettings(
                name="many", base_url="http://localhost:11434/v1/", model_name="smollm", weight=20
            ),
            BackendSettings(name="some", base_url="http://localhost:11434/v1/", model_name="qwen3", weight=5),
            backend(
                "few", "openai", "https://api.openai.com/v1/", "o9", api_key="${CLOUD_KEY}", enabled=False
            ),
        ]
    ),
)
TWO_STAGES = (
    {
        "MockLlmApi": {
            "Temperature": 1.1,
            "TimeoutSeconds": 20,
            "LlmBackends": [entry("quick", Enabled=True), entry("careful", model="qwen3:32b", Enabled=True)],
        }
    },
    Settings(
        temperature=1.1,
        timeout_seconds=20,
        backends=[backend("quick"), backend("careful", model="qwen3:32b")],
    ),
)
OLD_FORMAT = (
    {"LLMockApi": {"BaseUrl": OLLAMA, "ModelName": "gemma9", "Temperature": 0.7, "TimeoutSeconds": 12}},
    Settings(backends=[backend("default", model="gemma9")], temperature=0.7, timeout_seconds=12),
)
OLD_FORMAT_ALONE = (
    {"LLMockApi": {"BaseUrl": OLLAMA, "ModelName": "gemma9"}},
    Settings(backends=[backend("default", model="gemma9", enabled=True, weight=1)]),
)
SINGLE = (
    {
        "LLMockApi": {
            "Temperature": 0.5,
            "TimeoutSeconds": 44,
            "Backends": [entry("desk", Enabled=True, Weight=6)],
        }
    },
    Settings(temperature=0.5, timeout_seconds=44, backends=[backend("desk", weight=6)]),
)
SEVERAL = (
    {
        "LLMockApi": {
            "Temperature": 0.6,
            "TimeoutSeconds": 33,
            "EnableRetryPolicy": True,
            "MaxRetryAttempts": 2,
            "EnableCircuitBreaker": True,
            "CircuitBreakerFailureThreshold": 9,
            "Backends": [
                entry("a", Enabled=True, Weight=1),
                entry("b", model="mixtral", Enabled=True, Weight=2),
                entry("c", "openai", CLOUD, "o9-mini", ApiKey="key-2", Enabled=True, Weight=3),
                entry("d", "lmstudio", STUDIO, "loaded", Enabled=True, Weight=4),
            ],
        }
    },
    Settings(
        temperature=0.6,
        timeout_seconds=33,
        max_retry_attempts=2,
        circuit_breaker_failure_threshold=9,
        backends=[
            backend("a"),
            backend("b", model="mixtral", weight=2),
            backend("c", "openai", CLOUD, "o9-mini", api_key="key-2", weight=3),
            backend("d", "lmstudio", STUDIO, "loaded", weight=4),
        ],
    ),
)
TOKEN_LIMITS = (
    {
        "LLMockApi": {
            "Backends": [
                entry("long", "openai", CLOUD, "o9", ApiKey="k1", MaxTokens=64000, Enabled=True),
                entry("short", "openai", CLOUD, "o9-nano", ApiKey="k2", MaxTokens=2000, Enabled=True),
                entry("near", MaxTokens=9000, Enabled=True),
                entry("nearer", model="mixtral", MaxTokens=9001, Enabled=True),
            ]
        }
    },
    Settings(
        backends=[
            backend("long", "openai", CLOUD, "o9", api_key="k1", max_tokens=64000),
            backend("short", "openai", CLOUD, "o9-nano", api_key="k2", max_tokens=2000),
            backend("near", max_tokens=9000),
            backend("nearer", model="mixtral", max_tokens=9001),
        ]
    ),
)
COMPLETE = (
    {
        "LLMockApi": {
            "Temperature": 0.3,
            "TimeoutSeconds": 21,
            "EnableVerboseLogging": True,
            "EnableRetryPolicy": False,
            "MaxRetryAttempts": 7,
            "RetryBaseDelaySeconds": 2,
            "EnableCircuitBreaker": False,
            "CircuitBreakerFailureThreshold": 4,
            "CircuitBreakerDurationSeconds": 90,
            "EnableCaching": False,
            "CacheKeyHashLength": 12,
            "CacheSlidingExpirationMinutes": 25,
            "EnableChunking": False,
            "ChunkSize": 40,
            "Backends": [
                entry("first", MaxTokens=7000, Enabled=True, Weight=4, Description="answers most of it"),
                entry("paid", "openai", CLOUD, "o9", ApiKey="k3", Enabled=False, Description="costs money"),
                entry("lab", "lmstudio", STUDIO, "trial", MaxTokens=7001, Enabled=True, Weight=2),
            ],
        }
    },
    Settings(
        temperature=0.3,
        timeout_seconds=21,
        enable_verbose_logging=True,
        enable_retry_policy=False,
        max_retry_attempts=7,
        retry_base_delay_seconds=2,
        enable_circuit_breaker=False,
        circuit_breaker_failure_threshold=4,
        circuit_breaker_duration_seconds=90,
        enable_caching=False,
        cache_key_hash_length=12,
        cache_sliding_expiration_minutes=25,
        enable_chunking=False,
        chunk_size=40,
        backends=[
            backend("first", max_tokens=7000, weight=4, description="answers most of it"),
            backend("paid", "openai", CLOUD, "o9", api_key="k3", enabled=False, description="costs money"),
            backend("lab", "lmstudio", STUDIO, "trial", max_tokens=7001, weight=2),
        ],
    ),
)
MIGRATION = (
    {"BaseUrl": OLLAMA, "ModelName": "gemma9", "Backends": [entry("next", model="mixtral", Enabled=True)]},
    Settings(backends=[backend("default", model="gemma9"), backend("next", model="mixtral")]),
)
CLOUD_FALLBACK = (
    {
        "Backends": [
            entry("house", Enabled=True, Weight=12),
            entry("spare", "openai", CLOUD, "o9-nano", ApiKey="k4", Enabled=True, Weight=2),
        ]
    },
    Settings(
        backends=[
            backend("house", weight=12),
            backend("spare", "openai", CLOUD, "o9-nano", api_key="k4", weight=2),
        ]
    ),
)
FRAGMENTS = {
    "ollama entry": (
        {"Backends": [entry("mine", Enabled=True)]},
        Settings(backends=[backend("mine")]),
    ),
    "openai entry": (
        {"Backends": [entry("mine", "openai", CLOUD, "o9", ApiKey="k5", Enabled=True)]},
        Settings(backends=[backend("mine", "openai", CLOUD, "o9", api_key="k5")]),
    ),
    "lmstudio entry": (
        {"Backends": [entry("mine", "lmstudio", STUDIO, "loaded", Enabled=True)]},
        Settings(backends=[backend("mine", "lmstudio", STUDIO, "loaded")]),
    ),
    "retries": (
        {"EnableRetryPolicy": False, "MaxRetryAttempts": 8, "RetryBaseDelaySeconds": 3},
        Settings(enable_retry_policy=False, max_retry_attempts=8, retry_base_delay_seconds=3),
    ),
    "breaker": (
        {
            "EnableCircuitBreaker": False,
            "CircuitBreakerFailureThreshold": 3,
            "CircuitBreakerDurationSeconds": 45,
        },
        Settings(
            enable_circuit_breaker=False,
            circuit_breaker_failure_threshold=3,
            circuit_breaker_duration_seconds=45,
        ),
    ),
    "verbose logging": ({"EnableVerboseLogging": True}, Settings(enable_verbose_logging=True)),
    "old format without root": (
        {"BaseUrl": OLLAMA, "ModelName": "gemma9"},
        Settings(backends=[backend("default", model="gemma9")]),
    ),
}
EXAMPLES = {
    "three-stage pipeline": PIPELINE,
    "cost-optimised": COST,
    "two stages": TWO_STAGES,
    "old format": OLD_FORMAT,
    "old format, addresses only": OLD_FORMAT_ALONE,
    "one backend": SINGLE,
    "several backends": SEVERAL,
    "token limits": TOKEN_LIMITS,
    "complete": COMPLETE,
    "migration": MIGRATION,
    "cloud fallback": CLOUD_FALLBACK,
    **FRAGMENTS,
}


@pytest.mark.parametrize(("document", "expected"), EXAMPLES.values(), ids=EXAMPLES.keys())
@pytest.mark.parametrize("name", ["llmock.json", "other/appsettings.json"])
def test_a_documented_configuration_loads_key_for_key(load, tmp_path, document, expected, name):
    """Each documented form sets exactly the fields it names, and none of its keys is unknown."""
    (tmp_path / "other").mkdir()

    settings = load(document, name=name, file=tmp_path / name)

    assert settings == expected
    assert settings.warnings == ()


def test_the_documented_defaults_hold_when_nobody_says_anything(load):
    """The defaults are those of the documents, and of the .NET system where they are silent."""
    settings = load()

    assert settings == Settings()
    assert (settings.temperature, settings.timeout_seconds, settings.max_context_window) == (1.2, 30, 4096)
    assert (settings.enable_retry_policy, settings.max_retry_attempts) == (True, 3)
    assert settings.retry_base_delay_seconds == 1.0
    assert (settings.enable_circuit_breaker, settings.circuit_breaker_failure_threshold) == (True, 5)
    assert settings.circuit_breaker_duration_seconds == 30
    assert (settings.enable_caching, settings.cache_key_hash_length) == (True, 8)
    assert settings.cache_sliding_expiration_minutes == 15
    assert (settings.enable_chunking, settings.chunk_size, settings.max_items) == (True, None, 1000)
    assert (settings.max_output_tokens, settings.enable_verbose_logging) == (None, False)


def test_the_documented_variable_gives_the_first_backend_its_key(load):
    """`LLMockApi__Backends__0__ApiKey` sets the key of the first entry of the file, not of `default`."""
    document, _ = MIGRATION

    settings = load(document, environ={"LLMockApi__Backends__0__ApiKey": "from-the-shell"})

    assert [b.api_key.reveal() for b in settings.backends] == ["", "from-the-shell"]


def test_a_disabled_backend_needs_no_variable(load):
    """The cost-optimised form loads without the key that its disabled entry names."""
    document, _ = COST

    settings = load(document)

    assert settings.backend_named("FEW").api_key
    assert settings.backend_named("few").enabled is False

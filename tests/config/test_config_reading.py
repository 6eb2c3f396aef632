"""Spellings, roots and second names: many ways to write one setting."""

import pytest

SPELLINGS = [
    "MaxRetryAttempts",
    "max_retry_attempts",
    "MAX-RETRY-ATTEMPTS",
    "maxRetryAttempts",
    "Max_Retry-attempts",
]
ROOTS = [
    "MockLlmApi",
    "LLMockApi",
    "mostlylucid.mockllmapi",
    "mock_llm_api",
    "LLMOCK-API",
    "MOSTLYLUCID.MockLlmApi",
]


@pytest.mark.parametrize("key", SPELLINGS)
def test_a_key_may_be_written_in_any_case_with_any_separator(load, key):
    """Case, `_` and `-` do not count."""
    assert load({key: 9}).max_retry_attempts == 9


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("array", ["Backends", "LlmBackends", "llm_backends"])
def test_every_root_and_array_name_is_known(load, root, array):
    """Each root section, in any spelling, may hold either array name."""
    settings = load({root: {array: [{"Name": "only"}]}})

    assert [backend.name for backend in settings.backends] == ["only"]


def test_two_roots_are_merged(load):
    """What stands below two of our roots counts together, and the backends of both."""
    settings = load(
        {
            "MockLlmApi": {"Seed": 4, "Cors": {"Enabled": True}, "LlmBackends": [{"Name": "a"}]},
            "LLMockApi": {"seed": 4, "Cors": {"PreflightMaxAge": 5}, "Backends": [{"Name": "b"}]},
            "mostlylucid.mockllmapi": None,
        }
    )

    assert (settings.seed, settings.cors.enabled, settings.cors.preflight_max_age) == (4, True, 5)
    assert [backend.name for backend in settings.backends] == ["a", "b"]


def test_both_array_names_are_merged(load):
    """`LlmBackends` and `Backends` of one section count together, and equal ones once."""
    both = load({"LlmBackends": [{"Name": "a"}], "Backends": [{"Name": "b"}]})
    same = load({"LlmBackends": [{"Name": "a"}], "Backends": [{"NAME": "a"}]})

    assert [backend.name for backend in both.backends] == ["a", "b"]
    assert [backend.name for backend in same.backends] == ["a"]


@pytest.mark.parametrize(
    ("document", "places"),
    [
        ({"MockLlmApi": {"Seed": 1}, "LLMockApi": {"seed": 2}}, ("MockLlmApi.Seed", "LLMockApi.seed")),
        ({"EnableChunking": True, "EnableAutoChunking": False}, ("EnableChunking", "EnableAutoChunking")),
        ({"Cors": {"Enabled": True}, "cors": 5}, ("Cors", "cors")),
    ],
    ids=["two roots", "two names of one key", "a section and a value"],
)
def test_two_different_values_of_one_key_are_refused(refusal, document, places):
    """The error names both spots."""
    one, two = places

    assert refusal(document) == (
        f"llmock.json: {one} and llmock.json: {two} contradict each other. Keep one of them."
    )


@pytest.mark.parametrize(
    ("document", "field", "value"),
    [
        ({"EnableAutoChunking": False}, "enable_chunking", False),
        ({"MaxTokens": 9000}, "max_run_tokens", 9000),
        ({"MaxRunTokens": 9000}, "max_run_tokens", 9000),
        ({"Lax": True}, "strict", False),
        ({"lax": "off"}, "strict", True),
        ({"Lax": None}, "strict", None),
        ({"Record": "new_episodes"}, "record", "new"),
        ({"Match": "Normalized"}, "match", "normalised"),
        ({"Strategy": "RoundRobin"}, "strategy", "round_robin"),
        ({"SseMode": "array-items"}, "sse_mode", "ArrayItems"),
        ({"OpenAPI_Specs": [{"Name": "a", "Source": "b.yaml"}]}, "warnings", ()),
    ],
)
def test_second_names_mean_the_same(load, document, field, value):
    """Second names of keys and words lead to the same field and word."""
    assert getattr(load(document), field) == value


def test_lax_with_no_truth_value_is_refused(refusal):
    """`Lax` says the opposite of `Strict`, so it must say something."""
    assert refusal({"Lax": "perhaps"}) == "llmock.json: Lax is neither true nor false. Write one of them."


def test_an_unknown_key_is_a_warning_with_the_nearest_key(load):
    """A misspelt key is named with its place and the key that it looks like, at every level."""
    settings = load({"LLMockApi": {"Temprature": 1, "Backends": [{"Name": "a", "Modelname2": "b"}]}})

    assert settings.warnings == (
        (
            "llmock.json: LLMockApi.Temprature is not a known key and has no effect. "
            "Did you mean 'Temperature'?"
        ),
        (
            "llmock.json: LLMockApi.Backends[0].Modelname2 is not a known key and has no effect. "
            "Did you mean 'ModelName'?"
        ),
    )


def test_remarks_are_no_unknown_keys(load):
    """JSON has no comments, so people write them as keys; a schema reference is no setting either."""
    assert load({"$schema": "x", "//": "note", "_comment": "note", "_Comment2": "note"}).warnings == ()


def test_what_stands_beside_a_root_is_not_ours(load):
    """With a root section, everything outside it belongs to others."""
    settings = load({"Temperature": 0.1, "Unknown": 1, "MockLlmApi": {"Seed": 2}})

    assert (settings.temperature, settings.seed, settings.warnings) == (1.2, 2, ())


@pytest.mark.parametrize(
    ("key", "field"),
    [("BaseUrl", "base_url"), ("ModelName", "model_name")],
)
def test_one_key_of_the_old_format_is_enough(load, key, field):
    """Either key alone makes the backend `default`; the other one has its default."""
    value = "http://127.0.0.9/v1/"

    backend = load({key: value}).backend_named("default")

    expected = {"base_url": "http://localhost:11434/v1/", "model_name": "llama3", field: value}
    assert (backend.base_url, backend.model_name) == (expected["base_url"], expected["model_name"])
    assert backend.provider == "ollama"


def test_the_old_format_stands_aside_for_a_backend_named_default(load):
    """An entry named `default` wins over the old keys, and a warning says so."""
    settings = load({"ModelName": "old", "Backends": [{"Name": "Default", "ModelName": "new"}]})

    assert [backend.model_name for backend in settings.backends] == ["new"]
    assert settings.warnings == (
        "llmock.json: ModelName has no effect, because a backend is named 'default'. Remove one of them.",
    )


def test_empty_old_keys_make_no_backend(load):
    """A migrated file may keep the two keys empty."""
    assert load({"BaseUrl": "", "ModelName": None}).backends == ()


def test_the_old_format_beside_broken_backends_is_not_in_the_way(refusal):
    """The error is about the backends, not about the old keys."""
    assert (
        refusal({"ModelName": "m", "Backends": "many"}) == "llmock.json: Backends is not a list. Write one."
    )


def test_null_means_the_default(load):
    """A null takes nothing away, except where "no limit" is a value of its own."""
    settings = load({"Temperature": None, "Backends": None, "GraphQLMaxTokens": None})

    assert (settings.temperature, settings.backends, settings.graphql_max_tokens) == (1.2, (), None)
    assert dict(settings.origins) == {"graphql_max_tokens": "file"}


def test_a_section_with_another_name_is_told_where_settings_stand(load):
    """Its name is like no key's, and so none is named."""
    assert load({"LLMock": {"Seed": 1}}).warnings == (
        (
            "llmock.json: LLMock is not a known key and has no effect. Settings stand at the top level of the "
            "document, or all of them in a section LLMockApi."
        ),
    )


def test_a_misspelt_name_is_told_beside_the_one_that_lacks(refusal):
    """What has no effect is said with what is refused, or nobody would see it."""
    assert refusal({"Backends": [{"Nam": "a"}]}) == (
        "llmock.json: Backends[0] describes an entry without a Name. Add one.\n"
        "llmock.json: Backends[0].Nam is not a known key and has no effect. Did you mean 'Name'?"
    )


@pytest.mark.parametrize(
    "said", [[{"Name": "a"}], {"Name": "a"}, '[{"Name": "a"}]'], ids=["list", "one", "text"]
)
def test_descriptions_of_backends_under_the_key_of_names_are_refused(refusal, said):
    """`Backend` is a name, `Backends` are the backends."""
    assert refusal({"Backend": said}) == (
        "llmock.json: Backend is not the name of a backend, but a description. Did you mean 'Backends'?"
    )

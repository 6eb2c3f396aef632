"""Environment variables: every form, and none that is ignored without a word."""

import pytest

FILE = {"Backends": [{"Name": "one"}, {"Name": "two", "ApiKey": "from-file"}]}


@pytest.mark.parametrize(
    "variable",
    [
        "LLMockApi__Backends__1__ModelName",
        "MockLlmApi__LlmBackends__1__ModelName",
        "LLMOCK__Backends__1__model_name",
        "LLMOCKAPI__BACKENDS__1__MODEL_NAME",
        "mockllmapi__backends__1__modelname",
        "LLMOCK_LLMockApi__LlmBackends__1__ModelName",
        "LLMOCK_BACKENDS__1__MODEL_NAME",
    ],
)
def test_a_nested_variable_sets_one_key_of_one_backend(load, variable):
    """Every root, in any case, nests with `__` and indexes with a number."""
    settings = load(FILE, environ={variable: "phi4"})

    assert [backend.model_name for backend in settings.backends] == ["", "phi4"]
    assert settings.origins["backends"] == "environment"


@pytest.mark.parametrize(
    ("variable", "text", "field", "value"),
    [
        ("LLMOCK_BACKEND", "one, two", "backend", ("one", "two")),
        ("LLMOCK_BACKEND", '["one"]', "backend", ("one",)),
        ("LLMOCK_MAP", "a=b,*=c", "map", {"a": "b", "*": "c"}),
        ("LLMOCK_MAP", '{"a": "b"}', "map", {"a": "b"}),
        ("LLMOCK_RECORD", "new_episodes", "record", "new"),
        ("LLMOCK_UNUSED", "fail", "unused", "fail"),
        ("LLMOCK_SEED", "17", "seed", 17),
        ("LLMOCK_STRICT", "no", "strict", False),
        ("LLMOCK_LAX", "1", "strict", False),
        ("LLMOCK_CHAOS", "0.25", "chaos", 0.25),
        ("LLMOCK_MAX_TOKENS", "5000", "max_run_tokens", 5000),
        ("LLMOCK_MIN_QUALITY", "0.8", "min_quality", 0.8),
        ("LLMockApi__Temperature", "0.3", "temperature", 0.3),
        ("LLMOCK__EnableCaching", "False", "enable_caching", False),
        ("LLMOCK_FAILOVER", "true", "failover", True),
        ("LLMOCK_FAILOVER", "scripted,synthetic", "failover", ("scripted", "synthetic")),
        ("LLMOCK__Tools", '[{"name": "clock"}]', "tools", ({"name": "clock"},)),
        ("LLMOCK__Tools__0__name", "clock", "tools", ({"name": "clock"},)),
        ("LLMOCK__Journeys__first__path", "/a", "journeys", {"first": {"path": "/a"}}),
    ],
)
def test_the_text_of_a_variable_becomes_what_its_field_needs(load, variable, text, field, value):
    """Options and nested forms alike are coerced by the field's type."""
    assert getattr(load(environ={variable: text}), field) == value


def test_paths_and_amounts_come_from_text_too(load):
    """Cassette folder, report and cost budget are typed."""
    environ = {"LLMOCK_CASSETTES": "c", "LLMOCK_REPORT": "r.html", "LLMOCK_MAX_COST": "1.50"}

    settings = load(environ=environ)

    assert (settings.cassettes.name, settings.report.name, str(settings.max_cost)) == ("c", "r.html", "1.50")


def test_the_index_after_the_last_one_appends(load):
    """Variables can add a backend to those of the file."""
    environ = {"LLMOCK__Backends__2__Name": "three", "LLMOCK__Backends__2__Weight": "4"}

    settings = load(FILE, environ=environ)

    assert [(b.name, b.weight) for b in settings.backends] == [("one", 1), ("two", 1), ("three", 4)]


def test_a_gap_in_the_indexes_is_refused(refusal):
    """The error names the index that would be next."""
    assert refusal(FILE, environ={"LLMOCK__Backends__3__Name": "four"}) == (
        "Environment variable LLMOCK__Backends__3__Name leaves a gap: the list has 2 entries, "
        "so the next index is 2."
    )


def test_variables_alone_can_make_the_backends(load):
    """Without a file, index 0 begins the list; JSON text can stand for an entry or the list."""
    whole = load(environ={"LLMOCK__Backends": '[{"Name": "a"}]', "LLMOCK__Backends__0__Weight": "2"})
    entry = load(environ={"LLMOCK__Backends__0": '{"Name": "a"}', "LLMOCK__Backends__0__Weight": "2"})

    assert whole == entry
    assert [(b.name, b.weight) for b in whole.backends] == [("a", 2)]


@pytest.mark.parametrize(
    "environ",
    [
        {"LLMOCK__Cors__AllowedOrigins__1": "http://b.test"},
        {"LLMOCK__Cors": '{"AllowedOrigins": ["http://a.test", "http://b.test"]}'},
        {"LLMOCK__Cors__AllowedOrigins": "http://a.test, http://b.test"},
    ],
    ids=["index", "section as JSON", "commas"],
)
def test_a_plain_list_can_be_set_or_extended(load, environ):
    """An index reaches into a plain list; JSON or commas replace it."""
    settings = load({"Cors": {"AllowedOrigins": ["http://a.test"], "Enabled": True}}, environ=environ)

    assert settings.cors.allowed_origins == ("http://a.test", "http://b.test")
    assert settings.cors.enabled


def test_an_index_replaces_an_entry_of_a_plain_list(load):
    """Without a list below, index 0 begins one; the built-in default is not kept."""
    settings = load(environ={"LLMOCK__Cors__AllowedOrigins__0": "http://a.test"})

    assert settings.cors.allowed_origins == ("http://a.test",)


def test_an_index_into_null_begins_the_list(load):
    """A null in the file is no list, and nothing else either."""
    settings = load({"Tools": None}, environ={"LLMOCK__Tools__0__name": "clock"})

    assert settings.tools == ({"name": "clock"},)


def test_an_empty_variable_counts_as_not_set(load):
    """CI systems pass undefined values as empty text."""
    settings = load({"Seed": 3}, environ={"LLMOCK_SEED": "", "LLMOCK__Backends__9__ApiKey": ""})

    assert (settings.seed, dict(settings.origins)) == (3, {"seed": "file"})


def test_other_variables_are_not_ours(load):
    """Only our roots are looked at."""
    settings = load(environ={"LLMOCKING": "1", "MY_LLMOCK_SEED": "x", "LLMOCK": "2", "PATH": "/bin"})

    assert dict(settings.origins) == {}


UNBOUND = {
    "LLMOCK_RECRD": "The nearest variable that does is LLMOCK_RECORD.",
    "LLMOCK_MAXTOKEN": "The nearest variable that does is LLMOCK_MAX_TOKENS.",
    "LLMOCK__Tempature": "The nearest variable that does is LLMOCK__Temperature.",
    "LLMockApi__Backends__0__ApiKy": "The nearest variable that does is LLMockApi__Backends__0__ApiKey.",
    "MOCKLLMAPI__LLMBACKENDS__0__MODELNAM": (
        "The nearest variable that does is MOCKLLMAPI__LLMBACKENDS__0__MODEL_NAME."
    ),
    "LLMOCK__Cors__Enable": "The nearest variable that does is LLMOCK__Cors__Enabled.",
    "LLMOCK__Backends__first__Name": "Say which entry by its number, such as LLMOCK__Backends__0.",
    "LLMOCK__Seed__0": "LLMOCK__Seed takes a value, and nothing below it.",
}


@pytest.mark.parametrize(("variable", "hint"), UNBOUND.items(), ids=UNBOUND.keys())
def test_a_variable_that_binds_to_nothing_is_refused(refusal, variable, hint):
    """The error names the variable, never its value, and the nearest one that works."""
    message = refusal(environ={variable: "secret"})

    assert message == f"Environment variable {variable} sets nothing. {hint}"


@pytest.mark.parametrize("variable", ["LLMOCK_", "LLMOCK__", "LLMOCK____"])
def test_a_root_without_a_key_is_refused(refusal, variable):
    """A variable that ends at its root sets nothing."""
    message = refusal(environ={variable: "x"})

    assert message.startswith(f"Environment variable {variable} sets nothing. The nearest variable that does")


def test_every_unbound_variable_is_named_at_once(refusal):
    """Two mistakes are two lines of one error."""
    message = refusal(environ={"LLMOCK_SED": "1", "LLMOCK_MACH": "exact"})

    assert [line.split()[2] for line in message.splitlines()] == ["LLMOCK_MACH", "LLMOCK_SED"]


def test_two_variables_that_disagree_are_refused(refusal):
    """Two roots may say the same, but not two things."""
    message = refusal(environ={"LLMockApi__Seed": "1", "LLMOCK_SEED": "2"})

    assert message == (
        "Environment variable LLMOCK_SEED and Environment variable LLMockApi__Seed contradict each other. "
        "Keep one of them."
    )


def test_an_index_into_something_that_is_no_list_is_refused(refusal):
    """Text cannot be indexed; both places are named."""
    message = refusal(
        {"Cors": {"AllowedOrigins": "http://a.test"}}, environ={"LLMOCK__Cors__AllowedOrigins__0": "x"}
    )

    assert message == (
        "Environment variable LLMOCK__Cors__AllowedOrigins__0 picks an entry of "
        "llmock.json: Cors.AllowedOrigins, which is not a list. Write the whole list in one place."
    )


def test_an_appended_entry_needs_a_name(refusal):
    """A key for an entry that does not exist is told apart from one that does."""
    message = refusal(FILE, environ={"LLMOCK__Backends__2__ApiKey": "k"})

    assert (
        message
        == "Environment variable LLMOCK__Backends__2__ApiKey describes an entry without a Name. Add one."
    )

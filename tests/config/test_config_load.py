"""Who wins, who said what, and settings laid over settings."""

import pytest

from pytest_llmock.config import RUN_OPTIONS, TEST_OPTIONS, BackendSettings, Settings, load_settings
from pytest_llmock.errors import SettingsError

FILE = {"Seed": 1, "Backends": [{"Name": "a", "Weight": 5}, {"Name": "b", "ModelName": "m"}]}
SOURCES = {
    "overrides": {"Seed": 2},
    "ini": {"seed": "3"},
    "environ": {"LLMOCK_SEED": "4"},
    "command_line": {"seed": 5},
}
NAMES = ["file", "code", "ini", "environment", "command line"]


@pytest.mark.parametrize("count", range(5))
def test_the_higher_source_wins_and_is_remembered(load, count):
    """File, code, ini, environment, command line: each beats those before it."""
    sources = dict(list(SOURCES.items())[:count])

    settings = load(FILE, **sources)

    assert (settings.seed, settings.origins["seed"]) == (count + 1, NAMES[count])


def test_origins_name_the_fields_that_somebody_set(load):
    """A section belongs to the highest source that set anything inside it."""
    settings = load(
        {"Temperature": 0.1, "Cors": {"Enabled": True}, "Record": None},
        environ={"LLMOCK__Cors__PreflightMaxAge": "1"},
        command_line={"backend": ["a"], "max_tokens": 9},
    )

    assert dict(settings.origins) == {
        "temperature": "file",
        "cors": "environment",
        "backend": "command line",
        "max_run_tokens": "command line",
    }


def test_options_that_are_not_given_say_nothing(load):
    """An option that nobody used is None, empty text or an empty list."""
    settings = load(FILE, ini={"seed": "", "backend": []}, command_line={"seed": None, "config": None})

    assert (settings.seed, dict(settings.origins)) == (1, {"seed": "file", "backends": "file"})


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "ini",
            "ini key llmock_max_tokns is not a known option. The nearest one is ini key llmock_max_tokens.",
        ),
        ("command_line", "--llmock-max-tokns is not a known option. The nearest one is --llmock-max-tokens."),
    ],
)
def test_an_unknown_option_is_refused(refusal, source, message):
    """The error names the nearest option in the form of its source."""
    assert refusal(**{source: {"max_tokns": 1}}) == message


def test_backends_are_laid_over_by_name(load):
    """A higher source changes a backend of the same name key by key and adds the others."""
    settings = load(FILE, overrides={"Backends": [{"name": "B", "Weight": 7}, {"Name": "c"}]})

    assert [(b.name, b.weight, b.model_name) for b in settings.backends] == [
        ("a", 5, ""),
        ("B", 7, "m"),
        ("c", 1, ""),
    ]


def test_a_name_that_a_higher_source_repeats_is_refused(load):
    """Laying over by name does not hide that one source names a backend twice."""
    with pytest.raises(SettingsError, match="two backends named 'a'"):
        load(FILE, overrides={"Backends": [{"Name": "a"}, {"Name": "a"}]})


def test_what_is_no_backend_in_a_higher_source_is_refused(load):
    """An entry without a name is not laid over anything."""
    with pytest.raises(SettingsError, match=r"^Settings in code: Backends\[0\] is not a section of keys"):
        load({"Backends": [{"Name": "a"}]}, overrides={"Backends": ["b"]})


def test_sections_are_laid_over_key_by_key_and_plain_lists_as_a_whole(load):
    """The rest of a section stays; a list is replaced, a null clears what was said below."""
    below = {"Cors": {"Enabled": True, "AllowedOrigins": ["http://a"]}, "Seed": 3, "Journeys": {"x": 1}}

    settings = load(
        below, overrides={"Cors": {"AllowedOrigins": ["http://b"]}, "Seed": None, "Journeys": {"y": 2}}
    )

    assert (settings.cors.enabled, settings.cors.allowed_origins) == (True, ("http://b",))
    assert (settings.seed, settings.journeys) == (0, {"y": 2})


def test_free_settings_can_be_reached_into(load):
    """Variables change one value inside free JSON and leave the rest."""
    below = {"Journeys": {"steps": [{"path": "/a", "n": 1}]}}

    settings = load(below, environ={"LLMOCK__Journeys__steps__0__path": "/b"})

    assert settings.journeys == {"steps": [{"path": "/b", "n": 1}]}


def test_a_section_replaces_what_is_none(load):
    """A variable below a key repairs a file that has something else there."""
    settings = load({"Cors": "nonsense"}, environ={"LLMOCK__Cors__Enabled": "1"})

    assert settings.cors.enabled


def test_a_settings_value_stands_in_for_the_file(load, write, tmp_path):
    """What a conftest returns keeps its own sources, and is below ini, environment and command line."""
    base = load(FILE, environ={"LLMOCK_CHAOS": "0.5"}).merged({"Seed": 8, "Match": "shape"}, where="conftest")
    write("llmock.json", {"Temperature": 0.9})

    settings = load_settings(tmp_path, environ={}, command_line={"seed": 9}, overrides=base)

    assert (settings.seed, settings.match, settings.chaos, settings.temperature) == (9, "shape", 0.5, 1.2)
    assert settings.source == tmp_path / "llmock.json"
    assert len(settings.backends) == 2


def test_settings_made_in_code_say_what_was_given(load):
    """Of a Settings only the given fields count, whichever way it is written."""
    made = Settings(seed=4, backends=[BackendSettings(name="a", api_key="k")])

    from_value = load(overrides=made, ini={"chaos": 0.5})
    from_mapping = load(
        overrides={"seed": 4, "backends": [BackendSettings(name="a", api_key="k")], "chaos": 0.5}
    )

    assert from_value == from_mapping
    assert dict(from_value.origins) == {"seed": "code", "backends": "code", "chaos": "ini"}
    assert from_value.backends[0].api_key.reveal() == "k"


def test_a_markers_config_is_laid_over(load):
    """Any spelling and root; warnings and sources are kept, and the result is a settings value of its own."""
    settings = load({**FILE, "Sed": 1})

    merged = settings.merged({"MockLlmApi": {"max-items": 9, "Sead": 2}}, where="marker of test_x")

    assert (merged.max_items, merged.seed, settings.max_items) == (9, 1, 1000)
    assert dict(merged.origins) == {"seed": "file", "backends": "file", "max_items": "marker"}
    assert merged.source == settings.source
    assert [warning.split(" is not")[0] for warning in merged.warnings] == [
        "llmock.json: Sed",
        "marker of test_x: MockLlmApi.Sead",
    ]


def test_a_wrong_value_in_a_markers_config_names_the_marker(load):
    """The error begins with `where`; a key that is no text is named as text."""
    with pytest.raises(SettingsError) as caught:
        load().merged({"Weight": 1, 5: 6, "MaxItems": "all"}, where="marker of test_x")

    assert caught.value.message == (
        'marker of test_x: MaxItems is "all", which is not a whole number. Write one, such as 3.\n'
        "marker of test_x: Weight is not a known key and has no effect. Known: Backend, Backends, BaseUrl, "
        "CacheAbsoluteExpirationMinutes, CacheKeyHashLength, CachePriority, "
        "CacheRefreshThresholdPercent, CacheSlidingExpirationMinutes, ….\n"
        "marker of test_x: 5 is not a known key and has no effect. Known: Backend, Backends, BaseUrl, "
        "CacheAbsoluteExpirationMinutes, CacheKeyHashLength, CachePriority, "
        "CacheRefreshThresholdPercent, CacheSlidingExpirationMinutes, …."
    )


def test_merging_settings_made_in_code(load):
    """Settings that no file stands behind can be laid over too."""
    merged = Settings(seed=4).merged({"MaxItems": 3}, where="here")

    assert merged == Settings(seed=4, max_items=3)


def test_no_option_is_placed_twice():
    """A marker is either above or below the command line, never both."""
    assert not TEST_OPTIONS & RUN_OPTIONS
    assert {"backend", "seed", "strict", "match", "faults", "env", "intercept"} <= TEST_OPTIONS
    assert {"record", "cassettes", "unused", "chaos", "report", "max_cost"} <= RUN_OPTIONS

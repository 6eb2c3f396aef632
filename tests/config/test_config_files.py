"""Which file counts, and what is read from it."""

import pytest

from pytest_llmock.config import find_settings_file

OURS = {"MockLlmApi": {"Seed": 5}}


@pytest.mark.parametrize("missing", [0, 1, 2, 3])
def test_the_first_settings_file_that_exists_counts(write, tmp_path, missing):
    """pyproject.toml comes before llmock.toml, llmock.json and appsettings.json."""
    names = ["pyproject.toml", "llmock.toml", "llmock.json", "appsettings.json"][missing:]
    for name in names:
        write(name, "[tool.llmock]\n" if name.endswith("toml") else OURS)

    found = find_settings_file(tmp_path)

    assert found == tmp_path / names[0]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pyproject.toml", "[tool.other]\nx = 1\n"),
        ("pyproject.toml", "tool = 1\n"),
        ("appsettings.json", {"Logging": {"LogLevel": {"Default": "Debug"}}, "AllowedHosts": "*"}),
        ("appsettings.json", {"mostlylucid": {"other": {}}}),
        ("settings.json", OURS),
    ],
)
def test_a_file_without_our_settings_does_not_count(write, tmp_path, name, content):
    """A pyproject.toml counts with [tool.llmock] only, an appsettings.json with one of our roots only."""
    write(name, content)

    found = find_settings_file(tmp_path)

    assert found is None


def test_settings_know_the_file_they_come_from(load, tmp_path):
    """`source` is the file that was read, None when there is none."""
    without = load()
    with_file = load(OURS)

    assert (without.source, with_file.source) == (None, tmp_path / "llmock.json")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pyproject.toml", "[tool.llmock]\nseed = 5\n[[tool.llmock.backends]]\nname = 'a'\n"),
        ("llmock.toml", "seed = 5\r\n[[backends]]\r\nname = 'a'\r\n"),
        (
            "llmock.toml",
            "[mostlylucid.mockllmapi]\nseed = 5\n[[mostlylucid.mockllmapi.backends]]\nname = 'a'\n",
        ),
        ("llmock.json", '\ufeff{"Seed": 5, "Backends": [{"Name": "a"}]}'),
        ("llmock.json", '{"Seed": 5, // five\n "Backends": [{"Name": /* "b" */ "a",},],}'),
    ],
)
def test_both_kinds_of_file_say_the_same(load, name, content):
    """TOML and JSON, the latter with byte order mark, comments and trailing commas, give equal settings."""
    settings = load(content, name=name)

    assert (settings.seed, settings.backends[0].name, settings.warnings) == (5, "a", ())


def test_what_looks_like_a_comment_inside_a_string_is_kept(load):
    """Comment signs and commas in strings are text, also after an escaped quote."""
    template = 'say \\"//no\\", /* not */ [1,] http://x'

    settings = load('{"CustomPromptTemplate": "' + template + '", /* "x" */ }')

    assert settings.custom_prompt_template == 'say "//no", /* not */ [1,] http://x'


def test_other_sections_of_an_application_are_not_ours(load, tmp_path):
    """An appsettings.json of an application raises no warning, with a root of ours or without."""
    application = {"Logging": {"Level": "Debug"}, "AllowedHosts": "*"}

    rooted = load({**application, **OURS}, name="appsettings.json")
    bare = load(
        {**application, "Seed": 6}, name="appsettings.Test.json", file=tmp_path / "appsettings.Test.json"
    )

    assert (rooted.seed, rooted.warnings) == (5, ())
    assert (bare.seed, bare.warnings) == (6, ())


def test_a_named_file_is_read_instead_of_the_one_that_would_be_found(load, write):
    """`file` wins over what lies in the root directory."""
    named = write("mine.json", {"Seed": 9})

    settings = load({"Seed": 1}, file=named)

    assert (settings.seed, settings.source) == (9, named)


@pytest.mark.parametrize(
    "sources",
    [
        {"environ": {"LLMOCK_CONFIG": "mine.toml"}},
        {"environ": {"LLMOCK__Config": "mine.toml"}},
        {"ini": {"config": "mine.toml"}},
        {"command_line": {"config": "mine.toml"}, "environ": {"LLMOCK_CONFIG": "absent.toml"}},
    ],
    ids=["option variable", "nested variable", "ini", "command line first"],
)
def test_an_option_or_variable_can_name_the_file(load, write, sources):
    """`config` is looked for on the command line, in the environment and in the ini file."""
    write("mine.toml", "seed = 9\n")

    settings = load({"Seed": 1}, **sources)

    assert settings.seed == 9


BROKEN = {
    "json": (
        "llmock.json",
        '{\n  "Seed" 5}',
        "llmock.json is not JSON: Expecting ':' delimiter in line 2, column 10. Correct it there.",
    ),
    "json after a comment": (
        "llmock.json",
        '{ /* a\n b */ "Seed": }',
        "llmock.json is not JSON: Expecting value in line 2, column 15. Correct it there.",
    ),
    "toml": (
        "llmock.toml",
        "seed = 1\nmatch = \n",
        "llmock.toml is not TOML: Invalid value (at line 2, column 9). Correct it there.",
    ),
    "list": (
        "llmock.json",
        "[1]",
        "llmock.json does not hold an object. Write the settings between { and }.",
    ),
    "root": (
        "llmock.json",
        '{"MockLlmApi": 3}',
        "llmock.json: MockLlmApi is not a section of keys. Write the settings inside it.",
    ),
    "table": (
        "pyproject.toml",
        "[tool]\nllmock = 3\n",
        "pyproject.toml: tool.llmock is not a table. Write the settings below [tool.llmock].",
    ),
    "key twice": (
        "llmock.json",
        '{"Seed": 1, "Seed": 2}',
        'llmock.json has the key "Seed" twice in one object. Keep one of them.',
    ),
    "very deep": (
        "llmock.json",
        '{"Journeys":' + '{"a":' * 80 + "1" + "}" * 81,
        "llmock.json is nested more than 64 levels deep. No setting is.",
    ),
    "deeper than the parser": (
        "llmock.json",
        "[" * 100_000,
        "llmock.json is nested more than 64 levels deep. No setting is.",
    ),
    "toml deeper than the parser": (
        "llmock.toml",
        "a = " + "[" * 100_000,
        "llmock.toml is nested more than 64 levels deep. No setting is.",
    ),
    "endless number in toml": (
        "llmock.toml",
        "seed = " + "9" * 5000,
        "llmock.toml holds a number with thousands of digits. No setting needs one.",
    ),
    "endless number": (
        "llmock.json",
        '{"Seed": ' + "9" * 5000 + "}",
        "llmock.json holds a number with thousands of digits. No setting needs one.",
    ),
}


@pytest.mark.parametrize(("name", "content", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_refused_with_the_spot(refusal, name, content, message):
    """The error names file, line and column, or the key."""
    assert refusal(content, name=name) == message


def test_a_missing_file_is_refused_with_the_nearest(refusal, write, tmp_path):
    """The error of a misspelt file name offers the file beside it."""
    write("staging.json", {})

    message = refusal(file=tmp_path / "stagin.json")

    assert message == (
        "The settings file stagin.json does not exist. Did you mean 'staging.json'? "
        "Create it, or name another one."
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "settings.yaml",
            "settings.yaml is neither a .toml nor a .json file. Name a settings file of one of these kinds.",
        ),
        (
            "folder.json",
            "The settings file folder.json cannot be read: Is a directory. Name a readable file.",
        ),
        ("utf16.json", "utf16.json is not UTF-8: byte 0 cannot be read. Save it as UTF-8."),
        ("pyproject.toml", "pyproject.toml has no table [tool.llmock]. Add it, or name another file."),
    ],
)
def test_a_file_that_cannot_be_settings_is_refused(refusal, tmp_path, name, message):
    """Another suffix, a directory, another encoding and a pyproject.toml without our table each say so."""
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "utf16.json").write_bytes('{"Seed": 1}'.encode("utf-16"))
    (tmp_path / "settings.yaml").touch()
    (tmp_path / "pyproject.toml").touch()

    assert refusal(file=tmp_path / name) == message


def test_a_file_elsewhere_is_named_by_its_whole_path(refusal, tmp_path_factory):
    """Outside the root directory, the short name would not lead anybody to the file."""
    file = tmp_path_factory.mktemp("elsewhere") / "s.json"
    file.write_text('{"Seed": "x"}')

    message = refusal(file=file)

    assert message == f'{file.as_posix()}: Seed is "x", which is not a whole number. Write one, such as 3.'

"""Options, ini keys, marker and environment: who wins, and what a mistake says."""

import re

import pytest

from pytest_llmock.choice import MARKER

TELL = """
    def test_it(llm_backend):
        print("answered by", llm_backend.name)
"""
MARKED = """
    import pytest
    pytestmark = pytest.mark.llmock(backend="alpha", seed=5)
    @pytest.mark.llmock(backend="beta")
    class TestIt:
        @pytest.mark.llmock(backend="gamma")
        def test_function(self, llmock):
            assert (llmock.choice.backend, llmock.choice.seed) == ("gamma", 5)
        def test_class(self, llmock):
            assert llmock.choice.backend == "beta"
    def test_module(llmock):
        assert llmock.choice.backend == "alpha"
"""


def answered_by(result):
    """The backends that TELL named in the output of a run."""
    return re.findall(r"answered by (\w+)", result.stdout.str())


def test_without_settings_the_embedded_generator_answers(run):
    """No configuration is needed for a first test."""
    result = run("-s", test_it=TELL)

    assert answered_by(result) == ["synthetic"]


def test_with_settings_the_first_enabled_backend_answers(run, configured):
    """The order of the file is the order of choice."""
    result = run("-s", test_it=TELL)

    assert answered_by(result) == ["alpha"]


@pytest.mark.parametrize(
    ("args", "ini", "variable", "name"),
    [
        pytest.param(
            ["--llmock-backend=gamma"], "llmock_backend = beta", "alpha", "gamma", id="command line first"
        ),
        pytest.param([], "llmock_backend = beta", "gamma", "gamma", id="then environment"),
        pytest.param([], "llmock_backend = beta", None, "beta", id="then ini"),
    ],
)
def test_sources_of_the_backend_in_their_order(
    run, configured, pytester, monkeypatch, args, ini, variable, name
):
    """Command line, environment and ini override the settings file in this order."""
    pytester.makeini(f"[pytest]\n{ini}\n")
    if variable:
        monkeypatch.setenv("LLMOCK_BACKEND", variable)

    result = run("-s", *args, test_it=TELL)

    assert answered_by(result) == [name]


@pytest.mark.parametrize("table", ["[tool.pytest]", "[tool.pytest.ini_options]"])
def test_ini_keys_work_in_both_tables_of_pyproject(run, pytester, table):
    """Flat keys have the right types for pytest's native table too."""
    keys = (
        'llmock_backend = "scripted"\nllmock_seed = 7\nllmock_map = ["a=synthetic"]\nllmock_strict = true\n'
    )
    pytester.makepyprojecttoml(f"{table}\n{keys}")

    result = run("-s", test_it=TELL)

    assert answered_by(result) == ["scripted"]
    result.stdout.fnmatch_lines(["llmock: backend=scripted, map=a=synthetic, seed=7, strict=True"])


def test_the_nearest_marker_wins_key_by_key(run, configured):
    """Function over class over module; a key that the nearer one lacks comes from the farther."""
    result = run("--llmock-backend=dormant", test_it=MARKED)

    result.assert_outcomes(passed=3)


def test_the_marker_wins_over_the_command_line(run, configured):
    """What a test is does not change with the run."""
    text = "import pytest\npytestmark = pytest.mark.llmock(backend='gamma')\n"

    result = run("-s", "--llmock-backend=alpha", test_it=text + TELL.replace("    def", "def", 1))

    assert answered_by(result) == ["gamma"]


def test_several_backends_run_each_test_once_per_backend(run, configured):
    """Repeating the option multiplies the tests that ask a backend, and only those."""
    text = TELL + "\n    def test_other():\n        pass\n"

    result = run("-s", "-v", "--llmock-backend=gamma", "--llmock-backend=alpha", test_it=text)

    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        ["*test_it[[]gamma[]]*answered by gamma", "*test_it[[]alpha[]]*answered by alpha"]
    )


def test_several_backends_leave_a_marked_test_alone(run, configured):
    """A test that names its backend runs once."""
    text = "import pytest\n@pytest.mark.llmock(backend='gamma')\ndef test_it(llm_backend):\n    pass\n"

    result = run("--llmock-backend=alpha", "--llmock-backend=beta", test_it=text)

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("mapping", ["alpha=gamma", "ALPHA=gamma", "*=gamma"])
def test_map_lets_another_backend_answer(run, configured, mapping):
    """A whole suite moves to another backend without a change to its code."""
    result = run("-s", f"--llmock-map={mapping}", test_it=TELL)

    assert answered_by(result) == ["gamma"]


def test_map_does_not_chain(run, configured):
    """OLD=NEW is one step: a rule for NEW does not apply to what OLD became."""
    result = run("-s", "--llmock-map=alpha=gamma", "--llmock-map=gamma=beta", test_it=TELL)

    assert answered_by(result) == ["gamma"]


@pytest.mark.parametrize(
    ("args", "env", "mode"),
    [
        pytest.param([], {}, "none", id="default"),
        pytest.param([], {"LLMOCK_RECORD": "off"}, "off", id="environment"),
        pytest.param(["--llmock-record=off"], {"LLMOCK_RECORD": "none"}, "off", id="command line"),
        pytest.param([], {"LLMOCK_RECORD": "off", "CI": "true"}, "none", id="CI holds it at none"),
        pytest.param(["--llmock-record=off"], {"CI": "true"}, "off", id="CI, but the command line says so"),
    ],
)
def test_the_record_mode_of_a_run(run, monkeypatch, args, env, mode):
    """Nothing goes live by accident, in CI least of all."""
    for name, value in env.items():
        monkeypatch.setenv(name, value)

    result = run(*args, test_it=f"def test_it(llmock):\n    assert llmock.choice.record == '{mode}'\n")

    result.assert_outcomes(passed=1)


def test_a_markers_record_none_is_never_loosened(run):
    """A test that must not go live does not, whatever the command line says."""
    text = """
    import pytest
    @pytest.mark.llmock(record="none")
    def test_it(llmock):
        assert llmock.choice.record == "none"
    """

    result = run("--llmock-record=off", test_it=text)

    result.assert_outcomes(passed=1)


def test_marker_config_lies_over_the_settings(run, configured):
    """One test may set what the file does not."""
    text = """
    import pytest
    @pytest.mark.llmock(config={"max-items": 2})
    def test_it(llmock):
        assert llmock.settings.max_items == 2
        assert llmock.settings.backends[0].name == "alpha"
    """

    result = run(test_it=text)

    result.assert_outcomes(passed=1)


def test_settings_can_be_made_in_a_conftest(run):
    """A dict from the llmock_settings fixture configures the run in code."""
    conftest = """
    import pytest
    @pytest.fixture(scope="session")
    def llmock_settings():
        return {"MockLlmApi": {"LlmBackends": [{"Name": "mine", "Provider": "synthetic"}]}}
    """

    result = run("-s", conftest=conftest, test_it=TELL)

    assert answered_by(result) == ["mine"]


def test_settings_of_the_fixture_can_build_on_the_files(run, configured):
    """Overriding the fixture may start from what the files say."""
    conftest = """
    import pytest
    @pytest.fixture(scope="session")
    def llmock_settings(llmock_settings):
        return llmock_settings.merged({"Backend": "gamma"}, where="conftest.py")
    """

    result = run("-s", conftest=conftest, test_it=TELL)

    assert answered_by(result) == ["gamma"]


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        pytest.param("backnd='x'", "has no key 'backnd'. Did you mean 'backend'?", id="unknown key"),
        pytest.param(
            "'alpha'",
            "takes keywords only, not 'alpha'. Perhaps you meant llmock(backend='alpha')?",
            id="positional",
        ),
        pytest.param("seed='7'", "llmock(seed='7'): give a whole number.", id="wrong type"),
        pytest.param(
            "record='sometimes'", "llmock(record='sometimes'): give one of none, once,*", id="wrong word"
        ),
        pytest.param("strict=1", "llmock(strict=1): give True or False.", id="not a bool"),
        pytest.param("seed=True", "llmock(seed=True): give a whole number.", id="a bool is no number"),
        pytest.param("intercept=1", "llmock(intercept=1): give True or False.", id="wrong type"),
        pytest.param(
            "faults=['429', 'cutt@3']",
            "llmock(faults=…)[[]1[]]: There is no fault 'cutt'. Did you mean 'cut'? A status is a fault too*",
            id="no fault",
        ),
    ],
)
def test_a_wrong_marker_is_a_usage_error_at_collection(run, marker, message):
    """No test runs when a marker means nothing."""
    result = run(test_it=f"import pytest\n@pytest.mark.llmock({marker})\ndef test_it():\n    pass\n")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: llmock: test_it.py::test_it: *{message}"])


def test_a_broken_settings_file_is_a_usage_error_at_collection(run, pytester):
    """The file is named before any test runs."""
    pytester.makefile(".json", llmock="{ not json")

    result = run(test_it=TELL)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: llmock: *llmock.json*"])


def test_a_broken_settings_file_does_not_disturb_others(run, pytester):
    """A run that does not use us never reads the file."""
    pytester.makefile(".json", llmock="{ not json")

    result = run(test_it="def test_it():\n    pass\n")

    result.assert_outcomes(passed=1)


def test_an_unknown_key_warns_with_the_nearest(run, pytester):
    """A misspelt key is not silently ignored."""
    pytester.makefile(".toml", llmock="TimeoutSecond = 3\n")

    result = run(test_it=TELL)

    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*PytestConfigWarning: llmock: *TimeoutSecond*TimeoutSeconds*"])


def test_an_unknown_variable_is_a_usage_error(run, monkeypatch):
    """A variable under our roots that binds to nothing is a mistake."""
    monkeypatch.setenv("LLMOCK_BAKEND", "alpha")

    result = run(test_it=TELL)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: llmock: *LLMOCK_BAKEND*LLMOCK_BACKEND*"])


def test_header_and_summary_tell_what_was_used(run):
    """One line above, one below."""
    text = "def test_it(mock_api):\n    mock_api.get('/users')\n    mock_api.get('/orders')\n"

    result = run("--llmock-seed=7", test_it=text)

    result.stdout.fnmatch_lines(["llmock: seed=7", "llmock: 2 calls (2 synthetic), * tokens in, * out"])


def test_a_run_without_us_says_nothing(run):
    """No option, no call, no line."""
    result = run(test_it="def test_it():\n    pass\n")

    result.assert_outcomes(passed=1)
    assert "llmock:" not in result.stdout.str()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(run_anew):
    """A run can be repeated to the byte."""
    text = "def test_it(mock_api):\n    print(mock_api.get('/users?count=3').text)\n"

    first, second, other = (
        run_anew("-s", f"--llmock-seed={seed}", test_it=text).outlines for seed in (1, 1, 2)
    )

    def data(lines):
        return [line for line in lines if "email" in line]

    assert data(first) == data(second)
    assert data(first) != data(other)


def test_a_wrong_setting_from_a_conftest_fails_without_showing_the_environment(run, monkeypatch):
    """The message is all that is shown: a traceback would print the variables."""
    monkeypatch.setenv("AAA_API_KEY", "sk-CANARY")
    conftest = """
    import pytest
    @pytest.fixture(scope="session")
    def llmock_settings():
        return {"MaxItems": "many"}
    """

    result = run(conftest=conftest, test_it=TELL)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["llmock: *MaxItems is *, which is not a whole number*"])
    assert "CANARY" not in result.stdout.str()


def test_options_lie_over_the_settings_that_a_conftest_returns(run, configured):
    """A Settings made in code stands in for the file; the command line still wins."""
    conftest = """
    import pytest
    from pytest_llmock import load_settings
    @pytest.fixture(scope="session")
    def llmock_settings(pytestconfig):
        return load_settings(pytestconfig.rootpath, environ={}).merged({"Backend": "beta"}, where="conftest.py")
    """

    result = run("-s", "--llmock-map=beta=gamma", conftest=conftest, test_it=TELL)

    assert answered_by(result) == ["gamma"]


def test_unknown_keys_in_code_warn_too(run):
    """A misspelt key is not silently ignored, wherever it stands."""
    text = """
    import pytest
    @pytest.mark.llmock(config={"MaxItem": 3})
    def test_it(llmock):
        pass
    """

    result = run(test_it=text)

    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*PytestConfigWarning: llmock: *MaxItem*MaxItems*"])


def test_fixtures_of_the_users_own_by_our_names_are_left_alone(run, configured):
    """Several backends multiply only tests that use our fixtures."""
    text = """
    import pytest
    @pytest.fixture
    def pipeline():
        return "mine"
    @pytest.fixture
    def mock_api():
        return "mine too"
    def test_it(pipeline, mock_api):
        assert (pipeline, mock_api) == ("mine", "mine too")
    """

    result = run("--llmock-backend=alpha", "--llmock-backend=beta", test_it=text)

    result.assert_outcomes(passed=1)


def test_settings_that_a_conftest_forgot_to_return_are_an_error(run):
    """None is not the default settings."""
    conftest = """
    import pytest
    @pytest.fixture(scope="session")
    def llmock_settings():
        pass
    """

    result = run(conftest=conftest, test_it=TELL)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["llmock: The fixture llmock_settings gave NoneType: return a dict or Settings from it."]
    )


@pytest.mark.parametrize("quiet", [(), ("-q",)], ids=["with header", "quiet"])
def test_an_ini_value_of_the_wrong_type_names_its_key(run, pytester, quiet):
    """In one line, like the other options."""
    pytester.makeini("[pytest]\nllmock_seed = many\n")

    result = run(*quiet, test_it=TELL)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert [line for line in result.errlines if line] == [
        (
            "ERROR: llmock: The ini key llmock_seed cannot be read: invalid literal for int() with base 10: 'many'. "
            "Write a whole number, such as 3."
        )
    ]
    assert "Traceback" not in result.stdout.str()


def test_what_is_not_built_is_not_offered(run):
    """`--llmock-report` is refused when it is used, and `--help` does not lead there."""
    result = run("--help")

    assert "--llmock-record" in result.stdout.str()
    assert "--llmock-report" not in result.stdout.str()


def test_every_key_of_the_marker_is_in_the_list_of_markers(run):
    """`pytest --markers` knows what the marker takes."""
    listed = run("--markers").stdout.str().partition("@pytest.mark.llmock(")[2].partition(")")[0]

    assert sorted(re.findall(r"(\w+)=", listed)) == sorted(MARKER)


def test_a_map_to_a_backend_that_is_not_there_fails_the_tests_that_use_us(run):
    """Even one that never asks for the backend which is mapped: a run that changes nothing is a mistake."""
    result = run("--llmock-map=a=synthetc", test_it=TELL)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            (
                "llmock: Backend 'synthetc', which is to answer for 'a' (--llmock-map), is not configured. "
                "Did you mean 'synthetic'?"
            )
        ]
    )


def test_a_file_is_no_folder_for_cassettes(run):
    """`--llmock-cassettes=test_it.py` is a slip, and nothing could be recorded there."""
    result = run("--llmock-cassettes=test_it.py", test_it=TELL)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [
            (
                "ERROR: llmock: The command line sets cassettes to 'test_it.py', which is a file: name a folder, "
                "such as 'cassettes'."
            )
        ]
    )


def test_a_misspelt_provider_is_a_warning_of_the_run(run, pytester):
    """In the summary of warnings, with the nearest one, once; what a marker's config adds has its own."""
    pytester.makefile(".json", llmock='{"Backends": [{"Name": "a", "Provider": "synthtic"}]}')
    marked = "import pytest\npytestmark = pytest.mark.llmock(config={'MaxItem': 3})\n"

    result = run(test_it=marked + TELL.replace("    def", "def", 1))

    result.assert_outcomes(passed=1, warnings=2)
    result.stdout.fnmatch_lines(["*MaxItem is not a known key and has no effect. Did you mean 'MaxItems'?*"])
    result.stdout.fnmatch_lines(
        [("*llmock.json: Backends[[]0[]].Provider: Unknown provider 'synthtic', falling back to ollama. "
         "Did you mean 'synthetic'? Available providers: synthetic, *")]
    )  # fmt: skip

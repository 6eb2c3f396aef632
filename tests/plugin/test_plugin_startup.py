"""What an installed plugin costs a run that does not use it, told by what it imports; and xdist."""

import sys

import pytest

HEAVY = [
    "starlette",
    "uvicorn",
    "httpx",
    "httpx2",
    "pydantic",
    "yaml",
    "jsonschema_rs",
    "mimesis",
    "hypothesis",
    "jinja2",
    "asyncio",
    "click",
]


def test_an_unused_plugin_imports_nothing_heavy(run_anew):
    """None of the heavy packages is in sys.modules through us."""
    text = f"""
    import sys
    def test_it():
        assert not {set(HEAVY)!r} & sys.modules.keys()
        assert not [name for name in sys.modules if name.startswith("pytest_llmock.server")]
    """

    result = run_anew(test_it=text)

    result.assert_outcomes(passed=1)


def test_without_the_plugin_nothing_of_us_is_there(pytester):
    """-p no:llmock leaves no option and no marker behind."""
    pytester.makepyfile("def test_it():\n    pass\n")

    result = pytester.run(sys.executable, "-m", "pytest", "-p", "no:llmock", "--llmock-seed=1")

    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_workers_of_xdist_each_have_a_server_and_one_summary(run):
    """The controller adds up what its workers called."""
    text = """
    import pytest
    @pytest.mark.parametrize("number", range(6))
    def test_it(mock_api, number):
        assert mock_api.get("/users").status_code == 200
    """

    result = run("-p", "xdist", "-n2", test_it=text)

    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(["llmock: 6 calls (6 synthetic), *"])


def test_under_xdist_a_usage_error_is_told_by_each_test_of_ours(run):
    """xdist drops what a worker says at collection, so each test of ours says it."""
    result = run(
        "-p", "xdist", "-n2", test_it="import pytest\n@pytest.mark.llmock(x=1)\ndef test_it(): pass\n"
    )

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["llmock: test_it.py::test_it: @pytest.mark.llmock has no key 'x'.*"])

"""Rules of this repository that no linter knows."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEST_FILES = sorted(file for folder in ("tests", "clients") for file in (ROOT / folder).rglob("test_*.py"))


@pytest.mark.parametrize("file", TEST_FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_test_says_its_claim(file):
    """A test without a docstring does not say what it shows."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]

    silent = [node.name for node in functions if node.name.startswith("test") and not ast.get_docstring(node)]

    assert silent == []


def test_no_file_is_longer_than_a_sitting():
    """Beyond 410 lines (the plugin, every hook and fixture) a file has more than one reason to change."""
    sizes = {
        path: len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / "pytest_llmock").rglob("*.py")
    }

    assert [str(path.relative_to(ROOT)) for path, lines in sizes.items() if lines > 410] == []


@pytest.mark.parametrize("file", sorted(ROOT.glob("constraints*.txt")), ids=lambda file: file.stem)
def test_constraints_hold_names_and_versions_only(file):
    """No index, no path: a build next year is the build of today, from wherever."""
    lines = file.read_text(encoding="utf-8").splitlines()

    pins = [line for line in lines if line and not line.startswith("#")]

    assert all(line.count("==") == 1 and not set(line) & set("/@ ") for line in pins)


def test_the_page_names_the_versions_of_clients_that_are_tested():
    """What the table of clients says is what is installed for them."""
    page = (ROOT / "docs/do/test-code-that-calls-an-llm.md").read_text(encoding="utf-8")
    pins = {line for file in ROOT.glob("constraints-clients*.txt") for line in file.read_text().splitlines()}
    table = page.partition("## Clients that are tested")[2].partition("\n## ")[0]

    rows = re.findall(r"^\| ([\w-]+)[^|]*\| ([\d., ]+) \|", table, re.MULTILINE)
    named = {f"{client}=={version}" for client, versions in rows for version in versions.split(", ")}

    assert named
    assert named - pins == set()


def test_the_version_is_the_same_everywhere():
    """pyproject and package agree."""
    import pytest_llmock

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["version"] == pytest_llmock.__version__

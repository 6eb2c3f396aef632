"""Every block of README and docs is run, in order, in a folder of its own for each page.

A block with a title (```python title="test_users.py") is a file. A console block has commands after "$ "
and below each the lines its output must have, in this order, "..." standing for anything. A Python block
without a title is run as a program.
"""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from warm import Done, Warm

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
OTHER_PLUGINS = (
    "randomly",
    "cacheprovider",
    "hypothesispytest",
    "respx",
)  # of this environment, not the reader's
MODULES = {
    "pytest": ["pytest", *(f"-pno:{name}" for name in OTHER_PLUGINS)],
    "pytest-llmock": ["pytest_llmock"],
}
NOT_RUN = {"mermaid", "text"}
Run = Callable[..., Done]
DRAWS = """
from hypothesis import given, settings
from pytest_llmock import strategies

@settings(deadline=None, derandomize=True)
@given(strategies.from_shape({"text": "string"}))
def test_draws(value):
    pass
"""


@dataclass(frozen=True)
class Block:
    language: str
    title: str
    text: str


def blocks(page: Path) -> list[Block]:
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [
        Block(language, (re.findall(r'title="([^"]+)"', info) or [""])[0], text)
        for language, info, text in found
    ]


def called(run: Run, words: list[str], folder: Path, env: dict[str, str]) -> str:
    """What a command prints."""
    if words[0] in MODULES:
        done = run(*MODULES[words[0]], *words[1:], cwd=folder, env=env)
    else:
        command = [{"python": sys.executable}.get(words[0], words[0]), *words[1:]]
        done = subprocess.run(
            command, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False
        )
    return done.stdout + done.stderr


def is_checked_elsewhere(words: list[str]) -> bool:
    """make and pip are what set this very environment up: here it is only checked that what they name exists."""
    if words[0] == "make":
        assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        return True
    if words[:2] == ["pip", "install"]:
        extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
            "optional-dependencies"
        ]
        ours = [word for word in words[2:] if word.startswith("pytest-llmock")]
        assert set(re.findall(r"\w+", ours[0].removeprefix("pytest-llmock")) if ours else ()) <= extras.keys()
        return True
    return words[0] == "git"


def run_console(run: Run, text: str, folder: Path, env: dict[str, str]) -> None:
    for step in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line, *expected = step.splitlines()
        words = shlex.split(line)
        own = dict(env)
        while "=" in words[0] and not words[0].startswith("-"):
            name, _, value = words.pop(0).partition("=")
            own[name] = value
        if is_checked_elsewhere(words):
            continue
        assert_output(line, expected, called(run, words, folder, own))


def assert_output(line: str, expected: list[str], output: str) -> None:
    rest = iter(output.splitlines())
    for wanted in filter(str.strip, expected):
        pattern = ".*".join(re.escape(part) for part in wanted.strip().split("..."))
        found = any(re.search(pattern, actual) for actual in rest)
        assert found, f"$ {line}\nhas no line like {wanted!r} in the right place:\n{output}"


def run_block(run: Run, block: Block, folder: Path, env: dict[str, str]) -> None:
    if block.title:
        (folder / block.title).parent.mkdir(parents=True, exist_ok=True)
        (folder / block.title).write_text(block.text, encoding="utf-8")
    elif block.language == "console":
        run_console(run, block.text, folder, env)
    elif block.language == "python":
        done = subprocess.run(
            [sys.executable, "-c", block.text],
            cwd=folder,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    else:
        assert block.language in NOT_RUN, (
            f"a {block.language} block needs a title, so that it is used:\n{block.text}"
        )


@pytest.fixture(scope="session")
def storage(tmp_path_factory):
    """A folder where Hypothesis keeps what it has read of the modules that a run imports.

    In a new one it reads them in a test's first draw, which it then calls too slow. A reader's Hypothesis does
    not read ours: it takes them for local code only where they are installed from their folder, as here.
    """
    folder = tmp_path_factory.mktemp("storage")
    (folder / "test_draws.py").write_text(DRAWS)
    env = {**os.environ, "HYPOTHESIS_STORAGE_DIRECTORY": str(folder)}
    done = Warm.start(*MODULES["pytest"], "-q", cwd=folder, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_of_the_page_does_what_it_shows(page, tmp_path, warm, request):
    """A reader who types what a page shows gets what it shows."""
    ours = {name for name in os.environ if name.startswith("LLMOCK")} | {"CI", "PYTEST_ADDOPTS"}
    ours |= {name for name in os.environ if name.startswith("COVERAGE")}  # of use to nobody here, and slow
    env = {name: value for name, value in os.environ.items() if name not in ours} | {"COLUMNS": "200"}
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    run = warm.run
    if "hypothesis" in page.read_text(encoding="utf-8"):
        run = Warm.start  # a copy of the process that has every module imported has them all read
        env["HYPOTHESIS_STORAGE_DIRECTORY"] = str(request.getfixturevalue("storage"))

    for block in blocks(page):
        run_block(run, block, tmp_path, env)

    assert blocks(page) or page.name == "CONTRIBUTING.md"


def test_links_between_pages_lead_somewhere():
    """No page points to a file that is not there."""
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]

    assert broken == []

"""Each folder of conftest_examples is a complete suite that passes as it stands."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "conftest_examples"
NAMES = sorted(
    path.name for path in EXAMPLES.iterdir() if path.is_dir() and not path.name.startswith(("_", "."))
)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_passes_alone(name):
    """A reader can copy the folder and run pytest in it."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("LLMOCK")}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        "--rootdir",
        ".",
        "-q",
    ]

    done = subprocess.run(command, cwd=EXAMPLES / name, env=env, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
    assert "llmock:" in done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_named_in_the_readme(name):
    """The list of examples says in a line what each one shows."""
    assert f"`{name}`" in (EXAMPLES / "README.md").read_text(encoding="utf-8")

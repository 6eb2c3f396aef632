"""Each folder of conftest_examples is a complete suite that passes as it stands."""

import os
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "conftest_examples"
NAMES = sorted(
    path.name for path in EXAMPLES.iterdir() if path.is_dir() and not path.name.startswith(("_", "."))
)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_passes_alone(name, warm):
    """A reader can copy the folder and run pytest in it."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("LLMOCK")}
    options = ("-pno:cacheprovider", "-pno:randomly", "--rootdir", ".", "-q")

    done = warm.run("pytest", *options, cwd=EXAMPLES / name, env=env)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
    assert "llmock:" in done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_named_in_the_readme(name):
    """The list of examples says in a line what each one shows."""
    assert f"`{name}`" in (EXAMPLES / "README.md").read_text(encoding="utf-8")

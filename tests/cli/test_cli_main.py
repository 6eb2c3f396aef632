"""The group of commands: what it costs, and what it says of words it does not know."""

import os
import subprocess
import sys

import pytest

from pytest_llmock.cli import main
from pytest_llmock.cli.lazy import Announced

HEAVY = {"pydantic", "yaml", "starlette", "uvicorn", "httpx2", "pytest_llmock.config"}


def loaded(code, **env):
    """The heavy modules that a program has imported at its end."""
    program = f"import sys\nfrom pytest_llmock.cli import main\ntry:\n    {code}\nexcept SystemExit: pass\n"
    program += f"print(*sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)"
    env = {**os.environ, **env}
    return subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True
    )


@pytest.mark.parametrize(
    "args", [[], ["--help"], ["cassettes", "--help"], ["backends", "--help"]], ids=" ".join
)
def test_help_imports_nothing_heavy(args):
    """Reading what there is waits for no library."""
    done = loaded(f"main({args!r})")

    assert done.stderr.splitlines()[-1:] == [""]


def test_shell_completion_knows_commands_and_imports_nothing_heavy():
    """A shell asks at every press of the key."""
    env = {
        "COMP_WORDS": "pytest-llmock cassettes ",
        "COMP_CWORD": "2",
        "_PYTEST_LLMOCK_COMPLETE": "bash_complete",
    }

    done = loaded("main([], prog_name='pytest-llmock')", **env)

    assert done.stdout.split() == [
        f"plain,{name}" for name in ("accept", "import", "list", "migrate", "prune", "scan", "show", "verify")
    ]
    assert done.stderr.strip() == ""


def test_an_unknown_command_is_a_usage_error(run):
    """With the nearest one there is."""
    done = run("cassettes", "lsit")

    assert done.exit_code == 2
    assert "No such command 'lsit'" in done.stderr


CASSETTES = ["accept", "import", "list", "migrate", "prune", "scan", "show", "verify"]
COMMANDS = [*(f"cassettes {name}" for name in CASSETTES), "backends list", "backends check"]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(run, command):
    """What is announced exists, and its own help says more than the announcement."""
    done = run(*command.split(), "--help")

    assert done.exit_code == 0
    assert done.stdout.startswith(f"Usage: pytest-llmock {command} ")


def test_the_hook_that_is_shipped_runs_a_command_that_exists():
    """pre-commit reads the file from the repository's root."""
    import re
    from pathlib import Path

    import yaml

    (hook,) = yaml.safe_load((Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text())

    assert (hook["id"], hook["language"], hook["entry"]) == (
        "llmock-scan",
        "python",
        "pytest-llmock cassettes scan",
    )
    assert re.search(hook["files"], "tests/cassettes/test_chat/test_say.yaml")
    assert not re.search(hook["files"], "tests/cassettes/blobs/0a.txt")


INTERRUPTED = "raise KeyboardInterrupt"


def test_an_interrupt_while_a_command_is_imported_ends_with_130(run, here, monkeypatch):
    """Nothing was done yet, and no traceback is needed to say so."""
    (here / "slow_command.py").write_text(INTERRUPTED)
    monkeypatch.syspath_prepend(here)
    monkeypatch.setitem(main.commands, "slow", Announced("slow", "slow_command", "x"))

    done = run("slow")

    assert (done.exit_code, done.stderr) == (130, "pytest-llmock: interrupted before anything was written.\n")


def test_an_interrupt_of_any_command_ends_with_130(run, here, monkeypatch):
    """As shells say of a process that Ctrl-C ended."""
    text = f"import click\n@click.command('slow')\ndef slow_command():\n    {INTERRUPTED}\n"
    (here / "slow_again.py").write_text(text)
    monkeypatch.syspath_prepend(here)
    monkeypatch.setitem(main.commands, "slow", Announced("slow", "slow_again", "x"))

    done = run("slow")

    assert (done.exit_code, done.stderr) == (130, "pytest-llmock: interrupted.\n")

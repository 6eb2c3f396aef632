"""The command line in this process, in a folder of its own, and a live backend to ask."""

import json
import os
import sys

import pytest
from click.testing import CliRunner

from pytest_llmock.choice import Choice
from pytest_llmock.cli import main
from pytest_llmock.config import load_settings
from pytest_llmock.server.runtime import Runtime


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The current folder, without settings of this environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", sys.path.copy())
    for name in [name for name in os.environ if name.upper().startswith("LLMOCK")]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
def run(here):
    """Runs a command: `run("cassettes", "list").stdout`."""

    def run(*args):
        runner = CliRunner(catch_exceptions=False)
        return runner.invoke(main, [str(arg) for arg in args], prog_name="pytest-llmock")

    return run


@pytest.fixture
def upstream(tmp_path_factory):
    """A server that speaks OpenAI's API: it takes the place of a live one."""
    runtime = Runtime()
    runtime.serve(load_settings(tmp_path_factory.mktemp("upstream"), environ={}), Choice())
    yield runtime
    runtime.close()


@pytest.fixture
def settings(here):
    """Writes the settings: `settings(writer=url)` for a live backend of that name there."""

    def settings(**places):
        backends = [
            {"Name": name, "Provider": "ollama", "BaseUrl": f"{url}/v1/", "ModelName": "tiny"}
            for name, url in places.items()
        ]
        (here / "llmock.json").write_text(json.dumps({"Backends": backends}))

    return settings

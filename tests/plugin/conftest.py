"""Runs of pytest on small suites, each in a process of its own, as a user's would be."""

import sys

import pytest


@pytest.fixture
def run(pytester, monkeypatch):
    """Runs pytest in a fresh process with our plugin and no other, on files given as name=text."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("CI", "LLMOCK_BACKEND", "LLMOCK_RECORD"):
        monkeypatch.delenv(name, raising=False)

    def run(*args, **files):
        pytester.makepyfile(**{name: text for name, text in files.items() if not name.startswith("_")})
        command = [sys.executable, "-m", "pytest", "-p", "pytest_llmock.plugin", "-p", "no:cacheprovider"]
        return pytester.run(*command, *args)

    return run


CONFIGURED = """
    [[Backends]]
    Name = "alpha"
    Provider = "ollama"
    BaseUrl = "http://127.0.0.1:9/v1/"
    ModelName = "alpha-1"

    [[Backends]]
    Name = "beta"
    Provider = "lmstudio"
    BaseUrl = "http://127.0.0.1:9/v1/"
    ModelName = "beta-1"

    [[Backends]]
    Name = "gamma"
    Provider = "synthetic"

    [[Backends]]
    Name = "dormant"
    Provider = "ollama"
    ModelName = "dormant-1"
    Enabled = false
"""


@pytest.fixture
def configured(pytester):
    """A settings file with two live backends that nobody serves, an embedded and a disabled one."""
    pytester.makefile(".toml", llmock=CONFIGURED)

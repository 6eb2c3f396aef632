"""Runs of pytest on small suites, each in a process of its own, as a user's would be."""

import os
import time
from types import SimpleNamespace

import pytest

from pytest_llmock.choice import Choice
from pytest_llmock.config import load_settings
from pytest_llmock.server.runtime import Runtime


def runs(pytester, monkeypatch, start):
    """A function that runs pytest with our plugin and no other, on files given as name=text."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("CI", "LLMOCK_BACKEND", "LLMOCK_RECORD", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    def run(*args, **files):
        if files:
            pytester.makepyfile(**files)
        began = time.monotonic()
        ours = ("-p", "pytest_llmock.plugin", "-p", "no:cacheprovider")
        done = start("pytest", *ours, *args, cwd=pytester.path, env=os.environ)
        print(done.stdout, done.stderr)  # noqa: T201 - told below a failure
        lines = (done.stdout.splitlines(), done.stderr.splitlines())
        return pytest.RunResult(done.returncode, *lines, time.monotonic() - began)

    return run


@pytest.fixture
def run(pytester, monkeypatch, warm):
    """Runs of pytest that have their imports behind them."""
    return runs(pytester, monkeypatch, warm.run)


@pytest.fixture
def run_anew(pytester, monkeypatch, warm):
    """The same in a new interpreter: for what a run imports, and for what must not hang on the seed of hash()."""
    return runs(pytester, monkeypatch, warm.start)


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


@pytest.fixture
def upstream(pytester):
    """A live model server (the embedded generator behind a real socket), configured as backend `up`.

    `.calls` are the requests it got, `.stop()` takes it away.
    """
    runtime = Runtime()
    session = runtime.serve(load_settings(pytester.path, environ={}), Choice(strict=False))
    pytester.makefile(
        ".toml",
        llmock=f"""
        [[Backends]]
        Name = "up"
        Provider = "lmstudio"
        BaseUrl = "{runtime.url}/v1/"
        ModelName = "llama3"
        """,
    )
    stopped = []

    def stop():
        if not stopped:
            stopped.append(True)
            runtime.close()

    yield SimpleNamespace(calls=session.calls, stop=stop, url=runtime.url)
    stop()


@pytest.fixture
def tape(pytester):
    """The text of the only cassette there is, or of the one of that name; empty when there is none."""

    def tape(name="*.yaml"):
        found = sorted(pytester.path.glob(f"cassettes/**/{name}"))
        assert len(found) <= 1, found
        return found[0].read_text() if found else ""

    return tape

"""Fixtures for tests of backends."""

import asyncio
import sys

import pytest
import pytest_asyncio
from loopback import Upstream

from pytest_llmock.backends.http import Http
from pytest_llmock.backends.plugged import GROUP
from pytest_llmock.config import load_settings


@pytest_asyncio.fixture
async def upstream():
    """A scripted server on loopback, in the test's own loop."""
    served = Upstream()
    server = await asyncio.start_server(served.serve, "127.0.0.1", 0)
    served.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/"
    yield served
    served.over.set()
    server.close()


@pytest_asyncio.fixture
async def http():
    """The clients of the test's loop."""
    clients = Http()
    yield clients
    await clients.aclose()


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Leaves a package as an installer does, for one test: `install("bard", "def make…", mine="bard:make")`."""
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    before = set(sys.modules)

    def install(package, text, **points):
        (tmp_path / f"{package}.py").write_text(text, encoding="utf-8")
        metadata = tmp_path / f"{package}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = [f"{name} = {value}" for name, value in points.items()]
        (metadata / "entry_points.txt").write_text("\n".join([f"[{GROUP}]", *lines, ""]))

    yield install
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.fixture
def entry(tmp_path):
    """The settings with one backend `x`, and its entry: `entry("mine", ModelName="m")`."""

    def entry(provider, *, document=None, **keys):
        backend = {"Name": "x", "Provider": provider, **keys}
        settings = load_settings(tmp_path, environ={}, overrides={"Backends": [backend], **(document or {})})
        return settings.backends[0], settings

    return entry

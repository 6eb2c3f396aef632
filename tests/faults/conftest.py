"""Fixtures for tests of faults: a proxy that spoils answers, with and without a real model behind it."""

import socket

import pytest
import pytest_asyncio
from fleet import Fleet, unharmed

from faultproxy import FaultProxy
from pytest_llmock.backends.http import Http
from pytest_llmock.server.runtime import Runtime


@pytest_asyncio.fixture
async def http():
    """The clients of the test's loop."""
    clients = Http()
    yield clients
    await clients.aclose()


@pytest.fixture
def proxy(llama):
    """A proxy in front of the real model server."""
    with FaultProxy(llama.base_url) as proxy:
        yield proxy


@pytest.fixture
def server():
    """A server that gives canned answers only."""
    with FaultProxy("http://nowhere/v1/") as server:
        yield server


@pytest.fixture
def spare():
    """A second server of that kind."""
    with FaultProxy("http://nowhere/v1/") as spare:
        yield spare


@pytest.fixture
def full_backlog():
    """The address of a socket that listens, and whose queue of connections is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1/"
        for client in waiting:
            client.close()


@pytest.fixture
def runtime():
    """A running server without any session."""
    runtime = Runtime()
    yield runtime
    runtime.close()


@pytest.fixture
def fleet(runtime, server, spare, tmp_path, caplog):
    """Opens a session over servers, `fleet(server, spare)`, and looks afterwards whether it is unharmed."""
    fleets = []

    def fleet(*servers, **options):
        fleets.append(Fleet(runtime, tmp_path, *servers, **options))
        return fleets[-1]

    with unharmed(fleets):
        yield fleet
        assert server.idle.wait(2)
        assert spare.idle.wait(2)
    assert "CANARY" not in caplog.text

"""Fixtures for tests of backends."""

import asyncio

import pytest_asyncio
from loopback import Upstream

from pytest_llmock.backends.http import Http


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

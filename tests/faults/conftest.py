"""Fixtures for tests of faults: a proxy that spoils answers, with and without a real model behind it."""

import pytest
import pytest_asyncio

from faultproxy import FaultProxy
from pytest_llmock.backends.http import Http


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

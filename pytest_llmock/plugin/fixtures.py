"""What a test holds beside its session: a backend, a client of the mock API, patterns.

Rule, as for the whole plugin: a fixture imports what it needs when it is asked for.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_llmock.patterns.maker import Patterns
    from pytest_llmock.server.client import MockApi, SharedTransport
    from pytest_llmock.server.runtime import Runtime
    from pytest_llmock.server.selected import SelectedBackend
    from pytest_llmock.session import Session


@pytest.fixture
def llm_backend(llmock: "Session", _llmock_runtime: "Runtime") -> "SelectedBackend":
    """The backend this test selected: base_url and api_key for any SDK, complete and stream without one."""
    from pytest_llmock.server.selected import SelectedBackend

    return SelectedBackend(llmock, _llmock_runtime.thread)


@pytest.fixture(scope="session")
def _llmock_transport(_llmock_runtime: "Runtime") -> "Iterator[SharedTransport]":
    from pytest_llmock.server.client import SharedTransport

    transport = SharedTransport()
    yield transport
    transport.close_pool()


@pytest.fixture
def mock_api(llmock: "Session", _llmock_transport: "SharedTransport") -> "Iterator[MockApi]":
    """An HTTP client for a REST API that does not exist yet: a backend makes up its answers."""
    from pytest_llmock.server.client import MockApi

    with MockApi(llmock, _llmock_transport) as client:
        yield client


@pytest.fixture
def pipeline(llmock: "Session") -> "Patterns":
    """Makes patterns of stages that ask this test's backends: `pipeline(Stage("generate", …), …)`."""
    return llmock.pipeline

"""A runtime of its own for tests that open and close sessions themselves."""

import pytest

from pytest_llmock.choice import Choice
from pytest_llmock.config import load_settings
from pytest_llmock.server.runtime import Runtime


@pytest.fixture
def runtime():
    """A running server without any session."""
    runtime = Runtime()
    yield runtime
    runtime.close()


@pytest.fixture
def opened(runtime, tmp_path):
    """Opens a session: `opened(backend="x", settings={…}, strict=False)`."""

    def opened(*, settings=None, **choice):
        loaded = load_settings(tmp_path, environ={}, overrides=settings or {})
        return runtime.open(loaded, Choice(**{"test": "t.py::t", **choice}))

    return opened

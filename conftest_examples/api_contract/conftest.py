"""The settings are those of the appsettings.json beside this file, wherever pytest was started."""

from pathlib import Path

import pytest

from pytest_llmock import load_settings


@pytest.fixture(scope="session")
def llmock_settings():
    return load_settings(Path(__file__).parent)

"""The settings come from the appsettings.json beside this file, wherever pytest was started."""

from pathlib import Path

import pytest

from pytest_llmock import load_settings


@pytest.fixture(scope="session")
def llmock_settings(llmock_settings):
    mine = load_settings(Path(__file__).parent, environ={})
    return mine.merged({"map": {"*": "synthetic"}}, where="conftest.py")

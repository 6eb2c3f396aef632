"""Fixtures for the tests of cassettes."""

from pathlib import Path

import pytest


@pytest.fixture
def tape(tmp_path, monkeypatch):
    """The path of a cassette, relative to the current folder."""
    monkeypatch.chdir(tmp_path)
    return Path("cassettes/test_chat/test_say.yaml")

"""One way to write a settings file and load it, for every test of the settings."""

import json

import pytest

from pytest_llmock.config import load_settings
from pytest_llmock.errors import SettingsError


@pytest.fixture
def write(tmp_path):
    """Writes a file below the root directory; anything but text as JSON."""

    def write_file(name, content):
        file = tmp_path / name
        text = content if isinstance(content, str) else json.dumps(content)
        file.write_text(text, encoding="utf-8")
        return file

    return write_file


@pytest.fixture
def load(tmp_path, write):
    """Loads the settings of the root directory, where `content` stands in `name`."""

    def load_content(content=None, *, name="llmock.json", environ=None, **sources):
        if content is not None:
            write(name, content)
        return load_settings(tmp_path, environ=environ or {}, **sources)

    return load_content


@pytest.fixture
def refusal(load):
    """What the SettingsError says when the same is loaded."""

    def refusal_of(content=None, **sources):
        with pytest.raises(SettingsError) as caught:
            load(content, **sources)
        return caught.value.message

    return refusal_of

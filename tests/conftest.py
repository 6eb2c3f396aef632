"""Fixtures for every test."""

import os

import pytest
from hypothesis import settings

from llama import serving, write_model
from warm import Warm

# How long an example takes says nothing on a machine that does other things as well. Every run has other examples,
# on a build machine too, where Hypothesis would always take the same; HYPOTHESIS_PROFILE=thorough tries more at once.
usual = settings.get_profile("default")
settings.register_profile("ours", usual, deadline=None)
settings.register_profile("thorough", usual, deadline=None, max_examples=300)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ours"))

# The many processes that tests start would each compile all that they import.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture(scope="session")
def warm(tmp_path_factory):
    """Runs modules as programs, without the second that each would spend on imports."""
    with Warm(tmp_path_factory.mktemp("warm")) as warm:
        yield warm


@pytest.fixture(scope="session")
def llama(tmp_path_factory):
    """llama.cpp's own server with a tiny random model: `base_url` (ends in /v1/), `model`, `context`."""
    for wheel in ("xllamacpp", "gguf"):
        pytest.importorskip(wheel, reason=f"the real model server needs the {wheel} wheel")
    with serving(tmp_path_factory.mktemp("llama")) as server:
        yield server


@pytest.fixture(scope="session")
def gguf(tmp_path_factory):
    """The file of the tiny random model."""
    for wheel in ("xllamacpp", "gguf"):
        pytest.importorskip(wheel, reason=f"a model in a file needs the {wheel} wheel")
    path = tmp_path_factory.mktemp("models") / "tiny.gguf"
    write_model(path)
    return path

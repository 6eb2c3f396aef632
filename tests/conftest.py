"""Fixtures for every test."""

import pytest

from llama import serving


@pytest.fixture(scope="session")
def llama(tmp_path_factory):
    """llama.cpp's own server with a tiny random model: `base_url` (ends in /v1/), `model`, `context`."""
    for wheel in ("xllamacpp", "gguf"):
        pytest.importorskip(wheel, reason=f"the real model server needs the {wheel} wheel")
    with serving(tmp_path_factory.mktemp("llama")) as server:
        yield server

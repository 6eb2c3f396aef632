"""Data sets in a folder of their own, answered by functions that count."""

import os

import pytest

from pytest_llmock import generate
from pytest_llmock.datasets.plan import Plan


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The current folder, without settings of this environment."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.upper().startswith("LLMOCK")]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
def make(here):
    """Makes a data set without settings of anybody: `make({"id": 0}, 100, "a.jsonl")`."""

    def make(shape, count, out, **said):
        return generate(shape, count, out, **{"settings": {}, **said})

    return make


@pytest.fixture
def plan():
    """A plan of little: `plan(count=3)`."""

    def plan(shape=None, *, count=10, **said):
        return Plan(
            shape={"id": 0, "name": "string"} if shape is None else shape, count=count, path="/users", **said
        )

    return plan

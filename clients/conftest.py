"""Which cells of the table run here."""

import os

import matrix
import pytest

# litellm would fetch its prices at import, and langchain tell its maker what is done
os.environ.update(LITELLM_LOCAL_MODEL_COST_MAP="True", LANGSMITH_TRACING="false")


def pytest_addoption(parser):
    parser.addoption("--environment", default="clients", help="the dependency group that is installed")


def pytest_generate_tests(metafunc):
    needs = metafunc.definition.get_closest_marker("needs")
    names = [set(matrix.clients(metafunc.config.option.environment, cell)) for cell in needs.args]
    metafunc.parametrize("client", sorted(set.intersection(*names)))


@pytest.fixture
def adapter(client):
    return matrix.adapter(client)

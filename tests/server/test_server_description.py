"""What the server says of itself at R/llmock/openapi.json."""

import re

import httpx
import pytest

from pytest_llmock.server import app, control, mock
from pytest_llmock.server.description import described
from pytest_llmock.shapes.openapi import read_openapi

PATHS = {
    path.replace("{path}", "x").replace("{id}", "x").replace("{name}", "x"): item
    for path, item in described("http://127.0.0.1:1").get("paths", {}).items()
}


OF_PROVIDERS = ("/v1/", "/api/chat", "/api/generate", "/api/embed", "/api/tags", "/api/show", "/api/version")


def routed():
    """Every path of our own that the app knows, those below one as the start of any."""
    paths = {*control.API.endpoints, *mock.API.endpoints} - {"/api/mock/stream", "/api/mock/**"}
    return {re.sub(r"\{.*?\}|\*\*", "x", path) for path in paths} | {"/api/mock", "/api/mock/x"}


def test_every_path_that_is_answered_is_described_and_no_other():
    """The document is written by hand, and cannot fall behind; the APIs of providers are described by them."""
    mounted = {"/api/mock/openapi/x"}  # a part of the mock API, with rules of its own
    ours = {path for path in PATHS if not path.startswith(OF_PROVIDERS)}

    assert ours == routed() | mounted


@pytest.mark.parametrize("path", [path for path in PATHS if path.startswith(("/llmock", "/v1"))])
def test_the_methods_are_those_that_are_taken(path):
    """A method that is described is not a 405, another one is."""
    endpoint, _ = app._api(path).find(path)
    methods = {method.upper() for method in PATHS[path] if method != "parameters"}

    assert methods == endpoint.methods - {"HEAD"}


def test_it_can_be_read_and_mounted(llmock, mock_api):
    """Every reference leads somewhere, every schema is one."""
    document = httpx.get(f"{llmock.url}/llmock/openapi.json").json()

    assert document["servers"] == [{"url": llmock.url}]
    assert (
        len(read_openapi(document).operations)
        == len(mock_api.mount_openapi(document, prefix="/me").operations) + 4
    )


def test_a_wrong_method_names_the_right_ones(llmock):
    """HTTP asks for the header, and people for the sentence."""
    answer = httpx.get(f"{llmock.url}/llmock/reset")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")

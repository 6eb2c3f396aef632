"""What the server says of itself at R/llmock/openapi.json."""

import httpx
import pytest

from pytest_llmock.server import app, control
from pytest_llmock.server.description import described
from pytest_llmock.shapes.openapi import read_openapi

PATHS = {
    path.replace("{path}", "x").replace("{id}", "x").replace("{name}", "x"): item
    for path, item in described("http://127.0.0.1:1").get("paths", {}).items()
}


def routed():
    """Every path that the app knows, those below one as the start of any."""
    apis = (app.CONTROL, app._mock(), app._openai())
    whole = {path for api in apis for path in api.endpoints}
    return whole | {f"{start}x" for api in apis for start, _ in api.below}


def test_every_path_that_is_answered_is_described_and_no_other():
    """The document is written by hand, and cannot fall behind."""
    mounted = {"/api/mock/openapi/x"}  # a part of the mock API, with rules of its own

    assert set(PATHS) == routed() | mounted


@pytest.mark.parametrize("path", [path for path in PATHS if path.startswith(("/llmock", "/v1"))])
def test_the_methods_are_those_that_are_taken(path):
    """A method that is described is not a 405, another one is."""
    api = app._api(path)
    methods = {method.upper() for method in PATHS[path] if method != "parameters"}

    assert api.endpoint(path) is not control.UNKNOWN
    assert methods == api.endpoint(path).methods - {"HEAD"}


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

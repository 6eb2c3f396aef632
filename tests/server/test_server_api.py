"""An API's table of paths."""

import httpx
import pytest

from pytest_llmock.server.api import Api
from pytest_llmock.server.endpoint import Endpoint, Face

FACE = Face("some", lambda error: {"said": error.message})
ONE, MANY, REST = (Endpoint(FACE, handler=None) for _ in range(3))
TABLE = Api(
    FACE, {"/things": MANY, "/things/{id}": ONE, "/things/{id}/parts": MANY, "/files/{path:path}": REST}
)


@pytest.mark.parametrize(
    ("path", "endpoint", "params"),
    [
        ("/things", MANY, {}),
        ("/things/7", ONE, {"id": "7"}),
        ("/things/7/parts", MANY, {"id": "7"}),
        ("/files/a/b", REST, {"path": "a/b"}),
    ],
)
def test_a_path_leads_to_its_endpoint_with_its_parameters(path, endpoint, params):
    """The table is written as routes are."""
    assert TABLE.find(path) == (endpoint, params)


def test_the_first_of_several_paths_with_parameters_answers():
    """So the narrower one stands before the wider."""
    table = Api(FACE, {"/a/{id}": ONE, "/a/**": REST})

    assert [table.find(path)[0] for path in ("/a/1", "/a/1/2")] == [ONE, REST]


def test_what_is_refused_as_a_whole_is_not_named_as_the_nearest(llmock):
    """`/v1/assistants/**` is a 501, and would help nobody."""
    answer = httpx.post(f"{llmock.url}/v1/assistant", json={})

    assert answer.status_code == 404
    assert "*" not in answer.json()["error"]["message"]


def test_a_path_that_a_provider_has_not_is_a_404_in_its_form_with_the_nearest(llmock):
    """An SDK that asks for it gets its own error class, its user the path that is there."""
    answer = httpx.post(f"{llmock.url}/v1/chat/completion", json={})

    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "invalid_request_error")
    assert answer.json()["error"]["message"] == (
        "There is nothing at /v1/chat/completion in this API. Did you mean '/v1/chat/completions'?"
    )

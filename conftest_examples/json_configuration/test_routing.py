"""Who answers: the header of a request, its query, the marker of the test, the first backend."""

import pytest


@pytest.mark.parametrize("name", ["quick", "careful"])
def test_a_header_names_the_backend(mock_api, name):
    assert mock_api.get("/products?count=2", headers={"X-LLM-Backend": name}).status_code == 200


def test_the_query_names_the_backend(mock_api):
    assert mock_api.get("/products", params={"count": 2, "backend": "careful"}).status_code == 200


@pytest.mark.llmock(backend="careful")
def test_the_marker_names_the_backend(llmock, mock_api):
    answer = mock_api.get("/products")

    assert llmock.choice.backend == "careful"
    assert answer.headers["X-LLMock-Backend"] == "synthetic"  # the map of this suite lets it answer for all


def test_the_settings_are_those_of_the_file(llmock):
    assert [backend.name for backend in llmock.settings.backends] == ["quick", "careful"]
    assert llmock.settings.temperature == 0.9

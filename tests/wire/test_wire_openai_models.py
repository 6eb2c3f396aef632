"""OpenAI's list of models."""

import pytest

from pytest_llmock.wire.openai_models import listed_models, model_body, models_body


def test_models_are_listed_in_order():
    """The list has each name once, in the order given."""
    listed = models_body(["generator", "enricher"])

    assert listed == {"object": "list", "data": [model_body("generator"), model_body("enricher")]}


def test_model_is_described_as_the_api_does():
    """A model has the four fields that SDKs read, the same in every run, and two that Mistral's reads."""
    body = model_body("llama3")

    kind, abilities = body.pop("type"), body.pop("capabilities")
    assert body == {"id": "llama3", "object": "model", "created": 0, "owned_by": "pytest-llmock"}
    assert (kind, abilities["completion_chat"], abilities["fine_tuning"]) == ("base", True, False)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        pytest.param(models_body(["b", "a"]), ("b", "a"), id="OpenAI's form"),
        pytest.param([{"id": "a"}], ("a",), id="bare list"),
        pytest.param({"models": [{"name": "a", "model": "a"}]}, ("a",), id="Ollama's own form"),
        pytest.param({"data": None, "models": [{"name": "a"}]}, ("a",), id="one form of two"),
        pytest.param({"data": ["a", {"id": 1}, {}, None]}, (), id="entries without a name"),
        pytest.param({"error": "x"}, (), id="no list"),
        pytest.param("models", (), id="text"),
    ],
)
def test_names_are_read_from_every_form_of_list(body, names):
    """In the order of the list; what is no name is passed over."""
    assert listed_models(body) == names

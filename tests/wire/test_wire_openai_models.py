"""OpenAI's list of models."""

from pytest_llmock.wire.openai_models import model_body, models_body


def test_models_are_listed_in_order():
    """The list has each name once, in the order given."""
    listed = models_body(["generator", "enricher"])

    assert listed == {"object": "list", "data": [model_body("generator"), model_body("enricher")]}


def test_model_is_described_as_the_api_does():
    """A model has the four fields that SDKs read, the same in every run."""
    body = model_body("llama3")

    assert body == {"id": "llama3", "object": "model", "created": 0, "owned_by": "pytest-llmock"}

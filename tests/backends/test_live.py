"""Which leaf a configured backend gets."""

import pytest

from pytest_llmock.backends.anthropic import Anthropic
from pytest_llmock.backends.live import Live
from pytest_llmock.backends.openai_compatible import OpenAICompatible
from pytest_llmock.config import BackendSettings, Settings


@pytest.mark.parametrize(
    ("provider", "kind", "place"),
    [
        ("anthropic", Anthropic, "https://api.anthropic.com/v1/"),
        ("Azure", OpenAICompatible, "https://x.openai.azure.com/"),
        ("openai", OpenAICompatible, "https://api.openai.com/v1/"),
        ("martian", OpenAICompatible, "http://localhost:11434/v1/"),
    ],
)
def test_provider_says_which_leaf_it_is(provider, kind, place):
    """Anthropic's API has a leaf of its own, all others speak OpenAI's; no query is shown."""
    address = {"base_url": f"{place}?api-version=7"} if provider == "Azure" else {}
    entry = BackendSettings(name="x", provider=provider, model_name="m", **address)

    leaf = Live().leaf(entry, Settings(backends=(entry,)))

    assert (type(leaf.call), leaf.place, leaf.live) == (kind, place, True)

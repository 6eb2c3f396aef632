"""What is told of a provider that nobody has."""

import pytest

from pytest_llmock.backends.llamacpp import LLAMACPP
from pytest_llmock.backends.providers import PROVIDERS
from pytest_llmock.config.providers import unknown

OURS = ("synthetic", "scripted", *PROVIDERS, LLAMACPP.name)


@pytest.mark.parametrize("provider", [*OURS, "LMStudio", "my.module:make"])
def test_a_known_provider_needs_no_word(provider):
    """Those of the table of live ones, the embedded ones, and functions by their module, in any case."""
    assert unknown(provider) == ""


def test_an_unknown_provider_is_told_with_the_nearest_and_all_there_are():
    """The embedded ones among them."""
    assert unknown("synthtic").startswith(
        "Unknown provider 'synthtic', falling back to ollama. Did you mean 'synthetic'? "
        f"Available providers: {', '.join(OURS)}"
    )


def test_a_misspelt_provider_is_a_warning_of_the_settings_at_its_place(load):
    """It answers as Ollama, and every way in tells that."""
    settings = load({"Backends": [{"Name": "a", "Provider": "ollama"}, {"Name": "b", "Provider": " opnai "}]})

    (warning,) = settings.warnings
    assert warning.startswith(
        "llmock.json: Backends[1].Provider: Unknown provider 'opnai', falling back to ollama. "
        "Did you mean 'openai'? "
    )

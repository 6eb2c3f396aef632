"""What the settings of a backend make of a prompt."""

import pytest

from pytest_llmock.backends.limits import Limits
from pytest_llmock.config import BackendSettings, Settings
from pytest_llmock.llm import Generation, Prompt, Sampling


@pytest.mark.parametrize(
    ("limit", "asked", "sent"),
    [(None, None, None), (None, 7, 7), (5, None, 5), (5, 7, 5), (5, 3, 3), (5, 5, 5)],
)
def test_the_smaller_limit_of_client_and_settings_holds(limit, asked, sent):
    """Nobody gets more tokens than the settings allow, or than were asked for."""
    prompt = Prompt(sampling=Sampling(max_tokens=asked))

    found = Limits(max_tokens=limit).asked(prompt)

    assert found.sampling.max_tokens == sent


@pytest.mark.parametrize(
    ("generation", "said", "sent"),
    [(Generation(), None, 0.3), (Generation(), 0.9, 0.9), (None, None, None), (None, 0.9, 0.9)],
    ids=["generation", "generation that says one", "chat", "chat that says one"],
)
def test_the_temperature_of_the_settings_is_for_generations_that_say_none(generation, said, sent):
    """A chat keeps its own values."""
    prompt = Prompt(generation=generation, sampling=Sampling(temperature=said))

    found = Limits(temperature=0.3).asked(prompt)

    assert found.sampling.temperature == sent


def test_a_prompt_within_the_limits_is_the_very_same():
    """Nothing is copied that does not change."""
    prompt = Prompt(sampling=Sampling(max_tokens=3))

    assert Limits(5, 0.3).asked(prompt) is prompt


@pytest.mark.parametrize(
    ("entry", "limits"),
    [({}, Limits(50, 0.8)), ({"max_tokens": 9, "temperature": 0.0}, Limits(9, 0.0))],
    ids=["of the document", "of the entry"],
)
def test_what_an_entry_says_goes_before_the_document(entry, limits):
    """Zero is a temperature too."""
    settings = Settings(max_output_tokens=50, temperature=0.8)

    assert Limits.of(BackendSettings(name="a", **entry), settings) == limits

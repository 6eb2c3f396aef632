"""What a call costs."""

import sys

import pytest

from pytest_llmock.llm import Usage
from pytest_llmock.prices import cost_of

NOW = 1_790_000_000.0
THOUSAND = Usage(1000, 1000)


def test_a_known_model_has_a_price():
    """More tokens cost more, in proportion."""
    once, twice = (cost_of("openai", "gpt-5-mini", Usage(n, n), at=NOW) for n in (1000, 2000))

    assert once is not None
    assert twice == pytest.approx(2 * once)
    assert 0 < once < 0.1


@pytest.mark.parametrize(
    ("provider", "model", "usage"),
    [
        ("ollama", "llama3", THOUSAND),
        ("openai", "nobody-knows-this", THOUSAND),
        ("openai", "", THOUSAND),
        ("openai", "gpt-5-mini", Usage(1000, 1000, estimated=True)),
    ],
    ids=["provider", "model", "no model", "estimated"],
)
def test_what_has_no_price_costs_nobody_knows(provider, model, usage):
    """None, and not zero."""
    assert cost_of(provider, model, usage, at=NOW) is None


def test_without_the_extra_no_price_is_known(monkeypatch):
    """The package works without genai-prices."""
    monkeypatch.setitem(sys.modules, "genai_prices", None)

    assert cost_of("openai", "gpt-5-mini", THOUSAND, at=NOW) is None

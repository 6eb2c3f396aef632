"""What a call costs."""

import sys
from datetime import UTC, datetime
from decimal import Decimal

import genai_prices
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.backends.live import Live
from pytest_llmock.backends.registry import configured
from pytest_llmock.config import BackendSettings, Settings
from pytest_llmock.llm import Usage
from pytest_llmock.prices import Price, Pricing, price_of, tables_are_installed, usd

NOW = 1_790_000_000.0
THOUSAND = Usage(1000, 1000)
GUESS = Usage(1000, 1000, estimated=True)
OPENAI = Pricing("openai", "https://api.openai.com/v1/")
CHEAP = Price(Decimal("0.15"), Decimal("0.6"))


def listed(pricing, model, usage=THOUSAND, at=NOW):
    return pricing.cost(model, usage, at=at)


def test_a_known_model_has_a_price():
    """To the cent what its provider lists, as an exact number."""
    assert listed(OPENAI, "gpt-5-mini") == Decimal("0.00225")
    assert listed(OPENAI, "gpt-5-mini", Usage(2000, 2000)) == Decimal("0.0045")


@pytest.mark.parametrize("usage", [Usage(12_345, 678), Usage(900_000, 3)], ids=["small", "large"])
@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "gpt-5-mini"),
        ("perplexity", "sonar"),
        ("google", "gemini-2.5-pro"),
        ("deepseek", "deepseek-chat"),
        ("voyageai", "voyage-3.5"),
    ],
    ids=["flat", "a price for each request", "steps", "by the hour", "input only"],
)
@pytest.mark.parametrize("at", [NOW, NOW + 12 * 3600], ids=["by day", "by night"])
def test_prices_are_those_of_the_tables(provider, model, usage, at):
    """What is kept of a lookup changes no figure, whatever form the price has."""
    tokens = genai_prices.Usage(input_tokens=usage.input_tokens, output_tokens=usage.output_tokens)
    asked = {"provider_id": provider, "genai_request_timestamp": datetime.fromtimestamp(at, UTC)}
    expected = genai_prices.calc_price(tokens, model, **asked).total_price

    costs = [listed(Pricing(provider), model, usage, at) for _ in range(2)]

    assert costs == [expected, expected]


def test_whoever_answers_at_the_address_has_the_price():
    """`openai` is a protocol that others speak, too; an address that nobody knows says nothing."""
    groq = Pricing("openai", "https://api.groq.com/openai/v1/")
    gateway = Pricing("openai", "https://gateway.example/v1/")

    assert listed(groq, "llama-3.3-70b-versatile") == Decimal("0.00138")
    assert listed(groq, "gpt-5-mini") is None
    assert listed(gateway, "gpt-5-mini") == listed(OPENAI, "gpt-5-mini")


@pytest.mark.parametrize(
    ("pricing", "model", "usage"),
    [
        (Pricing("ollama", "http://10.0.0.5:11434/v1/"), "llama3", THOUSAND),
        (Pricing("ollama", "http://[::1"), "llama3", THOUSAND),
        (OPENAI, "nobody-knows-this", THOUSAND),
        (OPENAI, "", THOUSAND),
        (OPENAI, "gpt-live-1", THOUSAND),
        (OPENAI, "gpt-5-mini", GUESS),
        (OPENAI, "gpt-5-mini", None),
        (OPENAI, "gpt-5-mini", Usage()),
        (Pricing("openai", written=CHEAP), "gpt-5-mini", Usage()),
    ],
    ids=[
        "provider", "no address", "model", "no model", "by the hour only", "estimated", "no usage", "cut", "cut, priced",
    ],
)  # fmt: skip
def test_what_has_no_price_costs_nobody_knows(pricing, model, usage):
    """None, and not zero."""
    assert listed(pricing, model, usage) is None


@pytest.mark.parametrize(
    "pricing",
    [
        Pricing("synthetic"),
        Pricing("scripted"),
        Pricing("python"),
        Pricing("llamacpp"),
        Pricing("ollama", "http://localhost:11434/v1/"),
        Pricing("openai", "https://llm.localhost/v1/"),
        Pricing("openai", "http://127.8.9.1:80/v1/"),
        Pricing("openai", "http://[::1]:80/v1/"),
        Pricing("openai", "https://api.openai.com/v1/", Price(Decimal(0), Decimal("0.0"))),
    ],
    ids=lambda pricing: f"{pricing.provider} {pricing.base_url}",
)
def test_what_runs_here_is_free(pricing):
    """Embedded and local models cost nothing, even where nobody counted; so does what the settings call free."""
    assert pricing.is_free
    assert pricing.is_known("whatever")
    assert [listed(pricing, "m", usage) for usage in (THOUSAND, GUESS, None)] == [0, 0, 0]


@pytest.mark.parametrize("usage", [THOUSAND, GUESS], ids=["told", "estimated"])
@pytest.mark.parametrize(
    "pricing",
    [
        Pricing("openai", "https://api.openai.com/v1/", CHEAP),
        Pricing("ollama", "http://localhost:11434/v1/", CHEAP),
    ],
    ids=["listed", "local"],
)
def test_what_the_settings_say_comes_first(pricing, usage):
    """For models of the tables and local ones, and for tokens that were only estimated."""
    assert listed(pricing, "gpt-5-mini", usage) == Decimal("0.00075")
    assert not pricing.is_free


@pytest.mark.parametrize(
    ("pricing", "model", "known"),
    [
        (OPENAI, "gpt-5-mini", True),
        (OPENAI, "nobody-knows-this", False),
        (OPENAI, "", False),
        (Pricing("x", "", CHEAP), "", True),
    ],
)
def test_whether_a_price_is_known_is_told_before_a_call(pricing, model, known):
    """So that a budget can refuse a call before it is paid."""
    assert pricing.is_known(model) is known


@pytest.mark.parametrize(
    ("pricing", "recorded", "saved"),
    [
        (OPENAI, 0.0031, Decimal("0.0031")),
        (OPENAI, None, None),
        (Pricing("openai", written=CHEAP), None, Decimal("0.00075")),
        (Pricing("synthetic"), None, 0),
    ],
    ids=["recorded", "not recorded", "priced", "free"],
)
def test_a_replay_saves_what_was_recorded(pricing, recorded, saved):
    """Else what the settings say; the tables are not loaded for it."""
    assert pricing.saved(THOUSAND, recorded) == saved


@pytest.mark.parametrize(
    ("written", "price"),
    [
        ({}, None),
        ({"input_price_per_million": "0.15", "output_price_per_million": "0.6"}, CHEAP),
        ({"input_price_per_million": 0, "output_price_per_million": 0}, Price(Decimal(0), Decimal(0))),
    ],
    ids=["none", "some", "nothing"],
)
def test_an_entry_of_the_settings_has_a_price(written, price):
    """Both numbers, or none."""
    assert price_of(BackendSettings(name="a", **written)) == price


def test_every_backend_knows_what_it_costs():
    """Live or embedded, by its own entry of the settings; what is registered in code is free."""
    prices = {"input_price_per_million": "0.15", "output_price_per_million": "0.6"}
    entries = [
        {"name": "cloud", "provider": "openai", **prices},
        {"name": "local"},
        {"name": "practice", "provider": "synthetic", **prices},
    ]

    backends = configured(Settings(backends=entries), live=Live().leaf, seed=0, strict=True)
    backends.add("mine", lambda prompt: "x", live=True)

    assert [backends[name].pricing.written for name in ("cloud", "local", "practice")] == [CHEAP, None, CHEAP]
    assert backends["cloud"].pricing == Pricing("openai", "https://api.openai.com/v1/", CHEAP)
    assert backends["local"].pricing.is_free
    assert backends["mine"].pricing.is_free


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.decimals(0, 1000, places=4))
def test_prices_are_exact(inputs, outputs, rate):
    """A million tokens cost exactly the price, and parts of a call add up to the whole."""
    price = Price(rate, 2 * rate)

    assert price.of(Usage(10**6, 0)) == rate
    assert price.of(Usage(inputs, 0)) + price.of(Usage(0, outputs)) == price.of(Usage(inputs, outputs))


def test_without_the_extra_no_price_is_known(monkeypatch):
    """The package works without genai-prices."""
    monkeypatch.setitem(sys.modules, "genai_prices", None)
    monkeypatch.setitem(sys.modules, "genai_prices.data_snapshot", None)

    assert not tables_are_installed()
    assert listed(OPENAI, "gpt-5-nano") is None  # asked for nowhere else: what was found once is kept


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0.00 USD"),
        ("0.5", "0.50 USD"),
        ("0.51320", "0.5132 USD"),
        ("0.513249", "0.5132 USD"),
        ("0.00001234567", "0.00001235 USD"),
        ("12.3456", "12.35 USD"),
        ("1E+3", "1000.00 USD"),
        ("0.99999", "1.00 USD"),
    ],
)
def test_amounts_are_told_in_cents_and_four_digits(amount, text):
    """Small amounts are not rounded away."""
    assert usd(Decimal(amount)) == text

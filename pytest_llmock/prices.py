"""What a call costs, by the tables of genai-prices where that package is installed (extra `prices`)."""

from datetime import UTC, datetime

from pytest_llmock.llm import Usage


def cost_of(provider: str, model: str, usage: Usage, *, at: float) -> float | None:
    """US dollars for the tokens of a call made `at` (seconds since 1970); None when no price is known.

    Tokens that were only estimated have no price either.
    """
    if usage.estimated or not model:
        return None
    try:
        import genai_prices  # noqa: PLC0415 - an extra, and only calls that cost something need it
    except ImportError:
        return None
    tokens = genai_prices.Usage(input_tokens=usage.input_tokens, output_tokens=usage.output_tokens)
    when = datetime.fromtimestamp(at, UTC)
    try:
        found = genai_prices.calc_price(tokens, model, provider_id=provider, genai_request_timestamp=when)
    except LookupError:
        return None
    return float(found.total_price)

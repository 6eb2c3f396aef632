"""What tokens cost, in US dollars, exactly.

Rules: what the settings say comes first and holds for tokens that were only estimated, too; whatever runs
on this machine costs nothing; else the tables of genai-prices are asked, where that package is installed
(extra `prices`). None means that nobody knows: it is never taken for nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, TypeAlias
from urllib.parse import urlsplit

from pytest_llmock.hosts import is_loopback
from pytest_llmock.llm import Usage

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import ModelPrice

FREE = Decimal(0)
FREE_PROVIDERS = frozenset({"synthetic", "scripted", "python", "llamacpp"})

_MILLION = 1_000_000
# What tokens cost that are used at a time, in seconds since 1970; None when nobody knows.
_Tariff: TypeAlias = Callable[[Usage, float], Decimal | None]


class Priced(Protocol):
    """Whoever may say what its tokens cost; an entry of `Backends` does."""

    @property
    def input_price_per_million(self) -> Decimal | None: ...
    @property
    def output_price_per_million(self) -> Decimal | None: ...


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens."""

    input: Decimal
    output: Decimal

    def of(self, usage: Usage) -> Decimal:
        """What these tokens cost."""
        return (self.input * usage.input_tokens + self.output * usage.output_tokens) / _MILLION


def price_of(entry: Priced) -> Price | None:
    """The price that an entry of `Backends` gives, if it gives one."""
    if entry.input_price_per_million is None or entry.output_price_per_million is None:
        return None
    return Price(entry.input_price_per_million, entry.output_price_per_million)


@dataclass(frozen=True, slots=True)
class Pricing:
    """What the calls of one backend cost; `written` is the price in its settings."""

    provider: str
    base_url: str = ""
    written: Price | None = None

    @property
    def is_free(self) -> bool:
        """Whether no call can cost anything."""
        if self.written is not None:
            return self.written == Price(FREE, FREE)
        return self.provider in FREE_PROVIDERS or _is_here(self.base_url)

    def is_known(self, model: str) -> bool:
        """Whether calls of this model have a price, if their tokens are counted; may load the tables."""
        return self.written is not None or self.is_free or self._listed(model) is not None

    def cost(self, model: str, usage: Usage | None, *, at: float) -> Decimal | None:
        """US dollars for an attempt that began `at` (seconds since 1970); None when nobody knows.

        An attempt that was cut before its tokens were told costs nobody knows what, too.
        """
        if self.is_free:
            return FREE
        if usage is None or not usage.total_tokens:
            return None
        if self.written is not None:
            return self.written.of(usage)
        tariff = None if usage.estimated else self._listed(model)
        return None if tariff is None else tariff(usage, at)

    def saved(self, usage: Usage | None, recorded: float | None) -> Decimal | None:
        """US dollars that a replay saved: what was `recorded`, else what is known without the tables.

        A run that only replays does not load them.
        """
        if recorded is not None:
            return Decimal(str(recorded))
        return self.cost("", usage, at=0)

    def _listed(self, model: str) -> _Tariff | None:
        return _tariff(self.provider, self.base_url, model) if model else None


def usd(amount: Decimal) -> str:
    """The amount as people read it, cents at least and four digits that count: `0.50 USD`, `0.001234 USD`."""
    digits = max(2, 3 - amount.adjusted()) if amount else 2
    whole, _, fraction = f"{amount:.{digits}f}".partition(".")
    return f"{whole}.{fraction[:2]}{fraction[2:].rstrip('0')} USD"


def tables_are_installed() -> bool:
    """Whether genai-prices is there to be asked."""
    return _tables() is not None


def _tables() -> "DataSnapshot | None":
    try:
        from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 - an extra that takes 150 ms
    except ImportError:
        return None
    return get_snapshot()


@lru_cache(maxsize=256)  # the tables need 150 µs for each answer, and nearly always it is the same two prices
def _tariff(provider: str, base_url: str, model: str) -> _Tariff | None:
    """What the tables say of a model: of whoever answers at `base_url`, else of `provider`."""
    tables = _tables()
    if tables is None:
        return None
    try:
        seller = tables.find_provider(None, None, base_url)
    except LookupError:
        seller = None
    try:
        _, entry = tables.find_provider_model(model, seller, provider, None)
    except LookupError:
        return None
    if isinstance(entry.prices, list):  # they depend on the date or the hour
        return lambda usage, at: _asked(entry.get_prices(datetime.fromtimestamp(at, UTC)), usage)
    return _fixed(entry.prices)


def _fixed(listed: "ModelPrice") -> _Tariff | None:
    if _asked(listed, Usage()) is None:
        return None
    price = _flat(listed)
    return (lambda usage, _: _asked(listed, usage)) if price is None else (lambda usage, _: price.of(usage))


def _flat(listed: "ModelPrice") -> Price | None:
    """The two prices that say everything; None if there are steps, or a price for each request."""
    found = [listed.input_mtok or FREE, listed.output_mtok or FREE]
    flat = [price for price in found if isinstance(price, Decimal)]
    return Price(*flat) if len(flat) == len(found) and _asked(listed, Usage()) == 0 else None


def _asked(listed: "ModelPrice", usage: Usage) -> Decimal | None:
    if listed.input_mtok is None and listed.output_mtok is None:  # priced by the hour, or not at all
        return None
    import genai_prices  # noqa: PLC0415 - whoever has its price has it loaded

    tokens = genai_prices.Usage(input_tokens=usage.input_tokens, output_tokens=usage.output_tokens)
    return listed.calc_price(tokens)["total_price"]


@lru_cache(maxsize=256)
def _is_here(base_url: str) -> bool:
    try:
        return is_loopback(urlsplit(base_url).hostname or "")
    except ValueError:
        return False

"""Numbers and flags by the name of their field."""

from collections.abc import Callable, Mapping

from pytest_llmock.shapes.fields import flag_odds, number_field
from pytest_llmock.shapes.sample import facts
from pytest_llmock.shapes.sample.moments import MOMENTS
from pytest_llmock.shapes.sample.scope import Scope
from pytest_llmock.shapes.vocabulary.number_names import RANGES, STOCK_FLAGS

Figure = Callable[[Scope], float]


def _between(low: float, high: float, decimals: int) -> Figure:
    if decimals == 0:
        first, count = int(low), int(high) - int(low) + 1
        return lambda scope: first + int(scope.random() * count)
    return lambda scope: round(low + (high - low) * scope.random(), decimals)


def _income(scope: Scope) -> float:
    job = facts.job(scope)
    return job.low + int(scope.random() * (job.high - job.low) / 500) * 500


def _rating(scope: Scope) -> float:
    return round(5 - 2.2 * scope.random() ** 2, 1)


FIGURES: Mapping[str, Figure] = {
    "age": facts.age,
    "price": lambda scope: facts.money(scope)[0],
    "msrp": lambda scope: facts.money(scope)[1],
    "discount": lambda scope: facts.money(scope)[2],
    "quantity": facts.stock,
    "subtotal": facts.subtotal,
    "tax": facts.tax,
    "shipping": facts.delivery,
    "total": lambda scope: round(facts.subtotal(scope) + facts.tax(scope), 2),
    "rating": _rating,
    "income": _income,
    "latitude": lambda scope: facts.place(scope).latitude,
    "longitude": lambda scope: facts.place(scope).longitude,
    "birth_year": lambda scope: 2025 - facts.age(scope),
    "position": lambda scope: scope.index + 1,
    "zip_number": lambda scope: 10_000 + int(scope.random() * 89_999),
    **{f"range:{name}": _between(*bounds) for name, bounds in RANGES.items()},
}
# Things in a basket come in ones and twos, things on a shelf in hundreds.
_BASKETS = frozenset({"item", "order", "cart", "basket", "line", "purchase", "invoice"})
_ORDERED = _between(1, 5, 0)
_SMALL = _between(1, 100, 0)
_FRACTION = _between(0, 100, 2)


def figure(words: tuple[str, ...], noun: str, *, whole: bool) -> tuple[Figure, bool]:
    """The maker of a number of this name, and whether the name says anything."""
    family, kind = number_field(words)
    if kind == "quantity" and noun in _BASKETS:
        return _ORDERED, True
    if family == "time":
        return MOMENTS[kind], True
    if kind:
        return FIGURES[kind], True
    return (_SMALL if whole else _FRACTION), False


def flag(words: tuple[str, ...]) -> Callable[[Scope], bool]:
    """The maker of a flag of this name; whether something is in stock follows from its quantity."""
    gone = stock_flag(words)
    if gone is not None:
        return lambda scope: (facts.stock(scope) == 0) is gone
    odds = flag_odds(words)
    return lambda scope: scope.random() < odds


def stock_flag(words: tuple[str, ...]) -> bool | None:
    """What a flag of this name says when set: False that there are some, True that none; None for others."""
    ending = "".join(words[-2:]) if len(words) > 1 else "".join(words)
    said = {ending, "".join(words), "".join(words[1:])} & STOCK_FLAGS
    return not said.isdisjoint({"soldout", "outofstock"}) if said else None

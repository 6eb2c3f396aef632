"""The record that is being made: its number, its random source, and what is settled about it so far."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.fields import (
    domain_by_neighbours,
    domain_of,
    name_words,
    number_field,
    text_field,
)
from pytest_llmock.shapes.vocabulary.goods import Product
from pytest_llmock.shapes.vocabulary.places import Place
from pytest_llmock.shapes.vocabulary.tables import Vocabulary
from pytest_llmock.shapes.vocabulary.words import words as listed
from pytest_llmock.shapes.vocabulary.work import Company, Job

NO_HINTS: Mapping[str, JSON] = MappingProxyType({})
# Objects of these names are about somebody or something else than the record around them …
_OTHERS = frozenset({"person", "company", "product"})
_JOURNEY = frozenset(listed("origin destination departure arrival pickup dropoff from to"))
# … unless they only group some of its own fields.
_FACETS = frozenset(
    listed("demographics profile account contact pricing inventory catalog spec stock rating listing")
)


class Person(NamedTuple):
    """Who a record is about."""

    first: str
    last: str
    female: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What all records of one place in a shape share.

    `salt` keeps the people of different places apart; `abroad` says that a country is asked for, but no
    state. `people` is the number of names there are, `stride` the way from one record's name to the next.
    """

    words: Vocabulary
    salt: int = 0
    abroad: bool = False
    people: int = 1
    stride: int = 1


class Scope:
    """One record while it is made. Facts are settled when the first field asks, and the others agree.

    Class attributes instead of slots: a record settles few of its facts, and the others then cost nothing.
    """

    person: Person | None = None
    place: Place | None = None
    product: tuple[Product, str] | None = None
    company: Company | None = None
    job: Job | None = None
    money: tuple[float, float, int] | None = None
    stock: int | None = None
    created: int | None = None
    started: int | None = None
    shipped: int | None = None
    age: int | None = None
    subtotal: float | None = None
    zip: str | None = None

    def __init__(
        self,
        random: Callable[[], float],
        seed: int,
        index: int,
        plan: Plan,
        hints: Mapping[str, JSON] = NO_HINTS,
    ) -> None:
        self.random = random
        self.seed = seed
        self.index = index
        self.plan = plan
        self.hints = hints


Maker = Callable[[Scope], JSON]
TextMaker = Callable[[Scope], str]


def text_hint(scope: Scope, kind: str) -> str:
    """What the input says of this kind, "" when it says nothing usable."""
    value = scope.hints.get(kind)
    return value.strip() if isinstance(value, str) else ""


def number_hint(scope: Scope, kind: str) -> float | None:
    """The number that the input gives for this kind."""
    value = scope.hints.get(kind)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def is_other(name: str) -> bool:
    """Whether an object of this name is about somebody or something else: `customer` in an order."""
    words = name_words(name)
    if not words or words[-1] in _FACETS or words[-1].removesuffix("s") in _FACETS:
        return False
    return domain_of(words[-1]) in _OTHERS or words[0] in _JOURNEY


def hints_of(given: Mapping[str, JSON], domain: str = "") -> dict[str, JSON]:
    """What the input settles, by kind of field: {"city": "Seattle"}; outer values outweigh inner ones."""
    domain = domain or domain_by_neighbours(given)
    found: dict[str, JSON] = {}
    for name, value in given.items():
        if isinstance(value, dict) and not is_other(name):
            found = {**hints_of(value, domain_of(name) or domain), **found}
    for name, value in given.items():
        kind = _kind(name, value, domain)
        if kind:
            found[kind] = value
    return found


def _kind(name: str, value: JSON, domain: str) -> str:
    words = name_words(name)
    if isinstance(value, bool):
        return "in_stock" if words in {("in", "stock"), ("is", "in", "stock")} else ""
    if isinstance(value, (int, float)):
        return number_field(words).kind
    return text_field(words, domain).kind if isinstance(value, str) else ""

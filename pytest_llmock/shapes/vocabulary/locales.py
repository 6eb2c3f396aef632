"""Words of other languages from mimesis, the only module that imports it.

mimesis fills tables once, seeded with our own number; records are drawn from those tables exactly as from
the English ones, so seeds, chunking and uniqueness work the same. A new mimesis release may change the
words of a locale; English never changes with it.
"""

import re
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

from pytest_llmock.errors import SettingsError, nearest
from pytest_llmock.shapes.vocabulary.places import Place
from pytest_llmock.shapes.vocabulary.tables import Vocabulary
from pytest_llmock.shapes.vocabulary.work import Company, Job

_SEED = 1
_DRAWS = 400


def load(locale: str) -> Vocabulary:
    """The words of `locale` ("de", "fr", "pt-br", …; a region mimesis lacks falls back to its language)."""
    mimesis = _mimesis(locale)
    code = _known(locale, [str(entry.value) for entry in mimesis.Locale])
    source = mimesis.Generic(locale=mimesis.Locale(code), seed=_SEED)
    women = _distinct(lambda: source.person.first_name(gender=mimesis.Gender.FEMALE), 60)
    men = _distinct(lambda: source.person.first_name(gender=mimesis.Gender.MALE), 60)
    places = _places(source)
    return Vocabulary(
        locale=code,
        first_names=(*women, *men),
        women=len(women),
        last_names=_distinct(source.person.last_name, 120),
        places=places,
        world=places,
        streets=_distinct(source.address.street_name, 60),
        companies=tuple(Company(name, "Commerce") for name in _distinct(source.finance.company, 60)),
        jobs=tuple(Job(title, "Operations", 42000, 98000) for title in _distinct(_job(source), 40)),
        phone=f"{_calling_code(source)}555-01##-##",
        address=_address_order(source),
    )


def _mimesis(locale: str) -> ModuleType:
    try:
        return import_module("mimesis")
    except ImportError as error:
        raise SettingsError(
            f"The locale '{locale}' needs mimesis, which is not installed. Run "
            "`pip install pytest-llmock[locales]`, or use the locale 'en', which needs nothing."
        ) from error


def _known(locale: str, codes: list[str]) -> str:
    """The code mimesis has for `locale`: itself, else its language alone."""
    wanted = locale.lower().replace("_", "-")
    for code in (wanted, wanted.partition("-")[0]):
        if code in codes:
            return code
    raise SettingsError(f"There are no words for the locale '{locale}'.{nearest(locale, codes)}")


def _distinct(draw: Callable[[], object], wanted: int) -> tuple[str, ...]:
    """Up to `wanted` different words, in the order drawn."""
    found: dict[str, None] = {}
    for _ in range(_DRAWS):
        found.setdefault(str(draw()).strip(" ,"))
        if len(found) == wanted:
            break
    return tuple(found)


# mimesis is untyped at run time: it is imported by name so that it can stay optional
def _places(source: Any) -> tuple[Place, ...]:
    cities = _distinct(source.address.city, 60)
    country, code = str(source.address.default_country()), str(source.locale)[-2:].upper()
    currency = str(source.finance.currency_iso_code())
    return tuple(
        Place(
            city,
            state := str(source.address.state()),
            state,
            str(source.address.postal_code()),
            float(source.address.latitude()),
            float(source.address.longitude()),
            "UTC",
            "555",
            country,
            code,
            currency,
        )
        for city in cities
    )


def _calling_code(source: Any) -> str:
    """The country code as the locale's own numbers write it ("+49-"), empty where they have none."""
    found = re.match(r"\(?(\+\d+)", str(source.person.phone_number()))
    return f"{found[1]}-" if found else ""


def _job(source: Any) -> Callable[[], str]:
    """Job titles, the first form where a language writes two ("Ingenieur / Ingenieurin")."""
    return lambda: str(source.person.occupation()).partition(" / ")[0]


def _address_order(source: Any) -> str:
    """House number first or last, as the locale's own addresses have it."""
    address = str(source.address.address())
    return "{number} {street}" if address[:1].isdigit() else "{street} {number}"

"""What `shapes.checks` does not look at, since it may be right: what nobody would believe.

An address that is not that of the person it stands beside, a price of millions, a year far away, a text that
is the name of its own field.
"""

import re
from collections.abc import Iterator, Mapping
from typing import TypeGuard

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.checks import is_placeholder, moment_of
from pytest_llmock.shapes.fields import domain_by_neighbours, name_words, number_field, text_field
from pytest_llmock.shapes.references import words
from pytest_llmock.shapes.sample.facts import handle
from pytest_llmock.shapes.validate import Problem
from pytest_llmock.shapes.vocabulary.text_names import TEXTS

HIGHEST_PRICE = 10_000_000
YEARS = (1800, 2200)
_FLOATS = 10**300  # a whole number above is no float any more
_SHOWN = 60
_PERSON = frozenset({"first_name", "last_name", "full_name"})
_OWN = {ending for ending, kind in TEXTS.items() if kind in _PERSON | {"email"}} | {"name", "first", "last"}
_PRICES = frozenset({"price", "msrp"})
# Addresses of nobody in particular.
_MAILBOXES = words(
    "info contact support help hello hi admin office sales team mail me user service billing accounts jobs "
    "careers press marketing noreply donotreply newsletter webmaster postmaster test"
)


def unbelievable(record: Mapping[str, JSON], pointer: str) -> Iterator[Problem]:
    """What nobody would believe of the fields of one object, in their order; not of what is inside them."""
    for name, value in record.items():
        where = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
        if isinstance(value, str):
            yield from _of_text(name, value, where)
            if value and text_field(name_words(name), "").kind == "email":
                yield from _of_address(name, value, where, record)
        elif _is_too_much(name, value):
            yield Problem(where, f"is {_figure(value)}, more than anything costs", "price")


def _figure(value: object) -> str:
    text = str(value) if isinstance(value, int) and value > _FLOATS else f"{value:g}"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _is_too_much(name: str, value: JSON) -> TypeGuard[float]:
    if not isinstance(value, (int, float)):
        return False
    return value > HIGHEST_PRICE and number_field(name_words(name)).kind in _PRICES


def _of_text(name: str, text: str, where: str) -> Iterator[Problem]:
    field, moment = text_field(name_words(name), ""), moment_of(text)
    if field.family == "time" and moment is not None and not YEARS[0] <= moment.year <= YEARS[1]:
        yield Problem(where, f"is in the year {moment.year}, which is not likely", "year")
    elif field.kind and len(text) > 3 and name_words(text) == name_words(name) and not is_placeholder(text):
        yield Problem(where, f"is {text!r}, its own name", "placeholder")


def _of_address(name: str, address: str, where: str, record: Mapping[str, JSON]) -> Iterator[Problem]:
    if domain_by_neighbours(record) not in ("person", ""):
        return
    owner = _owner(name)
    names = [
        value
        for each, value in record.items()
        if isinstance(value, str)
        and not is_placeholder(value)
        and text_field(name_words(each), "person").kind in _PERSON
        and _owner(each) == owner
    ]
    if not _fits(address, names):
        yield Problem(where, f"is {address[:60]!r}, which does not fit the name {' '.join(names)!r}", "fit")


def _owner(name: str) -> tuple[str, ...]:
    """Whose it is: `customerFirstName` and `customer_email` are both the customer's."""
    parts = name_words(name)
    start = next(start for start in range(len(parts)) if "".join(parts[start:]) in _OWN)
    return parts[:start]


def _fits(address: str, names: list[str]) -> bool:
    """Whether an address can be that of somebody called so; who has no Latin letters may have any."""
    box, _, domain = address.partition("@")
    local = re.sub(r"\d", "", handle(box))
    called = [folded for name in names for word in name.split() if len(folded := handle(word)) > 1]
    if not called or not local or local in _MAILBOXES:
        return True
    if "".join(word[0] for word in called) == local or "".join(called) in handle(domain):
        return True
    return any(word[:3] in local or (len(word) > 3 and word in handle(domain)) for word in called)

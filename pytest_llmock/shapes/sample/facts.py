"""What fields of one record have to agree on; each fact fits what the input already says.

A fact is settled once for each record, by whichever field asks first.
"""

from functools import lru_cache
from unicodedata import normalize

from pytest_llmock.clock import pick, random_for
from pytest_llmock.shapes.sample.scope import Person, Scope, number_hint, text_hint
from pytest_llmock.shapes.sample.times import NOW, moment_of
from pytest_llmock.shapes.vocabulary.goods import PREFIXES, PRODUCTS, Product
from pytest_llmock.shapes.vocabulary.places import Place
from pytest_llmock.shapes.vocabulary.work import Company, Job

_YEAR = 31_556_952
_CENTS = (0.99, 0.99, 0.99, 0.49, 0.95, 0.0)
_DISCOUNTS = (0, 5, 10, 10, 15, 20, 25, 30, 40)


def person(scope: Scope) -> Person:
    """Who the record is about: as the input says, else the next name that nobody in the list has."""
    found = scope.person
    if found is None:
        found = scope.person = (_known_person(scope) if scope.hints else None) or nth_person(scope, 0)
    return found


def nth_person(scope: Scope, offset: int) -> Person:
    """The person of this record's number; another `offset` gives somebody else."""
    plan = scope.plan
    words = plan.words
    firsts = words.first_names
    last, first = divmod(
        (scope.seed + plan.salt + offset + scope.index * plan.stride) % plan.people, len(firsts)
    )
    return Person(firsts[first], words.last_names[last], first < words.women)


def round_of(scope: Scope) -> str:
    """What a name needs to stay unique in a list with more records than there are names: "", "2", "3", …."""
    index, people = scope.index, scope.plan.people
    return "" if index < people else str(index // people + 1)


@lru_cache(maxsize=4096)
def handle(name: str) -> str:
    """A name as it stands in an address: "José O'Neil" → "joseoneil", "" when it has no Latin letters."""
    if not name.isascii():
        name = normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "".join(filter(str.isalnum, name)).lower()


def _known_person(scope: Scope) -> Person | None:
    """The person the input names in full or in part, or whose address tells the name."""
    first, last = text_hint(scope, "first_name"), text_hint(scope, "last_name")
    full = text_hint(scope, "full_name")
    if full and not (first and last):
        front, _, back = full.rpartition(" ")
        first, last = first or front or back, last or (back if front else "")
    mail = text_hint(scope, "email").partition("@")[0]
    if "." in mail and not (first or last):
        front, _, back = mail.partition(".")
        if front.isalpha() and back.isalpha():
            first, last = front.capitalize(), back.capitalize()
    if not (first or last):
        return None
    someone = nth_person(scope, 0)
    names = scope.plan.words.first_names
    female = names.index(first) < scope.plan.words.women if first in names else someone.female
    return Person(first or someone.first, last or someone.last, female)


def place(scope: Scope) -> Place:
    """Where: city, state, postal code, country and position of one and the same place."""
    found = scope.place
    if found is None:
        plan = scope.plan
        places = plan.words.world if plan.abroad else plan.words.places
        found = (_known_place(scope) if scope.hints else None) or places[int(scope.random() * len(places))]
        scope.place = found
    return found


def _known_place(scope: Scope) -> Place | None:
    words = scope.plan.words
    city, state = text_hint(scope, "city"), text_hint(scope, "state") or text_hint(scope, "state_name")
    country = text_hint(scope, "country") or text_hint(scope, "country_code")
    post = text_hint(scope, "zip")[:3]
    found = [
        candidate
        for candidate in (*words.places, *words.world)
        if (not city or candidate.city.lower() == city.lower())
        and (not state or state in {candidate.state, candidate.state_code})
        and (not country or country in {candidate.country, candidate.country_code})
        and (city or state or not post or candidate.post.startswith(post))
    ]
    if not (city or state or country or post) or not found:
        return None
    return found[int(scope.random() * len(found))]


def product(scope: Scope) -> tuple[Product, str]:
    """What is sold, and its name: "Compact Wireless Mouse"."""
    found = scope.product
    if found is None:
        found = scope.product = _product(scope)
    return found


def _product(scope: Scope) -> tuple[Product, str]:
    name, category = text_hint(scope, "product"), text_hint(scope, "category")
    sku = text_hint(scope, "sku")
    if sku and not name:
        return _coded(sku)
    rows = [row for row in PRODUCTS if name and name.endswith(row.name)]
    rows = rows or [row for row in PRODUCTS if category and category in {row.category, row.subcategory}]
    row = (rows or PRODUCTS)[int(scope.random() * len(rows or PRODUCTS))]
    return row, name or PREFIXES[int(scope.random() * len(PREFIXES))] + row.name


def _coded(sku: str) -> tuple[Product, str]:
    """The same product for the same code, whoever asks: details, pricing and stock are asked one by one."""
    letters = sku.partition("-")[0].upper()
    rows = [row for row in PRODUCTS if "".join(word[0] for word in row.name.split()).upper() == letters]
    row = pick(random_for("sku", sku), rows or PRODUCTS)
    return row, row.name


def company(scope: Scope) -> Company:
    """A company and its industry."""
    found = scope.company
    if found is None:
        name = text_hint(scope, "company")
        companies = scope.plan.words.companies
        number = int(scope.random() * len(companies))
        found = companies[number]
        if name:
            known = [each for each in companies if each.name == name]
            found = known[0] if known else Company(name, found.industry)
        scope.company = found
    return found


def job(scope: Scope) -> Job:
    """A job, its department, and what it pays."""
    found = scope.job
    if found is None:
        title, department = text_hint(scope, "job"), text_hint(scope, "department")
        jobs = scope.plan.words.jobs
        known = [
            each for each in jobs if title == each.title or (not title and department == each.department)
        ]
        found = (known or jobs)[int(scope.random() * len(known or jobs))]
        scope.job = found
    return found


def age(scope: Scope) -> int:
    """Whole years, as the birth date says where there is one."""
    found = scope.age
    if found is None:
        known = _known_age(scope) if scope.hints else None
        found = scope.age = 19 + int(scope.random() * 58) if known is None else known
    return found


def _known_age(scope: Scope) -> int | None:
    said, born = number_hint(scope, "age"), moment_of(scope.hints.get("birth"))
    if said is not None and 0 <= said <= 130:
        return int(said)
    return max(0, (NOW - born) // _YEAR) if born is not None else None


def birth(scope: Scope) -> int:
    """When somebody of that age was born."""
    return NOW - age(scope) * _YEAR - 86_400 * (1 + int(scope.random() * 363))


def money(scope: Scope) -> tuple[float, float, int]:
    """Price, list price and the discount between them in percent: (29.99, 39.99, 25)."""
    found = scope.money
    if found is None:
        found = scope.money = _known_money(scope) if scope.hints else _fresh_money(scope)
    return found


def _fresh_money(scope: Scope) -> tuple[float, float, int]:
    thing = scope.product
    low, high = (thing[0].low, thing[0].high) if thing else (8, 240)
    discount = _DISCOUNTS[int(scope.random() * len(_DISCOUNTS))]
    msrp = low + int(scope.random() * (high - low)) + _CENTS[int(scope.random() * len(_CENTS))]
    return round(msrp * (100 - discount) / 100, 2), round(msrp, 2), discount


def _known_money(scope: Scope) -> tuple[float, float, int]:
    price, msrp = number_hint(scope, "price"), number_hint(scope, "msrp")
    discount = number_hint(scope, "discount")
    fresh = _fresh_money(scope)
    off = fresh[2] if discount is None or not 0 <= discount < 100 else discount
    if price is None:
        msrp = fresh[1] if msrp is None else msrp
        return round(msrp * (100 - off) / 100, 2), msrp, round(off)
    if msrp is None:
        return price, round(price * 100 / (100 - off), 2), round(off)
    return price, msrp, round(100 * (1 - price / msrp)) if msrp > 0 else 0


def stock(scope: Scope) -> int:
    """How many there are: none exactly when nothing is in stock."""
    found = scope.stock
    if found is None:
        said, there = number_hint(scope, "quantity"), scope.hints.get("in_stock")
        if said is not None:
            found = int(said)
        elif there is False or (there is None and scope.random() < 0.1):
            found = 0
        else:
            found = 1 + int(scope.random() * 320)
        scope.stock = found
    return found


def subtotal(scope: Scope) -> float:
    """What the things cost before tax and delivery."""
    found = scope.subtotal
    if found is None:
        said = number_hint(scope, "subtotal")
        found = scope.subtotal = round(12 + scope.random() * 480, 2) if said is None else said
    return found


def tax(scope: Scope) -> float:
    """Eight percent of the subtotal."""
    said = number_hint(scope, "tax")
    return round(subtotal(scope) * 0.08, 2) if said is None else said


def delivery(scope: Scope) -> float:
    """What delivery costs: nothing above a hundred."""
    said = number_hint(scope, "shipping")
    return (0.0 if subtotal(scope) >= 100 else 6.95) if said is None else said

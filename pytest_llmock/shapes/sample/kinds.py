"""How each kind of text is made; `shapes.fields` says which name has which kind.

A maker gets the scope of the record. Values that must never be real are not: telephone numbers are 555
numbers, mail goes to example domains, card, bank and social security numbers are published test values.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from pytest_llmock.shapes.sample import facts
from pytest_llmock.shapes.sample.prose import PROSE
from pytest_llmock.shapes.sample.scope import Scope, TextMaker
from pytest_llmock.shapes.vocabulary import goods, people, prose, web
from pytest_llmock.shapes.vocabulary.choices import CHOICES


def one_of(options: Sequence[str]) -> TextMaker:
    """One of some words."""
    count = len(options)
    return lambda scope: options[int(scope.random() * count)]


def number_between(scope: Scope, low: int, high: int) -> int:
    """A whole number, both ends included."""
    return low + int(scope.random() * (high - low + 1))


def digits(scope: Scope, mask: str) -> str:
    """The mask with a digit for each `#`."""
    written = ""
    for text, width, limit in _runs(mask):
        written += text + str(int(scope.random() * limit)).zfill(width) if width else text
    return written


@lru_cache(maxsize=1024)
def _runs(mask: str) -> tuple[tuple[str, int, int], ...]:
    """The texts of a mask, each with how many digits follow it (15 at most) and the limit of their value."""
    runs = re.findall(r"([^#]*)(#{0,15})", mask)
    return tuple((text, len(marks), 10 ** len(marks)) for text, marks in runs if text or marks)


def hexes(scope: Scope, length: int) -> str:
    """Hexadecimal digits."""
    return "".join(f"{int(scope.random() * 65_536):04x}" for _ in range(-(-length // 4)))[:length]


def uuid(scope: Scope) -> str:
    """A random UUID, version 4."""
    random = scope.random
    high, low = int(random() * 4_294_967_296), int(random() * 4_294_967_296)
    middle, end = int(random() * 4096), int(random() * 281_474_976_710_656)
    return f"{high:08x}-{low >> 16:04x}-4{middle:03x}-{0x8000 | low & 0x3FFF:04x}-{end:012x}"


def numbered(prefix: str) -> TextMaker:
    """The record's own number, readable: `user-0001`."""
    return lambda scope: f"{prefix}-{scope.index + 1:04d}"


def foreign(prefix: str) -> TextMaker:
    """The number of some other record: `customer-0042`."""
    return lambda scope: f"{prefix}-{number_between(scope, 1, 99):04d}"


def full_name(scope: Scope) -> str:
    """First and last name of the person."""
    who = facts.person(scope)
    return f"{who.first} {who.last}"


def other_name(scope: Scope) -> str:
    """Somebody else than the person of the record."""
    who = facts.nth_person(scope, 1 + int(scope.random() * 5000))
    return f"{who.first} {who.last}"


def email(scope: Scope) -> str:
    """An address made of the person's name, in a domain that can never be real."""
    who = facts.person(scope)
    first, last = facts.handle(who[0]), facts.handle(who[1])
    local = f"{first}.{last}" if first and last else first or last or f"user{scope.index + 1}"
    domains = people.MAIL_DOMAINS
    return f"{local}{facts.round_of(scope)}@{domains[int(scope.random() * len(domains))]}"


def username(scope: Scope) -> str:
    """A handle made of the person's name."""
    who = facts.person(scope)
    name = facts.handle(who.first) + facts.handle(who.last)
    return f"{name or 'user'}{facts.round_of(scope) if name else scope.index + 1}"


def phone(scope: Scope) -> str:
    """A number of the range kept for fiction, with the area code of the place."""
    return digits(scope, scope.plan.words.phone.replace("{area}", facts.place(scope).area_code))


def street(scope: Scope) -> str:
    """House number and street."""
    words = scope.plan.words
    name = words.streets[int(scope.random() * len(words.streets))]
    return words.address.format(number=number_between(scope, 2, 980), street=name)


def post(scope: Scope) -> str:
    """A postal code of the place."""
    found = scope.zip
    if found is None:
        found = scope.zip = digits(scope, facts.place(scope).post)
    return found


def full_address(scope: Scope) -> str:
    """The address in one line."""
    where = facts.place(scope)
    return f"{street(scope)}, {where.city}, {where.state_code} {post(scope)}"


def initials(scope: Scope) -> str:
    """The first letters of the person's names."""
    who = facts.person(scope)
    return who.first[0] + who.last[0]


def _sku(scope: Scope) -> str:
    name = facts.product(scope)[1]
    letters = "".join(word[0] for word in name.split()[-3:] if word[0].isalnum()).upper()
    return f"{letters or 'SKU'}-{scope.index + 1:04d}-{one_of(goods.COLORS)(scope)[:3].upper()}"


def _dimensions(scope: Scope) -> str:
    length, width, height = facts.product(scope)[0].size
    return f"{length} x {width} x {height} inches"


def _weight(scope: Scope) -> str:
    ounces = facts.product(scope)[0].weight
    return f"{ounces} oz" if ounces < 32 else f"{round(ounces / 16, 1)} lb"


def _tag(scope: Scope) -> str:
    words = scope.product[0].tags if scope.product else prose.TAGS
    return words[int(scope.random() * len(words))]


def _company_domain(scope: Scope) -> str:
    return f"{facts.handle(facts.company(scope).name) or 'company'}.example.com"


def _web_page(scope: Scope) -> str:
    host = _company_domain(scope) if scope.company else "www.example.com"
    return f"https://{host}/{one_of(web.PATHS)(scope)}"


def _image(scope: Scope) -> str:
    return f"https://cdn.example.com/images/{hexes(scope, 8)}.jpg"


def _ean(scope: Scope) -> str:
    body = "200" + digits(scope, "#########")  # 200 to 299 are for use inside a shop, no maker owns them
    check = -sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body)) % 10
    return f"{body}{check}"


def _thing(scope: Scope) -> str:
    return f"{one_of(prose.ADJECTIVES)(scope)} {one_of(prose.NOUNS)(scope)}"


def _dated(prefix: str) -> TextMaker:
    return lambda scope: f"{prefix}-2025-{scope.index + 1:04d}"


def _file_name(scope: Scope) -> str:
    return f"{one_of(web.FILE_NAMES)(scope)}-{scope.index + 1}.{one_of(web.FILE_ENDINGS)(scope)}"


def _coordinates(scope: Scope) -> str:
    where = facts.place(scope)
    return f"{where.latitude}, {where.longitude}"


def _honorific(scope: Scope) -> str:
    return ("Ms." if facts.person(scope).female else "Mr.") if scope.random() < 0.9 else "Dr."


def _version(scope: Scope) -> str:
    return ".".join(str(number_between(scope, low, 9)) for low in (1, 0, 0))


def plain_words(scope: Scope) -> str:
    """One or two everyday words, for a name that says nothing."""
    pick = one_of(prose.PLAIN_WORDS)
    return pick(scope) if scope.random() < 0.6 else f"{pick(scope)} {pick(scope)}"


KINDS: Mapping[str, TextMaker] = {
    **{kind: one_of(options) for kind, options in CHOICES.items()},
    **PROSE,
    "first_name": lambda scope: facts.person(scope).first,
    "last_name": lambda scope: facts.person(scope).last,
    "middle_name": lambda scope: facts.nth_person(scope, 77).first,
    "full_name": full_name,
    "other_name": other_name,
    "initials": initials,
    "email": email,
    "username": username,
    "phone": phone,
    "gender": lambda scope: "female" if facts.person(scope).female else "male",
    "pronouns": lambda scope: people.PRONOUNS[0 if facts.person(scope).female else 1],
    "honorific": _honorific,
    "job": lambda scope: facts.job(scope).title,
    "department": lambda scope: facts.job(scope).department,
    "company": lambda scope: facts.company(scope).name,
    "industry": lambda scope: facts.company(scope).industry,
    "street": street,
    "unit": lambda scope: f"Apt {number_between(scope, 1, 48)}",
    "full_address": full_address,
    "city": lambda scope: facts.place(scope).city,
    "state": lambda scope: facts.place(scope).state_code,
    "state_name": lambda scope: facts.place(scope).state,
    "zip": post,
    "country": lambda scope: facts.place(scope).country,
    "country_code": lambda scope: facts.place(scope).country_code,
    "nationality": lambda scope: facts.place(scope).country,
    "timezone": lambda scope: facts.place(scope).timezone,
    "coordinates": _coordinates,
    "product": lambda scope: facts.product(scope)[1],
    "category": lambda scope: facts.product(scope)[0].category,
    "subcategory": lambda scope: facts.product(scope)[0].subcategory,
    "material": lambda scope: facts.product(scope)[0].material,
    "dimensions": _dimensions,
    "weight": _weight,
    "sku": _sku,
    "barcode": _ean,
    "isbn": lambda scope: digits(scope, "978-0-00-######-#"),
    "serial": lambda scope: digits(scope, "SN-####-######"),
    "availability": lambda scope: "in stock" if facts.stock(scope) else "out of stock",
    "tracking": lambda scope: digits(scope, "TRK##########"),
    "currency": lambda scope: facts.place(scope).currency if scope.place else "USD",
    "account_number": lambda scope: digits(scope, "000########"),
    "routing": lambda scope: digits(scope, "000######"),
    "tax_id": lambda scope: digits(scope, "00-#######"),
    "ssn": lambda scope: digits(scope, "000-##-####"),
    "order_number": _dated("ORD"),
    "invoice_number": _dated("INV"),
    "reference": lambda scope: f"REF-{scope.index + 1:06d}",
    "code": lambda scope: f"{hexes(scope, 3).upper()}-{scope.index + 1:04d}",
    "tag": _tag,
    "uuid": uuid,
    "url": _web_page,
    "avatar": lambda scope: f"https://avatars.example.com/{username(scope)}.png",
    "image": _image,
    "domain": _company_domain,
    "ip": lambda scope: f"192.0.2.{number_between(scope, 1, 254)}",
    "ipv6": lambda scope: f"2001:db8::{hexes(scope, 4)}:{hexes(scope, 4)}",
    "mac": lambda scope: f"02:00:5e:{hexes(scope, 2)}:{hexes(scope, 2)}:{hexes(scope, 2)}",
    "slug": lambda scope: f"{plain_words(scope).replace(' ', '-')}-{scope.index + 1}",
    "path": lambda scope: f"/{one_of(web.PATHS)(scope)}/{scope.index + 1}",
    "file_name": _file_name,
    "hash": lambda scope: hexes(scope, 64),
    "token": lambda scope: f"test_{hexes(scope, 24)}",
    "version": _version,
    "hex_color": lambda scope: f"#{hexes(scope, 6)}",
    "plate": lambda scope: digits(scope, "TST-####"),
    "vin": lambda scope: digits(scope, "1TEST00000#######"),
    "thing": _thing,
}

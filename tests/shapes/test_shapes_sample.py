"""Records that look real: which words, what fits what, and that only seed and number decide."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from effort import grows_linearly
from pytest_llmock.shapes.checks import check_data
from pytest_llmock.shapes.parse import parse
from pytest_llmock.shapes.sample import MISSING, compile_sampler
from pytest_llmock.shapes.validate import problems
from pytest_llmock.shapes.vocabulary import ENGLISH

FULL = {
    "id": 0,
    "userId": "string",
    "firstName": "string",
    "lastName": "string",
    "username": "string",
    "email": "string",
    "phone": "string",
    "gender": "string",
    "salutation": "string",
    "age": 0,
    "birthDate": "string",
    "bio": "string",
    "address": {
        "street": "string",
        "city": "string",
        "state": "string",
        "region": "string",
        "zip": "string",
        "latitude": 0.0,
    },
    "preferences": {"interests": ["string"], "channel": "email|sms", "newsletter": True},
    "account": {"created": "ISO-8601", "lastLogin": "ISO-8601", "tier": "free|premium", "hash": "string"},
    "orders": [{"id": 0, "product": "string", "price": 0.0, "quantity": 0, "orderedAt": "string"}],
    "mystery": "string",
    "number": 0,
    "unset": None,
}
GOODS = {
    "sku": "string",
    "name": "string",
    "category": "string",
    "subcategory": "string",
    "brand": "string",
    "material": "string",
    "dimensions": "string",
    "weight": "string",
    "description": "string",
    "price": 0.0,
    "msrp": 0.0,
    "discount": 0,
    "currency": "USD",
    "inStock": True,
    "quantity": 0,
    "nextRestock": "ISO-8601",
    "barcode": "string",
    "tags": ["string"],
}


def sampler(shape, noun="users", **options):
    return compile_sampler(dict(parse(shape).schema), noun=noun, **options)


def made(shape, count=200, noun="users", **options):
    return list(sampler(shape, noun, **options).many(11, 0, count))


def test_the_same_bytes_in_every_release():
    """A golden hash: whoever changes it has changed users' golden files and raises VOCABULARY_VERSION."""
    records = [made(FULL, 50), made(GOODS, 50, "products")]

    text = json.dumps(records, ensure_ascii=False, sort_keys=True)

    assert sha256(text.encode()).hexdigest()[:16] == "cb74dbcd6731e76f"


def test_the_same_bytes_for_every_hash_seed():
    """Another process with another PYTHONHASHSEED makes the same records."""
    code = (
        "import json, sys; from pytest_llmock.shapes.sample import compile_sampler; "
        "schema = json.loads(sys.stdin.read()); "
        "print(json.dumps(list(compile_sampler(schema, noun='users').many(11, 0, 20))))"
    )

    shown = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(parse(FULL).schema),
        env={"PYTHONHASHSEED": "4711"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert json.loads(shown) == made(FULL, 20)


def test_a_list_is_the_same_in_any_chunks():
    """Ten records are four and six more; the sixth alone is the sixth."""
    made_of = sampler(FULL)

    whole = list(made_of.many(3, 0, 10))

    assert [*made_of.many(3, 0, 4), *made_of.many(3, 4, 6)] == whole
    assert made_of.one(3, 5) == whole[5]


def test_lists_made_in_turns_are_the_same():
    """Whoever makes two lists at a time, record by record, gets what each of them is alone."""
    made_of = sampler(FULL)

    pairs = list(zip(made_of.many(3, 0, 10), made_of.many(4, 0, 10), strict=True))

    assert [one for one, _ in pairs] == list(made_of.many(3, 0, 10))
    assert [other for _, other in pairs] == list(made_of.many(4, 0, 10))


def test_lists_made_in_several_threads_are_the_same():
    """A sampler may be shared: no thread draws another one's numbers."""
    made_of = sampler(FULL)

    with ThreadPoolExecutor(8) as threads:
        lists = list(threads.map(lambda seed: list(made_of.many(seed, 0, 50)), range(8)))

    assert lists == [list(made_of.many(seed, 0, 50)) for seed in range(8)]


def test_another_seed_makes_other_records():
    """The seed decides."""
    assert sampler(FULL).one(1) != sampler(FULL).one(2)


def test_numbers_and_names_are_unique():
    """In a list with more records than there are names, ids, e-mails and usernames do not repeat."""
    made_of, count = sampler({"id": 0, "userId": "string", "email": "string", "username": "string"}), 60
    around = [*made_of.many(5, 0, count), *made_of.many(5, ENGLISH.people - 5, count)]

    for field in ("id", "userId", "username"):
        assert len({record[field] for record in around}) == 2 * count
    assert len({record["email"].partition("@")[0] for record in around}) == 2 * count
    assert (around[0]["id"], around[0]["userId"]) == (1, "user-0001")


def test_a_person_is_one_person():
    """E-mail and username come from the name, gender and salutation agree."""
    for record in made(FULL):
        name = f"{record['firstName']}.{record['lastName']}".lower()
        assert record["email"].partition("@")[0] == name
        assert record["email"].rpartition("@")[2] in {"example.com", "example.org", "example.net"}
        assert record["username"] == name.replace(".", "")
        assert (record["salutation"], record["gender"]) not in {("Mr.", "female"), ("Ms.", "male")}
        assert "555-01" in record["phone"]


def test_an_address_is_one_place():
    """City, state, postal code and latitude belong together."""
    rows = {place.city: place for place in ENGLISH.places}

    for address in (record["address"] for record in made(FULL)):
        place = rows[address["city"]]
        assert (address["state"], address["region"]) == (place.state_code, place.state)
        assert address["zip"][:3] == place.post[:3]
        assert address["latitude"] == place.latitude


def test_a_country_without_state_is_anywhere():
    """Where a shape asks for a country and no state, people live all over the world."""
    countries = {record["country"] for record in made({"city": "string", "country": "string"})}

    assert len(countries) > 15


def test_ages_follow_birth_dates():
    """Whoever was born on the birth date has that age on the frozen day."""
    for record in made(FULL):
        born = date.fromisoformat(record["birthDate"])
        assert record["age"] == (date(2026, 1, 15) - born).days // 365.2425


def test_nothing_made_contradicts_common_sense():
    """Dates in order, prices below list prices, stock that fits: the data check finds nothing."""
    assert check_data(made(FULL)) == ()
    assert check_data(made(GOODS, noun="products")) == ()


def test_prices_fit_their_discount():
    """The discount is what lies between list price and price, in percent."""
    for record in made(GOODS, noun="products"):
        assert record["msrp"] >= record["price"] > 0
        assert abs(record["price"] - record["msrp"] * (100 - record["discount"]) / 100) <= 0.01
        assert record["inStock"] is (record["quantity"] > 0)
        assert record["currency"] == "USD"


def test_things_are_sometimes_sold_out():
    """About every tenth thing has no stock."""
    sold_out = [record for record in made(GOODS, noun="products") if not record["inStock"]]

    assert 5 < len(sold_out) < 50


def test_a_description_names_the_product():
    """Text mentions its neighbours."""
    assert all(record["name"] in record["description"] for record in made(GOODS, noun="products"))


def test_a_total_is_the_sum():
    """Subtotal, tax and delivery add up."""
    shape = {"subtotal": 0.0, "tax": 0.0, "total": 0.0, "shippingCost": 0.0}

    for record in made(shape, noun="orders"):
        assert record["total"] == round(record["subtotal"] + record["tax"] + record["shippingCost"], 2)


def test_a_list_of_words_has_different_words():
    """Two or three interests, none twice."""
    lists = [record["preferences"]["interests"] for record in made(FULL)]

    assert {len(words) for words in lists} == {2, 3}
    assert all(len(set(words)) == len(words) for words in lists)


def test_nested_lists_have_numbers_of_their_own():
    """The orders of all users together have different ids."""
    ids = [order["id"] for record in made(FULL) for order in record["orders"]]

    assert len(set(ids)) == len(ids)


def test_somebody_else_has_another_name():
    """The manager of a person is not that person, the customer of an order is one person."""
    for record in made(
        {"name": "string", "manager": "string", "customer": {"name": "string", "email": "string"}}
    ):
        assert record["manager"] != record["name"] != record["customer"]["name"]
        first = record["customer"]["name"].split()[0].lower()
        assert record["customer"]["email"].startswith(first)


@pytest.mark.parametrize(
    ("noun", "shape", "expected"),
    [
        ("companies", {"name": "string"}, "Outfitters"),
        ("orders", {"status": "string"}, "delivered"),
        (
            "x",
            {"avatarUrl": "url", "description": "string", "firstName": "string"},
            "https://avatars.example.com/",
        ),
        ("x", {"firstName": "string", "description": "string"}, " enjoys "),
        ("x", {"description": "string", "industry": "string"}, " company based in "),
        ("widgets", {"description": "string"}, "the next steps."),
        ("tasks", {"title": "string"}, "Fix the login redirect"),
        ("widgets", {"name": "string"}, "Amber Ember"),
        ("reviews", {"comment": "string"}, "Does the job."),
        ("users", {"ids": [0], "customerId": "string"}, "customer-00"),
        ("users", {"timestamp": 0}, "17"),
        ("users", {"price": "string"}, ".99"),
        ("x", {"color": "string", "uuid": "string", "url": "string", "ip": "string"}, "192.0.2."),
    ],
)
def test_nouns_choose_words(noun, shape, expected):
    """What the records are decides what their fields mean."""
    assert expected in json.dumps(made(shape, 300, noun))


def test_every_known_name_makes_text():
    """All kinds of text, time, number and flag work, and are of the type asked for."""
    from pytest_llmock.shapes.vocabulary.number_names import CONTEXT, FLAGS, NUMBERS
    from pytest_llmock.shapes.vocabulary.text_names import TEXTS, TIMES

    texts, numbers = [*TEXTS, *TIMES, *CONTEXT, *NUMBERS], [*NUMBERS, *TIMES]
    shape = {f"t_{name}": "string" for name in texts} | {f"n_{name}": 0 for name in numbers}
    shape |= {f"f_{name}": True for name in (*FLAGS, "in_stock", "sold_out", "x")}

    records = made(shape, 3) + made(shape, 2, "products", locale="ja") + made(shape, 2, "orders")

    assert all(problems(parse(shape).schema, record) == () for record in records)
    assert all(value for record in records for name, value in record.items() if name.startswith("t_"))


@pytest.mark.parametrize(
    ("literal", "expected"),
    [("USD", {"USD"}), ("frobnicated", {"frobnicated"}), (42, {42}), (4.5, {4.5})],
    ids=str,
)
def test_an_example_nobody_recognises_is_the_answer(literal, expected):
    """A literal of a field without known meaning comes back as it is."""
    assert {
        record["currency" if literal == "USD" else "frob"]
        for record in made({"frob": literal, "currency": "USD"})
    } >= expected


@pytest.mark.parametrize("locale", ["de", "ja", "ru", "ar-eg"])
def test_another_locale_keeps_the_rules(locale):
    """Names of the language, e-mail addresses in Latin letters, unique all the same."""
    records = made({"firstName": "string", "email": "email", "username": "string"}, 300, locale=locale)

    assert len({record["email"] for record in records}) == 300
    assert check_data(records) == ()
    assert all(record["email"].isascii() for record in records)


# -- what is given ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_", "field", "expected"),
    [
        ({"firstName": "Sarah", "lastName": "Chen"}, "email", "sarah.chen@example."),
        ({"name": "Sarah Chen"}, "email", "sarah.chen@example."),
        ({"name": "Cher"}, "email", "cher."),
        ({"firstName": "José", "lastName": "O'Neil"}, "email", "jose.oneil@"),
        ({"email": "ada.king@example.org"}, "lastName", "King"),
        ({"email": "4711@example.org"}, "email", "4711@example.org"),
        ({"email": "a1.b2@example.org"}, "email", "a1.b2@example.org"),
        ({"address": {"city": "Seattle"}}, "address", "WA"),
        ({"address": {"state": "TX"}}, "address", '"zip": "7'),
        ({"address": {"zip": "98101"}}, "address", "Seattle"),
        ({"address": {"city": "Atlantis"}}, "address", "Atlantis"),
        ({"birthDate": "1990-05-05"}, "age", "35"),
        ({"age": 30}, "birthDate", "1995"),
        ({"account": {"lastLogin": "2020-01-01T00:00:00Z"}}, "account", '"created": "2019-'),
        ({"account": {"created": "2024-12-31T00:00:00Z"}}, "account", '"lastLogin": "2025-'),
        ({"firstName": 5}, "firstName", '"'),
        ({"age": "old"}, "age", ""),
        ({"account": {"created": "yesterday"}}, "account", "T"),
    ],
    ids=str,
)
def test_what_is_missing_fits_what_is_given(given_, field, expected):
    """Valid values stay, invalid ones are replaced, and new ones agree with what stays."""
    record = sampler(FULL | {"name": "string"}).one(2, 0, given_)

    assert expected in json.dumps(record[field], ensure_ascii=False)
    assert problems(parse(FULL | {"name": "string"}).schema, record) == ()


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ({"sku": "WM-123"}, {"name": "Wireless Mouse"}),
        ({"price": 20}, {"price": 20}),
        ({"price": 30, "msrp": 40}, {"discount": 25}),
        ({"msrp": 40, "discount": 25}, {"price": 30}),
        ({"quantity": 0}, {"inStock": False}),
        ({"inStock": False}, {"quantity": 0}),
        ({"name": "Wireless Mouse"}, {"material": "ABS plastic"}),
        ({"category": "Garden"}, {"subcategory": "Garden Tools"}),
        ({"name": "Left-handed Smoke Shifter"}, {"name": "Left-handed Smoke Shifter"}),
    ],
    ids=str,
)
def test_goods_fit_what_is_given(given_, expected):
    """Code, name, price, discount and stock follow each other."""
    record = sampler(GOODS, "products").one(2, 0, given_)

    assert {name: record[name] for name in expected} == expected
    assert check_data(record) == ()


def test_no_discount_from_nothing():
    """A list price of 0 leaves no room for a discount."""
    assert sampler(GOODS, "products").one(2, 0, {"price": 30, "msrp": 0})["discount"] == 0


def test_separate_requests_agree_on_a_code():
    """Details and pricing of one sku, asked apart, speak of the same product."""
    details = sampler({"name": "string"}, "products").one(1, 0, {"sku": "QX-77"})
    again = sampler({"name": "string", "material": "string"}, "products").one(2, 0, {"sku": "QX-77"})

    assert details["name"] == again["name"]


@pytest.mark.parametrize(
    ("given_", "shape", "expected"),
    [
        ({"subtotal": 100.0, "tax": 7.0}, {"subtotal": 0.0, "tax": 0.0, "total": 0.0}, {"total": 107.0}),
        ({"shippingCost": 3.0}, {"shippingCost": 0.0}, {"shippingCost": 3.0}),
        ({"company": "Acme"}, {"company": "string", "description": "string"}, {"company": "Acme"}),
        (
            {"company": "Alderwood Labs"},
            {"company": "string", "industry": "string"},
            {"industry": "Biotechnology"},
        ),
        ({"job": "Chef"}, {"job": "string", "department": "string"}, {"department": "Hospitality"}),
        ({"department": "Legal"}, {"job": "string", "department": "string"}, {"job": "Legal Counsel"}),
        ({"endDate": "2024-05-05"}, {"startDate": "string", "endDate": "string"}, {"endDate": "2024-05-05"}),
        (
            {"startDate": "2024-05-05"},
            {"startDate": "string", "endDate": "string"},
            {"startDate": "2024-05-05"},
        ),
        (
            {"deliveredAt": "2024-05-05"},
            {"shippedAt": "date", "deliveredAt": "date"},
            {"deliveredAt": "2024-05-05"},
        ),
    ],
    ids=str,
)
def test_business_fits_what_is_given(given_, shape, expected):
    """Sums, companies, jobs and periods follow what is given."""
    record = sampler(shape, "things").one(2, 0, given_)

    assert {name: record[name] for name in expected} == expected
    assert check_data(record) == ()


def test_a_list_keeps_its_items_in_order():
    """Records stay where they are; what is no record is replaced; what is unknown is dropped."""
    given_ = {"users": [{"firstName": "Bo"}, {"city": "Boston", "extra": 1}, "junk"]}

    users = sampler({"users": [{"firstName": "string", "city": "string"}]}, "").one(7, 0, given_)["users"]

    assert (users[0]["firstName"], users[1]["city"]) == ("Bo", "Boston")
    assert [set(user) for user in users] == [{"firstName", "city"}] * 3


def test_what_the_shape_says_a_record_is_tells_what_is_given():
    """A name beside an e-mail in the shape is a person's, even where only the name is given."""
    record = sampler({"name": "string", "email": "string"}, "").one(1, 0, {"name": "Ada King"})

    assert record["email"].startswith("ada.king@")


def test_an_empty_list_stays_empty():
    """Nothing is added to a list that was given."""
    assert sampler({"tags": ["string"]}).one(1, 0, {"tags": []}) == {"tags": []}


def test_missing_is_shown_as_such():
    """The sign for nothing given has a name."""
    assert repr(MISSING) == "MISSING"


NAMES = st.sampled_from(
    [
        "id",
        "name",
        "email",
        "age",
        "price",
        "msrp",
        "createdAt",
        "tags",
        "status",
        "city",
        "zip",
        "foo",
        "user",
        "items",
        "bar",
    ]
)
HINTS = st.sampled_from(
    [
        "string",
        0,
        0.0,
        True,
        None,
        "a|b|c",
        "ISO-8601",
        "email@example.com",
        "uuid",
        "url",
        "date",
        "USD",
        42,
        {},
        [],
    ]
)
SHAPES = st.dictionaries(
    NAMES,
    st.recursive(
        HINTS,
        lambda inner: st.dictionaries(NAMES, inner, min_size=1, max_size=4) | inner.map(lambda item: [item]),
        max_leaves=6,
    ),
    min_size=1,
    max_size=6,
)
DATA = st.recursive(
    st.sampled_from(["", "x", "Ada", "2024-05-05", "a@b.co", "b", 0, -1, 1.5, True, None]),
    lambda inner: st.dictionaries(NAMES, inner, max_size=4) | st.lists(inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SHAPES, DATA, st.integers(0, 2**64 - 1))
def test_any_shape_is_met(shape, data, seed):
    """Whatever an example shows and whatever is given: valid, and the same in any chunks."""
    schema, made_of = parse(shape).schema, sampler(shape)

    records = list(made_of.many(seed, 0, 5, [data]))

    assert [problems(schema, record) for record in records] == [()] * 5
    assert [*made_of.many(seed, 0, 2, [data]), *made_of.many(seed, 2, 3)] == records


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SHAPES, st.integers(0, 2**32))
def test_what_is_valid_is_kept(shape, seed):
    """A record given to another seed comes back unchanged."""
    record = sampler(shape).one(seed)

    assert sampler(shape).one(seed + 1, 3, record) == record


def test_moments_are_in_order():
    """What happens later has the later date."""
    shape = dict.fromkeys(("createdAt", "updatedAt", "lastLogin", "shippedAt", "deliveredAt"), "ISO-8601")
    shape |= {
        "startDate": "date",
        "endDate": "date",
        "expiresAt": "ISO-8601",
        "hiredAt": "date",
        "at": "time",
    }

    for record in made(shape):
        created, updated, last = (record[name] for name in ("createdAt", "updatedAt", "lastLogin"))
        assert created <= updated <= last <= "2026-01-15T12:00:00Z" < record["expiresAt"]
        assert created < record["shippedAt"] < record["deliveredAt"]
        assert record["startDate"] < record["endDate"]
        assert datetime.fromisoformat(created).tzinfo is not None


@pytest.mark.parametrize(
    "given", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "9999-12-31T23:00:00-23:00"]
)
@pytest.mark.parametrize("names", [("start", "end"), ("updatedAt", "createdAt")], ids=str)
def test_a_moment_at_the_end_of_time_is_kept(given, names):
    """What comes before or after it is a date too, though the calendar ends there."""
    moment = {"type": "string", "format": "date-time"}
    schema = {"type": "object", "required": [*names], "properties": dict.fromkeys(names, moment)}

    made = compile_sampler(schema).one(7, 0, {names[0]: given})

    assert made[names[0]] == given


def test_a_long_text_is_made_in_linear_time():
    """A contract may ask for a million characters, in every one of its cases."""

    def made(length):
        assert len(compile_sampler({"type": "string", "minLength": length}).one(7)) >= length

    assert grows_linearly(made, 1_000_000)

"""Records that add up: lines and totals, prices and discounts, dates and nights, lowest and highest."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.shapes.parse import parse
from pytest_llmock.shapes.sample import compile_sampler
from pytest_llmock.shapes.validate import problems

RECORDS = 40
LINE = {"product": "string", "unitPrice": 1.0, "quantity": 1}


def made(shape, noun="things", given=()):
    """Records of the shape; the first of them keep what is given."""
    sampler = compile_sampler(dict(parse(shape).schema), noun=noun)
    return list(sampler.many(3, 0, max(len(given), 1) if given else RECORDS, given))


def cents(*amounts):
    return round(sum(amounts), 2)


@pytest.mark.parametrize("total", ["total", "totalAmount", "amountDue", "grandTotal", "orderTotal"])
def test_an_order_comes_to_what_its_lines_cost(total):
    """Price times quantity, of all of them."""
    for order in made({"id": 0, "items": [LINE], total: 0.0}, noun="orders"):
        assert order[total] == cents(*(line["unitPrice"] * line["quantity"] for line in order["items"]))


def test_a_bill_adds_up_in_all_its_parts():
    """Lines to the subtotal; tax at its rate, delivery and fees come to that, and the discount comes off."""
    line = {**LINE, "lineTotal": 1.0}
    shape = {"lines": [line], "subtotal": 1.0, "discount": 1.0, "taxRate": 1.0, "tax": 1.0, "shippingCost": 1.0, "serviceFee": 1.0, "total": 1.0}  # fmt: skip

    for bill in made(shape, noun="invoices"):
        assert [line["lineTotal"] for line in bill["lines"]] == [
            cents(line["unitPrice"] * line["quantity"]) for line in bill["lines"]
        ]
        assert bill["subtotal"] == cents(*(line["lineTotal"] for line in bill["lines"]))
        rate = bill["taxRate"] if bill["taxRate"] > 1 else bill["taxRate"] * 100
        assert bill["tax"] == pytest.approx(bill["subtotal"] * rate / 100, abs=0.006)
        parts = [bill[name] for name in ("subtotal", "tax", "shippingCost", "serviceFee")]
        assert bill["total"] == cents(*parts, -bill["discount"])


def test_the_totals_of_a_bill_may_stand_together():
    """In an object that only groups them; the number of items beside them."""
    shape = {"items": [{"price": 10, "quantity": 1}], "itemCount": 1, "totalItems": 1, "summary": {"subtotal": 1, "tax": 1, "total": 1}}  # fmt: skip

    for cart in made(shape, noun="carts"):
        cost = sum(line["price"] * line["quantity"] for line in cart["items"])
        assert (cart["itemCount"], cart["summary"]["subtotal"]) == (len(cart["items"]), cost)
        assert cart["totalItems"] == sum(line["quantity"] for line in cart["items"])
        assert cart["summary"]["total"] == cost + cart["summary"]["tax"]


def test_a_line_is_reduced_by_percent():
    """By its name, or because it is a single line."""
    for line in made({"price": 1.0, "quantity": 1, "discountPercent": 1, "total": 1.0}, noun="lineItems"):
        cost = line["price"] * line["quantity"] * (100 - line["discountPercent"]) / 100
        assert line["total"] == pytest.approx(cost, abs=0.006)


def test_a_discount_is_never_more_than_what_it_is_taken_off():
    """Nobody is paid for buying."""
    [order] = made({"items": [LINE], "discount": 1.0, "total": 1.0}, given=[{"items": [{"product": "x", "unitPrice": 0.5, "quantity": 1}], "discount": 70.0}])  # fmt: skip
    assert order["total"] == 0.5 - 70

    for order in made({"items": [{**LINE, "unitPrice": 0}], "discount": 1.0, "total": 1.0}, noun="orders"):
        assert order["total"] >= 0


@pytest.mark.parametrize("final", ["finalPrice", "salePrice", "discountedPrice", "currentPrice"])
def test_a_final_price_is_the_price_without_the_discount(final):
    """And what is saved lies between them."""
    for thing in made({"price": 1.0, "discount": 1, final: 1.0, "discountAmount": 1.0}, noun="products"):
        assert thing[final] == pytest.approx(thing["price"] * (100 - thing["discount"]) / 100, abs=0.006)
        assert thing["discountAmount"] == pytest.approx(thing["price"] - thing[final], abs=0.006)


def test_a_saving_is_what_the_list_price_is_above_the_price():
    """With a list price the price is the final one."""
    for thing in made({"price": 1.0, "originalPrice": 1.0, "savings": 1.0}, noun="products"):
        assert thing["savings"] == cents(thing["originalPrice"], -thing["price"])


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"price": 100.0, "discount": 20}, {"finalPrice": 80.0}),
        ({"finalPrice": 80.0, "discount": 20}, {"price": 100.0}),
        ({"price": 100.0, "finalPrice": 70.0, "discount": 20}, {}),
    ],
    ids=["from the price", "from the final price", "all is said"],
)
def test_prices_that_are_given_stay(said, expected):
    """The others follow from them."""
    [thing] = made({"price": 1.0, "discount": 1, "finalPrice": 1.0}, noun="products", given=[said])

    assert thing == {**said, **expected}


@pytest.mark.parametrize(
    ("flag", "says"),
    [
        ("inStock", True), ("isInStock", True), ("available", True), ("isAvailable", True),
        ("soldOut", False), ("outOfStock", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("amount", ["stock", "quantity", "stockLevel"])
def test_what_is_in_stock_has_a_quantity(flag, says, amount):
    """Also where the schema bounds it."""
    number = {"type": "integer", "minimum": 0, "maximum": 3}
    schema = {"type": "object", "properties": {flag: {"type": "boolean"}, amount: number}, "required": [flag]}

    records = made(schema, noun="products")

    assert {(record[flag] is says, record[amount] > 0) for record in records} == {
        (True, True),
        (False, False),
    }


@pytest.mark.parametrize("there", [True, False])
def test_a_flag_that_must_be_decides_the_quantity(there):
    """Where the schema has one value for it."""
    schema = {"type": "object", "properties": {"available": {"const": there}, "stock": {"type": "integer"}}}

    assert {record["stock"] > 0 for record in made(schema, noun="products")} == {there}


@pytest.mark.parametrize("nights", ["nights", "numberOfNights", "lengthOfStay", "durationDays"])
def test_there_are_as_many_nights_as_the_dates_say(nights):
    """And a stay costs its rate for each."""
    shape = {
        "checkIn": "2024-01-01",
        "checkOut": "2024-01-02",
        nights: 1,
        "pricePerNight": 90.5,
        "totalPrice": 1.0,
    }

    for stay in made(shape, noun="bookings"):
        days = (date.fromisoformat(stay["checkOut"]) - date.fromisoformat(stay["checkIn"])).days
        assert stay[nights] == days > 0
        if nights in {"nights", "numberOfNights", "durationDays"}:
            assert stay["totalPrice"] == cents(days * stay["pricePerNight"])


@pytest.mark.parametrize(
    ("said", "end"),
    [({"nights": 3, "checkIn": "2024-02-27"}, "2024-03-01"), ({"checkIn": "soon", "nights": 3}, None)],
    ids=["a date", "no date"],
)
def test_nights_that_are_given_decide_the_end(said, end):
    """From the start that is given or made."""
    [stay] = made({"checkIn": "2024-01-01", "checkOut": "2024-01-02", "nights": 1}, given=[said])

    start = date.fromisoformat(stay["checkIn"])
    assert (date.fromisoformat(stay["checkOut"]) - start).days == stay["nights"] == 3
    assert end in {None, stay["checkOut"]}


@pytest.mark.parametrize(
    ("low", "high", "middle"),
    [
        ("minPrice", "maxPrice", "averagePrice"), ("priceMin", "priceMax", "avgPrice"), ("lowest_price", "highest_price", "median_price"),
        ("minAge", "maxAge", "averageAge"), ("minSalary", "maxSalary", "meanSalary"), ("low", "high", "average"),
        ("minYear", "maxYear", "averageYear"), ("minTemperature", "maxTemperature", "averageTemperature"),
    ],
)  # fmt: skip
def test_the_lowest_is_below_the_highest(low, high, middle):
    """And the average between them."""
    for record in made(
        {"type": "object", "properties": {name: {"type": "number"} for name in (high, low, middle)}}
    ):
        assert record[low] < record[high]
        assert record[middle] == pytest.approx((record[low] + record[high]) / 2, abs=0.006)
        assert record[low] > 1900 or "Year" not in low


@pytest.mark.parametrize(
    "said", [{"minPrice": 500.0}, {"maxPrice": 1.0}, {"minPrice": 0.0, "maxPrice": 7.0}, {"maxPrice": 0.0}]
)
def test_an_extreme_that_is_given_stays(said):
    """The other keeps its distance, where there is room."""
    [record] = made({"minPrice": 1.0, "maxPrice": 2.0}, given=[said])

    assert record == {**record, **said}
    assert record["minPrice"] < record["maxPrice"] or said == {"maxPrice": 0.0}


NAMES = ["price", "finalPrice", "discount", "quantity", "inStock", "available", "total", "subtotal", "tax", "items", "checkIn", "checkOut", "nights", "minPrice", "maxPrice", "itemCount", "discountAmount", "pricePerNight"]  # fmt: skip
VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False).filter(lambda n: n % 1) | st.sampled_from(["x", "2024-02-30", "9999-12-31", "0001-01-01"])  # fmt: skip
PARTS = st.sampled_from(
    [
        {"type": "number"}, {"type": "integer"}, {"type": "string", "format": "date"}, {"type": "boolean"}, {"type": ["number", "null"]},
        {"type": "number", "maximum": 5}, {"type": "array", "items": {"type": "object", "properties": {"price": {"type": "number"}, "quantity": {"type": "integer"}}}},
        {"type": "integer", "minimum": 2}, {"const": 7}, {"enum": [True, "x", 3]}, {},
    ]
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(NAMES), PARTS), st.dictionaries(st.sampled_from(NAMES), VALUES))
def test_whatever_is_asked_for_and_given_the_record_is_valid(parts, said):
    """And what is given and valid stays as it is."""
    schema = {"type": "object", "properties": parts, "required": sorted(parts)}

    [record] = made(schema, given=[said])

    assert problems(schema, record) == ()
    for name in parts.keys() & said.keys():
        assert record[name] == said[name] or problems(parts[name], said[name])


@pytest.mark.parametrize("given", [[], [{"age": 12}], [{"birthDate": "2020-01-01"}], [{"age": 18}]], ids=str)
def test_whoever_is_eighteen_is_an_adult_and_no_minor(given):
    """By the age, which the date of birth says too."""
    for person in made(
        {"age": 0, "birthDate": "2000-01-01", "isAdult": False, "is_minor": True}, given=given
    ):
        assert (person["isAdult"], person["is_minor"]) == (person["age"] >= 18, person["age"] < 18)


@pytest.mark.parametrize(
    ("length", "seconds"), [("durationMinutes", 60), ("durationInHours", 3600), ("elapsed_seconds", 1)]
)
def test_something_ends_when_it_has_lasted_as_long_as_it_says(length, seconds):
    """Of a record with moments; one with days has nights."""
    for each in made({"startTime": "2024-01-01T08:00:00Z", "endTime": "2024-01-01T09:00:00Z", length: 1}):
        start, end = (datetime.fromisoformat(each[name]) for name in ("startTime", "endTime"))
        assert (end - start).total_seconds() == each[length] * seconds


@pytest.mark.parametrize(
    ("said", "end", "minutes"),
    [
        (("2024-02-28T23:30:00Z", None, 45), "2024-02-29T00:15:00Z", 45),
        (("2024-02-28T23:30:00Z", "2024-02-29T00:30:00Z", None), "2024-02-29T00:30:00Z", 60),
        ((None, "2024-02-29T00:15:00Z", 45), "2024-02-29T00:15:00Z", 45),
        (("2024-02-28", "2024-02-28", 45), "2024-02-28", 45),
        (("2024-02-28T09:00:00Z", "2024-02-28T08:00:00Z", 9), "2024-02-28T08:00:00Z", 9),
    ],
    ids=[
        "a length makes the end",
        "two moments make the length",
        "an end and a length",
        "days stay",
        "wrong as given",
    ],
)
def test_what_is_given_of_a_span_decides_the_rest(said, end, minutes):
    """Nothing that is given changes."""
    names = ("startedAt", "endedAt", "durationMinutes")
    given = {name: value for name, value in zip(names, said, strict=True) if value is not None}

    [each] = made({"startedAt": "string", "endedAt": "string", "durationMinutes": 0}, given=[given])

    assert (each["endedAt"], each["durationMinutes"]) == (end, minutes)
    assert each["startedAt"] == (said[0] or "2024-02-28T23:30:00Z")


def test_lengths_in_several_units_are_the_same_length():
    """The first of them decides."""
    shape = {"startedAt": "string", "endedAt": "string", "durationSeconds": 0, "durationHours": 0.5}

    for each in made(shape):
        assert each["durationHours"] == round(each["durationSeconds"] / 3600, 2)


@pytest.mark.parametrize("name", ["", "_", "-", " "])
def test_a_number_may_have_a_name_without_words(name):
    """It is a number as any."""
    assert [type(each[name]) for each in made({name: 0})] == [int] * RECORDS

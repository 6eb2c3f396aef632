"""What the name of a field says."""

import pytest

from pytest_llmock.shapes.fields import (
    Field,
    domain_by_neighbours,
    domain_of,
    flag_odds,
    is_id,
    name_words,
    number_field,
    singular,
    text_field,
)
from pytest_llmock.shapes.sample.figures import FIGURES
from pytest_llmock.shapes.sample.kinds import KINDS
from pytest_llmock.shapes.sample.moments import MOMENTS
from pytest_llmock.shapes.vocabulary.number_names import CONTEXT, NUMBERS
from pytest_llmock.shapes.vocabulary.text_names import TEXTS, TIMES


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("shippingZipCode", ("shipping", "zip", "code")),
        ("shipping_zip-code", ("shipping", "zip", "code")),
        ("userID", ("user", "id")),
        ("HTTPStatus", ("http", "status")),
        ("address1", ("address", "1")),
        ("größe", ("größe",)),
        ("", ()),
        ("$%", ()),
    ],
)
def test_a_name_is_split_into_words(name, expected):
    """Camel case, snakes and kebabs are all the same."""
    assert "".join(name_words(name)) == "".join(expected)


@pytest.mark.parametrize(
    ("many", "one"),
    [
        ("orders", "order"),
        ("categories", "category"),
        ("boxes", "box"),
        ("branches", "branch"),
        ("people", "person"),
        ("status", "status"),
        ("address", "address"),
        ("gas", "gas"),
        ("user", "user"),
    ],
)
def test_one_of_many(many, one):
    """Plurals lose their ending, words that only look like plurals do not."""
    assert singular(many) == one


@pytest.mark.parametrize(
    ("name", "domain", "expected"),
    [
        ("customerEmail", "", Field("text", "email")),
        ("shipping_zip_code", "", Field("text", "zip")),
        ("name", "person", Field("text", "full_name")),
        ("name", "product", Field("text", "product")),
        ("name", "", Field("text", "thing")),
        ("companyName", "person", Field("text", "company")),
        ("customerName", "order", Field("text", "full_name")),
        ("title", "person", Field("text", "job")),
        ("createdAt", "", Field("time", "created")),
        ("frobnicatedAt", "", Field("time", "completed")),
        ("unitPrice", "", Field("number", "price")),
        ("author", "", Field("text", "full_name")),
        ("first", "person", Field("text", "first_name")),
        ("first", "", Field()),
        ("frobnicate", "", Field()),
        ("", "", Field()),
    ],
)
def test_the_longest_known_ending_decides(name, domain, expected):
    """Words before a known ending do not matter, except as its owner."""
    assert text_field(name_words(name), domain) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("listPrice", Field("number", "msrp")),
        ("totalOrders", Field("number", "range:orders")),
        ("numWidgets", Field("number", "range:count")),
        ("updatedAt", Field("time", "updated")),
        ("frobnicate", Field()),
    ],
)
def test_numbers_have_names_of_their_own(name, expected):
    """A number is looked up among numbers, then among times."""
    assert number_field(name_words(name)) == expected


@pytest.mark.parametrize(
    ("name", "odds"), [("isActive", 0.85), ("emailVerified", 0.85), ("deleted", 0.1), ("odd", 0.5), ("", 0.5)]
)
def test_flags_are_likely_or_not(name, odds):
    """Most things are active and few are deleted."""
    assert flag_odds(name_words(name)) == odds


@pytest.mark.parametrize(
    ("noun", "expected"), [("users", "person"), ("lineItems", "product"), ("widgets", ""), ("", "")]
)
def test_a_noun_has_a_domain(noun, expected):
    """Known nouns say what kind of thing they name."""
    assert domain_of(noun) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["email", "age"], "person"),
        (["name", "price", "sku"], "product"),
        (["name", "industry"], "company"),
        (["a"], ""),
        ([], ""),
    ],
)
def test_neighbours_have_a_domain(names, expected):
    """What stands beside a name tells what it names."""
    assert domain_by_neighbours(names) == expected


@pytest.mark.parametrize(
    ("name", "noun", "expected"),
    [
        ("id", "", True),
        ("_id", "user", True),
        ("userId", "users", True),
        ("customerId", "order", False),
        ("key", "x", False),
        ("name", "x", False),
        ("", "", False),
    ],
)
def test_a_record_knows_its_own_number(name, noun, expected):
    """`id`, or the noun's own id; another noun's id refers elsewhere."""
    assert is_id(name_words(name), noun) is expected


def test_every_kind_of_text_can_be_made():
    """No name leads to a kind without a maker."""
    in_context = {kind for kinds in CONTEXT.values() for kind in kinds.values() if kind}

    assert ({*TEXTS.values()} | in_context) - {*KINDS, "status", "type"} == set()


def test_every_kind_of_time_can_be_made():
    """No name leads to a moment without a maker."""
    assert {*TIMES.values()} <= {*MOMENTS}


def test_every_kind_of_number_can_be_made():
    """No name leads to a figure without a maker."""
    assert {*NUMBERS.values(), number_field(name_words("numWidgets")).kind} <= {*FIGURES}

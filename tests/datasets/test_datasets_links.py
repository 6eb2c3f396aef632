"""Values that come from other files."""

import json
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.datasets.links import Values, read_links
from pytest_llmock.datasets.plan import Plan
from pytest_llmock.datasets.records import record_schema
from pytest_llmock.errors import SettingsError
from pytest_llmock.shapes.parse import parse

ORDER = {"id": 0, "userId": 0, "city": "string"}


@pytest.fixture
def users(here):
    """Ten users with an address."""
    rows = [{"id": n * 11, "address": {"city": f"City {n}"}} for n in range(10)]
    Path("users.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return rows


def links(shape=ORDER, /, **said):
    return read_links(said, record_schema(parse(shape)))


@given(st.lists(st.none() | st.integers() | st.text() | st.lists(st.text())))
def test_packed_values_are_those_that_were_given(given_):
    """In their order, by index and as a slice."""
    values = Values(given_)

    assert list(values) == given_
    assert values[1:3] == given_[1:3]


def test_packed_values_stay_here(users):
    """A worker gets those that it needs with its parts."""
    (link,) = links(userId="users.jsonl:id")

    there = pickle.loads(pickle.dumps(link))

    assert (there.name, len(there.values), len(link.values)) == ("userId", 0, 10)


def test_linked_values_are_rows_of_the_file(users):
    """Two fields of one file have the same row; the draw depends on seed, record and repetition."""
    found = links(userId="users.jsonl:id", city="users.jsonl:address.city")
    plan = Plan(shape=ORDER, count=200, path="/orders", links=found)

    linked = plan.linked(range(200))

    rows = [(row["id"], row["address"]["city"]) for row in users]
    assert {(one["userId"], one["city"]) for one in linked} == set(rows)
    assert linked == plan.linked(range(200)) != plan.linked(range(200), variant=1)


def test_a_csv_gives_numbers_where_the_field_is_one(here):
    """And text where the field is text, though it looks like a number."""
    Path("a.csv").write_text("id,zip\n7,01234\n8,99999\n")

    found = links({"id": 0, "zip": "string"}, id="a.csv:id", zip="a.csv:zip")

    assert [list(link.values) for link in found] == [[7, 8], ["01234", "99999"]]


@pytest.mark.parametrize(
    ("name", "source", "message"),
    [
        (
            "userId",
            "users.jsonl",
            "--link userId=users.jsonl: write FIELD=FILE:KEY, such as userId=users.jsonl:id.",
        ),
        ("userId", "none.jsonl:id", "--link userId: none.jsonl cannot be read: No such file or directory."),
        ("userId", "users.jsonl:idd", "--link userId: row 1 of users.jsonl has no 'idd'. Did you mean 'id'?"),
        (
            "useId",
            "users.jsonl:id",
            "--link useId: the records of this shape have no field 'useId'. Did you mean 'userId'?",
        ),
        (
            "userId",
            "users.jsonl:address.city",
            (
                "--link userId: 'address.city' in row 1 of users.jsonl does not fit the field: it is 'City 0', which is "
                "not of type integer. Change the shape, or link another key."
            ),
        ),
        (
            "userId",
            "empty.jsonl:id",
            "--link userId: empty.jsonl has no rows to draw from. Make that file first.",
        ),
    ],
    ids=["no key", "no file", "no such key", "no field", "another type", "empty"],
)
def test_a_link_that_cannot_be_is_refused(users, name, source, message):
    """Before anything is made."""
    Path("empty.jsonl").touch()

    with pytest.raises(SettingsError) as raised:
        links(**{name: source})

    assert raised.value.message == message


def test_a_link_cannot_be_unique_with_too_few_rows(users):
    """Rows that are equal count once."""
    found = links(userId="users.jsonl:id")

    with pytest.raises(
        SettingsError, match="--unique userId: 11 records cannot all differ in 'userId', which has 10 values"
    ):
        Plan(shape=ORDER, count=11, path="/orders", links=found, unique=("userId",))

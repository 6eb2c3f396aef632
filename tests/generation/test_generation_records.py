import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.generation.records import numbered_on, place_of, records_of, with_records


@pytest.mark.parametrize(
    ("answer", "place"),
    [
        pytest.param([1], "", id="list"),
        pytest.param({"users": [], "total": 0}, "users", id="only list of an object"),
        pytest.param({"users": [], "roles": []}, None, id="two lists"),
        pytest.param({"total": 0}, None, id="no list"),
        pytest.param("prose", None, id="text"),
    ],
)
def test_the_list_of_an_answer_to_no_shape_is_found_where_there_is_one(answer, place):
    """Nobody guesses which of two lists is meant."""
    assert place_of(answer) == place


@pytest.mark.parametrize(
    ("value", "place", "records"),
    [
        pytest.param([1], "", [1], id="list"),
        pytest.param({"a": [1]}, "a", [1], id="wrapped"),
        pytest.param({"a": 1}, "a", None, id="no list"),
        pytest.param([1], None, None, id="no place"),
        pytest.param([1], "a", [1], id="list where a wrapper was meant"),
    ],
)
def test_records_are_what_stands_at_the_place(value, place, records):
    """A list is itself, a wrapper has it under its name."""
    assert records_of(value, place) == records


def test_what_stands_beside_the_list_is_true_of_the_whole():
    """Lengths grow with the list, "more" is said by the last part, all else by the first."""
    first = {"users": [1, 2], "total": 2, "pageSize": 2, "page": 1, "hasMore": True, "ok": True}
    last = {"users": [3], "total": 1, "pageSize": 1, "page": 2, "hasMore": False, "ok": False}

    whole = with_records(first, last, "users", [1, 2, 3])

    assert whole == {
        "users": [1, 2, 3], "total": 3, "pageSize": 3, "page": 1, "hasMore": False, "ok": True,
    }  # fmt: skip


def test_a_length_that_counts_something_else_stays():
    """The size of a catalogue is not the number of records on its first page."""
    whole = with_records({"users": [1], "total": 5000, "hasMore": True}, {"users": []}, "users", [1, 2])

    assert whole == {"users": [1, 2], "total": 5000, "hasMore": True}


def test_a_bare_list_has_nothing_beside_it():
    """The records are the answer."""
    assert with_records([1], [2], "", [1, 2]) == [1, 2]


@pytest.mark.parametrize(
    ("ids", "told"),
    [
        pytest.param([1, 2, 1, 2], [1, 2, 3, 4], id="numbers begin again"),
        pytest.param([1, 1, 2], [1, 2, 3], id="a number that was given away"),
        pytest.param(["u-09", "u-09"], ["u-09", "u-10"], id="text that ends in a number"),
        pytest.param(["7", "7", 7], ["7", "8", 7], id="text is no number"),
        pytest.param(["ann", "ann", "ann"], ["ann", "ann-2", "ann-3"], id="names"),
        pytest.param(
            ["550e8400-e29b-41d4-a716-44665544fffe"] * 3,
            [f"550e8400-e29b-41d4-a716-44665544{end}" for end in ("fffe", "ffff")]
            + ["550e8400-e29b-41d4-a716-446655450000"],
            id="UUIDs",
        ),
        pytest.param([None, None, True, True], [None, None, True, True], id="no ids"),
    ],
)
def test_an_id_that_came_before_becomes_the_next_free_one(ids, told):
    """Ids go on in the form that they have."""
    records, changed = numbered_on([{"id": each, "name": "x"} for each in ids], "users")

    assert [record["id"] for record in records] == told
    assert changed == sum(a != b for a, b in zip(ids, told, strict=True))


def test_the_id_of_a_record_may_have_its_name():
    """`userId` is the own id of a user, and another's of an order."""
    users, _ = numbered_on([{"userId": 1}, {"userId": 1}], "users")
    orders, _ = numbered_on([{"userId": 1}, {"userId": 1}], "orders")

    assert [user["userId"] for user in users] == [1, 2]
    assert [order["userId"] for order in orders] == [1, 1]


def test_what_is_no_record_has_no_id():
    """A list of words stays what it is."""
    assert numbered_on(["a", "a"], "") == (["a", "a"], 0)


@given(st.lists(st.integers(0, 5) | st.sampled_from(["a", "a1", "a-2", "9"]), max_size=12))
def test_no_id_ever_comes_twice(ids):
    """Whatever parts said, and the first to have an id keeps it."""
    records, changed = numbered_on([{"id": each} for each in ids], "")

    told = [record["id"] for record in records]
    assert len(set(told)) == len(ids)
    assert changed == 0 or len(set(ids)) < len(ids) or told != ids

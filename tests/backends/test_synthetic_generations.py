"""What the embedded generator makes of a generation."""

import asyncio
import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_llmock.backends.synthetic import Synthetic
from pytest_llmock.folding import fold
from pytest_llmock.llm import Generation, Prompt
from pytest_llmock.shapes.parse import parse
from pytest_llmock.shapes.schema import answer_schema
from pytest_llmock.shapes.validate import problems

PERSON = {"id": 0, "firstName": "string", "lastName": "string", "email": "string", "city": "string"}
LOAN = {
    "type": "object",
    "properties": {"days": {"type": "integer", "minimum": 1, "maximum": 28}, "isbn": {"type": "string"}},
    "required": ["days", "isbn"],
}

fields = st.sampled_from(["name", "email", "price", "createdAt", "x", "tags", "count", "isActive", "note"])
values = st.sampled_from(["string", 0, 0.0, True, "a|b", "ISO-8601", "email@example.com", "uuid", "USD", 7])
records = st.dictionaries(fields, values, min_size=1, max_size=5)
nested = st.recursive(
    records,
    lambda inner: st.dictionaries(fields, inner | st.lists(inner, min_size=1, max_size=1)),
    max_leaves=6,
)
shapes = nested | nested.map(lambda shape: [shape]) | nested.map(lambda shape: {"items": [shape], "total": 0})


def made(*, seed=0, locale="en", **generation):
    prompt = Prompt(generation=Generation(**generation))
    return asyncio.run(fold(Synthetic(seed=seed, locale=locale)(prompt))).json()


@settings(max_examples=60, deadline=None)
@given(shapes, st.none() | st.integers(0, 5), st.integers(0, 3))
def test_an_answer_is_always_valid(shape, count, seed):
    """Whatever the shape and count, the answer has exactly that form."""
    answer = made(shape=shape, count=count, seed=seed, path="/things")

    assert problems(answer_schema(parse(shape), count), answer) == ()


@settings(max_examples=40, deadline=None)
@given(nested, st.integers(0, 6), st.integers(0, 6))
def test_a_list_is_the_same_in_any_chunks(shape, first, second):
    """Record i does not depend on how many are made at once."""
    whole = made(shape=[shape], count=first + second)
    parts = made(shape=[shape], count=first) + made(shape=[shape], count=second, start=first)

    assert whole == parts


def test_ids_go_on_from_chunk_to_chunk():
    """A second page begins where the first ended."""
    page = made(shape={"users": [PERSON]}, count=3, start=10)

    assert [user["id"] for user in page["users"]] == [11, 12, 13]


def test_the_same_bytes_come_in_every_process():
    """Neither hash seed nor machine has a say."""
    code = (
        "import asyncio; from pytest_llmock.backends.synthetic import Synthetic; "
        "from pytest_llmock.folding import fold; from pytest_llmock.llm import Generation, Prompt; "
        f"g = Generation(path='/users', shape={[PERSON]!r}, count=20); "
        "print(asyncio.run(fold(Synthetic(seed=3)(Prompt(generation=g)))).text)"
    )

    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "424242")
    }

    assert len(outputs) == 1


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"seed": 1}, id="seed"),
        pytest.param({"path": "/members"}, id="path"),
        pytest.param({"query": (("page", "2"),)}, id="query"),
        pytest.param({"variant": 1}, id="variant"),
        pytest.param({"body": {"team": "blue"}}, id="body"),
        pytest.param({"instructions": "all from Oslo"}, id="instructions"),
    ],
)
def test_another_request_has_other_data(other):
    """Everything that a client says makes a difference."""
    assert made(shape=[PERSON], count=3, path="/users") != made(
        **{"shape": [PERSON], "count": 3, "path": "/users", **other}
    )


@pytest.mark.parametrize("body", [{"count": 9}, None])
def test_the_count_alone_makes_no_difference_to_a_record(body):
    """The first of three is the first of nine."""
    assert made(shape=[PERSON], count=9, body=body)[:3] == made(shape=[PERSON], count=3)


@pytest.mark.parametrize(
    ("shape", "body", "read"),
    [
        pytest.param([PERSON], [{"firstName": "Ada"}, {"firstName": "Bob"}], lambda made: made, id="list"),
        pytest.param(
            {"u": [PERSON]},
            {"u": [{"firstName": "Ada"}, {"firstName": "Bob"}]},
            lambda made: made["u"],
            id="wrapped",
        ),
    ],
)
def test_given_records_are_kept_in_their_order(shape, body, read):
    """The list is as long as what was given, and what is missing is filled in."""
    people = read(made(shape=shape, body=body))

    assert [person["firstName"] for person in people] == ["Ada", "Bob"]
    assert all(person["email"].startswith(person["firstName"].lower()) for person in people)


@pytest.mark.parametrize("body", [{"firstName": "Ada"}, {"user": {"firstName": "Ada"}}])
def test_a_given_record_is_kept_also_one_level_down(body):
    """{"user": {…}} is that user, where the shape is a user's."""
    person = made(shape=PERSON, body=body)

    assert person["firstName"] == "Ada"
    assert person["email"].startswith("ada")


def test_a_given_value_of_the_wrong_type_is_replaced():
    """Valid comes before kept."""
    person = made(shape=PERSON, body={"id": "seven", "firstName": "Ada"})

    assert isinstance(person["id"], int)
    assert person["firstName"] == "Ada"


def test_a_record_shape_with_a_count_repeats_what_is_given():
    """Every record of the list is about what the body says."""
    people = made(shape=PERSON, body={"city": "Boston"}, count=3)

    assert [person["city"] for person in people] == ["Boston"] * 3


def test_a_wrappers_total_is_the_length_of_its_list():
    """Counts beside a list are true, unless they were given."""
    assert made(shape={"users": [PERSON], "total": 0, "page": 0}, count=4)["total"] == 4
    assert made(shape={"users": [PERSON], "total": 0}, count=4, body={"total": 99})["total"] == 99


@pytest.mark.parametrize("name", ["userCount", "totalUsers", "num_users", "totalElements", "@odata.count"])
def test_a_count_beside_a_list_may_have_its_name(name):
    """It is the wrapper's word, and true."""
    assert made(shape={name: 0, "users": [PERSON]}, count=4)[name] == 4


def test_a_list_without_count_is_as_long_as_its_example():
    """The shape shows how many are meant."""
    assert len(made(shape=[PERSON])) == 1
    assert len(made(shape=[PERSON, PERSON])) == 2
    assert len(made(shape={"type": "array", "items": {"type": "integer"}, "minItems": 4})) == 4
    assert len(made(shape={"type": "array", "items": {"type": "integer"}, "maxItems": 0})) == 0


def test_a_list_behind_a_reference_is_made_too():
    """A wrapper may be a definition."""
    shape = {
        "$ref": "#/$defs/Page",
        "type": "object",
        "properties": {},
        "$defs": {
            "Page": {
                "type": "object",
                "properties": {"rows": {"type": "array", "items": {"type": "integer"}}},
                "required": ["rows"],
            }
        },
    }

    answer = made(shape=shape, count=3)

    assert problems(answer_schema(parse(shape), 3), answer) == ()


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(
            {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": False},
            id="tuple",
        ),
        pytest.param(
            {"type": "array", "items": {"type": "integer"}, "contains": {"const": 5}}, id="contains"
        ),
        pytest.param(
            {"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 3, "uniqueItems": True},
            id="unique",
        ),
    ],
)
def test_a_list_with_rules_of_its_own_is_made_as_a_whole(shape):
    """What the items alone do not say is kept to as well."""
    assert problems(parse(shape).schema, made(shape=shape)) == ()


def test_several_verdicts_are_as_many_as_asked_for():
    """A count makes a list of anything."""
    answer = made(shape={"passed": True, "issues": ["string"]}, body={"data": {"age": -1}}, count=2)

    assert [each["passed"] for each in answer] == [False, False]


def test_thousands_of_records_let_others_have_their_turn():
    """A long answer is made in steps, between which the loop runs."""
    turns = []

    async def count_turns():
        while True:
            turns.append(1)
            await asyncio.sleep(0)

    async def run():
        counting = asyncio.ensure_future(count_turns())
        await fold(Synthetic()(Prompt(generation=Generation(shape=[PERSON], count=2000))))
        counting.cancel()

    asyncio.run(run())

    assert len(turns) >= 5


@pytest.mark.parametrize(
    ("shape", "wrong", "right"),
    [
        pytest.param(
            {"passed": True, "issues": ["string"]},
            {"passed": False, "issues": 1},
            {"passed": True, "issues": 0},
            id="texts",
        ),
        pytest.param(
            {"isValid": True, "errors": [{"field": "string", "message": "string"}]},
            {"isValid": False, "errors": 1},
            {"isValid": True, "errors": 0},
            id="objects",
        ),
    ],
)
def test_a_verdict_shape_is_answered_by_checking(shape, wrong, right):
    """Yes or no is the truth about the data, and each issue is real."""

    def counted(body):
        answer = made(shape=shape, body=body, method="POST")
        return {name: len(value) if isinstance(value, list) else value for name, value in answer.items()}

    assert counted({"data": {"email": "no-at-sign"}}) == wrong
    assert counted({"data": {"email": "a@example.com"}}) == right


def test_a_verdict_may_have_a_score_and_other_fields():
    """What is not the verdict itself is made to fit the shape."""
    answer = made(
        shape={"passed": True, "issues": ["string"], "score": 0.0, "summary": "string"},
        body={"record": {"age": -1}},
    )

    assert answer["passed"] is False
    assert 0 <= answer["score"] < 1
    assert isinstance(answer["summary"], str)


def test_a_record_with_flags_is_no_verdict():
    """A shape that has more than a verdict is an ordinary record."""
    shape = {"name": "string", "passed": True, "issues": ["string"]}

    assert made(shape=shape, body={"name": "Ann"})["name"] == "Ann"


def test_another_locale_has_other_words():
    """mimesis brings the names of other languages, by the same seed the same ones."""
    german = made(shape=[PERSON], count=5, locale="de")

    assert german == made(shape=[PERSON], count=5, locale="de")
    assert german != made(shape=[PERSON], count=5)


def test_the_words_around_a_list_are_true():
    """Paging words tell of this page, unless more is known."""
    shape = {
        "data": [{"id": 0}],
        "page": 7,
        "pageSize": 20,
        "totalPages": 0,
        "totalItems": 0,
        "hasNext": True,
    }

    answer = made(shape=shape, count=3)

    assert len(answer.pop("data")) == 3
    assert answer == {"page": 1, "pageSize": 3, "totalPages": 1, "totalItems": 3, "hasNext": False}
    assert made(shape=shape, count=3, total=10)["hasNext"] is True


def test_the_ids_of_the_path_are_kept():
    """The record that was asked for, and the parents of a list."""
    user = made(path="/users/5", shape={"id": 0, "name": "string"})
    orders = made(path="/users/9/orders", shape=[{"id": 0, "userId": 0}], count=2, body=[{"id": 4}])

    assert user["id"] == 5
    assert orders == [{"id": 4, "userId": 9}, {"id": 2, "userId": 9}]


@pytest.mark.parametrize("id", ["5", "007", "u-5"])
def test_an_id_of_the_path_is_text_where_its_field_is(id):
    """As it stands in the path."""
    shape = {"id": "string", "userId": "string", "name": "string"}

    user = made(path=f"/users/{id}", shape=shape)
    orders = made(path=f"/users/{id}/orders", shape=[shape], count=2)

    assert (user["id"], user["userId"]) == (id, id)
    assert [order["userId"] for order in orders] == [id, id]


def test_a_score_in_whole_numbers_is_out_of_a_hundred():
    """Half right is 50."""
    answer = made(shape={"valid": True, "issues": ["string"], "score": 0}, body={"data": {"age": -1}})

    assert answer["score"] == 50

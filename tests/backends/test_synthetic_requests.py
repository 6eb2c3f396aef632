"""Requests without a shape: what a well-designed service would answer."""

import asyncio

import pytest

from pytest_llmock.backends.synthetic import Synthetic
from pytest_llmock.backends.synthetic.requests import noun_of
from pytest_llmock.folding import fold
from pytest_llmock.llm import Generation, Prompt
from pytest_llmock.shapes.parse import parse
from pytest_llmock.shapes.validate import problems

LOAN = {
    "type": "object",
    "properties": {"days": {"type": "integer", "minimum": 1, "maximum": 28}, "isbn": {"type": "string"}},
    "required": ["days", "isbn"],
    "additionalProperties": False,
}


def made(method="GET", path="/", **generation):
    prompt = Prompt(generation=Generation(method=method, path=path, **generation))
    return asyncio.run(fold(Synthetic()(prompt))).json()


@pytest.mark.parametrize(
    ("path", "noun"),
    [
        ("/users/7/orders", "orders"),
        ("/users/enrich", "users"),
        ("/users/7", "users"),
        ("/products/pricing", "products"),
        ("/widgets", "widgets"),
        ("/generate", ""),
        ("/", ""),
    ],
)
def test_the_noun_of_a_path(path, noun):
    """The last word that names something, verbs and ids left out."""
    assert noun_of(path) == noun


@pytest.mark.parametrize(
    ("path", "count", "length"),
    [
        ("/users", None, 3),
        ("/users", 5, 5),
        ("/orders", 0, 0),
        ("/gadgets", None, 3),
        ("/users/3/orders", None, 3),
    ],
)
def test_a_collection_is_a_list(path, count, length):
    """Three records, or as many as were asked for."""
    assert len(made(path=path, count=count)) == length


@pytest.mark.parametrize(
    ("path", "id"),
    [
        ("/users/7", 7),
        ("/things/ab-12", "ab-12"),
        ("/users/00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000001"),
    ],
)
def test_a_member_has_the_id_of_its_path(path, id):
    """The record that was asked for."""
    assert made(path=path)["id"] == id


def test_a_known_resource_has_the_fields_of_its_kind():
    """A product has a price, an unknown thing at least a name."""
    assert {"sku", "price"} <= made(path="/products/3").keys()
    assert {"id", "name"} <= made(path="/gizmos/3").keys()
    assert "name" in made(path="/profile-photo")


def test_a_new_record_keeps_what_was_sent_and_gets_an_id():
    """POST answers with the record as it was stored."""
    answer = made("POST", "/users", body={"name": "Ann", "tags": {"vip": True}})

    assert (answer["name"], answer["tags"]) == ("Ann", {"vip": True})
    assert isinstance(answer["id"], int)
    assert answer["createdAt"]


def test_a_changed_record_keeps_the_id_of_its_path():
    """PUT and PATCH answer with that record."""
    assert made("PUT", "/users/7", body={"name": "Ann"}) | {"createdAt": ""} == {
        "id": 7,
        "name": "Ann",
        "createdAt": "",
    }


def test_a_deleted_record_is_gone():
    """DELETE says which one."""
    assert made("DELETE", "/users/7") == {"deleted": True, "id": 7}


@pytest.mark.parametrize("body", [{"users": [{"id": 1}]}, [1, 2], {"a": 1}])
def test_other_bodies_come_back_as_they_were(body):
    """What needs nothing added is left alone."""
    assert made("POST", "/transform" if body == {"a": 1} else "/users/enrich", body=body) == body


def test_an_enriched_record_of_a_known_kind_has_the_fields_of_its_kind():
    """What was sent stays, what such a record has besides is added."""
    answer = made("POST", "/users/enrich", body={"firstName": "Ada", "lastName": "King"})

    assert (answer["firstName"], answer["lastName"]) == ("Ada", "King")
    assert "ada" in answer["email"].lower()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param("/users/validate", {"email": "no"}, id="by path"),
        pytest.param("/quality", {"data": {"email": "no"}, "rules": ["Verify email formats"]}, id="by rules"),
        pytest.param("/quality", {"record": {"email": "no"}, "validationRules": []}, id="by validationRules"),
    ],
)
def test_a_validation_request_gets_a_verdict(path, body):
    """The data is really looked at."""
    answer = made("POST", path, body=body)

    assert answer["passed"] is False
    assert answer["issues"] == ["email: is 'no', which is not an e-mail address"]


def test_what_is_no_object_can_be_validated_too():
    """A body of any kind has a verdict."""
    assert made("POST", "/validate", body=["fine"]) == {"passed": True, "issues": []}


@pytest.mark.parametrize("kind", ["valid", "edge", "invalid"])
def test_test_cases_are_what_they_say(kind):
    """Valid and edge cases are instances of the schema, invalid ones are not."""
    cases = made("POST", "/x", body={"type": kind, "schema": LOAN, "endpoint": "POST /loans", "count": 12})

    assert len(cases) == 12
    assert all(bool(problems(LOAN, case["value"])) is (kind == "invalid") for case in cases)
    assert {case["endpoint"] for case in cases} == {"POST /loans"}
    assert len({case["id"] for case in cases}) == 12


def test_test_cases_of_chosen_errors_are_of_those_only():
    """What is not JSON is a text in the answer, and wrong there too."""
    body = {"type": "invalid", "schema": LOAN, "count": 30, "errorTypes": ["malformed data"]}

    cases = made("POST", "/x", body=body)

    assert {case["category"] for case in cases} == {"malformed"}
    assert {type(case["value"]) for case in cases} == {str}


def test_errors_that_a_schema_has_not_are_forgotten():
    """Where none of the chosen kinds of error is possible, the others are told."""
    body = {
        "type": "invalid",
        "schema": {"$schema": "x", "type": "integer"},
        "errorTypes": ["missing fields"],
    }

    assert made("POST", "/x", body=body)[0]["rule"] == "body: text instead of integer"


def test_a_schema_that_allows_everything_has_no_invalid_cases():
    """Text that is not JSON is a good text."""
    assert made("POST", "/x", body={"type": "invalid", "schema": {"$schema": "x"}}) == []


def test_test_cases_are_named_by_the_path_too_and_take_an_example_as_schema():
    """Five of them, if nobody says how many."""
    cases = made("POST", "/testcases/valid", body={"schema": {"name": "string"}})

    assert len(cases) == 5
    assert cases[0]["endpoint"] == "/testcases/valid"


def test_a_target_schema_is_filled_from_the_old_record():
    """Names are matched by their words."""
    body = {
        "legacyRecord": {"first_name": "Mary", "AGE": 30},
        "targetSchema": {"firstName": "string", "age": 0, "email": "string"},
    }

    answer = made("POST", "/transform", body=body)

    assert (answer["firstName"], answer["age"]) == ("Mary", 30)
    assert answer["email"].startswith("mary")


def test_a_target_schema_is_no_data_of_the_shape_beside_it():
    """The words of the target are kept in no field; the old record's are, under the new names."""
    shape = {"firstName": "string", "age": 0}
    body = {"legacyRecord": {"FIRST_NAME": "Mary", "AGE": 30}, "targetSchema": shape}

    assert made("POST", "/transform", body=body, shape=shape) == {"firstName": "Mary", "age": 30}


def test_a_target_schema_without_a_record_is_filled_anew():
    """There is nothing to keep."""
    answer = made("POST", "/transform", body={"targetSchema": {"email": "string"}})

    assert problems(parse({"email": "string"}).schema, answer) == ()


@pytest.mark.parametrize("issues", [["email: not an address"], [], ["/users/0/email is wrong"]])
def test_healing_changes_only_what_is_wrong(issues):
    """What an issue names and what a check finds is made anew."""
    data = {"users": [{"name": "Ada King", "email": "nowhere", "joined": "2024-01-01"}]}

    answer = made("POST", "/heal", body={"data": data, "issues": issues})

    healed = answer["users"][0]
    assert (healed["name"], healed["joined"]) == ("Ada King", "2024-01-01")
    assert "@" in healed["email"]


def test_healing_what_is_sound_changes_nothing():
    """And a value that is no record stays as it is."""
    assert made("POST", "/fix", body={"data": {"name": "Ada", "age": 3}}) == {"name": "Ada", "age": 3}
    assert made("POST", "/fix", body={"data": "text"}) == "text"


def test_an_issue_that_names_a_field_has_it_made_anew():
    """Types stay what they were."""
    answer = made(
        "POST", "/heal", body={"data": {"age": 17, "isActive": True}, "issues": ["age must be at least 18"]}
    )

    assert isinstance(answer["age"], int)
    assert answer["isActive"] is True

"""How good data is, and why: the figures, the reasons, and that worse data never scores better."""

import asyncio
import copy
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, field_validator, model_validator

from pytest_llmock.backends.synthetic import Synthetic
from pytest_llmock.errors import RequestError, SettingsError, ShapeError, TooLargeError
from pytest_llmock.folding import fold
from pytest_llmock.llm import Generation, Prompt
from pytest_llmock.shapes.quality import QualityIssue, check_arguments, check_share, score, unread

USER = {"id": 0, "name": "string", "email": "email", "age": 0}
ANN = {"id": 1, "name": "Ann Lee", "email": "ann.lee@example.org", "age": 32}


def figures(report):
    return report.completeness, report.validity, report.realism


def issues(report):
    return [str(issue) for issue in report.issues]


def without(record, *names):
    return {name: value for name, value in record.items() if name not in names}


def test_good_data_scores_one():
    """Nothing wrong, nothing said."""
    report = score(ANN, shape=USER)

    assert (report.score, *figures(report)) == (1, 1, 1, 1)
    assert report.issues == ()
    assert report.passed


@pytest.mark.parametrize(
    ("data", "expected", "said"),
    [
        pytest.param(without(ANN, "age"), (0.75, 0.75, 0.75), "completeness: the data has no 'age', which is required", id="missing"),
        pytest.param({**ANN, "name": ""}, (0.75, 0.75, 0.75), "completeness: /name is empty, and the shape requires it", id="empty"),
        pytest.param({**ANN, "name": None}, (0.75, 0.75, 0.75), "completeness: /name is null, which is not of type string", id="null"),
        pytest.param({**ANN, "id": "x"}, (1, 0.75, 0.75), "validity: /id is 'x', which is not of type integer", id="type"),
        pytest.param({**ANN, "email": "x"}, (1, 0.75, 0.75), "validity: /email is 'x', which is not a valid email", id="format"),
        pytest.param({**ANN, "age": -5}, (1, 1, 0.75), "realism: /age is -5, which is no age (0 to 130)", id="age"),
        pytest.param({**ANN, "name": "lorem"}, (1, 1, 0.75), "realism: /name is 'lorem', a placeholder", id="placeholder"),
        pytest.param({**ANN, "email": "bob@example.org"}, (1, 1, 0.75), "realism: /email is 'bob@example.org', which does not fit the name 'Ann Lee'", id="address of somebody else"),
    ],
)  # fmt: skip
def test_one_wrong_value_of_four_costs_a_quarter_of_what_it_fails(data, expected, said):
    """What is missing is neither valid nor believable, what is invalid is not believable."""
    report = score(data, shape=USER)

    assert figures(report) == expected
    assert issues(report) == [said]
    assert report.score == pytest.approx(sum(expected) / 3, abs=1e-6)


def test_what_is_not_expected_is_invalid_and_makes_nothing_more_complete():
    """An extra field is one more value, and wrong."""
    report = score({**without(ANN, "age"), "extra": 1}, shape=USER)

    assert figures(report) == (0.75, 0.6, 0.6)


def test_a_list_scores_the_mean_of_its_records():
    """A shape of one record is that of each."""
    report = score([ANN, without(ANN, "age", "id")], shape=USER)

    assert figures(report) == (0.75, 0.75, 0.75)
    assert report.records == 2
    assert report.issues[0] == QualityIssue("/1", "completeness", "has no 'id', which is required")


def test_a_list_inside_an_object_weighs_as_much_as_one_of_its_records():
    """The words around a list do not outweigh it."""
    shape = {"users": [USER], "total": 0}

    report = score({"users": [ANN, {**ANN, "id": "x"}], "total": 2}, shape=shape)

    assert report.validity == pytest.approx((4 * 0.875 + 1) / 5, abs=1e-6)
    assert report.records == 2


def test_a_missing_object_weighs_as_much_as_it_would_hold():
    """Three of four values are missing."""
    shape = {"id": 0, "address": {"street": "string", "city": "string", "zip": "string"}}

    assert score({"id": 1}, shape=shape).completeness == 0.25
    assert score({"id": 1, "address": "nowhere"}, shape=shape).completeness == 0.25


def test_a_price_without_an_end_is_too_much():
    """No number is too large to be told."""
    (issue,) = score({"price": 10**400}).issues

    assert issue.message == f"is 1{'0' * 59}…, more than anything costs"


def test_a_list_of_the_wrong_length_is_wrong_by_one_part():
    """Its items are right all the same."""
    schema = {"type": "array", "items": {"type": "integer"}, "minItems": 3}

    report = score([1, 2], shape=schema)

    assert figures(report) == (1, 0.666667, 0.666667)
    assert issues(report) == ["validity: the data has 2 items, fewer than 3"]


def test_an_object_that_fits_no_alternative_counts_as_missing():
    """It is nothing that was asked for."""
    one, other = ({"type": "object", "required": [name]} for name in "ab")

    report = score({"x": {"c": 1}}, shape={"type": "object", "properties": {"x": {"anyOf": [one, other]}}})

    assert figures(report) == (0, 0, 0)
    assert report.issues[0].metric == "validity"


@pytest.mark.parametrize(
    ("shape", "data"),
    [
        pytest.param({"name": "string|null"}, {"name": None}, id="null is named"),
        pytest.param({"tags": []}, {"tags": []}, id="the example is empty"),
        pytest.param({"type": "object", "properties": {"note": {"type": "string", "minLength": 0}}, "required": ["note"]}, {"note": ""}, id="minLength 0"),
        pytest.param({"type": "object", "properties": {"tags": {"type": "array", "items": {}, "minItems": 0}}, "required": ["tags"]}, {"tags": []}, id="minItems 0"),
        pytest.param({"type": "object", "properties": {"note": {"type": "string"}}}, {"note": ""}, id="not required"),
        pytest.param({"type": "object", "properties": {"age": {"type": "integer", "maximum": 900}}}, {"age": 800}, id="own bounds"),
        pytest.param({"type": "object", "properties": {"date": {"type": "string", "pattern": "^[0-9/]+$"}}}, {"date": "12/31/2024"}, id="own pattern"),
        pytest.param({"kind": "string|int"}, {"kind": "string"}, id="own choice"),
        pytest.param([], [], id="empty list"),
        pytest.param({}, {}, id="empty object"),
    ],
)  # fmt: skip
def test_what_the_shape_says_itself_is_right(shape, data):
    """Common sense guesses from names, and yields to who knows."""
    assert score(data, shape=shape).score == 1


@pytest.mark.parametrize("data", [None, "", [], {}], ids=repr)
def test_no_data_is_not_good_data(data):
    """A generator that gave nothing passes no gate."""
    report = score(data)

    assert (report.score, issues(report)) == (
        0,
        ["completeness: the data is empty: there is nothing to score"],
    )


def test_a_list_without_records_is_not_good_data():
    """A shape of a record asks for one."""
    assert score([], shape=USER).score == 0
    assert score({"users": []}, shape={"users": [USER]}).score == 0


def test_without_a_shape_common_sense_judges():
    """Formats by name, values, what contradicts itself."""
    data = {"email": "x", "price": 5, "msrp": 4, "startDate": "2024-05-02", "endDate": "2024-05-01"}

    report = score(data)

    assert issues(report) == [
        "validity: /email is 'x', which is not an e-mail address",
        "realism: /msrp is lower than 'price'",
        "realism: /endDate lies before 'startDate'",
    ]
    assert figures(report) == (1, 0.8, pytest.approx(4 / 7, abs=1e-6))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"price": 2e7}, "/price is 2e+07, more than anything costs"),
        ({"createdAt": "9999-12-31"}, "/createdAt is in the year 9999, which is not likely"),
        ({"firstName": "First Name"}, "/firstName is 'First Name', its own name"),
        ({"city": "{{city}}"}, "/city is '{{city}}', a placeholder"),
        ({"customerName": "Ann Lee", "customerEmail": "bob@x.org"}, "/customerEmail is 'bob@x.org', which does not fit the name 'Ann Lee'"),
    ],
)  # fmt: skip
def test_nobody_believes_it(data, said):
    """What is possible and yet not so."""
    assert issues(score(data)) == [f"realism: {said}"]


@pytest.mark.parametrize(
    "data",
    [
        {"firstName": "José", "lastName": "O'Neil", "email": "joneil7@example.org"},
        {"name": "Ann Lee", "email": "al@example.org"},
        {"name": "Ann Lee", "email": "info@example.org"},
        {"name": "Ann Lee", "email": "post@annlee.org", "age": 3},
        {"name": "Максим", "email": "someone@example.org"},
        {"customerName": "Ann Lee", "managerEmail": "bob@example.org"},
        {"name": "Acme", "industry": "x", "employees": 3, "founded": 2001, "email": "jane@example.org"},
        {"name": "Ann", "email": "user@example.com", "price": True},
    ],
    ids=str,
)
def test_an_address_that_can_be_theirs_is_believed(data):
    """Initials, mailboxes, own domains, other alphabets, other people."""
    assert score(data).realism == 1


def test_rules_that_are_understood_are_checked_and_the_others_told():
    """None is skipped in silence."""
    rules = [
        "Ensure all dates are valid ISO-8601",
        "Verify email formats",
        "Check for logical consistency",
        "Be nice",
    ]
    data = {"email": "x", "created": "2024-13-01", "price": 5, "msrp": 4}

    report = score(data, rules=rules)

    assert [str(rule) for rule in report.rules] == [
        '"Ensure all dates are valid ISO-8601": checked locally',
        '"Verify email formats": checked locally',
        '"Check for logical consistency": checked locally',
        '"Be nice": not checked: no judge',
    ]
    assert issues(report) == [
        "validity: /email is 'x', which is not an e-mail address (Verify email formats)",
        "validity: /created is '2024-13-01', which is not an ISO-8601 date that exists (Ensure all dates are valid ISO-8601)",
        "validity: /msrp is lower than 'price' (Check for logical consistency)",
    ]


def test_a_rule_about_a_field_holds_for_each_record():
    """Where it is broken, and where the field is missing."""
    rules = ["age must be at least 18", "nick is required"]

    report = score({"users": [{"age": 17, "nick": "a"}, {"age": 20}]}, shape={"users": [{}]}, rules=rules)

    assert issues(report) == [
        "validity: /users/0/age is 17 (age must be at least 18)",
        "completeness: /users/1 has no 'nick': it is missing (nick is required)",
    ]


def test_a_rule_about_a_field_that_nothing_has_says_so():
    """It was kept, but by nothing."""
    report = score({"name": "Ann"}, rules=["age must be at least 18"])

    assert [rule.how for rule in report.rules] == ["checked locally: nothing is called 'age'"]


def test_a_field_that_shape_and_rule_miss_counts_once():
    """It is one field."""
    assert score(without(ANN, "age"), shape=USER, rules=["age is required"]).completeness == 0.75


def test_a_missing_field_that_only_a_rule_about_topics_wants_counts_as_empty():
    """All required fields present: what the shape says and blank text."""
    report = score({**ANN, "nickname": "", "name": " "}, rules=["All required fields present"])

    assert issues(report) == ["completeness: /name is empty (All required fields present)"]


def test_unread_are_the_rules_for_a_judge():
    """In their order."""
    assert unread(["Be nice", "Verify email formats", "Be kind"]) == ("Be nice", "Be kind")


class Account(BaseModel):
    id: int
    email: str
    opened: date
    closed: date | None = None
    tags: list[str] = []
    limit: Decimal = Decimal(1)

    @field_validator("email")
    @classmethod
    def _ours(cls, value):
        if not value.endswith("@ours.org"):
            raise ValueError("not one of ours")
        return value

    @model_validator(mode="after")
    def _in_order(self):
        if self.closed and self.closed < self.opened:
            raise ValueError("closed before it was opened")
        return self


ACCOUNT = {"id": 1, "email": "ann@ours.org", "opened": "2024-05-01"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(without(ACCOUNT, "email"), "completeness: the data has no 'email', which is required", id="missing"),
        pytest.param({**ACCOUNT, "email": "ann@x.org"}, "validity: /email is 'ann@x.org': value error, not one of ours", id="validator"),
        pytest.param({**ACCOUNT, "closed": "2024-04-01"}, "validity: the data is not as the model wants it: value error, closed before it was opened", id="model validator"),
        pytest.param({**ACCOUNT, "tags": ["a", 5]}, "validity: /tags/1 is 5: input should be a valid string", id="item"),
        pytest.param({**ACCOUNT, "id": "one"}, "validity: /id is 'one': input should be a valid integer, unable to parse string as an integer", id="type"),
    ],
)  # fmt: skip
def test_a_model_says_what_it_sees(data, said):
    """Its own validators, too."""
    report = score([ACCOUNT, data], model=Account)

    assert [text.replace("/1", "the data", 1).replace("the data/", "/") for text in issues(report)] == [said]
    assert report.validity < 1


def test_a_model_and_a_shape_say_the_same_once():
    """What is missing is missing once."""
    report = score(
        {"id": 1},
        shape={"id": 0, "name": "string"},
        model=type("M", (BaseModel,), {"__annotations__": {"name": str}}),
    )

    assert figures(report) == (0.5, 0.5, 0.5)
    assert len(report.issues) == 1


def test_what_the_shape_says_of_a_value_the_model_need_not_say_again():
    """One value, one reason."""
    assert issues(score({"n": "x"}, shape={"n": 0}, model=dict[str, int])) == [
        "validity: /n is 'x', which is not of type integer"
    ]


def test_other_types_that_pydantic_knows_validate_too():
    """A list type is that of the whole list."""
    assert issues(score([1, "x"], model=list[int])) == [
        "validity: /1 is 'x': input should be a valid integer, unable to parse string as an integer"
    ]


def test_an_error_of_a_model_that_is_no_verdict_is_not_swallowed():
    """A broken model is the test's own fault."""

    class Broken:
        @staticmethod
        def model_json_schema(**_):
            return {"type": "object", "properties": {}}

        @staticmethod
        def model_validate_json(text):
            raise ValueError(f"broken by {text}")

    with pytest.raises(ValueError, match='^broken by {"a":1}$'):
        score({"a": 1}, model=Broken)


def test_weights_say_what_counts():
    """A metric that nobody names counts 1."""
    data = {**ANN, "id": "x"}

    assert score(data, shape=USER, weights={"validity": 2, "realism": 0}).score == pytest.approx(
        2.5 / 3, abs=1e-6
    )
    assert score(data, shape=USER, weights={"validity": 0, "realism": 0}).score == 1


def shouts(data):
    return (0.5, "it shouts") if data["name"].isupper() else 1


def test_a_metric_of_your_own_counts_with_its_reasons():
    """By the name of its function, or its key."""
    report = score({"name": "ANN"}, metrics=[shouts])

    assert report.metrics == {"shouts": 0.5}
    assert report.score == 0.875
    assert issues(report) == ["shouts: the data it shouts"]


def test_a_metric_without_reasons_gets_one():
    """No figure is lower without a word."""
    report = score({"name": "ann"}, metrics={"half": lambda _: 0.5, "all": lambda _: True})

    assert issues(report) == ["half: the data is worth 0.5 of 1"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"weights": {"validty": 1}}, "weights= names 'validty', which is no metric. Did you mean 'validity'?"),
        ({"weights": {"validity": -1}}, "The weight of 'validity' is -1: give 0 to 1,000,000."),
        ({"weights": {"validity": float("nan")}}, "The weight of 'validity' is nan: give 0 to 1,000,000."),
        ({"weights": {"validity": True}}, "The weight of 'validity' is True: give 0 to 1,000,000."),
        ({"weights": dict.fromkeys(("completeness", "validity", "realism"), 0)}, "Every weight is 0, so that there is no score: give one of them more."),
        ({"weights": {"validity": 1e308}}, "The weight of 'validity' is 1e+308: give 0 to 1,000,000."),
        ({"weights": ["validity"]}, "weights= takes numbers by metric, {'validity': 2}, not ['validity']."),
        ({"metrics": 3}, "metrics= takes functions, {'name': function} or a list of them, not 3."),
        ({"metrics": {"half": lambda _: (0.5, None)}}, "The metric 'half' gave (0.5, None): return a number from 0 to 1, or (number, reasons)."),
        ({"model": 3 + 4j}, "model= takes a pydantic model or another type, not (3+4j)."),
        ({"metrics": {"validity": len}}, "There is a metric 'validity' already: call yours otherwise."),
        ({"metrics": [shouts, shouts]}, "There is a metric 'shouts' already: call yours otherwise."),
        ({"weights": {"judge": "x"}}, "The weight of 'judge' is 'x': give 0 to 1,000,000."),
        ({"metrics": {"half": 0.5}}, "The metric 'half' is 0.5: give a function from data to 0 to 1."),
        ({"metrics": [lambda _: 1]}, "A metric needs a name: write metrics={'name': function}, or give a function made with def."),
        ({"metrics": {"many": lambda _: 5}}, "The metric 'many' gave 5: return a number from 0 to 1, or (number, reasons)."),
        ({"metrics": {"no": lambda _: "x"}}, "The metric 'no' gave 'x': return a number from 0 to 1, or (number, reasons)."),
        ({"rules": "Be nice"}, "rules= takes a list of texts, not str: rules=['Be nice']."),
        ({"rules": ["Be nice", " "]}, "A rule is a sentence such as 'Verify email formats', not ' '."),
        ({"model": {"id": 0}}, "model= takes a pydantic model or another type, not dict: give example JSON and JSON Schemas as shape=."),
    ],
)  # fmt: skip
def test_bad_arguments_are_refused_before_anything_is_scored(arguments, message):
    """With what would have worked."""
    with pytest.raises(SettingsError) as caught:
        score({"id": 1}, **arguments)

    assert caught.value.message == message


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            {"a": [{"at": datetime(2024, 1, 1, tzinfo=UTC)}]},
            "The data to score is not JSON: /a/0/at is of type datetime.",
        ),
        ({"a/b": {1}}, "The data to score is not JSON: /a~1b is of type set."),
        ((1, 2), "The data to score is not JSON: its root is of type tuple."),
        ({"a": float("nan")}, "The data to score is not JSON: /a is nan."),
        ({"a": 10**5000}, "The data to score is not JSON: /a is a whole number of more than 4,300 digits."),
        ({"a": "\ud800"}, "The data to score is not JSON: /a is text with half of a surrogate pair."),
        (
            {"a\ud800": 1},
            "The data to score is not JSON: its root has the key 'a\\ud800', and keys are text.",
        ),
        ({"a": {1: 2}}, "The data to score is not JSON: /a has the key 1, and keys are text."),
    ],
)
def test_what_is_not_json_is_refused_with_its_place(data, message):
    """A reader finds it at once."""
    with pytest.raises(RequestError) as caught:
        score(data)

    assert caught.value.message.startswith(message)


def test_data_without_an_end_is_refused():
    """Nothing recurses for ever."""
    data = []
    data.append(data)

    with pytest.raises(TooLargeError, match="The data to score is nested deeper than 200 levels"):
        score(data)


def test_a_bad_shape_is_refused():
    """As everywhere."""
    with pytest.raises(ShapeError, match="is no type of JSON Schema"):
        score({}, shape={"type": "strin", "$schema": "x"})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (80, "threshold=80: give a number from 0 to 1. Did you mean 0.8?"),
        (-0.1, "threshold=-0.1: give a number from 0 to 1."),
        (True, "threshold=True: give a number from 0 to 1."),
        ("0.8", "threshold='0.8': give a number from 0 to 1."),
    ],
)
def test_a_share_that_is_none_is_refused(value, message):
    """The nearest one is named."""
    with pytest.raises(SettingsError) as caught:
        check_share("threshold", value)

    assert caught.value.message == message


def test_arguments_are_checked_without_scoring():
    """Before a judge is paid: the same refusals."""
    good = {"shape": USER, "rules": [], "model": Account, "weights": None, "metrics": [shouts]}

    assert check_arguments({}, **good) == {"shouts": shouts}
    with pytest.raises(SettingsError):
        check_arguments({}, **{**good, "weights": {"x": 1}})


def test_a_report_held_against_a_threshold_says_so():
    """Passed or not."""
    report = replace(score({**ANN, "age": -5}, shape=USER), threshold=0.95)

    assert not report.passed
    assert str(report).startswith("quality 0.916 of 1 record, below the threshold of 0.95\n")
    assert str(replace(report, threshold=0.9)).startswith(
        "quality 0.916 of 1 record, not below the threshold of 0.9"
    )


def test_a_checked_rule_says_that_it_is():
    """For whoever wants to fail on those that are not."""
    report = score({}, rules=["Be nice", "Verify email formats"])

    assert [rule.is_checked for rule in report.rules] == [False, True]


def test_a_report_explains_itself():
    """The score, the formula, every issue, every rule."""
    report = score({**ANN, "age": -5}, shape=USER, weights={"realism": 2}, rules=["Be nice"])

    assert str(report) == (
        "quality 0.875 of 1 record\n"
        "  = (completeness 1.000 + validity 1.000 + realism 0.750 * 2) / 4\n"
        "  realism: /age is -5, which is no age (0 to 130)\n"
        "rules\n"
        '  "Be nice": not checked: no judge'
    )


def test_recursive_schemas_and_parts_of_schemas_are_expected_too():
    """References, allOf, tuples, maps."""
    schema = {
        "$defs": {"node": {"type": "object", "properties": {"name": {"type": "string"}, "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}}, "required": ["name", "next"]}},
        "type": "object",
        "allOf": [{"properties": {"root": {"$ref": "#/$defs/node"}}, "required": ["root"]}],
        "properties": {"pair": {"type": "array", "prefixItems": [{"type": "integer"}]}, "map": {"type": "object", "additionalProperties": {"type": "integer"}}},
        "if": {"required": ["pair"]},
        "then": {"required": ["map"]},
    }  # fmt: skip

    report = score(
        {"root": {"name": "a", "next": {"name": "", "next": None}}, "pair": ["x"], "map": {"a": "x"}},
        shape=schema,
    )

    assert issues(report) == [
        "completeness: /root/next/name is empty, and the shape requires it",
        "validity: /pair/0 is 'x', which is not of type integer",
        "validity: /map/a is 'x', which is not of type integer",
    ]
    assert score({"root": {"name": "a", "next": None}, "pair": [1]}, shape=schema).score < 1


ORDER = {
    "orderId": "string", "customerName": "string", "customerEmail": "email", "createdAt": "ISO-8601",
    "shippedAt": "ISO-8601", "deliveredAt": "ISO-8601", "price": 0.5, "msrp": 0.5, "age": 0,
    "items": [{"sku": "string", "quantity": 0, "unitPrice": 0.5}],
    "address": {"street": "string", "city": "string", "zip": "string", "geo": {"lat": 0.5, "lng": 0.5}},
    "status": "new|paid", "note": "string|null",
}  # fmt: skip
SHAPES = [
    {"users": [{"userId": "string", "firstName": "string", "lastName": "string", "email": "string", "age": 0, "demographics": {"city": "string", "zipCode": "string", "income": 0}, "account": {"created": "ISO-8601", "status": "active|inactive", "lastLogin": "ISO-8601"}}]},
    {"id": "string", "name": "string", "price": 0.5, "msrp": 0.5, "description": "string", "tags": ["string"], "inventory": {"sku": "string", "inStock": True, "quantity": 0}},
    ORDER,
    [{"name": "string", "industry": "string", "email": "string", "website": "url", "founded": 0}],
    {"type": "object", "properties": {"id": {"type": "integer"}, "email": {"type": "string", "format": "email"}, "born": {"type": "string", "format": "date"}}, "required": ["id", "email"]},
]  # fmt: skip


def made(shape, seed=0, count=None):
    prompt = Prompt(generation=Generation("GET", "/things", shape=shape, count=count))
    return asyncio.run(fold(Synthetic(seed=seed)(prompt))).json()


@pytest.mark.parametrize("shape", SHAPES, ids=range(len(SHAPES)))
def test_what_the_embedded_generator_makes_scores_one(shape):
    """It is complete, valid and believable."""
    reports = [score(made(shape, seed, count=4), shape=shape) for seed in range(10)]

    assert [str(report) for report in reports if report.score < 1] == []


def paths(value, path=()):
    """Every place in data but its root, what is inside before what it is in."""
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, child in children:
        yield from paths(child, (*path, key))
        yield (*path, key)


def has(owner, step):
    return step in (
        owner if isinstance(owner, dict) else range(len(owner)) if isinstance(owner, list) else ()
    )


def broken(data, path, how):
    """The data with one place broken; as it was where the place is gone already."""
    result = copy.deepcopy(data)
    *way, last = path
    owner = result
    for step in way:
        owner = owner[step] if has(owner, step) else None
    if not has(owner, last):
        return result
    value = owner[last]
    if how == "remove" and isinstance(owner, dict) and last != "note":
        del owner[last]
    elif how == "unrealistic" and isinstance(value, str):
        owner[last] = "lorem ipsum"
    elif how == "unrealistic" and isinstance(value, (int, float)):
        owner[last] = -1
    elif how == "mistype":
        owner[last] = {"x": [True]} if isinstance(value, (str, int, float)) else "x"
    return result


ORIGINAL = made(ORDER)
PLACES = sorted(paths(ORIGINAL), key=str)


@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(["remove", "unrealistic", "mistype"])), max_size=8, unique_by=lambda each: each[0]),
    st.booleans(),
)  # fmt: skip
def test_breaking_one_more_place_never_raises_a_figure(breaks, with_rules):
    """In whatever order values, objects and lists are broken, with rules or without."""
    rules = ["Check for logical consistency", "age must be positive"] if with_rules else []
    data, before = ORIGINAL, (1, 1, 1)
    for path, how in breaks:
        data = broken(data, path, how)

        after = figures(score(data, shape=ORDER, rules=rules))

        assert all(now <= then + 2e-6 for now, then in zip(after, before, strict=True)), (path, how)
        before = after

"""Contract cases: what kinds there are, that they are what they say, and how they are spread."""

import json
import warnings
from itertools import islice

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from pytest_llmock.errors import LLMockWarning, ShapeError
from pytest_llmock.shapes.cases import Case, contract_cases
from pytest_llmock.shapes.cases.changes import EDGE_CATEGORIES, INVALID_CATEGORIES
from pytest_llmock.shapes.cases.streams import stream
from pytest_llmock.shapes.cases.subject import subject_of
from pytest_llmock.shapes.references import dialect
from pytest_llmock.shapes.validate import problems

MEMBER = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 30},
        "email": {"type": "string", "format": "email"},
        "age": {"type": "integer", "minimum": 18, "exclusiveMaximum": 100},
        "score": {"type": "number", "multipleOf": 0.5, "maximum": 10, "exclusiveMinimum": 0},
        "role": {"enum": ["admin", "guest"]},
        "nick": {"type": ["string", "null"]},
        "code": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "tags": {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "maxItems": 3,
            "uniqueItems": True,
        },
        "home": {"$ref": "#/$defs/Home"},
        "agreed": {"const": True},
        "note": {"type": "string", "maxLength": 100_000},
        "parts": {"type": "array", "maxItems": 100_000},
    },
    "required": ["name", "email"],
    "additionalProperties": False,
    "$defs": {"Home": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}},
}


def cases_of(schema, **numbers):
    """The cases of a plain JSON Schema, without a word about how many there are."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LLMockWarning)
        return contract_cases("POST /x", {"$schema": "x", **schema}, **numbers)


def rules_of(schema, kind, number=60):
    cases = cases_of(schema, **{"valid": 0, "edge": 0, "invalid": 0, kind: number})
    return {case.rule: case.value for case in reversed(cases)}


def is_right(schema, case):
    """Whether the validator says of the case what its kind says."""
    if not isinstance(case.value, bytes):
        return bool(problems(schema, case.value)) is (case.kind == "invalid")
    try:
        json.loads(case.value)
    except ValueError:
        return case.kind == "invalid"
    return False


def test_so_many_of_each_kind_as_asked():
    """Valid first, then edge, then invalid."""
    cases = contract_cases("POST /members", MEMBER, valid=7, edge=5, invalid=6)

    assert [case.kind for case in cases] == ["valid"] * 7 + ["edge"] * 5 + ["invalid"] * 6


def test_twenty_ten_and_fifteen_by_default():
    """The numbers of the tutorial."""
    kinds = [case.kind for case in contract_cases("POST /members", MEMBER)]

    assert [kinds.count(kind) for kind in ("valid", "edge", "invalid")] == [20, 10, 15]


def test_every_case_is_what_its_kind_says():
    """Valid and edge cases are valid, invalid ones are not."""
    cases = contract_cases("POST /members", MEMBER, valid=30, edge=150, invalid=250)

    assert [case for case in cases if not is_right(MEMBER, case)] == []


@pytest.mark.parametrize(
    ("kind", "categories"),
    [("edge", EDGE_CATEGORIES), ("invalid", INVALID_CATEGORIES)],
    ids=["edge", "invalid"],
)
def test_the_first_cases_are_of_every_category(kind, categories):
    """Six cases are enough to meet each heading."""
    cases = cases_of(MEMBER, **{"valid": 0, "edge": 0, "invalid": 0, kind: 6})

    assert {case.category for case in cases} == {*categories}


@pytest.mark.parametrize("kind", ["edge", "invalid"])
def test_the_first_cases_are_about_different_rules_and_fields(kind):
    """No rule comes twice before the others have come, and few fields do."""
    cases = cases_of(MEMBER, **{"valid": 0, "edge": 0, "invalid": 0, kind: 12})

    assert len({case.rule for case in cases}) == 12
    assert len({case.rule.partition(":")[0] for case in cases}) >= 6


@pytest.mark.parametrize(
    ("kind", "rule", "expected"),
    [
        ("valid", '/role: "guest"', {"role": "guest"}),
        ("edge", "/age: at minimum 18", {"age": 18}),
        ("edge", "/age: nearest to maximum 100", {"age": 99}),
        ("edge", "/age: one step inside minimum 18", {"age": 19}),
        ("edge", "/score: nearest to minimum 0", {"score": 0.5}),
        ("edge", "/score: the multiple 0.5 itself", {"score": 0.5}),
        ("edge", "/score: at maximum 10", {"score": 10}),
        ("edge", "/nick: null", {"nick": None}),
        ("edge", "/nick: empty text", {"nick": ""}),
        ("edge", "/email: email, shortest", {"email": "a@b.co"}),
        ("edge", "/parts: empty list", {"parts": []}),
        ("edge", "/note: one character", {"note": "x"}),
        ("invalid", "/age: text instead of integer", {"age": "unexpected"}),
        ("invalid", "/age: fraction instead of integer", {"age": 1.5}),
        ("invalid", "/age: null instead of integer", {"age": None}),
        ("invalid", "/age: below minimum 18", {"age": 17}),
        ("invalid", "/age: at exclusive maximum 100", {"age": 100}),
        ("invalid", "/score: not a multiple of 0.5", {"score": 0.25}),
        ("invalid", "/tags: fewer than 1 item", {"tags": []}),
        ("invalid", "/role: none of the allowed values", {"role": "not-an-option"}),
        ("invalid", "/agreed: other than true", {"agreed": False}),
        ("invalid", "/email: not a valid email", {"email": "no-at-sign.example.com"}),
        ("invalid", "/name: empty text", {"name": ""}),
        ("invalid", "/home/city: missing", {"home": {}}),
        ("invalid", "/unexpectedField: field that is not expected", {"unexpectedField": "unexpected"}),
    ],
)  # fmt: skip
def test_the_line_is_drawn_where_the_schema_draws_it(kind, rule, expected):
    """The rule is told in words, and the value is right beside the line."""
    value = rules_of(MEMBER, kind, 160)[rule]

    assert value.items() >= expected.items()


@pytest.mark.parametrize(
    ("rule", "sizes"),
    [
        ("/name: shortest, 2 characters", 2),
        ("/name: longest, 30 characters", 30),
        ("/note: long, 1000 characters", 1000),
        ("/tags: most items, 3", 3),
        ("/parts: many items, 100", 100),
    ],
)
def test_lengths_are_met_exactly(rule, sizes):
    """Texts are repeated, lists grow by new items."""
    field = rule.partition(":")[0][1:]

    assert len(rules_of(MEMBER, "edge", 120)[rule][field]) == sizes


def test_only_one_place_is_changed():
    """All else is good."""
    wrong = rules_of(MEMBER, "invalid")["/age: below minimum 18"]

    assert [problem.pointer for problem in problems(MEMBER, wrong)] == ["/age"]


def test_a_body_that_is_not_json_is_bytes():
    """It can only be sent as it stands."""
    broken = {case.rule: case for case in cases_of(MEMBER, valid=0, edge=0, invalid=90) if case.is_malformed}

    assert [*broken] == [
        "body: not JSON, cut off",
        "body: not JSON, a comma too many",
        "body: not JSON, single quotes",
        "body: not JSON, blank",
        "body: not JSON, something after it",
        "body: not JSON, not UTF-8",
        "body: not JSON, plain text",
    ]
    assert all(case.body == case.value for case in broken.values())


def test_a_missing_body_is_no_bytes():
    """It is invalid, and not malformed."""
    case = next(case for case in cases_of(MEMBER, invalid=30) if case.rule == "body: missing")

    assert (case.value, case.body, case.is_malformed, case.is_valid) == (b"", b"", False, False)


class Loan(BaseModel):
    """What a library lends."""

    isbn: str = Field(pattern="^[0-9]{13}$")
    days: int = Field(ge=1, le=28)
    note: str | None = None


@pytest.mark.parametrize(
    "schema",
    [Loan, {"isbn": "string", "days": 7}, Loan.model_json_schema(), list[Loan]],
    ids=["model", "example", "schema", "type"],
)
def test_any_shape_is_a_schema(schema):
    """Whatever `parse` takes."""
    cases = contract_cases("/loans", schema, valid=3, edge=3, invalid=3)

    assert len(cases) == 9


@pytest.mark.parametrize(
    ("schema", "kind", "rules"),
    [
        ({"type": "array", "items": {"type": "integer", "minimum": 3}, "minItems": 2}, "invalid", {"/0: below minimum 3", "body: fewer than 2 items"}),
        ({"type": "array", "items": {"type": "integer"}, "maxItems": 0}, "edge", {"body: empty list"} - {"body: empty list"}),
        ({"type": "array", "prefixItems": [{"type": "integer"}], "items": {"type": "string"}}, "invalid", {"/0: text instead of integer"}),
        ({"type": "array", "prefixItems": [{"type": "integer"}], "items": False, "minItems": 1}, "invalid", {"/0: text instead of integer"}),
        ({"type": "array", "contains": {"const": 3}}, "invalid", {"body: no item of the kind that must be there"}),
        ({"type": "array", "items": {"type": "integer"}, "uniqueItems": True, "minItems": 3}, "invalid", {"body: equal items"}),
        ({"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 1, "maxProperties": 3}, "edge", {"body: fewest entries, 1", "body: most entries, 3", "body: an empty name"}),
        ({"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 2, "maxProperties": 3}, "invalid", {"body: fewer than 2 fields", "body: more than 3 fields"}),
        ({"type": "object", "patternProperties": {"^x": {"type": "integer"}}, "additionalProperties": False}, "invalid", {"/unexpectedField: field that is not expected"}),
        ({"type": "object", "additionalProperties": {"type": "integer"}, "propertyNames": {"maxLength": 9}}, "invalid", {"body: a name that is not allowed"}),
        ({"type": "object", "properties": {"card": {"type": "string"}, "street": {"type": "string"}}, "dependentRequired": {"card": ["street"]}}, "invalid", {"/street: missing beside 'card'"}),
        ({"type": "object", "properties": {"card": {"type": "string"}, "street": {"type": "string"}}, "dependentSchemas": {"card": {"properties": {"street": {"minLength": 3}}, "required": ["street"]}}}, "invalid", {"/street: missing", "/street: shorter than 3 characters"}),
        ({"anyOf": [{"type": "integer", "minimum": 5}, {"type": "null"}]}, "invalid", {"body: text instead of integer", "body: below minimum 5"}),
        ({"oneOf": [{"type": "object", "properties": {"kind": {"const": "a"}, "size": {"type": "integer"}}, "required": ["kind", "size"]}, {"type": "object", "properties": {"kind": {"const": "b"}, "text": {"type": "string"}}, "required": ["kind", "text"]}]}, "invalid", {"/size: missing", "/text: missing"}),
        ({"allOf": [{"type": "integer", "minimum": 5}, {"maximum": 9}]}, "invalid", {"body: below minimum 5", "body: above maximum 9"}),
        ({"allOf": [{"anyOf": [{"type": "integer"}, {"type": "string"}]}, {"anyOf": [{"type": "integer"}, {"type": "boolean"}]}]}, "invalid", {"body: missing"}),
        ({"if": {"type": "integer"}, "then": {"minimum": 3}, "else": {"type": "string", "minLength": 2}, "type": ["integer", "string"]}, "invalid", {"body: list instead of integer or text"}),
        ({"allOf": [{"type": "integer", "minimum": 5}, {"minimum": 7}]}, "invalid", {"body: below minimum 7"}),
        ({"type": "integer", "multipleOf": 5}, "invalid", {"body: not a multiple of 5"}),
        ({"type": "number", "multipleOf": 3}, "edge", {"body: the multiple 3 itself"}),
        ({"type": "number", "exclusiveMinimum": 2}, "edge", {"body: nearest to minimum 2"}),
        ({"type": "null"}, "invalid", {"body: text instead of null"}),
        ({"enum": [1, 2.5]}, "invalid", {"body: none of the allowed values"}),
        ({"const": "a" * 60}, "invalid", {f"body: other than '{'a' * 39}…"}),
        ({"type": "string", "pattern": "^(a|b){1,40}(c|d){1,40}(e|f){1,40}(g|h){1,40}$"}, "invalid", {"body: does not match ^(a|b){1,40}(c|d){1,40}(e|f){1,40}(g|h){…"}),
        ({"type": "string", "format": "weird", "minLength": 5}, "invalid", {"body: shorter than 5 characters"}),
        ({"type": "string", "format": "date"}, "invalid", {"body: not a valid date", "body: list instead of text"}),
        ({"type": "boolean"}, "valid", {"typical"}),
    ],
    ids=lambda value: str(sorted(value)) if isinstance(value, set) else str(value),
)  # fmt: skip
def test_keywords_give_their_rules(schema, kind, rules):
    """Each keyword is broken, or gone to the edge of, somewhere."""
    assert rules - rules_of(schema, kind).keys() == set()


def test_a_place_that_may_hold_anything_gets_something_of_everything():
    """Without a type all is allowed."""
    rules = rules_of({"properties": {"x": {}}, "required": ["x"], "type": "object"}, "edge")

    assert {"/x: empty text", "/x: empty list", "/x: zero"} <= rules.keys()


def test_references_may_be_recursive():
    """As far as a good value goes, so far go the cases."""
    node = {
        "type": "object",
        "properties": {"n": {"type": "integer"}, "next": {"$ref": "#"}},
        "required": ["n"],
    }

    assert "/n: missing" in rules_of(node, "invalid")


def test_a_schema_that_is_hard_to_satisfy_gives_what_is_found():
    """A record that is not found does not take away those before it."""
    hard = {"type": "integer", "minimum": 1, "maximum": 100, "not": {"minimum": 8}}

    values = [case.value for case in cases_of(hard, seed=1) if case.is_valid]

    assert sorted(values) == sorted({*values})
    assert {*values} <= {*range(1, 8)}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "prefixItems": [{"type": "integer"}], "maxItems": 3, "uniqueItems": True},
        {"type": "array", "items": True, "maxItems": 3, "minItems": 1, "uniqueItems": True},
        {"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 0},
        {"type": "object", "required": [], "dependentRequired": {"a": ["b"]}, "dependentSchemas": {"a": False}},
        {"if": True, "then": {"type": "integer"}},
        {"type": "object", "minProperties": 5, "additionalProperties": {"type": "integer"}},
    ],
    ids=str,
)  # fmt: skip
def test_odd_schemas_have_cases_that_are_right(schema):
    """Lists that cannot grow, maps that must be empty, conditions that always hold."""
    cases = cases_of(schema)

    assert [case for case in cases if not is_right(schema, case)] == []


def test_alternatives_inside_of_many_alternatives_come_to_an_end():
    """However often one stands in another."""
    schema = {"type": "integer", "minimum": 3}
    for _ in range(12):
        schema = {"anyOf": [schema, {"type": "null"}]}

    assert "body: text instead of integer" in rules_of({"oneOf": [schema]}, "invalid") or rules_of(
        schema, "invalid"
    )


def test_no_two_cases_are_the_same():
    """Not even where a schema allows little."""
    cases = cases_of({"type": "integer", "minimum": 1, "maximum": 5})

    assert sorted(case.value for case in cases if case.is_valid) == [1, 2, 3, 4, 5]
    assert len({case.body for case in cases}) == len(cases)


def test_more_cases_than_rules_have_other_values_around():
    """The same rule comes again in another record."""
    cases = cases_of(
        {"type": "object", "properties": {"name": {"type": "string"}}}, valid=300, edge=100, invalid=100
    )

    assert len(cases) == 500


@pytest.mark.parametrize(
    "schema",
    [{"type": "string", "pattern": "^a"}, {"type": "integer", "minimum": 3, "multipleOf": 7}],
    ids=str,
)
def test_ordinary_values_are_varied_when_no_others_are_made(schema):
    """A number stands after a text, or is larger."""
    assert len(cases_of(schema, valid=400, edge=0, invalid=0)) == 400


def test_an_option_that_the_rest_of_the_schema_refuses_is_no_case():
    """Each option is judged like all else."""
    schema = {
        "type": "object",
        "properties": {"a": {"enum": [1, 2]}},
        "not": {"properties": {"a": {"const": 2}}},
    }

    assert [case.value for case in cases_of(schema, edge=0, invalid=0)] == [{"a": 1}]


def test_fewer_cases_than_asked_are_told():
    """With what to ask for instead."""
    with pytest.warns(LLMockWarning) as told:
        contract_cases("POST /flags", {"type": "boolean", "enum": [True, False]}, invalid=3)

    assert str(told[0].message) == (
        "The schema of POST /flags has no more different cases than 2 valid (of 20), 0 edge (of 10). Ask for "
        "valid=2, edge=0."
    )
    assert told[0].filename == __file__


def test_a_schema_that_allows_everything_refuses_what_is_not_json():
    """Nothing else is invalid."""
    cases = [case for case in cases_of({}) if case.kind == "invalid"]

    assert all(isinstance(case.value, bytes) for case in cases)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("users", {"a": 0}), "The endpoint is 'users': write it as 'POST /users' or '/users'."),
        (("PSOT /users", {"a": 0}), "The endpoint 'PSOT /users' has the method 'PSOT'. Did you mean 'POST'?"),
        (("/users", {"type": "string", "minLength": -1}), "The JSON Schema is not valid at /minLength: -1 is less than the minimum of 0."),
        (("/users", {"type": "integer", "minimum": 3, "maximum": 1}), "JSON Schema"),
    ],
    ids=["no path", "no method", "no schema", "no value"],
)  # fmt: skip
def test_what_cannot_be_is_refused(arguments, message):
    """At once, with what would have worked."""
    with pytest.raises(ShapeError) as caught:
        contract_cases(*arguments)

    assert message in caught.value.message


@pytest.mark.parametrize("number", [-1, 1.5, True, "3", 10_001])
def test_a_number_of_cases_is_a_whole_number(number):
    """From 0 up."""
    with pytest.raises(ShapeError) as caught:
        contract_cases("/users", {"a": 0}, edge=number)

    assert caught.value.message == f"edge is {number!r}: give a whole number of cases, from 0 to 10,000."


def test_a_method_may_be_written_small():
    """Cases have it as HTTP does."""
    assert contract_cases(" post /users ", {"a": 0}, valid=1, edge=0, invalid=0)[0].endpoint == "POST /users"


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), numbers=st.tuples(*[st.integers(0, 20)] * 3))
def test_the_same_seed_gives_the_same_cases_and_more_of_them_the_same_first(seed, numbers):
    """So ids stay what they are when the numbers grow."""
    valid, edge, invalid = numbers

    few = contract_cases("/m", MEMBER, valid=valid, edge=edge, invalid=invalid, seed=seed)
    many = contract_cases("/m", MEMBER, valid=valid + 5, edge=edge + 5, invalid=invalid + 5, seed=seed)

    assert few == [case for case in many if case.id in {each.id for each in few}]


def test_another_seed_gives_other_values_for_the_same_rules():
    """What is tested stays the same."""
    one, two = (contract_cases("/m", MEMBER, seed=seed) for seed in (1, 2))

    assert [case.id for case in one if case.kind == "invalid"] == [
        case.id for case in two if case.kind == "invalid"
    ]
    assert [case.body for case in one] != [case.body for case in two]


def test_categories_choose_among_the_changes():
    """As the mock API's requests for test cases do."""
    subject = subject_of(dialect(MEMBER))

    found = [*islice(stream(subject, "edge", 0, categories=frozenset({"unicode"})), 5)]

    assert {each.category for each in found} == {"unicode"}


names = st.sampled_from(["id", "name", "email", "age", "tags", "a/b", "prénom", "状態", "~x"])
texts = st.fixed_dictionaries(
    {"type": st.just("string")},
    optional={
        "minLength": st.integers(0, 4),
        "maxLength": st.integers(4, 12),
        "pattern": st.sampled_from(["^[a-z]+$", "^[A-Z]{3}$", "a", "^\\d{2,4}-x?$"]),
        "format": st.sampled_from(
            ["email", "date", "date-time", "uuid", "uri", "ipv4", "ipv6", "time", "odd"]
        ),
    },
)
numbers = st.fixed_dictionaries(
    {"type": st.sampled_from(["integer", "number"])},
    optional={
        "minimum": st.integers(-10, 5),
        "maximum": st.integers(5, 100),
        "exclusiveMinimum": st.integers(-10, 3),
        "exclusiveMaximum": st.integers(8, 50),
        "multipleOf": st.sampled_from([1, 2, 0.5]),
    },
)
plain = st.sampled_from(
    [
        {},
        {"type": "boolean"},
        {"type": ["string", "null"]},
        {"enum": ["a", 3, None]},
        {"const": {"k": [1]}},
        {"$ref": "#/$defs/Node"},
    ]
)


def objects(inner):
    def of(properties):
        return st.fixed_dictionaries(
            {
                "type": st.just("object"),
                "properties": st.just(properties),
                "required": st.sets(st.sampled_from([*properties])).map(sorted)
                if properties
                else st.just([]),
            },
            optional={
                "additionalProperties": st.sampled_from([False, {"type": "integer"}]),
                "maxProperties": st.integers(3, 6),
            },
        )

    return st.dictionaries(names, inner, max_size=4).flatmap(of)


def nested(inner):
    lists = st.fixed_dictionaries(
        {"type": st.just("array"), "items": inner},
        optional={"minItems": st.integers(0, 2), "maxItems": st.integers(2, 5), "uniqueItems": st.booleans()},
    )
    several = st.builds(
        lambda keyword, parts: {keyword: parts},
        st.sampled_from(["anyOf", "oneOf", "allOf"]),
        st.lists(inner, min_size=1, max_size=2),
    )
    return (
        objects(inner)
        | lists
        | several
        | inner.map(lambda part: {"type": "object", "additionalProperties": part})
    )


NODE = {
    "type": "object",
    "properties": {"value": {"type": "integer"}, "next": {"$ref": "#/$defs/Node"}},
    "required": ["value"],
}
schemas = st.recursive(texts | numbers | plain, nested, max_leaves=6).map(
    lambda schema: {"$schema": "x", **schema, "$defs": {"Node": NODE}}
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(schemas, st.integers(0, 3))
def test_whatever_the_schema_every_case_is_right_and_has_a_name_of_its_own(schema, seed):
    """Valid and edge cases validate, invalid ones do not, and no two are the same."""
    try:
        cases = cases_of(schema, seed=seed)
    except ShapeError:  # nothing satisfies it
        assume(False)

    root = dialect(schema)
    assert [case for case in cases if not is_right(root, case)] == []
    assert len({case.id for case in cases}) == len({case.body for case in cases}) == len(cases)
    assert all(case.id.isascii() for case in cases)
    assert {"valid", "invalid"} <= {case.kind for case in cases}


def test_of_wide_records_every_case_is_right_too():
    """Three hundred fields are looked at in one good value only."""
    properties = {f"f{number}": {"type": "integer", "minimum": number} for number in range(300)}
    schema = {"type": "object", "properties": properties, "required": [*properties]}

    cases = cases_of(schema)

    assert len(cases) == 45
    assert [case for case in cases if not is_right(schema, case)] == []


def test_a_large_choice_takes_its_time_not():
    """A thousand options are not all tried."""
    schema = {"type": "object", "properties": {"x": {"enum": [*range(1000)]}}, "required": ["x"]}

    cases = cases_of(schema, valid=50)

    assert isinstance(cases[0], Case)
    assert len(cases) == 65

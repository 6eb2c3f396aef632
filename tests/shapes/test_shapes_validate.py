"""Problems of a value by its schema."""

import math
from types import MappingProxyType

import pytest

from effort import grows_linearly
from pytest_llmock.errors import ShapeError
from pytest_llmock.shapes.validate import Problem, accepter, check_schema, problems

USER = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 2},
        "age": {"type": "integer"},
        "tier": {"type": "string", "enum": ["free", "paid"]},
        "a/b~c": {"type": "array", "items": {"type": "integer"}},
    },
    "required": ["name", "age"],
    "additionalProperties": False,
}


def texts(schema, value):
    """The problems as lines."""
    return [f"{problem.pointer}: {problem.message}" for problem in problems(schema, value)]


def test_a_valid_value_has_no_problems():
    """An empty tuple means valid."""
    assert problems(USER, {"name": "Ada", "age": 36, "tier": "paid", "a/b~c": [1]}) == ()


def test_every_problem_is_listed_in_the_order_of_the_value():
    """All problems come at once, each where a reader of the value meets it."""
    value = {"zip": 1, "tier": "gold", "a/b~c": [1, "x", None], "name": "A"}

    assert texts(USER, value) == [
        ": has no 'age', which is required",
        "/zip: is not expected here",
        "/tier: is 'gold', which is none of 'free', 'paid'",
        "/a~1b~0c/1: is 'x', which is not of type integer",
        "/a~1b~0c/2: is null, which is not of type integer",
        "/name: has 1 characters, fewer than 2",
    ]


def test_a_problem_names_pointer_message_and_rule():
    """A problem is a value with three texts."""
    (problem,) = problems({"type": "array", "items": USER}, [{"name": "Ada", "age": "abc"}])

    assert problem == Problem("/0/age", "is 'abc', which is not of type integer", "type")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"": 1}, ["/: is 1, which is not of type object"]),
        ({"": {"a": "x"}}, ["//a: is 'x', which is not of type integer"]),
        ({"": {"": [0, "x"]}}, ["///1: is 'x', which is not of type integer or object"]),
        ({"": {"": [0, {}]}}, ["///1: has no 'b', which is required"]),
        ({"a": 1, "": {"a": None}}, ["//a: is null, which is not of type integer"]),
    ],
)
def test_a_key_without_a_name_is_a_place_too(value, expected):
    """The validator's own paths leave it out."""
    alternatives = [{"type": "integer"}, {"type": "object", "required": ["b"], "maxProperties": 1}]
    deepest = {"type": "array", "items": {"anyOf": alternatives}}
    inner = {"type": "object", "properties": {"a": {"type": "integer"}, "": deepest}}

    assert texts({"properties": {"": inner}}, value) == expected


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"type": ["string", "null"]}, 1, "is 1, which is not of type null or string"),
        ({"type": "string"}, {"a": 1}, "is an object, which is not of type string"),
        ({"type": "string"}, [1, 2], "is a list of 2, which is not of type string"),
        ({"type": "string"}, True, "is true, which is not of type string"),
        ({"const": "x"}, "y", "is 'y', which is not 'x'"),
        ({"enum": list(range(12))}, 99, "is 99, which is none of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"),
        ({"pattern": "^a+$"}, "b", "is 'b', which does not match '^a+$'"),
        ({"minimum": 3}, 1, "is 1, less than 3"),
        ({"maximum": 3}, 4, "is 4, more than 3"),
        ({"exclusiveMinimum": 3}, 3, "is 3, not more than 3"),
        ({"exclusiveMaximum": 3}, 3, "is 3, not less than 3"),
        ({"multipleOf": 2}, 3, "is 3, which is no multiple of 2"),
        ({"maxLength": 1}, "ab", "has 2 characters, more than 1"),
        ({"minItems": 2}, [1], "has 1 items, fewer than 2"),
        ({"maxItems": 1}, [1, 2], "has 2 items, more than 1"),
        ({"minProperties": 1}, {}, "has 0 properties, fewer than 1"),
        ({"maxProperties": 0}, {"a": 1}, "has 1 properties, more than 0"),
        ({"uniqueItems": True}, [1, 1], "is a list of 2, in which items are equal"),
        (
            {"contains": {"const": 1}},
            [2],
            "is a list of 1, in which no item is of the kind that must be there",
        ),
        ({"not": {"type": "null"}}, None, "is null, which is what must not be here"),
        ({"propertyNames": {"maxLength": 1}}, {"ab": 1}, '"ab" is longer than 1 character'),
        ({"oneOf": [{"minimum": 1}, {"minimum": 2}]}, 3, "is 3, which matches more than one alternative"),
        (
            {"anyOf": [{"type": "string"}, {"type": "null"}, {"type": "string"}]},
            1,
            "is 1, which is not of type string or null",
        ),
        ({"anyOf": [{"minimum": 9}, {"multipleOf": 2}]}, 3, "is 3, which matches none of 2 alternatives"),
    ],
)
def test_each_rule_says_what_is_wrong(schema, value, message):
    """A message follows its pointer: what the value is, and what it should have been."""
    assert texts(schema, value) == [f": {message}"]


def test_a_false_schema_allows_nothing():
    """A property whose schema is false must not be there."""
    assert texts({"properties": {"a": False}}, {"a": 1}) == ["/a: is 1, where nothing is allowed"]


def test_unevaluated_properties_are_named_one_by_one():
    """Each unexpected key is a problem of its own."""
    assert texts({"unevaluatedProperties": False}, {"a": 1, "b": 2}) == [
        "/a: is not expected here",
        "/b: is not expected here",
    ]


def test_an_optional_object_tells_the_problems_of_the_object():
    """Of alternatives of several types, the one of the value's type is the one that was meant."""
    schema = {"properties": {"user": {"anyOf": [USER, {"type": "null"}]}}}

    assert texts(schema, {"user": {"name": "Ada", "age": "x"}}) == [
        "/user/age: is 'x', which is not of type integer"
    ]


def test_a_discriminator_decides_which_alternative_was_meant():
    """Alternatives whose constant property differs are not discussed."""
    card = {"properties": {"kind": {"const": "card"}, "digits": {"type": "string"}}, "required": ["kind"]}
    cash = {"properties": {"kind": {"const": "cash"}, "coins": {"type": "integer"}}, "required": ["kind"]}

    assert texts({"oneOf": [card, cash]}, {"kind": "cash", "coins": "two"}) == [
        "/coins: is 'two', which is not of type integer"
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"kind": "cow"}, "/kind: is 'cow', which is none of 'cat', 'dog', 'wolf'"),
        ({"purrs": 1}, ": has no 'kind', which is required"),
        ({"kind": "cow", "at": {"kind": "x"}}, "/kind: is 'cow', which is none of 'cat', 'dog', 'wolf'"),
    ],
    ids=["unknown", "missing", "beside another"],
)
def test_what_no_alternative_has_is_told_of_the_property_that_tells_them_apart(value, text):
    """Whoever reads it knows what to write."""
    cat = {"properties": {"kind": {"const": "cat"}}, "required": ["kind"]}
    dog = {"properties": {"kind": {"enum": ["dog", "wolf"]}}, "required": ["kind"]}

    assert texts({"oneOf": [cat, dog]}, value) == [text]


def test_alternatives_that_nothing_tells_apart_are_counted():
    """Each is told by another property, so that none of them was meant."""
    one, other = {"properties": {"a": {"const": 1}}}, {"properties": {"b": {"enum": [2]}}}

    assert texts({"anyOf": [one, other]}, {"a": 0, "b": 0}) == [
        ": is an object, which matches none of 2 alternatives"
    ]


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("date-time", "2024-02-29T10:00:00Z", "2023-02-29T10:00:00Z"),
        ("date", "2024-02-29", "2024-02-30"),
        ("email", "ada@example.com", "ada at example.com"),
        ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123e4567"),
        ("uri", "https://example.com/a?b=c", "/relative"),
    ],
)
def test_formats_are_asserted(name, good, bad):
    """A format is a rule, not a remark."""
    schema = {"type": "string", "format": name}

    assert problems(schema, good) == ()
    assert texts(schema, bad) == [f": is {bad!r}, which is not a valid {name}"]


def test_a_message_never_echoes_a_whole_value():
    """Text, numbers and names in a message are cut to a line."""
    schema = {"properties": {"a": {"type": "integer"}}, "propertyNames": {"maxLength": 5}}
    found = problems(schema, {"a": "x" * 1_000_000, "y" * 1_000_000: 1})

    assert [len(problem.message) < 400 for problem in found] == [True, True]


@pytest.mark.parametrize("value", [{1: 2}, "\ud800", object()], ids=["key", "half a surrogate", "object"])
def test_what_is_no_json_is_a_problem_and_not_a_crash(value):
    """Python data that JSON cannot say is reported like any other problem."""
    (problem,) = problems({"enum": ["a"]}, value)

    assert (problem.pointer, problem.rule) == ("", "json")


def test_nan_is_no_number():
    """NaN is not of type number, because JSON has no such number."""
    assert texts({"type": "number"}, math.nan) == [": is NaN, which is not of type number"]


def test_a_mapping_that_is_no_dict_can_be_a_schema():
    """Any mapping of keywords is a schema."""
    assert problems(MappingProxyType({"type": "string"}), "a") == ()


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (
            {"$defs": {"a": {"type": "strin"}}},
            (
                "The JSON Schema is not valid at /$defs/a/type: 'strin' is no type of JSON Schema. "
                "Did you mean 'string'?"
            ),
        ),
        (
            {"minLength": -1},
            "The JSON Schema is not valid at /minLength: -1 is less than the minimum of 0.",
        ),
        ({"pattern": "("}, 'The JSON Schema is not valid at /pattern: "(" is not a "regex".'),
    ],
    ids=["type", "number", "pattern"],
)
def test_an_invalid_schema_is_refused_with_its_pointer(schema, message):
    """A wrong schema is the client's mistake, and the message says where it is."""
    with pytest.raises(ShapeError) as caught:
        check_schema(schema)

    assert caught.value.message == message


def test_a_remote_reference_is_refused_and_not_fetched():
    """A reference to another document fails, and no connection is made."""
    with pytest.raises(ShapeError, match=r"nothing is fetched, not even http://127\.0\.0\.1:9/x"):
        problems({"$ref": "http://127.0.0.1:9/x"}, 1)


def test_a_schema_that_is_not_json_is_refused():
    """A schema is made of nothing but JSON."""
    with pytest.raises(ShapeError, match=r"^The JSON Schema is not JSON: Object of type object"):
        check_schema({"const": object()})
    with pytest.raises(ShapeError, match=r"^The JSON Schema is not valid: Dict key must be str"):
        check_schema({1: "number as key"})


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(?=a)(a+)+$", "(a{1000}){1000}", r"\p{L}{1000}{10}"])
def test_no_pattern_takes_long(pattern):
    """Patterns that run for ever elsewhere are matched, or refused, in a time that grows with the text."""

    def matched(size):
        try:
            found = problems({"pattern": pattern}, "a" * size + "!")
        except ShapeError:
            found = ("refused",)
        assert found

    assert grows_linearly(matched, 40_000)


@pytest.mark.parametrize(
    ("value", "is_accepted"),
    [(3, True), ("3", False), (object(), False)],
    ids=["valid", "invalid", "no JSON"],
)
def test_an_accepter_says_whether_and_not_why(value, is_accepted):
    """What is no JSON is never accepted."""
    assert accepter({"type": "integer"})(value) is is_accepted

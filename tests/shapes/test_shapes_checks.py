"""What common sense finds wrong with data, and which rules narrow or add."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.shapes.checks import check_data
from pytest_llmock.shapes.rules import TOPICS, understood
from pytest_llmock.shapes.validate import Problem


@pytest.mark.parametrize(
    ("data", "pointer", "message", "rule"),
    [
        ({"email": "no-at"}, "/email", "is 'no-at', which is not an e-mail address", "email"),
        ({"contactEmail": 5}, "/contactEmail", "is 5, which is not an e-mail address", "email"),
        ({"age": "old"}, "/age", "is 'old', which is not a number", "age"),
        ({"users": [{"email": "a@b"}]}, "/users/0/email", "is 'a@b', which is not an e-mail address", "email"),
        ({"age": -5}, "/age", "is -5, which is no age (0 to 130)", "age"),
        ({"age": 131}, "/age", "is 131, which is no age (0 to 130)", "age"),
        ({"price": -0.5}, "/price", "is -0.5, which is negative", "negative"),
        ({"discount": 120}, "/discount", "is 120, not in 0 to 100", "range"),
        ({"lat": 91}, "/lat", "is 91, not in -90 to 90", "range"),
        ({"longitude": -181}, "/longitude", "is -181, not in -180 to 180", "range"),
        ({"createdAt": "2024-02-30"}, "/createdAt", "is '2024-02-30', which is not an ISO-8601 date that exists", "date"),
        ({"createdAt": "yesterday"}, "/createdAt", "is 'yesterday', which is not an ISO-8601 date that exists", "date"),
        ({"when": "2024-13-01"}, "/when", "is '2024-13-01', which is not an ISO-8601 date that exists", "date"),
        ({"uuid": "12"}, "/uuid", "is '12', which is not a UUID", "uuid"),
        ({"website": "not a url"}, "/website", "is 'not a url', which is not a URL", "url"),
        ({"city": "string"}, "/city", "is 'string', a placeholder", "placeholder"),
        ({"bio": "Lorem ipsum dolor"}, "/bio", "is 'Lorem ipsum dolor', a placeholder", "placeholder"),
        ({"bio": "{{bio}}"}, "/bio", "is '{{bio}}', a placeholder", "placeholder"),
        ({"bio": "<your name>"}, "/bio", "is '<your name>', a placeholder", "placeholder"),
        ({"name": " "}, "/name", "is empty", "empty"),
        ({"startDate": "2024-05-02", "endDate": "2024-05-01"}, "/endDate", "lies before 'startDate'", "consistency"),
        ({"created": "2024-05-02T00:00:00Z", "updated": "2024-05-01"}, "/updated", "lies before 'created'", "consistency"),
        ({"price": 5, "msrp": 4}, "/msrp", "is lower than 'price'", "consistency"),
        ({"inStock": True, "quantity": 0}, "/inStock", "is true although 'quantity' is 0", "consistency"),
        ({"isInStock": False, "stock": 3}, "/isInStock", "is false although 'stock' is 3", "consistency"),
        ({"a/b~c": [{"email": ""}, {"email": "x"}]}, "/a~1b~0c/1/email", "is 'x', which is not an e-mail address", "email"),
        ({"email": "x" * 80}, "/email", f"is '{'x' * 59}…, which is not an e-mail address", "email"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, dict) else "",
)  # fmt: skip
def test_what_is_wrong_is_found(data, pointer, message, rule):
    """Each fault is a problem at its own place."""
    assert Problem(pointer, message, rule) in check_data(data)


@pytest.mark.parametrize(
    "data",
    [
        None,
        "text",
        [],
        {"email": None, "age": None, "createdAt": None, "price": True},
        {
            "email": "ada@example.org",
            "age": 0,
            "discount": 100,
            "uuid": "0" * 8 + "-0000-0000-0000-" + "0" * 12,
        },
        {
            "createdAt": "2024-02-29T12:00:00+02:00",
            "date": "2024-02-29",
            "time": "14:30",
            "openedAt": "9:15 am",
        },
        {
            "arrival": "Gate 5",
            "period": "2024-99",
            "phone": "2024-99-99",
            "description": "2024-99-99 is no date",
        },
        {"website": "https://example.org/a?b=c", "link": "/relative", "url": "mailto:ada@example.org"},
        {"type": "string", "quantity": 0, "price": 3, "msrp": 3, "comment": ""},
        {"inStock": True, "quantity": 3, "endDate": "2024-05-01", "startDate": "soon"},
        {"inStock": "yes", "quantity": 0},
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_is_right_is_left_alone(data):
    """No false alarm."""
    assert [problem for problem in check_data(data) if problem.pointer != "/startDate"] == []


def test_problems_come_in_the_order_of_the_data():
    """A reader meets them from top to bottom."""
    data = {"msrp": 1, "email": "x", "price": 2, "age": -1}

    assert [problem.pointer for problem in check_data(data)] == ["/msrp", "/email", "/age"]


@pytest.mark.parametrize(
    ("rule", "topics"),
    [
        ("Ensure all dates are valid ISO-8601", {"date"}),
        ("Verify email formats", {"email"}),
        ("Check for logical consistency", {"consistency", "age", "negative", "range"}),
        ("No negative prices", {"negative", "age", "range", "consistency"}),
        ("No placeholders", {"placeholder"}),
        ("Urls and uuids are real", {"url", "uuid", "placeholder"}),
        ("Frobnicate the gnarf", TOPICS),
    ],
)
def test_a_rule_chooses_topics(rule, topics):
    """What a rule speaks of is checked; one that nobody understands lets everything be checked."""
    assert understood([rule]) == (frozenset(topics), ())


def test_rules_narrow_what_is_checked():
    """Only what the rules name is looked at."""
    data = {"email": "x", "age": -5, "createdAt": "never"}

    assert [problem.pointer for problem in check_data(data, ["Verify email formats"])] == ["/email"]
    assert len(check_data(data, ["Verify email formats", "Frobnicate"])) == 3


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ("age must be at least 18", 18, 17),
        ("'age' >= 18", 18, 17.5),
        ("age should be at most 65", 65, 66),
        ("age must be greater than 18", 19, 18),
        ("age must be less than 65", 64, 65),
        ("age must be between 18 and 65", 18, 66),
        ("age must be between 65 and 18", 65, 17),
        ("age must be positive", 1, 0),
        ("age must not be negative", 0, -1),
        ("age must be at least 1", 1, "x"),
        ("age is one of 18, 19 or 20", 19, 21),
        ("age is required", 1, None),
        ("age must not be empty", "7", ""),
    ],
)
def test_a_rule_about_a_field_is_applied(rule, good, bad):
    """Bounds, choices and presence in plain English."""
    rules = [rule]

    assert [problem for problem in check_data({"age": good}, rules) if problem.rule == "rule"] == []
    assert Problem("/age", f"is {bad!r} ({rule})", "rule") in check_data({"age": bad}, rules)


def test_a_required_field_that_is_missing_is_a_problem():
    """A field that a rule asks for must be there; a bound on a missing field is no problem."""
    rules = ["phone number is required", "phone_number is required", "age must be at least 18"]

    assert check_data({"a": 1}, rules) == (
        Problem("/number", "is missing (phone number is required)", "rule"),
        Problem("/phone_number", "is missing (phone_number is required)", "rule"),
    )


@pytest.mark.parametrize(
    "data", [{"address": {"city": "Rome"}}, {"user": {"tags": ["a"]}}, {"email": "a@b.org"}], ids=str
)
def test_a_required_field_may_have_values_inside_and_be_named_in_the_plural(data):
    """It is there."""
    named = {"address": "address is required", "user": "tags are required", "email": "emails are required"}

    assert check_data(data, [named[next(iter(data))]]) == ()


def test_a_rule_about_all_fields_is_no_rule_about_a_field():
    """The rule 'All fields are required' speaks of empty text, not of a field called fields."""
    assert understood(["All fields are required"]) == (frozenset({"empty", "placeholder"}), ())


def test_very_deep_data_is_no_stack_overflow():
    """What lies deeper than two hundred levels is not looked at."""
    data = {"email": "x"}
    for _ in range(100_000):
        data = {"a": [data]}

    assert check_data(data) == ()


JSON_DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["email", "createdAt", "age", "price", "msrp", "x", ""]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(JSON_DATA, st.lists(st.text(), max_size=2))
def test_any_data_and_any_rules_are_checked(data, rules):
    """Nothing makes the check fail, and it finds the same each time."""
    assert check_data(data, rules) == check_data(data, rules)

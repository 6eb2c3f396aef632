"""Which rules in English are understood to their last word."""

import pytest

from pytest_llmock.shapes.rules import read


@pytest.mark.parametrize(
    ("rule", "topics"),
    [
        ("Ensure all dates are valid ISO-8601", {"date"}),
        ("Verify email formats", {"email"}),
        ("Check for logical consistency", {"consistency", "age", "negative", "range"}),
        ("Validate consistency", {"consistency", "age", "negative", "range"}),
        ("All required fields present", {"empty", "placeholder"}),
        ("Formats correct", {"email", "date", "uuid", "url"}),
        ("Values make sense", {"placeholder", "consistency", "age", "negative", "range"}),
        ("Dates are in chronological order", {"date", "consistency"}),
        ("No placeholders", {"placeholder"}),
        ("Users' email addresses are never empty", None),
        ("Emails must not be valid", None),
        ("No emails", None),
        ("Email must be a corporate address at acme.com", None),
        ("Price must be less than msrp", None),
        ("Be nice", None),
    ],
)
def test_a_rule_about_topics_is_whole_when_no_word_is_left_over(rule, topics):
    """What could ask for more than is checked is left to a judge."""
    reading = read(rule)

    assert reading.is_whole is (topics is not None)
    assert reading.field_rule is None
    assert topics is None or reading.topics == topics


@pytest.mark.parametrize(
    ("rule", "is_whole"),
    [
        ("Age must be positive", True),
        ("Every user's age must be at least 18", True),
        ("Emails must not be empty", True),
        ("status must be one of active, inactive", True),
        ("status must be one of active or inactive when the user has logged in", False),
        ("age must be at least 18 and a citizen of France", False),
        ("name must be at least 3 characters", False),
        ("If country is US then zip must be present", False),
        ("phone number is required", False),
    ],
)
def test_a_rule_about_a_field_is_whole_when_it_says_nothing_else(rule, is_whole):
    """Conditions, units and a second half are none of ours."""
    reading = read(rule)

    assert reading.field_rule is not None
    assert reading.is_whole is is_whole

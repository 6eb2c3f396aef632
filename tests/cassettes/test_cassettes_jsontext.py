import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.cassettes.jsontext import STYLES, json_of

texts = st.text(st.characters(exclude_categories=()), max_size=5)
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
)
containers = st.lists(values, max_size=3) | st.dictionaries(texts, values, max_size=3)


@given(containers, st.sampled_from(sorted(STYLES)))
def test_json_in_a_known_style_comes_back_to_the_byte(value, style):
    """Data and style give exactly the text that they were taken from."""
    text = STYLES[style](value)

    known = json_of(text)

    assert known is not None
    assert STYLES[known[1]](known[0]) == text


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ('{"a":[1,"é"]}', "compact"),
        ('{"a":[1,"\\u00e9"]}', "compact ascii"),
        ('{"a": [1, "é"]}', "spaced"),
        ('{"a": [1, "\\u00e9"]}', "spaced ascii"),
        ('{\n  "a": "é"\n}', "indent 2"),
        ('[\n    "\\u00e9"\n]', "indent 4 ascii"),
        ("{}", "compact"),
        ("[]", "compact"),
    ],
)
def test_the_style_is_how_the_text_was_written(text, style):
    """The simplest style that gives the text is named."""
    assert json_of(text) == (json.loads(text), style)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello",
        "{",
        "{]",
        '"text"',
        "1",
        "{not json}",
        '{"a":1} ',
        '{"a" : 1}',
        '{"a":1,"a":2}',
        "[1.50]",
        "[1e400]",
        "[NaN]",
        f"[{'9' * 5000}]",
        "[" * 100_000 + "]" * 100_000,
        "[" * 150 + "]" * 150,
    ],
    ids=lambda text: text[:12],
)
def test_text_that_no_style_gives_back_stays_text(text):
    """What would come back differently, or is nested beyond reading, is not taken apart."""
    assert json_of(text) is None


def test_wide_json_is_not_deep():
    """Only nesting counts as deep, not the number of brackets."""
    wide = [{"a": [1]}] * 500

    assert json_of(json.dumps(wide)) == (wide, "spaced")

"""JSON values in what models write."""

import json
import sys
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import grows_linearly
from pytest_llmock.errors import SettingsError
from pytest_llmock.generation.extract import ExtractionError, extract
from pytest_llmock.generation.repair import REPAIRABLE_CHARACTERS

WORDS = st.text(st.characters(codec="utf-8"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=8,
)
CONTAINERS = VALUES.filter(lambda value: isinstance(value, (dict, list)))
PROSE = st.text("abc ÄÖ.,:;!?'()\n-*0123456789").map(lambda text: text + " ")
THOUGHTS = st.text("ab {}[]\"':,\n`<>/0123456789").filter(lambda text: "</think" not in text)


def value_of(text, **options):
    """Only the value."""
    return extract(text, **options).value


def error_of(text, **options):
    """Only the message of the error."""
    with pytest.raises(ExtractionError) as caught:
        extract(text, **options)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "value", "notes"),
    [
        ('{"a": 1}', {"a": 1}, ()),
        ('\ufeff\n {"a": 1} \n', {"a": 1}, ()),
        ("42", 42, ()),
        ('"text"', "text", ()),
        ("null", None, ()),
        ('Sure! {"a": 1} Anything else?', {"a": 1}, ("text around the JSON dropped",)),
        ('{"a": [1, 2,], }', {"a": [1, 2]}, ("trailing commas removed",)),
        ('{"a": /* one */ 1} // done', {"a": 1}, ("text around the JSON dropped", "comments removed")),
        ("[// first\n1]", [1], ("comments removed",)),
        (
            '{"a": 1}\n{"a": 2},',
            [{"a": 1}, {"a": 2}],
            ("text around the JSON dropped", "2 objects in a row made one list"),
        ),
        (
            '{"a": 1,}{"a": 2,}',
            [{"a": 1}, {"a": 2}],
            ("trailing commas removed", "2 objects in a row made one list"),
        ),
    ],
)
def test_a_value_is_found_and_what_was_done_is_noted(text, value, notes):
    """The value comes with a note for every step that was needed."""
    extraction = extract(text)

    assert (extraction.value, extraction.notes) == (value, notes)


@pytest.mark.parametrize(
    "text",
    [
        '{"t": "wait,, // what", "u": "a, ]", "v": "/* x */", "w": "} {", "x": "\\"[,]",}',
        '{"t": "<think> no", "u": "```json", "v": "Infinity",}',
        '{"t": "...", "u": "a: \'b\'", "v": "\\\\",}',
    ],
)
def test_characters_in_strings_are_never_touched(text):
    """Whatever looks like syntax inside a string is text."""
    assert value_of(f"Here: {text} and so on") == json.loads(text[:-2] + "}")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('```json\n{"a": 1}\n```', {"a": 1}),
        ("Here:\n\n```\n[1, 2]\n```\nDone.", [1, 2]),
        ('~~~JSON\n{"a": 1,}\n~~~', {"a": 1}),
        ('```json{"a": 1}```', {"a": 1}),
        ("```json\n42\n```", 42),
        ('```json\n"text"\n```', "text"),
        ('```jsonl\n{"a": 1}\n{"a": 2}\n```', [{"a": 1}, {"a": 2}]),
        ('```json\n{"a": 1}', {"a": 1}),
        ('`{"a": 1}`', {"a": 1}),
        ('{"x": 1} is wrong, so:\n```json\n{"a": 1}\n```', {"a": 1}),
        ('```json\n{"a": 1}\n```\nagain:\n```json\n{ "a": 1 }\n```', {"a": 1}),
        ('```python\nx = {"x": 1}\n```\ngives\n```json\n{"a": 1}\n```', {"a": 1}),
        ('```python\nprint()\n~~~\n```\n{"a": 1}\n', {"a": 1}),
        ('```js\nconst x = {"a": 1};\n```', {"a": 1}),
        ('```json\n{"a": 1} is it\n```', {"a": 1}),
        ('```json\nnot this\n```\n{"a": 1}', {"a": 1}),
    ],
)
def test_fenced_values_come_first(text, value):
    """A block of nothing but JSON wins over values in the text; other blocks are text."""
    assert value_of(text) == value


@pytest.mark.parametrize(
    "text",
    [
        '<think>{"x": 1}</think>{"a": 1}',
        '<THINKING>\nMaybe [1] or {"x": \n</THINKING>\n\n{"a": 1}',
        '[THINK]{"x": 1}[/THINK]{"a": 1}',
        'Let me see {"x": 1} </think> {"a": 1}',
        '<think>one</think> {"a": 1} <think>but {"x": 1}</think>',
        'I use the <think> tag here: {"a": 1}',
        '{"a": 1}\n<think> unclosed {"x": 1}',
        '```json\n{"x": 1}\n```\n</reasoning>\n{"a": 1}',
    ],
)
def test_reasoning_does_not_count(text):
    """What a model thinks aloud is not its answer, closed or not."""
    assert value_of(text) == {"a": 1}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('Here {a} then {"b": 1}', {"b": 1}),
        ('He said "so: {"b": 1}', {"b": 1}),
        ('A 5" disk {"b": 1} and a 3" one', {"b": 1}),
        ('As said in [1], the answer is {"b": 1}', {"b": 1}),
        ('Instead of {} or []: {"b": 1}', {"b": 1}),
        ('First {"b": 1}, then {"c": 2}', {"b": 1}),
        ("The list [1, 2] is not [3]", [1, 2]),
        ("Nothing: []", []),
        ("Nothing: {} [0]", [0]),
        ('[{"b": 1}] and {"c": 2}', [{"b": 1}]),
        ('{"b": 1} {template}', {"b": 1}),
        ('{"b": 1} { "quoted" words }', {"b": 1}),
        ('The shape {"b": number} gives {"b": 1}', {"b": 1}),
        ('{"b": 1} and an open [', {"b": 1}),
        ('[[1], x] {"b": 1}', {"b": 1}),
    ],
)
def test_of_several_values_the_first_with_content_is_taken(text, value):
    """Braces and brackets of prose are no values, footnotes are the last choice."""
    assert value_of(text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The answer is empty."),
        (" \n", "The answer is empty."),
        (
            "I cannot do that.",
            "The answer holds no JSON value. Answer with JSON only, with names in double quotes.",
        ),
        ("{'a': 1}", "The answer holds no JSON value. Answer with JSON only, with names in double quotes."),
        ("<think>{}", "The answer holds no JSON value. Answer with JSON only, with names in double quotes."),
        ('{"a": NaN}', "The JSON in the answer is broken at line 1, column 7: unexpected 'NaN'."),
        ('{"a": [1}', "The JSON in the answer is broken at line 1, column 9: unexpected '}'."),
        ('{"a": 1 "b": 2}', "The JSON in the answer is broken at line 1, column 9: unexpected '\"'."),
        ('{"a": "x\ny"}', "The JSON in the answer is broken at line 1, column 7: unexpected '\"'."),
        ('{"a": 1}\n{"a": no}', "The JSON in the answer is broken at line 2, column 7: unexpected 'no'."),
        ('{"a": no},\n{"a": 1}', "The JSON in the answer is broken at line 1, column 7: unexpected 'no'."),
        ('[{"a": 1} no', "The JSON in the answer is broken at line 1, column 11: unexpected 'no'."),
        ("[1, no]", "The JSON in the answer is broken at line 1, column 5: unexpected 'no'."),
        (
            '{"a": 1, "a": 2}',
            "The JSON in the answer is broken at line 1, column 1: the key 'a' stands twice in one object.",
        ),
        (
            '\n ["\\ud800"]',
            "The JSON in the answer is broken at line 2, column 2: a string holds half of a surrogate pair.",
        ),
        ("[1e999]", "The JSON in the answer is broken at line 1, column 1: the number 1e999 is too large."),
        (
            "[" * 201 + "]" * 201,
            "The JSON in the answer is broken at line 1, column 201: nested deeper than 200 levels.",
        ),
        (
            '```json\n{"a": 1}\n```\n```json\n{"a": 2}\n```',
            "The answer holds 2 different JSON values in fenced blocks. Answer with one.",
        ),
    ],
)
def test_without_a_usable_value_the_error_says_why(text, message):
    """The message tells a model what to do better, with line and column."""
    assert error_of(text) == message


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"a": 1', "line 1, column 1"),
        ("Here: [1, 2", "line 1, column 7"),
        ('{"users": [{"id": 1},', "line 1, column 1"),
        ('{"a": "unfinished', "line 1, column 1"),
        ('{"a": "unfinished\\', "line 1, column 1"),
        ('{"a": tr', "line 1, column 1"),
        ('{"a": -', "line 1, column 1"),
        ('{"a": 1 /* and', "line 1, column 1"),
        ('{"a": 1 // and', "line 1, column 1"),
        ("[/*/", "line 1, column 1"),
        ("{", "line 1, column 1"),
        ('{"a": 1}\n{"a":', "line 2, column 1"),
        ('{"a": 1}\n{', "line 2, column 1"),
        ('```json\n{"a": 1,\n', "line 2, column 1"),
    ],
)
@pytest.mark.parametrize("repair", [False, True], ids=["plain", "repair"])
def test_a_value_that_never_ends_was_cut_off(text, place, repair):
    """What is missing is never made up, not even by json-repair."""
    assert (
        error_of(text, repair=repair)
        == f"The answer was cut off: the JSON that begins at {place} never ends."
    )


@pytest.mark.parametrize("text", ['{"a": 1}', '{"a": 1', "12"])
def test_a_truncated_answer_is_no_answer(text):
    """An answer stopped at the token limit is refused, even if what is there would parse."""
    assert error_of(text, truncated=True, repair=True) == "The answer was cut off at the token limit."


def test_an_error_knows_its_position():
    """The position counts characters of the text that was given."""
    with pytest.raises(ExtractionError) as caught:
        extract('  oh {"a": no}')

    assert caught.value.position == 11


@settings(max_examples=60, deadline=None)
@given(VALUES)
def test_any_value_is_found_alone_in_a_fence_and_after_thoughts(value):
    """Every JSON value survives the wrappings that models put around a whole answer."""
    text = json.dumps(value, ensure_ascii=False)

    assert value_of(text) == value
    assert value_of(f"So:\n```json\n{text}\n```\nThat is it.") == value
    assert value_of(json.dumps(value, indent=2)) == value


@settings(max_examples=60, deadline=None)
@given(CONTAINERS, PROSE, PROSE, THOUGHTS)
def test_any_object_or_list_is_found_in_prose_and_after_thoughts(value, before, after, thoughts):
    """Words before and after do not matter, and thoughts may hold anything."""
    text = json.dumps(value)

    assert value_of(before + text + after) == value
    assert value_of(f"<think>{thoughts}</think>{before}{text}{after}") == value


def with_noise(value, noise):
    """JSON text with a trailing comma in every container and a comment at every place for one."""
    if isinstance(value, dict):
        inner = "".join(f"{noise}{json.dumps(key)}{noise}:{with_noise(value[key], noise)}," for key in value)
        return f"{{{inner}{noise}}}"
    if isinstance(value, list):
        return f"[{''.join(with_noise(item, noise) + ',' for item in value)}{noise}]"
    return json.dumps(value)


@settings(max_examples=60, deadline=None)
@given(CONTAINERS, st.sampled_from(["", " \n", "/* a, ] */", "// }\n", "/**/ // {\n"]))
def test_trailing_commas_and_comments_change_no_value(value, noise):
    """A value with commas and comments at every possible place is the same value."""
    assert value_of(with_noise(value, noise)) == value


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "{",
                "}",
                "[",
                "]",
                ",",
                ":",
                '"',
                '"a"',
                "1",
                "-",
                "tr",
                "null",
                " ",
                "\n",
                "\\",
                "\\u",
                "x",
                "//",
                "/*",
                "*/",
                "```",
                "```json\n",
                "~~~",
                "<think>",
                "</think>",
                "[THINK]",
                "'",
                "\ufeff",
                "�",
                "é",
                "1e999",
            ]
        ),
        max_size=25,
    ).map("".join)
)
def test_any_text_gives_a_value_or_an_extraction_error(text):
    """No text whatever leads to another exception, with repair or without."""
    for repair in (False, True):
        try:
            extraction = extract(text, repair=repair)
        except ExtractionError:
            continue
        assert json.loads(json.dumps(extraction.value)) == extraction.value


@pytest.mark.parametrize(
    "unit",
    [
        "[",
        "{",
        "`",
        "```",
        "```\n",
        '"',
        '{"',
        '["',
        "[[x",
        "[1,",
        "[1 ",
        '{"a":',
        "[/*",
        "[//",
        "<think>",
        "x<think>",
        "</think>",
        "{} ",
        '{"a":1}x',
        '["a",',
        "[0",
        "\\",
        '{"a":x} ',
        "```json\n{",
    ],
)
def test_hostile_text_takes_linear_time(unit):
    """Eight times the text takes far less than the 64 times of a search that starts again at each place."""

    def read(size):
        with suppress(ExtractionError):
            extract(unit * (size // len(unit)))

    assert grows_linearly(read, 100_000)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{'a': 1}", {"a": 1}),
        ('Here: {"a": 1 "b": [1, 2 3]}!', {"a": 1, "b": [1, 2, 3]}),
        ('<think>{"x": 1}</think>{name: Bob}', {"name": "Bob"}),
    ],
)
def test_with_repair_broken_json_is_mended(text, value):
    """json-repair is asked when nothing else helps, and a note says so."""
    extraction = extract(text, repair=True)

    assert (extraction.value, extraction.notes) == (value, ("repaired by json-repair",))


@pytest.mark.parametrize(
    "text",
    [
        "I cannot do that.",
        "{name}",
        "see [below] and {there}",
        '{"a": NaN}',
        '{"a": 1, "a": 2}',
        '{"a": 1 "b": 2',
        f'{{"a": 1 "b": "{"x" * REPAIRABLE_CHARACTERS}"}}',
    ],
    ids=["prose", "template", "brackets", "nan", "key twice", "unclosed", "long"],
)
def test_with_repair_nothing_is_invented_or_lost(text):
    """Prose never becomes data, and a repair that dropped something is no success."""
    assert error_of(text, repair=True) == error_of(text)


def test_repair_leaves_good_answers_alone():
    """What needs no repair is not given to json-repair."""
    assert extract('{"a": 1}', repair=True) == extract('{"a": 1}')


def test_repair_without_json_repair_says_how_to_install_it(monkeypatch):
    """The missing extra is named where it is needed."""
    monkeypatch.setitem(sys.modules, "json_repair", None)

    with pytest.raises(SettingsError) as caught:
        extract("{'a': 1}", repair=True)

    assert caught.value.message == (
        "An answer has to be repaired, but json-repair is not installed: "
        "`pip install pytest-llmock[repair]`, or switch the repair of answers off."
    )

import enum
import math
import textwrap
from types import MappingProxyType

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_llmock.cassettes.emitting import DEEPEST, Flow, Reference, emit, flow
from pytest_llmock.cassettes.yamltext import read

NASTY = (
    "", " ", "\t", "\n", "\n\n", "\r\n", "\x00", "\x7f", "\x85", "\u2028", "\ufeff", "\ufffe", "\ud83d\ude00", "\ud800",
    "no", "On", "y", "NULL", "~", "1e3", "0x1", "1_000", "12:30", "2026-11-22", ".5", "=", "<<", "-0", "007", "+1",
    "---", "...", "# x", "- a", "? a", "a: b", "a #b", "a:", " a", "a ", "!x", "&x", "*x", "%x", "@x", "`x", "{a", "[a",
    "'a'", '"a"', "a\\b", 'say "hi"', "a\n---\nb", "a\n...\nb", "  indented\ncode\n", "\ttab\nfirst", "\n\n  late",
    "trailing  \nblank", "ends\n", "ends\n\n", "a\n\nb\n", "x" * 71, "x " * 40, "é" * 80, "a\u00a0\nb" * 20, "l \n" * 40,
    "$text", "$json", "$blob", "$$text", "😀", "日本語", "k" * 1200,
)  # fmt: skip
anything = st.text(st.characters(exclude_categories=()), max_size=12)
texts = st.sampled_from(NASTY) | st.lists(st.sampled_from(NASTY), max_size=4).map("".join) | anything
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | texts
data = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
documents = st.dictionaries(texts, data, max_size=3)


def _unlike_ours(value):
    """Whether the text for the value has one of our own mappings in it: `$text`, `$json`."""
    text = repr(value)
    return "\\ud" not in text and "$" not in text


class Colour(enum.StrEnum):
    RED = "red"


@settings(max_examples=60)
@given(documents)
@example({"a": {"$text": "x"}, "b": {"$$json": "{}"}, "c": {"$blob": "x"}})
@example({"a": [[[["deep", {}]], []], 1.0, 1, True, -0.0, 1e16, 5e-324, 10**40]})
@example({"a": "x\ud83d" + "\ude00\ud800😀"})
@pytest.mark.parametrize("loader", [yaml.CSafeLoader, yaml.SafeLoader])
def test_what_was_written_reads_the_same(loader, document):
    """Any JSON data comes back with its types, its order and each character, with libyaml and without."""
    text = emit(document)

    assert repr(read(text, where="x.yaml", loader=loader)) == repr(document)


@settings(max_examples=60)
@given(documents.filter(_unlike_ours))
def test_any_yaml_reader_reads_what_we_wrote(document):
    """What needs none of our own mappings is read alike by PyYAML with all its implicit types."""
    text = emit(document)

    assert repr(yaml.load(text, yaml.CSafeLoader)) == repr(document)


@settings(max_examples=60)
@given(documents)
def test_lines_are_safe_from_checkouts_and_editors(document):
    """No data can end a document, and there is nothing to strip or convert at the end of a line."""
    lines = emit(document).split("\n")

    assert lines.pop() == ""
    assert not [
        line for line in lines if line.startswith(("---", "...")) or line != line.rstrip() or "\r" in line
    ]


@given(data)
def test_flow_stays_on_one_line(value):
    """A value in flow style is one line that reads the same."""
    text = flow(value)

    assert "\n" not in text
    assert repr(read(f"- {text}", where="x.yaml")) == repr([value])


@given(st.integers(DEEPEST - 5, DEEPEST + 30), st.sampled_from([lambda x: [x], lambda x: {"a": x, "b": 1}]))
def test_deep_data_becomes_json_text_and_comes_back(depth, wrap):
    """However deep the data is nested, the indentation has an end and nothing is lost."""
    value = "\ud800"
    for _ in range(depth):
        value = wrap(value)

    text = emit({"a": value, "b": 1})

    assert read(text, where="x.yaml") == {"a": value, "b": 1}
    assert max(len(line) - len(line.lstrip(" -")) for line in text.split("\n")) <= 2 * DEEPEST + 4


def test_a_document_is_readable():
    """Prose stands in literal blocks, words stand as they are, and what would be misread stands in quotes."""
    document = {
        "model": "llama3",
        "messages": [{"system": "You are terse."}, {"user": "Summarise\n\nthis text.\n"}],
        "code": '  if "x":\n    pass',
        "quotes": 'say "hi"',
        "date": "2026-11-22",
        "answer": "no",
        "hard break": "one  \ntwo " + "x" * 70,
        "vectors": [[0.5, 1, 1e16], [0.25]],
        "tags": ["a", ["b", {"c": None}], [], {}],
        "sampling": Flow({"temperature": 0.2, "stop": ["\n"]}),
        "picture": Reference("0.png"),
    }

    text = emit(document)

    assert text == textwrap.dedent(f"""\
        model: llama3
        messages:
        - system: You are terse.
        - user: |
            Summarise

            this text.
        code: |2-
            if "x":
              pass
        quotes: |-
          say "hi"
        date: "2026-11-22"
        answer: "no"
        "hard break": "one  \\n\\
          two {"x" * 70}"
        vectors:
        - [0.5, 1, 1.0e+16]
        - [0.25]
        tags:
        - a
        - - b
          - c: null
        - []
        - {{}}
        sampling: {{temperature: 0.2, stop: ["\\n"]}}
        picture: {{$blob: "0.png"}}
        """)


def test_a_key_that_libyaml_would_not_find_stands_behind_a_question_mark():
    """A key of any length can be read, in blocks and on one line."""
    long = "k" * 1200

    text = emit({long: {"a": 1}, "flow": Flow({long: 1})})

    assert text == f"? {long}\n:\n  a: 1\nflow: {{? {long} : 1}}\n"
    assert yaml.safe_load(text) == {long: {"a": 1}, "flow": {long: 1}}


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_json_number_is_refused(number):
    """A cassette never holds a number that JSON cannot say, in its JSON text neither."""
    with pytest.raises(ValueError, match=f"^{number} is no JSON number, so it cannot stand in a cassette$"):
        emit({"a": [number]})
    with pytest.raises(
        ValueError, match="^NaN is no JSON number, so it cannot stand in a cassette; nor can an infinity$"
    ):
        emit({"a": {"\ud800": number}})


def test_what_is_no_json_data_is_refused():
    """An object that no reader could make again is not written as something else."""
    with pytest.raises(TypeError, match="^object is no JSON data, so it cannot stand in a cassette$"):
        emit({"a": object()})


def test_data_too_deep_even_for_json_is_refused():
    """The limit of nesting is an error that says so, not an overflow."""
    value = []
    for _ in range(100_000):
        value = [value]

    with pytest.raises(ValueError, match="^the data is nested too deep to be written as JSON$"):
        emit({"a": value})


def test_relatives_of_json_types_are_written_as_these():
    """Members of enumerations, tuples and other mappings are written as the JSON they stand for."""
    document = MappingProxyType({"a": Colour.RED, "b": (1, 2), "c": MappingProxyType({"d": ("x",)})})

    assert emit(document) == 'a: "red"\nb: [1, 2]\nc:\n  d:\n  - x\n'


@pytest.mark.parametrize("value", [Flow({"a": 1}), {"a": Reference("0.txt")}, MappingProxyType({"a": 1})])
def test_marks_within_json_text_are_written_as_what_they_mean(value):
    """Where a mapping must stand as JSON text, what is marked in it is not lost."""
    text = emit({"a": {"\ud800": value}})

    assert read(text, where="x.yaml", blob=lambda name: name) in (
        {"a": {"\ud800": {"a": 1}}},
        {"a": {"\ud800": {"a": "0.txt"}}},
    )

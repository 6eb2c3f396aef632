import sys

import pytest
import yaml

from pytest_llmock.cassettes.yamltext import line_of, read
from pytest_llmock.errors import CassetteError

CURE = (
    " Correct it there, or get the file back with `git checkout -- c/x.yaml`, or delete it and record again."
)
LOADERS = pytest.mark.parametrize("loader", [yaml.CSafeLoader, yaml.SafeLoader])
BOTH_SIDES = "a merge conflict was left here: keep the documents of both sides and delete the markers."
BARE = "tags (!x) and anchors (&x) may not stand here; text needs quotes."
UNREADABLE = {
    "nothing": ("", 7, "there is no document."),
    "two documents": ("a: 1\n---\nb: 2\n", 8, "another document begins here."),
    "no YAML": ("a: 1\nb: c: d\n", 8, "this is no YAML: mapping values are not allowed"),
    "cut off": ('a:\n- "x', 8, "this is no YAML: found unexpected end of stream."),
    "control character": ("a: 1\nb: \x01\n", 8, "the character U+0001 may not stand in YAML."),
    "lone surrogate": ("a: 1\nb: \ud800\n", 8, "the character U+D800 may not stand in YAML."),
    "same key twice": ("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n", 11, "the key 'c' comes twice in its mapping."),
    "tag": ("a: !!python/name:os.system x\n", 7, BARE),
    "tag of a mapping": ("a: 1\nb: !x {}\n", 8, BARE),
    "anchor": ("a: 1\nb: &x 1\n", 8, BARE),
    "anchor of a list": ("a: &x [1]\n", 7, BARE),
    "alias": ("a: 1\nb: *x\n", 8, "aliases (*x) may not stand here; text needs quotes."),
    "list as key": ("? [a]\n: 1\n", 7, "a key must be text."),
    "flow bomb": ("a:\n  " + "[" * 1_000, 8, "this is nested more than 200 levels deep."),
    "block bomb": ("a:\n" + "- " * 100_000 + "x", 8, "this is nested more than 200 levels deep."),
    "key bomb": ("? " * 100_000 + "x", 7, "a key must be text."),
    "huge float": ("a: 1\nb: 1e999\n", 8, "1e999 is too large for a number; text needs quotes."),
    "huge integer": ("a: " + "9" * 5000, 7, "9" * 40 + " is too large for a number; text needs quotes."),
    "no JSON literal": ("a:\n  $text: x\n", 8, "what `$text` holds cannot be read (Expecting value"),
    "$text without text": ("a: {$text: '1'}\n", 7, "what `$text` holds cannot be read (it must be text)."),
    "$json without text": ("a: {$json: 1}\n", 7, "what `$json` holds cannot be read (it must be text)."),
    "$json too deep": ("a: {$json: '" + "[" * 200_000 + "'}\n", 7, "what `$json` holds cannot be read ("),
    "$json of NaN": ("a: {$json: '[NaN]'}\n", 7, "what `$json` holds cannot be read (NaN is no JSON number"),
    "conflict": ("a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> other\n", 8, BOTH_SIDES),
}  # fmt: skip
PLAIN = {
    "null": None, "true": True, "false": False, "": None, "~": "~", "True": "True", "yes": "yes", "on": "on", "y": "y",
    "1": 1, "-1": -1, "0": 0, "-0": 0, "1.0": 1.0, "1e3": 1000.0, "1.5E-3": 0.0015, "1.0e+16": 1e16, "9" * 30: int("9" * 30),
    "007": "007", "0x1F": "0x1F", "0o7": "0o7", "1_000": "1_000", "12:30": "12:30", "+1": "+1", ".5": ".5", "1.": "1.",
    ".inf": ".inf", ".nan": ".nan", "--": "--", "-x": "-x", "2026-11-22": "2026-11-22",
    "2026-11-22T03:01:55Z": "2026-11-22T03:01:55Z", "<<": "<<", "=": "=", "5@812 end@875": "5@812 end@875",
}  # fmt: skip


@LOADERS
@pytest.mark.parametrize(("text", "value"), PLAIN.items(), ids=PLAIN)
def test_plain_scalars_are_what_json_says(text, value, loader):
    """Only null, true, false and decimal numbers are anything but text."""
    document = read(f"a: {text}\nb:\n- {text}\n", where="x", loader=loader)

    assert repr(document) == repr({"a": value, "b": [value]})


@LOADERS
@pytest.mark.parametrize(("text", "line", "problem"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_named_with_its_line(text, line, problem, loader):
    """Whatever is wrong, the message names file, line of the file, and what to do."""
    with pytest.raises(CassetteError) as raised:
        read(text, where="c/x.yaml", line=7, loader=loader)

    assert raised.value.message.startswith(f"c/x.yaml:{line}: {problem}")
    assert raised.value.message.endswith(CURE)


def test_a_key_is_text_whatever_it_looks_like():
    """Numbers and words as keys are text, as in JSON."""
    assert read("200: a\nnull: b\nno: c\n", where="x") == {"200": "a", "null": "b", "no": "c"}


def test_line_breaks_of_windows_read_the_same():
    """A checkout with CRLF gives the same data, in literal blocks too."""
    text = 'a: |-\n  one\n\n  two\nb: "x\\r\\n\\\n  y"\n'

    assert (
        read(text.replace("\n", "\r\n"), where="x")
        == read(text, where="x")
        == {"a": "one\n\ntwo", "b": "x\r\ny"}
    )


def test_markers_of_a_conflict_within_text_are_text():
    """Recorded text may show a merge conflict."""
    assert read("a: |-\n  <<<<<<< HEAD\n  x\n", where="x") == {"a": "<<<<<<< HEAD\nx"}


def test_blobs_are_asked_for_what_a_reference_stands_for():
    """A `$blob` is replaced wherever it stands, and data that looks like one is not."""
    text = 'a: {$blob: x.txt}\nb: {$$blob: x.txt}\nc: {$json: \'[{"$blob": "y"}, {"$blob": "y", "z": 1}]\'}\n'

    document = read(text, where="x", blob=lambda name: [name])

    assert document == {"a": ["x.txt"], "b": {"$blob": "x.txt"}, "c": [["y"], {"$blob": "y", "z": 1}]}


def test_without_blobs_a_reference_stays():
    """Who only lists documents need not load what they refer to."""
    assert read("a: {$blob: x.txt}\n", where="x") == {"a": {"$blob": "x.txt"}}


def test_depth_is_an_error_even_where_the_stack_is_nearly_full():
    """Reading needs no more of the stack for deep data than for flat."""

    def deeper(left):
        return read("[" * 150 + "]" * 150, where="x") if left == 0 else deeper(left - 1)

    left = sys.getrecursionlimit() - len(list(_frames())) - 60

    assert str(deeper(left)) == "[" * 150 + "]" * 150


def _frames():
    frame = sys._getframe()
    while frame is not None:
        yield frame
        frame = frame.f_back


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 7),
        (("a",), 7),
        (("b", "c"), 9),
        (("b", "d", 1, "e"), 12),
        (("b", "d", 7), 10),
        (("b", "x"), 8),
        (("b", "c", "x"), 9),
        (("b", "d", "x"), 10),
    ],
)
def test_the_line_of_a_field_is_that_of_its_name(path, line):
    """A field is found on the line where it stands, one that is missing on that of its parent."""
    text = "a: 1\nb:\n  c: 2\n  d:\n  - x\n  - e: 1\n"

    assert line_of(text, path, line=7) == line


def test_an_empty_text_has_one_line():
    """Where nothing stands, the first line is meant."""
    assert line_of("", ("a",), line=3) == 3

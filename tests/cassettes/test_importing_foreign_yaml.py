"""YAML that other tools wrote."""

import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_llmock.cassettes.importing.foreign_yaml import read_foreign_yaml
from pytest_llmock.errors import CassetteError

# bare, it is text as PyYAML writes it and a number as cassetter does, in whose files such values matter
EXPONENT = re.compile(r"([-+]?\d+\.?|\d*\.\d+)[eE][-+]?\d+")
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.binary()
    | st.text(st.characters(exclude_categories=["Cs"])).filter(lambda text: not EXPONENT.fullmatch(text))
    | st.sampled_from(["no", "~", "2026-11-22", "12:30:00", "=", "<<", "0x1", "1_000", "null"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abyn0-:~", max_size=4), inner),
    max_leaves=10,
)


@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml.CSafeLoader], ids=["python", "libyaml"])
@given(value=values)
@settings(max_examples=60)
def test_whatever_pyyaml_writes_is_read_back(loader, value):
    """Values that vcrpy's writer puts into a file come out the same, text that looks like data included."""
    text = yaml.safe_dump(value)

    assert read_foreign_yaml(text, "x.yaml", loader=loader) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("a: 12:30:00", {"a": "12:30:00"}),
        ("a: 2026-11-22", {"a": "2026-11-22"}),
        ("a: =", {"a": "="}),
        ("a: <<", {"a": "<<"}),
        ("a: yes", {"a": "yes"}),
        ("1: 2", {"1": 2}),
        ("a: 1.0e-7", {"a": 1e-7}),
        ("a: 1e20", {"a": 1e20}),
        ("a: '1'", {"a": "1"}),
        ("a: !!binary AP8=", {"a": b"\x00\xff"}),
        ("a: !!binary |\n  AP\n  8=", {"a": b"\x00\xff"}),
        ("a: !!python/unicode 'é'", {"a": "é"}),
        ("a: !!python/tuple [1, 2]", {"a": [1, 2]}),
        ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
        ("a: &x text\nb: *x", {"a": "text", "b": "text"}),
        ("&x k: 1\nb: *x", {"k": 1, "b": "k"}),
        ("a: &x k\n*x : 2", {"a": "k", "k": 2}),
    ],
)
def test_what_a_file_says_is_plain_data(text, value):
    """Numbers and words as in JSON, bytes where they are tagged, aliases as what they stand for."""
    assert read_foreign_yaml(text, "x.yaml") == value


def test_a_tag_that_names_code_runs_nothing():
    """The data under a Python tag is data, whatever the tag would have made of it."""
    text = "body: !!python/object/apply:os.abort []"

    assert read_foreign_yaml(text, "x.yaml") == {"body": []}


BOMB = "a0: &a0 [1, 1]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "x.yaml, line 2, cannot be imported: this is no YAML: did not find expected node content."),
        ("a: 1\nb: !!binary '!'", "x.yaml, line 2, cannot be imported: this is no base64: Only base64 data is allowed."),
        ("a: 1\n---\nb: 1", "x.yaml, line 2, cannot be imported: a second document begins here, and no tool that is known writes two."),
        ("a: &x [*x]", "x.yaml, line 1, cannot be imported: *x stands for nothing that ends before it."),
        ("? [a]\n: 1", "x.yaml, line 1, cannot be imported: a key must be text."),
        ("a: &x [1]\n*x : 2", "x.yaml, line 2, cannot be imported: a key must be text."),
        ("[" * 300, "x.yaml, line 1, cannot be imported: this is nested more than 200 levels deep."),
        (BOMB, "x.yaml, line 8, cannot be imported: the file has more than 5,000,000 values."),
    ],
    ids=["broken", "binary", "documents", "itself", "list as key", "alias as key", "deep", "bomb"],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_named_with_its_line(text, message):
    """What is wrong stands behind file and line, and neither depth nor aliases harm anybody."""
    with pytest.raises(CassetteError) as caught:
        read_foreign_yaml(text, "x.yaml")

    assert caught.value.message == message


def test_a_character_that_yaml_does_not_have_is_said():
    """A stray NUL is no crash; the parser's own words tell where it is."""
    with pytest.raises(CassetteError, match="x.yaml cannot be imported: it is no YAML .*control characters"):
        read_foreign_yaml("a: \0", "x.yaml")

"""YAML that others wrote; what values it gives is shown with the files of other recorders."""

import pytest

from pytest_llmock.foreign_yaml import ForeignYamlError, read_foreign_yaml


def test_more_words_may_have_a_meaning():
    """Where they stand without quotes."""
    text = "[True, 'True', true]"

    assert read_foreign_yaml(text) == ["True", "True", True]
    assert read_foreign_yaml(text, words={"True": True}) == [True, "True", True]


@pytest.mark.parametrize(
    ("text", "problem", "line"),
    [
        ("a: 1\nb: *x", "*x stands for nothing that ends before it", 2),
        ("a: [", "this is no YAML: did not find expected node content", 2),
        ("a: 1\nb:\n  c: 1\n  'c': 2", "the key 'c' comes twice in its mapping", 4),
    ],
)
def test_a_fault_has_its_line(text, problem, line):
    """Counted from 1."""
    with pytest.raises(ForeignYamlError) as caught:
        read_foreign_yaml(text)

    assert (caught.value.problem, caught.value.line) == (problem, line)


@pytest.mark.parametrize(
    ("text", "value"), [(".5", 0.5), ("-5.", -5.0), ("+5", 5), (".5e1", 5.0), ("-0.5", -0.5)]
)
def test_numbers_are_those_of_every_yaml(text, value):
    """In more forms than JSON has."""
    assert read_foreign_yaml(f"a: {text}") == {"a": value}


@pytest.mark.parametrize("text", [".", "+", "1_000", "0x1", "007", "1.2.3", ".inf", "-.5"])
def test_what_only_some_yaml_calls_a_number_is_text(text):
    """A version, a code with zeros before it."""
    assert read_foreign_yaml(f"a: {text}") == {"a": text}

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
    ],
)
def test_a_fault_has_its_line(text, problem, line):
    """Counted from 1."""
    with pytest.raises(ForeignYamlError) as caught:
        read_foreign_yaml(text)

    assert (caught.value.problem, caught.value.line) == (problem, line)

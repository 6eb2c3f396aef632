"""Shapes and rows in files."""

import json
from pathlib import Path

import pytest

from pytest_llmock.datasets.reading import read_shape, rows_of
from pytest_llmock.errors import SettingsError, ShapeError


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.json", '{"id": 0, "on": "yes"}'), ("a.yaml", "id: 0\non: yes\n"), ("a.yml", '{id: 0, on: "yes"}')],
)
def test_a_shape_is_read_from_json_or_yaml(here, name, text):
    """YAML says what JSON would: `yes` is text."""
    Path(name).write_text(text)

    assert read_shape(Path(name)) == {"id": 0, "on": "yes"}


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.json", b"{", "The shape in a.json is not valid JSON: line 1, column 2: the text ends too early."),
        (
            "a.yaml",
            b"id: 0\nid: 1\n",
            "The shape in a.yaml cannot be read: line 2: the key 'id' comes twice in its mapping.",
        ),
        ("a.yaml", b"\xff", "The shape in a.yaml is not UTF-8 text."),
    ],
    ids=["cut", "twice", "no text"],
)
def test_a_shape_that_cannot_be_read_names_file_and_line(here, name, data, message):
    """As what it is: a wrong shape."""
    Path(name).write_bytes(data)

    with pytest.raises(ShapeError) as raised:
        read_shape(Path(name))

    assert raised.value.message == message


def test_a_shape_file_that_is_not_there_is_named(here):
    """With the reason of the system."""
    with pytest.raises(SettingsError) as raised:
        read_shape(Path("a.json"))

    assert raised.value.message == "--shape: a.json cannot be read: No such file or directory."


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.jsonl", '{"id": "1"}\n\n{"id": "2"}'),
        ("a.ndjson", '{"id": "1"}\n{"id": "2"}\n'),
        ("a.json", json.dumps([{"id": "1"}, {"id": "2"}])),
        ("a.CSV", "id\n1\n2\n"),
    ],
)
def test_rows_are_read_by_the_end_of_the_name(here, name, text):
    """One by one."""
    Path(name).write_text(text)

    assert list(rows_of(Path(name), option="--link")) == [{"id": "1"}, {"id": "2"}]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.txt", "", "--link: a.txt is of no known kind. Known: .jsonl, .ndjson, .json, .csv, .parquet."),
        (
            "a.jsonl",
            "{}\n{",
            (
                "--link: a.jsonl is not what its name says: line 2 is no JSON (Expecting property name enclosed in double "
                "quotes: line 1 column 2 (char 1))."
            ),
        ),
        ("a.json", "{}", "--link: a.json is not what its name says: it is no list of rows."),
    ],
    ids=["kind", "line", "no list"],
)
def test_rows_that_cannot_be_read_are_refused(here, name, text, message):
    """The option and the place are named."""
    Path(name).write_text(text)

    with pytest.raises(SettingsError) as raised:
        list(rows_of(Path(name), option="--link"))

    assert raised.value.message == message

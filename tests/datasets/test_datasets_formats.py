"""Files of records, by the end of their name."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.datasets.formats import cell, check_out, columns_of, publish
from pytest_llmock.datasets.records import lines_of, record_schema
from pytest_llmock.errors import DataSetError, SettingsError
from pytest_llmock.shapes.parse import parse

USER = record_schema(parse({"id": 0, "name": "string", "tags": ["string"], "home": {"city": "string"}}))


def test_json_lines_are_written_as_they_are(here):
    """Batch after batch."""
    publish(Path("a.jsonl"), USER, lambda: [b'{"id":1}\n', b'{"id":2}\n'])

    assert Path("a.jsonl").read_bytes() == b'{"id":1}\n{"id":2}\n'
    assert [path.name for path in here.iterdir()] == ["a.jsonl"]


def test_a_csv_has_a_column_for_each_field(here):
    """Lists and objects are JSON in their cell; null is an empty one; quotes and line ends are quoted."""
    records = [
        {"id": 1, "name": 'Ann "A", Lee\nJr.', "tags": ["a", "b"], "home": {"city": "Oslo"}},
        {"id": 2, "name": None, "tags": [], "home": {"city": "é"}},
    ]

    publish(Path("a.csv"), USER, lambda: [lines_of(records)])

    assert Path("a.csv").read_bytes().decode() == (
        "id,name,tags,home\r\n"
        '1,"Ann ""A"", Lee\nJr.","[""a"",""b""]","{""city"":""Oslo""}"\r\n'
        '2,,[],"{""city"":""é""}"\r\n'
    )


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.text(), min_size=3), min_size=1, max_size=5))
def test_any_text_comes_back_from_a_csv(records):
    """Whatever has to be quoted in it."""
    from pytest_llmock.datasets.formats import Csv

    file = io.BytesIO()
    Csv(file, ["a", "b", "c"]).write(lines_of(records))

    assert list(csv.DictReader(io.StringIO(file.getvalue().decode(), newline=""))) == records


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("a", "a"),
        (True, "true"),
        (1.50, "1.5"),
        ([1, "a"], '[1,"a"]'),
        ({"a": None}, '{"a":null}'),
    ],
)
def test_a_cell_says_any_value(value, text):
    """As JSON would, but for text and null."""
    assert cell(value) == text


def test_fields_that_only_records_have_get_columns_too():
    """Behind those of the shape, in the order in which they come."""
    shape = {"type": "object", "properties": {"id": {"type": "integer"}}}

    columns = columns_of(shape, [lines_of([{"id": 1, "x": 1}]), lines_of([{"y": 1, "x": 2}, 7])])

    assert columns == ["id", "x", "y"]


@pytest.mark.parametrize(
    ("out", "shape", "message"),
    [
        (
            "a.jsnol",
            {"id": 0},
            "--out a.jsnol: its end says the format, and '.jsnol' is none. Did you mean '.jsonl'?",
        ),
        (
            "a",
            {"id": 0},
            "--out a: its end says the format, and '' is none. Known: .csv, .jsonl, .ndjson, .parquet.",
        ),
        (
            "none/a.csv",
            {"id": 0},
            "--out none/a.csv: there is no folder none. Make it, or give another place.",
        ),
        ("b.csv", {"id": 0}, "--out b.csv is a folder. Give the name of a file."),
        (
            "a.csv",
            ["string"],
            "--out a.csv: the records of this shape have no fields to make columns of. Write them as .jsonl.",
        ),
    ],
    ids=["misspelt", "no end", "no folder", "a folder", "no columns"],
)
def test_a_file_that_cannot_be_is_refused(here, out, shape, message):
    """Before anything is made."""
    Path("b.csv").mkdir()

    with pytest.raises(SettingsError) as raised:
        check_out(Path(out), record_schema(parse(shape)))

    assert raised.value.message == message


def test_records_of_any_form_can_be_lines(here):
    """JSON lines need no fields."""
    assert check_out(Path("a.ndjson"), record_schema(parse(["string"]))) is None


def test_a_file_that_cannot_be_written_is_told(here):
    """All records are kept for another try."""
    Path("a.jsonl.partial").mkdir()

    with pytest.raises(DataSetError) as raised:
        publish(Path("a.jsonl"), USER, list)

    assert raised.value.message == (
        "a.jsonl.partial cannot be written: Is a directory. All records are made and kept. Make room, and run the "
        "same command again to write them."
    )

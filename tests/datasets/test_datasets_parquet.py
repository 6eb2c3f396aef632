"""Parquet: columns of the types that the shape says."""

import sys
from pathlib import Path

import pytest

from pytest_llmock.datasets.formats import check_out, publish
from pytest_llmock.datasets.reading import rows_of
from pytest_llmock.datasets.records import lines_of, record_schema
from pytest_llmock.errors import DataSetError, SettingsError
from pytest_llmock.shapes.parse import parse

pytest.importorskip("pyarrow", reason="Parquet needs the extra")
OUT = Path("a.parquet")
SHAPE = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "price": {"type": "number"},
        "on": {"type": "boolean"},
        "name": {"type": ["string", "null"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "home": {"type": "object", "properties": {"city": {"type": "string"}}, "additionalProperties": False},
        "open": {"type": "object", "properties": {"x": {"type": "string"}}},
        "mixed": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
        "lists": {"type": "array", "items": {}},
        "kind": {"enum": ["a", 1]},
        "self": {"$ref": "#/$defs/tree"},
        "nothing": {"type": "null"},
    },
    "$defs": {
        "tree": {
            "type": "object",
            "properties": {"inner": {"type": "array", "items": {"$ref": "#/$defs/tree"}}},
            "additionalProperties": False,
        }
    },
    "additionalProperties": False,
}


def test_records_come_back_from_parquet(here):
    """With their types; what has no one type as JSON text."""
    record = {
        "id": 1, "price": 3, "on": True, "name": None, "tags": ["a"], "home": {"city": "Oslo"}, "open": {"x": "y"},
        "mixed": "m", "lists": [1], "kind": 1, "self": {"inner": []}, "nothing": None,
    }  # fmt: skip

    publish(OUT, record_schema(parse(SHAPE)), lambda: [lines_of([record]), lines_of([{"id": 2}])])

    one, two = rows_of(OUT, option="--link")
    texts = {"open": '{"x":"y"}', "mixed": '"m"', "lists": "[1]", "kind": "1", "self": '{"inner":[]}'}
    assert one == {**record, **texts}
    assert two == {**dict.fromkeys(record), "id": 2}


def test_many_records_are_several_row_groups(here, monkeypatch):
    """Memory is that of one of them."""
    import pyarrow.parquet

    batches = [lines_of([{"id": number}] * 9_000) for number in range(5)]
    publish(OUT, record_schema(parse({"id": 0})), lambda: batches)

    with pyarrow.parquet.ParquetFile(OUT) as file:
        assert (file.num_row_groups, file.metadata.num_rows) == (2, 45_000)


def test_no_records_are_a_file_with_columns(here):
    """Nothing is still a data set."""
    publish(OUT, record_schema(parse({"id": 0})), list)

    assert list(rows_of(OUT, option="--link")) == []


def test_a_value_that_no_column_holds_is_told(here):
    """With what to do; the records are kept."""
    with pytest.raises(
        DataSetError, match="cannot stand in a Parquet file: .* All of them are made and kept"
    ):
        publish(OUT, record_schema(parse({"id": 0})), lambda: [lines_of([{"id": 2**70}])])


def test_without_pyarrow_the_extra_is_named(here, monkeypatch):
    """Before anything is made."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(SettingsError) as raised:
        check_out(OUT, record_schema(parse({"id": 0})))

    assert raised.value.message == (
        "Parquet needs an extra: pip install 'pytest-llmock[parquet]'. Or write .jsonl or .csv."
    )

"""Parquet files; the only module that knows pyarrow (extra `parquet`).

Columns have the types that the shape says. What has no one type (several alternatives, values of any kind)
is a column of JSON text.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pytest_llmock.datasets.records import encode, from_lines
from pytest_llmock.errors import DataSetError, SettingsError
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.references import Schema, listed, mapping, resolved

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 20_000  # of a row group: some megabytes of memory
_DEEPEST = 20  # levels of what is inside a column


def check_installed() -> None:
    """Raise SettingsError when pyarrow is not there."""
    if find_spec("pyarrow") is None:
        raise SettingsError(
            "Parquet needs an extra: pip install 'pytest-llmock[parquet]'. Or write .jsonl or .csv."
        )


class Parquet:
    """Batches of JSON lines as row groups."""

    def __init__(self, file: BinaryIO, record: Schema, columns: Sequence[str]) -> None:
        from pyarrow.parquet import ParquetWriter  # noqa: PLC0415 - an extra, and slow to import

        properties = mapping(resolved(record, record), "properties")
        self._types = {name: _type(properties.get(name), record) for name in columns}
        self._schema = _schema(self._types)
        self._writer = ParquetWriter(file, self._schema)
        self._rows: list[JSON] = []

    def write(self, lines: bytes) -> None:
        self._rows += from_lines(lines)
        if len(self._rows) >= ROWS:
            self._flush()

    def finish(self) -> None:
        self._flush()
        self._writer.close()

    def close(self) -> None:
        """Give up a file that was not finished."""
        with suppress(OSError):
            self._writer.close()
        self._writer.is_open = False  # else it would try again when it is collected

    def _flush(self) -> None:
        import pyarrow as pa  # noqa: PLC0415 - an extra that only Parquet needs

        for name, kind in self._types.items():
            if kind is None:
                _as_text(self._rows, name)
        try:
            table = pa.Table.from_pylist(self._rows, schema=self._schema)
        except (pa.ArrowException, OverflowError) as error:
            raise DataSetError(
                f"These records cannot stand in a Parquet file: {error}. All of them are made and kept; "
                "change the shape, or write them as .jsonl."
            ) from error
        self._writer.write_table(table)
        self._rows = []


def rows(file: Path) -> Iterator[JSON]:
    """The rows of a Parquet file."""
    check_installed()
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415 - an extra, and slow to import

    with ParquetFile(file) as parquet:
        for batch in parquet.iter_batches():
            yield from batch.to_pylist()


def _schema(types: "dict[str, pa.DataType | None]") -> "pa.Schema":
    import pyarrow as pa  # noqa: PLC0415 - an extra that only Parquet needs

    return pa.schema([(name, pa.string() if kind is None else kind) for name, kind in types.items()])


def _as_text(records: list[JSON], name: str) -> None:
    for record in records:
        if isinstance(record, dict) and record.get(name) is not None:
            record[name] = encode(record[name])


def _type(part: JSON, root: Schema, depth: int = 0) -> "pa.DataType | None":
    """The column's type; None where values of several kinds may stand in it, or it may have itself in it."""
    import pyarrow as pa  # noqa: PLC0415 - an extra that only Parquet needs

    if depth > _DEEPEST:
        return None
    schema = resolved(part, root)
    kinds = listed(schema, "type") or [schema.get("type")]
    kind = [each for each in kinds if each != "null"]
    if len(kind) != 1 or not isinstance(kind[0], str):
        return None
    if kind[0] == "array":
        items = _type(schema.get("items"), root, depth + 1)
        return None if items is None else pa.list_(items)
    if kind[0] == "object":
        return _struct(schema, root, depth + 1)
    simple = {
        "string": pa.string,
        "integer": pa.int64,
        "number": pa.float64,
        "boolean": pa.bool_,
    }
    return simple[kind[0]]() if kind[0] in simple else None


def _struct(schema: Schema, root: Schema, depth: int) -> "pa.DataType | None":
    import pyarrow as pa  # noqa: PLC0415 - an extra that only Parquet needs

    parts = {name: _type(part, root, depth) for name, part in mapping(schema, "properties").items()}
    if not parts or None in parts.values() or schema.get("additionalProperties") is not False:
        return None
    return pa.struct(list(parts.items()))

"""The records as the file that was asked for: its suffix says how.

A file is written as `NAME.partial` and gets its name when it is whole and on the disk.
"""

import csv
import io
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, Protocol

from pytest_llmock.datasets.records import encode, from_lines
from pytest_llmock.errors import DataSetError, SettingsError, nearest
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.references import Schema, mapping, resolved

PARTIAL = ".partial"


class Writer(Protocol):
    """Takes batches of JSON lines, and writes them to a file in its own way."""

    def write(self, lines: bytes) -> None: ...
    def finish(self) -> None: ...
    def close(self) -> None: ...


class JsonLines:
    """One record a line, as it is."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, lines: bytes) -> None:
        self._file.write(lines)

    def finish(self) -> None:
        """Nothing is left to do."""

    def close(self) -> None:
        """Nothing is open but the file."""


class Csv:
    """A column for each field, in the order of the shape; what is inside a field is JSON in its cell.

    Lines end as RFC 4180 has it (read 2026-11-22): else a lone carriage return would not be quoted.
    """

    def __init__(self, file: BinaryIO, columns: Sequence[str]) -> None:
        self._file, self._columns = file, columns
        self._write_rows([columns])

    def write(self, lines: bytes) -> None:
        records = [record for record in from_lines(lines) if isinstance(record, dict)]
        self._write_rows([[cell(record.get(name)) for name in self._columns] for record in records])

    def finish(self) -> None:
        """Nothing is left to do."""

    def close(self) -> None:
        """Nothing is open but the file."""

    def _write_rows(self, rows: Iterable[Sequence[str]]) -> None:
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\r\n").writerows(rows)
        self._file.write(text.getvalue().encode())


def cell(value: JSON) -> str:
    """A value as the text of a cell: nothing for null, text as it is, all else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else encode(value)


def columns_of(record: Schema, batches: Iterable[bytes]) -> list[str]:
    """The fields of the shape, then those that only the records have, in the order in which they come."""
    schema = resolved(record, record)
    columns = dict.fromkeys(mapping(schema, "properties"))
    if schema.get("additionalProperties") is not False:
        for lines in batches:
            for each in from_lines(lines):
                columns |= dict.fromkeys(each if isinstance(each, dict) else ())
    return list(columns)


def check_out(out: Path, record: Schema) -> None:
    """Raise SettingsError when no records of this schema can be written to `out`."""
    suffix = out.suffix.lower()
    if suffix not in _WRITERS:
        raise SettingsError(
            f"--out {out}: its end says the format, and '{suffix}' is none.{nearest(suffix, list(_WRITERS))}"
        )
    if not out.parent.is_dir():
        raise SettingsError(f"--out {out}: there is no folder {out.parent}. Make it, or give another place.")
    if out.is_dir():
        raise SettingsError(f"--out {out} is a folder. Give the name of a file.")
    schema = resolved(record, record)
    if suffix not in _LINES and schema.get("type") != "object" and "properties" not in schema:
        raise SettingsError(
            f"--out {out}: the records of this shape have no fields to make columns of. Write them as .jsonl."
        )
    if suffix == ".parquet":
        from pytest_llmock.datasets.parquet import check_installed  # noqa: PLC0415 - pyarrow is an extra

        check_installed()


def publish(out: Path, record: Schema, batches: Callable[[], Iterable[bytes]]) -> None:
    """Write all batches to `out`, which is not there, or what it was, until it is whole.

    Raises DataSetError when it cannot be written.
    """
    partial = out.with_name(out.name + PARTIAL)
    try:
        with partial.open("wb") as file:
            with closing(_WRITERS[out.suffix.lower()](file, record, batches)) as writer:
                for lines in batches():
                    writer.write(lines)
                writer.finish()
            file.flush()
            os.fsync(file.fileno())
        partial.replace(out)
    except OSError as error:
        raise DataSetError(
            f"{partial} cannot be written: {error.strerror}. All records are made and kept. Make room, and "
            "run the same command again to write them."
        ) from error


def _json_lines(file: BinaryIO, _record: Schema, _batches: Callable[[], Iterable[bytes]]) -> Writer:
    return JsonLines(file)


def _csv(file: BinaryIO, record: Schema, batches: Callable[[], Iterable[bytes]]) -> Writer:
    return Csv(file, columns_of(record, batches()))


def _parquet(file: BinaryIO, record: Schema, batches: Callable[[], Iterable[bytes]]) -> Writer:
    from pytest_llmock.datasets.parquet import Parquet  # noqa: PLC0415 - pyarrow is an extra, and slow to import

    return Parquet(file, record, columns_of(record, batches()))


_LINES = (".jsonl", ".ndjson")
_WRITERS: Mapping[str, Callable[[BinaryIO, Schema, Callable[[], Iterable[bytes]]], Writer]] = {
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".csv": _csv,
    ".parquet": _parquet,
}

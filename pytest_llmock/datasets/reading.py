"""Files that are read before anything is made: shapes, and the rows of other data sets."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pytest_llmock.cassettes import yamltext
from pytest_llmock.errors import CassetteError, RequestError, SettingsError, ShapeError
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.limits import SHAPE, decode_json

YAML = (".yaml", ".yml")


def read_shape(file: Path) -> JSON:
    """The example or JSON Schema in a JSON or YAML file, as plain JSON. Raises ShapeError naming the file."""
    with _readable(file, "--shape"):
        data = file.read_bytes()
    try:
        if file.suffix.lower() in YAML:
            return yamltext.read(data.decode(), where=str(file))
        return decode_json(data, what=f"shape in {file}", limits=SHAPE)
    except UnicodeDecodeError as error:
        raise ShapeError(f"The shape in {file} is not UTF-8 text.") from error
    except CassetteError as error:  # that is what it is to who reads YAML elsewhere
        raise ShapeError(f"The shape in {file} cannot be read: {error.details['problem']}") from error
    except RequestError as error:
        raise ShapeError(error.message) from error


def rows_of(file: Path, *, option: str) -> Iterator[JSON]:
    """The rows of a .jsonl, .json, .csv or .parquet file, one by one. Raises SettingsError naming the option.

    A CSV has text and nothing else.
    """
    read = _READERS.get(file.suffix.lower())
    if read is None:
        raise SettingsError(f"{option}: {file} is of no known kind. Known: {', '.join(_READERS)}.")
    with _readable(file, option):
        yield from read(file)


@contextmanager
def _readable(file: Path, option: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SettingsError(f"{option}: {file} cannot be read: {error.strerror}.") from error
    except (ValueError, csv.Error) as error:
        raise SettingsError(f"{option}: {file} is not what its name says: {error}.") from error


def _jsonl(file: Path) -> Iterator[JSON]:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                yield json.loads(line)
            except ValueError as error:
                raise ValueError(f"line {number} is no JSON ({error})") from error


def _json(file: Path) -> Iterator[JSON]:
    rows = json.loads(file.read_bytes())
    if not isinstance(rows, list):
        raise ValueError("it is no list of rows")  # noqa: TRY004 - the file's value is wrong, not a caller's type
    yield from rows


def _csv(file: Path) -> Iterator[JSON]:
    with file.open(newline="", encoding="utf-8") as text:
        for row in csv.DictReader(text):
            yield {name: value for name, value in row.items() if isinstance(value, str)}


def _parquet(file: Path) -> Iterator[JSON]:
    from pytest_llmock.datasets.parquet import rows  # noqa: PLC0415 - pyarrow is an extra, and slow to import

    return rows(file)


_READERS: Mapping[str, Callable[[Path], Iterator[JSON]]] = {
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".json": _json,
    ".csv": _csv,
    ".parquet": _parquet,
}

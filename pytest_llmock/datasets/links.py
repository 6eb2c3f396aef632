"""Fields whose values come from other files: `customerId=customers.jsonl:id`.

Values are kept as bytes, some 10 more than they have as text: a million ids are about 20 MB.
"""

import json
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import overload

from pytest_llmock.clock import seed_of
from pytest_llmock.datasets.reading import rows_of
from pytest_llmock.datasets.records import MISSING, at, encode, field_schema
from pytest_llmock.errors import SettingsError, nearest
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.references import Schema
from pytest_llmock.shapes.validate import Check, checker


class Values(Sequence[JSON]):
    """JSON values, packed; reading one decodes it."""

    def __init__(self, values: Iterable[JSON] = ()) -> None:
        self._packed, self._ends = bytearray(), array("Q")
        for value in values:
            self._packed += encode(value).encode()
            self._ends.append(len(self._packed))
        self.digest = sha256(self._packed + self._ends.tobytes()).hexdigest()[:16]

    def __reduce__(self) -> tuple[type["Values"], tuple[()]]:
        return Values, ()  # they stay in this process: parts bring those that are needed elsewhere

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, index: int) -> JSON: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[JSON]: ...
    def __getitem__(self, index: int | slice) -> "JSON | Sequence[JSON]":
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        begin = self._ends[index - 1] if index else 0
        value: JSON = json.loads(self._packed[begin : self._ends[index]])
        return value


@dataclass(frozen=True)
class Link:
    """The field `name`, and the values of the field `key` of a file that it is drawn from."""

    name: str
    file: Path
    key: str
    values: Values = field(repr=False, compare=False)

    @property
    def identity(self) -> JSON:
        return [self.name, self.file.name, self.key, self.values.digest]

    def value(self, seed: int, number: int, variant: int) -> JSON:
        """The value for a record; the links of one file agree on the row."""
        return self.values[seed_of("link", seed, self.file.name, number, variant) % len(self.values)]


def read_links(links: Mapping[str, str], record: Schema) -> tuple[Link, ...]:
    """The links of {"customerId": "customers.jsonl:id"}, their files read.

    `record` is the schema of the records that they are for. Raises SettingsError for what cannot be: no such
    file, no rows, a row without the key, a value that does not fit the field.
    """
    return tuple(_read(name, source, record) for name, source in links.items())


def _read(name: str, source: str, record: Schema) -> Link:
    place, _, key = source.rpartition(":")
    if not (name and place and key):
        raise SettingsError(f"--link {name}={source}: write FIELD=FILE:KEY, such as userId=users.jsonl:id.")
    file, option = Path(place), f"--link {name}"
    check = checker(field_schema(record, name, option=option))
    values = Values(_column(file, key, check, option=option))
    if not values:
        raise SettingsError(f"{option}: {file} has no rows to draw from. Make that file first.")
    return Link(name, file, key, values)


def _column(file: Path, key: str, check: Check, *, option: str) -> Iterator[JSON]:
    for number, row in enumerate(rows_of(file, option=option), 1):
        value = at(row, key)
        if value is MISSING:
            known = list(row) if isinstance(row, dict) else []
            raise SettingsError(f"{option}: row {number} of {file} has no '{key}'.{nearest(key, known)}")
        yield _fitting(value, check, f"{option}: '{key}' in row {number} of {file}")


def _fitting(value: JSON, check: Check, what: str) -> JSON:
    """The value; of the text of a CSV what it reads as, where only that fits."""
    problems = check(value)
    if problems and isinstance(value, str):
        with suppress(ValueError):
            read: JSON = json.loads(value)
            if not check(read):
                return read
    if problems:
        raise SettingsError(
            f"{what} does not fit the field: it {problems[0].message}. Change the shape, or link another key."
        )
    return value

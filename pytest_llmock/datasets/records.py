"""Records and their fields: out of an answer, back into a question, by name, as lines.

A field of a record inside another has a dot in its name: `address.city`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from itertools import accumulate
from typing import Final

from pytest_llmock.errors import SettingsError, nearest
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.references import mapping, resolved
from pytest_llmock.shapes.sample.schemas import closed
from pytest_llmock.shapes.schema import Shape

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Missing(Enum):
    """What stands for a field that a record does not have; None is a value."""

    VALUE = 0


MISSING: Final = Missing.VALUE


def records_of(answer: JSON, shape: Shape) -> list[JSON]:
    """The records of a whole answer of the shape: {"users": [{…}]} → [{…}]."""
    found = answer[shape.collection] if shape.collection and isinstance(answer, dict) else answer
    assert isinstance(found, list)  # what was asked for with a count is a list: `generate` has checked it
    return found


def answer_of(records: list[JSON], shape: Shape) -> JSON:
    """The answer that would hold these records: the other way round."""
    return {shape.collection: records} if shape.collection else records


def lines_of(records: Sequence[JSON]) -> bytes:
    """The records as JSON lines, each with its end."""
    return "".join([f"{encode(record)}\n" for record in records]).encode()


def from_lines(lines: bytes) -> list[JSON]:
    """The records of JSON lines."""
    return [json.loads(line) for line in lines.split(b"\n") if line]


def record_schema(shape: Shape) -> dict[str, JSON]:
    """The schema of one record, with whatever of the whole shape it refers to."""
    root = dict(shape.schema)
    if shape.collection is None:
        return root
    whole = resolved(root, root)
    part = resolved(mapping(whole, "properties").get(shape.collection), root) if shape.collection else whole
    items = part.get("items")
    return closed(items, root) if isinstance(items, dict) else {}


def field_schema(record: dict[str, JSON], field: str, *, option: str) -> dict[str, JSON]:
    """The schema of a field of the records. Raises SettingsError, naming the option, when they have none."""
    schema, before = record, [f"{path}." for path in accumulate(field.split("."), "{}.{}".format)]
    for name, prefix in zip(field.split("."), ["", *before], strict=False):
        properties = mapping(resolved(schema, record), "properties")
        part = properties.get(name)
        if not isinstance(part, dict):
            known = [f"{prefix}{each}" for each in properties]
            have = nearest(f"{prefix}{name}", known) or " They have no fields with names."
            raise SettingsError(f"{option}: the records of this shape have no field '{field}'.{have}")
        schema = closed(part, record)
    return schema


def at(record: JSON, field: str) -> "JSON | Missing":
    """The value of a field, MISSING where the record has none."""
    value = record
    for name in field.split("."):
        if not isinstance(value, dict) or name not in value:
            return MISSING
        value = value[name]
    return value


def with_fields(record: JSON, values: Mapping[str, JSON]) -> JSON:
    """The record with these values in these fields; an object around one that is missing comes too."""
    whole = dict(record) if isinstance(record, dict) else {}
    for field, value in values.items():
        name, _, inner = field.partition(".")
        whole[name] = with_fields(whole.get(name), {inner: value}) if inner else value
    return whole


def runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Ascending numbers as runs of neighbours, each with its length: 3, 4, 5, 9 → (3, 3), (9, 1)."""
    begin = 0
    for place in range(1, len(numbers) + 1):
        if place == len(numbers) or numbers[place] != numbers[place - 1] + 1:
            yield numbers[begin], place - begin
            begin = place

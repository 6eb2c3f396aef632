"""The records of an answer: where they stand in it, and how lists made in parts become one.

Rules: what stands beside the list is what the first part said. A number there that was the length of that
part's list is the length of the whole, and whether there is more is what the last part said. Ids go on: one
that an earlier record has becomes the next that is free.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import NamedTuple

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.fields import is_id, name_words

_LENGTHS = frozenset({"total", "count", "size", "length", "limit", "num", "number"})
_MORE = frozenset({("has", "more"), ("has", "next")})
_UUID_END = re.compile(r"(?<=-[0-9a-f]{4}-)[0-9a-f]{12}\Z")
_NUMBER_END = re.compile(r"[0-9]+\Z")


def place_of(value: JSON) -> str | None:
    """Where the list is in an answer to no shape: "" for a list, the name of the only one in an object."""
    if isinstance(value, list):
        return ""
    fields = value if isinstance(value, dict) else {}
    lists = [name for name, each in fields.items() if isinstance(each, list)]
    return lists[0] if len(lists) == 1 else None


def records_of(value: JSON, place: str | None) -> list[JSON] | None:
    """The list at that place, None when there is none."""
    found = value.get(place) if place and isinstance(value, dict) else value
    return found if isinstance(found, list) and place is not None else None


def with_records(first: JSON, last: JSON, place: str, records: list[JSON]) -> JSON:
    """The answer around all the records, from the first and the last part's."""
    if not place or not isinstance(first, dict) or not isinstance(last, dict):
        return records
    length = len(records_of(first, place) or ())
    around = {name: _beside(name, each, last.get(name), length, len(records)) for name, each in first.items()}
    return {**around, place: records}


def _beside(name: str, said: JSON, last: JSON, length: int, whole: int) -> JSON:
    words = name_words(name)
    if isinstance(said, bool):
        return last if words in _MORE and isinstance(last, bool) else said
    return whole if said == length and not _LENGTHS.isdisjoint(words) else said


def numbered_on(records: Sequence[JSON], noun: str) -> tuple[list[JSON], int]:
    """The records so that no id comes twice, and how many of them got another one."""
    seen, greatest, changed = set[JSON](), dict[str, int](), 0
    told: list[JSON] = []
    for record in records:
        name = _id_name(record, noun)
        if not name or not isinstance(record, dict):
            told.append(record)
            continue
        value = record[name]
        if value in seen:
            value, changed = _next(_Id.of(value), greatest, seen), changed + 1
        seen.add(value)
        ident = _Id.of(value)
        greatest[ident.form] = max(ident.number, greatest.get(ident.form, ident.number))
        told.append(record if value == record[name] else {**record, name: value})
    return told, changed


def _id_name(record: JSON, noun: str) -> str:
    """The field of the record's own id, "" where there is none."""
    for name, value in record.items() if isinstance(record, dict) else ():
        if is_id(name_words(name), noun) and isinstance(value, str | int) and not isinstance(value, bool):
            return name
    return ""


def _next(ident: "_Id", greatest: Mapping[str, int], seen: set[JSON]) -> JSON:
    """The id behind the greatest of its form that is free."""
    return next(value for n in count(greatest[ident.form] + 1) if (value := ident.numbered(n)) not in seen)


class _Id(NamedTuple):
    """An id taken apart: 7, "user-07", the end of a UUID; "ann" is the first of its name, before "ann-2"."""

    form: str
    number: int
    numbered: Callable[[int], JSON]

    @classmethod
    def of(cls, value: JSON) -> "_Id":
        if isinstance(value, int):
            return cls("", value, lambda number: number)
        text = str(value)
        if found := _UUID_END.search(text):
            form = text[: found.start()]
            return cls(form, int(found[0], 16), lambda number: f"{form}{number:012x}")
        if found := _NUMBER_END.search(text):
            form, width = text[: found.start()], len(found[0])
            return cls(form or "0", int(found[0]), lambda number: f"{form}{number:0{width}}")
        return cls(f"{text}-", 1, lambda number: f"{text}-{number}")

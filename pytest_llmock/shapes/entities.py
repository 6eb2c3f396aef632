"""Things with an id, as answers tell of them: found in JSON, written as one line each, read back.

Rules:
- An object is a thing when it has an `id`, or the id of its own kind (`userId` in a user). Its kind is the
  key that it stands under, or at the top the noun of the path: {"users": [{"id": 7}]} → a user.
- Looked at are objects and lists down to `DEPTH`, and of each list the first `MOST_LISTED` items.
- A thing keeps its first `MOST_FIELDS` fields, without those of more than `LONGEST` characters of JSON.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.fields import is_id, name_words, singular

DEPTH = 4
MOST_LISTED = 50
MOST_FIELDS = 30
LONGEST = 500
LONGEST_ID = 100
HEADING = "Known things, one a line:"
Key: TypeAlias = tuple[str, str]
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing: its kind ("user"), its id, and what is known of it, its id included."""

    kind: str
    id: str | int
    fields: Mapping[str, JSON]

    @property
    def key(self) -> Key:
        """Equal for the same thing: 7 and "7" are one id, as both are in a path."""
        return self.kind, str(self.id)

    def line(self) -> str:
        """`{"user":{"id":7,"name":"Ann Lee"}}`."""
        return _encode({self.kind: dict(self.fields)})


def kind_of(noun: str) -> str:
    """What one of them is called: "users" and "active_users" → "user", "" for nothing."""
    words = name_words(noun)
    return singular(words[-1]) if words else ""


def entities_in(value: JSON, noun: str, *, own_id: str | int | None = None) -> tuple[Entity, ...]:
    """The things that an answer tells of, in its order.

    `own_id` is that of an object at the top which has none: GET /users/7 → {"name": "Ann Lee"}.
    """
    if isinstance(value, dict) and own_id is not None and _own_id(value, kind_of(noun)) is None:
        value = {"id": own_id, **value}
    return tuple(_found(value, kind_of(noun), DEPTH))


def tell(known: dict[Key, Entity], told: Iterable[Entity]) -> None:
    """Add to what is known, the last one told of at the end; what was told later wins, field by field."""
    for each in told:
        before = known.pop(each.key, None)
        fields = {**before.fields, **each.fields} if before else each.fields
        known[each.key] = Entity(each.kind, each.id, fields)


def read_lines(text: str) -> tuple[Entity, ...]:
    """The things that a text begins with, as `HEADING` and lines of `line` write them; () for any other."""
    heading, *lines = text.split("\n")
    found = []
    for line in lines if heading == HEADING else ():
        if not line.startswith("{"):
            break
        ((kind, fields),) = json.loads(line).items()
        own = _own_id(fields, kind)
        if own is not None:
            found.append(Entity(kind, own, fields))
    return tuple(found)


def _found(value: JSON, kind: str, depth: int) -> Iterator[Entity]:
    if isinstance(value, list):
        for item in value[:MOST_LISTED] if depth else ():
            yield from _found(item, kind, depth - 1)
    if not isinstance(value, dict):
        return
    own = _own_id(value, kind)
    if own is not None and kind:
        yield Entity(kind, own, _kept(value))
    for name, part in value.items() if depth else ():
        if isinstance(part, dict | list):
            yield from _found(part, kind_of(name), depth - 1)


def _own_id(fields: Mapping[str, JSON], kind: str) -> str | int | None:
    for name, value in fields.items():
        if isinstance(value, bool) or not isinstance(value, str | int):
            continue
        if is_id(name_words(name), kind) and len(str(value)) <= LONGEST_ID:
            return value
    return None


def _kept(fields: Mapping[str, JSON]) -> dict[str, JSON]:
    short = {name: value for name, value in fields.items() if len(_encode(value)) <= LONGEST}
    return dict(list(short.items())[:MOST_FIELDS])

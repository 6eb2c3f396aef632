"""What a schema expects at each place of data: which fields must be there, and how many values they hold.

Whether data is valid is not asked here: `shapes.validate` knows. Of alternatives (`anyOf`, `oneOf`) only one
holds, so that their fields are known but none is required, unless null is the only other alternative.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.references import Schema, listed, mapping, resolved

_CONTAINERS = frozenset({"object", "array", "null"})


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """All that is said of one place: the schemas that may hold there, and the fields it must have."""

    parts: tuple[Schema, ...] = ()
    required: tuple[str, ...] = ()

    @property
    def keywords(self) -> frozenset[str]:
        """Every word that any of the schemas uses."""
        return frozenset(keyword for part in self.parts for keyword in part)

    @property
    def is_container(self) -> bool:
        """Whether only objects or lists belong here."""
        types = {str(each) for part in self.parts for each in _types(part)}
        return bool(types - {"null"}) and types <= _CONTAINERS


def _types(part: Schema) -> list[JSON]:
    kind = part.get("type")
    return kind if isinstance(kind, list) else [] if kind is None else [kind]


class Expected:
    """A schema, asked place by place; what it answered once it knows."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._places: dict[tuple[int, ...], Place] = {}
        self._weights: dict[int, int] = {}
        self.root = self._place((schema,))

    def below(self, place: Place, step: str | int) -> Place:
        """The place of a field, or of an item."""
        return self._place(tuple(_children(place, step)))

    def weight(self, place: Place) -> int:
        """How many single values the schema has there; a list counts as one of its items, at least 1."""
        if id(place) not in self._weights:
            self._weights[id(place)] = 1  # a schema that contains itself counts once
            names = dict.fromkeys(name for part in place.parts for name in mapping(part, "properties"))
            fields = sum(self.weight(self.below(place, name)) for name in names)
            is_list = any("items" in part for part in place.parts)
            self._weights[id(place)] = fields or (self.weight(self.below(place, 0)) if is_list else 1)
        return self._weights[id(place)]

    def _place(self, schemas: tuple[JSON, ...]) -> Place:
        key = tuple(map(id, schemas))
        if key not in self._places:
            found = [each for schema in schemas for each in self._flat(schema, sure=True)]
            required = dict.fromkeys(
                str(name) for part, sure in found if sure for name in listed(part, "required")
            )
            self._places[key] = Place(tuple(part for part, _ in found), tuple(required))
        return self._places[key]

    def _flat(self, schema: JSON, *, sure: bool) -> Iterator[tuple[Schema, bool]]:
        """The schema and those that hold in the same place, each with whether it does for sure."""
        part = resolved(schema, self._schema)
        yield part, sure
        for each in listed(part, "allOf"):
            yield from self._flat(each, sure=sure)
        for keyword in ("anyOf", "oneOf"):
            several = [each for each in listed(part, keyword) if each != {"type": "null"}]
            for each in several:
                yield from self._flat(each, sure=sure and len(several) == 1)
        for keyword in ("then", "else"):
            if keyword in part:
                yield from self._flat(part[keyword], sure=False)


def _children(place: Place, step: str | int) -> Iterator[JSON]:
    for part in place.parts:
        if isinstance(step, str):
            named = mapping(part, "properties")
            found = named[step] if step in named else part.get("additionalProperties")
        else:
            before = listed(part, "prefixItems")
            found = before[step] if step < len(before) else part.get("items")
        if isinstance(found, dict):
            yield found

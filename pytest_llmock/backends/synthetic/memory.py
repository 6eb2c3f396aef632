"""What a context says, for answers that fit it: the same thing keeps its id, its name and its data.

Rules:
- A record that the path or the body names by its id is the known one. One that nobody names is the last known
  of its kind, or with POST a new one, whose number goes on.
- A list has the known things of its kind first, in the order in which they became known; other records have
  numbers that are free. With POST all of them are new.
- Fields that speak of another thing (`userId`, `userName`) speak of the one that path or body name, else of a
  known one: of the last in a single record, of each in turn in a list.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count as numbers
from typing import TypeAlias

from pytest_llmock.llm import JSON, Generation
from pytest_llmock.shapes.entities import Entity, kind_of, read_lines
from pytest_llmock.shapes.fields import is_id, name_words

Fields: TypeAlias = Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class Memory:
    """The known things by kind, the last told of last; `ids` are those that the path names."""

    method: str = "GET"
    ids: Fields = field(default_factory=dict)
    things: Mapping[str, Sequence[Entity]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.things)

    def own(self, noun: str, said: Fields) -> Entity | None:
        """The known thing that path or body mean."""
        own = self.ids.get("id", said.get("id"))
        return None if own is None else self._named(kind_of(noun), own)

    def record(self, noun: str, said: Fields, fields: Collection[str]) -> Fields:
        """What a single record keeps of what is known, before what was said of it."""
        kind = kind_of(noun)
        known = self.things.get(kind, ())
        links = self._links(kind, {**self.ids, **said}, fields, -1)
        if "id" in self.ids or "id" in said:
            entity = self.own(noun, said)
        elif self.method == "POST":
            return {**links, **dict(zip(_id_field(fields, kind), _free(known), strict=False))}
        else:
            entity = known[-1] if known else None
        return {**links, **(entity.fields if entity else {})}

    def listed(self, noun: str) -> Sequence[Entity]:
        """The known things that a list of that kind begins with."""
        known = () if self.method == "POST" else self.things.get(kind_of(noun), ())
        parents = {name: each for name, each in self.ids.items() if name != "id"}
        return [each for each in known if all(each.fields.get(n, i) == i for n, i in parents.items())]

    def records(
        self, noun: str, given: Sequence[JSON], span: range, fields: Collection[str]
    ) -> Iterator[JSON]:
        """What each record of a list keeps: what is known, below what was given for it."""
        kind, ids = kind_of(noun), _id_field(fields, kind_of(noun))
        listed = self.listed(noun)
        free = _free(self.things.get(kind, ()))
        made = [dict(zip(ids, free, strict=False)) for _ in range(max(0, span.stop - len(listed)))]
        known: list[Fields] = [*(each.fields for each in listed), *made]
        for place, index in enumerate(span):
            said = given[place] if place < len(given) else None
            own = said if isinstance(said, dict) else {}
            if said is not None and not isinstance(said, dict):
                yield said
                continue
            links = self._links(kind, {**self.ids, **known[index], **own}, fields, index)
            yield {**links, **known[index], **own}

    def _links(self, kind: str, said: Fields, fields: Iterable[str], index: int) -> dict[str, JSON]:
        """The fields that speak of another thing: {"userId": 7, "userName": "Ann Lee"}."""
        named = {_owner(name): each for name, each in said.items() if name_words(name)[-1:] == ("id",)}
        links: dict[str, JSON] = {}
        for name in fields:
            owner = _owner(name)
            known = self.things.get(owner, ()) if owner != kind else ()
            if not known:
                continue
            entity = self._named(owner, named[owner]) if owner in named else known[index % len(known)]
            links |= {} if entity is None else _said_of(entity, name)
        return links

    def _named(self, kind: str, own: JSON) -> Entity | None:
        return next((each for each in self.things.get(kind, ()) if str(each.id) == str(own)), None)


def memory_of(generation: Generation, ids: Fields) -> Memory:
    """What the request's context says."""
    return Memory(generation.method, ids, _things(generation.context)) if generation.context else Memory()


@lru_cache(maxsize=64)
def _things(context: str) -> Mapping[str, Sequence[Entity]]:
    things: dict[str, list[Entity]] = {}
    for entity in reversed(read_lines(context)):  # its newest stand first
        things.setdefault(entity.kind, []).append(entity)
    return things


def _owner(name: str) -> str:
    """What a field speaks of: "userName" → "user", "" for one that speaks of its own record."""
    words = name_words(name)
    return words[-2] if len(words) > 1 else ""


def _said_of(entity: Entity, name: str) -> dict[str, JSON]:
    word = name_words(name)[-1:]
    return next(({name: value} for own, value in entity.fields.items() if name_words(own) == word), {})


def _id_field(fields: Iterable[str], kind: str) -> list[str]:
    return [name for name in fields if is_id(name_words(name), kind)][:1]


def _free(known: Sequence[Entity]) -> Iterator[int]:
    """Numbers that no known thing has, if things have numbers; new ones go on after the highest."""
    taken = [each.id for each in known if isinstance(each.id, int)]
    return numbers(max(taken) + 1) if taken else iter(())

"""A generation answered with JSON: records of the shape, numbered from `start`, keeping what was given.

Record i depends only on the seed, the request without its count, start and total, and i: the same list comes
out in any chunks and in any order.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from pytest_llmock.backends.synthetic import requests
from pytest_llmock.backends.synthetic.memory import Memory, memory_of
from pytest_llmock.backends.synthetic.verdicts import judgement_for
from pytest_llmock.clock import seed_of
from pytest_llmock.errors import TooLargeError
from pytest_llmock.llm import JSON, Generation
from pytest_llmock.shapes.fields import counts
from pytest_llmock.shapes.limits import canonical, freeze
from pytest_llmock.shapes.parse import parse, reparse
from pytest_llmock.shapes.sample import MISSING, Sampler, compile_sampler
from pytest_llmock.shapes.sample.schemas import closed
from pytest_llmock.shapes.schema import Shape, answer_schema
from pytest_llmock.shapes.skeleton import skeleton

VALUES_AT_A_TIME = 1600  # some 3 ms of work, then others on the loop have a turn
MOST_VALUES = 500_000  # of one answer, as many as we would read from a model
BYTES_A_VALUE = 60  # of a frozen schema
PLAIN_LIST = frozenset(
    (
        "type",
        "items",
        "minItems",
        "maxItems",
        "$defs",
        "definitions",
        "$schema",
        "title",
        "description",
        "examples",
    )
)
COUNTS = (
    *("total", "totalcount", "totalitems", "totalrecords", "totalresults", "totalelements"),
    *("numresults", "@odata.count"),
)
SIZES = ("count", "size", "pagesize", "perpage", "limit", "length", "numberofelements")
PAGES = ("page", "currentpage", "pagenumber", "pages", "totalpages", "pagecount")
MORE = ("hasmore", "hasnext", "hasnextpage")


class Making(NamedTuple):
    """What every part of an answer needs: the words, the seed of this request, what its records are."""

    seed: int
    locale: str
    noun: str
    ids: Mapping[str, JSON]
    memory: Memory

    def known(self, given: Sequence[JSON], schema: Mapping[str, JSON], span: range) -> list[object]:
        """What each record keeps: what was given for it, the ids of its parents in the path, the known."""
        if self.memory:
            given = [*self.memory.records(self.noun, given, span, _fields(schema))]
        parents = {name: each for name, each in _held(self.ids, schema).items() if name != "id"}
        if not parents:
            return [MISSING if record is None else record for record in given]
        padded = [*given, *([None] * (len(span) - len(given)))]
        return [{**parents, **record} if isinstance(record, dict) else parents for record in padded]

    def one(self, schema: dict[str, JSON], given: object, index: int = 0) -> JSON:
        """A single value of the schema that keeps what is given."""
        return compile_sampler(schema, noun=self.noun, locale=self.locale).one(self.seed, index, given)


async def answer(generation: Generation, *, seed: int, locale: str) -> JSON:
    """The JSON that the generation asks for. Raises ShapeError where its shape cannot be met."""
    path, shape = generation.path, None if generation.shape is None else reparse(generation.shape)
    base = _seed(generation, "" if shape is None else shape.key, seed)
    ids = requests.ids_in(path)
    making = Making(base, locale, requests.noun_of(path), ids, memory_of(generation, ids))
    if shape is None:
        if making.memory and (known := _recalled(generation, making)):
            return known
        wanted = requests.read(generation)
        if wanted.shape is None:
            return requests.plain_answer(wanted, generation, seed=making.seed, locale=locale)
        asked, made, making = wanted.generation, wanted.shape, making._replace(noun=wanted.noun)
        listed = making.memory.listed(making.noun) if asked.count is not None else ()
        if asked.count is not None and listed:
            asked = asked if generation.count else replace(asked, count=max(asked.count, len(listed)))
            made = [skeleton(dict(listed[-1].fields))]
        return await _shaped(asked, parse(made), making)
    judged = judgement_for(generation, shape.schema)
    if judged is not None:
        said = making.one(dict(shape.schema), judged)
        return said if generation.count is None else [said] * generation.count
    return await _shaped(generation, shape, making)


def _recalled(generation: Generation, making: Making) -> JSON:
    """The known record that a request without a shape asks for, with what a PATCH changes; or None."""
    body = generation.body if isinstance(generation.body, dict) else {}
    entity = making.memory.own(making.noun, {}) if generation.method in ("GET", "PATCH") else None
    return None if entity is None else {**entity.fields, **body}


def _seed(generation: Generation, shape: str, seed: int) -> int:
    body = generation.body
    if isinstance(body, Mapping):
        body = {name: value for name, value in body.items() if name != "count"} or None
    return seed_of(
        seed,
        generation.method,
        generation.path,
        generation.query,
        shape,
        "" if body is None else canonical(body),
        generation.instructions,
        generation.rules,
        generation.context,
        generation.variant,
    )


async def _shaped(generation: Generation, shape: Shape, making: Making) -> JSON:
    schema = dict(shape.schema)
    said = requests.corrected(generation, _fields(schema), seed=making.seed, locale=making.locale)
    body = _unwrapped(said, shape)
    if shape.collection == "" and _is_plain_list(schema):
        return await _list(schema, shape, body, generation, making)
    if shape.collection and _is_plain_list(_part(schema, shape.collection)):
        return await _wrapped(generation, shape, body, making)
    if generation.count is None or shape.collection is not None:
        whole = dict(answer_schema(shape, generation.count))
        ids = _held(making.ids, whole)
        if making.memory and (body is None or isinstance(body, dict)):
            ids = {**making.memory.record(making.noun, body or {}, _fields(whole)), **ids}
        known = {**ids, **body} if isinstance(body, dict) else body if body is not None else ids or MISSING
        return making.one(whole, known, generation.start)
    given = body if isinstance(body, list) else [body] * generation.count if isinstance(body, dict) else []
    return await _records(shape, generation, generation.count, given, making)


def _part(schema: Mapping[str, JSON], key: str) -> Mapping[str, JSON]:
    """The schema of a property that stands in the schema itself; {} where it is behind a reference."""
    properties = schema.get("properties")
    part = properties.get(key) if isinstance(properties, dict) else None
    return part if isinstance(part, dict) else {}


def _held(ids: Mapping[str, JSON], schema: Mapping[str, JSON]) -> dict[str, JSON]:
    """The ids for which the object has a field, as text where the field is one."""
    held = {name: each for name, each in ids.items() if name in _fields(schema)}
    texts = [name for name in held if _part(schema, name).get("type") == "string"]
    return {**held, **{name: str(held[name]) for name in texts}}


def _fields(schema: Mapping[str, JSON]) -> Collection[str]:
    """The names of the fields of an object, as far as the schema itself says them."""
    properties = schema.get("properties")
    return properties.keys() if isinstance(properties, dict) else ()


def _is_plain_list(schema: Mapping[str, JSON]) -> bool:
    """Whether the list is nothing but so many items of one schema, which can be made one by one."""
    return bool(schema) and PLAIN_LIST.issuperset(schema)


async def _wrapped(generation: Generation, shape: Shape, body: JSON, making: Making) -> JSON:
    """An object around the list: its other fields are made once, the list record by record."""
    key, fields = str(shape.collection), body if isinstance(body, dict) else {}
    properties = shape.schema["properties"]
    assert isinstance(properties, dict)
    part = properties[key]
    assert isinstance(part, dict)
    records = await _list(part, shape, fields.get(key), generation, making._replace(noun=key))
    if len(properties) == 1:
        return {key: records}
    around = _without(dict(shape.schema), key)
    made = making.one(around, {**_paging(properties, key, len(records), generation.total), **fields})
    assert isinstance(made, dict)
    whole = {**made, key: records}
    return {name: whole[name] for name in properties if name in whole}


def _paging(properties: Iterable[str], key: str, length: int, total: int | None) -> dict[str, JSON]:
    """What the words beside a list say: that this is all of it, unless more is known."""
    whole = length if total is None else total
    known: dict[str, JSON] = {
        **dict.fromkeys(COUNTS, whole),
        **dict.fromkeys(SIZES, length),
        **dict.fromkeys(PAGES, 1),
        **dict.fromkeys(MORE, whole > length),
    }
    folded = {name: name.replace("_", "").lower() for name in properties}
    counting = {name: whole for name in properties if name != key and counts(name, key)}
    return {**counting, **{name: known[word] for name, word in folded.items() if word in known}}


def _without(schema: dict[str, JSON], key: str) -> dict[str, JSON]:
    """The schema of the object without one of its properties."""
    properties, required = schema["properties"], schema.get("required")
    assert isinstance(properties, dict)
    others: dict[str, JSON] = {name: part for name, part in properties.items() if name != key}
    names = [name for name in required if name != key] if isinstance(required, list) else []
    return {**schema, "properties": others, "required": names}


async def _list(
    schema: Mapping[str, JSON], shape: Shape, given: JSON, generation: Generation, making: Making
) -> list[JSON]:
    """The list itself: as long as asked for, else as what was given, else as the example shows."""
    known = given if isinstance(given, list) else []
    count = generation.count
    if count is None:
        source = shape.source
        example = source.get(str(shape.collection)) if isinstance(source, dict) else source
        count = len(known) or _length(schema, example, len(making.memory.listed(making.noun)))
    return await _records(shape, generation, count, known, making)


def _length(schema: Mapping[str, JSON], example: JSON, known: int) -> int:
    least, most = schema.get("minItems"), schema.get("maxItems")
    shown = len(example) if isinstance(example, list) else 1
    length = max(shown, known, 1, least if isinstance(least, int) else 0)
    return min(length, most) if isinstance(most, int) else length


async def _records(
    shape: Shape, generation: Generation, count: int, given: Sequence[JSON], making: Making
) -> list[JSON]:
    sampler, width = _record_sampler(shape, making.noun, making.locale)
    if width * count > MOST_VALUES:
        raise TooLargeError(
            f"{count:,} records of about {width:,} values each are more than {MOST_VALUES:,} values. Ask for "
            "fewer at a time, or for fewer fields."
        )
    start, at_a_time = generation.start, max(1, VALUES_AT_A_TIME // width)
    made = sampler.many(
        making.seed, start, count, making.known(given[start:], sampler.schema, range(start, start + count))
    )
    records = list(islice(made, at_a_time))
    while len(records) < count:
        await asyncio.sleep(0)
        records += islice(made, at_a_time)
    return records


@lru_cache(maxsize=256)
def _record_sampler(shape: Shape, noun: str, locale: str) -> tuple[Sampler, int]:
    """What makes one record of the shape's list, and about how many values it has."""
    schema = _record_schema(shape)
    return compile_sampler(schema, noun=noun, locale=locale), 1 + len(freeze(schema)) // BYTES_A_VALUE


def _record_schema(shape: Shape) -> dict[str, JSON]:
    """The schema of a list's items, with whatever of the whole schema it refers to; of a record, its own."""
    whole = dict(shape.schema)
    if shape.collection is None:
        return whole
    items = (_part(whole, shape.collection) if shape.collection else whole).get("items")
    return closed(items, whole) if isinstance(items, dict) else {}


def _unwrapped(body: JSON, shape: Shape) -> JSON:
    """What of the body belongs to the shape: itself, or the one object in it that has fields of the shape.

    {"user": {"name": "Ann"}} for a shape of a user → that user.
    """
    names = shape.schema.get("properties")
    if not isinstance(body, dict) or not isinstance(names, dict):
        return body
    inside = [
        value for value in body.values() if isinstance(value, dict) and not names.keys().isdisjoint(value)
    ]
    if len(inside) == 1 and names.keys().isdisjoint(body):
        return inside[0]
    return body

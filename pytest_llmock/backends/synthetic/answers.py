"""A generation answered with JSON: records of the shape, numbered from `start`, keeping what was given.

Record i depends only on the seed, the request without its count, start and total, and i: the same list comes
out in any chunks and in any order.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from pytest_llmock.backends.synthetic import requests
from pytest_llmock.backends.synthetic.verdicts import asks_for_verdict, verdict_for
from pytest_llmock.clock import seed_of
from pytest_llmock.llm import JSON, Generation
from pytest_llmock.shapes.limits import canonical
from pytest_llmock.shapes.parse import parse
from pytest_llmock.shapes.sample import MISSING, compile_sampler
from pytest_llmock.shapes.schema import Shape

RECORDS_AT_A_TIME = 200  # some 3 ms of work, then others on the loop have a turn
COUNTS = frozenset({"count", "total", "totalcount", "totalitems"})


class Making(NamedTuple):
    """What every part of an answer needs: the words, the seed of this request, what its records are."""

    seed: int
    locale: str
    noun: str

    def one(self, schema: dict[str, JSON], given: object, index: int = 0) -> JSON:
        """A single value of the schema that keeps what is given."""
        return compile_sampler(schema, noun=self.noun, locale=self.locale).one(self.seed, index, given)


async def answer(generation: Generation, *, seed: int, locale: str) -> JSON:
    """The JSON that the generation asks for. Raises ShapeError where its shape cannot be met."""
    making = Making(_seed(generation, seed), locale, requests.noun_of(generation.path))
    if generation.shape is None:
        wanted = requests.read(generation)
        if wanted.shape is None:
            return requests.plain_answer(wanted, generation, seed=making.seed, locale=locale)
        return await _shaped(wanted.generation, parse(wanted.shape), making._replace(noun=wanted.noun))
    shape = parse(generation.shape)
    if asks_for_verdict(shape.schema):
        return making.one(dict(shape.schema), verdict_for(generation, shape.schema))
    return await _shaped(generation, shape, making)


def _seed(generation: Generation, seed: int) -> int:
    body = generation.body
    if isinstance(body, Mapping):
        body = {name: value for name, value in body.items() if name != "count"} or None
    return seed_of(
        seed,
        generation.method,
        generation.path,
        generation.query,
        canonical(generation.shape),
        canonical(body),
        generation.instructions,
        generation.rules,
        generation.context,
        generation.variant,
    )


async def _shaped(generation: Generation, shape: Shape, making: Making) -> JSON:
    body, schema = _unwrapped(generation.body, shape), dict(shape.schema)
    if shape.collection == "":
        return await _list(schema, shape.source, body, generation, making)
    if shape.collection is not None and _is_part(schema, shape.collection):
        return await _wrapped(generation, shape, body, making)
    if generation.count is None or shape.collection is not None:
        return making.one(schema, MISSING if body is None else body, generation.start)
    given = body if isinstance(body, list) else [body] * generation.count if isinstance(body, dict) else []
    return await _records(schema, generation, generation.count, given, making)


def _is_part(schema: Mapping[str, JSON], key: str) -> bool:
    """Whether the list stands in the schema itself, and not behind a reference."""
    properties = schema.get("properties")
    return isinstance(properties, dict) and isinstance(properties.get(key), dict)


async def _wrapped(generation: Generation, shape: Shape, body: JSON, making: Making) -> JSON:
    """An object around the list: its other fields are made once, the list record by record."""
    key, fields = str(shape.collection), body if isinstance(body, dict) else {}
    properties = shape.schema["properties"]
    assert isinstance(properties, dict)
    part, example = properties[key], shape.source.get(key) if isinstance(shape.source, dict) else None
    assert isinstance(part, dict)
    records = await _list(part, example, fields.get(key), generation, making._replace(noun=key))
    if len(properties) == 1:
        return {key: records}
    around = _without(dict(shape.schema), key)
    counts = {name: len(records) for name in properties if name.replace("_", "").lower() in COUNTS}
    made = making.one(around, {**counts, **fields})
    assert isinstance(made, dict)
    whole = {**made, key: records}
    return {name: whole[name] for name in properties if name in whole}


def _without(schema: dict[str, JSON], key: str) -> dict[str, JSON]:
    """The schema of the object without one of its properties."""
    properties, required = schema["properties"], schema.get("required")
    assert isinstance(properties, dict)
    others: dict[str, JSON] = {name: part for name, part in properties.items() if name != key}
    names = [name for name in required if name != key] if isinstance(required, list) else []
    return {**schema, "properties": others, "required": names}


async def _list(
    schema: Mapping[str, JSON], example: JSON, given: JSON, generation: Generation, making: Making
) -> list[JSON]:
    """The list itself: as long as asked for, else as what was given, else as the example shows."""
    known = given if isinstance(given, list) else []
    count = generation.count
    if count is None:
        count = len(known) or _length(schema, example)
    return await _records(_items_of(schema), generation, count, known, making)


def _length(schema: Mapping[str, JSON], example: JSON) -> int:
    least, most = schema.get("minItems"), schema.get("maxItems")
    shown = len(example) if isinstance(example, list) else 1
    length = max(shown, 1, least if isinstance(least, int) else 0)
    return min(length, most) if isinstance(most, int) else length


async def _records(
    schema: dict[str, JSON], generation: Generation, count: int, given: Sequence[JSON], making: Making
) -> list[JSON]:
    sampler = compile_sampler(schema, noun=making.noun, locale=making.locale)
    start = generation.start
    made: Iterator[JSON] = sampler.many(making.seed, start, count, _from(given, start))
    records = list(islice(made, RECORDS_AT_A_TIME))
    while len(records) % RECORDS_AT_A_TIME == 0 and len(records) < count:
        await asyncio.sleep(0)
        records += islice(made, RECORDS_AT_A_TIME)
    return records


def _from(given: Sequence[JSON], start: int) -> list[object]:
    return [MISSING if record is None else record for record in given[start:]]


def _items_of(schema: Mapping[str, JSON]) -> dict[str, JSON]:
    """The schema of a list's items, with the definitions that it may refer to."""
    items = schema.get("items")
    definitions = {name: schema[name] for name in ("$defs", "definitions") if name in schema}
    return {**definitions, **items} if isinstance(items, dict) else definitions


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

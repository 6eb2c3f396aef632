"""One part: asked for, linked, enriched, and counted."""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from pytest_llmock.datasets.links import Link, Values
from pytest_llmock.datasets.making import aligned, make
from pytest_llmock.datasets.plan import Part
from pytest_llmock.errors import ShapeError
from pytest_llmock.journal import Attempt
from pytest_llmock.llm import Usage


class Asked:
    """Answers with what `function(generation)` says, and keeps what was asked."""

    def __init__(self, function=None):
        self.function = function or (
            lambda generation: [{"id": n, "name": "a"} for n in range(generation.count)]
        )
        self.generations = []

    async def __call__(self, generation, _, call, /, *, enricher):
        self.generations.append((generation, enricher))
        attempt = Attempt(
            "a", "ollama", "m", live=True, source="live", usage=Usage(5, 7), cost=Decimal("0.5")
        )
        call.attempts.append(attempt)
        return self.function(generation)


def test_a_part_is_asked_for_by_its_place(plan):
    """The backend sees shape, number, place and total, and nothing of the file."""
    asked = Asked()

    made = asyncio.run(make(plan(count=30), Part(1, 10, 2), asked))

    ((generation, enricher),) = asked.generations
    assert (generation.path, generation.start, generation.count, generation.total) == ("/users", 10, 2, 30)
    assert (enricher, made.lines) == (False, b'{"id":0,"name":"a"}\n{"id":1,"name":"a"}\n')


def test_what_a_part_took_is_counted_even_when_it_fails(plan):
    """Whoever stops the run must know what was paid."""

    def fail(generation):
        raise ShapeError("No.")

    made = asyncio.run(make(plan(), Part(0, 0, 2), Asked(fail)))

    assert (str(made.error), made.lines) == ("No.", b"")
    assert (made.usage.total_tokens, made.spent.cost, made.spent.calls) == (12, Decimal("0.5"), 1)


def test_an_enriched_part_is_asked_for_twice(plan):
    """The second backend gets the records; ids, keys and links stay what they were, all else is its answer."""
    asked = Asked(lambda g: [{"id": 9, "name": "rich"}] if g.body else [{"id": 1, "name": "poor"}])
    part = Part(0, 0, 1, enriched=True, linked=({"ref": 4},))

    links = (Link("ref", Path("refs.jsonl"), "id", Values([4])),)

    made = asyncio.run(make(plan({"id": 0, "name": "string", "ref": 0}, links=links), part, asked))

    (_, first), (generation, second) = asked.generations
    assert (first, second, generation.path) == (False, True, "/users/enrich")
    assert generation.body == [{"id": 1, "name": "poor", "ref": 4}]
    assert made.lines == b'{"id":1,"name":"rich","ref":4}\n'
    assert (made.spent.calls, made.usage.total_tokens) == (2, 24)


def test_the_instructions_name_what_enrichment_keeps(plan):
    """In words that a model can follow."""
    asked = Asked()

    asyncio.run(make(plan(unique=("name",)), Part(0, 0, 1, enriched=True), asked))

    assert asked.generations[1][0].instructions.endswith("keep these fields as they are: id, name.")


def test_records_without_ids_are_enriched_in_their_order(plan):
    """There is nothing to keep."""
    asked = Asked(lambda g: ["B", "A"] if g.body else ["a", "b"])

    made = asyncio.run(make(plan(["string"]), Part(0, 0, 2, enriched=True), asked))

    assert made.lines == b'"B"\n"A"\n'


@pytest.mark.parametrize(
    ("after", "found"),
    [
        ([{"id": 2, "n": "b"}, {"id": 1, "n": "a"}], ["a", "b"]),
        ([{"id": 7, "n": "a"}, {"id": 8, "n": "b"}], ["a", "b"]),
        ([{"id": 1, "n": "a"}, {"id": 1, "n": "b"}], ["a", "b"]),
    ],
    ids=["mixed up", "other ids", "one id twice"],
)
def test_enriched_records_are_put_back_where_they_belong(after, found):
    """By their ids, where these are the same in another order; else by their places."""
    aligned_ = aligned([{"id": 1}, {"id": 2}], after, ("id",))

    assert aligned_ == [{"id": number, "n": name} for number, name in zip((1, 2), found, strict=True)]


def test_equal_records_are_not_mixed_up():
    """Kept fields that are equal say nothing about the order."""
    before = [{"id": 1, "n": "a"}, {"id": 1, "n": "b"}]

    assert aligned(before, [{"id": 1, "n": "A"}, {"id": 1, "n": "B"}], ("id",)) == [
        {"id": 1, "n": "A"},
        {"id": 1, "n": "B"},
    ]


def test_a_link_that_breaks_a_rule_of_the_shape_is_told(plan):
    """Each field may fit, and the record not."""
    bound = {
        "type": "object",
        "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
        "if": {"properties": {"name": {"const": "b"}}},
        "then": {"properties": {"id": {"minimum": 1}}},
    }

    made = asyncio.run(make(plan(bound), Part(0, 0, 1, linked=({"name": "b"},)), Asked()))

    assert str(made.error) == (
        "Record 0 does not fit the shape with its links, ids and keys in it: /id is 0, less than 1. Loosen that rule, "
        "or leave out the link."
    )


def test_links_are_laid_over_what_was_made(plan):
    """The backend does not decide about them."""
    made = asyncio.run(make(plan(), Part(0, 0, 1, linked=({"name": "b"},)), Asked()))

    assert made.lines == b'{"id":0,"name":"b"}\n'

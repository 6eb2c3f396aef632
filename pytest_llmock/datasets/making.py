"""One part of a data set: asked for, linked, enriched. It depends on nothing but the plan and the part."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pytest_llmock.datasets.plan import Part, Plan
from pytest_llmock.datasets.records import MISSING, answer_of, at, encode, lines_of, records_of, with_fields
from pytest_llmock.errors import ShapeError
from pytest_llmock.journal import Call
from pytest_llmock.ledger import Spent, spent_on
from pytest_llmock.llm import JSON, Generation, Usage
from pytest_llmock.shapes.schema import Shape
from pytest_llmock.shapes.validate import checker

ENRICH = (
    "Enrich each record: make what is vague, short or generic in it precise, rich and consistent with the "
    "rest of the record. Keep the order of the records, and keep these fields as they are: {kept}."
)


@dataclass(frozen=True, slots=True)
class Made:
    """A part that was made, as JSON lines, or why it was not; and what it took either way."""

    lines: bytes = field(default=b"", repr=False)
    usage: Usage = field(default_factory=Usage)
    spent: Spent = field(default_factory=Spent)
    error: Exception | None = None


class Ask(Protocol):
    """Who answers generations: with JSON of the shape, checked. `enricher` says which of the two backends."""

    async def __call__(
        self, generation: Generation, shape: Shape, call: Call, /, *, enricher: bool
    ) -> JSON: ...


async def make(plan: Plan, part: Part, ask: Ask) -> Made:
    """The records of a part. Never raises: whoever counts must know what a failure cost, too."""
    calls: list[Call] = []
    lines, error = b"", None
    try:
        lines = lines_of(await _records(plan, part, ask, calls))
    except Exception as caught:  # noqa: BLE001 - raised again where the run stops
        error = caught
    spent = sum((spent_on(attempt) for call in calls for attempt in call.attempts), Spent())
    return Made(lines, total_usage([call.usage for call in calls]), spent, error)


def total_usage(usages: Sequence[Usage]) -> Usage:
    """The tokens of all of them."""
    return Usage(
        sum(usage.input_tokens for usage in usages),
        sum(usage.output_tokens for usage in usages),
        estimated=any(usage.estimated for usage in usages),
    )


async def _records(plan: Plan, part: Part, ask: Ask, calls: list[Call]) -> list[JSON]:
    generation = Generation(
        path=plan.path,
        shape=plan.shape,
        count=part.count,
        start=part.start,
        total=plan.count,
        variant=part.variant,
        instructions=part.instructions,
    )
    answer = await ask(generation, plan.parsed, _call(generation, calls), enricher=False)
    records = records_of(answer, plan.parsed)
    if part.linked:
        records = [with_fields(record, one) for record, one in zip(records, part.linked, strict=True)]
    if part.enriched:
        records = await _enriched(plan, part, records, ask, calls)
    if part.linked or part.enriched:  # else it is the answer, which was checked
        _check(plan, part, records)
    return records


def _check(plan: Plan, part: Part, records: list[JSON]) -> None:
    """Raise ShapeError when what was laid over a record made it wrong: a rule may bind several fields."""
    check = checker(plan.record)
    for number, record in enumerate(records, part.start):
        found = check(record)
        if found:
            raise ShapeError(
                f"Record {number:,} does not fit the shape with its links, ids and keys in it: "
                f"{found[0].pointer or '/'} {found[0].message}. Loosen that rule, or leave out the link."
            )


async def _enriched(plan: Plan, part: Part, records: list[JSON], ask: Ask, calls: list[Call]) -> list[JSON]:
    kept = kept_fields(plan, records)
    generation = Generation(
        method="POST",
        path=f"{plan.path}/enrich",
        body=answer_of(records, plan.parsed),
        shape=plan.shape,
        count=part.count,
        variant=part.variant,
        instructions=ENRICH.format(kept=", ".join(kept) or "none"),
    )
    answer = await ask(generation, plan.parsed, _call(generation, calls), enricher=True)
    return aligned(records, records_of(answer, plan.parsed), kept)


def kept_fields(plan: Plan, records: Sequence[JSON]) -> tuple[str, ...]:
    """What enrichment must not change: ids, unique keys, links; of those what the records have."""
    wanted = dict.fromkeys(("id", *plan.unique, *(link.name for link in plan.links)))
    return tuple(name for name in wanted if any(at(record, name) is not MISSING for record in records))


def aligned(before: Sequence[JSON], after: Sequence[JSON], kept: Sequence[str]) -> list[JSON]:
    """The records after, in the order of those before, with the kept fields of those before.

    A model that only mixed them up is understood by the kept fields; else the order counts.
    """
    own = [_identity(record, kept) for record in before]
    places = {_identity(record, kept): place for place, record in enumerate(after)}
    order = [places[each] for each in own] if kept and places.keys() == set(own) else range(len(before))
    if len(set(order)) < len(before):
        order = range(len(before))
    return [
        with_fields(after[place], _values(record, kept)) if kept else after[place]
        for record, place in zip(before, order, strict=True)
    ]


def _identity(record: JSON, kept: Sequence[str]) -> str:
    return encode(_values(record, kept))


def _values(record: JSON, kept: Sequence[str]) -> dict[str, JSON]:
    return {name: value for name in kept if (value := at(record, name)) is not MISSING}


def _call(generation: Generation, calls: list[Call]) -> Call:
    # of its own, and in no journal: a journal of a million records would hold them all
    calls.append(Call(len(calls) + 1, "python", generation.method, generation.path))
    return calls[-1]

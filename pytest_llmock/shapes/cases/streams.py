"""All cases of one kind, one after the other, without end where the schema has no end of them.

A stream depends only on the schema, the kind and the seed: who asks for more gets the same cases and then
others. Each turn takes a few good values, looks at every place of them, and spreads the changes: a rule that
has had the fewest cases comes first, then a category, then what the schema says in words, then a field.
"""

from collections.abc import Iterator
from itertools import chain, count, islice, zip_longest

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.cases.candidates import Candidate, Spread, candidates, is_case
from pytest_llmock.shapes.cases.case import CaseKind
from pytest_llmock.shapes.cases.changes import TYPICAL
from pytest_llmock.shapes.cases.places import Place, places
from pytest_llmock.shapes.cases.subject import IDLE_RECORDS, Found, Subject, records
from pytest_llmock.shapes.limits import canonical
from pytest_llmock.shapes.references import listed

_BASES = 4  # good values a turn: enough to meet most alternatives
_IDLE = 3  # turns without a new case, after which there are no more


def stream(
    subject: Subject, kind: CaseKind, seed: int, *, categories: frozenset[str] = frozenset()
) -> Iterator[Found]:
    """The cases of a kind, no two of them equal; `categories` chooses among the changed ones.

    Raises ShapeError when nothing satisfies the schema.
    """
    return _valid(subject, seed) if kind == "valid" else _changed(subject, kind, seed, categories)


def _valid(subject: Subject, seed: int) -> Iterator[Found]:
    """Ordinary records, and between them one for every option of a choice."""
    seen: set[str] = set()
    ordinary = (Found(TYPICAL, TYPICAL, record) for record in _ordinary(subject, seed))
    for found in chain.from_iterable(zip_longest(ordinary, _options(subject, seed))):
        if found is not None and found.key not in seen:
            seen.add(found.key)
            yield found


def _ordinary(subject: Subject, seed: int) -> Iterator[JSON]:
    """Records as they are made, until many in a row are old; then such with one value like another."""
    for several in (records(subject, seed), _alike(subject, seed)):
        seen: set[str] = set()
        idle = 0
        for record in several:
            idle = 0 if canonical(record) not in seen else idle + 1
            seen.add(canonical(record))
            yield record
            if idle > IDLE_RECORDS:
                break


def _alike(subject: Subject, seed: int) -> Iterator[JSON]:
    """The first record with a number after a text, or another number, as long as one of those is valid."""
    spots = [*places(next(records(subject, seed)), subject.schema)]
    number, fitting = 1, [spots[0].value]
    while fitting:
        number += 1
        made = [place.put(changed) for place in spots if (changed := _like(place, number)) is not None]
        fitting = [record for record in made if subject.accepts(record)]
        yield from fitting


def _like(place: Place, number: int) -> JSON:
    value, step = place.value, place.schema.get("multipleOf", 1)
    if isinstance(value, str):
        return f"{value}{number}"
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isinstance(step, (int, float)):
        return None
    return value + number * step


def _options(subject: Subject, seed: int) -> Iterator[Found]:
    """A record for every option of every choice, and for both values of a flag."""
    base = next(records(subject, seed + 1))  # no record that comes anyway
    columns = [[(place, option) for option in _choices(place)] for place in places(base, subject.schema)]
    for place, option in (pair for row in zip_longest(*columns) for pair in row if pair is not None):
        value = place.put(option)
        if subject.accepts(value):
            shown = canonical(option)
            yield Found(f"{subject.label(place.pointer)}: {shown[:60]}", TYPICAL, value)


def _choices(place: Place) -> list[JSON]:
    flags: list[JSON] = [True, False] if "boolean" in place.types and "const" not in place.schema else []
    return listed(place.schema, "enum") or flags


def _changed(subject: Subject, kind: CaseKind, seed: int, categories: frozenset[str]) -> Iterator[Found]:
    good, spread, seen = records(subject, seed), Spread(), set[str]()
    bases = [*islice(good, _BASES)]
    idle = 0
    for turn in islice(count(), subject.turns):
        before = len(seen)
        found = candidates(subject, bases, kind, turn)
        chosen = [each for each in found if not categories or each.change.category in categories]
        yield from _turn(subject, kind, spread, seen, chosen)
        idle = 0 if len(seen) > before else idle + 1
        if idle > _IDLE:
            return
        bases = [*islice(good, _BASES)] or bases


def _turn(
    subject: Subject, kind: CaseKind, spread: Spread, seen: set[str], found: list[Candidate]
) -> Iterator[Found]:
    """One case for each rule and place, as far as there are new ones."""
    told: set[str] = set()
    for candidate in spread.order(found):
        if candidate.rule in told:
            continue
        case = candidate.found()
        if is_case(subject, kind, case) and case.key not in seen:
            told.add(candidate.rule)
            seen.add(case.key)
            spread.count(candidate)
            yield case

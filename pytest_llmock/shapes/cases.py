"""Test cases for an endpoint, from the schema of what it takes: valid, valid at the edge, and invalid.

Each case is a whole value: a good one with one place changed, so that a test which fails says which rule the
endpoint got wrong. Every case is checked by the validator: valid and edge cases are valid, invalid are not.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from pytest_llmock.errors import ShapeError
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.limits import canonical
from pytest_llmock.shapes.mutations import BOUNDARY, MALFORMED, Place, edges, faults, places
from pytest_llmock.shapes.references import Schema, dialect
from pytest_llmock.shapes.sample import compile_sampler
from pytest_llmock.shapes.validate import problems

CaseKind = Literal["valid", "edge", "invalid"]
Changes = Callable[[Place], Iterator[tuple[str, JSON]]]

_TRIES = 6


@dataclass(frozen=True, slots=True)
class Case:
    """A value to send, whether it is "valid", "edge" or "invalid", and the rule that it is about."""

    kind: CaseKind
    rule: str
    value: JSON
    endpoint: str = ""
    id: str = ""


def valid_cases(schema: Schema, n: int, random: Random) -> tuple[Case, ...]:
    """`n` ordinary values; the same for the same schema and state of `random`."""
    sampler = compile_sampler(schema)
    return tuple(Case("valid", "typical", value) for value in sampler.many(_seed(random), 0, n))


def edge_cases(schema: Schema, n: int, random: Random, *, rules: Sequence[str] = ()) -> tuple[Case, ...]:
    """`n` valid values at the boundary of what is allowed; `rules` chooses which ("boundary", "unicode", …).

    Where the schema has fewer edges than `n`, they come again with other values around them.
    """
    return _changed(schema, n, random, "edge", rules)


def invalid_cases(schema: Schema, n: int, random: Random, *, rules: Sequence[str] = ()) -> tuple[Case, ...]:
    """`n` values that the schema refuses; `rules` chooses why ("type mismatch", "missing required", …).

    Raises ShapeError for a schema that refuses nothing.
    """
    return _changed(schema, n, random, "invalid", rules)


def _seed(random: Random) -> int:
    return int(random.random() * 2**53)


def _changed(
    schema: Schema, n: int, random: Random, kind: CaseKind, rules: Sequence[str]
) -> tuple[Case, ...]:
    found: list[Case] = []
    seed, base = _seed(random), -1
    while len(found) < n:
        base += 1
        fresh = _round(schema, seed, base, kind)
        chosen = [case for case in fresh if not rules or case.rule in rules] or fresh
        if not chosen and base >= _TRIES:
            raise ShapeError(
                "The JSON Schema allows every value that was tried, so there are no invalid cases. Add "
                "'type', 'required' or bounds, or ask for 'valid' cases."
            )
        found += _alternating(chosen)
    return tuple(found[:n])


def _round(schema: Schema, seed: int, base: int, kind: CaseKind) -> list[Case]:
    """All cases that come of changing one ordinary value."""
    root = dialect(schema)
    value = compile_sampler(schema).one(seed, base)
    found: dict[str, Case] = {}
    for rule, whole in _candidates(value, root, edges if kind == "edge" else faults):
        if bool(problems(root, whole)) is (kind == "invalid"):
            found.setdefault(canonical(whole), Case(kind, rule, whole))
    if kind == "edge":
        found.pop(canonical(value), None)
        return list(found.values()) or [Case(kind, BOUNDARY, value)]
    return list(found.values())


def _candidates(value: JSON, root: Schema, changes: Changes) -> Iterator[tuple[str, JSON]]:
    for place in places(value, root):
        for rule, changed in changes(place):
            yield rule, place.put(changed)
    if isinstance(value, (dict, list)):  # what a client sends that builds its JSON by hand
        yield MALFORMED, canonical(value)[:-1]


def _alternating(cases: Sequence[Case]) -> list[Case]:
    """The cases so that each rule has its turn: the first of each, then the second of each, and so on."""
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(case.rule, []).append(case)
    longest = max((len(group) for group in groups.values()), default=0)
    return [group[turn] for turn in range(longest) for group in groups.values() if turn < len(group)]

"""Test cases for an endpoint, from the schema of what it takes: valid, valid at the edge, and invalid.

Each case is a whole value: a good one with one place changed, so that a test which fails says which rule the
endpoint got wrong. Every case is judged by the validator: valid and edge cases are valid, invalid are not.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import cast

from pytest_llmock.clock import seed_of
from pytest_llmock.errors import LLMockWarning, ShapeError
from pytest_llmock.shapes.cases.case import Case, CaseKind, Names, checked_endpoint
from pytest_llmock.shapes.cases.streams import stream
from pytest_llmock.shapes.cases.subject import Found, Subject, subject_of
from pytest_llmock.shapes.parse import parse

__all__ = ["Case", "CaseKind", "contract_cases"]

KINDS: tuple[CaseKind, ...] = ("valid", "edge", "invalid")
MOST_CASES = 10_000


def contract_cases(  # noqa: PLR0913 - a number for each kind
    endpoint: str, schema: object, *, valid: int = 20, edge: int = 10, invalid: int = 15, seed: int = 0
) -> list[Case]:
    """Cases for what an endpoint takes, valid first, then edge, then invalid; no two are the same.

    `endpoint` is "POST /users" or "/users"; `schema` a JSON Schema, an example, or a type such as a pydantic
    model. The first few of each kind cover as many rules and fields as possible; whoever asks for more gets
    the same cases and then others. The same seed gives the same cases everywhere.

        @pytest.mark.parametrize("case", contract_cases("POST /users", User), ids=lambda case: case.id)

    Raises ShapeError for an endpoint, schema or count that is none. Where the schema has not so many
    different cases (a flag has two values) there are fewer, and an LLMockWarning says so.
    """
    wanted = checked_counts(valid=valid, edge=edge, invalid=invalid)
    name = checked_endpoint(endpoint)
    subject = subject_of(dict(parse(schema).schema))
    cases = selected(subject, wanted, seed, Names(), partial(case_of, name))
    _warn_of_few(name, wanted, cases)
    return cases


def checked_counts(**counts: object) -> Mapping[CaseKind, int]:
    """How many cases of each kind; ShapeError for what is no such number."""
    for name, number in counts.items():
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= MOST_CASES:
            raise ShapeError(f"{name} is {number!r}: give a whole number of cases, from 0 to {MOST_CASES:,}.")
    return {kind: cast("int", counts[kind]) for kind in KINDS}


def case_of(endpoint: str, kind: CaseKind, found: Found) -> Case:
    """The case as users get it, but for its id."""
    value = found.value if found.raw is None else found.raw
    return Case(kind, found.rule, value, endpoint, category=found.category)


def selected(
    subject: Subject,
    wanted: Mapping[CaseKind, int],
    seed: int,
    names: Names,
    made: Callable[[CaseKind, Found], Case],
) -> list[Case]:
    """So many cases of each kind, as far as there are; a value that is at an edge is not valid as well.

    Only the first ordinary value is never an edge: where the schema allows few values, edges leave some.
    """

    def named(kind: CaseKind) -> Iterator[tuple[str, Case]]:  # before any is left out: ids stay what they are
        found_cases = stream(subject, kind, seed_of("contract cases", kind, seed))
        return ((found.key, names.named(made(kind, found))) for found in found_cases)

    ordinary = named("valid")
    first = [*islice(ordinary, 1)]
    edges = _others(named("edge"), wanted["edge"], first)
    rest = _others(ordinary, max(wanted["valid"] - 1, 0), edges)
    faulty = islice(named("invalid"), wanted["invalid"])
    return [case for _, case in ([*first, *rest][: wanted["valid"]] + edges + [*faulty])]


def _others(
    named: Iterator[tuple[str, Case]], number: int, taken: list[tuple[str, Case]]
) -> list[tuple[str, Case]]:
    """The next so many that are not among those taken; nothing is made that is not asked for."""
    known = {key for key, _ in taken}
    return [*islice((each for each in named if each[0] not in known), number)]


def _warn_of_few(endpoint: str, wanted: Mapping[CaseKind, int], cases: list[Case]) -> None:
    made = {kind: sum(case.kind == kind for case in cases) for kind in KINDS}
    short = [kind for kind in KINDS if made[kind] < wanted[kind]]
    if short:
        said = ", ".join(f"{made[kind]} {kind} (of {wanted[kind]})" for kind in short)
        asked = ", ".join(f"{kind}={made[kind]}" for kind in short)
        warnings.warn(
            f"The schema of {endpoint} has no more different cases than {said}. Ask for {asked}.",
            LLMockWarning,
            stacklevel=3,
        )

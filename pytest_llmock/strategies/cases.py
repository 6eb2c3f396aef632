"""Contract cases, chosen and shrunk by Hypothesis."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import islice

from hypothesis import strategies as st

from pytest_llmock.errors import ShapeError, nearest
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.cases import KINDS, Case, CaseKind, case_of
from pytest_llmock.shapes.cases.candidates import candidates, is_case
from pytest_llmock.shapes.cases.case import Names, checked_endpoint
from pytest_llmock.shapes.cases.changes import TYPICAL
from pytest_llmock.shapes.cases.places import Place, places
from pytest_llmock.shapes.cases.subject import Found, Subject, records, subject_of
from pytest_llmock.shapes.parse import parse
from pytest_llmock.shapes.references import listed

_TURNS = 20  # each has other values around and inside of the changes
_BASES = 4
_RECORDS = 40


def contract_cases(
    endpoint: str, schema: object, *, kinds: Sequence[CaseKind] = KINDS
) -> st.SearchStrategy[Case]:
    """Contract cases of these kinds; a failing one shrinks to the simplest value that fails.

    `endpoint` and `schema` are those of `pytest_llmock.contract_cases`. Simpler is a kind that stands first,
    a value of nothing but its required fields, a place nearer to the root.

        @given(strategies.contract_cases("POST /users", User))

    Raises ShapeError for an unknown kind, and for a schema that has no case of any of the kinds.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise ShapeError(f"The kind of cases is {kind!r}.{nearest(str(kind), KINDS)}")
    name = checked_endpoint(endpoint)
    found_in = _cases_of(subject_of(dict(parse(schema).schema)))
    usable = [kind for kind in kinds if found_in(kind, 0)]
    if not usable:
        raise ShapeError(f"The schema of {name} has no cases of kind {', '.join(kinds) or '(none given)'}.")

    @st.composite
    def cases(draw: st.DrawFn) -> Case:
        kind = draw(st.sampled_from(usable))
        found = found_in(kind, draw(st.integers(0, _TURNS))) or found_in(kind, 0)
        return Names().named(case_of(name, kind, draw(st.sampled_from(found))))

    return cases()


def _cases_of(subject: Subject) -> Callable[[CaseKind, int], tuple[Found, ...]]:
    """All cases of a kind and turn, the simplest first; each is made when it is asked for."""

    @lru_cache(maxsize=3 * (_TURNS + 1))
    def found_in(kind: CaseKind, turn: int) -> tuple[Found, ...]:
        if kind == "valid":
            found = [*islice(records(subject, turn), _RECORDS if turn else 1)]
            return tuple(Found(TYPICAL, TYPICAL, value) for value in (_lean(subject, found[0]), *found))
        bases = [*islice(records(subject, turn), _BASES)]
        return tuple(_proven(subject, [_lean(subject, bases[0]), *bases], kind, turn))

    return found_in


def _proven(subject: Subject, bases: list[JSON], kind: CaseKind, turn: int) -> list[Found]:
    """One case for each rule and place."""
    told: dict[str, Found] = {}
    for candidate in candidates(subject, bases, kind, turn):
        if candidate.rule not in told and is_case(subject, kind, candidate.found()):
            told[candidate.rule] = candidate.found()
    return [*told.values()]


def _lean(subject: Subject, value: JSON) -> JSON:
    """The value with nothing optional in it, as far as it stays valid."""
    while True:
        smaller = (
            place.put(least)
            for place in places(value, subject.schema)
            if (least := _least(place)) != place.value
        )
        found = next((each for each in smaller if subject.accepts(each)), None)
        if found is None:
            return value
        value = found


def _least(place: Place) -> JSON:
    if not isinstance(place.value, dict):
        return place.value
    needed = listed(place.schema, "required")
    return {name: place.value[name] for name in place.value if name in needed}

"""The changes that may make cases of some good values, and whose turn it is."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.cases.case import CaseKind
from pytest_llmock.shapes.cases.changes import SAID, Change
from pytest_llmock.shapes.cases.edges import edges
from pytest_llmock.shapes.cases.faults import faults
from pytest_llmock.shapes.cases.places import Place, places
from pytest_llmock.shapes.cases.subject import Found, Subject

_ENOUGH = 1_000  # candidates


@dataclass(frozen=True, slots=True)
class Candidate:
    """A change of a place, not yet made and not yet judged; with `raw` the whole body is broken."""

    place: Place
    change: Change
    rule: str
    raw: bytes | None = None

    @property
    def where(self) -> str:
        return self.place.pointer + self.change.at

    def found(self) -> Found:
        """The case that it would make."""
        return Found(self.rule, self.change.category, self.place.put(self.change.value), self.raw)


def candidates(subject: Subject, bases: Sequence[JSON], kind: CaseKind, turn: int) -> list[Candidate]:
    """All changes of these good values that may make a case of the kind; of wide ones the first is enough."""
    changes = edges if kind == "edge" else faults
    found: list[Candidate] = []
    for base in bases:
        found += [
            Candidate(place, change, f"{subject.label(place.pointer + change.at)}: {change.words}")
            for place in places(base, subject.schema)
            for change in changes(place, turn)
            if subject.allows(place, change)
        ]
        if len(found) > _ENOUGH:
            break
    return found + ([*_malformed(subject, bases[0])] if kind == "invalid" and turn == 0 else [])


def _malformed(subject: Subject, base: JSON) -> Iterator[Candidate]:
    """What a client sends that builds its JSON by hand."""
    whole = next(places(base, subject.schema))
    for category, words, raw in subject.broken(base):
        yield Candidate(whole, Change(f"body {category}", category, words, base), f"body: {words}", raw)


def is_case(subject: Subject, kind: CaseKind, found: Found) -> bool:
    """Whether the validator says of it what the kind says."""
    if found.raw is not None:
        return kind == "invalid"
    return subject.accepts(found.value) is (kind != "invalid")


@dataclass(slots=True)
class Spread:
    """Whose turn it is: what has had the fewest cases so far."""

    families: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)

    def order(self, found: list[Candidate]) -> Iterator[Candidate]:
        """The candidates, the fairest first; what was counted in between is heeded."""
        waiting: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for number, each in enumerate(found):
            group = (each.change.category, each.change.family)
            heappush(waiting.setdefault(group, []), (self.fields[each.where], number))
        while waiting:
            group = min(waiting, key=self._had)
            had, number = heappop(waiting[group])
            now = self.fields[found[number].where]
            if now > had:  # its field has been served since: back to its place
                heappush(waiting[group], (now, number))
                continue
            yield found[number]
            if not waiting[group]:
                del waiting[group]

    def _had(self, group: tuple[str, str]) -> tuple[int, int, bool]:
        category, family = group
        return self.families[family], self.categories[category], family not in SAID

    def count(self, candidate: Candidate) -> None:
        self.categories[candidate.change.category] += 1
        self.families[candidate.change.family] += 1
        self.fields[candidate.where] += 1

"""What is wrong with data, place by place, and how bad each of it is.

Four ranks, each of which includes what the ones above it are about: what is missing is neither valid nor
believable, and what is not valid is not believable. So what is broken further is never taken for better.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.quality.expected import Expected, Place
from pytest_llmock.shapes.quality.model import OWN
from pytest_llmock.shapes.quality.report import METRICS, QualityIssue
from pytest_llmock.shapes.references import words
from pytest_llmock.shapes.validate import Problem


class Rank(IntEnum):
    """How bad: the first of the metrics that it takes something from; FINE takes from none."""

    MISSING = 0
    INVALID = 1
    UNREALISTIC = 2
    FINE = 3

    @property
    def metric(self) -> str:
        """The name of that metric."""
        return METRICS[self]


# Rules about the fields or items of an object or list, not about it as a whole: one more part of it is wrong.
_OF_PARTS = words(
    "minItems maxItems uniqueItems contains minContains maxContains minProperties maxProperties "
    "dependentRequired propertyNames"
) | {OWN}
_UNEXPECTED = frozenset({"additionalProperties", "unevaluatedProperties"})
# What common sense says about a form is no more than a guess from a name where the shape itself says it.
_FORM = frozenset({"pattern", "enum", "const", "format"})
_BOUNDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "enum", "const"})
_OVERRULED = {
    **dict.fromkeys(("email", "date", "uuid", "url"), _FORM),
    **dict.fromkeys(("age", "negative", "range", "price", "year"), _BOUNDS),
    **dict.fromkeys(("placeholder", "empty"), frozenset({"enum", "const", "minLength"})),
}
_BY_TOPIC = {
    **dict.fromkeys(("email", "date", "uuid", "url"), Rank.INVALID),
    "empty": Rank.MISSING,
}


class Spot(NamedTuple):
    """One place of the data: its value, what is expected there, and the pointers of its parts."""

    value: JSON
    place: Place
    weight: int
    is_required: bool
    parts: tuple[str, ...]


class Lack(NamedTuple):
    """A part that an object or list does not have, or something wrong with its parts as such."""

    name: str
    rank: Rank
    weight: int = 1


@dataclass(slots=True)
class Findings:
    """The places of data in their order, and what is wrong with them.

    `ranks` is of each place the worst of what was found there. `lacks` are what an object or list does not
    have but should, by name; `unexpected` the pointers of what it has and should not.
    """

    expected: Expected
    spots: dict[str, Spot] = field(default_factory=dict)
    ranks: dict[str, Rank] = field(default_factory=dict)
    lacks: dict[str, dict[str, Lack]] = field(default_factory=dict)
    unexpected: set[str] = field(default_factory=set)
    found: list[tuple[str, Rank, str]] = field(default_factory=list)

    def visit(self, value: JSON, place: Place, pointer: str = "", *, is_required: bool = False) -> None:
        """Note a place and all inside it."""
        below = list(_below(value, pointer))
        parts = tuple(where for where, _, _ in below)
        self.spots[pointer] = Spot(value, place, self.expected.weight(place), is_required, parts)
        for where, step, each in below:
            self.visit(each, self.expected.below(place, step), where, is_required=step in place.required)

    def visit_each(self, records: JSON) -> None:
        """Note a list of what is expected, and all inside it."""
        below = list(_below(records, ""))
        self.spots[""] = Spot(records, Place(), 1, True, tuple(where for where, _, _ in below))
        for where, _, record in below:
            self.visit(record, self.expected.root, where)

    @property
    def issues(self) -> tuple[QualityIssue, ...]:
        """What was found, in the order of the data."""
        order = {pointer: number for number, pointer in enumerate(self.spots)}
        issues = dict.fromkeys(
            QualityIssue(pointer, rank.metric, message)
            for pointer, rank, message in sorted(self.found, key=lambda found: order[found[0]])
        )
        return tuple(issues)

    def by_schema(self, problems: Iterable[Problem]) -> None:
        """Take in what a schema or model finds; what an earlier one said of the same place is said once."""
        known = dict(self.ranks)
        for problem in problems:
            if known.get(problem.pointer, Rank.FINE) > Rank.INVALID:
                self._of_schema(problem)

    def _of_schema(self, problem: Problem) -> None:
        pointer, message = problem.pointer, problem.message
        value, place, _, is_required, _ = self.spots[pointer]
        is_container = isinstance(value, (dict, list))
        if problem.rule == "required":
            self._lack(pointer, self._missing(place, message), message)
        elif problem.rule in _UNEXPECTED:
            self.unexpected.add(pointer)
            self._mark(pointer, Rank.INVALID, message)
        elif is_required and is_empty(value):
            self._mark(pointer, Rank.MISSING, message)
        elif is_container and problem.rule in _OF_PARTS:
            self._lack(pointer, Lack(message, Rank.INVALID), message)
        elif is_container or place.is_container:  # nothing of what belongs there is there
            self.found.append((pointer, Rank.INVALID, message))
            self.ranks[pointer] = Rank.MISSING
        else:
            self._mark(pointer, Rank.INVALID, message)

    def _missing(self, place: Place, message: str) -> Lack:
        """The field that a message says is missing, which weighs as much as it would hold."""
        for name in place.required:
            if message.startswith(f"has no {name!r},"):
                return Lack(name, Rank.MISSING, self.expected.weight(self.expected.below(place, name)))
        return Lack(message, Rank.MISSING)

    def by_emptiness(self) -> None:
        """Find what is there, as the shape requires, and holds nothing; and data that is nothing."""
        root = self.spots[""]
        if (
            not root.place.parts[1:]
            and not any(root.place.parts)
            and (is_empty(root.value) or root.value == {})
        ):
            self._mark("", Rank.MISSING, "is empty: there is nothing to score")
        for pointer, spot in self.spots.items():
            if spot.is_required and _is_hollow(spot) and self.ranks.get(pointer, Rank.FINE):
                self._mark(pointer, Rank.MISSING, "is empty, and the shape requires it")

    def by_sense(self, problem: Problem, rule: str = "") -> None:
        """Take in what common sense finds; `rule` is that of the user which asked for it, "" if none did."""
        pointer, topic = problem.pointer, problem.rule
        spot = self.spots[pointer]
        known = self.ranks.get(pointer, Rank.FINE)
        rank = _BY_TOPIC.get(topic, Rank.UNREALISTIC)
        if not rule and not spot.place.keywords.isdisjoint(_OVERRULED.get(topic, ())):
            return
        if rule:
            rank = min(rank, Rank.INVALID)
        if known <= min(rank, Rank.INVALID):
            return
        message = f"{problem.message} ({rule})" if rule else problem.message
        if topic == "consistency":
            # one for each kind of facts that disagree: who breaks one of them repairs all that it caused
            owner = pointer.rpartition("/")[0]
            self._lack(owner, Lack(f"{type(spot.value).__name__} {rank}", rank), message, at=pointer)
        else:
            self._mark(pointer, rank, message)

    def by_rule(self, problem: Problem) -> None:
        """Take in where a rule about a field is broken, or the field missing."""
        if problem.pointer in self.spots:
            self._mark(problem.pointer, Rank.INVALID, problem.message)
            return
        owner, _, name = problem.pointer.rpartition("/")
        if owner in self.spots and name not in self.lacks.get(owner, {}):
            self._lack(owner, Lack(name, Rank.MISSING), f"has no {name!r}: it {problem.message}")

    def _mark(self, pointer: str, rank: Rank, message: str) -> None:
        self.found.append((pointer, rank, message))
        self.ranks[pointer] = min(rank, self.ranks.get(pointer, Rank.FINE))

    def _lack(self, owner: str, lack: Lack, message: str, *, at: str | None = None) -> None:
        self.found.append((owner if at is None else at, lack.rank, message))
        self.lacks.setdefault(owner, {})[lack.name] = lack


def _below(value: JSON, pointer: str) -> Iterator[tuple[str, str | int, JSON]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}", name, each
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield f"{pointer}/{index}", index, each


def is_empty(value: JSON) -> bool:
    """Whether a value says nothing: null, blank text, an empty list."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _is_hollow(spot: Spot) -> bool:
    """Whether a required value is empty, and its shape does not say that it may be."""
    words = spot.place.keywords
    if isinstance(spot.value, str):
        return is_empty(spot.value) and words.isdisjoint({"enum", "const", "pattern", "minLength"})
    return spot.value == [] and "items" in words and "minItems" not in words

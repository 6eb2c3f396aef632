"""What compiling makes of each place of a schema."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from pytest_llmock.errors import ShapeError
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.fields import domain_of, name_words
from pytest_llmock.shapes.references import Schema
from pytest_llmock.shapes.sample.places import Where
from pytest_llmock.shapes.sample.scope import NO_HINTS, Maker, Plan, Scope, hints_of


class _Missing:
    """Stands where the input says nothing."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()

Keeper = Callable[[Scope, object], JSON]
Settle = Callable[[Scope], object]


class Node(NamedTuple):
    """`make` makes a value; `keep` keeps a given one where it is valid. A record of its own has a `plan`.

    `settle` are the facts of such a record that have to be clear before its first field, `domain` says what
    kind of thing it is.
    """

    make: Maker
    keep: Keeper
    plan: Plan | None = None
    settle: tuple[Settle, ...] = ()
    domain: str = ""


class EndlessError(ShapeError):
    """Recursion has to stop here; a place that may stay empty catches it."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a schema: its name, noun and domain of the object it stands in, the way that led there.

    `copies` is how often the lists around it repeat it.
    """

    name: str = ""
    noun: str = ""
    domain: str = ""
    pointer: str = ""
    plan: Plan | None = None
    refs: tuple[str, ...] = ()
    depth: int = 0
    copies: int = 1
    is_record: bool = False

    @property
    def where(self) -> Where:
        """The part that single values need."""
        return Where(name_words(self.name), self.noun, self.domain, self.pointer)


class Nodes(Protocol):
    """The compiler, as lists and objects see it."""

    @property
    def is_full(self) -> bool: ...
    def node(self, schema: JSON, spot: Spot) -> Node: ...
    def flat(self, schema: JSON) -> Schema: ...
    def plan(self, *, abroad: bool = False) -> Plan: ...


def leaf(make: Maker, accepts: Callable[[JSON], bool]) -> Node:
    """The node of a single value."""

    def keep(scope: Scope, given: object) -> JSON:
        value: JSON = given  # type: ignore[assignment]  # all that is given and not MISSING is JSON
        return value if given is not MISSING and accepts(value) else make(scope)

    return Node(make, keep)


def enter(node: Node, scope: Scope, index: int, given: object, noun: str) -> JSON:
    """A record of its own inside another one, made or kept."""
    hints = hints_of(given, node.domain or domain_of(noun)) if isinstance(given, Mapping) else NO_HINTS
    inner = Scope(scope.random, scope.seed, index, node.plan or scope.plan, hints)
    for settle in node.settle:
        settle(inner)
    return node.make(inner) if given is MISSING else node.keep(inner, given)


def entered(node: Node, noun: str) -> Node:
    """The node of a nested object that is about somebody or something else."""
    return Node(
        lambda scope: enter(node, scope, scope.index, MISSING, noun),
        lambda scope, given: enter(node, scope, scope.index, given, noun),
    )

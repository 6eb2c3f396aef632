"""What the settings say of one another: who stands in for whom, and what the weights come to.

Rules: a backend that is switched off is checked like the others, because it may be switched on tomorrow, and
may be named, because its turn is then skipped. Only the lists of single backends can make a circle: the list
of the document holds for backends without one of their own, and leads nowhere from there.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TypeAlias

from pytest_llmock.config.problems import Flaw, quoted
from pytest_llmock.config.resolve import Path
from pytest_llmock.config.sections import BackendSettings
from pytest_llmock.config.values import BUILT_IN
from pytest_llmock.errors import nearest

# By folded name: whom each backend's own list names.
Graph: TypeAlias = Mapping[str, Sequence[str]]

_SHOWN_NAMES = 8


def contradictions(
    backends: Sequence[BackendSettings], *, strategy: str, failover: bool | tuple[str, ...]
) -> list[Flaw]:
    """Everything that cannot hold together, in the order of the backends."""
    known = {name.casefold(): name for name in (*(backend.name for backend in backends), *sorted(BUILT_IN))}
    lists = {backend.name.casefold(): _listed(backend.failover) for backend in backends}
    own = chain.from_iterable(
        _wrong_names(("backends", i, "failover"), listed, known, own=name)
        for i, (name, listed) in enumerate(lists.items())
    )
    return [
        *_weightless(backends, strategy),
        *_wrong_names(("failover",), _listed(failover), known),
        *own,
        *_circles({name: [other.casefold() for other in listed] for name, listed in lists.items()}, known),
    ]


def _listed(failover: bool | tuple[str, ...] | None) -> tuple[str, ...]:
    return failover if isinstance(failover, tuple) else ()


def _weightless(backends: Sequence[BackendSettings], strategy: str) -> Iterator[Flaw]:
    enabled = [backend for backend in backends if backend.enabled]
    if strategy != "weighted" or not enabled or any(backend.weight for backend in enabled):
        return
    names = ", ".join(backend.name for backend in enabled[:_SHOWN_NAMES])
    more = ", …" if len(enabled) > _SHOWN_NAMES else ""
    yield _flaw(
        ("strategy",),
        f"impossible to follow: every enabled backend has Weight 0 ({names}{more}). "
        "Give one of them a larger number.",
    )


def _wrong_names(
    path: Path, listed: Sequence[str], known: Mapping[str, str], *, own: str = ""
) -> Iterator[Flaw]:
    folded = [name.casefold() for name in listed]
    for i, name in enumerate(folded):
        if name not in known:
            said = f"the name of no backend.{nearest(listed[i], list(known.values()))}"
        elif name == own:
            said = "the backend itself. Name another one, or take it out."
        elif name in folded[:i]:
            said = "in the list twice. Take one of the two out."
        else:
            continue
        yield _flaw((*path, i), f"{quoted(listed[i])}, which is {said}")


def _circles(graph: Graph, known: Mapping[str, str]) -> Iterator[Flaw]:
    """One shortest circle through each backend that is in one, unless a circle before showed it already."""
    shown: set[str] = set()
    for i, start in enumerate(graph):
        circle = [] if start in shown else _way_back(start, graph)
        if not circle:
            continue
        shown.update(circle)
        way = " → ".join(known[name] for name in (*circle, start))
        yield _flaw(("backends", i, "failover"), f"part of a circle: {way}. Take one of the names out.")


def _way_back(start: str, graph: Graph) -> list[str]:
    """The shortest way from `start` that leads back to it; a backend that names itself is another mistake."""
    ways = [[start]]  # grows while it is walked
    seen = {start}
    for way in ways:
        for name in graph[way[-1]]:
            if name == start and len(way) > 1:
                return way
            if name in graph and name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []


def _flaw(path: Path, said: str) -> Flaw:
    return Flaw(path, "contradiction", {}, said)

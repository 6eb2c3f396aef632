"""Settings as somebody wrote them: a tree whose leaves know their place and their source.

Rule: a place is text that leads a reader to the spot (`llmock.json: Backends[1].Weight`), and no `repr`
shows a value, because any value may be a key.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

Origin = Literal["file", "code", "ini", "environment", "command line", "marker"]
ORIGINS: tuple[Origin, ...] = get_args(Origin)  # lowest to highest


@dataclass(frozen=True, slots=True)
class Written:
    """One value, as written."""

    value: object = field(repr=False)
    place: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Section:
    """Keys, by the field that each sets."""

    place: str
    entries: "Mapping[str, Node]"


@dataclass(frozen=True, slots=True)
class Items:
    """A whole list."""

    place: str
    entries: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Picked:
    """Single entries of a list that another source wrote, by index."""

    place: str
    entries: "Mapping[int, Node]"


Node: TypeAlias = Written | Section | Items | Picked


@dataclass(frozen=True, slots=True)
class Layer:
    """What one source says, and what it says that nobody knows."""

    tree: Section
    warnings: tuple[str, ...] = ()


def inside(place: str, name: str) -> str:
    """The place of a key in the section at `place`: `a.json:` → `a.json: Cors` → `a.json: Cors.Enabled`."""
    return f"{place} {name}" if place.endswith(":") else f"{place}.{name}"


def opened(node: Node | None) -> Node | None:
    """The same node, its mapping or list as a section or items that others can be laid over."""
    if not isinstance(node, Written):
        return node
    if isinstance(node.value, Mapping):
        return Section(
            node.place,
            {str(k): Written(v, inside(node.place, str(k)), node.origin) for k, v in node.value.items()},
        )
    if isinstance(node.value, list | tuple):
        entries = (Written(v, f"{node.place}[{i}]", node.origin) for i, v in enumerate(node.value))
        return Items(node.place, tuple(entries))
    return node


def plain(node: Node) -> object:
    """The bare values."""
    if isinstance(node, Written):
        return node.value
    if isinstance(node, Items):
        return [plain(entry) for entry in node.entries]
    return {name: plain(entry) for name, entry in node.entries.items()}


def origin_of(node: Node) -> Origin | None:
    """The highest source that wrote any part of it; None if nobody wrote anything."""
    if isinstance(node, Written):
        return node.origin
    entries = node.entries if isinstance(node, Items) else node.entries.values()
    origins = [origin for entry in entries if (origin := origin_of(entry))]
    return max(origins, key=ORIGINS.index, default=None)

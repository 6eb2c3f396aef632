"""How sources combine: `join` what one source says in several places, `lay_over` what another says.

Rules: sections merge key by key. Backends (any list of sections) laid over others merge by name, a new name
is added at the end; every other list replaces the one below it. An index picks an entry of the list as it
stands below; the index after the last one appends.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

from pytest_llmock.config.tree import Items, Node, Picked, Section, Written, opened, plain
from pytest_llmock.errors import SettingsError

K = TypeVar("K", str, int)


def join(one: Node, two: Node) -> Node:
    """Both, from the same source: saying the same twice is fine, saying two different things is an error."""
    match one, two:
        case Section(), Section():
            return join_sections(one, two)
        case Picked(), Picked():
            return Picked(one.place, _both(one.entries, two.entries, join))
        case Items(), Items():
            same = plain(one) == plain(two)
            return one if same else Items(one.place, one.entries + two.entries)
        case ((Items() | Written()), Picked()):
            return lay_over(one, two)
        case Written(), Written() if one.value == two.value:
            return one
    raise SettingsError(f"{one.place} and {two.place} contradict each other. Keep one of them.")


def join_sections(one: Section, two: Section) -> Section:
    """`join` for two sections."""
    return Section(one.place, _both(one.entries, two.entries, join))


def lay_over(below: Node | None, above: Node) -> Node:
    """What holds when a higher source says `above`."""
    match above:
        case Section():
            return lay_section_over(below, above)
        case Items():
            return _by_name(below.entries if isinstance(below, Items) else (), above)
        case Picked():
            return _picked(opened(below), above)
    return above


def lay_section_over(below: Node | None, above: Section) -> Section:
    """`lay_over` for a section."""
    under = opened(below)
    known = under.entries if isinstance(under, Section) else {}
    laid = {name: lay_over(known.get(name), node) for name, node in above.entries.items()}
    return Section(under.place if isinstance(under, Section) else above.place, {**known, **laid})


def name_of(entry: Node) -> str | None:
    """The name of a backend entry, as names are compared."""
    name = entry.entries.get("name") if isinstance(entry, Section) else None
    return str(name.value).strip().casefold() if isinstance(name, Written) else None


def _both(
    one: Mapping[K, Node], two: Mapping[K, Node], combine: Callable[[Node, Node], Node]
) -> dict[K, Node]:
    shared = {key: combine(one[key], node) if key in one else node for key, node in two.items()}
    return {**one, **shared}


def _by_name(below: tuple[Node, ...], above: Items) -> Items:
    entries = list(below)
    # Popped when used, so that a name that `above` itself repeats is still there twice, to be refused.
    index = {name: i for i, entry in enumerate(below) if (name := name_of(entry)) is not None}
    for entry in above.entries:
        found = index.pop(name_of(entry) or "", None)
        if found is None:
            entries.append(lay_over(None, entry))
        else:
            entries[found] = lay_over(entries[found], entry)
    return Items(above.place, tuple(entries))


def _picked(below: Node | None, above: Picked) -> Items:
    if isinstance(below, Written) and below.value is not None:
        raise SettingsError(
            f"{above.place} picks an entry of {below.place}, which is not a list. "
            "Write the whole list in one place."
        )
    entries = list(below.entries) if isinstance(below, Items) else []
    for index in sorted(above.entries):
        node = above.entries[index]
        if index > len(entries):
            raise SettingsError(
                f"{node.place} leaves a gap: the list has {len(entries)} entries, "
                f"so the next index is {len(entries)}."
            )
        entries[index : index + 1] = [lay_over(entries[index] if index < len(entries) else None, node)]
    return Items(below.place if isinstance(below, Items) else above.place, tuple(entries))

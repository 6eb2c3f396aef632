"""What somebody wrote, in any spelling and under any root, as a tree of known keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_llmock.config.keys import ROOTS, Key, Keys, fold
from pytest_llmock.config.merge import join_sections
from pytest_llmock.config.tree import Items, Layer, Node, Origin, Section, Written, inside
from pytest_llmock.config.values import parsed_text, truth
from pytest_llmock.errors import SettingsError, meant, nearest

# What people put into JSON that is not a setting, and knows no comments.
_REMARKS = ("$schema", "//", "_comment")
_AT_TOP = " Settings stand at the top level of the document, or all of them in a section LLMockApi."


@dataclass(slots=True)
class Reader:
    """Reads for one source and collects what it does not know."""

    origin: Origin
    warnings: list[str] = field(default_factory=list)

    def section(self, raw: Mapping[str, object], keys: Keys, place: str) -> Section:
        """The known keys of `raw`; one that is written in two spellings must say the same in both."""
        tree = Section(place, {})
        for name, value in raw.items():
            spot = inside(place, str(name))
            key = keys.get(fold(str(name)))
            if key is None:
                self._note(str(name), value, keys, spot)
                continue
            tree = join_sections(tree, Section(place, {key.field: self.node(value, key, spot)}))
        return tree

    def node(self, value: object, key: Key, place: str) -> Node:
        """The value of `key`; sections and lists of sections may come as JSON text."""
        if key.below is None:
            return Written(_opposite(value, place) if key.negated else value, place, self.origin)
        parsed = parsed_text(value)
        if key.many and isinstance(parsed, list | tuple):
            return Items(
                place, tuple(self.entry(e, key.below, f"{place}[{i}]") for i, e in enumerate(parsed))
            )
        if not key.many:
            return self.entry(parsed, key.below, place)
        return Written(value, place, self.origin)

    def entry(self, value: object, keys: Keys, place: str) -> Node:
        """A section, or what stands where one should."""
        parsed = parsed_text(value)
        if isinstance(parsed, Mapping):
            return self.section(parsed, keys, place)
        return Written(value, place, self.origin)

    def _note(self, name: str, value: object, keys: Keys, place: str) -> None:
        if name.casefold().startswith(_REMARKS):
            return
        known = list(dict.fromkeys(key.spelling for key in keys.values()))
        is_root = isinstance(value, Mapping) and "backends" in keys
        hint = meant(name, known) or (_AT_TOP if is_root else nearest(name, known))
        self.warnings.append(f"{place} is not a known key and has no effect.{hint}")


def read_layer(
    raw: Mapping[str, object], keys: Keys, *, place: str, origin: Origin, shared: bool = False
) -> Layer:
    """A settings document: under its root sections, or at top level when it has none.

    `shared` documents belong to others too: unknown keys at their top level are none of our business.
    """
    reader = Reader(origin)
    roots = root_sections(raw, place)
    if not roots:
        known = {name: value for name, value in raw.items() if not shared or fold(str(name)) in keys}
        return Layer(reader.section(known, keys, place), tuple(reader.warnings))
    tree = Section(roots[0][0], {})
    for spot, content in roots:
        tree = join_sections(tree, reader.section(content, keys, spot))
    return Layer(tree, tuple(reader.warnings))


def root_sections(raw: Mapping[str, object], place: str) -> list[tuple[str, Mapping[str, object]]]:
    """Place and content of each of our root sections in a document."""
    found: list[tuple[str, Mapping[str, object]]] = []
    for name, value in raw.items():
        spot = inside(place, str(name))
        if fold(str(name)) == "mostlylucid" and isinstance(value, Mapping):  # TOML: [mostlylucid.mockllmapi]
            found += [
                (inside(spot, inner), _content(content, inside(spot, inner)))
                for inner, content in value.items()
                if fold(inner) == "mockllmapi"
            ]
        elif fold(str(name)) in ROOTS:
            found.append((spot, _content(value, spot)))
    return found


def _content(value: object, place: str) -> Mapping[str, object]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise SettingsError(f"{place} is not a section of keys. Write the settings inside it.")
    return value


def _opposite(value: object, place: str) -> object:
    said = truth(value)
    if said is None and value is not None:
        raise SettingsError(f"{place} is neither true nor false. Write one of them.")
    return None if said is None else not said

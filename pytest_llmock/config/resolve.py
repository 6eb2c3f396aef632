"""From the merged tree to bare values: the old one-backend keys, null, `${VAR}` and secrets are settled here.

Rule: an unset variable is an error at load, except in a secret (only `reveal()` needs it) and in a backend
that is switched off, whose unknown values are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from pytest_llmock.config.expand import expanded_all
from pytest_llmock.config.keys import Key, Keys, fold
from pytest_llmock.config.merge import name_of
from pytest_llmock.config.secret import Secret
from pytest_llmock.config.tree import Items, Node, Section, Written, plain
from pytest_llmock.config.values import truth
from pytest_llmock.errors import SettingsError

Path: TypeAlias = tuple[str | int, ...]

_OLD_FORMAT = ("base_url", "model_name")
_OLD_MODEL = "llama3"


@dataclass(slots=True)
class Resolver:
    """Walks a tree once; `places` then tells which node stands at each path of the values."""

    environ: Mapping[str, str] = field(repr=False)
    places: dict[Path, Node] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def section(self, node: Section, keys: Keys, path: Path, *, lenient: bool = False) -> dict[str, object]:
        """The values of a section, by field; nulls that mean "the default" are left out."""
        self.places[path] = node
        values: dict[str, object] = {}
        for name, entry in node.entries.items():
            key = keys[fold(name)]
            if isinstance(entry, Written) and entry.value is None and not key.nullable:
                continue
            found = self._value(entry, key, (*path, name), lenient=lenient)
            if found is not _LEFT_OUT:
                values[name] = found
        return values

    def _value(self, node: Node, key: Key, path: Path, *, lenient: bool) -> object:
        self.places[path] = node
        if key.below is not None and isinstance(node, Section):
            return self.section(node, key.below, path)
        if key.below is not None and isinstance(node, Items):
            return [self._entry(entry, key.below, (*path, i)) for i, entry in enumerate(node.entries)]
        value = plain(node)
        if key.secret:
            return Secret(value, place=node.place, environ=self.environ) if isinstance(value, str) else value
        return self._expanded(value, node.place, path, lenient=lenient)

    def _entry(self, node: Node, keys: Keys, path: Path) -> object:
        self.places[path] = node
        if isinstance(node, Section):
            return self.section(node, keys, path, lenient=self._is_off(node))
        return plain(node)

    def _expanded(self, value: object, place: str, path: Path, *, lenient: bool) -> object:
        try:
            return expanded_all(value, self.environ, place=place)
        except SettingsError as error:
            if lenient and path[-1] == "name":
                return value
            if not lenient:
                self.problems.append(error.message)
            return _LEFT_OUT

    def _is_off(self, backend: Section) -> bool:
        enabled = backend.entries.get("enabled")
        if not isinstance(enabled, Written):
            return False
        found = self._expanded(enabled.value, enabled.place, (), lenient=False)
        return truth(found) is False


_LEFT_OUT = object()


def with_old_format(root: Section) -> tuple[Section, str]:
    """The tree with `BaseUrl`/`ModelName` turned into the backend `default`, first in the list.

    An entry that is named so already wins; the text then says that the two keys have no effect.
    """
    old = {
        name: node
        for name in _OLD_FORMAT
        if isinstance(node := root.entries.get(name), Written) and node.value not in (None, "")
    }
    rest = {name: node for name, node in root.entries.items() if name not in _OLD_FORMAT}
    backends = rest.get("backends", Items(root.place, ()))
    if not old or not isinstance(backends, Items):
        return Section(root.place, rest), ""
    first = next(iter(old.values()))
    if any(name_of(entry) == "default" for entry in backends.entries):
        return Section(root.place, rest), (
            f"{first.place} has no effect, because a backend is named 'default'. Remove one of them."
        )
    said = {"name": "default", "model_name": _OLD_MODEL}
    entry = {name: Written(value, first.place, first.origin) for name, value in said.items()} | old
    entries = (Section(root.place, entry), *backends.entries)
    return Section(root.place, {**rest, "backends": Items(backends.place, entries)}), ""

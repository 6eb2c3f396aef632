"""Settings from environment variables and from options.

`LLMockApi__Backends__0__ApiKey`, `MockLlmApi__…` and `LLMOCK__…` spell a path: `__` nests, a number indexes.
`LLMOCK_RECORD` and the like are options, and reach every key too. A variable under these roots that
binds to nothing is an error: a misspelt one would otherwise be ignored without a word. An empty one
counts as not set.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_llmock.config.keys import Key, Keys, closest, fold
from pytest_llmock.config.merge import join_sections
from pytest_llmock.config.reading import Reader
from pytest_llmock.config.tree import Layer, Node, Origin, Picked, Section, Written
from pytest_llmock.errors import SettingsError

_OURS = re.compile(
    r"(?P<root>(?:LLMOCK_)?(?:LLMOCK|LLMockApi|MockLlmApi)__)(?P<path>.*)|(?P<prefix>LLMOCK_)(?P<option>.*)",
    re.IGNORECASE | re.DOTALL,
)
_INDEX = re.compile(r"[0-9]{1,6}")
_CONFIG = "llmockconfig"  # names the file that is read, so it is no key of the settings themselves


class _UnboundError(Exception):
    """A variable binds to nothing; the text says what would."""


@dataclass(frozen=True, slots=True)
class _Variable:
    """A variable of ours: the name as it is set, what stands before its path, the path, and its text."""

    name: str
    prefix: str
    path: tuple[str, ...]
    text: str = field(repr=False)


def read_environment(environ: Mapping[str, str], keys: Keys) -> Layer:
    """What the variables under our roots say; SettingsError names every one that binds to nothing."""
    reader = Reader("environment")
    tree = Section("The environment", {})
    unbound: list[str] = []
    for variable in _variables(environ):
        try:
            said = _bound(variable, variable.path, keys, reader)
        except _UnboundError as error:
            unbound.append(f"{_place(variable)} sets nothing. {error}")
            continue
        if variable.text:
            tree = join_sections(tree, said)
    if unbound:
        raise SettingsError("\n".join(unbound))
    return Layer(tree, tuple(reader.warnings))


def settings_variable(environ: Mapping[str, str]) -> str | None:
    """What `LLMOCK_CONFIG` says."""
    return next((text for name, text in environ.items() if fold(name) == _CONFIG and text), None)


def read_options(options: Mapping[str, object], keys: Keys, *, origin: Origin) -> Layer:
    """What options (by name, without `llmock_`) say; None, empty text and empty lists say nothing."""
    reader = Reader(origin)
    tree = Section("The options", {})
    for name, value in options.items():
        key = keys.get(fold(name))
        if key is None:
            near = _option(closest(name, keys.values()).option, origin)
            raise SettingsError(f"{_option(name, origin)} is not a known option. The nearest one is {near}.")
        if value is None or (isinstance(value, str | list | tuple) and not value):
            continue
        node = reader.node(value, key, _option(name, origin))
        tree = join_sections(tree, Section(tree.place, {key.field: node}))
    return Layer(tree, tuple(reader.warnings))


def _option(name: str, origin: Origin) -> str:
    if origin == "ini":
        return f"ini key llmock_{name.replace('-', '_')}"
    return f"--llmock-{name.replace('_', '-')}"


def _variables(environ: Mapping[str, str]) -> list[_Variable]:
    """Ours, whole lists before their entries, so that an index finds the list of the same environment."""
    found: list[_Variable] = []
    for name, text in environ.items():
        match = _OURS.fullmatch(name)
        if match is None or fold(name) == _CONFIG:
            continue
        prefix, rest = match["root"] or match["prefix"], match["path"] if match["root"] else match["option"]
        found.append(_Variable(name, prefix, tuple(rest.split("__")), text))
    return sorted(found, key=lambda variable: (len(variable.path), variable.name))


def _bound(variable: _Variable, path: tuple[str, ...], keys: Keys, reader: Reader) -> Section:
    key = keys.get(fold(path[0]))
    if key is None:
        near = closest(path[0], keys.values())
        name = near.option.upper() if variable.name.isupper() else near.spelling
        raise _UnboundError(f"The nearest variable that does is {_up_to(variable, path)}{name}.")
    return Section(_place(variable), {key.field: _below(variable, path[1:], key, reader)})


def _below(variable: _Variable, path: tuple[str, ...], key: Key, reader: Reader) -> Node:
    if not path:
        return reader.node(variable.text, key, _place(variable))
    if key.below is not None and key.many:
        return _entry(variable, path, key.below, reader)
    if key.below is not None:
        return _bound(variable, path, key.below, reader)
    if key.free:
        return _free(variable, path)
    raise _UnboundError(f"{_up_to(variable, path).removesuffix('__')} takes a value, and nothing below it.")


def _entry(variable: _Variable, path: tuple[str, ...], keys: Keys, reader: Reader) -> Node:
    index, *rest = path
    if not _INDEX.fullmatch(index):
        raise _UnboundError(f"Say which entry by its number, such as {_up_to(variable, path)}0.")
    if rest:
        return Picked(_place(variable), {int(index): _bound(variable, tuple(rest), keys, reader)})
    return Picked(_place(variable), {int(index): reader.entry(variable.text, keys, _place(variable))})


def _free(variable: _Variable, path: tuple[str, ...]) -> Node:
    if not path:
        return Written(variable.text, _place(variable), "environment")
    inner = _free(variable, path[1:])
    if _INDEX.fullmatch(path[0]):
        return Picked(_place(variable), {int(path[0]): inner})
    return Section(_place(variable), {path[0]: inner})


def _place(variable: _Variable) -> str:
    return f"Environment variable {variable.name}"


def _up_to(variable: _Variable, path: tuple[str, ...]) -> str:
    """The variable's name as far as it was understood: up to where `path` begins."""
    before = variable.path[: len(variable.path) - len(path)]
    return variable.prefix + "".join(f"{segment}__" for segment in before)

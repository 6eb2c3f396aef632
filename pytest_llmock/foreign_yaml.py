"""YAML that others wrote, as plain data.

Cassettes of other tools, OpenAPI documents and script files. Imports yaml beside `cassettes/yamltext.py`,
because that refuses what others write: tags, anchors and aliases. Rules:
- nothing is ever made of a tag but bytes (`!!binary`); any other tag only names a Python type, its data is
  taken without it;
- text without quotes is what JSON says it is: a date, `yes`, `=` or `12:30:00` is text, as cassetter means it
  and as vcrpy never writes it without quotes; `.5`, `5.` and `+5` are numbers, as in every YAML;
- a key that comes twice in its mapping is refused: whoever wrote it meant both;
- parser events are read in a loop, because libyaml's composer recurses and deep nesting crashes it; aliases
  may not blow a small file up.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
)

Data: TypeAlias = "bool | int | float | str | bytes | list[Data] | dict[str, Data] | None"

_BINARY = "tag:yaml.org,2002:binary"
_WORDS: dict[str, Data] = {"": None, "~": None, "null": None, "true": True, "false": False}
_NUMBER = re.compile(r"(?:[-+]?(?:0|[1-9][0-9]{0,99})(\.[0-9]*)?|(\.[0-9]+))([eE][-+]?[0-9]+)?")
CORE_WORDS: Mapping[str, Data] = {  # that YAML 1.2 reads so without quotes, and JSON does not
    **dict.fromkeys(("True", "TRUE"), True),
    **dict.fromkeys(("False", "FALSE"), False),
    **dict.fromkeys(("Null", "NULL"), None),
}
_DEEPEST = 200  # levels
_MOST = 5_000_000  # values, each alias counted as what it stands for

# its events are all that is used of a loader, so what it would construct does not matter
Loader: TypeAlias = type[yaml.SafeLoader | yaml.CSafeLoader]
LOADER: Loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


class ForeignYamlError(ValueError):
    """Text that cannot be read: what is wrong, and in which line, counted from 1; None when nobody knows."""

    def __init__(self, problem: str, line: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line


def read_foreign_yaml(
    text: str, *, words: Mapping[str, Data] = MappingProxyType({}), loader: Loader = LOADER
) -> Data:
    """The data of the one document in the text; `words` are more that have a meaning without quotes.

    Raises ForeignYamlError.
    """
    try:
        return _Tree({**_WORDS, **words}).grown(loader(text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ForeignYamlError(f"this is no YAML: {error.problem}", line) from error
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        raise ForeignYamlError(f"it is no YAML ({error})") from error


def _unreadable(problem: str, event: Event) -> ForeignYamlError:
    return ForeignYamlError(problem, 1 if event.start_mark is None else event.start_mark.line + 1)


class _Open:
    """A list or mapping that is still growing; `first` is the number of values before it."""

    __slots__ = ("anchor", "first", "key", "value")

    def __init__(self, value: "list[Data] | dict[str, Data]", anchor: str | None, first: int) -> None:
        self.value, self.anchor, self.first = value, anchor, first
        self.key: str | None = None


class _Tree:
    """Data that grows event by event."""

    def __init__(self, words: Mapping[str, Data]) -> None:
        self._words = words
        self._documents = _Open([], None, 0)
        self._stack = [self._documents]
        self._anchors: dict[str, tuple[Data, int]] = {}  # what each stands for, and how many values that is
        self._values = 0

    def grown(self, parser: yaml.SafeLoader | yaml.CSafeLoader) -> Data:
        while (event := parser.get_event()) is not None:
            self._take(event)
        documents = self._documents.value
        return documents[0] if isinstance(documents, list) and documents else None

    def _take(self, event: Event) -> None:
        if isinstance(event, ScalarEvent):
            self._add(_scalar(event, self._words), event)
        elif isinstance(event, CollectionStartEvent):
            self._begin(event)
        elif isinstance(event, CollectionEndEvent):
            closed = self._stack.pop()
            self._note(closed.anchor, closed.value, self._values - closed.first)
        elif isinstance(event, AliasEvent):
            self._add_alias(event)
        elif isinstance(event, DocumentStartEvent) and self._documents.value:
            raise _unreadable("a second document begins here, and no tool that is known writes two", event)

    def _begin(self, event: CollectionStartEvent) -> None:
        if len(self._stack) > _DEEPEST:
            raise _unreadable(f"this is nested more than {_DEEPEST} levels deep", event)
        value: list[Data] | dict[str, Data] = {} if isinstance(event, MappingStartEvent) else []
        first = self._values
        self._put(value, event)
        self._stack.append(_Open(value, event.anchor, first))

    def _add(self, value: Data, event: ScalarEvent) -> None:
        self._put(value, event)
        self._note(event.anchor, value, 1)

    def _add_alias(self, event: AliasEvent) -> None:
        if event.anchor not in self._anchors:
            raise _unreadable(f"*{event.anchor} stands for nothing that ends before it", event)
        value, values = self._anchors[event.anchor]
        self._values += values - 1
        self._put(value, event)

    def _note(self, anchor: str | None, value: Data, values: int) -> None:
        if anchor is not None:
            self._anchors[anchor] = (value, values)

    def _put(self, value: Data, event: Event) -> None:
        self._values += 1
        if self._values > _MOST:
            raise _unreadable(f"the file has more than {_MOST:,} values", event)
        opened = self._stack[-1]
        if isinstance(opened.value, list):
            opened.value.append(value)
        elif opened.key is None:
            opened.key = _key(value, event)
            if opened.key in opened.value:
                raise _unreadable(f"the key {opened.key!r} comes twice in its mapping", event)
        else:
            opened.value[opened.key] = value
            opened.key = None


def _key(value: Data, event: Event) -> str:
    if isinstance(event, ScalarEvent):
        return event.value
    if not isinstance(value, str):
        raise _unreadable("a key must be text", event)
    return value


def _scalar(event: ScalarEvent, words: Mapping[str, Data]) -> Data:
    if event.tag == _BINARY:
        return _binary(event)
    return _plain(event.value, words) if event.tag is None and event.implicit[0] else event.value


def _binary(event: ScalarEvent) -> bytes:
    try:
        return base64.b64decode("".join(event.value.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _unreadable(f"this is no base64: {error}", event) from error


def _plain(text: str, words: Mapping[str, Data]) -> Data:
    """The value of text without quotes."""
    if text in words:
        return words[text]
    number = _NUMBER.fullmatch(text)
    if number is None:
        return text
    return float(text) if any(number.groups()) else int(text)

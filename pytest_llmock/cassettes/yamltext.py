"""YAML text as JSON data, and where in the text a field stands, as we write it.

Rules for reading:
- only what JSON has: `null`, `true`, `false`, decimal numbers, text, lists, and mappings with text as keys; a
  date, `yes` or `0x1` is text. Tags, anchors, aliases and a key that comes twice are refused;
- parser events are read in a loop, never nodes: libyaml's composer recurses, and deep nesting crashes it;
- every failure is a `CassetteError` that names the file and the line in it.
The mappings that stand for what YAML cannot say are explained in `emitting.py`, which writes all this.
"""

import json
import math
import re
from collections.abc import Callable
from typing import NoReturn, TypeAlias

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
)
from yaml.reader import ReaderError

from pytest_llmock.cassettes.emitting import SPECIAL, Flow, Reference, emit, flow
from pytest_llmock.cassettes.fields import Path
from pytest_llmock.errors import CassetteError
from pytest_llmock.llm import JSON

__all__ = ["Flow", "Reference", "emit", "flow", "line_of", "read", "refuse"]

Blob: TypeAlias = Callable[[str], JSON]
_Container: TypeAlias = list[JSON] | dict[str, JSON]
_NOT_BARE = "tags (!x) and anchors (&x) may not stand here; text needs quotes"
_DEEPEST = 200  # levels: far more than is ever written, far less than the stack has

_WORDS: dict[str, JSON] = {"": None, "null": None, "true": True, "false": False}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7}|\|{7})(?=\s|$)", re.MULTILINE)
_UNREADABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


# its events are all that is used of a loader, so what it would construct does not matter
Loader: TypeAlias = type[yaml.SafeLoader | yaml.CSafeLoader]
LOADER: Loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


def read(
    text: str,
    *,
    where: str,
    line: int = 1,
    blob: Blob | None = None,
    loader: Loader = LOADER,
) -> JSON:
    """The data of a text that holds one document.

    `where` is the file's name and `line` the number in it of the text's first line, for messages. `blob` is
    asked what stands in place of `{"$blob": name}`; without it that mapping stays as it is.
    """
    try:
        return _Tree(blob).grown(loader(text))
    except _Unreadable as error:
        problem, at = error.problem, error.line
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem, at = f"this is no YAML: {error.problem}", mark.line if mark else 0
    except (ReaderError, UnicodeEncodeError):
        problem, at = _unreadable_character(text)
    conflict = _CONFLICT.search(text)
    if conflict:
        problem = "a merge conflict was left here: keep the documents of both sides and delete the markers"
        at = text.count("\n", 0, conflict.start())
    return refuse(problem, where=where, line=line + at)


def refuse(problem: str, *, where: str, line: int) -> NoReturn:
    """Raise the `CassetteError` for a file that cannot be read as it stands."""
    stop = "" if problem.endswith((".", "?")) else "."
    raise CassetteError(
        f"{where}:{line}: {problem}{stop} Correct it there, or get the file back with"
        f" `git checkout -- {where}`, or delete it and record again.",
        details={"problem": f"line {line}: {problem}{stop}"},
    )


def line_of(text: str, path: Path, *, line: int = 1) -> int:
    """The number of the line on which the field stands, or else the innermost of its parents that exists.

    For a text that `read` has taken, so it is not nested too deep.
    """
    marked = node = yaml.compose(text, Loader=LOADER)
    for step in path:
        found = _child(node, step)
        if found is None:
            break
        marked, node = found
    return line + (marked.start_mark.line if marked is not None else 0)


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """The entry of a mapping or list: the node that stands first, and the value."""
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def _unreadable_character(text: str) -> tuple[str, int]:
    bad = _UNREADABLE.search(text)
    assert bad is not None  # it is what the reader complained of
    return f"the character U+{ord(bad[0]):04X} may not stand in YAML", text.count("\n", 0, bad.start())


class _Unreadable(Exception):  # noqa: N818 - becomes a CassetteError as soon as file and line are known
    def __init__(self, problem: str, line: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line


class _Tree:
    """Data that grows event by event: one container is open, those around it wait on a stack."""

    __slots__ = ("_blob", "_documents", "_key", "_open", "_waiting")

    def __init__(self, blob: Blob | None) -> None:
        self._blob = blob
        self._documents: list[JSON] = []
        self._open: _Container = self._documents
        self._key: str | None = None
        self._waiting: list[tuple[_Container, str | None, int]] = []

    def grown(self, parser: yaml.SafeLoader | yaml.CSafeLoader) -> JSON:
        get, scalar = parser.get_event, self._scalar
        while (event := get()) is not None:
            if type(event) is ScalarEvent:
                scalar(event)
            else:
                self._structure(event)
        if not self._documents:
            raise _Unreadable("there is no document", 0)
        return self._documents[0]

    def _scalar(self, event: ScalarEvent) -> None:
        if event.tag is not None or event.anchor is not None:
            raise _Unreadable(_NOT_BARE, _line(event))
        opened, key = self._open, self._key
        if isinstance(opened, list):
            opened.append(_plain(event) if event.implicit[0] else event.value)
        elif key is not None:
            opened[key] = _plain(event) if event.implicit[0] else event.value
            self._key = None
        elif event.value in opened:
            raise _Unreadable(f"the key {event.value!r} comes twice in its mapping", _line(event))
        else:
            self._key = event.value

    def _structure(self, event: Event) -> None:
        if isinstance(event, MappingStartEvent):
            self._begin(event, {})
        elif isinstance(event, SequenceStartEvent):
            self._begin(event, [])
        elif isinstance(event, CollectionEndEvent):
            self._end()
        elif isinstance(event, AliasEvent):
            raise _Unreadable("aliases (*x) may not stand here; text needs quotes", _line(event))
        elif isinstance(event, DocumentStartEvent) and self._documents:
            raise _Unreadable("another document begins here", _line(event))

    def _begin(self, event: CollectionStartEvent, opened: _Container) -> None:
        if event.tag is not None or event.anchor is not None:
            raise _Unreadable(_NOT_BARE, _line(event))
        if isinstance(self._open, dict) and self._key is None:
            raise _Unreadable("a key must be text", _line(event))
        if len(self._waiting) > _DEEPEST:
            raise _Unreadable(f"this is nested more than {_DEEPEST} levels deep", _line(event))
        self._waiting.append((self._open, self._key, _line(event)))
        self._open, self._key = opened, None

    def _end(self) -> None:
        closed = self._open
        self._open, self._key, line = self._waiting.pop()
        value: JSON = closed
        if isinstance(closed, dict) and len(closed) == 1:
            value = self._meant(closed, line)
        if isinstance(self._open, list):
            self._open.append(value)
        else:
            assert self._key is not None
            self._open[self._key] = value
            self._key = None

    def _meant(self, fields: dict[str, JSON], line: int) -> JSON:
        try:
            return _said(fields, self._blob)
        except (ValueError, RecursionError) as error:
            (key,) = fields
            raise _Unreadable(f"what `{key}` holds cannot be read ({error})", line) from error


def _said(fields: dict[str, JSON], blob: Blob | None) -> JSON:
    """What a mapping with one key stands for, by the rules of `emitting.py`; mostly itself."""
    ((key, value),) = fields.items()
    if not SPECIAL.fullmatch(key):
        return fields
    if key == "$text":
        literals = value if isinstance(value, list) else [value]
        return "".join([_expect_text(json.loads(_expect_text(literal))) for literal in literals])
    if key == "$json":
        return _json(_expect_text(value), blob)
    if key == "$blob":
        return fields if blob is None else blob(_expect_text(value))
    return {key[1:]: value}


def _json(text: str, blob: Blob | None) -> JSON:
    def meant(fields: dict[str, JSON]) -> JSON:
        return _said(fields, blob) if len(fields) == 1 else fields

    value: JSON = json.loads(text, object_hook=meant, parse_constant=_finite, parse_float=_finite)
    return value


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number} is no JSON number, or too large for one")
    return value


def _expect_text(value: JSON) -> str:
    if not isinstance(value, str):
        raise ValueError("it must be text")  # noqa: TRY004 - wrong data, not a wrong call
    return value


def _plain(event: ScalarEvent) -> JSON:
    """The value of a scalar without quotes."""
    text = event.value
    if text in _WORDS:
        return _WORDS[text]
    number = _NUMBER.fullmatch(text) if text[0] in "-0123456789" else None
    if number is None:
        return text
    try:
        return _finite(text) if number[1] or number[2] else int(text)
    except ValueError as error:  # Python reads whole numbers up to 4,300 digits
        raise _Unreadable(
            f"{text[:40]} is too large for a number; text needs quotes", _line(event)
        ) from error


def _line(event: Event) -> int:
    assert event.start_mark is not None
    return event.start_mark.line

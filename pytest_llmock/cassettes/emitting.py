"""JSON data as YAML text that a reviewer can read, and that reads the same everywhere.

PyYAML's dumper takes three times as long, and nobody can tell it what is to stand in a literal block. Rules
of the text:
- a subset of YAML that versions 1.1 and 1.2 read alike: no tags, no anchors, no dates; text that could be
  taken for a number, a boolean or a date stands in quotes;
- what an editor or a checkout could change without a trace (trailing blanks, carriage returns, control
  characters) is escaped; only text without such things stands in a literal block;
- nothing that comes from the data begins a line at column 0, so that `---` there always parts documents;
- what YAML cannot say is said by a mapping with one key: `$text` holds JSON literals (of lone surrogates),
  `$json` the JSON text of a mapping with such keys or of what is nested too deep, `$blob` names a blob. Data
  that looks like one of these gets one more `$`.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import NoneType
from typing import Any, TypeAlias

from pytest_llmock.llm import JSON

WIDTH = 70  # longer text stands in a literal block
DEEPEST = 50  # levels; what is nested deeper stands as JSON text, or the indentation would outgrow the data
_LONGEST_KEY = 1000  # characters; libyaml takes a longer key only behind a `?`

SPECIAL = re.compile(r"\$+(?:text|json|blob)")
# begins with a letter, and has nothing in it that means something in YAML
_PLAIN = re.compile(r"[^\W\d_](?:[\w !$%&'()*+,./;<=>?@^~|{}\[\]-]*[\w!$%&'()*+,./;<=>?@^~|{}\[\]-])?")
_PLAIN_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_$.-]*")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf"})
# what YAML readers refuse, or take for a line break
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WITHIN_PAIR = re.compile("(?<=[\ud800-\udbff])(?=[\udc00-\udfff])")
_BLANK_AT_END = re.compile(r"[^\S\n](?:\n|\Z)")
_BREAK_BEFORE_TEXT = re.compile(r"\n(?=[^\n])")

_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


@dataclass(frozen=True, slots=True)
class Flow:
    """A value that is to stand on one line: `{temperature: 0.2}`."""

    value: "Tree"


@dataclass(frozen=True, slots=True)
class Reference:
    """A blob that stands in this place."""

    name: str


Tree: TypeAlias = "JSON | Flow | Reference | Mapping[str, Tree] | list[Tree] | tuple[Tree, ...]"
_Container: TypeAlias = "dict[str, Tree] | list[Tree]"


def emit(document: Mapping[str, Tree]) -> str:
    r"""The mapping as block YAML, keys in the given order, with a line break at its end.

    `{"user": "Hi\nyou", "n": 1}` is `user: |-\n  Hi\n  you\nn: 1\n`. Raises ValueError for NaN, infinities
    and nesting that even JSON text cannot hold, TypeError for what is no JSON data.
    """
    lines: list[str] = []
    _block(lines, _sayable(dict(document), 0), "", "", 0)
    return "".join(lines) or "{}\n"


def flow(value: Tree, depth: int = 0) -> str:
    """The value on one line: `{at: "2026-11-22", cost: 0.5, tags: ["a"]}`; text always as a JSON string."""
    kind = type(value)
    write = _SCALARS.get(kind) or (None if kind is dict else _subclass_writer(value))
    if write is not None:
        return write(value)
    said = _sayable(_container(value), depth)
    if isinstance(said, dict):
        fields = [f"{_key(key, ' ')} {flow(item, depth + 1)}" for key, item in said.items()]
        return "{" + ", ".join(fields) + "}"
    return "[" + ", ".join([flow(item, depth + 1) for item in said]) + "]"


def strict_json(value: JSON) -> str:
    """The value as JSON text in its shortest usual form. Raises ValueError for NaN and infinities."""
    try:
        return _json(value)
    except ValueError as error:
        raise ValueError(
            "NaN is no JSON number, so it cannot stand in a cassette; nor can an infinity"
        ) from error


def _block(lines: list[str], said: _Container, lead: str, pad: str, depth: int) -> None:
    """Add a mapping or list: its first line begins with `lead` (which may have a dash), others with `pad`."""
    if isinstance(said, dict):
        _mapping(lines, said, lead, pad, depth)
    else:
        _list(lines, said, lead, pad, depth)


def _mapping(lines: list[str], fields: dict[str, Tree], lead: str, pad: str, depth: int) -> None:
    for key, value in fields.items():
        head = lead + _key(key, "\n" + pad)
        lead = pad
        if type(value) is str:
            lines.append(f"{head} {_text(value, pad)}\n")
        elif _is_block(value):
            lines.append(head + "\n")
            said = _sayable(_container(value), depth + 1)
            inner = pad + "  " if isinstance(said, dict) else pad
            _block(lines, said, inner, inner, depth + 1)
        else:
            lines.append(f"{head} {flow(value, depth)}\n")


def _list(lines: list[str], items: list[Tree], lead: str, pad: str, depth: int) -> None:
    for item in items:
        if type(item) is str:
            lines.append(f"{lead}- {_text(item, pad)}\n")
        elif _is_block(item):
            said = _sayable(_container(item), depth + 1)
            _block(lines, said, lead + "- ", pad + "  ", depth + 1)
        else:
            lines.append(f"{lead}- {flow(item, depth)}\n")
        lead = pad


def _is_block(value: Tree) -> bool:
    """Whether the value takes lines of its own; what is empty and a list of numbers does not."""
    kind = type(value)
    if kind in _SCALARS or not value:
        return False
    if kind is dict:
        return True
    if _subclass_writer(value) is not None:
        return False
    return not isinstance(value, list | tuple) or not all(type(item) in _NUMBERS for item in value)


def _container(value: Tree) -> _Container:
    """The value as dict or list. Raises TypeError for what is neither, nor one of the scalars."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, list | tuple):
        return list(value)
    raise TypeError(f"{type(value).__name__} is no JSON data, so it cannot stand in a cassette")


def _sayable(value: _Container, depth: int) -> _Container:
    """The container as YAML can say it: see `$json` and the extra `$` in the rules above."""
    if depth > DEEPEST:
        return {"$json": _json_text(value)}
    if isinstance(value, list):
        return value
    for key in value:
        if not key.isascii() and _SURROGATE.search(key):
            return {"$json": _json_text(value)}
    return _escaped(value)


def _escaped(fields: dict[str, Tree]) -> dict[str, Tree]:
    if len(fields) == 1:
        ((key, value),) = fields.items()
        if SPECIAL.fullmatch(key):
            return {"$" + key: value}
    return fields


def _json_text(value: _Container) -> str:
    try:
        return strict_json(_unmarked(value))
    except RecursionError:
        raise ValueError("the data is nested too deep to be written as JSON") from None


def _unmarked(value: Tree) -> JSON:
    """The value with its marks said in JSON, as they are read again."""
    if isinstance(value, Flow):
        return _unmarked(value.value)
    if isinstance(value, Reference):
        return {"$blob": value.name}
    if value is None or isinstance(value, str | int | float):
        return value
    said = _container(value)
    if isinstance(said, dict):
        return {key: _unmarked(item) for key, item in _escaped(said).items()}
    return [_unmarked(item) for item in said]


def _key(key: str, gap: str) -> str:
    """The key and its colon; `gap` parts the two where the key needs a `?`."""
    name = _name(key)
    return f"{name}:" if len(name) <= _LONGEST_KEY else f"? {name}{gap}:"


@lru_cache(maxsize=512)
def _name(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) and key.lower() not in _WORDS else _quoted(key)


def _text(text: str, pad: str) -> str:
    """The text behind a colon or a dash whose line is indented by `pad`: plain, literal or in quotes."""
    if len(text) <= WIDTH and _PLAIN.fullmatch(text):
        return text if text.lower() not in _WORDS else f'"{text}"'
    if not text.isascii() and _SURROGATE.search(text):
        return _quoted(text)
    if len(text) > WIDTH or "\n" in text or '"' in text or "\\" in text:
        mark = _literal_mark(text)
        if mark:
            return _literal(text, mark, f"\n{pad}  ")
        if len(text) > WIDTH:
            return _quoted_lines(text, f"\\n\\\n{pad}  ")
    return _quoted(text)


def _literal_mark(text: str) -> str:
    """How the text begins as a literal block; empty when it would not survive as one."""
    if text.replace("\n", "").isprintable():
        fragile = " \n" in text or text[-1] == " "
    else:
        fragile = bool(_CONTROL.search(text) or _BLANK_AT_END.search(text))
    if fragile or text.endswith("\n\n") or text == "\n":
        return ""
    indent = "2" if text.lstrip("\n")[0] in " \t" else ""
    return f"|{indent}" if text[-1] == "\n" else f"|{indent}-"


def _literal(text: str, mark: str, line_break: str) -> str:
    body = text.removesuffix("\n")
    # an empty line stays empty: blanks at its end would be stripped by editors
    if "\n\n" in text or text[0] == "\n":
        body = _BREAK_BEFORE_TEXT.sub(line_break, body)
    else:
        body = body.replace("\n", line_break)
    return f"{mark}\n{body}" if text[0] == "\n" else f"{mark}{line_break}{body}"


def _quoted_lines(text: str, line_break: str) -> str:
    """Long text that no literal block can hold, in quotes, and still line by line."""
    first, *others = (_quoted(line)[1:-1] for line in text.removesuffix("\n").split("\n"))
    lines = [first, *("\\" + line if line[:1] == " " else line for line in others)]
    return '"' + line_break.join(lines) + ('\\n"' if text[-1] == "\n" else '"')


def _quoted(text: str) -> str:
    """The text as a JSON string that YAML reads alike."""
    quoted = _json(text)
    if quoted.isprintable():
        return quoted
    if _SURROGATE.search(text):
        literals = [json.dumps(part) for part in _WITHIN_PAIR.split(text)]
        return "{$text: " + (_json(literals[0]) if len(literals) == 1 else _json(literals)) + "}"
    return _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def _float(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError(f"{value!r} is no JSON number, so it cannot stand in a cassette")
    text = float.__repr__(value)
    # YAML 1.1 knows no floats without a point
    return text.replace("e", ".0e") if "e" in text and "." not in text else text


def _subclass_writer(value: Tree) -> Callable[[Any], str] | None:
    """For values of subclasses, as members of enumerations are."""
    return next((_SCALARS[kind] for kind in (str, int, float) if isinstance(value, kind)), None)


_NUMBERS = (int, float)
# Any: each function takes the type that it stands beside
_SCALARS: Mapping[type, Callable[[Any], str]] = {
    str: _quoted,
    int: int.__repr__,
    float: _float,
    bool: lambda value: "true" if value else "false",
    NoneType: lambda _: "null",
    Flow: lambda value: flow(value.value),
    Reference: lambda value: "{$blob: " + _quoted(value.name) + "}",
}

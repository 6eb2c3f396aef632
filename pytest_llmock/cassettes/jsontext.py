"""Text that is JSON as data that a reviewer can read, and back to exactly the same text.

A style names how the text was written: `compact`, `spaced` (as Python and most people write it), `indent 2`,
`indent 4`, each with ` ascii` behind it where non-ASCII characters were escaped.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from pytest_llmock.llm import JSON

DEFAULT = "compact"
_DEEPEST = 100  # levels; nobody reads deeper ones, and recursion has an end

# Any: options of json.JSONEncoder, whose types differ
_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "compact": {"separators": (",", ":")},
    "spaced": {},
    "indent 2": {"indent": 2},
    "indent 4": {"indent": 4},
}
STYLES: Mapping[str, Callable[[JSON], str]] = {
    name + suffix: json.JSONEncoder(ensure_ascii=bool(suffix), allow_nan=False, **options).encode
    for name, options in _OPTIONS.items()
    for suffix in ("", " ascii")
}
_BRACKETS = (("{", "}"), ("[", "]"))


def json_of(text: str) -> tuple[JSON, str] | None:
    """The object or array that the text is, and its style; None when no style gives the text back."""
    if (text[:1], text[-1:]) not in _BRACKETS:
        return None
    try:
        value: JSON = _decode(text)
        style = None if _is_deep(text, value) else _style(text, value)
    except (ValueError, RecursionError):
        return None
    return None if style is None else (value, style)


def _style(text: str, value: JSON) -> str | None:
    """The style that gives the text back; raises ValueError for numbers that are infinite when read."""
    likely = ("indent 2", "indent 4") if text[1] == "\n" else ("compact", "spaced")
    suffixes = ("", " ascii") if "\\u" in text else ("",)
    styles = (name + suffix for suffix in suffixes for name in likely)
    return next((style for style in styles if STYLES[style](value) == text), None)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


_decode = json.JSONDecoder(parse_constant=_refuse).decode


def _is_deep(text: str, value: JSON) -> bool:
    if text.count("[") + text.count("{") <= _DEEPEST:
        return False
    level = [value]
    for _ in range(_DEEPEST):
        level = [item for held in level for item in _items(held)]
    return bool(level)


def _items(value: JSON) -> list[JSON]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []

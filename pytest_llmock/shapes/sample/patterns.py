"""Text that matches a regular expression, for the part of the syntax that schemas use.

Python's own parser reads the expression; literals, classes, groups, alternatives, repeats and anchors are
walked. What looks ahead for something ("a capital somewhere") is written over the text; other look-around is
left out: whoever asks checks each text with the validator, never with Python's `re`, which can take for ever.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from re import _constants as op  # type: ignore[attr-defined]  # the documented way is a private module
from re import _parser  # type: ignore[attr-defined]  # the one parser that gives the tree
from typing import Any

from pytest_llmock.shapes.sample.scope import Scope

# How often an open-ended repeat runs at most, and how long a text may become.
_MORE = 8
_LONGEST = 4000
_PRINTABLE = "".join(map(chr, range(32, 127)))
_FRIENDLY = "abcdefghijklmnopqrstuvwxyz0123456789"
_CLASSES = {
    "CATEGORY_DIGIT": "0123456789",
    "CATEGORY_WORD": _FRIENDLY,
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_DIGIT": "abcdefghijklmnopqrstuvwxyz",
    "CATEGORY_NOT_WORD": " -.",
    "CATEGORY_NOT_SPACE": _FRIENDLY,
}
# ECMA-262 syntax that Python writes otherwise.
_ECMA = (
    (r"\p{L}", "[a-zA-Z]"),
    (r"\p{Lu}", "[A-Z]"),
    (r"\p{Ll}", "[a-z]"),
    (r"\p{N}", "[0-9]"),
    ("(?<", "(?P<"),
)


def _python(pattern: str) -> str | None:
    """The pattern as Python writes it, None when Python cannot read it."""
    text = pattern
    for ecma, python in _ECMA:
        text = text.replace(ecma, python) if not (ecma == "(?<" and re.search(r"\(\?<[=!]", text)) else text
    text = re.sub(r"\$$", r"\\Z", text) if not text.endswith(r"\$") else text
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError):
        return None
    return text


@lru_cache(maxsize=512)
def matching(pattern: str) -> Callable[[Scope, int], str] | None:
    """A maker of texts for the pattern, None when it is unreadable; its second argument bounds repeats."""
    text = _python(pattern)
    if text is None:
        return None
    tree: Any = _parser.parse(text)  # Any: the parser's own tree, untyped

    def make(scope: Scope, more: int = _MORE) -> str:
        walk = _Walk(scope, more)
        return walk.with_wanted(walk.sequence(tree))

    return make


class _Walk:
    """One text while it is written."""

    def __init__(self, scope: Scope, more: int) -> None:
        self._scope = scope
        self._more = more
        self._room = _LONGEST
        self._groups: dict[int | None, str] = {}
        self._first, self._anywhere = "", ""  # what was looked ahead for

    # Any in these signatures: the parser's tree is a nest of untyped lists and tuples
    def sequence(self, items: Any) -> str:
        return "".join(self.item(kind, value) for kind, value in items)

    def item(self, kind: Any, value: Any) -> str:
        if self._room <= 0:
            return ""
        handler = _HANDLERS.get(str(kind))
        return handler(self, value) if handler else ""

    def pick(self, options: Sequence[Any]) -> Any:
        return options[int(self._scope.random() * len(options))]

    def literal(self, code: int) -> str:
        self._room -= 1
        return chr(code)

    def set(self, parts: Any) -> str:
        self._room -= 1
        negated = bool(parts) and parts[0][0] is op.NEGATE
        if not negated:
            return str(self.member(self.pick(parts)))
        refused = re.compile("".join(["[", *map(_written, parts[1:]), "]"]))
        free = [mark for mark in _FRIENDLY + _PRINTABLE if not refused.fullmatch(mark)]
        return str(self.pick(free)) if free else ""

    def member(self, part: Any) -> str:
        kind, value = part
        if kind is op.RANGE:
            low, high = value
            return chr(low + int(self._scope.random() * (high - low + 1)))
        if kind is op.CATEGORY:
            return str(self.pick(_CLASSES.get(str(value), _FRIENDLY)))
        return chr(value)

    def not_literal(self, code: int) -> str:
        self._room -= 1
        return str(self.pick([mark for mark in _FRIENDLY if mark != chr(code)]))

    def any(self, _: Any) -> str:
        self._room -= 1
        return str(self.pick(_FRIENDLY))

    def repeat(self, value: Any) -> str:
        low, high, item = value
        high = min(int(high), max(int(low), int(low) + self._more))
        times = int(low) + int(self._scope.random() * (high - int(low) + 1))
        pieces = []
        for _ in range(times):
            if self._room <= 0:
                break
            pieces.append(self.sequence(item))
        return "".join(pieces)

    def branch(self, value: Any) -> str:
        return self.sequence(self.pick(value[1]))

    def group(self, value: Any) -> str:
        number, *_, item = value
        self._groups[number] = self.sequence(item)
        return self._groups[number]

    def ahead(self, value: Any) -> str:
        """Nothing now: what is looked for is written when the text is there."""
        direction, items = value
        wanted = [*items]
        while wanted and _may_be_nothing(wanted[-1]):
            wanted.pop()
        is_first = not (wanted and _may_be_nothing(wanted[0]))
        while wanted and _may_be_nothing(wanted[0]):
            wanted.pop(0)
        if direction > 0 and is_first:
            self._first = self.sequence(wanted)
        elif direction > 0:
            self._anywhere += self.sequence(wanted)
        return ""

    def with_wanted(self, text: str) -> str:
        """The text, with what was looked ahead for in the place of other marks."""
        size = len(self._anywhere)
        start = int(self._scope.random() * (len(text) - size + 1)) if 0 < size < len(text) else 0
        text = f"{text[:start]}{self._anywhere}{text[start + size :]}"
        return f"{self._first}{text[len(self._first) :]}"

    def back(self, number: int) -> str:
        return self._groups.get(number, "")


def _may_be_nothing(item: Any) -> bool:
    """Whether it is a repeat that need not occur: the ".*" of "(?=.*[A-Z])"."""
    kind, value = item
    return str(kind).endswith("_REPEAT") and int(value[0]) == 0


def _written(part: Any) -> str:
    """A part of a character class, as text for another class."""
    kind, value = part
    if kind is op.RANGE:
        return f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
    if kind is op.CATEGORY:
        letter = str(value).removeprefix("CATEGORY_").removeprefix("NOT_")[0].lower()
        return "\\" + (letter.upper() if "_NOT_" in str(value) else letter)
    return re.escape(chr(value))


_HANDLERS: dict[str, Callable[[_Walk, Any], str]] = {
    "LITERAL": _Walk.literal,
    "NOT_LITERAL": _Walk.not_literal,
    "IN": _Walk.set,
    "ANY": _Walk.any,
    "MAX_REPEAT": _Walk.repeat,
    "MIN_REPEAT": _Walk.repeat,
    "POSSESSIVE_REPEAT": _Walk.repeat,
    "BRANCH": _Walk.branch,
    "SUBPATTERN": _Walk.group,
    "GROUPREF": _Walk.back,
    "ASSERT": _Walk.ahead,
}

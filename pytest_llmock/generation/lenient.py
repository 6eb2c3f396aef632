"""One JSON value at a place in a text, where a model may have left trailing commas and comments.

Rules: characters inside strings are never touched; only commas before a closing bracket and `//` and `/* */`
comments are dropped; whatever else RFC 8259 does not allow means that no value stands there. Nesting is
followed with a list, not with the stack, and every token is looked at once.
"""

import re
from dataclasses import dataclass

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.limits import DATA, JSONTextError, loads

STRING = r'"[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+'  # its closing quote is left out
_UNENDED_STRING = re.compile(rf"{STRING}\\?")
_TOKEN = re.compile(
    rf"""(?P<gap>\s++|/[/*])|(?P<string>{STRING}")|(?P<mark>[{{}}\[\],:])"""
    r"|(?P<scalar>(?:-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][-+]?[0-9]++)?+|true|false|null)(?![\w.+-]))"
)
_BRACKET = re.compile(rf"""{STRING}"|(?P<opening>[{{\[])|(?P<closing>[}}\]])""")
_WORD = re.compile(r"[-+.\w]*+")

# What may follow: brackets, comma and colon stand for themselves, `"` for any string, `0` for another scalar.
_EXPECTED = {"value": '{["0', "item": '{["0]', "key": '"}', "colon": ":", "more": ",}]"}
_INSIDE = {"{": "key", "[": "item"}
_PAIRS = {"}": "{", "]": "["}


@dataclass(frozen=True, slots=True)
class Read:
    """A value and the characters it takes; `notes` say what was dropped."""

    start: int
    end: int
    value: JSON
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Broken:
    """Why no value stands at `start`: the `problem` at the character `at`.

    `meant`: it has a key with its colon, so it is no bracket of prose. `cut`: the text ends inside it.
    `open`: the brackets still open, from which no value can be read either.
    """

    start: int
    at: int
    problem: str
    meant: bool = False
    cut: bool = False
    open: tuple[int, ...] = ()


class Reader:
    """Reads values anywhere in one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._last_comment_end = text.rfind("*/")

    def read(self, start: int) -> Read | Broken:
        """The value that begins at `start`, which is no space."""
        return _Reading(self.text, start, self._last_comment_end).run()

    def end(self, start: int) -> int | None:
        """Where the bracket at `start` closes, by nothing but brackets outside strings; None: nowhere."""
        depth = 0
        for token in _BRACKET.finditer(self.text, start):
            depth += (token["opening"] is not None) - (token["closing"] is not None)
            if not depth:
                return token.end()
        return None


class _Reading:
    """One value being read: the open brackets, what may come next, and the clean text so far."""

    def __init__(self, text: str, start: int, last_comment_end: int) -> None:
        self._text = text
        self._start = start
        self._last_comment_end = last_comment_end
        self._open: list[int] = []
        self._state = "value"
        self._comma = False  # read, but not yet known to be a trailing one
        self._meant = False
        self._clean: list[str] = []
        self._notes: dict[str, None] = {}

    def run(self) -> Read | Broken:
        position = self._start
        while self._open or self._state == "value":
            token = _TOKEN.match(self._text, position)
            if token is None:
                return self._no_token(position)
            if token["gap"]:
                position = self._after_gap(token)
                if position < 0:
                    return self._broken(token.start(), cut=True)
                continue
            sign = token["mark"] or ("0" if token["scalar"] else '"')
            if sign not in _EXPECTED[self._state] or not self._take(sign, position):
                return self._broken(position)
            if len(self._open) > DATA.depth:
                return self._broken(position, f"nested deeper than {DATA.depth} levels", meant=True)
            self._write(sign, token[0])
            position = token.end()
        return self._value(position)

    def _take(self, sign: str, position: int) -> bool:
        """Go on to what may follow `sign`; False when it closes another bracket than the open one."""
        if sign in _INSIDE:
            self._open.append(position)
            self._state = _INSIDE[sign]
        elif sign in _PAIRS:
            if self._text[self._open.pop()] != _PAIRS[sign]:
                return False
            self._state = "more"
        elif sign == ",":
            self._state = _INSIDE[self._text[self._open[-1]]]
        elif sign == ":":
            self._state, self._meant = "value", True
        else:
            self._state = "colon" if self._state == "key" else "more"
        return True

    def _write(self, sign: str, text: str) -> None:
        if self._comma and sign in _PAIRS:
            self._notes["trailing commas removed"] = None
        elif self._comma:
            self._clean.append(",")
        self._comma = sign == ","
        if not self._comma:
            self._clean.append(text)

    def _after_gap(self, token: re.Match[str]) -> int:
        """Where the space or comment ends, -1 when the comment never does."""
        if token[0].isspace():
            return token.end()
        self._notes["comments removed"] = None
        if token[0] == "//":
            end = self._text.find("\n", token.end())
            return len(self._text) if end < 0 else end
        return self._text.find("*/", token.end()) + 2 if token.end() <= self._last_comment_end else -1

    def _value(self, end: int) -> Read | Broken:
        try:
            value = loads("".join(self._clean))
        except (JSONTextError, RecursionError) as error:
            return self._broken(self._start, str(error), meant=True)
        return Read(self._start, end, value, tuple(self._notes))

    def _no_token(self, position: int) -> Broken:
        """Either something that is no JSON, or the beginning of a token at the end of the text."""
        rest = _UNENDED_STRING.match(self._text, position) or _WORD.match(self._text, position)
        assert rest is not None  # _WORD matches the empty text
        at_end = rest.end() == len(self._text)
        beginning = rest[0] == "" or rest[0][0] in '"-0123456789' or _is_literal(rest[0])
        return self._broken(position, cut=at_end and beginning)

    def _broken(self, at: int, problem: str = "", *, meant: bool = False, cut: bool = False) -> Broken:
        word = _WORD.match(self._text, at)
        shown = (word[0] if word else "")[:20] or self._text[at : at + 1]
        open_ = tuple(self._open)
        return Broken(
            self._start, at, problem or f"unexpected {shown!r}", self._meant or meant, cut=cut, open=open_
        )


def _is_literal(word: str) -> bool:
    return any(literal.startswith(word) for literal in ("true", "false", "null"))

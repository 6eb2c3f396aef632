"""Path templates: which paths one means, and what its parameters are in each.

    /users              that path, and no other
    /users/{id}         one segment by a name, or a part of one: /files/{name}.json
    /users/{id:int}     the same, of digits, as a number; also `uuid`, and `path`, which may have slashes
    /users/*            one segment without a name, or any part of one: /files/report-*
    /files/**           any number of segments, none included

Rules: pure text, of no API in particular. Paths are compared as they are after decoding; case and a slash at
the end count. A template is no regular expression: each path has one reading at most, so `**` stands in it
once, and two parameters never side by side.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

from pytest_llmock.errors import nearest

Value: TypeAlias = str | int

# What a parameter may be: how it is found, and whether it may hold a slash.
_KINDS: Mapping[str, tuple[str, bool]] = {
    "str": (r"[^/]+", False),
    "int": (r"[0-9]{1,18}", False),
    "uuid": (r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", False),
    "path": (r".+", True),
}
_TOKEN = re.compile(r"\{([^{}]*)\}|\*|[^{}*]+")
_DESCRIBED = re.compile(r"\{([^{}/]+)\}")
# parameters as other frameworks write them: <int:id> and :id
_FOREIGN = re.compile(r"<(?:\w+:)?(\w+)>|:([A-Za-z_]\w*)")
_ANY_SEGMENTS = "(?:/.*)?"


@dataclass(frozen=True, slots=True)
class PathTemplate:
    """Paths of one form; two templates are equal when their text is. `names` are those of its parameters."""

    text: str
    names: tuple[str, ...] = field(compare=False)
    _numbers: tuple[bool, ...] = field(compare=False, repr=False)
    _pattern: re.Pattern[str] = field(compare=False, repr=False)

    def match(self, path: str) -> Mapping[str, Value] | None:
        """The parameters of a path that is meant, {} where it has none; None for any other path.

        `/users/{id:int}/{tab}` and "/users/7/orders" → {"id": 7, "tab": "orders"}.
        """
        found = self._pattern.fullmatch(path)
        if found is None:
            return None
        values = zip(self.names, self._numbers, found.groups(), strict=True)
        return {name: int(text) if is_number else text for name, is_number, text in values}

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=512)
def template(text: str) -> PathTemplate:
    """The template that is written so. Raises ValueError, which says what is wrong and how to write it."""
    if "://" in text:
        raise ValueError(f"The path {text!r} is an address: write what follows its host, such as '/users'.")
    if not text.startswith("/"):
        raise ValueError(f"The path {text!r} does not begin with a slash: write '/{text.lstrip('/')}'.")
    if "?" in text or "#" in text:
        raise ValueError(f"The path {text!r} has a query: leave it out, and give the query as params={{…}}.")
    segments = text[1:].split("/")
    if "" in segments[:-1]:
        raise ValueError(f"The path {text!r} has two slashes side by side: write one.")
    foreign = next((found for found in map(_FOREIGN.fullmatch, segments) if found), None)
    if foreign is not None:
        name = foreign[1] or foreign[2]
        raise ValueError(
            f"The path {text!r} has {foreign[0]!r}, which would be just this text: write '{{{name}}}', or "
            f"'{{{name}:int}}' for numbers."
        )
    parameters = _Parameters(text)
    pattern = "".join(
        _ANY_SEGMENTS if segment == "**" else f"/{parameters.pattern_of(segment)}" for segment in segments
    )
    if segments.count("**") + parameters.paths > 1:
        raise ValueError(f"The path {text!r} has more than one '**' or path parameter: leave one.")
    names = tuple(name for name, _ in parameters.found)
    numbers = tuple(kind == "int" for _, kind in parameters.found)
    return PathTemplate(text, names, numbers, re.compile(pattern, re.DOTALL))


@lru_cache(maxsize=2048)
def described(text: str) -> PathTemplate:
    """The template that a path of an OpenAPI document is: `{name}` is a parameter, all else is itself.

    Raises ValueError for a path that no request can have.
    """
    if not text.startswith("/") or "?" in text or "#" in text:
        raise ValueError(f"The path {text!r} is no path: it begins with a slash, and has no query.")
    names = tuple(_DESCRIBED.findall(text))
    if len(set(names)) < len(names):
        raise ValueError(f"The path {text!r} has two parameters of one name: rename one.")
    if "}{" in text:
        raise ValueError(f"The path {text!r} has nothing that divides two parameters: put text between them.")
    literals = _DESCRIBED.split(text)[::2]
    if any(brace in literal for literal in literals for brace in "{}"):
        raise ValueError(f"The path {text!r} has a brace without its partner.")
    pattern = "([^/]+)".join(map(re.escape, literals))
    return PathTemplate(text, names, (False,) * len(names), re.compile(pattern, re.DOTALL))


class _Parameters:
    """The parameters of a template, as its segments are read from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[tuple[str, str]] = []
        self.paths = 0

    def pattern_of(self, segment: str) -> str:
        """What finds a segment of this form."""
        tokens = list(_TOKEN.finditer(segment))
        if sum(len(token[0]) for token in tokens) < len(segment):
            raise ValueError(f"The path {self.text!r} has a brace without its partner in {segment!r}.")
        open_ended = [token[0] == "*" or token[1] is not None for token in tokens]
        if any(one and other for one, other in pairwise(open_ended)):
            raise ValueError(
                f"The path {self.text!r} has nothing that divides two parameters in {segment!r}: put text "
                "between them. '**' is a whole segment."
            )
        if segment == "*":
            return "[^/]+"
        return "".join(self._patterns(tokens))

    def _patterns(self, tokens: list[re.Match[str]]) -> Iterator[str]:
        for token in tokens:
            if token[1] is not None:
                yield f"({self._parameter(token[1])})"
            else:
                yield "[^/]*" if token[0] == "*" else re.escape(token[0])

    def _parameter(self, written: str) -> str:
        name, _, kind = written.partition(":")
        if not name:
            raise ValueError(f"The path {self.text!r} has a parameter without a name: write '{{id}}'.")
        if name in (known for known, _ in self.found):
            raise ValueError(f"The path {self.text!r} has two parameters '{name}': rename one.")
        kind = kind or "str"
        if kind not in _KINDS:
            raise ValueError(
                f"The path {self.text!r} has a parameter of the kind {kind!r}.{nearest(kind, list(_KINDS))}"
            )
        self.found.append((name, kind))
        pattern, has_slashes = _KINDS[kind]
        self.paths += has_slashes
        return pattern

"""When a recorded request counts as the one that is asked now: four levels, the strictest is the default.

- `exact`: everything that can change the answer is equal.
- `normalised`: equal once what changes from run to run is replaced (`placeholders.py`), in both, and only
  while they are compared.
- `shape`: equal but for the words: operation, backend, model, roles and kinds of parts in their order, tools,
  schemas; of a generation the method, the path without ids, the count, and the keys and types of
  query, body and shape. Of the sampling only the number of choices counts.
- `sequence`: the n-th call gets the n-th recording, whatever it asks.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from pytest_llmock.cassettes.identity import key_of
from pytest_llmock.cassettes.interaction import Request
from pytest_llmock.cassettes.placeholders import Pattern, normalised, patterns_of
from pytest_llmock.llm import JSON

__all__ = ["LEVELS", "Level", "Matcher", "outline", "patterns_of"]

Level = Literal["exact", "normalised", "shape", "sequence"]
LEVELS: tuple[Level, ...] = get_args(Level)

_ID = re.compile(r"\d+|[0-9a-f]{24,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TYPES = {bool: "boolean", int: "number", float: "number", str: "string", type(None): "null"}
# keywords of a JSON Schema that only tell a reader something; a mapping under one is a property of that name
_WORDS = frozenset({"$comment", "default", "description", "example", "examples", "title"})


@dataclass(frozen=True, slots=True)
class Matcher:
    """Compares requests at one level: two match when their keys are equal."""

    level: Level = "exact"
    patterns: tuple[Pattern, ...] = ()

    def key(self, request: Request) -> str | None:
        """What all requests that match this one have in common; None at `sequence`, where every one does."""
        if self.level == "sequence":
            return None
        return key_of(self.view(request))

    def view(self, request: Request) -> Request:
        """What is compared of the request."""
        if self.level == "normalised":
            return normalised(request, self.patterns)
        return outline(request) if self.level == "shape" else request

    def looser(self, request: Request, recorded: Request) -> Level | None:
        """The first looser level at which the two match; `sequence`, where any two do, is never named."""
        for level in LEVELS[LEVELS.index(self.level) + 1 : -1]:
            other = Matcher(level, self.patterns)
            if other.key(request) == other.key(recorded):
                return level
        return None


def outline(request: Request) -> dict[str, JSON]:
    """What the level `shape` compares."""
    found = {key: _OUTLINES.get(key, _kinds)(value) for key, value in request.items()}
    return {key: value for key, value in found.items() if value is not None}


def _kinds(value: JSON) -> JSON:
    """Keys and types; of a list the kinds of its items, each once."""
    if isinstance(value, dict):
        return {key: _kinds(item) for key, item in value.items()}
    if isinstance(value, list):
        return _distinct(_kinds(item) for item in value)
    return _TYPES[type(value)]


def _distinct(kinds: Iterable[JSON]) -> list[JSON]:
    found: list[JSON] = []
    for kind in kinds:
        if kind not in found:
            found.append(kind)
    return found


def _schema(value: JSON) -> JSON:
    """A schema without what only tells a reader something."""
    if isinstance(value, dict):
        return {
            key: _schema(item) for key, item in value.items() if key not in _WORDS or isinstance(item, dict)
        }
    return [_schema(item) for item in value] if isinstance(value, list) else value


def _shape(value: JSON) -> JSON:
    is_schema = isinstance(value, dict) and not {"properties", "items", "$ref", "$schema"}.isdisjoint(value)
    return _schema(value) if is_schema else _kinds(value)


def _turns(messages: JSON) -> JSON:
    return [_turn(turn) for turn in _mappings(messages)]


def _turn(turn: Mapping[str, JSON]) -> JSON:
    if "role" not in turn:
        return {"role": next(iter(turn), ""), "parts": ["text"]}
    return {"role": turn["role"], "parts": [_part(part) for part in _mappings(turn.get("parts"))]}


def _part(part: Mapping[str, JSON]) -> JSON:
    """The kind of the part, and of a tool call the name of the tool."""
    called = part.get("tool_call")
    if isinstance(called, dict):
        return f"tool_call {called.get('name')}"
    return f"other {part['other']}" if "other" in part else next(iter(part), "")


def _tools(tools: JSON) -> JSON:
    return [[tool.get("name"), _schema(tool.get("parameters"))] for tool in _mappings(tools)]


def _mappings(value: JSON) -> list[dict[str, JSON]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _path(path: JSON) -> JSON:
    return "/".join("{id}" if _ID.fullmatch(part) else part for part in str(path).split("/"))


def _names(query: JSON) -> JSON:
    return [pair[0] for pair in query if isinstance(pair, list)] if isinstance(query, list) else None


def _choices(sampling: JSON) -> JSON:
    return sampling.get("n") if isinstance(sampling, dict) else None


def _length(inputs: JSON) -> JSON:
    return len(inputs) if isinstance(inputs, list) else None


def _same(value: JSON) -> JSON:
    return value


_OUTLINES: Mapping[str, Callable[[JSON], JSON]] = {
    **dict.fromkeys(("operation", "backend", "model", "method", "tool_choice"), _same),
    **dict.fromkeys(("count", "start", "total", "variant", "extensions"), _same),
    "messages": _turns,
    "tools": _tools,
    "schema": _schema,
    "shape": _shape,
    "path": _path,
    "query": _names,
    "inputs": _length,
    "sampling": _choices,
}

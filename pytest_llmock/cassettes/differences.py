"""How two requests differ, in a few lines that a person reads: what was recorded (-), what is asked now (+).

    message 2 (user):
      @@ line 3
       the context
      -the line as it was recorded
      +the line as it is asked now
    sampling.temperature: 0.2 → 0.7

Rules: of the messages only the first that differs is shown, because those after it follow from it; a long
line is cut around the place where the two part; what cannot be seen is escaped. The work is bounded, however
long the texts are: only lines from the first that differs to the last are compared, and not all of those.
"""

import json
import unicodedata
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple, TypeAlias

from pytest_llmock.cassettes.interaction import Request
from pytest_llmock.llm import JSON

LINES = 30
_TEXT_LINES = 20
_COMPARED_LINES = 80
_CONTEXT = 2
_WIDTH = 100
_BEFORE = 30
_SHORT = 60


class _Absent:
    """Where the other side has a value."""

    def __repr__(self) -> str:
        return "not set"


_ABSENT = _Absent()
_Side: TypeAlias = "JSON | _Absent"


class _Difference(NamedTuple):
    """A place, as `sampling.temperature` or `message 2 (user)`, and what stands there."""

    where: str
    recorded: _Side
    asked: _Side


def differences(
    recorded: Request, asked: Request, *, sides: tuple[str, str] = ("recorded", "asked")
) -> list[str]:
    """What differs between two requests, in at most 30 lines; no line when nothing does.

    `sides` is what the two are called.
    """
    old, new = dict(recorded), dict(asked)
    turns = _turns(old.pop("messages", None)), _turns(new.pop("messages", None))
    lines = [line for found in _between(*turns) for line in _lines(found)]
    lines += _more_turns(*turns, sides)
    lines += [line for found in _walk("", old, new) for line in _lines(found)]
    if len(lines) > LINES:
        lines[LINES - 1 :] = [f"… and {len(lines) - LINES + 1} more lines"]
    return lines


def _turns(messages: JSON) -> list[tuple[str, JSON]]:
    """Each message as its role and its content: a text, or a mapping with parts."""
    turns = messages if isinstance(messages, list) else []
    return [_turn(turn) for turn in turns if isinstance(turn, dict)]


def _turn(turn: dict[str, JSON]) -> tuple[str, JSON]:
    if "role" not in turn and len(turn) == 1:
        return next(iter(turn.items()))
    return str(turn.get("role", "")), {key: value for key, value in turn.items() if key != "role"}


def _between(old: Sequence[tuple[str, JSON]], new: Sequence[tuple[str, JSON]]) -> Iterator[_Difference]:
    """What differs in the first message that does."""
    number = _first_difference(old, new)
    if number < min(len(old), len(new)):
        (old_role, was), (new_role, now) = old[number], new[number]
        role = old_role if old_role == new_role else f"{old_role} → {new_role}"
        where = f"message {number + 1} ({role})"
        yield from _walk(where, was, now) if was != now else [_Difference(where, was, now)]
    elif number < max(len(old), len(new)):
        role, content = (old if number < len(old) else new)[number]
        sides = (content, _ABSENT) if number < len(old) else (_ABSENT, content)
        yield _Difference(f"message {number + 1} ({role})", *sides)


def _more_turns(
    old: Sequence[tuple[str, JSON]], new: Sequence[tuple[str, JSON]], sides: tuple[str, str]
) -> Iterator[str]:
    if len(old) != len(new):
        yield f"messages: {len(old)} {sides[0]}, {len(new)} {sides[1]}"
    shown = _first_difference(old, new) + 1
    later = sum(was != now for was, now in zip(old[shown:], new[shown:], strict=False))
    if later:
        yield f"messages after that: {later} more {'differs' if later == 1 else 'differ'}"


def _first_difference(old: Sequence[object], new: Sequence[object]) -> int:
    """How many items are equal at the beginning."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((number for number, (was, now) in pairs if was != now), min(len(old), len(new)))


def _walk(where: str, old: _Side, new: _Side) -> Iterator[_Difference]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old | new:
            yield from _walk(_below(where, key), old.get(key, _ABSENT), new.get(key, _ABSENT))
    elif isinstance(old, list) and isinstance(new, list):
        if (old_named := _by_name(old)) and (new_named := _by_name(new)):
            yield from _walk(where, old_named, new_named)
            return
        for number in range(max(len(old), len(new))):
            yield from _walk(f"{where}[{number}]", _at(old, number), _at(new, number))
    elif old != new or isinstance(old, bool) != isinstance(new, bool):
        yield _Difference(where, old, new)


def _below(where: str, key: str) -> str:
    return f"{where}{': ' if where.endswith(')') else '.' if where else ''}{key}"


def _by_name(items: list[JSON]) -> dict[str, JSON]:
    """Tools by their names; empty when they are no tools."""
    named: dict[str, JSON] = {
        str(item["name"]): item for item in items if isinstance(item, dict) and "name" in item
    }
    return named if len(named) == len(items) else {}


def _at(items: list[JSON], number: int) -> _Side:
    return items[number] if number < len(items) else _ABSENT


def _lines(found: _Difference) -> list[str]:
    old, new = found.recorded, found.asked
    if isinstance(old, str) and isinstance(new, str) and old != new:
        if max(len(old), len(new)) > _SHORT or "\n" in old + new:
            return [f"{found.where}:", *(f"  {line}" for line in _text_lines(old, new))]
        was, now = _pair(old, new)
        return [f'{found.where}: "{was}" → "{now}"']
    if old == new and isinstance(old, bool) == isinstance(new, bool):
        return [f"{found.where}: the same words"]
    return [f"{found.where}: {_value(old)} → {_value(new)}"]


def _value(side: _Side) -> str:
    if isinstance(side, _Absent):
        return repr(side)
    text = json.dumps(side, ensure_ascii=False)
    return _visible(text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…")


def _text_lines(old: str, new: str) -> list[str]:
    """A unified difference of two texts, line by line."""
    a, b = old.split("\n"), new.split("\n")
    begin = max(0, _first_difference(a, b) - _CONTEXT)
    equal_end = _first_difference(a[:begin:-1], b[:begin:-1])
    a, b = (side[begin : max(begin, len(side) - equal_end) + _CONTEXT][:_COMPARED_LINES] for side in (a, b))
    found: list[str] = []
    for group in SequenceMatcher(None, a, b, autojunk=False).get_grouped_opcodes(_CONTEXT):
        found.append(f"@@ line {begin + group[0][1] + 1}")
        for tag, a1, a2, b1, b2 in group:
            found += _equal(a[a1:a2]) if tag == "equal" else _changed(a[a1:a2], b[b1:b2])
    if len(found) > _TEXT_LINES:
        found[_TEXT_LINES - 1 :] = [f"… and {len(found) - _TEXT_LINES + 1} more lines"]
    return found


def _equal(lines: Sequence[str]) -> list[str]:
    return [f" {_visible(_cut(line, 0))}" for line in lines]


def _changed(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """The lines removed, then those added; where one took another's place, cut at the same place."""
    both = [_pair(was, now) for was, now in zip(old, new, strict=False)]
    removed = [was for was, _ in both] + [_visible(_cut(line, 0)) for line in old[len(both) :]]
    added = [now for _, now in both] + [_visible(_cut(line, 0)) for line in new[len(both) :]]
    return [f"-{line}" for line in removed] + [f"+{line}" for line in added]


def _pair(old: str, new: str) -> tuple[str, str]:
    """Both texts, cut around the place where they part, and so that the difference can be seen."""
    place = _parting(old, new)
    return _visible(_cut(old, place)), _visible(_cut(new, place))


def _parting(old: str, new: str) -> int:
    """How many characters are equal at the beginning; halving, as comparing slices is fast."""
    low, high = 0, min(len(old), len(new))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if old[low:middle] == new[low:middle] else (low, middle - 1)
    return low


def _cut(line: str, place: int) -> str:
    """`_WIDTH` characters around a place."""
    if len(line) <= _WIDTH:
        return line
    begin = max(0, place - _BEFORE)
    piece = line[begin : begin + _WIDTH]
    return f"{'…' if begin else ''}{piece}{'…' if begin + _WIDTH < len(line) else ''}"


def _visible(line: str) -> str:
    """The line with escapes for what cannot be seen, and dots for spaces at its end."""
    text = line.rstrip(" ")
    composed = unicodedata.is_normalized("NFC", text)
    shown = (mark if _is_seen(mark, composed=composed) else ascii(mark)[1:-1] for mark in text)
    return "".join(shown) + "·" * (len(line) - len(text))


def _is_seen(mark: str, *, composed: bool) -> bool:
    """A combining accent looks like the composed letter, unless it is shown by itself."""
    return mark.isprintable() and (composed or not unicodedata.combining(mark))

"""Which prompts a rule is for, and which a test claims: the conditions of `.on(…)` and of assertions."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TypeAlias, TypedDict

from pytest_llmock.errors import RefusedError, nearest
from pytest_llmock.folding import prompt_text, since_user
from pytest_llmock.llm import Prompt, ToolCall, ToolResult

SHOWN_CHARACTERS = 200
Predicate: TypeAlias = Callable[[Prompt], object]


class On(TypedDict, total=False):
    """What may be asked of a prompt; all of it must hold.

    `contains` (a text, or several) and `regex` speak of what the user said last, of an embedding of its
    inputs; `system` of the system's and developer's words. `model` is the name that the client gave, with "*"
    for anything, in any case; `tool` a tool that is offered. `turn` is which answer of the conversation this
    is, from 1. `has_tool_result`: a tool has answered since the user spoke, or the tool of that name.
    `predicate` is a function of the prompt.
    """

    contains: str | Sequence[str]
    regex: str
    model: str
    tool: str
    system: str | Sequence[str]
    turn: int
    has_tool_result: bool | str
    predicate: Predicate


@dataclass(frozen=True, slots=True)
class _Condition:
    """One of them: what values it has, whether a prompt fits a value, and what a prompt has there."""

    wanted: str
    is_value: Callable[[object], bool]
    fits: Callable[[object, Prompt], bool]
    there: Callable[[Prompt], str]


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is asked of a prompt; its text says it: "contains='weather', turn=1"."""

    said: Mapping[str, object] = field(default_factory=dict)

    def fits(self, prompt: Prompt) -> bool:
        """Whether all of it holds."""
        return all(_CONDITIONS[name].fits(value, prompt) for name, value in self.said.items())

    def distance(self, prompt: Prompt) -> tuple[int, float]:
        """How far a prompt is from fitting: how much does not hold, and how unlike what is wanted that is."""
        unmet = [(value, _CONDITIONS[name]) for name, value in self.said.items()]
        unlike = [
            1 - _likeness(_value(value), condition.there(prompt))
            for value, condition in unmet
            if not condition.fits(value, prompt)
        ]
        return len(unlike), sum(unlike)

    def unmet(self, prompt: Prompt) -> list[str]:
        """What does not hold, a line each: "contains: 'weather' → 'What is the time?'"."""
        return [
            f"{name}: {_value(value)} → {_CONDITIONS[name].there(prompt)}"
            for name, value in self.said.items()
            if not _CONDITIONS[name].fits(value, prompt)
        ]

    def __str__(self) -> str:
        return ", ".join(f"{name}={_value(value)}" for name, value in self.said.items()) or "any prompt"


def conditions(given: Mapping[str, object]) -> Conditions:
    """The conditions by their names, as `On` has them. Raises ValueError for what is none."""
    for name, value in given.items():
        if name not in _CONDITIONS:
            raise ValueError(f"There is no condition '{name}'.{nearest(str(name), list(_CONDITIONS))}")
        condition = _CONDITIONS[name]
        if not condition.is_value(value):
            raise ValueError(f"The condition {name} is {value!r:.80}: give {condition.wanted}.")
        if name == "regex":
            _check_pattern(str(value))
    return Conditions(dict(given))


def _check_pattern(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"The condition regex is {pattern!r:.80}, no regular expression: {error}.") from None


def asked_text(prompt: Prompt) -> str:
    """What the user said last; the inputs of an embedding; every word where no user spoke."""
    users = [message for message in prompt.messages if message.role == "user"]
    return users[-1].text if users else prompt_text(prompt)


def shown(text: str) -> str:
    """The text as a message shows it: quoted, and cut when it is long."""
    return repr(text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…")


def _likeness(wanted: str, there: str) -> float:
    """The share of what is wanted, three letters at a time in any case, that is there."""
    wanted, there = wanted.lower(), there.lower()
    parts = [wanted[place : place + 3] for place in range(max(1, len(wanted) - 2))]
    return sum(part in there for part in parts) / len(parts)


def _value(value: object) -> str:
    return getattr(value, "__name__", repr(value)) if callable(value) else repr(value)


def _texts(value: object) -> Sequence[str]:
    return (value,) if isinstance(value, str) else value  # type: ignore[return-value]  # it was checked


def _are_texts(value: object) -> bool:
    items = [value] if isinstance(value, str) else value
    return isinstance(items, list | tuple) and bool(items) and all(isinstance(i, str) and i for i in items)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _system_text(prompt: Prompt) -> str:
    return "\n".join([each.text for each in prompt.messages if each.role in ("system", "developer")])


def _turn(prompt: Prompt) -> int:
    return 1 + sum(message.role == "assistant" for message in prompt.messages)


def _answered(prompt: Prompt) -> list[str]:
    """The tools that have answered since the user spoke, by name; "?" for a call that is not there."""
    calls = [part for turn in prompt.messages for part in turn.parts if isinstance(part, ToolCall)]
    names = {call.id: call.name for call in calls}
    parts = [part for turn in since_user(prompt) for part in turn.parts]
    return [names.get(part.call_id, "?") for part in parts if isinstance(part, ToolResult)]


def _has_result(wanted: object, prompt: Prompt) -> bool:
    answered = _answered(prompt)
    return wanted in answered if isinstance(wanted, str) else bool(answered) == wanted


def _says_so(wanted: object, prompt: Prompt) -> bool:
    """What a predicate says. Raises RefusedError, which fails the test, when it fails itself."""
    assert callable(wanted)
    try:
        return bool(wanted(prompt))
    except Exception as error:
        raise RefusedError(
            f"The predicate {_value(wanted)} failed: {type(error).__name__}: {error}. It gets a Prompt, and "
            "returns whether the rule is for it."
        ) from error


def _is_model(wanted: object, prompt: Prompt) -> bool:
    return fnmatchcase(prompt.model.lower(), str(wanted).lower())


def _names(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names)) or "none"


_CONDITIONS: Mapping[str, _Condition] = {
    "contains": _Condition(
        "a text, or a list of texts",
        _are_texts,
        lambda value, prompt: all(text in asked_text(prompt) for text in _texts(value)),
        lambda prompt: shown(asked_text(prompt)),
    ),
    "regex": _Condition(
        "a regular expression",
        _is_text,
        lambda value, prompt: re.search(str(value), asked_text(prompt)) is not None,
        lambda prompt: shown(asked_text(prompt)),
    ),
    "model": _Condition("a model's name", _is_text, _is_model, lambda prompt: repr(prompt.model)),
    "tool": _Condition(
        "a tool's name",
        _is_text,
        lambda value, prompt: any(tool.name == value for tool in prompt.tools),
        lambda prompt: _names([tool.name for tool in prompt.tools]),
    ),
    "system": _Condition(
        "a text, or a list of texts",
        _are_texts,
        lambda value, prompt: all(text in _system_text(prompt) for text in _texts(value)),
        lambda prompt: shown(_system_text(prompt)),
    ),
    "turn": _Condition(
        "a whole number from 1 up",
        _is_number,
        lambda value, prompt: _turn(prompt) == value,
        lambda prompt: str(_turn(prompt)),
    ),
    "has_tool_result": _Condition(
        "True, False or a tool's name",
        lambda value: isinstance(value, bool) or _is_text(value),
        _has_result,
        lambda prompt: _names(_answered(prompt)),
    ),
    "predicate": _Condition(
        "a function of the prompt",
        callable,
        _says_so,
        lambda prompt: shown(asked_text(prompt)),
    ),
}
NAMES = tuple(_CONDITIONS)

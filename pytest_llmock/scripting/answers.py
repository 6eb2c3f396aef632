"""What a rule answers with, made when the rule is: a mistake shows where it was written."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from pytest_llmock.clock import seed_of
from pytest_llmock.effects import outcome, place_of
from pytest_llmock.errors import LLMockError, RefusedError, nearest
from pytest_llmock.faults import Fault
from pytest_llmock.folding import estimate_tokens, prompt_text
from pytest_llmock.llm import Choice, Completion, Origin, Prompt, ToolCall, Usage

ORIGIN = Origin("script", "scripted", provider="scripted")
REFUSAL = "I'm sorry, but I cannot help with that."
_TOOL_KEYS = ("tool", "arguments", "id")

log = logging.getLogger("pytest_llmock")

Answering: TypeAlias = Callable[[Prompt], object]


@dataclass(frozen=True, slots=True)
class Said:
    """An answer in words, by tool calls, or by both; usage and ids are made when it is given."""

    text: str = ""
    tools: tuple[ToolCall, ...] = ()

    def completion(self, prompt: Prompt, *seed: object) -> Completion:
        """The answer to a prompt; `seed` is what the ids of tool calls are made of."""
        tools = tuple(
            [
                call if call.id else replace(call, id=f"call_{seed_of(*seed, place):016x}")
                for place, call in enumerate(self.tools)
            ]
        )
        number = max(1, prompt.sampling.n)
        choice = Choice(self.text, tool_calls=tools, finish_reason="tool_calls" if tools else "stop")
        return Completion((choice,) * number, self._usage(prompt, number), ORIGIN)

    def _usage(self, prompt: Prompt, number: int) -> Usage:
        said = [self.text, *(call.arguments for call in self.tools)]
        spoken = sum(estimate_tokens(text) for text in said if text) * number
        return Usage(estimate_tokens(prompt_text(prompt)), max(1, spoken), estimated=True)


Fixed: TypeAlias = Said | Completion | Fault


@dataclass(frozen=True, slots=True)
class Made:
    """An answer that a function of the prompt makes."""

    function: Answering

    @property
    def name(self) -> str:
        """What the function is called."""
        return str(getattr(self.function, "__name__", repr(self.function)))

    async def outcome(self, prompt: Prompt) -> "Fixed | None":
        """What the function says; None when it leaves the prompt to others.

        Raises RefusedError, which fails the test, when it raises anything but an error of ours, or gives what
        is no answer.
        """
        try:
            value = await outcome(self.function, prompt)
        except LLMockError:
            raise
        except AssertionError as error:
            raise RefusedError(
                f"The function '{self.name}' of a rule failed at {place_of(error)}: {error}"
            ) from error
        except Exception as error:
            log.exception("The function '%s' of a rule raised an error", self.name)
            raise RefusedError(
                f"The function '{self.name}' of a rule failed at {place_of(error)}: {type(error).__name__}: "
                f"{error}. To let the call fail as a provider does, raise a BackendError, or use .fail(…)."
            ) from error
        try:
            return None if value is None else _fixed(value)
        except TypeError as error:
            raise RefusedError(f"The function '{self.name}' of a rule failed: {error}") from error


Step: TypeAlias = Fixed | Made


def steps_of(answers: Sequence[object]) -> Iterator[Step]:
    """The answers, one for a call each; a list among them stands for its items. Raises TypeError."""
    for value in answers:
        if isinstance(value, list | tuple):
            if not value:
                raise ValueError("A sequence of answers needs one at least: reply('first', 'second').")
            yield from steps_of(value)
        elif callable(value) and not isinstance(value, type):
            yield Made(value)
        else:
            yield _fixed(value)


def _fixed(value: object) -> Fixed:
    if isinstance(value, Said | Completion | Fault):
        return value
    if isinstance(value, str):
        return Said(value)
    if isinstance(value, ToolCall):
        return Said(tools=(value,))
    if isinstance(value, Mapping) and (tools := _tools(value)):
        return Said(str(value.get("text", "")), tools)
    if value is None or isinstance(value, type):
        raise TypeError(_no_answer(value))
    try:
        return Said(json.dumps(value, ensure_ascii=False, allow_nan=False))
    except (TypeError, ValueError):
        raise TypeError(_no_answer(value)) from None


def _no_answer(value: object) -> str:
    return (
        "An answer is a text, JSON data, a tool call ({'tool': 'weather', 'arguments': {…}}), a Completion "
        f"or a function of the prompt, not {value!r:.80}."
    )


def _tools(value: Mapping[object, object]) -> tuple[ToolCall, ...]:
    """The tool calls that a mapping says: {"tool", "arguments"}, {"text", "tools": […]}; none for data."""
    said = {str(key) for key in value} - {"text"}
    if said == {"tools"}:
        listed = value["tools"]
        calls = listed if isinstance(listed, list | tuple) else ()
        found = [_tool(call) for call in calls if isinstance(call, ToolCall | Mapping)]
        return tuple(call for call in found if call is not None) if len(found) == len(calls) else ()
    call = _tool({key: each for key, each in value.items() if key != "text"})
    return () if call is None else (call,)


def _tool(value: object) -> ToolCall | None:
    if isinstance(value, ToolCall):
        return value
    name = value.get("tool") if isinstance(value, Mapping) else None
    if not isinstance(value, Mapping) or not isinstance(name, str):
        return None
    unknown = next((str(key) for key in value if key not in _TOOL_KEYS), None)
    if unknown is not None:
        raise TypeError(
            f"The tool call '{name:.80}' has the key '{unknown}'.{nearest(unknown, _TOOL_KEYS)} To answer "
            "with JSON of this form, which calls no tool, give it as text: json.dumps({'tool': …})."
        )
    arguments = value.get("arguments", {})
    text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return ToolCall(str(value.get("id", "")), name, text)


def empty(prompt: Prompt) -> Completion:
    """An answer that says nothing."""
    return Completion(
        (Choice(finish_reason="stop"),),
        Usage(estimate_tokens(prompt_text(prompt)), 1, estimated=True),
        ORIGIN,
    )


def refusal(prompt: Prompt, words: str = "") -> Completion:
    """An answer in which the model refuses."""
    usage = Usage(estimate_tokens(prompt_text(prompt)), estimate_tokens(words or REFUSAL), estimated=True)
    refused = Choice(finish_reason="stop")  # its words stand beside it, as OpenAI has it
    return Completion((refused,), usage, ORIGIN, extensions={"refusal": words or REFUSAL})


def cut_short(completion: Completion) -> Completion:
    """The first half of an answer, which came to its token limit there."""
    return replace(
        completion,
        choices=tuple(
            replace(
                choice,
                text=choice.text[: len(choice.text) // 2],
                tool_calls=tuple(
                    replace(call, arguments=call.arguments[: len(call.arguments) // 2])
                    for call in choice.tool_calls
                ),
                finish_reason="length",
            )
            for choice in completion.choices
        ),
    )

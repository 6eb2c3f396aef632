"""How deltas become a completion, and an answer of any kind deltas.

The rule: `fold(unfold(c)) == c` for every completion that was not cut, and nothing of a stream is lost on the
way. What the values mean, and what a stream of deltas keeps, is said in `llm.py`.
"""

import inspect
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TypeAlias, TypeVar

from pytest_llmock.llm import (
    JSON,
    Backend,
    Choice,
    Completion,
    Delta,
    Deltas,
    End,
    FinishReason,
    Message,
    Origin,
    Prompt,
    ToolCall,
    ToolDelta,
    ToolResult,
    Usage,
)

T = TypeVar("T")
_WORDS = re.compile(r"^[^ ]*(?: [^ ]*){0,2}|(?: [^ ]*){1,3}")  # three at a time

# what a user may pass as a backend: see `as_backend` for what it may return
BackendLike: TypeAlias = Callable[[Prompt], object]


def estimate_tokens(text: str) -> int:
    """A quarter of the UTF-8 bytes, rounded up, and at least 1: for backends that do not count."""
    size = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
    return max(1, -(-size // 4))


def prompt_text(prompt: Prompt) -> str:
    """Every word a model would read in the prompt, for counting tokens."""
    parts = [message.text for message in prompt.messages]
    parts += [part.content for m in prompt.messages for part in m.parts if isinstance(part, ToolResult)]
    return "\n".join([*parts, *prompt.inputs])


def since_user(prompt: Prompt) -> tuple[Message, ...]:
    """The turns after the one in which the user spoke last; all of them where no user did.

    Words in one message with results of tools are no new question.
    """
    places = [
        place
        for place, message in enumerate(prompt.messages)
        if message.role == "user" and not any(isinstance(part, ToolResult) for part in message.parts)
    ]
    return prompt.messages[places[-1] + 1 :] if places else prompt.messages


@dataclass(slots=True)
class _Growing:
    """A choice that is still being folded."""

    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    tools: dict[int, ToolDelta] = field(default_factory=dict)
    finish_reason: FinishReason | None = None

    def add(self, delta: Delta) -> None:
        if delta.text:
            self.text.append(delta.text)
        if delta.reasoning:
            self.reasoning.append(delta.reasoning)
        if delta.tool is not None:
            self._add_tool(delta.tool)
        if delta.end is not None:
            self.finish_reason = delta.end.finish_reason

    def _add_tool(self, piece: ToolDelta) -> None:
        so_far = self.tools.get(piece.index)
        if so_far is None:
            self.tools[piece.index] = piece
            return
        self.tools[piece.index] = replace(
            so_far,
            id=so_far.id or piece.id,
            name=so_far.name or piece.name,
            arguments=so_far.arguments + piece.arguments,
        )

    def choice(self) -> Choice:
        calls = [self.tools[index] for index in sorted(self.tools)]
        return Choice(
            text="".join(self.text),
            reasoning="".join(self.reasoning),
            tool_calls=tuple([ToolCall(call.id, call.name, call.arguments) for call in calls]),
            finish_reason=self.finish_reason,
        )


def collect(deltas: Iterable[Delta]) -> Completion:
    """The whole answer of deltas that have arrived; a choice without `end` has `finish_reason` None."""
    choices: dict[int, _Growing] = {}
    vectors: dict[int, tuple[float, ...]] = {}
    extensions: dict[str, JSON] = {}
    origin: Origin | None = None
    usage: Usage | None = None
    for delta in deltas:
        origin = origin or delta.origin
        if delta.extensions:
            extensions.update(delta.extensions)
        if delta.vector is not None:
            vectors[delta.index] = delta.vector
        else:
            if delta.index not in choices:
                choices[delta.index] = _Growing()
            choices[delta.index].add(delta)
        if delta.end is not None and delta.end.usage is not None:
            usage = delta.end.usage
    return Completion(
        choices=tuple([choices[index].choice() for index in sorted(choices)]),
        usage=usage or Usage(),
        origin=origin,
        vectors=tuple([vectors[index] for index in sorted(vectors)]),
        extensions=extensions,
    )


async def fold(deltas: Deltas) -> Completion:
    """The whole answer of a stream, which is read to its end and closed."""
    try:
        return collect([delta async for delta in deltas])
    finally:
        await deltas.aclose()


async def first(items: AsyncGenerator[T, None]) -> tuple[T | None, AsyncGenerator[T, None]]:
    """The first item, and a stream that still has all of them; None when there is not one.

    For whoever must know the origin, or an early failure, before it begins to answer.
    """
    head = await anext(items, None)

    async def whole() -> AsyncGenerator[T, None]:
        async with aclosing(items):
            if head is not None:
                yield head
            async for item in items:
                yield item

    return head, whole()


def pieces(text: str) -> list[str]:
    """The text in groups of words, as a model streams it: "One two three", " four five six"."""
    return _WORDS.findall(text)


async def by_words(deltas: Deltas) -> Deltas:
    """The deltas as they are streamed: a text that was made at once comes in groups of words."""
    async with aclosing(deltas):
        async for delta in deltas:
            if not delta.at_once:
                yield delta
                continue
            said, *others = pieces(delta.text)
            yield replace(delta, text=said, at_once=False)
            for piece in others:
                yield Delta(piece, delta.index)


async def unfold(completion: Completion, *, in_pieces: bool = False) -> Deltas:
    """The completion as a stream: `fold(unfold(c)) == c` for any completion that was not cut.

    `in_pieces`: its words are sent in several pieces, as those of a model are.
    """
    deltas = [*_vector_deltas(completion), *_choice_deltas(completion, at_once=in_pieces)] or [Delta()]
    if completion.origin is not None or completion.extensions:
        deltas[0] = replace(deltas[0], origin=completion.origin, extensions=completion.extensions or None)
    for delta in deltas:
        yield delta


def _vector_deltas(completion: Completion) -> Iterator[Delta]:
    last = len(completion.vectors) - 1
    for index, vector in enumerate(completion.vectors):
        end = End("stop", completion.usage) if index == last and not completion.choices else None
        yield Delta(index=index, vector=vector, end=end)


def _choice_deltas(completion: Completion, *, at_once: bool) -> Iterator[Delta]:
    last = len(completion.choices) - 1
    for index, choice in enumerate(completion.choices):
        if choice.reasoning:
            yield Delta(index=index, reasoning=choice.reasoning)
        if choice.text:
            yield Delta(choice.text, index, at_once=at_once)
        for position, call in enumerate(choice.tool_calls):
            yield Delta(index=index, tool=ToolDelta(position, call.id, call.name, call.arguments))
        usage = completion.usage if index == last else None
        end = End(choice.finish_reason, usage) if choice.finish_reason is not None else None
        yield Delta(index=index, end=end)


def answer(value: object, prompt: Prompt) -> Completion:
    """What a plain function returned, as a completion: text as it is, JSON data as JSON text."""
    if isinstance(value, Completion):
        return value
    text = value if isinstance(value, str) else _json_text(value)
    usage = Usage(estimate_tokens(prompt_text(prompt)), estimate_tokens(text), estimated=True)
    return Completion((Choice(text, finish_reason="stop"),), usage)


def _json_text(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"A backend function returned {type(value).__name__}, which is no text, JSON data or Completion"
        ) from error


def as_backend(function: BackendLike) -> Backend:
    """Any callable a user may pass, as a backend.

    Accepted: an async generator function of deltas, a coroutine function or a plain function that returns
    text, JSON data or a `Completion`. A plain function runs where it is called, on the server's loop.
    """
    if inspect.isasyncgenfunction(function):
        return function

    async def backend(prompt: Prompt, /) -> Deltas:
        result = function(prompt)
        if isinstance(result, AsyncGenerator):
            async with aclosing(result):
                async for delta in result:
                    yield delta
            return
        if isinstance(result, AsyncIterator):
            async for delta in result:
                yield delta
            return
        value = await result if inspect.isawaitable(result) else result
        async for delta in unfold(answer(value, prompt)):
            yield delta

    return backend

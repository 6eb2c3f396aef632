"""The embedded generator: no model, no network, and the same bytes for the same seed on every machine.

What it reads is the `Generation` or the response schema, never prose; only a plain chat is answered from the
words of the last message. Order of decision: embed, generation, response schema, tool, words.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from pytest_llmock.backends.synthetic.answers import answer
from pytest_llmock.backends.synthetic.vectors import vector
from pytest_llmock.folding import estimate_tokens, prompt_text
from pytest_llmock.llm import (
    JSON,
    Delta,
    Deltas,
    End,
    FinishReason,
    Origin,
    Prompt,
    ToolCall,
    ToolDelta,
    Usage,
)

ORIGIN = Origin("synthetic", "synthetic", model="synthetic", provider="synthetic")
DIMENSIONS = 64
_Words: TypeAlias = tuple[str, FinishReason, str]  # last is the stop sequence that ended them
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(slots=True, eq=False)
class Synthetic:
    """A backend that makes up its answers. `locale` other than "en" takes its words from mimesis.

    A test that is sampled gives it another `seed` for each sample.
    """

    seed: int = 0
    locale: str = "en"

    async def __call__(self, prompt: Prompt, /) -> Deltas:
        if prompt.operation == "embed":
            deltas = _embedded(prompt)
        elif prompt.generation is not None:
            value = await answer(prompt.generation, seed=self.seed, locale=self.locale)
            text = _encode(value)
            usage = Usage(estimate_tokens(prompt_text(prompt)), estimate_tokens(text), estimated=True)
            deltas = iter((Delta(text, origin=ORIGIN), Delta(end=End("stop", usage))))
        else:
            deltas = _chat(prompt, seed=self.seed, locale=self.locale)
        for delta in deltas:
            yield delta


def _embedded(prompt: Prompt) -> Iterator[Delta]:
    asked = prompt.extensions.get("dimensions")
    size = asked if isinstance(asked, int) and asked > 0 else DIMENSIONS
    usage = Usage(sum(estimate_tokens(text) for text in prompt.inputs), 0, estimated=True)
    last = len(prompt.inputs) - 1
    for index, text in enumerate(prompt.inputs):
        yield Delta(
            index=index,
            vector=vector(text, size),
            origin=ORIGIN if index == 0 else None,
            end=End("stop", usage) if index == last else None,
        )


def _chat(prompt: Prompt, *, seed: int, locale: str) -> Iterator[Delta]:
    from pytest_llmock.backends.synthetic.chat import reply, thought  # noqa: PLC0415 - the mock API never chats

    thinking = thought(prompt)
    choices = [
        _cut(reply(prompt, seed=seed, variant=variant, locale=locale), prompt)
        for variant in range(max(1, prompt.sampling.n))
    ]
    spoken = sum(
        estimate_tokens(said.arguments if isinstance(said, ToolCall) else said[0]) for said in choices
    )
    spoken += estimate_tokens(thinking) * len(choices) if thinking else 0
    usage = Usage(estimate_tokens(prompt_text(prompt)), spoken, estimated=True)
    origin: Origin | None = ORIGIN
    for index, said in enumerate(choices):
        whole = usage if index == len(choices) - 1 else None
        if thinking:
            yield Delta(index=index, reasoning=thinking, origin=origin)
            origin = None
        for delta in _choice(said, index, whole, origin):
            yield delta
            origin = None


def _choice(
    said: _Words | ToolCall, index: int, usage: Usage | None, origin: Origin | None
) -> Iterator[Delta]:
    if isinstance(said, ToolCall):
        yield Delta(index=index, tool=ToolDelta(0, said.id, said.name, said.arguments), origin=origin)
        yield Delta(index=index, end=End("tool_calls", usage))
        return
    text, finish, stopped = said
    if text:
        yield Delta(text, index, origin=origin, at_once=True)
        origin = None
    told: dict[str, JSON] | None = {"stop_sequence": stopped} if stopped and index == 0 else None
    yield Delta(index=index, origin=origin, end=End(finish, usage), extensions=told)


def _cut(said: str | ToolCall, prompt: Prompt) -> _Words | ToolCall:
    """A text as far as stop sequences and the token limit allow, at about four bytes a token."""
    if isinstance(said, ToolCall):
        return said
    ends = [(found, stop) for stop in prompt.sampling.stop if stop and (found := said.find(stop)) >= 0]
    end, stopped = min(ends, default=(len(said), ""))
    limit = prompt.sampling.max_tokens
    if limit is None or len(said[:end].encode()) <= limit * 4:
        return said[:end], "stop", stopped
    return said[:end].encode()[: limit * 4].decode("utf-8", "ignore"), "length", ""

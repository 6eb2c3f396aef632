"""The live leaf for Anthropic's Messages API, and for servers that speak it.

What it has in common with other live leaves, and its rules, stand in `live_leaf.py`. A schema goes out as
`output_config.format` where that can say it, else as the input of a tool that must be called, else in words.
"""

import logging
from dataclasses import dataclass
from typing import ClassVar

from pytest_llmock.backends.answers import AnswerDecoder
from pytest_llmock.backends.live_leaf import LiveLeaf
from pytest_llmock.backends.negotiation import with_instruction
from pytest_llmock.errors import BackendError, Failure
from pytest_llmock.llm import JSON, Completion, Prompt
from pytest_llmock.wire.anthropic_answer import CHOICE_FIELDS
from pytest_llmock.wire.anthropic_request import (
    ANSWER_TOOL,
    SchemaMode,
    encode_request,
    left_out,
    schema_modes,
)
from pytest_llmock.wire.anthropic_stream import EventDecoder

log = logging.getLogger("pytest_llmock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Anthropic(LiveLeaf[SchemaMode]):
    """A backend that asks a live server in Anthropic's words."""

    chat_path: ClassVar[str] = "messages"
    form_name: ClassVar[str] = "output_config.format"
    choice_fields: ClassVar[frozenset[str]] = CHOICE_FIELDS

    def modes(self, prompt: Prompt) -> tuple[SchemaMode, ...]:
        return self.negotiation.left(schema_modes(prompt), about=_root(prompt))

    def _settle_mode(self, prompt: Prompt, tried: tuple[SchemaMode, ...], worked: SchemaMode) -> None:
        self.negotiation.settle(tried, worked, about=_root(prompt))

    def _body(self, prompt: Prompt, mode: SchemaMode) -> dict[str, JSON]:
        for name in left_out(prompt):
            if self.negotiation.first_time(f"no word for {name}"):
                log.warning("Backend '%s' has no word for '%s': it is left out.", self.name, name)
        in_words = prompt.schema is not None and (mode == "prompt" or self.negotiation.ignored)
        worded = with_instruction(prompt) if in_words else prompt
        return encode_request(worded, model=self._model(prompt), stream=True, mode=mode)

    def _decoder(self, mode: SchemaMode) -> AnswerDecoder:
        return EventDecoder(answer_tool=ANSWER_TOOL if mode == "tool" else "")

    async def _vectors(self, _prompt: Prompt) -> Completion:
        message = (
            f"Backend '{self.name}' ({self.provider.name}) cannot embed: Anthropic's API has no embeddings. "
            "Name another backend for them, such as one with Provider openai, ollama or synthetic."
        )
        raise BackendError(Failure("protocol", message), backend=self.name)


def _root(prompt: Prompt) -> str:
    """What the refusal of a form says something about: objects, which every server takes, or other values."""
    schema = prompt.schema.schema if prompt.schema else None
    return "" if schema is None or schema.get("type") == "object" else "other roots"

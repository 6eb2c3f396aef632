"""The live leaf for any server that speaks OpenAI's chat API, Azure's resources among them.

What it has in common with other live leaves, and its rules, stand in `live_leaf.py`.
"""

import logging
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import ClassVar
from urllib.parse import urlsplit

from pytest_llmock.backends.answers import AnswerDecoder, estimated, json_of, named, reported_model
from pytest_llmock.backends.http import Patience
from pytest_llmock.backends.live_leaf import LiveLeaf
from pytest_llmock.backends.negotiation import prepared
from pytest_llmock.errors import BackendError
from pytest_llmock.llm import JSON, Completion, Prompt
from pytest_llmock.wire import openai_chat, openai_embeddings
from pytest_llmock.wire.openai_chat import SchemaMode
from pytest_llmock.wire.openai_foreign import left_out

log = logging.getLogger("pytest_llmock")

OPENAI_HOST = "api.openai.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAICompatible(LiveLeaf[SchemaMode]):
    """A backend that asks a live server in OpenAI's words."""

    chat_path: ClassVar[str] = "chat/completions"
    form_name: ClassVar[str] = "response_format"
    choice_fields: ClassVar[frozenset[str]] = openai_chat.CHOICE_FIELDS

    def modes(self, prompt: Prompt) -> tuple[SchemaMode, ...]:
        return self.negotiation.modes(self.provider, prompt.schema)

    def _settle_mode(self, _prompt: Prompt, tried: tuple[SchemaMode, ...], worked: SchemaMode) -> None:
        self.negotiation.settle(tried, worked)

    def _body(self, prompt: Prompt, mode: SchemaMode) -> dict[str, JSON]:
        self._tell_left_out(prompt)
        worded = prepared(prompt, mode, self.provider, ignored=self.negotiation.ignored)
        sent = replace(worded, extensions=self._extensions(prompt))
        return openai_chat.encode_request(sent, model=self._model(prompt), stream=True, mode=mode)

    def _tell_left_out(self, prompt: Prompt) -> None:
        for name in left_out(prompt):
            if self.negotiation.first_time(f"no word for {name}"):
                log.warning("Backend '%s' has no word for '%s': it is left out.", self.name, name)

    def _extensions(self, prompt: Prompt) -> dict[str, JSON]:
        extensions = dict(prompt.extensions)
        host = urlsplit(self.base_url or self.provider.base_url).hostname
        if self.provider.newer_limit or host == OPENAI_HOST:
            extensions["max_completion_tokens"] = True  # newer models refuse the older name of the limit
        return extensions

    def _decoder(self, _mode: SchemaMode) -> AnswerDecoder:
        return openai_chat.ChunkDecoder()

    async def _vectors(self, prompt: Prompt) -> Completion:
        body = openai_embeddings.encode_request(prompt, model=self._model(prompt))
        answer = await self._post("embeddings", body, prompt, Patience(self.timeout_s))
        async with aclosing(answer):
            said = await json_of(answer, warn=self._warn)
        try:
            completion = openai_embeddings.decode_completion(said)
        except BackendError as error:
            raise named(answer.target, error) from None
        if len(completion.vectors) != len(prompt.inputs):
            problem = f"sent {len(completion.vectors)} embeddings for {len(prompt.inputs)} inputs."
            raise answer.target.error("protocol", problem)
        origin = replace(self._origin(prompt), model=reported_model(said) or self._model(prompt))
        usage = completion.usage if completion.usage.total_tokens else estimated(prompt)
        return replace(completion, origin=origin, usage=usage)

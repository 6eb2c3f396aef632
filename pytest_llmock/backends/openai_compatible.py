"""The live leaf: any server that speaks OpenAI's chat API.

Rules: one call is one attempt, bounded by `timeout_s` of waiting in all; nothing is retried here, and asking
again in a lower form of `response_format` is no retry (`negotiation.py`). Answers are always streamed, so
that a recording keeps the chunks, and a server that answers in one piece is as good. The key is asked for
when a call goes out, and stays in `Target.secret`, which no repr shows.
"""

import json
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field, replace
from typing import ClassVar
from urllib.parse import urlsplit

from pytest_llmock.backends.answers import (
    deltas_of,
    estimated,
    json_of,
    named,
    observed,
    reported_model,
    with_usage,
)
from pytest_llmock.backends.http import MAX_BYTES, Answer, Http, Patience, Target
from pytest_llmock.backends.negotiation import DOWNGRADES, IGNORED, Negotiation, prepared
from pytest_llmock.backends.providers import Provider
from pytest_llmock.backends.refusals import refusal
from pytest_llmock.clock import Clock, SystemClock
from pytest_llmock.errors import BackendError, Failure, SettingsError
from pytest_llmock.folding import unfold
from pytest_llmock.llm import JSON, Delta, Deltas, Origin, Prompt, Sampling, Usage
from pytest_llmock.wire import openai_chat, openai_embeddings
from pytest_llmock.wire.openai_chat import SchemaMode

log = logging.getLogger("pytest_llmock")

OPENAI_HOST = "api.openai.com"


def no_key() -> str:
    """For backends that need no key."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAICompatible:
    """A backend that asks a live server.

    `model` empty: the client's model is asked for. `max_tokens` bounds what a client may ask for,
    `temperature` is for generations only. `negotiation` remembers from call to call.
    """

    live: ClassVar[bool] = True

    name: str
    provider: Provider
    http: Http
    model: str = ""
    base_url: str = ""
    api_key: Callable[[], str] = field(default=no_key, repr=False)
    max_tokens: int | None = None
    temperature: float | None = None
    timeout_s: float = 30.0
    max_bytes: int = MAX_BYTES
    negotiation: Negotiation = field(default_factory=Negotiation, repr=False, compare=False)
    clock: Clock = field(default_factory=SystemClock, repr=False, compare=False)

    def __call__(self, prompt: Prompt, /) -> Deltas:
        """The answer as it comes. Raises BackendError, from the first wait on."""
        if prompt.operation == "embed":
            return self._embed(prompt)
        if prompt.sampling.n > 1 and not self.provider.many_choices:
            return self._one_by_one(prompt)
        return self._chat(prompt)

    def asked(self, prompt: Prompt) -> Prompt:
        """The prompt with what this backend's settings make of it: its limits and its temperature."""
        sampling = self._sampling(prompt)
        return prompt if sampling is prompt.sampling else replace(prompt, sampling=sampling)

    async def _chat(self, prompt: Prompt) -> Deltas:
        patience = Patience(self.timeout_s)
        answer, mode = await self._negotiate(prompt, patience)
        deltas = with_usage(deltas_of(answer, self._origin(prompt), warn=self._warn), prompt)
        if mode != "prompt":
            deltas = observed(deltas, self._check_form)
        async with aclosing(answer), aclosing(deltas):
            async for delta in deltas:
                yield delta

    async def _one_by_one(self, prompt: Prompt) -> Deltas:
        """The choices of a provider that gives one per request; the usage is that of all requests."""
        total = Usage()
        for index in range(prompt.sampling.n):
            async with aclosing(self._chat(_single(prompt, index))) as deltas:
                async for delta in deltas:
                    end = delta.end
                    if end is not None and end.usage is not None:
                        total = _added(total, end.usage)
                        end = replace(end, usage=total if index == prompt.sampling.n - 1 else None)
                    yield replace(_moved(delta, index), end=end)

    async def _negotiate(self, prompt: Prompt, patience: Patience) -> tuple[Answer, SchemaMode]:
        modes = self.negotiation.modes(self.provider, prompt.schema)
        errors: list[BackendError] = []
        for mode in modes:
            try:
                answer = await self._post("chat/completions", self._body(prompt, mode), prompt, patience)
            except BackendError as error:
                if error.failure.status not in DOWNGRADES:
                    raise
                errors.append(error)
                continue
            if prompt.schema is not None:
                self._settle(modes, mode, errors)
            return answer, mode
        raise errors[0]

    def _settle(self, modes: tuple[SchemaMode, ...], mode: SchemaMode, errors: list[BackendError]) -> None:
        self.negotiation.settle(modes, mode)
        if errors:
            status = errors[0].failure.status
            log.warning(
                "Backend '%s' refuses response_format %s (%s); from now on: %s.",
                self.name,
                modes[0],
                status,
                mode,
            )

    def _body(self, prompt: Prompt, mode: SchemaMode) -> dict[str, JSON]:
        worded = prepared(prompt, mode, self.provider, ignored=self.negotiation.ignored)
        sent = replace(worded, sampling=self._sampling(prompt), extensions=self._extensions(prompt))
        return openai_chat.encode_request(sent, model=self._model(prompt), stream=True, mode=mode)

    def _sampling(self, prompt: Prompt) -> Sampling:
        sampling = prompt.sampling
        limit, temperature = self.max_tokens, sampling.temperature
        if sampling.max_tokens is not None and (limit is None or sampling.max_tokens < limit):
            limit = sampling.max_tokens
        if temperature is None and prompt.generation is not None:
            temperature = self.temperature
        if (limit, temperature) == (sampling.max_tokens, sampling.temperature):
            return sampling
        return replace(sampling, max_tokens=limit, temperature=temperature)

    def _extensions(self, prompt: Prompt) -> dict[str, JSON]:
        extensions = dict(prompt.extensions)
        if (
            urlsplit(self._base()).hostname == OPENAI_HOST
        ):  # its newer models refuse the older name of the limit
            extensions["max_completion_tokens"] = True
        return extensions

    def _model(self, prompt: Prompt) -> str:
        return self.model or prompt.model

    def _base(self) -> str:
        return (self.base_url or self.provider.base_url).rstrip("/")

    async def _post(self, path: str, body: dict[str, JSON], prompt: Prompt, patience: Patience) -> Answer:
        target = Target(
            url=f"{self._base()}/{path}",
            backend=self.name,
            provider=self.provider.name,
            start_hint=self.provider.start_hint,
            secret=self._key(),
        )
        content = json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode("ascii")
        async with AsyncExitStack() as on_error:
            answer = await self.http.post(target, content, patience=patience, max_bytes=self.max_bytes)
            on_error.push_async_callback(answer.aclose)
            refused = await refusal(answer, self.provider, self._model(prompt), self.clock)
            if refused is not None:
                raise refused
            on_error.pop_all()
        return answer

    def _key(self) -> str:
        try:
            key = self.api_key().strip()
        except SettingsError as error:
            raise BackendError(Failure("key_missing", error.message), backend=self.name) from error
        if self.provider.key_required and not key:
            message = (
                f"{self.provider.label} provider requires an API key. Set 'ApiKey' in backend configuration. "
                f"(Backend '{self.name}'; ${{OPENAI_API_KEY}} there takes it from the environment.)"
            )
            log.error(message)
            raise BackendError(Failure("key_missing", message), backend=self.name)
        if not (key.isascii() and key.isprintable()):
            message = f"The 'ApiKey' of backend '{self.name}' has characters that no header can carry."
            raise BackendError(Failure("key_missing", message), backend=self.name)
        return key

    async def _embed(self, prompt: Prompt) -> Deltas:
        body = openai_embeddings.encode_request(prompt, model=self._model(prompt))
        answer = await self._post("embeddings", body, prompt, Patience(self.timeout_s))
        async with aclosing(answer):
            said = await json_of(answer, warn=self._warn)
        try:
            completion = openai_embeddings.decode_completion(said)
        except BackendError as error:
            raise named(answer.target, error) from error
        if len(completion.vectors) != len(prompt.inputs):
            problem = f"sent {len(completion.vectors)} embeddings for {len(prompt.inputs)} inputs."
            raise answer.target.error("protocol", problem)
        origin = replace(self._origin(prompt), model=reported_model(said) or self._model(prompt))
        usage = completion.usage if completion.usage.total_tokens else estimated(prompt)
        async with aclosing(unfold(replace(completion, origin=origin, usage=usage))) as deltas:
            async for delta in deltas:
                yield delta

    def _origin(self, prompt: Prompt) -> Origin:
        return Origin(self.name, "live", self._model(prompt), self.provider.name)

    def _warn(self, problem: str) -> None:
        if self.negotiation.first_time(problem):
            log.warning("Backend '%s' %s; its answers are used all the same.", self.name, problem)

    def _check_form(self, text: str) -> None:
        """Notice a server that takes a `response_format` and ignores it."""
        if not text.strip():  # a refusal, or tool calls
            return
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            if self.negotiation.first_time(IGNORED):
                log.warning(
                    "Backend '%s' ignores response_format: it answered prose where JSON was asked for. "
                    "From now on the schema is also put into the prompt.",
                    self.name,
                )


def _single(prompt: Prompt, index: int) -> Prompt:
    """The prompt for choice number `index` alone; a given seed moves on, or all choices would be the same."""
    seed = prompt.sampling.seed
    return replace(
        prompt, sampling=replace(prompt.sampling, n=1, seed=None if seed is None else seed + index)
    )


def _moved(delta: Delta, index: int) -> Delta:
    """A delta of an answer with one choice, moved to choice number `index`; only the first has an origin."""
    said = {
        openai_chat.extension_key(key, index) if key in openai_chat.CHOICE_FIELDS else key: value
        for key, value in (delta.extensions or {}).items()
    }
    origin = delta.origin if index == 0 else None
    return replace(delta, index=index, origin=origin, extensions=said or None)


def _added(one: Usage, other: Usage) -> Usage:
    return Usage(
        one.input_tokens + other.input_tokens,
        one.output_tokens + other.output_tokens,
        estimated=one.estimated or other.estimated,
    )

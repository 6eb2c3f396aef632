"""What every live leaf has in common: its settings, the key, how it calls, what it does about refused fields.

Rules: one call is one attempt, bounded by `timeout_s` of waiting in all; nothing is retried here, and asking
again in a lower form is no retry (`negotiation.py`). Answers are always streamed, so that a recording keeps
the chunks, and a server that answers in one piece is as good. The key is asked for when a call goes out, and
stays in `Target`, which shows it in no repr.
"""

import json
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field, replace
from itertools import product
from typing import ClassVar, Generic, TypeVar

from pytest_llmock.backends.answers import AnswerDecoder, complete, deltas_of, observed, with_usage
from pytest_llmock.backends.http import MAX_BYTES, Answer, Http, Patience, Target
from pytest_llmock.backends.limits import Limits
from pytest_llmock.backends.negotiation import IGNORED, Negotiation
from pytest_llmock.backends.providers import Provider
from pytest_llmock.backends.refusals import refusal
from pytest_llmock.clock import Clock, SystemClock
from pytest_llmock.errors import BackendError, Failure, SettingsError
from pytest_llmock.folding import unfold
from pytest_llmock.llm import JSON, Completion, Delta, Deltas, Origin, Prompt, Sampling, Usage
from pytest_llmock.wire.reading import extension_key

log = logging.getLogger("pytest_llmock")

Mode = TypeVar("Mode", bound=str)


def no_key() -> str:
    """For backends that need no key."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLeaf(ABC, Generic[Mode]):
    """A backend that asks a live server; `Mode` are the ways in which its API can be told a schema.

    `model` empty: the client's model is asked for. `max_tokens` bounds what a client may ask for,
    `temperature` is for generations only. `negotiation` remembers from call to call.
    """

    live: ClassVar[bool] = True
    chat_path: ClassVar[str]
    form_name: ClassVar[str]  # the field that asks for JSON, for messages
    choice_fields: ClassVar[frozenset[str]]  # the names in an answer's extensions that belong to one choice

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

    @abstractmethod
    def modes(self, prompt: Prompt) -> tuple[Mode, ...]:
        """The ways to tell this prompt's schema that are left to try, best first."""

    @abstractmethod
    def _body(self, prompt: Prompt, mode: Mode) -> dict[str, JSON]:
        """The request for a prompt that `asked` and the negotiation have been at."""

    @abstractmethod
    def _decoder(self, mode: Mode, /) -> AnswerDecoder: ...

    @abstractmethod
    async def _vectors(self, prompt: Prompt, /) -> Completion:
        """The whole answer to an embedding."""

    @abstractmethod
    def _settle_mode(self, prompt: Prompt, tried: tuple[Mode, ...], worked: Mode, /) -> None: ...

    def __call__(self, prompt: Prompt, /) -> Deltas:
        """The answer as it comes. Raises BackendError, from the first wait on."""
        if prompt.operation == "embed":
            return self._embed(prompt)
        if prompt.sampling.n > 1 and not self.provider.many_choices:
            return self._one_by_one(prompt)
        return self._chat(prompt)

    def asked(self, prompt: Prompt) -> Prompt:
        """The prompt with what this backend's settings make of it: its limits and its temperature."""
        return Limits(self.max_tokens, self.temperature).asked(prompt)

    def url(self, path: str, model: str = "") -> str:
        """The address of a path below the base, for a model where the path needs one."""
        return self.provider.address(self.base_url or self.provider.base_url, path, model)

    def target(self, url: str, key: str) -> Target:
        """Where a call goes that takes this key along."""
        headers = dict(self.provider.headers)
        if key:
            headers[self.provider.key_header] = f"{self.provider.key_prefix}{key}"
        return Target(
            url=url,
            backend=self.name,
            provider=self.provider.name,
            start_hint=self.provider.start_hint,
            secret=key,
            headers=headers,
        )

    def key(self) -> str:
        """The key, empty where none is needed. Raises BackendError (key_missing)."""
        try:
            key = self.api_key().strip()
        except SettingsError as error:
            raise BackendError(Failure("key_missing", error.message), backend=self.name) from error
        if self.provider.key_variable and not key:
            message = (
                f"{self.provider.label} provider requires an API key. Set 'ApiKey' in backend configuration. "
                f"(Backend '{self.name}'; ${{{self.provider.key_variable}}} there takes it from the "
                "environment.)"
            )
            raise BackendError(Failure("key_missing", message), backend=self.name)
        if not (key.isascii() and key.isprintable()):
            message = f"The 'ApiKey' of backend '{self.name}' has characters that no header can carry."
            raise BackendError(Failure("key_missing", message), backend=self.name)
        return key

    def _told_key(self) -> str:
        """The key of a call; why there is none is logged, once."""
        try:
            return self.key()
        except BackendError as error:
            if self.negotiation.first_time(error.message):
                log.error(error.message)  # noqa: TRY400 - the message says what to do, a traceback nothing more
            raise

    async def _chat(self, prompt: Prompt) -> Deltas:
        patience = Patience(self.timeout_s)
        answer, mode = await self._negotiate(self.asked(prompt), patience)
        decoder = self._decoder(mode)
        came = deltas_of(answer, self._origin(prompt), decoder, warn=self._warn)
        deltas = with_usage(complete(came, answer.target), prompt)
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
                    yield replace(_moved(delta, index, self.choice_fields), end=end)

    async def _negotiate(self, prompt: Prompt, patience: Patience) -> tuple[Answer, Mode]:
        """The answer, in the best form that the server takes."""
        modes, dials = self.modes(prompt), self._dials(prompt)
        errors: list[BackendError] = []
        for mode, dial in product(modes, dials):
            body = self._body(prompt if dial else _undialled(prompt), mode)
            try:
                answer = await self._post(self.chat_path, body, prompt, patience)
            except BackendError as error:
                if error.failure.status not in self.provider.downgrades:
                    raise
                errors.append(error)
                continue
            self._settle(prompt, (modes, mode), (dials, dial), errors)
            return answer, mode
        raise errors[0]

    def _dials(self, prompt: Prompt) -> tuple[str, ...]:
        """What the prompt says about the choice of words, and "" for nothing; best first."""
        said = _dialled(prompt.sampling)
        if not said or not self.provider.picky_models:
            return (said,)
        return self.negotiation.left((said, ""), about=said)

    def _settle(
        self,
        prompt: Prompt,
        schema: tuple[tuple[Mode, ...], Mode],
        words: tuple[tuple[str, ...], str],
        errors: list[BackendError],
    ) -> None:
        (modes, mode), (dials, dial) = schema, words
        status = errors[0].failure.status if errors else None
        if prompt.schema is not None:
            self._settle_mode(prompt, modes, mode)
        if mode != modes[0]:
            lower = (self.name, self.form_name, modes[0], status, mode)
            log.warning("Backend '%s' refuses %s %s (%s); from now on: %s.", *lower)
        said = _dialled(prompt.sampling)
        if said and self.provider.picky_models:
            self.negotiation.settle(dials, dial, about=said)
        if dial != dials[0]:
            log.warning("Backend '%s' refuses %s (%s); from now on left out.", self.name, dials[0], status)

    def _model(self, prompt: Prompt) -> str:
        return self.model or prompt.model

    async def _post(self, path: str, body: dict[str, JSON], prompt: Prompt, patience: Patience) -> Answer:
        model = self._model(prompt)
        target = self.target(self.url(path, model), self._told_key())
        if self.provider.model_in_path and not model.strip(".") and "/deployments/" not in target.url:
            raise target.error("protocol", "cannot be called: it has no 'ModelName', the deployment's name.")
        content = json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode("ascii")
        async with AsyncExitStack() as on_error:
            answer = await self.http.post(target, content, patience=patience, max_bytes=self.max_bytes)
            on_error.push_async_callback(answer.aclose)
            refused = await refusal(answer, self.provider, model, self.clock)
            if refused is not None:
                raise refused
            on_error.pop_all()
        return answer

    async def _embed(self, prompt: Prompt) -> Deltas:
        async with aclosing(unfold(await self._vectors(prompt))) as deltas:
            async for delta in deltas:
                yield delta

    def _origin(self, prompt: Prompt) -> Origin:
        return Origin(self.name, "live", self._model(prompt), self.provider.name)

    def _warn(self, problem: str) -> None:
        if self.negotiation.first_time(problem):
            log.warning("Backend '%s' %s; its answers are used all the same.", self.name, problem)

    def _check_form(self, text: str) -> None:
        """Notice a server that is asked for JSON in its own form and ignores it."""
        if not text.strip():  # a refusal, or tool calls
            return
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            if self.negotiation.first_time(IGNORED):
                log.warning(
                    "Backend '%s' ignores %s: it answered prose where JSON was asked for. "
                    "From now on the schema is also put into the prompt.",
                    self.name,
                    self.form_name,
                )


def _dialled(sampling: Sampling) -> str:
    """What is said about the choice of words: "temperature and top_p", or nothing."""
    said = {"temperature": sampling.temperature, "top_p": sampling.top_p}
    return " and ".join(name for name, value in said.items() if value is not None)


def _undialled(prompt: Prompt) -> Prompt:
    return replace(prompt, sampling=replace(prompt.sampling, temperature=None, top_p=None))


def _single(prompt: Prompt, index: int) -> Prompt:
    """The prompt for choice number `index` alone; a given seed moves on, or all choices would be the same."""
    seed = prompt.sampling.seed
    return replace(
        prompt, sampling=replace(prompt.sampling, n=1, seed=None if seed is None else seed + index)
    )


def _moved(delta: Delta, index: int, choice_fields: frozenset[str]) -> Delta:
    """A delta of an answer with one choice, moved to choice number `index`; only the first has an origin."""
    said = {
        extension_key(key, index) if key in choice_fields else key: value
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

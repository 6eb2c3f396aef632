"""What a recorded response answers, read as the live backend would have read it."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from pytest_llmock.backends.answers import deltas_of, estimated, json_of, reported_model, with_usage
from pytest_llmock.backends.http import Answer, Target
from pytest_llmock.backends.providers import PROVIDERS
from pytest_llmock.backends.refusals import refusal
from pytest_llmock.backends.registry import Leaf
from pytest_llmock.cassettes.importing.exchange import Exchange
from pytest_llmock.clock import SystemClock
from pytest_llmock.errors import BackendError, Failure
from pytest_llmock.folding import unfold
from pytest_llmock.llm import Delta, Deltas, Origin, Prompt
from pytest_llmock.wire import openai_embeddings
from pytest_llmock.wire.openai_chat import ChunkDecoder


@dataclass(slots=True)
class Heard:
    """The deltas, without origin; how the call failed, if it did; the model that the provider named."""

    deltas: list[Delta] = field(default_factory=list)
    failure: Failure | None = None
    model: str = ""


class _Kept(Answer):
    """An answer whose body is here already: no connection, nothing to wait for."""

    def __init__(self, exchange: Exchange, body: bytes, target: Target) -> None:
        self.status, self.headers, self.target = exchange.status, exchange.headers, target
        self.content_type = exchange.headers.get("content-type", "").partition(";")[0].strip().lower()
        self._body = body

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        yield self._body

    async def drain(self) -> None:
        return


async def heard(exchange: Exchange, body: bytes, prompt: Prompt, leaf: Leaf) -> Heard:
    """What came back; `body` is the response's, decompressed."""
    target = Target(_address(exchange, leaf), backend=leaf.name, provider=leaf.provider)
    answer = _Kept(exchange, body, target)
    found = Heard()
    provider = PROVIDERS.get(leaf.provider, PROVIDERS["openai"])
    found.failure = _failure(await refusal(answer, provider, prompt.model, SystemClock()))
    if found.failure is None:
        try:
            await _listen(found, _READERS[prompt.operation](answer, prompt))
        except BackendError as error:
            found.failure = error.failure
    return found


def _address(exchange: Exchange, leaf: Leaf) -> str:
    """Where it was answered; where the backend answers when the file does not say it."""
    try:
        return exchange.url if urlsplit(exchange.url).netloc else leaf.base_url
    except ValueError:
        return leaf.base_url


async def _listen(found: Heard, deltas: Deltas) -> None:
    async with aclosing(deltas):
        async for delta in deltas:
            if delta.origin is not None:
                found.model = delta.origin.model
            found.deltas.append(replace(delta, origin=None))


def _failure(error: BackendError | None) -> Failure | None:
    return None if error is None else error.failure


def _chat(answer: Answer, prompt: Prompt) -> Deltas:
    return with_usage(deltas_of(answer, Origin("", "recorded"), ChunkDecoder(), warn=_say_nothing), prompt)


async def _embed(answer: Answer, prompt: Prompt) -> Deltas:
    said = await json_of(answer, warn=_say_nothing)
    completion = openai_embeddings.decode_completion(said)
    if len(completion.vectors) != len(prompt.inputs):
        problem = f"sent {len(completion.vectors)} embeddings for {len(prompt.inputs)} inputs."
        raise answer.target.error("protocol", problem)
    usage = completion.usage if completion.usage.total_tokens else estimated(prompt)
    origin = Origin("", "recorded", reported_model(said))
    async with aclosing(unfold(replace(completion, origin=origin, usage=usage))) as deltas:
        async for delta in deltas:
            yield delta


def _say_nothing(_problem: str) -> None:
    """A wrong content type was no problem then, and is none now."""


_READERS: dict[str, Callable[[Answer, Prompt], Deltas]] = {"chat": _chat, "embed": _embed}

"""Chat completions, plain and streamed."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import lru_cache

from pytest_llmock.clock import seed_of
from pytest_llmock.folding import first, fold
from pytest_llmock.journal import Call
from pytest_llmock.llm import JSON, Completion, Delta, Source
from pytest_llmock.server.apis.asking import EPOCH, MADE_HERE, asked, identifier, pieces, source_of, whole
from pytest_llmock.server.apis.openai.stored_chat import store
from pytest_llmock.server.events import EVENT_STREAM, events
from pytest_llmock.session import Session
from pytest_llmock.shapes.limits import decode_json
from pytest_llmock.wire import openai_chat
from pytest_llmock.wire.http import Request, Response, json_response
from pytest_llmock.wire.openai_errors import error_body
from pytest_llmock.wire.openai_logprobs import with_logprobs


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request, and what its answer will say of itself."""

    session: Session
    call: Call
    chat: openai_chat.ChatRequest
    raw: bytes
    id: str

    @property
    def created(self) -> int:
        return EPOCH + self.call.number

    @property
    def custom(self) -> frozenset[str]:
        """The tools that take text in place of JSON."""
        tools = self.chat.prompt.tools
        return frozenset(tool.name for tool in tools if tool.extensions.get("type") == "custom")

    def body(self, completion: Completion) -> dict[str, JSON]:
        """The whole answer; it can be fetched from now on, if the client wants that."""
        if self.chat.top_logprobs is not None and completion.source in MADE_HERE:
            completion = with_logprobs(completion, self.chat.top_logprobs)
        body = openai_chat.encode_completion(
            completion,
            id=self.id,
            created=self.created,
            model=self.chat.prompt.model or completion.model,
            beside=self.beside(completion.source),
            custom=self.custom,
        )
        if self.chat.store:
            store(self.session, body, self.raw)
        return body

    def encoder(self, head: Delta | None) -> openai_chat.ChunkEncoder:
        """What makes events of an answer that begins with `head`."""
        source = source_of(head)
        return openai_chat.ChunkEncoder(
            id=self.id,
            created=self.created,
            model=self.chat.prompt.model or self.call.model,
            include_usage=self.chat.include_usage,
            beside=self.beside(source),
            custom=self.custom,
            top_logprobs=self.chat.top_logprobs if source in MADE_HERE else None,
        )

    def beside(self, source: Source | None) -> Mapping[str, JSON]:
        """What the service says beside an answer of ours: the run's fingerprint, the tier asked for."""
        if source not in MADE_HERE:
            return {}
        tier = self.chat.prompt.extensions.get("service_tier")
        return {
            "system_fingerprint": _fingerprint(self.session.choice.seed),
            "service_tier": tier if isinstance(tier, str) and tier != "auto" else "default",
        }


async def create(session: Session, call: Call, request: Request) -> Response:
    """POST /v1/chat/completions."""
    chat = _chat_request(request.body)
    deltas = asked(session, call, request, chat.prompt, is_whole=not chat.stream)
    wanted = _Asked(session, call, chat, request.body, identifier("chatcmpl-", session, call))
    if not chat.stream:
        return json_response(wanted.body(whole(await fold(deltas))))
    head, answer = await first(deltas)
    encoder = wanted.encoder(head)
    sent = pieces(encoder, answer)
    if chat.store:
        sent = _then_stored(sent, wanted)
    stream = events(sent, call, lambda error: encoder.error(error_body(error)))
    return Response(content_type=EVENT_STREAM, stream=stream)


@lru_cache(maxsize=1)
def _chat_request(body: bytes) -> openai_chat.ChatRequest:
    """The request in a body; asked in the same words, it is the same object, which a cassette knows again."""
    return openai_chat.decode_request(decode_json(body, what="request body"))


@lru_cache(maxsize=1)
def _fingerprint(seed: int) -> str:
    return f"fp_{seed_of('openai', seed):016x}"[:13]


async def _then_stored(sent: AsyncGenerator[bytes, None], asked: _Asked) -> AsyncGenerator[bytes, None]:
    """The stream; when it has come to its end, its answer can be fetched."""
    async with aclosing(sent):
        async for piece in sent:
            yield piece
    completion = asked.call.completion
    assert completion is not None  # the stream would have failed
    asked.body(completion)

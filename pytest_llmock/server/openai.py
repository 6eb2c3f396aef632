"""The OpenAI API at R/v1/…: chat completions, plain and streamed, and the list of models."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import lru_cache

from pytest_llmock.clock import seed_of
from pytest_llmock.folding import first, fold
from pytest_llmock.journal import Call
from pytest_llmock.llm import Completion, Deltas, Prompt
from pytest_llmock.pool.deadline import deadline_in
from pytest_llmock.server.endpoint import Endpoint, Face
from pytest_llmock.server.events import EVENT_STREAM, cut_off, events
from pytest_llmock.session import Session
from pytest_llmock.shapes.limits import decode_json
from pytest_llmock.wire import openai_chat, openai_embeddings, openai_models
from pytest_llmock.wire.http import Request, Response, json_response, requested_backend, requested_timeout
from pytest_llmock.wire.openai_errors import error_body

FACE = Face("openai", error_body, is_provider=True)
EPOCH = 1_767_225_600  # 2026-01-01: `created` counts calls from here, so that the same run has the same bytes


async def _chat(session: Session, call: Call, request: Request) -> Response:
    chat = _chat_request(request.body)
    deltas = _ask(session, call, request, chat.prompt, is_whole=not chat.stream)
    id_, created = _id("chatcmpl", session, call), EPOCH + call.number
    if chat.stream:
        _, answer = await first(deltas)
        model = chat.prompt.model or call.model
        encoder = openai_chat.ChunkEncoder(
            id=id_, created=created, model=model, include_usage=chat.include_usage
        )
        stream = events(_chunks(encoder, answer), call, lambda error: encoder.error(error_body(error)))
        return Response(content_type=EVENT_STREAM, stream=stream)
    completion = _whole(await fold(deltas))
    model = chat.prompt.model or completion.model
    return json_response(openai_chat.encode_completion(completion, id=id_, created=created, model=model))


@lru_cache(maxsize=1)
def _chat_request(body: bytes) -> openai_chat.ChatRequest:
    """The request in a body; asked in the same words, it is the same object, which a cassette knows again."""
    return openai_chat.decode_request(decode_json(body, what="request body"))


async def _embed(session: Session, call: Call, request: Request) -> Response:
    wanted = openai_embeddings.decode_request(decode_json(request.body, what="request body"))
    completion = await fold(_ask(session, call, request, wanted, is_whole=True))
    if len(completion.vectors) != len(wanted.inputs):
        raise cut_off(completion.backend)
    model = wanted.model or call.model
    return json_response(openai_embeddings.encode_completion(completion, wanted, model=model))


async def _models(session: Session, call: Call, request: Request) -> Response:
    wanted = request.path.removeprefix("/v1/models").strip("/")
    if wanted:
        return json_response(openai_models.model_body(wanted))
    names = [leaf.name for leaf in session.backends.values() if leaf.enabled]
    return json_response(openai_models.models_body(names))


def _ask(session: Session, call: Call, request: Request, prompt: Prompt, *, is_whole: bool) -> Deltas:
    selection = session.select(requested_backend(request), model=prompt.model, call=call)
    allowed = requested_timeout(request) or session.settings.deadline_seconds
    deadline = deadline_in(allowed, session.clock)
    return session.ask(prompt, selection, call=call, deadline=deadline, is_whole=is_whole)


async def _chunks(encoder: openai_chat.ChunkEncoder, deltas: Deltas) -> AsyncGenerator[bytes, None]:
    has_ended = False
    async with aclosing(deltas):
        async for delta in deltas:
            has_ended = has_ended or delta.end is not None
            yield encoder.encode(delta)
    if not has_ended:
        raise cut_off()
    yield encoder.done()


def _whole(completion: Completion) -> Completion:
    if not completion.choices or any(choice.finish_reason is None for choice in completion.choices):
        raise cut_off(completion.backend)
    return completion


def _id(prefix: str, session: Session, call: Call) -> str:
    return f"{prefix}-{seed_of(session.choice.seed, session.choice.test, call.number):016x}"


CHAT = Endpoint(FACE, _chat, frozenset({"POST"}))
EMBEDDINGS = Endpoint(FACE, _embed, frozenset({"POST"}))
MODELS = Endpoint(FACE, _models, frozenset({"GET", "HEAD"}), journalled=False)

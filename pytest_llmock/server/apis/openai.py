"""The OpenAI API at R/v1/…: chat completions, plain and streamed, embeddings, and the list of models."""

from functools import lru_cache

from pytest_llmock.folding import first, fold
from pytest_llmock.journal import Call
from pytest_llmock.server.api import Api
from pytest_llmock.server.apis.asking import EPOCH, ask, identifier, pieces, whole
from pytest_llmock.server.endpoint import Endpoint, Face
from pytest_llmock.server.events import EVENT_STREAM, cut_off, events
from pytest_llmock.session import Session
from pytest_llmock.shapes.limits import decode_json
from pytest_llmock.wire import openai_chat, openai_embeddings, openai_models
from pytest_llmock.wire.http import Request, Response, json_response
from pytest_llmock.wire.openai_errors import error_body, rate_limit_headers

FACE = Face("openai", error_body, is_provider=True, limits=rate_limit_headers)


async def _chat(session: Session, call: Call, request: Request) -> Response:
    chat = _chat_request(request.body)
    deltas = ask(session, call, request, chat.prompt, is_whole=not chat.stream)
    id_, created = identifier("chatcmpl-", session, call), EPOCH + call.number
    if chat.stream:
        _, answer = await first(deltas)
        model = chat.prompt.model or call.model
        encoder = openai_chat.ChunkEncoder(
            id=id_, created=created, model=model, include_usage=chat.include_usage
        )
        stream = events(pieces(encoder, answer), call, lambda error: encoder.error(error_body(error)))
        return Response(content_type=EVENT_STREAM, stream=stream)
    completion = whole(await fold(deltas))
    model = chat.prompt.model or completion.model
    return json_response(openai_chat.encode_completion(completion, id=id_, created=created, model=model))


@lru_cache(maxsize=1)
def _chat_request(body: bytes) -> openai_chat.ChatRequest:
    """The request in a body; asked in the same words, it is the same object, which a cassette knows again."""
    return openai_chat.decode_request(decode_json(body, what="request body"))


async def _embed(session: Session, call: Call, request: Request) -> Response:
    wanted = openai_embeddings.decode_request(decode_json(request.body, what="request body"))
    completion = await fold(ask(session, call, request, wanted, is_whole=True))
    if len(completion.vectors) != len(wanted.inputs):
        raise cut_off(completion.backend)
    model = wanted.model or call.model
    return json_response(openai_embeddings.encode_completion(completion, wanted, model=model))


async def _models(session: Session, call: Call, request: Request) -> Response:
    names = [leaf.name for leaf in session.backends.values() if leaf.enabled]
    return json_response(openai_models.models_body(names))


async def _model(session: Session, call: Call, request: Request) -> Response:
    return json_response(openai_models.model_body(str(request.params["id"])))


API = Api(
    FACE,
    {
        "/v1/chat/completions": Endpoint.of(FACE, {"POST": _chat}),
        "/v1/embeddings": Endpoint.of(FACE, {"POST": _embed}),
        "/v1/models": Endpoint.of(FACE, {"GET": _models}, journalled=False),
        "/v1/models/{id:path}": Endpoint.of(FACE, {"GET": _model}, journalled=False),
    },
)

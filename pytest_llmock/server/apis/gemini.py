"""The Gemini API at R/v1beta/models/…: contents, plain and streamed, counts of tokens, embeddings, models.

Its other versions are the same; `v1` is Gemini's for those who say a key as its clients do, else OpenAI's.
"""

from collections.abc import Callable

from pytest_llmock.errors import RequestError
from pytest_llmock.folding import estimate_tokens, first, fold, prompt_text
from pytest_llmock.journal import Call
from pytest_llmock.llm import JSON, Prompt
from pytest_llmock.server.api import Api, not_served
from pytest_llmock.server.apis.asking import ask, identifier, pieces, whole
from pytest_llmock.server.endpoint import Endpoint, Face
from pytest_llmock.server.events import EVENT_STREAM, cut_off, events
from pytest_llmock.session import Session
from pytest_llmock.shapes.limits import decode_json
from pytest_llmock.wire.gemini_answer import ResponseEncoder, encode_completion
from pytest_llmock.wire.gemini_errors import error_body
from pytest_llmock.wire.gemini_request import decode_batch, decode_count, decode_embed, decode_request
from pytest_llmock.wire.http import JSON_TYPE, Request, Response, json_response

FACE = Face(
    "gemini",
    error_body,
    is_provider=True,
    key_headers=("x-goog-api-key", "?key"),
    key_statuses=(403, 400),
)
_METHODS: list[JSON] = [
    "generateContent",
    "streamGenerateContent",
    "countTokens",
    "embedContent",
    "batchEmbedContents",
]
_CONTEXT, _OUTPUT = 1_048_576, 65_536


async def _generate(session: Session, call: Call, request: Request) -> Response:
    prompt = decode_request(_json(request), model=_model(request))
    completion = whole(await fold(ask(session, call, request, prompt, is_whole=True)))
    return json_response(encode_completion(completion, id=_id(session, call), model=prompt.model))


async def _stream(session: Session, call: Call, request: Request) -> Response:
    prompt = decode_request(_json(request), model=_model(request))
    _, answer = await first(ask(session, call, request, prompt, is_whole=False))
    as_events = dict(request.query).get("alt") == "sse"
    encoder = ResponseEncoder(id=_id(session, call), model=prompt.model, as_events=as_events)
    stream = events(pieces(encoder, answer), call, lambda error: encoder.error(error_body(error)))
    return Response(content_type=EVENT_STREAM if as_events else JSON_TYPE, stream=stream)


async def _count(session: Session, call: Call, request: Request) -> Response:
    prompt = decode_count(_json(request), model=_model(request))
    return json_response({"totalTokens": estimate_tokens(prompt_text(prompt))})


async def _embed(session: Session, call: Call, request: Request) -> Response:
    (vector,) = await _vectors(session, call, request, decode_embed)
    return json_response({"embedding": vector})


async def _embed_batch(session: Session, call: Call, request: Request) -> Response:
    return json_response({"embeddings": await _vectors(session, call, request, decode_batch)})


async def _vectors(
    session: Session, call: Call, request: Request, decode: Callable[..., Prompt]
) -> list[dict[str, object]]:
    wanted = decode(_json(request), model=_model(request))
    if not wanted.inputs:
        return []
    completion = await fold(ask(session, call, request, wanted, is_whole=True))
    if len(completion.vectors) != len(wanted.inputs):
        raise cut_off(completion.backend)
    return [{"values": vector} for vector in completion.vectors]


async def _models(session: Session, call: Call, request: Request) -> Response:
    models = [_described(leaf.name) for leaf in session.backends.values() if leaf.enabled]
    return json_response({"models": models})


async def _one(session: Session, call: Call, request: Request) -> Response:
    return json_response(_described(_model(request)))


async def _unsupported(session: Session, call: Call, request: Request) -> Response:
    """Whatever else can be done with a model there."""
    _, _, method = _model(request).rpartition(":")
    known = ", ".join(str(each) for each in _METHODS)
    raise RequestError(f"The method '{method[:80]}' is not supported. Supported: {known}.", status=501)


def _described(name: str) -> dict[str, JSON]:
    said: dict[str, JSON] = {"name": f"models/{name}", "version": "001", "displayName": name}
    limits: dict[str, JSON] = {"inputTokenLimit": _CONTEXT, "outputTokenLimit": _OUTPUT}
    return said | limits | {"supportedGenerationMethods": _METHODS}


def _json(request: Request) -> JSON:
    return decode_json(request.body, what="request body")


def _model(request: Request) -> str:
    return str(request.params["model"])


def _id(session: Session, call: Call) -> str:
    return identifier("", session, call)


_OF_MODELS = {
    "/{model}:generateContent": Endpoint.of(FACE, {"POST": _generate}),
    "/{model}:streamGenerateContent": Endpoint.of(FACE, {"POST": _stream}),
    "/{model}:countTokens": Endpoint.of(FACE, {"POST": _count}, journalled=False),
    "/{model}:embedContent": Endpoint.of(FACE, {"POST": _embed}),
    "/{model}:batchEmbedContents": Endpoint.of(FACE, {"POST": _embed_batch}),
    "/{model}": Endpoint.of(FACE, {"GET": _one, "POST": _unsupported}, journalled=False),
    "": Endpoint.of(FACE, {"GET": _models}, journalled=False),
}
_NOT_SERVED = {
    "auth_tokens": "Tokens for clients of the Live API",
    "batches": "The Batch API",
    "cachedContents": "Caching of contents",
    "corpora": "Semantic retrieval",
    "fileSearchStores": "File search",
    "files": "The Files API (send a file as 'inlineData')",
    "interactions": "The Interactions API",
    "operations": "Operations that take long",
    "tunedModels": "Tuning",
}
_VERSIONS = ("v1beta", "v1", "v1alpha")
_STARTS = (*(f"/{version}/" for version in _VERSIONS), *(f"/upload/{version}/" for version in _VERSIONS))
API = Api(
    FACE,
    {f"/{version}/models{path}": endpoint for version in _VERSIONS for path, endpoint in _OF_MODELS.items()}
    | {path: each for start in _STARTS for path, each in not_served(FACE, start, _NOT_SERVED).items()},
)

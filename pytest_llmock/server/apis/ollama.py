"""Ollama's own API at R/api/…; its OpenAI-style paths are those of the OpenAI API."""

from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime

from pytest_llmock.errors import RequestError
from pytest_llmock.folding import first, fold
from pytest_llmock.journal import Call
from pytest_llmock.llm import JSON, Completion, Prompt
from pytest_llmock.server.api import Api
from pytest_llmock.server.apis.asking import EPOCH, MADE_HERE, ask, pieces, source_of, whole
from pytest_llmock.server.endpoint import Endpoint, Face, Handler
from pytest_llmock.server.events import cut_off, events
from pytest_llmock.session import Session
from pytest_llmock.shapes.limits import decode_json
from pytest_llmock.wire import ollama_answer, ollama_models
from pytest_llmock.wire.http import Request, Response, encode_json, json_response
from pytest_llmock.wire.objects import object_at
from pytest_llmock.wire.ollama_errors import WORDS, error_body
from pytest_llmock.wire.ollama_request import OllamaRequest, decode_chat, decode_embed, decode_generate
from pytest_llmock.wire.openai_logprobs import with_logprobs

FACE = Face("ollama", error_body, is_provider=True)
LINES = "application/x-ndjson"
VERSION = "0.13.0"


def _spoken(decode: Callable[[JSON], OllamaRequest], face: ollama_answer.Face) -> Handler:
    """What answers chats, or prompts, in lines unless the request says otherwise."""

    async def handler(session: Session, call: Call, request: Request) -> Response:
        asked = decode(_json(request))
        prompt, created_at = asked.prompt, _created_at(call)
        if asked.says_nothing:
            reason = "unload" if prompt.extensions.get("keep_alive") == 0 else "load"
            body = ollama_answer.loaded(model=prompt.model, created_at=created_at, reason=reason, face=face)
            return json_response(body)
        deltas = ask(session, call, request, prompt, is_whole=not asked.stream)
        if not asked.stream:
            completion = whole(await fold(deltas))
            if asked.top_logprobs is not None and completion.source in MADE_HERE:
                completion = with_logprobs(completion, asked.top_logprobs)
            body = ollama_answer.encode_completion(
                completion, model=prompt.model, created_at=created_at, face=face
            )
            return json_response(body)
        head, answer = await first(deltas)
        top = asked.top_logprobs if source_of(head) in MADE_HERE else None
        encoder = ollama_answer.LineEncoder(
            model=prompt.model, created_at=created_at, face=face, top_logprobs=top
        )
        stream = events(pieces(encoder, answer), call, lambda error: encoder.error(error_body(error)))
        return Response(content_type=LINES, stream=stream)

    return handler


def _json(request: Request) -> JSON:
    return decode_json(request.body, what="request body")


def _created_at(call: Call) -> str:
    return datetime.fromtimestamp(EPOCH + call.number, UTC).isoformat().replace("+00:00", "Z")


async def _embed(session: Session, call: Call, request: Request) -> Response:
    wanted = decode_embed(_json(request), "input")
    completion = await _vectors(session, call, request, wanted)
    vectors: list[JSON] = [list[JSON](vector) for vector in completion.vectors]
    took = ollama_answer.metrics(completion.usage)
    told = {key: took[key] for key in ("total_duration", "load_duration", "prompt_eval_count")}
    return json_response({"model": wanted.model, "embeddings": vectors, **told})


async def _embeddings(session: Session, call: Call, request: Request) -> Response:
    wanted = decode_embed(_json(request), "prompt")
    completion = await _vectors(session, call, request, wanted)
    return json_response({"embedding": completion.vectors[0] if completion.vectors else ()})


async def _vectors(session: Session, call: Call, request: Request, wanted: Prompt) -> Completion:
    if not wanted.inputs:
        return Completion()
    completion = await fold(ask(session, call, request, wanted, is_whole=True))
    if len(completion.vectors) != len(wanted.inputs):
        raise cut_off(completion.backend)
    return completion


async def _tags(session: Session, call: Call, request: Request) -> Response:
    return json_response(ollama_models.tags_body(_names(session)))


async def _ps(session: Session, call: Call, request: Request) -> Response:
    return json_response(ollama_models.ps_body(_names(session)))


def _names(session: Session) -> list[str]:
    return [leaf.name for leaf in session.backends.values() if leaf.enabled]


async def _show(session: Session, call: Call, request: Request) -> Response:
    return json_response(ollama_models.show_body(_model(request)))


async def _pull(session: Session, call: Call, request: Request) -> Response:
    _model(request)
    if object_at(_json(request), WORDS).flag("stream") is False:
        return json_response(ollama_models.PULLED[-1])

    async def lines() -> AsyncGenerator[bytes, None]:
        for line in ollama_models.PULLED:
            yield encode_json(line) + b"\n"

    return Response(content_type=LINES, stream=lines())


def _model(request: Request) -> str:
    """The model that a request names; older clients call it `name`."""
    body = object_at(_json(request), WORDS)
    return body.text("name") or body.required("model")


async def _version(session: Session, call: Call, request: Request) -> Response:
    return json_response({"version": VERSION})


async def _unsupported(session: Session, call: Call, request: Request) -> Response:
    raise RequestError(
        f"{request.path} is not supported: this server has no models of its own to change. /api/tags lists "
        "those that there are, and any other name is answered too.",
        status=501,
    )


def _reading(handler: Handler, method: str = "GET") -> Endpoint:
    return Endpoint.of(FACE, {method: handler}, journalled=False)


API = Api(
    FACE,
    {
        "/api/chat": Endpoint.of(FACE, {"POST": _spoken(decode_chat, "message")}),
        "/api/generate": Endpoint.of(FACE, {"POST": _spoken(decode_generate, "response")}),
        "/api/embed": Endpoint.of(FACE, {"POST": _embed}),
        "/api/embeddings": Endpoint.of(FACE, {"POST": _embeddings}),
        "/api/tags": _reading(_tags),
        "/api/ps": _reading(_ps),
        "/api/show": _reading(_show, "POST"),
        "/api/pull": _reading(_pull, "POST"),
        "/api/version": _reading(_version),
        "/api/create": _reading(_unsupported, "POST"),
        "/api/copy": _reading(_unsupported, "POST"),
        "/api/push": _reading(_unsupported, "POST"),
        "/api/delete": _reading(_unsupported, "DELETE"),
        "/api/blobs/{digest}": _reading(_unsupported, "POST"),
    },
)

"""Chat completions that a client had stored (`store: true`): listed, read, changed, deleted."""

from collections.abc import Mapping

from pytest_llmock.journal import Call
from pytest_llmock.llm import JSON
from pytest_llmock.server.apis.openai.face import deleted, fields_of, found, paged, query_of
from pytest_llmock.session import Session
from pytest_llmock.shapes.limits import decode_json
from pytest_llmock.wire.http import Request, Response, json_response
from pytest_llmock.wire.openai_fields import metadata_at, object_at

CHAT, _MESSAGES = "openai.chat", "openai.chat.messages"
_WHAT = "chat completion"
_ECHOED = (
    *("temperature", "top_p", "presence_penalty", "frequency_penalty", "seed", "tools", "tool_choice"),
    *("response_format", "reasoning_effort"),
)


def store(session: Session, body: Mapping[str, JSON], request: bytes) -> None:
    """Keep an answer, and what was asked, for later calls."""
    fields = object_at(decode_json(request, what="request body"), "body")
    echoed: dict[str, JSON] = {key: fields.get(key) for key in _ECHOED}
    id_ = str(body["id"])
    messages = fields.get("messages")
    session.stored.put(CHAT, id_, {**body, **echoed, "metadata": metadata_at(fields)})
    session.stored.put(_MESSAGES, id_, messages if isinstance(messages, list) else [])


async def list_all(session: Session, call: Call, request: Request) -> Response:
    """GET /v1/chat/completions: oldest first, of a model and with metadata if the query says so."""
    query = query_of(request)
    notes = {
        key.removeprefix("metadata[").removesuffix("]"): value
        for key, value in query.items()
        if key.startswith("metadata[")
    }
    kept = [item for item in session.stored.all(CHAT) if _fits(item, query.get("model"), notes)]
    return json_response(paged(request, kept))


def _fits(item: Mapping[str, JSON], model: str | None, notes: Mapping[str, str]) -> bool:
    has = item["metadata"]
    return (not model or item["model"] == model) and isinstance(has, dict) and notes.items() <= has.items()


async def retrieve(session: Session, call: Call, request: Request) -> Response:
    """GET /v1/chat/completions/{id}."""
    return json_response(_chat(session, request))


async def update(session: Session, call: Call, request: Request) -> Response:
    """POST /v1/chat/completions/{id}: other metadata."""
    chat = {**_chat(session, request), "metadata": metadata_at(fields_of(request))}
    session.stored.put(CHAT, str(request.params["id"]), chat)
    return json_response(chat)


async def delete(session: Session, call: Call, request: Request) -> Response:
    """DELETE /v1/chat/completions/{id}."""
    id_ = str(request.params["id"])
    return json_response(deleted(session, CHAT, id_, "chat.completion.deleted", _WHAT))


async def messages(session: Session, call: Call, request: Request) -> Response:
    """GET /v1/chat/completions/{id}/messages: what was asked, oldest first."""
    id_ = str(_chat(session, request)["id"])
    asked = session.stored.get(_MESSAGES, id_) or []
    told = [_message(message, f"{id_}-{place}") for place, message in enumerate(asked)]
    return json_response(paged(request, told))


def _chat(session: Session, request: Request) -> dict[str, JSON]:
    return found(session, CHAT, str(request.params["id"]), _WHAT)


def _message(message: Mapping[str, JSON], id: str) -> dict[str, JSON]:
    content = message.get("content")
    parts = content if isinstance(content, list) else None
    if parts is not None:
        texts = [part.get("text") for part in parts if isinstance(part, dict)]
        content = "".join(text for text in texts if isinstance(text, str))
    return {**message, "id": id, "content": content, "content_parts": parts, "name": message.get("name")}

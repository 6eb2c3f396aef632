"""The OpenAI API at R/v1/…: which endpoint answers at which path.

Rule: handlers are named "module.function", and their module is imported when the first request for it comes.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from pytest_llmock.journal import Call
from pytest_llmock.server.api import Api, not_served
from pytest_llmock.server.apis.openai.face import FACE
from pytest_llmock.server.endpoint import Endpoint, Handler
from pytest_llmock.session import Session
from pytest_llmock.wire.http import Request, Response


@cache
def _loaded(name: str) -> Handler:
    module, _, function = name.partition(".")
    handler: Handler = getattr(import_module(f"{__name__}.{module}"), function)
    return handler


def _later(name: str) -> Handler:
    async def handler(session: Session, call: Call, request: Request) -> Response:
        return await _loaded(name)(session, call, request)

    return handler


def _at(names: Mapping[str, str], *, journalled: bool = True, holds_files: bool = False) -> Endpoint:
    """An endpoint whose POST is a call of the code under test; reading and deleting what it left is none."""
    handlers = {method: _later(name) for method, name in names.items()}
    posts = frozenset({"POST"}) if journalled else False
    return Endpoint.of(FACE, handlers, journalled=posts, holds_files=holds_files)


def _form(names: Mapping[str, str]) -> Endpoint:
    """The same, for forms with files."""
    return _at(names, holds_files=True)


def _still(names: Mapping[str, str]) -> Endpoint:
    """An endpoint for what earlier calls left: nothing of it is a call."""
    return _at(names, journalled=False)


# what OpenAI has, and Mistral, and this server has not, by the first segment below /v1
_NOT_SERVED = {
    "agents": "Mistral's Agents API",
    "assistants": "The Assistants API",
    "batch": "Mistral's Batch API (OpenAI's is at /v1/batches)",
    "chatkit": "ChatKit",
    "classifications": "Mistral's Classifiers API (/v1/moderations is there)",
    "containers": "The Containers API",
    "content_provenance_checks": "The check of a content's provenance",
    "conversations": "The Conversations API",
    "decisions": "The Decisions API",
    "evals": "The Evals API",
    "fine_tuning": "Fine-tuning",
    "libraries": "Mistral's Libraries API",
    "live": "The Live API",
    "ocr": "Mistral's OCR",
    "organization": "The Administration API",
    "realtime": "The Realtime API",
    "safety": "The Safety API",
    "skills": "The Skills API",
    "threads": "The Assistants API",
    "uploads": "Uploading in parts (upload to /v1/files)",
    "vector_stores": "The Vector Stores API",
    "videos": "The Videos API",
    "webhook_endpoints": "The Webhooks API",
    "webhook_event_types": "The Webhooks API",
}


API = Api(
    FACE,
    {
        "/v1/chat/completions": _at({"POST": "chat.create", "GET": "stored_chat.list_all"}),
        "/v1/chat/completions/{id}": _still(
            {"GET": "stored_chat.retrieve", "POST": "stored_chat.update", "DELETE": "stored_chat.delete"}
        ),
        "/v1/chat/completions/{id}/messages": _still({"GET": "stored_chat.messages"}),
        "/v1/responses": _at({"POST": "responses.create"}),
        "/v1/responses/input_tokens": _at({"POST": "responses.count"}),
        "/v1/responses/compact": _at({"POST": "responses.compact"}),
        "/v1/responses/{id}": _still(
            {"GET": "stored_responses.retrieve", "DELETE": "stored_responses.delete"}
        ),
        "/v1/responses/{id}/cancel": _still({"POST": "stored_responses.cancel"}),
        "/v1/responses/{id}/input_items": _still({"GET": "stored_responses.input_items"}),
        "/v1/completions": _at({"POST": "completions.create"}),
        "/v1/fim/completions": _at({"POST": "fim.create"}),
        "/v1/embeddings": _at({"POST": "embeddings.create"}),
        "/v1/moderations": _at({"POST": "moderations.create"}),
        "/v1/models": _still({"GET": "models.list_all"}),
        "/v1/models/{id:path}": _still({"GET": "models.retrieve", "DELETE": "models.delete"}),
        "/v1/files": _form({"POST": "files.create", "GET": "files.list_all"}),
        "/v1/files/{id}": _still({"GET": "files.retrieve", "DELETE": "files.delete"}),
        "/v1/files/{id}/content": _still({"GET": "files.content"}),
        "/v1/batches": _at({"POST": "batches.create", "GET": "batches.list_all"}),
        "/v1/batches/{id}": _still({"GET": "batches.retrieve"}),
        "/v1/batches/{id}/cancel": _still({"POST": "batches.cancel"}),
        "/v1/images/generations": _at({"POST": "images.generate"}),
        "/v1/images/edits": _form({"POST": "images.edit"}),
        "/v1/images/variations": _form({"POST": "images.vary"}),
        "/v1/images/files/{name}": _still({"GET": "images.content"}),
        "/v1/audio/speech": _at({"POST": "audio.speak"}),
        "/v1/audio/transcriptions": _form({"POST": "audio.transcribe"}),
        "/v1/audio/translations": _form({"POST": "audio.translate"}),
        **not_served(FACE, "/v1/", _NOT_SERVED),
    },
)

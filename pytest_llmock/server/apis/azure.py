"""Azure's paths of the OpenAI API, at R/openai/…: by deployment, or as its `v1`.

Spec: https://learn.microsoft.com/azure/ai-foundry/openai/reference (read 2026-11-22).

Requests and answers are OpenAI's. A deployment is the model of a request that names none; `api-version` may
be anything.
"""

from dataclasses import replace

from pytest_llmock.journal import Call
from pytest_llmock.server.api import Api
from pytest_llmock.server.apis.openai import API as OPENAI
from pytest_llmock.server.apis.openai.face import FACE
from pytest_llmock.server.endpoint import Endpoint, Handler
from pytest_llmock.session import Session
from pytest_llmock.shapes.limits import decode_json
from pytest_llmock.wire.http import Request, Response, encode_json

# what a deployment answers; the rest of the API is nobody's in particular
_OF_DEPLOYMENTS = (
    "chat/completions",
    "completions",
    "embeddings",
    "images/generations",
    "images/edits",
    "audio/speech",
    "audio/transcriptions",
    "audio/translations",
)


def _named(handler: Handler) -> Handler:
    """The handler, whose requests have the deployment as their model."""

    async def answer(session: Session, call: Call, request: Request) -> Response:
        deployment = str(request.params["deployment"])
        return await handler(session, call, replace(request, body=_with_model(request, deployment)))

    return answer


def _with_model(request: Request, deployment: str) -> bytes:
    """The body, which names a model; that of a form has it in its fields."""
    body = request.body
    if request.content_type == "multipart/form-data":
        return body
    fields = decode_json(body, what="request body") if body else {}
    if not isinstance(fields, dict) or fields.get("model"):
        return body
    return encode_json({**fields, "model": deployment})


def _at(start: str, path: str) -> str:
    return f"{start}{path.removeprefix('/v1')}"


def _deployed(path: str) -> Endpoint:
    endpoint = OPENAI.endpoints[f"/v1/{path}"]
    return replace(endpoint, handler=_named(endpoint.handler))


API = Api(
    FACE,
    {f"/openai/deployments/{{deployment}}/{path}": _deployed(path) for path in _OF_DEPLOYMENTS}
    | {_at("/openai/v1", path): endpoint for path, endpoint in OPENAI.endpoints.items()}
    | {_at("/openai", path): endpoint for path, endpoint in OPENAI.endpoints.items()},
)

"""Azure's paths of the OpenAI API, at R/openai/…: by deployment, or as its `v1`.

Spec: https://learn.microsoft.com/azure/ai-foundry/openai/reference (read 2026-11-22).

Requests and answers are OpenAI's. A deployment is the model of a request that names none; `api-version` may
be anything.
"""

from dataclasses import replace

from pytest_llmock.errors import RequestError
from pytest_llmock.journal import Call
from pytest_llmock.server.api import Api
from pytest_llmock.server.apis.openai import API as OPENAI
from pytest_llmock.server.apis.openai.face import FACE
from pytest_llmock.server.endpoint import Endpoint
from pytest_llmock.session import Session
from pytest_llmock.shapes.limits import decode_json
from pytest_llmock.wire.http import Request, Response, encode_json


async def _answer(session: Session, call: Call, request: Request) -> Response:
    """What OpenAI's API answers at the path that this one stands for."""
    path = f"/v1/{request.params['path']}"
    endpoint, params = OPENAI.find(path)
    if endpoint.methods is not None and request.method not in endpoint.methods:
        allow = [*sorted(endpoint.methods), "OPTIONS"]
        told = f"{request.path} takes {', '.join(sorted(endpoint.methods))}, not {request.method}."
        raise RequestError(told, status=405, details={"allow": allow})
    deployment = str(request.params.get("deployment", ""))
    body = _named(request.body, deployment) if deployment else request.body
    return await endpoint.handler(session, call, replace(request, path=path, params=params, body=body))


def _named(body: bytes, deployment: str) -> bytes:
    """The body with a model."""
    fields = decode_json(body, what="request body") if body else {}
    if not isinstance(fields, dict) or fields.get("model"):
        return body
    return encode_json({**fields, "model": deployment})


_ENDPOINT = Endpoint(FACE, _answer)
API = Api(
    FACE,
    {
        "/openai/deployments/{deployment}/{path:path}": _ENDPOINT,
        "/openai/v1/{path:path}": _ENDPOINT,
        "/openai/{path:path}": _ENDPOINT,
    },
)

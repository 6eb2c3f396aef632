"""Embeddings."""

from pytest_llmock.folding import fold
from pytest_llmock.journal import Call
from pytest_llmock.server.apis.asking import ask, identifier
from pytest_llmock.server.events import cut_off
from pytest_llmock.session import Session
from pytest_llmock.shapes.limits import decode_json
from pytest_llmock.wire import openai_embeddings
from pytest_llmock.wire.http import Request, Response, json_response


async def create(session: Session, call: Call, request: Request) -> Response:
    """POST /v1/embeddings."""
    wanted = openai_embeddings.decode_request(decode_json(request.body, what="request body"))
    completion = await fold(ask(session, call, request, wanted, is_whole=True))
    if len(completion.vectors) != len(wanted.inputs):
        raise cut_off(completion.backend)
    model = wanted.model or call.model
    id_ = identifier("embd-", session, call)
    return json_response(openai_embeddings.encode_completion(completion, wanted, model=model, id=id_))

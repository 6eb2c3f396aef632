"""Models: the enabled backends are listed, and any id is known until it is deleted."""

from pytest_llmock.errors import RequestError
from pytest_llmock.journal import Call
from pytest_llmock.session import Session
from pytest_llmock.wire import openai_models
from pytest_llmock.wire.http import Request, Response, json_response

_GONE = "openai.deleted_model"


async def list_all(session: Session, call: Call, request: Request) -> Response:
    """GET /v1/models."""
    gone = set(session.stored.all(_GONE))
    names = [leaf.name for leaf in session.backends.values() if leaf.enabled and leaf.name not in gone]
    return json_response(openai_models.models_body(names))


async def retrieve(session: Session, call: Call, request: Request) -> Response:
    """GET /v1/models/{id}."""
    return json_response(openai_models.model_body(_known(session, request)))


async def delete(session: Session, call: Call, request: Request) -> Response:
    """DELETE /v1/models/{id}: it can be asked for an answer all the same, as models are free here."""
    name = _known(session, request)
    session.stored.put(_GONE, name, name)
    return json_response({"id": name, "object": "model", "deleted": True})


def _known(session: Session, request: Request) -> str:
    name = str(request.params["id"])
    if session.stored.get(_GONE, name) is not None:
        raise RequestError(
            f"The model '{name[:200]}' does not exist: this test has deleted it.",
            status=404,
            details={"param": "model", "code": "model_not_found"},
        )
    return name

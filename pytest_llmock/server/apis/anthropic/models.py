"""The enabled backends as models; any other id is a model too."""

from pytest_llmock.journal import Call
from pytest_llmock.llm import JSON
from pytest_llmock.server.apis.anthropic.face import page
from pytest_llmock.session import Session
from pytest_llmock.wire.http import Request, Response, json_response


def _model(id: str) -> dict[str, JSON]:
    """One model. When it came out nobody knows, which the API says as the epoch."""
    return {
        "type": "model",
        "id": id,
        "display_name": id,
        "created_at": "1970-01-01T00:00:00Z",
        "lifecycle": "active",
    }


async def index(session: Session, call: Call, request: Request) -> Response:
    """The list of models, in pages."""
    models = [_model(leaf.name) for leaf in session.backends.values() if leaf.enabled]
    return json_response(page(models, request))


async def retrieve(session: Session, call: Call, request: Request) -> Response:
    """One model."""
    return json_response(_model(str(request.params["id"])))

"""The Anthropic API at R/v1/messages and, for clients that say its version, R/v1/models."""

from pytest_llmock.server.api import Api, not_served
from pytest_llmock.server.apis.anthropic import batches, messages, models
from pytest_llmock.server.apis.anthropic.face import FACE, endpoint

_NOT_SERVED = {
    "agents": "The Managed Agents API",
    "complete": "The API of text completions (use /v1/messages)",
    "deployments": "The Managed Agents API",
    "dreams": "The Managed Agents API",
    "environments": "The Managed Agents API",
    "files": "The Files API",
    "memory_stores": "The Managed Agents API",
    "organizations": "The Admin API",
    "sessions": "The Managed Agents API",
    "skills": "The Skills API",
    "vaults": "The Managed Agents API",
}
API = Api(
    FACE,
    {
        "/v1/messages": endpoint({"POST": messages.create}),
        "/v1/messages/count_tokens": endpoint({"POST": messages.count_tokens}, journalled=False),
        "/v1/messages/batches": endpoint({"POST": batches.create, "GET": batches.index}),
        "/v1/messages/batches/{id}": endpoint(
            {"GET": batches.retrieve, "DELETE": batches.delete}, journalled=False
        ),
        "/v1/messages/batches/{id}/cancel": endpoint({"POST": batches.cancel}, journalled=False),
        "/v1/messages/batches/{id}/results": endpoint({"GET": batches.results}, journalled=False),
        "/v1/models": endpoint({"GET": models.index}, journalled=False),
        "/v1/models/{id:path}": endpoint({"GET": models.retrieve}, journalled=False),
        **not_served(FACE, "/v1/", _NOT_SERVED),
    },
)

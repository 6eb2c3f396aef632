"""OpenAI's list of models, GET /v1/models and /v1/models/{id}.

Spec: https://developers.openai.com/api/reference/resources/models (read 2026-11-21). Mistral's list is the
same with a kind and what each model can do, without which its client reads none:
https://docs.mistral.ai/api/endpoint/models (read 2026-11-22).
"""

from collections.abc import Iterable

from pytest_llmock.llm import JSON

_CAPABILITIES: dict[str, JSON] = {
    "completion_chat": True,
    "completion_fim": True,
    "function_calling": True,
    "vision": True,
    "fine_tuning": False,
}


def models_body(names: Iterable[str]) -> dict[str, JSON]:
    """The models of these names, in this order."""
    return {"object": "list", "data": [model_body(name) for name in names]}


def model_body(id: str) -> dict[str, JSON]:
    """One model. It was created at second 0: the same run has the same bytes."""
    model: dict[str, JSON] = {"id": id, "object": "model", "created": 0, "owned_by": "pytest-llmock"}
    return model | {"type": "base", "capabilities": dict(_CAPABILITIES)}


def listed_models(body: JSON) -> tuple[str, ...]:
    """The names in a list of models, in its order; empty for JSON that is none.

    Some gateways send the bare list, and Ollama's own API calls it `models` and each name `name`.
    """
    if isinstance(body, dict):
        body = body.get("data") or body.get("models")
    entries = body if isinstance(body, list) else []
    names = (entry.get("id") or entry.get("name") for entry in entries if isinstance(entry, dict))
    return tuple(name for name in names if isinstance(name, str))

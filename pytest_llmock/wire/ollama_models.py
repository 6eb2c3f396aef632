"""Models as Ollama's own API lists, shows and pulls them.

Spec: https://docs.ollama.com/api/tags, /api/show and /api/ps (read 2026-11-22).
"""

from collections.abc import Iterable
from hashlib import sha256

from pytest_llmock.llm import JSON

_SINCE = "2026-01-01T00:00:00Z"
_FOREVER = "2318-01-01T00:00:00Z"
_DETAILS: dict[str, JSON] = {
    "parent_model": "",
    "format": "gguf",
    "family": "llmock",
    "families": ["llmock"],
    "parameter_size": "1B",
    "quantization_level": "Q4_0",
}
_SIZE = 1_000_000_000
_CONTEXT = 131_072
_CAPABILITIES: list[JSON] = ["completion", "tools", "insert", "vision", "embedding", "thinking"]
PULLED: tuple[dict[str, JSON], ...] = ({"status": "pulling manifest"}, {"status": "success"})


def tags_body(names: Iterable[str]) -> dict[str, JSON]:
    """The models of these names, in this order."""
    return {"models": [_model(name) | {"modified_at": _SINCE} for name in names]}


def ps_body(names: Iterable[str]) -> dict[str, JSON]:
    """The same as models that are loaded, and stay so."""
    loaded: dict[str, JSON] = {"expires_at": _FOREVER, "size_vram": _SIZE, "context_length": _CONTEXT}
    return {"models": [_model(name) | loaded for name in names]}


def _model(name: str) -> dict[str, JSON]:
    digest = sha256(name.encode("utf-8", "replace")).hexdigest()
    return {"name": name, "model": name, "size": _SIZE, "digest": digest, "details": dict(_DETAILS)}


def show_body(name: str) -> dict[str, JSON]:
    """One model, as it is shown; any name is known."""
    info: dict[str, JSON] = {"general.architecture": "llmock", "llmock.context_length": _CONTEXT}
    return {
        "modelfile": f"FROM {name}\n",
        "parameters": "",
        "template": "{{ .Prompt }}",
        "details": dict(_DETAILS),
        "model_info": info,
        "capabilities": list(_CAPABILITIES),
        "modified_at": _SINCE,
    }

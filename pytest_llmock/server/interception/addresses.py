"""The addresses of providers, and where the session of a test answers what is asked there.

Rules: a host is known by its name or its ending, a local server by its port. Paths are those of the session,
without what a provider puts before them; where one leaves `/v1` out, it is put in.
"""

from collections.abc import Mapping

from pytest_llmock.hosts import is_loopback

# the host, and what its paths may begin with that ours do not
_HOSTS: Mapping[str, tuple[str, ...]] = {
    "api.openai.com": (),
    "api.anthropic.com": (),
    "generativelanguage.googleapis.com": (),
    "api.mistral.ai": (),
    "api.groq.com": ("/openai",),
    "openrouter.ai": ("/api",),
    "api.deepseek.com": ("/anthropic", "/beta"),
    "api.together.xyz": (),
    "api.fireworks.ai": ("/inference",),
    "api.x.ai": (),
    "api.perplexity.ai": (),
    "api.cohere.com": ("/compatibility",),
    "ollama.com": (),
}
_ENDINGS = (".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com")
_LOCAL_PORTS = frozenset({11434, 1234})  # Ollama, LM Studio
_WITHOUT_VERSION = ("/chat/completions", "/completions", "/embeddings", "/models", "/responses")


def is_provider(host: str) -> bool:
    """Whether a host is a provider's: "api.openai.com", "mine.openai.azure.com"."""
    host = host.rstrip(".").lower()
    return host in _HOSTS or host.endswith(_ENDINGS)


def path_here(host: str, port: int | None, path: str) -> str | None:
    """The path below a session for one at a provider; None for a host that is nobody's we know.

    "api.groq.com", 443, "/openai/v1/models" → "/v1/models".
    """
    host = host.rstrip(".").lower()
    if is_loopback(host):
        return path if port in _LOCAL_PORTS else None
    if not is_provider(host):
        return None
    before = next((start for start in _HOSTS.get(host, ()) if path.startswith(f"{start}/")), "")
    below = path.removeprefix(before)
    return f"/v1{below}" if below.startswith(_WITHOUT_VERSION) else below

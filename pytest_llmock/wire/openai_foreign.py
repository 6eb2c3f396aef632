"""What clients of other APIs say that OpenAI's chat API has no word for: strict servers refuse it.

Fields of Anthropic, Gemini and Ollama are in a prompt's `extensions` as they came. To a server of OpenAI's
form goes what is not among `LEFT_OUT`; `left_out` names the rest. What several servers of that form know as
well (`top_k`, and `thinking` as they say it) goes out as it came.
"""

from collections.abc import Mapping

from pytest_llmock.llm import JSON, Other, Part, Prompt
from pytest_llmock.wire.openai_fields import others
from pytest_llmock.wire.reading import object_in

LEFT_OUT = frozenset(
    # Anthropic's
    {"cache_control", "container", "context_management", "inference_geo", "mcp_servers", "output_config"}
    | {"server_tools", "speed"}
    # Gemini's
    | {"cachedContent", "imageConfig", "labels", "mediaResolution", "responseLogprobs", "responseModalities"}
    | {"safetySettings", "speechConfig", "thinkingConfig", "toolConfig", "topK"}
    # Ollama's
    | {"context", "keep_alive", "options", "raw", "template", "think"}
)
_THOUGHTS = frozenset({"thinking", "redacted_thinking", "thought"})
_TIERS_OF_OTHERS = frozenset({"standard_only"})


def is_thought(part: Part) -> bool:
    """Whether a part is what a model of another API thought: nobody else can read it."""
    return isinstance(part, Other) and part.kind in _THOUGHTS


def own(extensions: Mapping[str, JSON]) -> dict[str, JSON]:
    """The extensions that the API, or servers of its form, have a word for."""
    kept = others(extensions, frozenset(_foreign(extensions)))
    user = _user(extensions)
    if user is not None:
        del kept["metadata"]
        kept.setdefault("user", user)
    return kept


def left_out(prompt: Prompt) -> tuple[str, ...]:
    """What the prompt says and the API has no word for: ("safetySettings", "thinking")."""
    return tuple(sorted(key for key in _foreign(prompt.extensions) if prompt.extensions[key]))


def _foreign(extensions: Mapping[str, JSON]) -> list[str]:
    return [key for key, value in extensions.items() if key in LEFT_OUT or _is_foreign(key, value)]


def _is_foreign(key: str, value: JSON) -> bool:
    """Whether only another API has this value there."""
    if key == "thinking":
        said = object_in(value)
        return "budget_tokens" in said or said.get("type") == "adaptive"
    return key == "service_tier" and value in _TIERS_OF_OTHERS


def _user(extensions: Mapping[str, JSON]) -> JSON:
    """Who asks, as Anthropic says it; here metadata are notes on what is stored."""
    said = extensions.get("metadata")
    is_theirs = isinstance(said, dict) and said.keys() == {"user_id"} and not extensions.get("store")
    return object_in(said)["user_id"] if is_theirs else None

"""OpenAI's moderations, POST /v1/moderations: judged by words, the same for the same text.

Spec: https://developers.openai.com/api/reference/resources/moderations (read 2026-11-22).

A text is flagged in a category when one of the category's words stands in it; that is no judgement, only
enough for a test to have texts of both kinds.
"""

import re
from collections.abc import Iterable, Mapping

from pytest_llmock.clock import seed_of
from pytest_llmock.llm import JSON
from pytest_llmock.wire.openai_errors import missing, wrong_type, wrong_value
from pytest_llmock.wire.openai_fields import Fields, object_at, required_text, text_at

_WORDS: Mapping[str, frozenset[str]] = {
    "harassment": frozenset({"idiot", "stupid", "loser", "harass", "bully"}),
    "harassment/threatening": frozenset({"threaten", "threat"}),
    "hate": frozenset({"hate", "inferior"}),
    "hate/threatening": frozenset({"exterminate"}),
    "illicit": frozenset({"steal", "shoplift", "smuggle", "counterfeit"}),
    "illicit/violent": frozenset({"bomb", "explosive"}),
    "self-harm": frozenset({"suicide", "self-harm"}),
    "self-harm/instructions": frozenset(),
    "self-harm/intent": frozenset({"kill myself", "hurt myself"}),
    "sexual": frozenset({"porn", "explicit"}),
    "sexual/minors": frozenset(),
    "violence": frozenset({"kill", "murder", "stab", "shoot", "attack"}),
    "violence/graphic": frozenset({"gore", "dismember"}),
}
_IMAGES_TOO = frozenset(
    {"self-harm", "self-harm/instructions", "self-harm/intent", "sexual", "violence", "violence/graphic"}
)
DEFAULT_MODEL = "omni-moderation-latest"


def moderation(body: JSON, *, id: str) -> dict[str, JSON]:
    """The answer to a request. Raises RequestError (400) whose details name the parameter."""
    fields = object_at(body, "body")
    if fields.get("input") is None:
        raise missing("input")
    results = [_result(text, kinds) for text, kinds in _inputs(fields["input"])]
    return {"id": id, "model": text_at(fields, "model") or DEFAULT_MODEL, "results": list[JSON](results)}


def judged_texts(fields: Fields) -> list[str]:
    """The words of each input of a request that was answered."""
    return [text for text, _ in _inputs(fields["input"])]


def _inputs(raw: JSON) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Each input's words, and what it is made of: parts together are one input."""
    items = raw if isinstance(raw, list) else [raw]
    if not items:
        raise wrong_value("input", "it is empty.", code="empty_array")
    if all(isinstance(item, str) for item in items):
        return [(str(item), ("text",)) for item in items]
    if not isinstance(raw, list):
        raise wrong_type("input", "a string, strings or parts", raw)
    parts = [
        _part(object_at(item, f"input[{place}]"), f"input[{place}].") for place, item in enumerate(items)
    ]
    kinds = tuple(kind for kind in ("text", "image") if any(part[1] == kind for part in parts))
    return [("\n".join(words for words, _ in parts if words), kinds)]


def _part(fields: dict[str, JSON], at: str) -> tuple[str, str]:
    kind = required_text(fields, "type", at)
    if kind == "text":
        return required_text(fields, "text", at), "text"
    if kind != "image_url":
        raise wrong_value(f"{at}type", f"'{kind}'. Supported values are: text, image_url.")
    required_text(object_at(fields.get("image_url"), f"{at}image_url"), "url", f"{at}image_url.")
    return "", "image"


def _result(text: str, kinds: tuple[str, ...]) -> JSON:
    flags = {category: _has(text, words) for category, words in _WORDS.items()}
    applied: dict[str, JSON] = {
        category: [kind for kind in kinds if kind == "text" or category in _IMAGES_TOO] for category in _WORDS
    }
    return {
        "flagged": any(flags.values()),
        "categories": dict[str, JSON](flags),
        "category_scores": {category: _score(text, category, flag) for category, flag in flags.items()},
        "category_applied_input_types": applied,
    }


def _has(text: str, words: Iterable[str]) -> bool:
    return any(re.search(rf"\b{re.escape(word)}(?:s|ed|ing)?\b", text, re.IGNORECASE) for word in words)


def _score(text: str, category: str, flagged: bool) -> float:
    """Above 0.8 for what is flagged, else below 0.01."""
    part = seed_of("moderation", category, text) % 10_000 / 10_000
    return round(0.8 + part * 0.199, 6) if flagged else round(part * 0.01, 6)

"""What Anthropic's answers say around their words: why they stopped, what they cost.

Spec: https://platform.claude.com/docs/en/api/messages (read 2026-11-22).

What a choice says beyond the model stands in the answer's `extensions`: "signatures" (one per block of
thought, which the API wants back with it), "citations", "content" (blocks of other kinds, as they came),
"stop_reason" where the finish reason does not say it, "stop_sequence" and "stop_details".
"""

from collections.abc import Mapping

from pytest_llmock.llm import JSON, FinishReason, Usage
from pytest_llmock.wire.reading import is_count

CHOICE_FIELDS = frozenset(
    {"signatures", "citations", "content", "stop_reason", "stop_sequence", "stop_details"}
)
STOP_FIELDS = ("stop_sequence", "stop_details")
_FINISH: Mapping[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
PLAIN_REASONS = frozenset({"end_turn", "max_tokens", "tool_use", "refusal"})
_COUNTED = ("input_tokens", "output_tokens")
_CACHED = ("cache_creation_input_tokens", "cache_read_input_tokens")


def decode_finish(raw: JSON) -> FinishReason | None:
    """Why an answer stopped: "stop" for a reason nobody knows, None when there is none."""
    return _FINISH.get(raw, "stop") if isinstance(raw, str) and raw else None


def decode_usage(raw: Mapping[str, JSON]) -> Usage | None:
    """The tokens of an answer, those read from or written to the cache counted as input.

    None when the server did not say, or said what cannot be. All but the two sums is in the extensions.
    """
    inputs, outputs = (raw.get(key) for key in _COUNTED)
    if not (is_count(inputs) and is_count(outputs)):
        return None
    cached = [count for key in _CACHED if is_count(count := raw.get(key))]
    kept = {key: value for key, value in raw.items() if key not in _COUNTED and value}
    return Usage(inputs + sum(cached), outputs, extensions=kept)

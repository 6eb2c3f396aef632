"""OpenAI's batches: the lines of their files, and a batch as its API tells it.

Spec: https://developers.openai.com/api/docs/guides/batch (read 2026-11-22).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pytest_llmock.llm import JSON
from pytest_llmock.wire.http import encode_json
from pytest_llmock.wire.reading import is_count, object_in

MOST_LINES = 50_000
EXPIRES_AFTER_S = 86_400


@dataclass(frozen=True, slots=True)
class Line:
    """One request of a batch."""

    custom_id: str
    body: Mapping[str, JSON]


def decode_lines(content: bytes, endpoint: str) -> tuple[list[Line], list[JSON]]:
    """The requests in a file, and what is wrong with it, as a failed batch tells it."""
    lines, problems, ids = list[Line](), list[JSON](), set[str]()
    texts = [text for text in content.split(b"\n") if text.strip()]
    if not texts:
        return [], [_problem("empty_file", "The input file has no requests.", 0)]
    if len(texts) > MOST_LINES:
        return [], [_problem("too_many_tasks", f"The input file has more than {MOST_LINES:,} requests.", 0)]
    for number, text in enumerate(texts, 1):
        line = _decode_line(text, number, endpoint)
        if not isinstance(line, Line):
            problems.append(line)
        elif line.custom_id in ids:
            problems.append(
                _problem("duplicate_custom_id", f"The custom_id '{line.custom_id}' stands twice.", number)
            )
        else:
            ids.add(line.custom_id)
            lines.append(line)
    return lines, problems


def _decode_line(text: bytes, number: int, endpoint: str) -> "Line | JSON":
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        return _problem("invalid_json_line", "This line is not parseable as valid JSON.", number)
    fields = object_in(line)
    custom_id, body = fields.get("custom_id"), fields.get("body")
    if not isinstance(custom_id, str):
        return _problem("missing_required_parameter", "The 'custom_id' is missing.", number, "custom_id")
    if fields.get("method", "POST") != "POST":
        return _problem("invalid_method", "The 'method' must be POST.", number, "method")
    if fields.get("url") != endpoint:
        told = f"The 'url' is not the endpoint of the batch, {endpoint}."
        return _problem("mismatched_url", told, number, "url")
    if not isinstance(body, dict):
        return _problem("missing_required_parameter", "The 'body' is missing.", number, "body")
    if body.get("stream"):
        return _problem("invalid_value", "A request of a batch cannot be streamed.", number, "body.stream")
    return Line(custom_id, body)


def _problem(code: str, message: str, line: int, param: str | None = None) -> JSON:
    return {"code": code, "message": message, "param": param, "line": line or None}


def encode_line(id: str, custom_id: str, status: int, body: bytes) -> bytes:
    """The line of an answer."""
    answer = {"status_code": status, "request_id": f"req_{id}", "body": json.loads(body)}
    return (
        encode_json({"id": f"batch_req_{id}", "custom_id": custom_id, "response": answer, "error": None})
        + b"\n"
    )


def batch_body(
    id: str, created: int, *, endpoint: str, input_file_id: str, metadata: Mapping[str, JSON]
) -> dict[str, JSON]:
    """A batch that begins."""
    times = ("in_progress", "finalizing", "completed", "failed", "expired", "cancelling", "cancelled")
    return {
        "id": id,
        "object": "batch",
        "endpoint": endpoint,
        "errors": None,
        "input_file_id": input_file_id,
        "completion_window": "24h",
        "status": "validating",
        "output_file_id": None,
        "error_file_id": None,
        "created_at": created,
        "expires_at": created + EXPIRES_AFTER_S,
        **{f"{name}_at": None for name in times},
        "request_counts": {"total": 0, "completed": 0, "failed": 0},
        "metadata": dict(metadata) or None,
        "usage": None,
    }


def summed_usage(bodies: Sequence[JSON]) -> JSON:
    """The tokens of all answers, of any endpoint."""
    usages = [object_in(object_in(body).get("usage")) for body in bodies]
    inputs = sum(_count(usage, "input_tokens", "prompt_tokens") for usage in usages)
    outputs = sum(_count(usage, "output_tokens", "completion_tokens") for usage in usages)
    return {
        "input_tokens": inputs,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": outputs,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": inputs + outputs,
    }


def _count(usage: Mapping[str, JSON], *names: str) -> int:
    return next((value for name in names if is_count(value := usage.get(name))), 0)

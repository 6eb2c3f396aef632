"""Fixtures of aimock, JSON: hand-written or recorded.

Format: https://aimock.copilotkit.dev/fixtures (read 2026-11-22), and files recorded by aimock 1.43. A fixture
is no exchange: `match` says when it answers (by a part of the last user message, above all) and `response`
what, collapsed from the stream. What a request said can be told from that only when it was that one message;
where the file itself shows that there was more, nothing is invented.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping

from pytest_llmock.cassettes.importing.exchange import (
    Contents,
    Exchange,
    Note,
    as_json,
    contents,
    mapping,
    text,
)
from pytest_llmock.cassettes.importing.foreign_yaml import Data
from pytest_llmock.llm import JSON

NAME = "aimock"
PARTIAL = (
    "aimock keeps the last user message of a request and not the rest, so each imported request is that "
    "message alone (the inputs of an embedding are one text). A call that says more misses: record it again."
)
_LATER_TURN = "it answers a later turn of a conversation, and aimock keeps only the last message of that"
_TOOLS = "its request offered tools, which aimock does not keep"
_SPOKEN = frozenset({"content", "toolCalls", "blocks", "error"})
_EMBEDDED = frozenset({"embedding", "error"})
_MEDIA = frozenset({"audio", "image", "images", "json", "transcription", "video"})
_FAULTS = ("chaos", "disconnectAfterMs", "truncateAfterChunks")
_Fields = dict[str, Data]
# signs that the request said more than the file has, and what that was
_MORE: tuple[tuple[Callable[[_Fields, _Fields], bool], str], ...] = (
    (lambda match, _: match.get("turnIndex") not in (None, 0), _LATER_TURN),
    (lambda match, _: match.get("hasToolResult") is True, _LATER_TURN),
    (lambda match, _: "toolCallId" in match or "toolResultContains" in match, _LATER_TURN),
    (lambda match, kept: "toolName" in match or "toolsHash" in kept, _TOOLS),
    (
        lambda match, kept: "systemHash" in kept or isinstance(match.get("systemMessage"), list),
        "its request had a system prompt, which aimock does not keep",
    ),
    (
        lambda match, _: "responseFormat" in match,
        "its request asked for a form of answer, which aimock does not keep",
    ),
)


def read(data: Data) -> Contents | None:
    """The exchanges that the fixtures stand for; None when another tool made the file."""
    fixtures = mapping(data).get("fixtures")
    if not isinstance(fixtures, list) or as_json(fixtures) is None:  # it may have come as YAML or TOML
        return None
    numbered = sorted(enumerate(map(mapping, fixtures), 1), key=lambda item: _turn(item[1]))
    found = [item for number, entry in numbered for item in _read(number, entry)]
    is_any = any(isinstance(item, Exchange) for item in found)
    return contents(found, [PARTIAL] if is_any else [])


def _turn(entry: _Fields) -> float:
    """When it answers among fixtures with the same match; without an index after those that have one."""
    index = mapping(entry.get("match")).get("sequenceIndex")
    return index if isinstance(index, int) else math.inf


def _read(number: int, entry: _Fields) -> Iterator[Exchange | Note]:
    match, response = mapping(entry.get("match")), mapping(entry.get("response"))
    reason = _reason(match, response, mapping(entry.get("metadata")))
    if reason:
        yield Note(number, f"not imported: {reason}.")
        return
    faults = [name for name in _FAULTS if name in entry]
    if faults:
        yield Note(number, f"imported without the faults that aimock injects ({', '.join(faults)}).")
    yield _exchange(number, entry, match, response)


def _reason(match: _Fields, response: _Fields, kept: _Fields) -> str:
    """Why a fixture is no exchange that can be told; empty when it is one."""
    endpoint = match.get("endpoint", "chat")
    if endpoint not in ("chat", "embedding"):
        return f"the endpoint {endpoint!r} is not supported by this version"
    more = next((what for is_more, what in _MORE if is_more(match, kept)), "")
    if more:
        return more
    if not text(match.get("userMessage")) and not text(match.get("inputText")):
        return "it does not say what was asked"
    said = _EMBEDDED if text(match.get("inputText")) else _SPOKEN
    if not response.keys() & said or response.keys() & _MEDIA:
        return "an answer of this kind is not supported by this version"
    return ""


def _exchange(number: int, entry: _Fields, match: _Fields, response: _Fields) -> Exchange:
    embeds = bool(text(match.get("inputText")))
    milliseconds = mapping(entry.get("recordedTimings")).get("totalDurationMs")
    status = response.get("status", 500) if "error" in response else 200
    return Exchange(
        number,
        "POST",
        "/v1/embeddings" if embeds else "/v1/chat/completions",
        as_json(_embedding_request(match) if embeds else _chat_request(match)),
        status if isinstance(status, int) else 0,
        _body(response),
        _retry_after(response, status),
        seconds=round(milliseconds / 1000, 3) if isinstance(milliseconds, int | float) else 0.0,
    )


def _body(response: _Fields) -> bytes | None:
    if "error" in response:
        return as_json({"error": response["error"]})
    if "embedding" in response:
        return as_json({"data": [{"index": 0, "embedding": response["embedding"]}]})
    return _stream(response)


def _retry_after(response: _Fields, status: Data) -> dict[str, str]:
    """As aimock serves it: one second after a 429, unless the fixture says how many."""
    seconds = response.get("retryAfter", 1) if status == 429 else None
    return {} if seconds is None else {"retry-after": str(seconds)}


def _chat_request(match: _Fields) -> Data:
    system = match.get("systemMessage")
    turns: list[Data] = [{"role": "system", "content": system}] if system else []
    return _with_model(match, messages=[*turns, {"role": "user", "content": match["userMessage"]}])


def _embedding_request(match: _Fields) -> Data:
    return _with_model(match, input=match["inputText"])


def _with_model(match: _Fields, **fields: Data) -> Data:
    model = text(match.get("model"))
    return {"model": model, **fields} if model else fields


def _stream(response: _Fields) -> bytes:
    """The answer as events, one for each part, because only a stream says in which order the parts came."""
    pieces = [*_pieces(response)]
    reason = response.get("finishReason") or ("tool_calls" if _has_calls(pieces) else "stop")
    head = {"model": response.get("model"), "system_fingerprint": response.get("systemFingerprint")}
    ends = [{"index": 0, "delta": {}, "finish_reason": reason}]
    chunks: list[dict[str, object]] = [{"choices": [{"index": 0, "delta": piece}]} for piece in pieces]
    chunks.append({"choices": ends, "usage": _usage(mapping(response.get("usage"))) or None})
    events = [json.dumps(head | chunk) for chunk in chunks]
    return "".join(f"data: {event}\n\n" for event in [*events, "[DONE]"]).encode()


def _pieces(response: _Fields) -> Iterator[dict[str, JSON]]:
    reasoning = text(response.get("reasoning"))
    if reasoning:
        yield {"reasoning_content": reasoning}
    calls = 0
    for block in _blocks(response):
        if "text" in block:
            yield {"content": _as_text(block["text"])}
        else:
            yield {"tool_calls": [_call(calls, block)]}
            calls += 1


def _blocks(response: _Fields) -> list[_Fields]:
    """The parts in their order; `blocks` wins over `content` and `toolCalls`, as it does in aimock."""
    blocks = response.get("blocks")
    if isinstance(blocks, list) and blocks:
        return [mapping(block) for block in blocks]
    content, calls = response.get("content"), response.get("toolCalls")
    texts: list[_Fields] = [{"text": content}] if content else []
    return [*texts, *(mapping(call) for call in calls)] if isinstance(calls, list) else texts


def _call(place: int, block: _Fields) -> JSON:
    function: dict[str, JSON] = {
        "name": text(block.get("name")),
        "arguments": _as_text(block.get("arguments")),
    }
    return {"index": place, "id": text(block.get("id")) or f"call_{place + 1}", "function": function}


def _as_text(value: Data) -> str:
    """Text as it is, data as JSON text: fixtures may say either."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _has_calls(pieces: list[dict[str, JSON]]) -> bool:
    return any("tool_calls" in piece for piece in pieces)


def _usage(said: Mapping[str, Data]) -> Data:
    """The usage in OpenAI's names; a fixture may have it in Anthropic's."""
    names = {"input_tokens": "prompt_tokens", "output_tokens": "completion_tokens"}
    return {names.get(key, key): value for key, value in said.items()}

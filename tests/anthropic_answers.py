"""Answers as Anthropic's API gives them, whole and as events."""

import json

from hypothesis import strategies as st

WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
NAMES = st.text("abc_-", min_size=1, max_size=5)
BLOCKS = st.one_of(
    st.fixed_dictionaries({"type": st.just("text"), "text": WORDS}),
    st.fixed_dictionaries({"type": st.just("thinking"), "thinking": WORDS, "signature": WORDS}),
    st.fixed_dictionaries({"type": st.just("redacted_thinking"), "data": WORDS}),
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(["tool_use", "server_tool_use"]),
            "id": NAMES,
            "name": NAMES,
            "input": st.dictionaries(NAMES, st.integers(), max_size=2),
        }
    ),
)
USAGES = st.fixed_dictionaries(
    {"input_tokens": st.integers(0, 9), "output_tokens": st.integers(0, 9)},
    optional={"cache_read_input_tokens": st.integers(0, 9), "service_tier": st.just("standard")},
)
REASONS = st.sampled_from(
    ["end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal", "new"]
)
MESSAGES = st.builds(
    lambda content, usage, reason: message(*content, usage=usage, reason=reason),
    st.lists(BLOCKS, max_size=4),
    USAGES,
    REASONS,
)
COUNTED = {"input_tokens": 3, "output_tokens": 2}


def words(text):
    """A block of text."""
    return {"type": "text", "text": text}


def message(*content, usage=None, reason="end_turn", **more):
    """The body of a whole answer."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-real",
        "content": list(content),
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": COUNTED if usage is None else usage,
        **more,
    }


def sent(*bodies):
    """The bytes of an event stream; each event has the name of its type."""
    return "".join(f"event: {body['type']}\ndata: {json.dumps(body)}\n\n" for body in bodies).encode()


def started(**usage):
    """The event that begins an answer; its usage is a first guess."""
    said = {"input_tokens": 3, "output_tokens": 1, **usage}
    return {"type": "message_start", "message": message(usage=said, reason=None)}


def begun(index, **block):
    """The event that begins a block."""
    return {"type": "content_block_start", "index": index, "content_block": block}


def grown(index, kind, **piece):
    """The event that adds a piece to a block."""
    return {
        "type": "content_block_delta",
        "index": index,
        "delta": {"type": f"{kind}_delta", **piece},
    }


def ended(index):
    """The event that ends a block."""
    return {"type": "content_block_stop", "index": index}


def noted(reason="end_turn", **usage):
    """The event that says why the answer stops."""
    delta = {"stop_reason": reason, "stop_sequence": None}
    return {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 2, **usage}}


STOPPED = {"type": "message_stop"}
PING = {"type": "ping"}


def spoken(*texts, reason="end_turn"):
    """The events of an answer of words, in these pieces."""
    pieces = [grown(0, "text", text=text) for text in texts]
    return [started(), begun(0, type="text", text=""), PING, *pieces, ended(0), noted(reason), STOPPED]


def as_events(body):
    """The events in which the service would stream this whole answer."""
    usage = body["usage"]
    head = {**body, "content": [], "stop_reason": None, "usage": usage | {"output_tokens": 1}}
    events = [{"type": "message_start", "message": head}]
    for index, block in enumerate(body["content"]):
        events += _as_events(index, block)
    return [*events, noted(body["stop_reason"], **usage), STOPPED]


def _as_events(index, block):
    pieces = {
        "text": [("text", "text")],
        "thinking": [("thinking", "thinking"), ("signature", "signature")],
        "tool_use": [("input_json", "partial_json")],
        "server_tool_use": [("input_json", "partial_json")],
    }.get(block["type"], [])
    values = {**block, "partial_json": json.dumps(block.get("input"), ensure_ascii=False)}
    empty = {"text": "", "thinking": "", "signature": "", "input": {}}
    grown_later = {key for _, key in pieces} | ({"input"} if "input" in block else set())
    start = {key: empty[key] if key in grown_later else value for key, value in block.items()}
    split = [
        grown(index, kind, **{key: part})
        for kind, key in pieces
        for part in ([values[key]] if kind == "signature" else [values[key][:2], values[key][2:]])
    ]
    return [begun(index, **start), *split, ended(index)]

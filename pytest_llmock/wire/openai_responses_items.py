"""Items and tools of OpenAI's Responses API, both directions.

Spec: https://developers.openai.com/api/reference/resources/responses (read 2026-11-22).

An item here is a message, a call of a tool or its output; in a conversation the calls belong to the message
before them. Parts get the names that the chat API has for them, so that a backend which speaks that API
understands them: `input_file` is a "file". Items without such a name (reasoning, calls of built-in tools) are
parts of kind `ITEM`, which no other API is sent. The ids and states of items are the service's own: left out.
"""

from collections.abc import Iterable, Mapping
from typing import cast

from pytest_llmock.llm import JSON, Image, Message, Other, Part, Role, Text, Tool, ToolCall, ToolResult
from pytest_llmock.wire.openai_errors import missing, wrong_type, wrong_value
from pytest_llmock.wire.openai_fields import Fields, list_at, object_at, others, required_text, text_at
from pytest_llmock.wire.openai_messages import ITEM

Kept = dict[str, JSON]
_ROLES = ("user", "assistant", "system", "developer")
_MESSAGE = frozenset({"type", "role", "content", "id", "status"})
_CALL = frozenset({"type", "id", "status", "call_id", "name", "arguments", "input"})
_OUTPUT = frozenset({"type", "id", "status", "call_id", "output"})
_WORDS = ("input_text", "output_text", "text")
_WORD_FIELDS = frozenset({"type", "text", "annotations", "logprobs"})
_CUSTOM = "tool_call"  # the kind under which the chat API's codec keeps a call of a custom tool
BUILT_IN_HAS_NO_NAME = ("function", "custom")


def input_items(raw: JSON) -> list[dict[str, JSON]]:
    """The input of a request as items; a text is a message of the user. RequestError for another type."""
    if raw is None:
        return []
    if isinstance(raw, str):
        return [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": raw}]}]
    if not isinstance(raw, list):
        raise wrong_type("input", "a string or array of items", raw)
    return [object_at(item, f"input[{position}]") for position, item in enumerate(raw)]


def decode_items(items: Iterable[Fields], at: str = "input") -> tuple[Message, ...]:
    """The conversation of the items. Raises RequestError whose details name the item."""
    messages: list[Message] = []
    for position, item in enumerate(items):
        where = f"{at}[{position}]"
        call = _decode_call(item, where)
        if call is None:
            messages.append(_decode_item(item, where))
            continue
        if not messages or messages[-1].role != "assistant":
            messages.append(Message("assistant"))
        messages[-1] = _joined(messages[-1], *call)
    return tuple(messages)


def _joined(message: Message, call: Part, extra: Kept) -> Message:
    kept = dict(message.extensions)
    if extra:
        beside = cast("Kept", kept.get("parts") or {})
        kept["parts"] = {**beside, str(len(message.parts)): extra}
    return Message(message.role, (*message.parts, call), message.name, kept)


def _decode_call(item: Fields, at: str) -> tuple[Part, Kept] | None:
    kind = item.get("type")
    if kind == "function_call":
        call = ToolCall(
            required_text(item, "call_id", f"{at}."),
            required_text(item, "name", f"{at}."),
            required_text(item, "arguments", f"{at}."),
        )
        return call, others(item, _CALL)
    if kind == "custom_tool_call":
        custom: Kept = {
            "name": required_text(item, "name", f"{at}."),
            "input": required_text(item, "input", f"{at}."),
        }
        call_id = required_text(item, "call_id", f"{at}.")
        return Other(_CUSTOM, {"id": call_id, "type": "custom", "custom": custom}), others(item, _CALL)
    return None


def _decode_item(item: Fields, at: str) -> Message:
    kind = text_at(item, "type", f"{at}.") or "message"
    if kind == "message":
        return _decode_message(item, at)
    if kind in {"function_call_output", "custom_tool_call_output"}:
        return _decode_output(item, kind, at)
    return Message("assistant", (Other(ITEM, item),))


def _decode_message(item: Fields, at: str) -> Message:
    role = required_text(item, "role", f"{at}.")
    if role not in _ROLES:
        raise wrong_value(f"{at}.role", f"'{role}'. Supported values are: {', '.join(_ROLES)}.")
    if item.get("content") is None:
        raise missing(f"{at}.content")
    pieces = _content(item["content"], f"{at}.content")
    return _message(cast("Role", role), pieces, others(item, _MESSAGE))


def _decode_output(item: Fields, kind: str, at: str) -> Message:
    if item.get("output") is None:
        raise missing(f"{at}.output")
    pieces = _content(item["output"], f"{at}.output")
    words = "".join(part.text for part, _ in pieces if isinstance(part, Text))
    result = ToolResult(required_text(item, "call_id", f"{at}."), words)
    rest = [piece for piece in pieces if not isinstance(piece[0], Text)]
    kept = others(item, _OUTPUT) | ({ITEM: kind} if kind.startswith("custom") else {})
    return _message("tool", [(result, {}), *rest], kept)


def _message(role: Role, pieces: list[tuple[Part, Kept]], kept: Kept) -> Message:
    beside: Kept = {str(position): extra for position, (_, extra) in enumerate(pieces) if extra}
    if beside:
        kept = {**kept, "parts": beside}
    return Message(role, tuple(part for part, _ in pieces), extensions=kept)


def _content(content: JSON, at: str) -> list[tuple[Part, Kept]]:
    if isinstance(content, str):
        return [(Text(content), {})] if content else []
    if not isinstance(content, list):
        raise wrong_type(at, "a string or array of objects", content)
    return [_part(object_at(part, f"{at}[{i}]"), f"{at}[{i}]") for i, part in enumerate(content)]


def _part(fields: Kept, at: str) -> tuple[Part, Kept]:
    kind = required_text(fields, "type", f"{at}.")
    if kind in _WORDS:
        return Text(required_text(fields, "text", f"{at}.")), others(fields, _WORD_FIELDS)
    rest = others(fields, frozenset({"type"}))
    if kind == "input_image" and isinstance(fields.get("image_url"), str):
        url = text_at(fields, "image_url", f"{at}.")
        return Image(url, {key: value for key, value in rest.items() if key != "image_url"}), {}
    if kind == "input_file":
        return Other("file", {"file": rest}), {}
    return Other(kind, rest), {}


def encode_items(messages: Iterable[Message]) -> list[JSON]:
    """The conversation as items."""
    return [item for message in messages for item in _encode_message(message)]


def _encode_message(message: Message) -> Iterable[JSON]:
    beside = cast("Mapping[str, Kept]", message.extensions.get("parts") or {})
    kept = others(message.extensions, frozenset({"parts", ITEM}))
    pieces = [(part, beside.get(str(place)) or {}) for place, part in enumerate(message.parts)]
    words = [(part, extra) for part, extra in pieces if not _stands_alone(part)]
    results = [part for part, _ in pieces if isinstance(part, ToolResult)]
    for result in results:
        kind = message.extensions.get(ITEM, "function_call_output")
        yield _encode_output(result, words, {"type": kind, **kept})
    items = [part.data for part, _ in pieces if isinstance(part, Other) and part.kind == ITEM]
    yield from (dict(item) for item in items)
    if not results and (words or not (_has_calls(message) or items)):
        content = [_encode_part(part, extra, message.role) for part, extra in words]
        yield {"type": "message", "role": message.role, "content": content, **kept}
    yield from (_encode_call(part, extra) for part, extra in pieces if _is_call(part))


def _is_call(part: Part) -> bool:
    return isinstance(part, ToolCall) or (isinstance(part, Other) and part.kind == _CUSTOM)


def _has_calls(message: Message) -> bool:
    return any(_is_call(part) for part in message.parts)


def _stands_alone(part: Part) -> bool:
    is_item = isinstance(part, Other) and part.kind == ITEM
    return is_item or _is_call(part) or isinstance(part, ToolResult)


def _encode_output(result: ToolResult, rest: list[tuple[Part, Kept]], kept: Kept) -> JSON:
    content: JSON = result.content
    if rest:
        pieces = [(Text(result.content), {}), *rest] if result.content else rest
        content = [_encode_part(part, extra, "tool") for part, extra in pieces]
    return {"call_id": result.call_id, "output": content, **kept}


def _encode_call(part: Part, extra: Kept) -> JSON:
    if isinstance(part, ToolCall):
        call: Kept = {"call_id": part.id, "name": part.name, "arguments": part.arguments}
        return {"type": "function_call", **call, **extra}
    assert isinstance(part, Other)
    custom = cast("Kept", part.data["custom"])
    return {"type": "custom_tool_call", "call_id": part.data["id"], **custom, **extra}


def _encode_part(part: Part, extra: Kept, role: str) -> JSON:
    if isinstance(part, Text):
        return {"type": "output_text" if role == "assistant" else "input_text", "text": part.text, **extra}
    if isinstance(part, Image):
        return {"type": "input_image", "image_url": part.url, **part.extensions}
    assert isinstance(part, Other)
    if part.kind == "file":
        return {"type": "input_file", **cast("Kept", part.data["file"])}
    return {"type": part.kind, **part.data}


def decode_tools(fields: Fields) -> tuple[tuple[Tool, ...], list[JSON]]:
    """The functions and custom tools of a request, and the built-in tools as they came."""
    tools, built_in = list[Tool](), list[JSON]()
    for position, raw in enumerate(list_at(fields, "tools")):
        at = f"tools[{position}]"
        tool = object_at(raw, at)
        kind = required_text(tool, "type", f"{at}.")
        if kind in BUILT_IN_HAS_NO_NAME:
            tools.append(_decode_tool(tool, kind, f"{at}."))
        else:
            built_in.append(tool)
    return tuple(tools), built_in


def _decode_tool(tool: Kept, kind: str, at: str) -> Tool:
    parameters = tool.get("parameters")
    kept = others(tool, frozenset({"type", "name", "description", "parameters"}))
    return Tool(
        name=required_text(tool, "name", at),
        description=text_at(tool, "description", at),
        parameters={} if parameters is None else object_at(parameters, f"{at}parameters"),
        extensions=kept if kind == "function" else kept | {"type": kind},
    )


def encode_tools(tools: Iterable[Tool]) -> list[JSON]:
    """The tools as the API takes them."""
    return [_encode_tool(tool) for tool in tools]


def _encode_tool(tool: Tool) -> JSON:
    encoded: Kept = {"type": "function", "name": tool.name}
    if tool.description:
        encoded["description"] = tool.description
    if tool.parameters:
        encoded["parameters"] = dict(tool.parameters)
    return encoded | dict(tool.extensions)

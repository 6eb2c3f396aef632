"""Messages and tools of OpenAI's chat API, both directions.

Spec: https://developers.openai.com/api/reference/resources/chat (read 2026-11-21).

What the API puts beside a part (a cache breakpoint, say) has no place in the part itself; it is kept in the
message's `extensions["parts"]`, by the part's position, and goes back to where it was.
"""

from collections.abc import Iterable, Mapping
from typing import cast

from pytest_llmock.llm import JSON, Image, Message, Other, Part, Role, Text, Tool, ToolCall, ToolResult
from pytest_llmock.wire.openai_errors import missing, wrong_type, wrong_value
from pytest_llmock.wire.openai_fields import Fields, list_at, object_at, others, required_text, text_at
from pytest_llmock.wire.openai_foreign import is_thought

_ROLES = ("developer", "system", "user", "assistant", "tool", "function")
_MESSAGE = frozenset({"role", "content", "name", "tool_calls", "tool_call_id"})
_CONTENT_TYPES = "a string or array of objects"
_CUSTOM_CALL = "tool_call"  # the kind of an `Other` that stands among the tool calls
_PARTS = "parts"
# the kind of an `Other` that is an item of the Responses API alone, and where a message keeps its kind there
ITEM = "responses_item"

Kept = dict[str, JSON]


def decode_messages(body: Fields) -> tuple[Message, ...]:
    """The conversation of a request. Raises RequestError as the service would refuse it."""
    if body.get("messages") is None:
        raise missing("messages")
    raw = list_at(body, "messages")
    if not raw:
        raise wrong_value(
            "messages", "expected at least one message, but got an empty array.", code="empty_array"
        )
    return tuple(_message(item, f"messages[{position}]") for position, item in enumerate(raw))


def _message(raw: JSON, at: str) -> Message:
    fields = object_at(raw, at)
    role = required_text(fields, "role", f"{at}.")
    if role not in _ROLES:
        raise wrong_value(f"{at}.role", f"'{role}'. Supported values are: {', '.join(_ROLES)}.")
    pieces = _content(fields, role, at)
    if role in {"tool", "function"}:
        pieces = _tool_result(fields, role, pieces, at)
    pieces += [
        _tool_call(call, f"{at}.tool_calls[{i}]")
        for i, call in enumerate(list_at(fields, "tool_calls", f"{at}."))
    ]
    kept = others(fields, _MESSAGE)
    beside: Kept = {str(position): extra for position, (_, extra) in enumerate(pieces) if extra}
    if beside:
        kept[_PARTS] = beside
    if role == "function":
        kept["role"], role = role, "tool"
    parts = tuple(part for part, _ in pieces)
    return Message(cast("Role", role), parts, text_at(fields, "name", f"{at}."), kept)


def _content(fields: Fields, role: str, at: str) -> list[tuple[Part, Kept]]:
    content = fields.get("content")
    at = f"{at}.content"
    if isinstance(content, str):
        return [(Text(content), {})] if content else []
    if isinstance(content, list):
        return [_part(object_at(part, f"{at}[{i}]"), f"{at}[{i}]") for i, part in enumerate(content)]
    if content is None and role == "assistant":
        return []
    if "content" not in fields:
        raise missing(at)
    raise wrong_type(at, _CONTENT_TYPES, content)


def _part(fields: dict[str, JSON], at: str) -> tuple[Part, Kept]:
    kind = required_text(fields, "type", f"{at}.")
    if kind == "text":
        return Text(required_text(fields, "text", f"{at}.")), others(fields, frozenset({"type", "text"}))
    if kind == "image_url":
        image = object_at(fields.get("image_url"), f"{at}.image_url")
        url = required_text(image, "url", f"{at}.image_url.")
        beside = others(fields, frozenset({"type", "image_url"}))
        return Image(url, others(image, frozenset({"url"}))), beside
    return Other(kind, others(fields, frozenset({"type"}))), {}


def _tool_result(
    fields: Fields, role: str, content: list[tuple[Part, Kept]], at: str
) -> list[tuple[Part, Kept]]:
    call_id = required_text(fields, "tool_call_id", f"{at}.") if role == "tool" else ""
    words = "".join(part.text for part, _ in content if isinstance(part, Text))
    rest = [piece for piece in content if not isinstance(piece[0], Text)]
    return [(ToolResult(call_id, words), {}), *rest]


def _tool_call(raw: JSON, at: str) -> tuple[Part, Kept]:
    fields = object_at(raw, at)
    if text_at(fields, "type", f"{at}.") not in {"", "function"}:
        return Other(_CUSTOM_CALL, fields), {}
    function = object_at(fields.get("function"), f"{at}.function")
    call = ToolCall(
        id=required_text(fields, "id", f"{at}."),
        name=required_text(function, "name", f"{at}.function."),
        arguments=required_text(function, "arguments", f"{at}.function."),
    )
    return call, others(fields, frozenset({"id", "type", "function"}))


def encode_messages(messages: Iterable[Message]) -> list[JSON]:
    """The conversation as the API takes it.

    There each tool result is a message of its own: those of a message with other parts come first.
    """
    return [encoded for message in messages for encoded in _encode_message(message)]


def _encode_message(message: Message) -> Iterable[JSON]:
    beside = cast("Mapping[str, Kept]", message.extensions.get(_PARTS) or {})
    pieces = [
        (part, beside.get(str(position)) or {})
        for position, part in enumerate(message.parts)
        if not (isinstance(part, Other) and part.kind == ITEM) and not is_thought(part)
    ]
    if message.parts and not pieces:
        return
    results = [part for part, _ in pieces if isinstance(part, ToolResult)]
    rest = [piece for piece in pieces if not isinstance(piece[0], ToolResult)]
    if not results:
        yield _encode_turn(message, rest)
        return
    shared = rest if message.role == "tool" else []
    for position, result in enumerate(results):
        yield _encode_result(message, result, shared if position == 0 else [])
    if rest and not shared:
        yield _encode_turn(message, rest)


def _encode_turn(message: Message, pieces: list[tuple[Part, Kept]]) -> JSON:
    calls = [_encode_call(part, extra) for part, extra in pieces if _is_call(part)]
    content = _encode_content([piece for piece in pieces if not _is_call(piece[0])])
    turn: Kept = {"role": message.role, "content": None if calls and content == "" else content}
    if message.name:
        turn["name"] = message.name
    if calls:
        turn["tool_calls"] = calls
    return turn | _message_extras(message)


def _encode_result(message: Message, result: ToolResult, rest: list[tuple[Part, Kept]]) -> JSON:
    content = _encode_content([(Text(result.content), {}), *rest]) if rest else result.content
    turn: Kept = {"role": "tool", "tool_call_id": result.call_id, "content": content}
    if message.role == "tool":
        turn |= ({"name": message.name} if message.name else {}) | _message_extras(message)
    if turn["role"] == "function":
        del turn["tool_call_id"]
    return turn


def _message_extras(message: Message) -> Kept:
    return others(message.extensions, frozenset({_PARTS, ITEM}))


def _encode_content(pieces: list[tuple[Part, Kept]]) -> JSON:
    if not pieces:
        return ""
    part, extra = pieces[0]
    if len(pieces) == 1 and isinstance(part, Text) and part.text and not extra:
        return part.text
    return [_encode_part(part, extra) for part, extra in pieces]


def _encode_part(part: Part, extra: Kept) -> JSON:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text, **extra}
    if isinstance(part, Image):
        return {"type": "image_url", "image_url": {"url": part.url, **part.extensions}, **extra}
    assert isinstance(part, Other)
    return {"type": part.kind, **part.data}


def _is_call(part: Part) -> bool:
    return isinstance(part, ToolCall) or (isinstance(part, Other) and part.kind == _CUSTOM_CALL)


def _encode_call(part: Part, extra: Kept) -> JSON:
    if isinstance(part, ToolCall):
        function: Kept = {"name": part.name, "arguments": part.arguments}
        return {"id": part.id, "type": "function", "function": function, **extra}
    assert isinstance(part, Other)
    return dict(part.data)


def decode_tools(body: Fields) -> tuple[Tool, ...]:
    """The tools that the model may ask for."""
    return tuple(_tool(raw, f"tools[{position}]") for position, raw in enumerate(list_at(body, "tools")))


def _tool(raw: JSON, at: str) -> Tool:
    fields = object_at(raw, at)
    kind = text_at(fields, "type", f"{at}.") or "function"
    if fields.get(kind) is None:
        raise missing(f"{at}.{kind}")
    definition = object_at(fields[kind], f"{at}.{kind}")
    at = f"{at}.{kind}."
    parameters = definition.get("parameters")
    kept = others(definition, frozenset({"name", "description", "parameters"}))
    return Tool(
        name=required_text(definition, "name", at),
        description=text_at(definition, "description", at),
        parameters={} if parameters is None else object_at(parameters, f"{at}parameters"),
        extensions=kept if kind == "function" else kept | {"type": kind},
    )


def encode_tools(tools: Iterable[Tool]) -> list[JSON]:
    """The tools as the API takes them."""
    return [_encode_tool(tool) for tool in tools]


def _encode_tool(tool: Tool) -> JSON:
    definition: Kept = {"name": tool.name}
    if tool.description:
        definition["description"] = tool.description
    if tool.parameters:
        definition["parameters"] = dict(tool.parameters)
    kind = str(tool.extensions.get("type", "function"))
    return {"type": kind, kind: definition | others(tool.extensions, frozenset({"type"}))}

"""Conversations and tools of Anthropic's Messages API, read from a request.

Spec: https://platform.claude.com/docs/en/api/messages (read 2026-11-22).

A turn of the user that has nothing but tool results becomes one message of role "tool" for each, and so does
a result that has more than words; beside other blocks a result is a part of the user's message. What stands
beside a block (a cache breakpoint, say) is kept in the message's `extensions["parts"]`, by its position.
Tools that the service runs itself (web search, say) are kept as they came: no model here could call them.
"""

import json
from collections.abc import Iterable, Iterator
from typing import cast

from pytest_llmock.llm import (
    JSON,
    Image,
    Message,
    Other,
    Part,
    Role,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from pytest_llmock.wire.anthropic_errors import wrong_value
from pytest_llmock.wire.objects import Object, object_at

Kept = dict[str, JSON]

_ROLES = ("user", "assistant", "system")
_CUSTOM = frozenset({"", "custom"})
_RUN_BY_CLIENTS = ("bash_", "text_editor_", "computer_2", "memory_")
_CHOICES = {
    "auto": ToolChoice("auto"),
    "any": ToolChoice("required"),
    "none": ToolChoice("none"),
    "tool": ToolChoice("named"),
}
_PARTS = "parts"


def decode_messages(body: Object) -> tuple[Message, ...]:
    """The conversation of a request, system words first. Raises RequestError as the service refuses it."""
    body.need("messages")
    turns = list(body.objects("messages"))
    if not turns:
        raise wrong_value("messages", "at least one message is required")
    return (*_system(body), *(each for turn in turns for each in _turn(turn)))


def _system(body: Object) -> Iterator[Message]:
    if "system" not in body:
        return
    pieces = [(part, beside) for part, beside in _pieces(body, "system") if not isinstance(part, tuple)]
    if pieces:
        yield _message("system", pieces, {})


def _turn(turn: Object) -> Iterator[Message]:
    role = turn.required("role")
    if role not in _ROLES:
        raise wrong_value(turn.place("role"), f"Input should be {_listed(_ROLES)}")
    turn.need("content")
    pieces = list(_pieces(turn, "content"))
    if not pieces and role != "assistant":
        raise wrong_value(turn.at, f"{role} messages must have non-empty content")
    is_mixed = any(not isinstance(part, tuple) for part, _ in pieces)
    rest: list[tuple[Part, Kept]] = []
    for part, beside in pieces:
        if not isinstance(part, tuple):
            rest.append((part, beside))
        elif is_mixed and len(part) == 1:
            rest.append((part[0], beside))
        else:
            yield Message("tool", part, extensions={_PARTS: {"0": beside}} if beside else {})
    if rest or not pieces:
        yield _message(role, rest, turn.rest("role", "content"))


def _listed(words: Iterable[str]) -> str:
    *before, last = [f"'{word}'" for word in words]
    return f"{', '.join(before)} or {last}"


# what a block is: a part, or of a tool's result all its parts; and what stands beside it
_Piece = tuple[Part | tuple[Part, ...], Kept]


def _message(role: str, pieces: list[tuple[Part, Kept]], kept: Kept) -> Message:
    beside: Kept = {str(place): extra for place, (_, extra) in enumerate(pieces) if extra}
    parts = tuple(part for part, _ in pieces)
    return Message(cast("Role", role), parts, extensions=kept | ({_PARTS: beside} if beside else {}))


def _pieces(holder: Object, key: str) -> Iterator[_Piece]:
    """The blocks of a content, which may be a text."""
    content = holder.fields.get(key)
    if isinstance(content, str):
        if content:
            yield Text(content), {}
        return
    for block in holder.objects(key):
        yield _piece(block)


def _piece(block: Object) -> _Piece:
    kind = block.required("type")
    if kind == "text":
        text = block.required("text")
        if not text:
            raise wrong_value(block.at, "text content blocks must be non-empty")
        return Text(text), block.rest("type", "text")
    if kind == "image" and (image := _image(block)) is not None:
        return image, block.rest("type", "source")
    if kind == "tool_use":
        block.need("input")
        given = block.object("input")
        arguments = json.dumps(given.fields if given else {}, ensure_ascii=False)
        call = ToolCall(block.required("id"), block.required("name"), arguments)
        return call, block.rest("type", "id", "name", "input")
    if kind == "tool_result":
        return _result(block), block.rest("type", "tool_use_id", "content", "is_error")
    return Other(kind, block.rest("type")), {}


def _image(block: Object) -> Image | None:
    """A picture by its address or its bytes; None for one that the service holds in a file."""
    block.need("source")
    source = block.object("source")
    assert source is not None
    kind = source.required("type")
    if kind == "base64":
        return Image(f"data:{source.required('media_type')};base64,{source.required('data')}")
    return Image(source.required("url")) if kind == "url" else None


def _result(block: Object) -> tuple[Part, ...]:
    """What a tool answered: its words, and behind them what else it gave."""
    parts = [part for part, _ in _pieces(block, "content") if not isinstance(part, tuple)]
    words = "".join(part.text for part in parts if isinstance(part, Text))
    failed = block.flag("is_error") or False
    result = ToolResult(block.required("tool_use_id"), words, failed)
    return (result, *(part for part in parts if not isinstance(part, Text)))


def decode_tools(body: Object) -> tuple[tuple[Tool, ...], list[JSON]]:
    """The tools that the model may call, and those that the service runs itself, as they came."""
    tools, services = [], list[JSON]()
    for tool in body.objects("tools"):
        kind = tool.text("type")
        if kind not in _CUSTOM and not kind.startswith(_RUN_BY_CLIENTS):
            services.append(dict(tool.fields))
        else:
            tools.append(_tool(tool, kind))
    return tuple(tools), services


def _tool(tool: Object, kind: str) -> Tool:
    name = tool.required("name")
    if kind not in _CUSTOM:
        return Tool(name, extensions=tool.rest("name"))
    tool.need("input_schema")
    schema = tool.object("input_schema")
    kept = tool.rest("name", "description", "input_schema", "type")
    return Tool(name, tool.text("description"), schema.fields if schema else {}, kept)


def decode_choice(body: Object) -> tuple[ToolChoice | None, Kept]:
    """Whether tools may be called, and that only one may be at a time."""
    choice = body.object("tool_choice")
    if choice is None:
        return None, {}
    kind = choice.required("type")
    if kind not in _CHOICES:
        raise wrong_value(choice.place("type"), f"Input should be {_listed(_CHOICES)}")
    if not body.array("tools"):
        raise wrong_value(choice.at, "tool_choice may only be specified while providing tools.")
    kept: Kept = {"parallel_tool_calls": False} if choice.flag("disable_parallel_tool_use") else {}
    if kind != "tool":
        return _CHOICES[kind], kept
    name = choice.required("name")
    names = [object_at(tool, body.words).text("name") for tool in body.array("tools")]
    if name not in names:
        raise wrong_value(choice.at, f"Tool '{name}' not found in provided tools")
    return ToolChoice("named", name), kept

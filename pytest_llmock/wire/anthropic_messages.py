"""Conversations, images and tools of Anthropic's Messages API.

Spec: https://platform.claude.com/docs/en/api/messages (read 2026-11-22).

There a conversation has turns of user and assistant only: system words stand beside it, tool results are part
of the user's turn and come first in it. Turns in a row of the same side are one turn here, because some
compatible servers refuse what the API itself would join. Texts without a word are left out: the API refuses
them. Of what stands beside a part only what `_BESIDE` names is known. `anthropic_turns` is the way back.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import cast
from urllib.parse import unquote_to_bytes

from pytest_llmock.llm import JSON, Image, Message, Other, Part, Text, Tool, ToolCall, ToolChoice, ToolResult
from pytest_llmock.wire.anthropic_schema import narrowed
from pytest_llmock.wire.openai_messages import ITEM

Block = dict[str, JSON]

_SYSTEM = frozenset({"system", "developer"})
_BESIDE = frozenset({"cache_control", "citations", "caller", "toolset_name"})
_OWN_TOOLS = frozenset({"function", "custom"})
_MODES: Mapping[str, str] = {"auto": "auto", "none": "none", "required": "any", "named": "tool"}


def encode_messages(messages: Iterable[Message]) -> tuple[JSON, list[JSON]]:
    """What goes to `system` (empty where nobody said a system word) and the turns.

    Where there are system words and no turns they are sent as the user's: the API needs a turn.
    """
    system: list[Block] = []
    turns: list[tuple[str, list[Block]]] = []
    for message in messages:
        blocks = list(_blocks(message))
        if message.role in _SYSTEM:
            system += blocks
            continue
        role = "assistant" if message.role == "assistant" else "user"
        if turns and turns[-1][0] == role:
            turns[-1][1].extend(blocks)
        elif blocks:
            turns.append((role, blocks))
    if system and not turns:
        system, turns = [], [("user", system)]
    encoded: list[JSON] = [{"role": role, "content": _content(_results_first(b))} for role, b in turns]
    return _content(_paragraphs(system)), encoded


def _blocks(message: Message) -> Iterator[Block]:
    beside = cast("Mapping[str, Block]", message.extensions.get("parts") or {})
    parts = message.parts
    if message.role == "tool" and parts and isinstance(parts[0], ToolResult):
        yield _result(parts[0], [_part(part) for part in parts[1:]]) | _known(beside.get("0"))
        return
    for position, part in enumerate(parts):
        if isinstance(part, Text) and not part.text:
            continue
        if isinstance(part, Other) and part.kind == ITEM:
            continue
        yield _part(part) | _known(beside.get(str(position)))


def _known(beside: Block | None) -> Block:
    return {key: value for key, value in (beside or {}).items() if key in _BESIDE}


def _results_first(blocks: list[Block]) -> list[Block]:
    return sorted(blocks, key=lambda block: block["type"] != "tool_result")


def _paragraphs(blocks: list[Block]) -> list[Block]:
    """System words as one block, unless something stands beside one of them."""
    if not blocks or any(block.keys() != {"type", "text"} for block in blocks):
        return blocks
    return [{"type": "text", "text": "\n\n".join(str(block["text"]) for block in blocks)}]


def _content(blocks: list[Block]) -> JSON:
    if not blocks:
        return ""
    if len(blocks) == 1 and blocks[0].keys() == {"type", "text"}:
        return blocks[0]["text"]
    return list[JSON](blocks)


def _part(part: Part) -> Block:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    if isinstance(part, Image):
        return {"type": "image", "source": _source(part.url)}
    if isinstance(part, ToolCall):
        return {"type": "tool_use", "id": part.id, "name": part.name, "input": input_of(part.arguments)}
    if isinstance(part, ToolResult):
        return _result(part, [])
    return {"type": part.kind, **part.data}


def _result(result: ToolResult, rest: list[Block]) -> Block:
    words: list[Block] = [{"type": "text", "text": result.content}] if result.content else []
    block: Block = {
        "type": "tool_result",
        "tool_use_id": result.call_id,
        "content": _content([*words, *rest]),
    }
    return block | ({"is_error": True} if result.is_error else {})


def _source(url: str) -> JSON:
    """Where a picture comes from: the service fetches addresses itself."""
    if not url.lower().startswith("data:"):
        return {"type": "url", "url": url}
    head, _, data = url[5:].partition(",")
    media_type, *options = head.split(";")
    if "base64" not in options:
        data = base64.b64encode(unquote_to_bytes(data)).decode("ascii")
    return {"type": "base64", "media_type": media_type or "text/plain", "data": data}


def input_of(arguments: str) -> dict[str, JSON]:
    """A tool's arguments as the object that the API needs.

    A model may have written something else, and the conversation must go on: that stands as it was under
    "arguments". Nothing at all is an empty object.
    """
    if not arguments.strip():
        return {}
    try:
        value: JSON = json.loads(arguments, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        value = arguments
    return value if isinstance(value, dict) else {"arguments": arguments}


def encode_tools(tools: Iterable[Tool]) -> list[JSON]:
    """The tools as the API takes them; one that asks to be strict is, where its schema can be said so."""
    return [_tool(tool) for tool in tools]


def _tool(tool: Tool) -> Block:
    rest = dict(tool.extensions)
    kind = str(rest.pop("type", "custom"))
    if kind not in _OWN_TOOLS:  # a tool of the service, such as its web search
        return {"type": kind, "name": tool.name, **rest}
    schema = {"type": "object", **tool.parameters}
    strict = narrowed(schema) if rest.pop("strict", None) else None
    encoded: Block = {"name": tool.name, "input_schema": schema if strict is None else strict}
    if strict is not None:
        encoded["strict"] = True
    return encoded | ({"description": tool.description} if tool.description else {}) | rest


def encode_choice(choice: ToolChoice | None, *, parallel: bool) -> Block:
    """The `tool_choice`, empty where nothing is to be said; `parallel` false: one call at a time."""
    if choice is None and parallel:
        return {}
    choice = choice or ToolChoice()
    encoded: Block = {"type": _MODES[choice.mode]}
    if choice.mode == "named":
        encoded["name"] = choice.name
    if not parallel and choice.mode != "none":
        encoded["disable_parallel_tool_use"] = True
    return encoded

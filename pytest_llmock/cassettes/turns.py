"""The messages and tools of a request, as the plain JSON of a cassette, and back.

A turn of words only is `{"user": "Hello"}`; any other is `{"role": "user", "parts": […]}`. The ids of tool
calls are numbered in their order (`call_1`), because providers draw them at random.
"""

from collections.abc import Iterable, Mapping
from typing import cast, get_args

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
from pytest_llmock.shapes.limits import JSONTextError, canonical, loads

Fields = Mapping[str, JSON]

# what only keeps a provider's books: who pays, where it is stored, how a limit that is modelled was spelled
BOOKKEEPING = frozenset(
    {
        "max_completion_tokens",
        "metadata",
        "prompt_cache_key",
        "prompt_cache_retention",
        "safety_identifier",
        "service_tier",
        "store",
        "user",
    }
)
_ROLES = frozenset(get_args(Role))


def said(**values: JSON) -> dict[str, JSON]:
    """The values that say something: no None, no empty text, list or mapping."""
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}


def beyond(extensions: Fields) -> dict[str, JSON]:
    """The fields that are not modelled, without those that cannot change an answer or say nothing.

    SDKs send back what an answer left empty (`"annotations": []`); that asks for nothing.
    """
    return said(**{key: value for key, value in extensions.items() if key not in BOOKKEEPING})


def mapping(value: JSON) -> Fields:
    """The value as the mapping it has to be; empty when it is absent."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"{value!r} stands where a mapping belongs")  # noqa: TRY004 - wrong text in a file
    return value


def mappings(value: JSON) -> list[Fields]:
    """The value as the list of mappings it has to be; empty when it is absent."""
    if value is not None and not isinstance(value, list):
        raise ValueError(f"{value!r} stands where a list belongs")
    return [mapping(item) for item in value or []]


def messages_json(messages: Iterable[Message]) -> list[JSON]:
    """The turns, in their order."""
    turns = tuple(messages)
    ids = _numbered(turns)
    return [_message(turn, ids) for turn in turns]


def messages_of(turns: JSON) -> tuple[Message, ...]:
    """The turns, read; raises ValueError for what is none."""
    return tuple(_message_of(turn) for turn in mappings(turns))


def tool_json(tool: Tool) -> JSON:
    """`{"name": "search", "description": …, "parameters": {schema}}`."""
    rest = said(
        description=tool.description, parameters=dict(tool.parameters), extensions=beyond(tool.extensions)
    )
    return {"name": tool.name, **rest}


def tool_of(entry: Fields) -> Tool:
    """The tool, read."""
    return Tool(
        str(entry["name"]),
        str(entry.get("description", "")),
        mapping(entry.get("parameters")),
        mapping(entry.get("extensions")),
    )


def choice_json(choice: ToolChoice | None) -> JSON:
    """`"auto"`, `"none"`, `"required"`, or `{"named": "search"}`."""
    if choice is None:
        return None
    return {"named": choice.name} if choice.mode == "named" else choice.mode


def choice_of(value: JSON) -> ToolChoice | None:
    """The choice, read; raises ValueError for what is none."""
    match value:
        case None:
            return None
        case "auto" | "none" | "required":
            return ToolChoice(value)
        case {"named": str(name)}:
            return ToolChoice("named", name)
        case _:
            raise ValueError(f"tool_choice {value!r} is none of auto, none, required and {{named: …}}")


def _numbered(turns: Iterable[Message]) -> Mapping[str, str]:
    ids: dict[str, str] = {}
    for turn in turns:
        for part in turn.parts:
            if isinstance(part, ToolCall | ToolResult):
                given = part.id if isinstance(part, ToolCall) else part.call_id
                ids.setdefault(given, f"call_{len(ids) + 1}")
    return ids


def _message(turn: Message, ids: Mapping[str, str]) -> JSON:
    rest = said(name=turn.name, extensions=beyond(turn.extensions))
    if len(turn.parts) == 1 and isinstance(turn.parts[0], Text) and not rest:
        return {turn.role: turn.parts[0].text}
    return {"role": turn.role, "parts": [_part(part, ids) for part in turn.parts], **rest}


def _message_of(entry: Fields) -> Message:
    if "role" not in entry and len(entry) == 1:
        role, text = next(iter(entry.items()))
        return Message(_role(role), (Text(str(text)),))
    return Message(
        _role(entry.get("role")),
        tuple(_part_of(part) for part in mappings(entry.get("parts"))),
        name=str(entry.get("name", "")),
        extensions=mapping(entry.get("extensions")),
    )


def _role(name: JSON) -> Role:
    if name not in _ROLES:
        raise ValueError(f"a message has the role {name!r}; roles are {', '.join(sorted(_ROLES))}")
    return cast("Role", name)


def _part(part: Part, ids: Mapping[str, str]) -> JSON:
    match part:
        case Text(text):
            return {"text": text}
        case Image(url, extensions):
            return {"image": url, **said(extensions=beyond(extensions))}
        case ToolCall(id_, name, arguments):
            return {"tool_call": {"id": ids[id_], "name": name, "arguments": _arguments(arguments)}}
        case ToolResult(call_id, content, is_error):
            failed: Fields = {"is_error": True} if is_error else {}
            return {"tool_result": {"call": ids[call_id], "content": content, **failed}}
        case Other(kind, data):
            return {"other": kind, "data": dict(data)}


def _part_of(entry: Fields) -> Part:
    match entry:
        case {"text": str(text)}:
            return Text(text)
        case {"image": str(url)}:
            return Image(url, mapping(entry.get("extensions")))
        case {"tool_call": {"id": str(id_), "name": str(name), "arguments": arguments}}:
            return ToolCall(id_, name, _arguments_text(cast("JSON", arguments)))
        case {"tool_result": {"call": str(call), "content": str(content), **rest}}:
            return ToolResult(call, content, is_error=bool(rest.get("is_error")))
        case {"other": str(kind), "data": dict(data)}:
            return Other(kind, data)
        case _:
            raise ValueError(f"a message part with the keys {', '.join(entry)} is none that is known")


def _arguments(text: str) -> JSON:
    """Arguments that are a JSON object, as that object, so that their spacing does not count."""
    try:
        value = loads(text)
    except (JSONTextError, RecursionError):
        return text
    return value if isinstance(value, dict) else text


def _arguments_text(arguments: JSON) -> str:
    return arguments if isinstance(arguments, str) else canonical(arguments)

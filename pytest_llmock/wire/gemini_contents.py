"""Contents of the Gemini API: its turns and their parts, read.

Spec: https://ai.google.dev/api/caching#Content (read 2026-11-22).

A turn of nothing but answers to function calls becomes a message of role "tool" for each. Calls need no id
there: those without one, and their answers, get one by name and order. What stands beside a part (a
`thoughtSignature`, say) is kept in the message's `extensions["parts"]`, by the part's position.
"""

import json
from collections.abc import Iterator

from pytest_llmock.llm import JSON, Image, Message, Other, Part, Role, Text, ToolCall, ToolResult
from pytest_llmock.wire.gemini_errors import WORDS, wrong_value
from pytest_llmock.wire.objects import Object

_ROLES: dict[str, Role] = {
    "": "user",
    "user": "user",
    "model": "assistant",
    "function": "user",
    "tool": "user",
}
# the one field of a part that says what it is; anything else stands beside it
_KINDS = ("text", "inlineData", "fileData", "functionCall", "functionResponse")
_KEPT = ("executableCode", "codeExecutionResult", "toolCall", "toolResponse")


def camel(given: Object) -> Object:
    """The object with its names in camel case, as an answer would have them."""
    if not any("_" in key for key in given.fields):
        return given
    return Object({_camel(key): value for key, value in given.fields.items()}, given.words, given.at)


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def decode_system(asked: Object) -> Iterator[Message]:
    """The system's words, where there are any."""
    said = asked.object("systemInstruction")
    if said is not None and (words := words_of(said)):
        yield Message("system", (Text(words),))


def words_of(content: Object) -> str:
    """All words of a content, joined."""
    return "".join(part.text("text") for part in content.objects("parts"))


def decode_contents(asked: Object) -> Iterator[Message]:
    """The conversation. Raises RequestError as the service refuses it."""
    if not asked.array("contents"):
        raise WORDS.missing("GenerateContentRequest.contents")
    waiting: list[ToolCall] = []  # calls without an answer so far
    for number, content in enumerate(asked.objects("contents")):
        role = content.text("role")
        if role not in _ROLES:
            raise wrong_value(content.place("role"), "Please use a valid role: user, model.")
        if not content.array("parts"):
            raise wrong_value(content.place("parts"), "contents.parts must not be empty.")
        yield from _turn(content, _ROLES[role], waiting, number)


def _turn(content: Object, role: Role, waiting: list[ToolCall], number: int) -> Iterator[Message]:
    parts, beside = list[Part](), dict[str, JSON]()
    for each in map(camel, content.objects("parts")):
        part, extra = _part(each, f"call_{number}_{len(parts)}", waiting)
        if extra:
            beside[str(len(parts))] = extra
        parts.append(part)
    if all(isinstance(part, ToolResult) for part in parts):
        for part in parts:
            yield Message("tool", (part,))
        return
    yield Message(role, tuple(parts), extensions={"parts": beside} if beside else {})


def _part(part: Object, call_id: str, waiting: list[ToolCall]) -> tuple[Part, dict[str, JSON]]:
    extra = part.rest(*_KINDS)
    if "functionResponse" in part:
        return _result(part, waiting), extra
    if extra.get("thought") is True:
        return Other("thought", dict(part.fields)), {}
    if "text" in part:
        return Text(part.text("text")), extra
    if (call := part.object("functionCall")) is not None:
        given = call.object("args")
        arguments = json.dumps(given.fields if given else {}, ensure_ascii=False)
        waiting.append(ToolCall(call.text("id") or call_id, call.required("name"), arguments))
        return waiting[-1], extra
    for key, address in (("inlineData", "data"), ("fileData", "fileUri")):
        if (media := part.object(key)) is not None:
            return _media(camel(media), key, address), extra
    kind = next((key for key in _KEPT if key in part), "")
    if not kind:
        raise wrong_value(part.place("data"), "required oneof field 'data' must have one initialized field")
    return Other(kind, dict(part.fields)), {}


def _media(media: Object, key: str, address: str) -> Part:
    kind, where = media.text("mimeType"), media.required(address)
    if not kind.startswith("image/"):
        return Other(key, dict(media.fields))
    return Image(f"data:{kind};base64,{where}" if key == "inlineData" else where)


def _result(part: Object, waiting: list[ToolCall]) -> ToolResult:
    """What a function answered; to the call of its id, else to the first one of its name."""
    response = part.object("functionResponse")
    assert response is not None
    id_, name = response.text("id"), response.required("name")
    meant = [call for call in waiting if (call.id == id_ if id_ else call.name == name)]
    if meant:
        waiting.remove(meant[0])
    given = response.object("response")
    said = given.fields if given else {}
    words = json.dumps(said, ensure_ascii=False)
    return ToolResult(meant[0].id if meant else id_ or name, words, is_error=said.keys() == {"error"})

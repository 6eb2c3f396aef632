"""Requests of Ollama's own API: chat, generate, embed, and the older embeddings.

Spec: https://docs.ollama.com/api (read 2026-11-22).

Options that are not modelled stay in `extensions["options"]`, other fields beside them as they came. Tool
calls may have no id there, and a result then only names its tool: both get ids by which they belong together.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from pytest_llmock.errors import RequestError
from pytest_llmock.llm import (
    JSON,
    Image,
    Message,
    Part,
    Prompt,
    ResponseSchema,
    Role,
    Sampling,
    Text,
    Tool,
    ToolCall,
    ToolResult,
)
from pytest_llmock.wire.objects import Object, object_at
from pytest_llmock.wire.ollama_errors import OPTION_WORDS, WORDS
from pytest_llmock.wire.openai_logprobs import MOST_ALTERNATIVES

_ROLES = frozenset({"system", "user", "assistant", "tool"})
_SHARED = ("model", "stream", "options", "format")
_STEERING = ("temperature", "top_p", "num_predict", "seed", "stop")
MOST_DIMENSIONS = 65_536  # a mistyped number must not fill the memory
_EFFORTS = ("high", "medium", "low", "max")
# how a picture in base64 begins, by its media type
_PICTURES = (("/9j/", "image/jpeg"), ("R0lGOD", "image/gif"), ("UklGR", "image/webp"))


@dataclass(frozen=True, slots=True)
class OllamaRequest:
    """What a request asks for, and how its answer is sent; one that says nothing only loads the model.

    `top_logprobs` is how many alternatives each token is to have, None where no log probabilities are wanted.
    """

    prompt: Prompt
    stream: bool = True
    says_nothing: bool = False
    top_logprobs: int | None = None


def decode_chat(body: JSON) -> OllamaRequest:
    """A request to /api/chat. Raises RequestError (400) in the words of the server."""
    asked = object_at(body, WORDS, "ChatRequest")
    messages = tuple(_messages(asked))
    tools = tuple(_tool(tool) for tool in asked.objects("tools"))
    return _request(asked, messages, tools, kept=asked.rest(*_SHARED, "messages", "tools"))


def decode_generate(body: JSON) -> OllamaRequest:
    """A request to /api/generate: a chat of one prompt, and perhaps a system prompt."""
    asked = object_at(body, WORDS, "GenerateRequest")
    system, prompt = asked.text("system"), asked.text("prompt")
    parts = (*([Text(prompt)] if prompt else []), *_images(asked))
    words = [Message("system", (Text(system),))] if system else []
    messages = (*words, Message("user", parts)) if parts else ()
    return _request(asked, messages, (), kept=asked.rest(*_SHARED, "system", "prompt", "images"))


def _request(
    asked: Object, messages: tuple[Message, ...], tools: tuple[Tool, ...], *, kept: dict[str, JSON]
) -> OllamaRequest:
    if not asked.required("model"):
        raise WORDS.missing("model")
    _check_think(kept.get("think"))
    top_logprobs = _top_logprobs(asked)
    sampling, options = _sampling(asked)
    prompt = Prompt(
        messages=messages,
        model=asked.text("model"),
        sampling=sampling,
        tools=tools,
        schema=_schema(asked.fields.get("format")),
        extensions=kept | ({"options": options} if options else {}),
    )
    stream = asked.flag("stream")
    return OllamaRequest(prompt, stream is not False, not messages, top_logprobs)


def _top_logprobs(asked: Object) -> int | None:
    """How many alternatives are wanted, also 0; None without log probabilities."""
    top, is_wanted = asked.integer("top_logprobs") or 0, asked.flag("logprobs")
    if not 0 <= top <= MOST_ALTERNATIVES:
        raise RequestError(f"top_logprobs must be between 0 and {MOST_ALTERNATIVES}")
    return top if is_wanted else None


def _check_think(think: JSON) -> None:
    if not (think is None or isinstance(think, bool) or think in _EFFORTS):
        raise RequestError(
            f"invalid think value: {json.dumps(think)} "
            '(must be "high", "medium", "low", "max", true, or false)'
        )


def _sampling(asked: Object) -> tuple[Sampling, dict[str, JSON]]:
    """The options that every API knows, and the others."""
    given = asked.object("options")
    if given is None:
        return Sampling(), {}
    options = Object(given.fields, OPTION_WORDS)
    limit = options.integer("num_predict")
    sampling = Sampling(
        temperature=options.number("temperature"),
        top_p=options.number("top_p"),
        max_tokens=limit if limit is not None and limit > 0 else None,  # -1: no limit
        seed=options.integer("seed"),
        stop=options.texts("stop"),
    )
    return sampling, options.rest(*_STEERING)


def _schema(form: JSON) -> ResponseSchema | None:
    if form is None or form == "":
        return None
    if form == "json":
        return ResponseSchema()
    if not isinstance(form, dict):
        raise RequestError(
            f'invalid format: {json.dumps(form)}; expected "json" or a valid JSON Schema object'
        )
    return ResponseSchema(form)


def _messages(asked: Object) -> Iterator[Message]:
    """The conversation, its calls and results with ids."""
    waiting: list[ToolCall] = []  # calls without a result so far
    count = 0
    for turn in asked.objects("messages"):
        role = turn.text("role").lower()
        if role == "tool":
            yield Message("tool", (_result(turn, waiting),), extensions=_beside(turn))
            continue
        parts: list[Part] = [Text(turn.text("content"))] if turn.text("content") else []
        parts += _images(turn)
        calls = [_call(call, count + index) for index, call in enumerate(turn.objects("tool_calls"))]
        count += len(calls)
        waiting += calls
        kept = _beside(turn) | ({} if role in _ROLES else {"role": role})
        yield Message(cast("Role", role if role in _ROLES else "user"), (*parts, *calls), extensions=kept)


def _beside(turn: Object) -> dict[str, JSON]:
    return turn.rest("role", "content", "images", "tool_calls", "tool_name", "tool_call_id")


def _call(call: Object, number: int) -> ToolCall:
    function = call.object("function") or Object({}, WORDS, call.place("function"))
    arguments = function.object("arguments")
    words = json.dumps(arguments.fields if arguments else {}, ensure_ascii=False)
    return ToolCall(call.text("id") or f"call_{number}", function.required("name"), words)


def _result(turn: Object, waiting: list[ToolCall]) -> ToolResult:
    """A result for the call that it names, else for the first one of its tool, else for the first of all."""
    id_, name = turn.text("tool_call_id"), turn.text("tool_name")
    meant = [call for call in waiting if id_ == call.id] if id_ else waiting
    meant = [call for call in meant if not name or call.name == name] or meant
    if meant:
        waiting.remove(meant[0])
    return ToolResult(meant[0].id if meant else id_ or name, turn.text("content"))


def _images(holder: Object) -> list[Part]:
    return [Image(f"data:{_media_type(data)};base64,{data}") for data in holder.texts("images")]


def _media_type(data: str) -> str:
    return next((kind for start, kind in _PICTURES if data.startswith(start)), "image/png")


def _tool(tool: Object) -> Tool:
    function = tool.object("function") or Object({}, WORDS, tool.place("function"))
    parameters = function.object("parameters")
    return Tool(
        name=function.required("name"),
        description=function.text("description"),
        parameters=parameters.fields if parameters else {},
        extensions=function.rest("name", "description", "parameters"),
    )


def decode_embed(body: JSON, key: str) -> Prompt:
    """A request to /api/embed, whose texts are its `input`, or to /api/embeddings, with a `prompt`."""
    asked = object_at(body, WORDS, "EmbedRequest")
    if not asked.required("model"):
        raise WORDS.missing("model")
    said = asked.fields.get(key)
    inputs = said if isinstance(said, list) else [] if said is None else [said]
    texts = tuple(text for text in inputs if isinstance(text, str))
    if len(texts) != len(inputs):
        raise RequestError("invalid input type")
    size = asked.integer("dimensions")
    if size is not None and not 0 <= size <= MOST_DIMENSIONS:
        raise RequestError(
            f"invalid dimensions: {str(size)[:20]}; expected a number from 0 to {MOST_DIMENSIONS}"
        )
    return Prompt(
        operation="embed", model=asked.text("model"), inputs=texts, extensions=asked.rest("model", key)
    )

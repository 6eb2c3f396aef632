"""Requests of the Gemini API: generateContent, countTokens, embedContent and batchEmbedContents.

Spec: https://ai.google.dev/api/generate-content and /api/embeddings (read 2026-11-22).

Names are taken as `systemInstruction` or `system_instruction`, as protocol buffers have it. What is not
modelled goes into `extensions` as it came, of `generationConfig` field by field, of `tools` what is no
function as `server_tools`.
"""

from collections.abc import Iterator

from pytest_llmock.errors import RequestError
from pytest_llmock.llm import JSON, Prompt, ResponseSchema, Sampling, Tool, ToolChoice
from pytest_llmock.wire.gemini_contents import camel, decode_contents, decode_system, words_of
from pytest_llmock.wire.gemini_errors import WORDS, wrong_value
from pytest_llmock.wire.gemini_schema import json_schema
from pytest_llmock.wire.objects import Object, object_at

Kept = dict[str, JSON]

_MODELLED = ("model", "contents", "systemInstruction", "tools", "toolConfig", "generationConfig")
_STEERING = ("temperature", "topP", "maxOutputTokens", "seed", "stopSequences", "candidateCount")
_FORMING = ("responseMimeType", "responseSchema", "responseJsonSchema")
_MODES = {
    "": ToolChoice("auto"),
    "MODE_UNSPECIFIED": ToolChoice("auto"),
    "AUTO": ToolChoice("auto"),
    "VALIDATED": ToolChoice("auto"),
    "ANY": ToolChoice("required"),
    "NONE": ToolChoice("none"),
}
_JSON = "application/json"
_TEXT = ("", "text/plain")
_MOST_DIMENSIONS = 65_536  # a mistyped number must not fill the memory
_HOTTEST = 2.0


def decode_request(body: JSON, *, model: str) -> Prompt:
    """The prompt of a request body. Raises RequestError (400; 501 for what is not supported)."""
    asked = camel(object_at(body, WORDS))
    config = _inside(asked, "generationConfig")
    choice, kept_choice = _choice(asked)
    tools, services = _tools(asked)
    kept = asked.rest(*_MODELLED) | config.rest(*_STEERING, *_FORMING) | kept_choice
    return Prompt(
        messages=(*decode_system(asked), *decode_contents(asked)),
        model=model,
        sampling=_sampling(config),
        tools=tools,
        tool_choice=choice,
        schema=_schema(config),
        extensions=kept | ({"server_tools": services} if services else {}),
    )


def _inside(holder: Object, key: str) -> Object:
    """An object of the request, empty where there is none."""
    return camel(holder.object(key) or Object({}, WORDS, holder.place(key)))


def _sampling(config: Object) -> Sampling:
    heat = config.number("temperature")
    if heat is not None and not 0 <= heat <= _HOTTEST:
        raise wrong_value(config.place("temperature"), f"temperature must be in the range [0.0, {_HOTTEST}]")
    count = config.integer("candidateCount") or 1
    if not 1 <= count <= 8:
        raise wrong_value(config.place("candidateCount"), "candidate_count must be in the range [1, 8]")
    limit = config.integer("maxOutputTokens")
    if limit is not None and limit < 1:
        raise wrong_value(config.place("maxOutputTokens"), "max_output_tokens must be positive.")
    return Sampling(
        heat, config.number("topP"), limit, config.integer("seed"), config.texts("stopSequences"), count
    )


def _schema(config: Object) -> ResponseSchema | None:
    kind = config.text("responseMimeType")
    if kind not in (*_TEXT, _JSON):
        raise RequestError(f"responseMimeType '{kind[:80]}' is not supported: say '{_JSON}'.", status=501)
    given, plain = config.object("responseSchema"), config.object("responseJsonSchema")
    if given is None and plain is None:
        return ResponseSchema() if kind == _JSON else None
    if kind != _JSON:
        raise wrong_value(config.place("responseMimeType"), f"a schema is only allowed with '{_JSON}'.")
    return ResponseSchema(json_schema(given.fields) if given else plain.fields if plain else None)


def _choice(asked: Object) -> tuple[ToolChoice | None, Kept]:
    whole = _inside(asked, "toolConfig")
    others = whole.rest("functionCallingConfig")
    choice, kept = _calling(_inside(whole, "functionCallingConfig"))
    return choice, kept | ({"toolConfig": others} if others else {})


def _calling(config: Object) -> tuple[ToolChoice | None, Kept]:
    if not config.fields:
        return None, {}
    mode = config.text("mode").upper()
    if mode not in _MODES:
        raise wrong_value(config.place("mode"), f"'{mode[:80]}' is none of {', '.join(filter(None, _MODES))}")
    names = config.texts("allowedFunctionNames")
    if mode == "ANY" and len(names) == 1:
        return ToolChoice("named", names[0]), {}
    if not names:
        return _MODES[mode], {}
    listed: JSON = [{"type": "function", "function": {"name": name}} for name in names]
    allowed: JSON = {"mode": _MODES[mode].mode, "tools": listed}
    return _MODES[mode], {"tool_choice": {"type": "allowed_tools", "allowed_tools": allowed}}


def _tools(asked: Object) -> tuple[tuple[Tool, ...], list[JSON]]:
    """The functions that the model may call, and what else it may use, as it came."""
    tools, services = list[Tool](), list[JSON]()
    for each in map(camel, asked.objects("tools")):
        tools += [_tool(camel(function)) for function in each.objects("functionDeclarations")]
        if others := each.rest("functionDeclarations"):
            services.append(others)
    return tuple(tools), services


def _tool(function: Object) -> Tool:
    given, plain = function.object("parameters"), function.object("parametersJsonSchema")
    parameters = json_schema(given.fields) if given else plain.fields if plain else {}
    kept = function.rest("name", "description", "parameters", "parametersJsonSchema")
    return Tool(function.required("name"), function.text("description"), parameters, kept)


def decode_count(body: JSON, *, model: str) -> Prompt:
    """What is to be counted: contents, or a whole request in `generateContentRequest`."""
    asked = camel(object_at(body, WORDS))
    whole = asked.fields.get("generateContentRequest")
    return decode_request(body if whole is None else whole, model=model)


def decode_embed(body: JSON, *, model: str) -> Prompt:
    """A request for the vector of one content."""
    return _embedding([camel(object_at(body, WORDS))], model)


def decode_batch(body: JSON, *, model: str) -> Prompt:
    """A request for the vectors of several contents."""
    asked = camel(object_at(body, WORDS))
    asked.need("requests")
    return _embedding([camel(each) for each in asked.objects("requests")], model)


def _embedding(requests: list[Object], model: str) -> Prompt:
    """All of them at once; the size of the vectors is that which the first one asks for."""
    sizes = [each.integer("outputDimensionality") for each in requests]
    size = next((size for size in sizes if size is not None), None)
    if size is not None and not 0 < size <= _MOST_DIMENSIONS:
        raise wrong_value("outputDimensionality", f"it must be from 1 to {_MOST_DIMENSIONS}")
    kept = requests[0].rest("model", "content", "outputDimensionality") if requests else {}
    inputs = tuple(_texts(requests))
    return Prompt(
        operation="embed",
        model=model,
        inputs=inputs,
        extensions=kept | ({"dimensions": size} if size else {}),
    )


def _texts(requests: list[Object]) -> Iterator[str]:
    for each in requests:
        each.need("content")
        yield words_of(_inside(each, "content"))

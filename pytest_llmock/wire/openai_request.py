"""Requests of OpenAI's chat API, both directions.

Spec: https://developers.openai.com/api/reference/resources/chat (read 2026-11-21).

Fields that are not modelled go into the prompt's `extensions` as they came, and so does what a modelled field
says beyond its model: `tool_choice` with `allowed_tools`, a `response_format` of another type or with a
description, the spelling `max_completion_tokens`. `encode_request` puts all of it back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pytest_llmock.llm import JSON, Prompt, ResponseSchema, Sampling, ToolChoice
from pytest_llmock.wire.openai_errors import unsupported, wrong_type, wrong_value
from pytest_llmock.wire.openai_fields import (
    Fields,
    decimal_at,
    flag_at,
    integer_at,
    list_at,
    metadata_at,
    object_at,
    others,
    required_text,
    text_at,
)
from pytest_llmock.wire.openai_foreign import own
from pytest_llmock.wire.openai_logprobs import MOST_ALTERNATIVES
from pytest_llmock.wire.openai_messages import (
    Kept,
    decode_messages,
    decode_tools,
    encode_messages,
    encode_tools,
)

SchemaMode = Literal["json_schema", "json_object", "prompt"]
_STEERING = frozenset({"temperature", "top_p", "max_tokens", "max_completion_tokens", "seed", "stop", "n"})
_MODELLED = _STEERING | {
    "messages",
    "model",
    "tools",
    "tool_choice",
    "response_format",
    "stream",
    "stream_options",
}
# hold what the Responses API and the legacy completions take, and this one has no word for
RESPONSES, COMPLETIONS = "responses", "completions"
_PUT_BACK = frozenset({"tool_choice", "response_format", "max_completion_tokens", RESPONSES, COMPLETIONS})
_CHOICES: Mapping[str, ToolChoice] = {
    "auto": ToolChoice("auto"),
    "none": ToolChoice("none"),
    "required": ToolChoice("required"),
    "any": ToolChoice("required"),  # as Mistral says it, which takes "required" as well
}


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What a chat request asks for, and how its answer is to be sent.

    `top_logprobs` is the number of alternatives for each token, None when no log probabilities were asked
    for; `store`, whether the answer can be fetched later.
    """

    prompt: Prompt
    stream: bool = False
    include_usage: bool = False
    top_logprobs: int | None = None
    store: bool = False


def decode_request(body: JSON) -> ChatRequest:
    """A request body, read. Raises RequestError (400) whose details name the parameter."""
    fields = object_at(body, "body")
    stream = flag_at(fields, "stream") or False
    options = fields.get("stream_options")
    if options is not None and not stream:
        raise wrong_value("stream_options", "it is only allowed when 'stream' is true.")
    usage = options is not None and flag_at(
        object_at(options, "stream_options"), "include_usage", "stream_options."
    )
    _check(fields)
    return ChatRequest(
        _prompt(fields),
        stream,
        include_usage=bool(usage),
        top_logprobs=_decode_logprobs(fields),
        store=flag_at(fields, "store") or False,
    )


def _check(fields: Fields) -> None:
    """Refuse what cannot be kept as it came, or cannot be done."""
    metadata_at(fields)
    if "audio" in list_at(fields, "modalities"):
        raise unsupported("modalities", "Audio output of chat completions ('modalities': [\"audio\"])")


def _decode_logprobs(fields: Fields) -> int | None:
    top = integer_at(fields, "top_logprobs", low=0, high=MOST_ALTERNATIVES)
    if flag_at(fields, "logprobs"):
        return top or 0
    if top:
        raise wrong_value("top_logprobs", "it is only allowed when 'logprobs' is true.")
    return None


def _prompt(fields: Fields) -> Prompt:
    choice, kept_choice = _decode_choice(fields.get("tool_choice"))
    schema, kept_format = _decode_format(fields.get("response_format"))
    kept = others(fields, _MODELLED) | kept_choice | kept_format
    if fields.get("max_completion_tokens") is not None:
        kept["max_completion_tokens"] = True
    return Prompt(
        messages=decode_messages(fields),
        model=text_at(fields, "model"),
        sampling=decode_sampling(fields),
        tools=decode_tools(fields),
        tool_choice=choice,
        schema=schema,
        extensions=kept,
    )


def decode_sampling(fields: Fields) -> Sampling:
    """How the model is to choose its words."""
    limits = [integer_at(fields, key, low=1) for key in ("max_tokens", "max_completion_tokens")]
    return Sampling(
        temperature=decimal_at(fields, "temperature", low=0, high=2),
        top_p=decimal_at(fields, "top_p", low=0, high=1),
        max_tokens=min((limit for limit in limits if limit is not None), default=None),
        seed=integer_at(fields, "seed"),
        stop=_decode_stop(fields.get("stop")),
        n=integer_at(fields, "n", low=1, high=128) or 1,
    )


def _decode_stop(stop: JSON) -> tuple[str, ...]:
    if stop is None:
        return ()
    words = stop if isinstance(stop, list) else [stop]
    texts = tuple(word for word in words if isinstance(word, str))
    if len(texts) != len(words):
        raise wrong_type("stop", "a string or an array of strings", stop)
    return texts


def _decode_choice(choice: JSON) -> tuple[ToolChoice | None, Kept]:
    if choice is None:
        return None, {}
    if isinstance(choice, str):
        if choice not in _CHOICES:
            raise wrong_value("tool_choice", f"'{choice}'. Supported values are: auto, none, required.")
        return _CHOICES[choice], {}
    fields = object_at(choice, "tool_choice")
    kind = required_text(fields, "type", "tool_choice.")
    named = object_at(fields.get(kind), f"tool_choice.{kind}")
    if kind == "allowed_tools":
        mode = _CHOICES.get(text_at(named, "mode", "tool_choice.allowed_tools."), ToolChoice())
        return mode, {"tool_choice": choice}
    name = required_text(named, "name", f"tool_choice.{kind}.")
    return ToolChoice("named", name), {} if kind == "function" else {"tool_choice": choice}


def _encode_choice(choice: ToolChoice) -> JSON:
    return {"type": "function", "function": {"name": choice.name}} if choice.mode == "named" else choice.mode


def _decode_format(raw: JSON) -> tuple[ResponseSchema | None, Kept]:
    if raw is None:
        return None, {}
    fields = object_at(raw, "response_format")
    kind = required_text(fields, "type", "response_format.")
    if kind == "text":
        return None, {}
    if kind == "json_object":  # llama.cpp's dialect puts a schema here
        schema = fields.get("schema")
        return ResponseSchema(None if schema is None else object_at(schema, "response_format.schema")), {}
    if kind != "json_schema":
        return None, {"response_format": raw}
    return _decode_schema(object_at(fields.get("json_schema"), "response_format.json_schema"))


def _decode_schema(fields: Fields) -> tuple[ResponseSchema, Kept]:
    at = "response_format.json_schema."
    schema = fields.get("schema")
    known = ResponseSchema(
        schema=object_at({} if schema is None else schema, f"{at}schema"),
        name=text_at(fields, "name", at) or "answer",
        strict=flag_at(fields, "strict", at),
    )
    beside = others(fields, frozenset({"schema", "name", "strict"}))
    return known, {"response_format": beside} if beside else {}


def encode_request(prompt: Prompt, *, model: str, stream: bool, mode: SchemaMode = "json_schema") -> Kept:
    """The request body for a prompt.

    `mode` is how its schema is sent: "json_schema"; "json_object", with the schema beside the type; "prompt",
    not at all. A streamed request asks for usage. What only other APIs know is left out (`openai_foreign`).
    """
    body: Kept = {"model": model, "messages": encode_messages(prompt.messages), "stream": stream}
    if stream:
        body["stream_options"] = {"include_usage": True}
    body |= encode_sampling(prompt)
    if prompt.tools:
        body["tools"] = encode_tools(prompt.tools)
    if prompt.tool_choice is not None:
        body["tool_choice"] = prompt.extensions.get("tool_choice") or _encode_choice(prompt.tool_choice)
    response_format = _encode_format(prompt, mode)
    if response_format is not None:
        body["response_format"] = response_format
    return body | others(own(prompt.extensions), _PUT_BACK)


def encode_sampling(prompt: Prompt) -> Kept:
    """The fields that say how the model is to choose its words."""
    sampling = prompt.sampling
    limit = "max_completion_tokens" if prompt.extensions.get("max_completion_tokens") else "max_tokens"
    given: dict[str, JSON] = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        limit: sampling.max_tokens,
        "seed": sampling.seed,
        "stop": list(sampling.stop) or None,
        "n": sampling.n if sampling.n > 1 else None,
    }
    return {key: value for key, value in given.items() if value is not None}


def _encode_format(prompt: Prompt, mode: SchemaMode) -> JSON:
    kept = prompt.extensions.get("response_format")
    if prompt.schema is None:
        return kept
    if mode == "prompt":
        return None
    schema = prompt.schema.schema
    if schema is None:
        return {"type": "json_object"}
    if mode == "json_object":
        return {"type": "json_object", "schema": dict(schema)}
    named: Kept = {"name": prompt.schema.name, "schema": dict(schema)}
    if prompt.schema.strict is not None:
        named["strict"] = prompt.schema.strict
    return {"type": "json_schema", "json_schema": named | (kept if isinstance(kept, dict) else {})}

"""Requests of Anthropic's Messages API, both directions.

Spec: https://platform.claude.com/docs/en/api/messages (read 2026-11-22).

Read, what is not modelled goes into the prompt's `extensions` as it came, and so do `output_config` beyond
its format and, as `server_tools`, those that the service runs itself. That calls come one at a time is
`parallel_tool_calls` there, as OpenAI says it.

What a client of another API says goes over as far as this one has a word for it: `user` becomes
`metadata.user_id`, `parallel_tool_calls` a part of `tool_choice`. What it has none for is in `LEFT_OUT`, and
`left_out` names it. Every other extension is sent as it came (`thinking`, `top_k`, `output_config`, …).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pytest_llmock.llm import JSON, Prompt, ResponseSchema, Sampling
from pytest_llmock.wire.anthropic_errors import WORDS, wrong_value
from pytest_llmock.wire.anthropic_messages import Block, encode_choice, encode_messages, encode_tools
from pytest_llmock.wire.anthropic_schema import narrowed
from pytest_llmock.wire.anthropic_turns import Kept, decode_choice, decode_messages, decode_tools
from pytest_llmock.wire.objects import Object, object_at
from pytest_llmock.wire.openai_fields import others
from pytest_llmock.wire.reading import object_in

SchemaMode = Literal["json_schema", "tool", "prompt"]

DEFAULT_MAX_TOKENS = 4096
HOTTEST = 1.0
ANSWER_TOOL = "answer"
# fields of OpenAI's chat API that this one has no word for
LEFT_OUT = frozenset(
    {"audio", "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs", "modalities"}
    | {"moderation", "prediction", "presence_penalty", "prompt_cache_key", "prompt_cache_retention"}
    | {"reasoning_effort", "response_format", "store", "top_logprobs", "verbosity", "web_search_options"}
)
# fields whose meaning is said elsewhere, so that nobody misses them
_TRANSLATED = frozenset(
    {"user", "safety_identifier", "parallel_tool_calls", "tool_choice", "max_completion_tokens"}
    | {"metadata", "service_tier", "output_config", "seed", "server_tools", "responses", "completions"}
)
_MODELLED = frozenset(
    {"model", "messages", "system", "max_tokens", "temperature", "top_p", "stop_sequences", "stream"}
    | {"tools", "tool_choice", "output_config", "output_format"}
)
_LEAST_THOUGHT = 1024
_TIERS = frozenset({"auto", "standard_only"})


@dataclass(frozen=True, slots=True)
class MessagesRequest:
    """What a request asks for, and how its answer is to be sent."""

    prompt: Prompt
    stream: bool = False


def decode_request(body: JSON, *, counting: bool = False) -> MessagesRequest:
    """A request body, read; one that only counts tokens needs no limit.

    Raises RequestError (400) whose message begins with the place: "messages.0.role: …".
    """
    asked = object_at(body, WORDS)
    asked.need("model")
    if not counting:
        asked.need("max_tokens")
    sampling = _sampling(asked)
    _check_thinking(asked, sampling)
    choice, kept = decode_choice(asked)
    tools, services = decode_tools(asked)
    schema, config = _decode_output(asked)
    kept |= asked.rest(*_MODELLED) | ({"server_tools": services} if services else {})
    prompt = Prompt(
        messages=decode_messages(asked),
        model=asked.required("model"),
        sampling=sampling,
        tools=tools,
        tool_choice=choice,
        schema=schema,
        extensions=kept | ({"output_config": config} if config else {}),
    )
    return MessagesRequest(prompt, asked.flag("stream") or False)


def _sampling(asked: Object) -> Sampling:
    limit = asked.integer("max_tokens")
    if limit is not None and limit < 0:
        raise wrong_value("max_tokens", "Input should be greater than or equal to 0")
    return Sampling(
        temperature=_share(asked, "temperature"),
        top_p=_share(asked, "top_p"),
        max_tokens=limit,
        stop=asked.texts("stop_sequences"),
    )


def _share(asked: Object, key: str) -> float | None:
    value = asked.number(key)
    if value is not None and not 0 <= value <= 1:
        raise wrong_value(key, "range: 0..1")
    return value


def _check_thinking(asked: Object, sampling: Sampling) -> None:
    thinking = asked.object("thinking")
    if thinking is None or thinking.required("type") != "enabled":
        return
    thinking.need("budget_tokens")
    budget = thinking.integer("budget_tokens") or 0
    if budget < _LEAST_THOUGHT:
        raise wrong_value(
            thinking.place("budget_tokens"), f"Input should be greater than or equal to {_LEAST_THOUGHT}"
        )
    if sampling.max_tokens is not None and sampling.max_tokens <= budget:
        raise wrong_value("max_tokens", "`max_tokens` must be greater than `thinking.budget_tokens`.")


def _decode_output(asked: Object) -> tuple[ResponseSchema | None, Kept]:
    """The schema that the answer must have, and what else is said of the output.

    `output_format` is what `output_config.format` was called before.
    """
    config = asked.object("output_config")
    form = config.object("format") if config else None
    kept = config.rest("format") if config else {}
    form = form or asked.object("output_format")
    if form is None:
        return None, kept
    if (kind := form.required("type")) != "json_schema":
        raise wrong_value(form.place("type"), f"Input should be 'json_schema', not '{kind}'")
    form.need("schema")
    schema = form.object("schema")
    return ResponseSchema(schema.fields if schema else {}), kept


def schema_modes(prompt: Prompt) -> tuple[SchemaMode, ...]:
    """The ways in which the API can be told the prompt's schema, best first.

    "json_schema": as `output_config.format`; "tool": as the input of a tool that must be called, where the
    client has no tools of its own; "prompt": in words.
    """
    schema = prompt.schema.schema if prompt.schema else None
    if schema is None:
        return ("prompt",)
    modes: list[SchemaMode] = ["json_schema"] if narrowed(schema) is not None else []
    if schema.get("type") == "object" and not prompt.tools:
        modes.append("tool")
    return (*modes, "prompt")


def encode_request(prompt: Prompt, *, model: str, stream: bool, mode: SchemaMode = "json_schema") -> Block:
    """The request body for a prompt.

    `mode` is how its schema is sent (`schema_modes`). The API needs a token limit: 4096 where nobody set one.
    It takes temperatures up to 1: a higher one, which other APIs take, is sent as 1.
    """
    system, turns = encode_messages(prompt.messages)
    limit = DEFAULT_MAX_TOKENS if prompt.sampling.max_tokens is None else prompt.sampling.max_tokens
    body: Block = {"model": model, "max_tokens": limit, "messages": turns, "stream": stream}
    if system:
        body["system"] = system
    body |= _encode_sampling(prompt)
    body |= _encode_tools(prompt, mode)
    body |= _encode_output(prompt, mode)
    return body | _encode_account(prompt.extensions) | others(prompt.extensions, LEFT_OUT | _TRANSLATED)


def left_out(prompt: Prompt) -> tuple[str, ...]:
    """What the prompt says and the API has no word for: ("logit_bias", "seed")."""
    said = {key for key, value in prompt.extensions.items() if key in LEFT_OUT and value}
    if prompt.sampling.seed is not None:
        said.add("seed")
    known = _encode_account(prompt.extensions)
    said |= {key for key in ("metadata", "service_tier") if prompt.extensions.get(key) and key not in known}
    return tuple(sorted(said))


def _encode_sampling(prompt: Prompt) -> Block:
    sampling = prompt.sampling
    given: Block = {
        "temperature": None if sampling.temperature is None else min(sampling.temperature, HOTTEST),
        "top_p": sampling.top_p,
        "stop_sequences": list[JSON](sampling.stop) or None,
    }
    return {key: value for key, value in given.items() if value is not None}


def _encode_tools(prompt: Prompt, mode: SchemaMode) -> Block:
    if mode == "tool" and prompt.schema is not None:
        schema = dict(prompt.schema.schema or {})
        tool: Block = {"name": ANSWER_TOOL, "description": "Give the answer.", "input_schema": schema}
        return {"tools": [tool], "tool_choice": {"type": "tool", "name": ANSWER_TOOL}}
    services = prompt.extensions.get("server_tools")
    tools = encode_tools(prompt.tools) + (services if isinstance(services, list) else [])
    if not tools:
        return {}
    parallel = prompt.extensions.get("parallel_tool_calls") is not False
    choice = encode_choice(prompt.tool_choice, parallel=parallel)
    return {"tools": tools} | ({"tool_choice": choice} if choice else {})


def _encode_output(prompt: Prompt, mode: SchemaMode) -> Block:
    config = object_in(prompt.extensions.get("output_config"))
    schema = prompt.schema.schema if prompt.schema and mode == "json_schema" else None
    form = None if schema is None else narrowed(schema)
    if form is not None:
        config = config | {"format": {"type": "json_schema", "schema": form}}
    return {"output_config": config} if config else {}


def _encode_account(extensions: Mapping[str, JSON]) -> Block:
    """Who asks, and with which priority, as far as the values are ones that this API takes too."""
    account: Block = {}
    metadata = object_in(extensions.get("metadata"))
    user = metadata.get("user_id") or extensions.get("safety_identifier") or extensions.get("user")
    if user:
        account["metadata"] = {"user_id": user}
    if extensions.get("service_tier") in _TIERS:
        account["service_tier"] = extensions["service_tier"]
    return account

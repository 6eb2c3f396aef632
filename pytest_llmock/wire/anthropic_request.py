"""Requests of Anthropic's Messages API, outgoing.

Spec: https://platform.claude.com/docs/en/api/messages (read 2026-11-22).

What a client of another API says goes over as far as this one has a word for it: `user` becomes
`metadata.user_id`, `parallel_tool_calls` a part of `tool_choice`. What it has none for is in `LEFT_OUT`, and
`left_out` names it. Every other extension is sent as it came (`thinking`, `top_k`, `output_config`, …).
"""

from collections.abc import Mapping
from typing import Literal

from pytest_llmock.llm import JSON, Prompt
from pytest_llmock.wire.anthropic_messages import Block, encode_choice, encode_messages, encode_tools
from pytest_llmock.wire.anthropic_schema import narrowed
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
    | {"metadata", "service_tier", "output_config", "seed"}
)
_TIERS = frozenset({"auto", "standard_only"})


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
    limit = prompt.sampling.max_tokens or DEFAULT_MAX_TOKENS
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
    if not prompt.tools:
        return {}
    parallel = prompt.extensions.get("parallel_tool_calls") is not False
    choice = encode_choice(prompt.tool_choice, parallel=parallel)
    return {"tools": encode_tools(prompt.tools)} | ({"tool_choice": choice} if choice else {})


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

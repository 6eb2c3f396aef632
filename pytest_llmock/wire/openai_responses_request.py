"""Requests of OpenAI's Responses API, both directions.

Spec: https://developers.openai.com/api/reference/resources/responses (read 2026-11-22).

What the chat API has another name for stands in the prompt's `extensions` under that name, so that a
backend which speaks that API understands it: `reasoning.effort` is `reasoning_effort`, `text.verbosity` is
`verbosity`. All that it has no name for (`truncation`, `include`, built-in tools, …) is in
`extensions["responses"]` as it came. Left out is what says how the answer is sent or what it is an answer to
(`stream`, `background`, `previous_response_id`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pytest_llmock.llm import JSON, Message, Prompt, ResponseSchema, Sampling, Text, ToolChoice
from pytest_llmock.wire.openai_errors import missing, unsupported, wrong_value
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
from pytest_llmock.wire.openai_logprobs import MOST_ALTERNATIVES
from pytest_llmock.wire.openai_request import RESPONSES
from pytest_llmock.wire.openai_responses_items import (
    Kept,
    decode_items,
    decode_tools,
    encode_items,
    encode_tools,
    input_items,
)
from pytest_llmock.wire.reading import object_in

_SHARED = frozenset(
    {"metadata", "parallel_tool_calls", "prompt_cache_key", "prompt_cache_retention", "safety_identifier"}
    | {"service_tier", "store", "user"}
)
_MODELLED = _SHARED | {
    *("input", "instructions", "model", "temperature", "top_p", "max_output_tokens", "tools", "tool_choice"),
    *("text", "reasoning", "stream", "background", "previous_response_id"),
}
_CHOICES: Mapping[str, ToolChoice] = {
    "auto": ToolChoice("auto"),
    "none": ToolChoice("none"),
    "required": ToolChoice("required"),
}
_FORMATS = ("text", "json_object", "json_schema")
_LOGPROBS = "message.output_text.logprobs"


@dataclass(frozen=True, slots=True)
class ResponsesRequest:
    """What a request asks for, and how its answer is to be sent.

    `fields` is the body as it came, `items` its input alone, without the conversation before it;
    `top_logprobs` is None when no log probabilities were asked for.
    """

    prompt: Prompt
    fields: Fields
    items: tuple[Fields, ...] = ()
    stream: bool = False
    background: bool = False
    store: bool = True
    top_logprobs: int | None = None


def decode_request(body: JSON, *, before: Iterable[Fields] = ()) -> ResponsesRequest:
    """A request body, read, with the items that came `before` it in the conversation.

    Raises RequestError (400) whose details name the parameter, 501 for one of the Conversations API.
    """
    fields = object_at(body, "body")
    if fields.get("conversation") is not None:
        raise unsupported("conversation", "The Conversations API")
    metadata_at(fields)
    text_at(fields, "previous_response_id")
    top = integer_at(fields, "top_logprobs", low=0, high=MOST_ALTERNATIVES)
    items = tuple(input_items(fields.get("input")))
    store = flag_at(fields, "store")
    return ResponsesRequest(
        prompt=_prompt(fields, (*before, *items)),
        fields=fields,
        items=items,
        stream=flag_at(fields, "stream") or False,
        background=flag_at(fields, "background") or False,
        store=store is not False,
        top_logprobs=(top or 0) if _LOGPROBS in list_at(fields, "include") else None,
    )


def _prompt(fields: Fields, items: Iterable[Fields]) -> Prompt:
    said = _Said(
        {key: value for key, value in fields.items() if key in _SHARED and value is not None},
        others(fields, _MODELLED),
    )
    tools, built_in = decode_tools(fields)
    if built_in:
        said.own["tools"] = built_in
    return Prompt(
        messages=(*said.instructions(fields), *decode_items(items)),
        model=text_at(fields, "model"),
        sampling=Sampling(
            temperature=decimal_at(fields, "temperature", low=0, high=2),
            top_p=decimal_at(fields, "top_p", low=0, high=1),
            max_tokens=integer_at(fields, "max_output_tokens", low=1),
        ),
        tools=tools,
        tool_choice=said.choice(fields.get("tool_choice")),
        schema=said.schema(fields),
        extensions=said.extensions(fields),
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """What is not modelled: under names that the chat API has too, and under this one's `own`."""

    shared: Kept
    own: Kept

    def extensions(self, fields: Fields) -> Kept:
        """All of it, once every other field has been read."""
        raw = fields.get("reasoning")
        if raw is not None:
            reasoning = object_at(raw, "reasoning")
            self._split("reasoning", reasoning, "effort", "reasoning_effort")
        return self.shared | ({RESPONSES: self.own} if self.own else {})

    def _split(self, name: str, value: Fields, key: str, shared: str) -> None:
        if value.get(key) is not None:
            self.shared[shared] = value[key]
        rest = others(value, frozenset({key}))
        if rest:
            self.own[name] = rest

    def instructions(self, fields: Fields) -> tuple[Message, ...]:
        """The message that stands before the conversation."""
        words = text_at(fields, "instructions")
        if not words:
            return ()
        self.own["instructions"] = True
        return (Message("system", (Text(words),)),)

    def choice(self, raw: JSON) -> ToolChoice | None:
        """Which tool is to be called; a built-in one is never called here."""
        if raw is None:
            return None
        if isinstance(raw, str):
            if raw not in _CHOICES:
                raise wrong_value("tool_choice", f"'{raw}'. Supported values are: {', '.join(_CHOICES)}.")
            return _CHOICES[raw]
        fields = object_at(raw, "tool_choice")
        kind = required_text(fields, "type", "tool_choice.")
        if kind == "allowed_tools":
            tools = [_nested(tool) for tool in list_at(fields, "tools", "tool_choice.")]
            allowed: Kept = {"mode": fields.get("mode"), "tools": tools}
            self.shared["tool_choice"] = {"type": kind, kind: allowed}
            return _CHOICES.get(text_at(fields, "mode", "tool_choice."), ToolChoice())
        if kind not in {"function", "custom"}:
            self.own["tool_choice"] = raw
            return ToolChoice()
        if kind == "custom":
            self.shared["tool_choice"] = _nested(raw)
        return ToolChoice("named", required_text(fields, "name", "tool_choice."))

    def schema(self, fields: Fields) -> ResponseSchema | None:
        """The JSON that `text.format` asks for."""
        if fields.get("text") is None:
            return None
        text = object_at(fields["text"], "text")
        self._split("text", others(text, frozenset({"format"})), "verbosity", "verbosity")
        if text.get("format") is None:
            return None
        form = object_at(text["format"], "text.format")
        kind = required_text(form, "type", "text.format.")
        if kind not in _FORMATS:
            raise wrong_value("text.format.type", f"'{kind}'. Supported values are: {', '.join(_FORMATS)}.")
        if kind != "json_schema":
            return ResponseSchema() if kind == "json_object" else None
        beside = others(form, frozenset({"type", "name", "schema", "strict"}))
        if beside:
            self.shared["response_format"] = beside
        if form.get("schema") is None:
            raise missing("text.format.schema")
        return ResponseSchema(
            schema=object_at(form["schema"], "text.format.schema"),
            name=required_text(form, "name", "text.format."),
            strict=flag_at(form, "strict", "text.format."),
        )


def _nested(tool: JSON) -> JSON:
    """A tool by name as the chat API writes it: {"type": "function", "function": {"name": …}}."""
    if not isinstance(tool, dict) or tool.get("type") not in ("function", "custom"):
        return tool
    return {"type": tool["type"], str(tool["type"]): others(tool, frozenset({"type"}))}


def _flat(tool: JSON) -> JSON:
    """A tool by name as this API writes it."""
    if not isinstance(tool, dict) or tool.get("type") not in ("function", "custom"):
        return tool
    return {"type": tool["type"], **object_in(tool.get(str(tool["type"])))}


def encode_request(prompt: Prompt, *, model: str, stream: bool) -> Kept:
    """The request body for a prompt."""
    own = dict(object_in(prompt.extensions.get(RESPONSES)))
    shared = {key: value for key, value in prompt.extensions.items() if key in _SHARED}
    has_instructions = own.pop("instructions", None) is True
    messages = prompt.messages[1:] if has_instructions else prompt.messages
    body: Kept = {"model": model, "input": encode_items(messages), "stream": stream}
    if has_instructions:
        body["instructions"] = prompt.messages[0].text
    tools = [*encode_tools(prompt.tools), *_list_in(own.pop("tools", None))]
    given: Kept = {
        "temperature": prompt.sampling.temperature,
        "top_p": prompt.sampling.top_p,
        "max_output_tokens": prompt.sampling.max_tokens,
        "tools": tools or None,
        "tool_choice": own.pop("tool_choice", None) or _encode_choice(prompt),
        "text": _encode_text(prompt, object_in(own.pop("text", None))) or None,
        "reasoning": _with(own.pop("reasoning", None), "effort", prompt.extensions.get("reasoning_effort")),
    }
    return body | {key: value for key, value in given.items() if value is not None} | shared | own


def _list_in(raw: JSON) -> list[JSON]:
    return raw if isinstance(raw, list) else []


def _with(raw: JSON, key: str, value: JSON) -> JSON:
    fields = object_in(raw) | ({} if value is None else {key: value})
    return fields or None


def _encode_choice(prompt: Prompt) -> JSON:
    choice = prompt.tool_choice
    if choice is None:
        return None
    said = object_in(prompt.extensions.get("tool_choice"))
    if said.get("type") == "allowed_tools":
        allowed = object_in(said.get("allowed_tools"))
        return {
            "type": "allowed_tools",
            **allowed,
            "tools": [_flat(tool) for tool in _list_in(allowed.get("tools"))],
        }
    if choice.mode == "named":
        return _flat(said) if said else {"type": "function", "name": choice.name}
    return choice.mode


def _encode_text(prompt: Prompt, rest: Kept) -> Kept:
    text = object_in(_with(rest, "verbosity", prompt.extensions.get("verbosity")))
    if prompt.schema is None:
        return text
    if prompt.schema.schema is None:
        return {**text, "format": {"type": "json_object"}}
    form: Kept = {"type": "json_schema", "name": prompt.schema.name, "schema": dict(prompt.schema.schema)}
    if prompt.schema.strict is not None:
        form["strict"] = prompt.schema.strict
    return {**text, "format": form | object_in(prompt.extensions.get("response_format"))}

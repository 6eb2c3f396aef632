"""Whole answers of OpenAI's Responses API, both directions, and what streamed ones share with them.

Spec: https://developers.openai.com/api/reference/resources/responses (read 2026-11-22).

What a model thought is a reasoning item, as a summary. What an answer says beyond the model stands in its
`extensions` under the names that the chat API has for it: "refusal", "annotations", "logprobs".
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from pytest_llmock.errors import LLMockError
from pytest_llmock.llm import JSON, Choice, Completion, FinishReason, ToolCall, Usage
from pytest_llmock.wire.openai_errors import error_body
from pytest_llmock.wire.openai_fields import list_at
from pytest_llmock.wire.openai_responses_request import ResponsesRequest
from pytest_llmock.wire.reading import is_count, object_in, text_in, told_error

Item = dict[str, JSON]
BESIDE = ("annotations", "logprobs", "refusal")
INCOMPLETE: Mapping[FinishReason, str] = {"length": "max_output_tokens", "content_filter": "content_filter"}
_FINISHES: Mapping[str, FinishReason] = {reason: finish for finish, reason in INCOMPLETE.items()}
_DEFAULTS: Mapping[str, JSON] = {
    "background": False,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "safety_identifier": None,
    "service_tier": "default",
    "store": True,
    "temperature": 1.0,
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
}
_ECHOED = (*_DEFAULTS, "prompt", "prompt_cache_retention", "prompt_cache_options", "context_management")


@dataclass(frozen=True, slots=True)
class Frame:
    """What a response says beside its output.

    `seals`: reasoning is given in a sealed form too, for clients that send the whole conversation each time.
    `custom` are the names of the tools that take text in place of JSON.
    """

    id: str
    created: int
    echo: Mapping[str, JSON]
    seals: bool = False
    custom: frozenset[str] = frozenset()

    @classmethod
    def of(cls, request: ResponsesRequest, *, id: str, created: int, model: str) -> "Frame":
        """That of the answer to a request, which echoes its settings."""
        fields = request.fields
        given = {key: fields[key] for key in _ECHOED if fields.get(key) is not None}
        tier = "default" if given.get("service_tier") == "auto" else given.get("service_tier", "default")
        reasoning: Item = {"effort": None, "summary": None} | object_in(fields.get("reasoning"))
        usual: Item = {"format": {"type": "text"}, "verbosity": "medium"}
        text = usual | object_in(fields.get("text"))
        echo = {**_DEFAULTS, **given, "service_tier": tier, "reasoning": reasoning, "text": text}
        seals = "reasoning.encrypted_content" in list_at(fields, "include")
        custom = [tool.name for tool in request.prompt.tools if tool.extensions.get("type") == "custom"]
        return cls(id, created, {"model": model, **echo}, seals, frozenset(custom))

    def body(self, status: str, output: list[JSON], **more: JSON) -> Item:
        """The response in a state: "in_progress", "completed", …."""
        is_over = status == "completed"
        return {
            "id": self.id,
            "object": "response",
            "created_at": self.created,
            "status": status,
            "completed_at": self.created if is_over else None,
            "error": None,
            "incomplete_details": None,
            **self.echo,
            "output": output,
            "usage": None,
            **more,
        }

    def ended(self, finish: FinishReason, output: list[JSON], usage: Usage) -> Item:
        """The response when the model has stopped."""
        reason = INCOMPLETE.get(finish)
        details: JSON = None if reason is None else {"reason": reason}
        return self.body(
            "completed" if reason is None else "incomplete",
            output,
            incomplete_details=details,
            usage=encode_usage(usage),
        )

    def failed(self, error: LLMockError, output: list[JSON]) -> Item:
        """The response of a backend that did not answer to the end."""
        told = object_in(error_body(error)["error"])
        code = "rate_limit_exceeded" if told["type"] == "rate_limit_error" else "server_error"
        return self.body("failed", output, error={"code": code, "message": error.message})

    def item_id(self, prefix: str, index: int) -> str:
        """The id of an output item: "msg_" and the response's own, and its place."""
        return f"{prefix}_{self.id.partition('_')[2]}{index:02x}"

    def reasoning(self, index: int, text: str | None) -> Item:
        """A reasoning item; None is one that begins."""
        item: Item = {"id": self.item_id("rs", index), "type": "reasoning"}
        item["summary"] = [] if text is None else [{"type": "summary_text", "text": text}]
        if self.seals:
            item["encrypted_content"] = base64.b64encode((text or "").encode("utf-8", "replace")).decode()
        return item

    def message(self, index: int, content: list[JSON], status: str) -> Item:
        """A message item."""
        id_ = self.item_id("msg", index)
        return {"id": id_, "type": "message", "status": status, "role": "assistant", "content": content}

    def call(self, index: int, call: ToolCall, status: str) -> Item:
        """The call of a tool."""
        is_custom = call.name in self.custom
        id_ = self.item_id("ctc" if is_custom else "fc", index)
        kind, said = ("custom_tool_call", "input") if is_custom else ("function_call", "arguments")
        return {
            "id": id_,
            "type": kind,
            "status": status,
            said: call.arguments,
            "call_id": call.id,
            "name": call.name,
        }


def output_text(text: str, annotations: JSON = None, logprobs: JSON = None) -> Item:
    """The part of a message that has its words."""
    probable = object_in(logprobs).get("content")
    return {"type": "output_text", "text": text, "annotations": annotations or [], "logprobs": probable or []}


def refused(text: str) -> Item:
    """The part of a message that says why the model does not answer."""
    return {"type": "refusal", "refusal": text}


def encode_completion(completion: Completion, frame: Frame) -> Item:
    """The body of a plain answer: of the first choice, as this API has no others."""
    choice = completion.choices[0]
    finish = choice.finish_reason or "stop"
    return frame.ended(finish, _output(choice, completion.extensions, frame, finish), completion.usage)


def _output(choice: Choice, said: Mapping[str, JSON], frame: Frame, finish: FinishReason) -> list[JSON]:
    output = list[JSON]()
    status = "incomplete" if finish in INCOMPLETE else "completed"
    refusal = text_in(said.get("refusal"))
    if choice.reasoning:
        output.append(frame.reasoning(0, choice.reasoning))
    content: list[JSON] = [refused(refusal)] if refusal else []
    if choice.text or not (content or choice.tool_calls):
        content.insert(0, output_text(choice.text, said.get("annotations"), said.get("logprobs")))
    if content:
        output.append(frame.message(len(output), content, status))
    for call in choice.tool_calls:
        output.append(frame.call(len(output), call, status))
    return output


def encode_usage(usage: Usage) -> Item:
    """The `usage` of a response."""
    prompt = object_in(usage.extensions.get("prompt_tokens_details"))
    answer = object_in(usage.extensions.get("completion_tokens_details"))
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {"cached_tokens": prompt.get("cached_tokens") or 0, "cache_write_tokens": 0},
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": answer.get("reasoning_tokens") or 0},
        "total_tokens": usage.total_tokens,
    }


def decode_completion(body: JSON) -> Completion:
    """A plain answer, read. Raises BackendError for an error body, a failed response, or another form."""
    if not isinstance(body, dict) or not isinstance(body.get("output"), list) or body.get("error"):
        raise told_error(body, otherwise="it has neither output nor an error")
    items = [item for item in cast("list[JSON]", body["output"]) if isinstance(item, dict)]
    calls = tuple(call for call in map(decode_call, items) if call is not None)
    parts = [part for item in items for part in _objects(item.get("content"))]
    thoughts = [part for item in items for part in _objects(item.get("summary"))]
    choice = Choice(
        "".join(text_in(part.get("text")) for part in parts if part.get("type") == "output_text"),
        "".join(text_in(part.get("text")) for part in thoughts),
        calls,
        decode_finish(body, has_calls=bool(calls)),
    )
    return Completion((choice,), decode_usage(body.get("usage")), extensions=_beside(parts))


def _objects(raw: JSON) -> list[Item]:
    return [part for part in raw if isinstance(part, dict)] if isinstance(raw, list) else []


def _beside(parts: list[Item]) -> Item:
    refusal = "".join(text_in(part.get("refusal")) for part in parts)
    notes = [note for part in parts for note in _objects(part.get("annotations"))]
    probable = [entry for part in parts for entry in _objects(part.get("logprobs"))]
    said: Item = {
        "refusal": refusal,
        "annotations": list[JSON](notes),
        "logprobs": {"content": list[JSON](probable), "refusal": None} if probable else None,
    }
    return {key: value for key, value in said.items() if value}


def decode_call(item: Item) -> ToolCall | None:
    """The call that an item is; None for another item."""
    said = {"function_call": "arguments", "custom_tool_call": "input"}.get(text_in(item.get("type")))
    if said is None:
        return None
    arguments = item.get(said)
    if isinstance(arguments, dict):
        arguments = json.dumps(arguments, ensure_ascii=False)
    return ToolCall(text_in(item.get("call_id")), text_in(item.get("name")), text_in(arguments))


def decode_finish(body: Item, *, has_calls: bool) -> FinishReason:
    """Why the model stopped."""
    reason = text_in(object_in(body.get("incomplete_details")).get("reason"))
    return _FINISHES.get(reason) or ("tool_calls" if has_calls else "stop")


def decode_usage(raw: JSON) -> Usage:
    """The tokens of a response; none where it does not say."""
    told = object_in(raw)
    inputs, outputs = told.get("input_tokens"), told.get("output_tokens")
    if not (is_count(inputs) and is_count(outputs)):
        return Usage()
    cached = object_in(told.get("input_tokens_details")).get("cached_tokens")
    thought = object_in(told.get("output_tokens_details")).get("reasoning_tokens")
    details: Item = {}
    if cached:
        details["prompt_tokens_details"] = {"cached_tokens": cached}
    if thought:
        details["completion_tokens_details"] = {"reasoning_tokens": thought}
    return Usage(inputs, outputs, extensions=details)

"""Streamed answers of OpenAI's Responses API, read.

Spec: https://developers.openai.com/api/reference/resources/responses (streaming events; read 2026-11-22).
"""

from collections.abc import Iterator

from pytest_llmock.llm import Completion, Delta, End, ToolDelta
from pytest_llmock.wire.openai_responses_answer import Item, decode_completion
from pytest_llmock.wire.openai_responses_stream import DELTAS
from pytest_llmock.wire.reading import object_in, parsed_event, text_in, told_error, unreadable


class EventDecoder:
    """Events of one answer to deltas. The `end` comes with the last event, which has the usage."""

    def __init__(self) -> None:
        self.model = ""
        self.done = False

    def feed(self, data: str, event: str = "") -> list[Delta]:
        """The deltas in one event. Raises BackendError for an error event or anything unreadable."""
        told = parsed_event(data)
        kind = text_in(told.get("type")) or event
        response = object_in(told.get("response"))
        self.model = text_in(response.get("model")) or self.model
        if kind in {"error", "response.failed"}:
            raise told_error(told if kind == "error" else response, otherwise="an error event says no error")
        if kind in {"response.completed", "response.incomplete"}:
            self.done = True
            return _last(decode_completion(response))
        return list(_pieces(kind, told))


def _pieces(kind: str, told: Item) -> Iterator[Delta]:
    delta = text_in(told.get("delta"))
    if kind == DELTAS["text"]:
        yield Delta(delta)
    elif kind in {DELTAS["reasoning"], "response.reasoning_text.delta"}:
        yield Delta(reasoning=delta)
    elif kind in {DELTAS["call"], DELTAS["custom"]}:
        yield Delta(tool=ToolDelta(_index(told), arguments=delta))
    elif kind == "response.output_item.added":
        item = object_in(told.get("item"))
        if item.get("type") in ("function_call", "custom_tool_call"):
            yield Delta(tool=ToolDelta(_index(told), text_in(item.get("call_id")), text_in(item.get("name"))))


def _index(told: Item) -> int:
    index = told.get("output_index")
    if not isinstance(index, int):
        raise unreadable("an event does not say which item it belongs to")
    return index


def _last(completion: Completion) -> list[Delta]:
    end = End(completion.finish_reason or "stop", completion.usage)
    return [Delta(end=end, extensions=dict(completion.extensions) or None)]

"""An upstream's bytes to deltas: an event stream or one JSON body, even under the wrong label."""

import json
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import replace
from typing import Protocol

from pytest_llmock.backends.http import Answer, Target, safe
from pytest_llmock.backends.refusals import html_page
from pytest_llmock.errors import BackendError
from pytest_llmock.folding import estimate_tokens, prompt_text, unfold
from pytest_llmock.llm import JSON, Completion, Delta, Deltas, End, Origin, Prompt, Usage
from pytest_llmock.wire.sse import SSEDecoder, SSEError

_EVENTS = "text/event-stream"
_EVENT_FIELDS = ("data:", "event:", "id:", "retry:", ":")


class AnswerDecoder(Protocol):
    """A provider's way to say one answer: `feed` takes its events, `whole` its body if it came in one piece.

    `model` is the one that the server named, `done` says that nothing may follow. `finish` gives what was
    held back. All raise BackendError for what is no answer.
    """

    model: str
    done: bool

    def feed(self, data: str, event: str = "") -> list[Delta]: ...
    def finish(self) -> list[Delta]: ...
    def whole(self, body: JSON) -> Completion: ...


async def deltas_of(
    answer: Answer, origin: Origin, decoder: AnswerDecoder, *, warn: Callable[[str], None]
) -> Deltas:
    """The deltas of a chat answer; the first says `origin`, with the model that the server names.

    `warn` is told of a wrong content type. Raises BackendError; an answer that breaks off between two
    events just ends, without `end`.
    """
    source = _streamed(answer, decoder) if answer.content_type == _EVENTS else _whole(answer, decoder, warn)
    first = True
    async with aclosing(source) as deltas:
        async for delta in deltas:
            named = replace(origin, model=decoder.model or origin.model) if first else None
            first = False
            yield replace(delta, origin=named) if named else delta
    if first:
        raise answer.target.error("cut", "ended its answer before it said anything.")


async def _streamed(answer: Answer, decoder: AnswerDecoder) -> Deltas:
    events = SSEDecoder()
    async with aclosing(answer.chunks()) as chunks:
        async for chunk in chunks:
            for delta in _decoded(answer.target, events, decoder, chunk):
                yield delta
            if decoder.done:
                await answer.drain()
                return
    for delta in decoder.finish():
        yield delta


def _decoded(target: Target, events: SSEDecoder, decoder: AnswerDecoder, chunk: bytes) -> Iterator[Delta]:
    try:
        for event in events.feed(chunk):
            yield from decoder.feed(event.data, event.event)
            if decoder.done:
                return
    except SSEError as error:
        raise target.error("protocol", f"sent an event stream that cannot be read: {error}") from error
    except BackendError as error:
        raise named(target, error) from None


async def _whole(answer: Answer, decoder: AnswerDecoder, warn: Callable[[str], None]) -> Deltas:
    text = await _text_of(answer)
    if text.startswith(_EVENT_FIELDS):
        warn(f"labels an event stream as {answer.content_type or 'nothing'}, not as {_EVENTS}")
        for delta in _decoded(answer.target, SSEDecoder(), decoder, text.encode()):
            yield delta
        for delta in decoder.finish():
            yield delta
        return
    body = _parsed(answer, text, warn)
    decoder.model = reported_model(body)
    try:
        completion = decoder.whole(body)
    except BackendError as error:
        raise named(answer.target, error) from None
    async with aclosing(unfold(completion)) as deltas:
        async for delta in deltas:
            yield delta


async def json_of(answer: Answer, *, warn: Callable[[str], None]) -> JSON:
    """The body of an answer that is JSON, whatever its label. Raises BackendError for anything else."""
    return _parsed(answer, await _text_of(answer), warn)


async def _text_of(answer: Answer) -> str:
    body = await answer.read()
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise answer.target.error("protocol", f"sent a body that is not UTF-8 ({error.reason}).") from error


def _parsed(answer: Answer, text: str, warn: Callable[[str], None]) -> JSON:
    if text.lstrip().startswith("<"):
        raise html_page(answer, text)
    try:
        body: JSON = json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        problem = f"sent a body that is not JSON: {safe(text)!r}."
        raise answer.target.error("protocol", problem, body=text) from error
    if "json" not in answer.content_type:
        warn(f"labels JSON as {answer.content_type or 'nothing'}, not as application/json")
    return body


def reported_model(body: JSON) -> str:
    """The model that an answer names, empty when it names none."""
    model = body.get("model") if isinstance(body, dict) else None
    return model if isinstance(model, str) else ""


def named(target: Target, error: BackendError) -> BackendError:
    """A failure that a codec found, with the backend's name; raise it from None, as codecs mask no keys."""
    failure = error.failure
    problem = f"gave no usable answer. {safe(failure.message, 300)}"
    return target.error(failure.kind, problem, status=failure.status, body=failure.body)


async def complete(deltas: Deltas, target: Target) -> Deltas:
    """The same deltas. Raises BackendError behind the last one if a choice has no end: the answer was cut."""
    unended, any_end = set[int](), False
    async with aclosing(deltas):
        async for delta in deltas:
            if delta.end is None:
                unended.add(delta.index)
            else:
                unended.discard(delta.index)
                any_end = True
            yield delta
    if unended or not any_end:
        raise target.error("cut", "closed the connection before the end of its answer.")


async def with_usage(deltas: Deltas, prompt: Prompt) -> Deltas:
    """The same deltas, with estimated usage on the last `end` if the server did not count."""
    said: list[str] = []
    held: End | None = None
    place = Delta()
    async with aclosing(deltas):
        async for delta in deltas:
            if held is not None:
                yield place
                held = None
            said += (delta.text, delta.reasoning, delta.tool.arguments if delta.tool else "")
            if delta.end is not None and not (delta.end.usage and delta.end.usage.total_tokens):
                held, place = delta.end, delta
                continue
            yield delta
    if held is not None:
        yield replace(place, end=replace(held, usage=estimated(prompt, "".join(said))))


def estimated(prompt: Prompt, said: str = "") -> Usage:
    """The usage of an answer whose server did not count."""
    outputs = estimate_tokens(said) if said else 0
    return Usage(estimate_tokens(prompt_text(prompt)), outputs, estimated=True)


async def observed(deltas: Deltas, tell: Callable[[str], None]) -> Deltas:
    """The same deltas; `tell` gets the words of the first choice, if it has any and stopped by itself."""
    said: list[str] = []
    async with aclosing(deltas):
        async for delta in deltas:
            if delta.index == 0:
                said.append(delta.text)
            if delta.index == 0 and delta.end is not None and delta.end.finish_reason == "stop":
                tell("".join(said))
            yield delta

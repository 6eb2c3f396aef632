"""OpenAI's legacy completions, POST /v1/completions, both directions.

Spec: https://developers.openai.com/api/reference/resources/completions (read 2026-11-22).

Each text of `prompt` is a prompt of its own with one message of the user, and its choices follow those of the
text before it. What the chat API has no word for (`suffix`, `best_of`, …) is in `extensions["completions"]`.
A refusal is words as any others.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import cast

from pytest_llmock.llm import JSON, Choice, Completion, Delta, Message, Prompt, Text, Usage
from pytest_llmock.wire.openai_answer import decode_finish, decode_usage, encode_usage, stream_error
from pytest_llmock.wire.openai_embeddings import texts_in
from pytest_llmock.wire.openai_fields import Fields, flag_at, integer_at, object_at, others, text_at
from pytest_llmock.wire.openai_logprobs import logprobs_of
from pytest_llmock.wire.openai_request import COMPLETIONS, decode_sampling, encode_sampling
from pytest_llmock.wire.reading import object_in, refusal_in, text_in
from pytest_llmock.wire.sse import DONE, encode

_escape = json.JSONEncoder(separators=(",", ":")).encode
_ENDED = encode(DONE)
_SHARED = frozenset({"frequency_penalty", "logit_bias", "presence_penalty", "user"})
_MODELLED = _SHARED | {
    *("prompt", "model", "temperature", "top_p", "max_tokens", "seed", "stop", "n"),
    *("stream", "stream_options", "echo", "logprobs"),
}
MOST_LOGPROBS = 5


@dataclass(frozen=True, slots=True)
class CompletionsRequest:
    """What a request asks for: one prompt for each of its texts, and how the answer is to be sent.

    `echo`: the text stands before its answer; `top` is the number of alternatives for each token, None for no
    log probabilities.
    """

    prompts: tuple[Prompt, ...]
    stream: bool = False
    include_usage: bool = False
    echo: bool = False
    top: int | None = None

    @property
    def model(self) -> str:
        return self.prompts[0].model

    def before(self, index: int) -> str:
        """What stands before the answers to a text."""
        return self.prompts[index].messages[0].text if self.echo else ""


def decode_request(body: JSON) -> CompletionsRequest:
    """A request body, read. Raises RequestError (400) whose details name the parameter."""
    fields = object_at(body, "body")
    raw = fields.get("prompt")
    texts = ("",) if raw is None else texts_in(raw, "prompt")
    prompt = _prompt(fields)
    options = fields.get("stream_options")
    usage = None if options is None else flag_at(object_at(options, "stream_options"), "include_usage")
    return CompletionsRequest(
        tuple(replace(prompt, messages=(_message(text),)) for text in texts or ("",)),
        stream=flag_at(fields, "stream") or False,
        include_usage=bool(usage),
        echo=flag_at(fields, "echo") or False,
        top=integer_at(fields, "logprobs", low=0, high=MOST_LOGPROBS),
    )


def _prompt(fields: Fields) -> Prompt:
    shared = {key: value for key, value in fields.items() if key in _SHARED and value is not None}
    own = others(fields, _MODELLED)
    return Prompt(
        model=text_at(fields, "model"),
        sampling=decode_sampling(fields),
        extensions=shared | ({COMPLETIONS: own} if own else {}),
    )


def _message(text: str) -> Message:
    return Message("user", (Text(text),) if text else ())


def encode_request(request: CompletionsRequest) -> dict[str, JSON]:
    """The body of a request."""
    prompt = request.prompts[0]
    texts = list[JSON](each.messages[0].text for each in request.prompts)
    body: dict[str, JSON] = {"model": prompt.model, "prompt": texts, "echo": request.echo}
    body |= {"stream": request.stream} | encode_sampling(Prompt(sampling=prompt.sampling))
    if request.include_usage:
        body["stream_options"] = {"include_usage": True}
    if request.top is not None:
        body["logprobs"] = request.top
    return (
        body
        | others(prompt.extensions, frozenset({COMPLETIONS}))
        | object_in(prompt.extensions.get(COMPLETIONS))
    )


def joined(request: CompletionsRequest, completions: list[Completion]) -> Completion:
    """The answers to each text as one, in the order of the texts, each behind its text if that is echoed."""
    choices = [
        replace(choice, text=request.before(index) + choice.text + refusal_in(completion.extensions, place))
        for index, completion in enumerate(completions)
        for place, choice in enumerate(completion.choices)
    ]
    usages = [completion.usage for completion in completions]
    return replace(completions[0], choices=tuple(choices), usage=summed(usages))


def summed(usages: list[Usage]) -> Usage:
    """The tokens of all together."""
    return Usage(sum(each.input_tokens for each in usages), sum(each.output_tokens for each in usages))


def encode_completion(
    completion: Completion, *, id: str, created: int, model: str, top: int | None = None
) -> dict[str, JSON]:
    """The body of a plain answer; `top` asks for made-up log probabilities."""
    choices = [
        _choice(choice.text, index, _finish(choice.finish_reason), top)
        for index, choice in enumerate(completion.choices)
    ]
    head: dict[str, JSON] = {"id": id, "object": "text_completion", "created": created, "model": model}
    return head | {"choices": list[JSON](choices), "usage": encode_usage(completion.usage)}


def _finish(reason: str | None) -> str | None:
    return "stop" if reason == "tool_calls" else reason  # this API has no tools


def _choice(text: str, index: int, finish: str | None, top: int | None) -> dict[str, JSON]:
    made = None if top is None or not text else _logprobs(text, top)
    return {"text": text, "index": index, "logprobs": made, "finish_reason": finish}


def _logprobs(text: str, top: int) -> JSON:
    entries = cast("list[dict[str, JSON]]", logprobs_of(text, top))
    tokens = [text_in(entry["token"]) for entry in entries]
    offsets = accumulate(map(len, tokens[:-1]), initial=0)
    return {
        "tokens": list[JSON](tokens),
        "token_logprobs": [entry["logprob"] for entry in entries],
        "top_logprobs": [_alternatives(entry["top_logprobs"]) for entry in entries],
        "text_offset": list[JSON](offsets),
    }


def _alternatives(raw: JSON) -> JSON:
    entries = cast("list[dict[str, JSON]]", raw)
    return {text_in(entry["token"]): entry["logprob"] for entry in entries}


def decode_completion(body: JSON) -> Completion:
    """A plain answer, read. Raises BackendError for an error body or another form."""
    if not isinstance(body, dict) or not isinstance(raw := body.get("choices"), list):
        raise stream_error(body)
    choices = [choice for choice in raw if isinstance(choice, dict)]
    return Completion(
        tuple(
            Choice(
                text_in(choice.get("text")),
                finish_reason=decode_finish(choice.get("finish_reason")) or "stop",
            )
            for choice in choices
        ),
        decode_usage(body.get("usage")) or Usage(),
    )


class ChunkEncoder:
    """Deltas of the answers to one text after the other, to the bytes of one event stream."""

    def __init__(self, request: CompletionsRequest, *, id: str, created: int, model: str) -> None:
        head = {"id": id, "object": "text_completion", "created": created, "model": model}
        self._head = f"data: {_escape(head)[:-1]},"
        self._request = request
        self._text = -1
        self._opened: set[int] = set()
        self._beside: Mapping[str, JSON] = {}
        self._usages: list[Usage] = []
        self.top: int | None = None

    def begin(self, text: int) -> None:
        """The deltas that come now answer text number `text`."""
        self._text, self._opened, self._beside = text, set(), {}

    def encode(self, delta: Delta) -> bytes:
        """The chunks that say what `delta` says; empty when it says nothing."""
        index = self._text * self._request.prompts[0].sampling.n + delta.index
        chunks = []
        before = "" if delta.index in self._opened else self._request.before(self._text)
        self._opened.add(delta.index)
        if before + delta.text:
            chunks.append(self._chunk(_choice(before + delta.text, index, None, self.top)))
        if delta.extensions:
            self._beside = delta.extensions
        if delta.end is not None:
            if refused := refusal_in(self._beside, delta.index):
                chunks.append(self._chunk(_choice(refused, index, None, self.top)))
            chunks.append(self._chunk(_choice("", index, _finish(delta.end.finish_reason), None)))
            if delta.end.usage is not None:
                self._usages.append(delta.end.usage)
        return "".join(chunks).encode("ascii")

    def _chunk(self, choice: Mapping[str, JSON]) -> str:
        usage = ',"usage":null' if self._request.include_usage else ""
        return f'{self._head}"choices":[{_escape(choice)}]{usage}}}\n\n'

    def done(self) -> bytes:
        """What follows the last delta: the usage of all, if it was asked for, and [DONE]."""
        if not self._request.include_usage:
            return _ENDED
        usage = _escape(encode_usage(summed(self._usages)))
        return f'{self._head}"choices":[],"usage":{usage}}}\n\n'.encode("ascii") + _ENDED

    def error(self, body: Mapping[str, JSON]) -> bytes:
        """The event that ends a stream gone wrong: SDKs raise on it. No [DONE] may follow."""
        return encode(_escape(dict(body)))

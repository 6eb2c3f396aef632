"""What goes to a model and what comes back, in no provider's dialect.

A backend is any callable that takes a `Prompt` and returns an async generator of `Delta`s. Synthetic
data, scripts, live providers, replay, recording, retry and deadlines all are that, and where they
combine they take that. `fold` makes a `Completion` of the deltas, `unfold` goes back.

Rules for this module: values and the functions that turn one into the other; no I/O, no provider's field
names, nothing but the standard library. What a provider sends that is not modelled here travels in
`extensions`, so nothing a client said is lost and a cassette can see it.

Rules for a stream of deltas, which every backend keeps:
- `origin` stands on the first delta only, because response headers are sent before the body;
- `end` stands on the last delta of each choice, `usage` on the very last one;
- a stream without an `end` was cut: `fold` reports it as such (`finish_reason` is None).
"""

import inspect
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, TypeAlias

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"
Role = Literal["system", "developer", "user", "assistant", "tool"]
Source = Literal["synthetic", "scripted", "replayed", "recorded", "live", "cache"]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]


@dataclass(frozen=True, slots=True)
class Text:
    """Words."""

    text: str


@dataclass(frozen=True, slots=True)
class Image:
    """A picture, as `https:` or `data:` URL."""

    url: str
    extensions: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model asks for a tool; `arguments` is JSON text, exactly as the model wrote it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool answered to the call `call_id`."""

    call_id: str
    content: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Other:
    """A part of a message that is not modelled here (audio, a file), kept as it came."""

    kind: str
    data: Mapping[str, JSON]


Part: TypeAlias = Text | Image | ToolCall | ToolResult | Other


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    parts: tuple[Part, ...] = ()
    name: str = ""
    extensions: Mapping[str, JSON] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """All words of the turn, joined."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))


@dataclass(frozen=True, slots=True)
class Tool:
    """A function the model may ask for; `parameters` is a JSON Schema."""

    name: str
    description: str = ""
    parameters: Mapping[str, JSON] = field(default_factory=dict)
    extensions: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """Whether tools may be called: `named` asks for the tool `name`."""

    mode: Literal["auto", "none", "required", "named"] = "auto"
    name: str = ""


@dataclass(frozen=True, slots=True)
class ResponseSchema:
    """The JSON that the answer must be: any object (`schema` None), or an instance of `schema`."""

    schema: Mapping[str, JSON] | None = None
    name: str = "answer"
    strict: bool | None = None


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the model chooses its words; None means the client did not say."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    n: int = 1


@dataclass(frozen=True, slots=True)
class Generation:
    """The mock REST request or stage behind a prompt: what is to be made, not how to ask for it.

    `shape` is the example or JSON Schema as the client gave it (directives taken out), None when it gave
    none; `count` the number of records of the whole answer's list, None when nobody said; `start` and
    `total` place a chunk in a longer list; `variant` tells several answers to one request apart; `problems`
    are what was wrong with the answer before, and `previous` that answer.
    """

    method: str = "GET"
    path: str = "/"
    query: tuple[tuple[str, str], ...] = ()
    body: JSON = None
    shape: JSON = None
    count: int | None = None
    start: int = 0
    total: int | None = None
    variant: int = 0
    instructions: str = ""
    rules: tuple[str, ...] = ()
    context: str = ""
    problems: tuple[str, ...] = ()
    previous: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """All that a backend needs to answer.

    `operation` is "chat" (read `messages`) or "embed" (read `inputs`). `model` is the one the client named,
    empty when it named none. `generation` is set when a mock REST request or a stage made the prompt.
    """

    messages: tuple[Message, ...] = ()
    operation: Literal["chat", "embed"] = "chat"
    model: str = ""
    sampling: Sampling = field(default_factory=Sampling)
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice | None = None
    schema: ResponseSchema | None = None
    inputs: tuple[str, ...] = ()
    generation: Generation | None = None
    extensions: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call; `estimated` when the backend did not say and we counted."""

    input_tokens: int = 0
    output_tokens: int = 0
    estimated: bool = False
    extensions: Mapping[str, JSON] = field(default_factory=dict)

    @property
    def total_tokens(self) -> int:
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class Origin:
    """Who answers: the backend's name, the model it used, and where the answer came from."""

    backend: str
    source: Source
    model: str = ""
    provider: str = ""
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class End:
    """A choice is complete, and why it stopped; `usage` only on the last one of a stream."""

    finish_reason: FinishReason = "stop"
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class ToolDelta:
    """A piece of a tool call: `id` and `name` come with the first piece, `arguments` grows piece by piece."""

    index: int = 0
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class Delta:
    """One piece of an answer, for the choice (or the embedded input) number `index`."""

    text: str = ""
    index: int = 0
    reasoning: str = ""
    tool: ToolDelta | None = None
    vector: tuple[float, ...] | None = None
    origin: Origin | None = None
    end: End | None = None
    extensions: Mapping[str, JSON] | None = None


Deltas: TypeAlias = AsyncGenerator[Delta, None]


class Backend(Protocol):
    """Who answers a prompt: an async generator function, or an object that is called like one."""

    def __call__(self, prompt: Prompt, /) -> Deltas: ...


@dataclass(frozen=True, slots=True)
class Choice:
    """One complete answer; `finish_reason` is None when the stream was cut."""

    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    finish_reason: FinishReason | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer. `choices` has one entry unless `n` asked for more; `vectors` is for embeddings."""

    choices: tuple[Choice, ...] = ()
    usage: Usage = field(default_factory=Usage)
    origin: Origin | None = None
    vectors: tuple[tuple[float, ...], ...] = ()
    extensions: Mapping[str, JSON] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The words of the first choice."""
        return self.choices[0].text if self.choices else ""

    @property
    def reasoning(self) -> str:
        return self.choices[0].reasoning if self.choices else ""

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        return self.choices[0].tool_calls if self.choices else ()

    @property
    def finish_reason(self) -> FinishReason | None:
        return self.choices[0].finish_reason if self.choices else None

    @property
    def source(self) -> Source | None:
        return self.origin.source if self.origin else None

    @property
    def backend(self) -> str:
        return self.origin.backend if self.origin else ""

    @property
    def model(self) -> str:
        return self.origin.model if self.origin else ""

    def json(self) -> JSON:
        """The first choice's text as JSON; raises ValueError when it is anything else."""
        value: JSON = json.loads(self.text)
        return value


# what a user may pass as a backend: see `as_backend` for what it may return
BackendLike: TypeAlias = Callable[[Prompt], object]


def estimate_tokens(text: str) -> int:
    """A quarter of the UTF-8 bytes, rounded up, and at least 1: for backends that do not count."""
    return max(1, -(-len(text.encode("utf-8", "replace")) // 4))


def prompt_text(prompt: Prompt) -> str:
    """Every word a model would read in the prompt, for counting tokens."""
    parts = [message.text for message in prompt.messages]
    parts += [part.content for m in prompt.messages for part in m.parts if isinstance(part, ToolResult)]
    return "\n".join([*parts, *prompt.inputs])


@dataclass(slots=True)
class _Growing:
    """A choice that is still being folded."""

    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    tools: dict[int, ToolDelta] = field(default_factory=dict)
    finish_reason: FinishReason | None = None

    def add(self, delta: Delta) -> None:
        if delta.text:
            self.text.append(delta.text)
        if delta.reasoning:
            self.reasoning.append(delta.reasoning)
        if delta.tool is not None:
            self._add_tool(delta.tool)
        if delta.end is not None:
            self.finish_reason = delta.end.finish_reason

    def _add_tool(self, piece: ToolDelta) -> None:
        so_far = self.tools.get(piece.index)
        if so_far is None:
            self.tools[piece.index] = piece
            return
        self.tools[piece.index] = replace(
            so_far,
            id=so_far.id or piece.id,
            name=so_far.name or piece.name,
            arguments=so_far.arguments + piece.arguments,
        )

    def choice(self) -> Choice:
        calls = (self.tools[index] for index in sorted(self.tools))
        return Choice(
            text="".join(self.text),
            reasoning="".join(self.reasoning),
            tool_calls=tuple(ToolCall(call.id, call.name, call.arguments) for call in calls),
            finish_reason=self.finish_reason,
        )


def collect(deltas: Iterable[Delta]) -> Completion:
    """The whole answer of deltas that have arrived; a choice without `end` has `finish_reason` None."""
    choices: dict[int, _Growing] = {}
    vectors: dict[int, tuple[float, ...]] = {}
    extensions: dict[str, JSON] = {}
    origin, usage = None, Usage()
    for delta in deltas:
        origin = origin or delta.origin
        if delta.extensions:
            extensions.update(delta.extensions)
        if delta.vector is not None:
            vectors[delta.index] = delta.vector
        else:
            choices.setdefault(delta.index, _Growing()).add(delta)
        if delta.end is not None and delta.end.usage is not None:
            usage = delta.end.usage
    return Completion(
        choices=tuple(choices[index].choice() for index in sorted(choices)),
        usage=usage,
        origin=origin,
        vectors=tuple(vectors[index] for index in sorted(vectors)),
        extensions=extensions,
    )


async def fold(deltas: Deltas) -> Completion:
    """The whole answer of a stream, which is read to its end and closed."""
    async with aclosing(deltas):
        return collect([delta async for delta in deltas])


async def first(deltas: Deltas) -> tuple[Delta | None, Deltas]:
    """The first delta, and a stream that still has all of them; None when there is not one.

    For whoever must know the origin, or an early failure, before it begins to answer.
    """
    head = await anext(deltas, None)

    async def whole() -> Deltas:
        async with aclosing(deltas):
            if head is not None:
                yield head
            async for delta in deltas:
                yield delta

    return head, whole()


async def unfold(completion: Completion) -> Deltas:
    """The completion as a stream: `fold(unfold(c)) == c` for any completion that was not cut."""
    pieces = [*_vector_deltas(completion), *_choice_deltas(completion)] or [Delta()]
    first_piece, *others = pieces
    yield replace(first_piece, origin=completion.origin, extensions=completion.extensions or None)
    for piece in others:
        yield piece


def _vector_deltas(completion: Completion) -> Iterator[Delta]:
    last = len(completion.vectors) - 1
    for index, vector in enumerate(completion.vectors):
        end = End("stop", completion.usage) if index == last and not completion.choices else None
        yield Delta(index=index, vector=vector, end=end)


def _choice_deltas(completion: Completion) -> Iterator[Delta]:
    last = len(completion.choices) - 1
    for index, choice in enumerate(completion.choices):
        if choice.reasoning:
            yield Delta(index=index, reasoning=choice.reasoning)
        if choice.text:
            yield Delta(choice.text, index)
        for position, call in enumerate(choice.tool_calls):
            yield Delta(index=index, tool=ToolDelta(position, call.id, call.name, call.arguments))
        usage = completion.usage if index == last else None
        end = End(choice.finish_reason, usage) if choice.finish_reason is not None else None
        yield Delta(index=index, end=end)


def answer(value: object, prompt: Prompt) -> Completion:
    """What a plain function returned, as a completion: text as it is, JSON data as JSON text."""
    if isinstance(value, Completion):
        return value
    text = value if isinstance(value, str) else _json_text(value)
    usage = Usage(estimate_tokens(prompt_text(prompt)), estimate_tokens(text), estimated=True)
    return Completion((Choice(text, finish_reason="stop"),), usage)


def _json_text(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"A backend function returned {type(value).__name__}, which is no text, JSON data or Completion"
        ) from error


def as_backend(function: BackendLike) -> Backend:
    """Any callable a user may pass, as a backend.

    Accepted: an async generator function of deltas, a coroutine function or a plain function that returns
    text, JSON data or a `Completion`. A plain function runs where it is called, on the server's loop.
    """

    async def backend(prompt: Prompt, /) -> Deltas:
        result = function(prompt)
        if isinstance(result, AsyncGenerator):
            async with aclosing(result):
                async for delta in result:
                    yield delta
            return
        if isinstance(result, AsyncIterator):
            async for delta in result:
                yield delta
            return
        value = await result if inspect.isawaitable(result) else result
        async for delta in unfold(answer(value, prompt)):
            yield delta

    return backend

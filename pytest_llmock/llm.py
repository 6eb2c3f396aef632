"""What goes to a model and what comes back, in no provider's dialect.

A backend is any callable that takes a `Prompt` and returns an async generator of `Delta`s. Synthetic
data, scripts, live providers, replay, recording, retry and deadlines all are that, and where they
combine they take that. `folding.py` makes a `Completion` of the deltas, and goes back.

Rules for this module: values only; no I/O, no provider's field names, nothing but the standard library.
What a provider sends that is not modelled here travels in `extensions`, so nothing a client said is lost
and a cassette can see it.

Rules for a stream of deltas, which every backend keeps:
- `origin` stands on the first delta only, because response headers are sent before the body;
- `end` stands on the last delta of each choice, `usage` on the very last one;
- a stream without an `end` was cut: `fold` reports it as such (`finish_reason` is None).
"""

import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
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
        return "".join([part.text for part in self.parts if isinstance(part, Text)])


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
    are what was wrong with the answer before, and `previous` that answer; `template` is the user's own
    wording of the request, empty when ours is used.
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
    template: str = ""


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
    """One piece of an answer, for the choice (or the embedded input) number `index`.

    `at_once`: a text, and no end, that was made at once. Where it is streamed it comes in groups of words, as
    a model's does (`folding.by_words`).
    """

    text: str = ""
    index: int = 0
    reasoning: str = ""
    tool: ToolDelta | None = None
    vector: tuple[float, ...] | None = None
    origin: Origin | None = None
    end: End | None = None
    extensions: Mapping[str, JSON] | None = None
    at_once: bool = False


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

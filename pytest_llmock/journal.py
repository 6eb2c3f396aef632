"""What happened: one `Call` per request to any face of the server, one `Attempt` per try at a backend."""

from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from threading import Lock
from typing import TYPE_CHECKING, Literal, overload

from pytest_llmock.errors import LLMockError
from pytest_llmock.folding import collect
from pytest_llmock.llm import Completion, Delta, Prompt, Source, Usage

if TYPE_CHECKING:
    from pytest_llmock.faults import Fault

Reason = Literal["asked", "retry", "failover"]
Outcome = Literal["success", "failure", "refused", "cancelled"]
LEFT = "its client left"


@dataclass(slots=True)
class Attempt:
    """One try at one backend.

    `reason` says why it was made: somebody asked, the backend had failed just before, or another one had.
    `error` is empty when it answered; `seconds` runs until its last delta; `source` is where its answer came
    from, None when none came; `cost` is in US dollars, None when nobody knows it. A replayed one took
    `recorded_seconds` when it was recorded.

    `outcome` is None while it is under way: "success" when it answered to the end, "failure" when it did not,
    "refused" when we did not let it answer (record mode, no recording, a request nobody could serve),
    "cancelled" when whoever asked left before the end. It is set last: a thread that sees it sees the rest.
    """

    backend: str
    provider: str
    model: str
    live: bool
    reason: Reason = "asked"
    seconds: float = 0.0
    recorded_seconds: float = 0.0
    error: str = ""
    source: Source | None = None
    usage: Usage | None = None
    cost: Decimal | None = None
    outcome: Outcome | None = None


@dataclass(slots=True, repr=False)
class Call:
    """One request to the mock API or an LLM API, or one model call of a pattern, in the order they came.

    `selected` is the backend that was to answer, `backend` the one that was asked last. `face` says which API
    was called ("mock", "openai", "python"); `status` is the HTTP status answered, 0 while the call is under
    way, and for ever when its client left before that: `state` says which; `source` where the answer came
    from; `error` the message of a failed call. `request` is what a client sent to the mock API (a
    `RouteRequest`), `answer_headers` what its answer says in whatever way it ends. Whatever is asked
    side by side to answer it is a `part` of it: its attempts are the call's too. `faults` are those that were
    injected, in the order in which they struck: `completion` is what the backend said, and its client may
    have got less or other than that.
    """

    number: int
    face: str
    method: str
    path: str
    selected: str = ""
    backend: str = ""
    model: str = ""
    source: Source | None = None
    prompt: Prompt | None = None
    deltas: list[Delta] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    status: int = 0
    started: float = 0.0
    seconds: float = 0.0
    error: str = ""
    request: object = None
    answer_headers: dict[str, str] = field(default_factory=dict)
    whole: "Call | None" = None
    faults: "list[Fault]" = field(default_factory=list)

    @property
    def completion(self) -> Completion | None:
        """What a backend said last, as far as it came, before `faults`; None when none began to answer."""
        return collect(self.deltas) if self.deltas else None

    @property
    def state(self) -> str:
        """How it stands, in words: "200", "under way", "its client left"."""
        return str(self.status or (LEFT if self.error else "under way"))

    @property
    def is_rescued(self) -> bool:
        """Whether a backend answered in place of another one that had failed."""
        return any(each.reason == "failover" and each.outcome == "success" for each in self.attempts)

    @property
    def usage(self) -> Usage:
        """The tokens of all attempts together."""
        known = [attempt.usage for attempt in self.attempts if attempt.usage is not None]
        return Usage(
            sum(usage.input_tokens for usage in known),
            sum(usage.output_tokens for usage in known),
            estimated=any(usage.estimated for usage in known),
        )

    def __repr__(self) -> str:
        """In short, and without its texts, in which there may be secrets."""
        return f"<Call {self.number}: {_line(self)}>"

    def part(self) -> "Call":
        """A part of this call: it has a prompt, an answer and warnings of its own, and is in no journal."""
        return Call(self.number, self.face, self.method, self.path, started=self.started, whole=self)

    def note(self, attempt: Attempt) -> None:
        """Another try at a backend begins."""
        self.attempts.append(attempt)
        if self.whole is not None:
            self.whole.note(attempt)

    def strike(self, fault: "Fault") -> None:
        """A fault is injected."""
        self.faults.append(fault)
        if self.whole is not None:
            self.whole.strike(fault)

    def conclude(self, part: "Call") -> None:
        """What a part was asked and answered is the last that this call was, if it was asked at all."""
        if part.backend:
            self.prompt, self.deltas = part.prompt, part.deltas
            self.selected = self.selected or part.selected
            self.backend, self.model, self.source = part.backend, part.model, part.source

    def warn(self, *warnings: str) -> None:
        """Tell the caller what was not done as asked, each once."""
        self.warnings += [each for each in dict.fromkeys(warnings) if each not in self.warnings]

    def fail(self, error: LLMockError) -> None:
        """Note the error that the caller gets."""
        self.status, self.error = error.status, error.message


# the call under way in this task: a leaf is asked with a prompt only, and its recording notes the attempt
CURRENT: ContextVar[Call | None] = ContextVar("llmock_call", default=None)


class Journal(Sequence[Call]):
    """The calls of a session, oldest first; safe to read from any thread."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._lock = Lock()

    def open(self, face: str, method: str, path: str, *, started: float) -> Call:
        """A new call at the end of the journal."""
        with self._lock:
            call = Call(len(self._calls) + 1, face, method, path, started=started)
            self._calls.append(call)
        return call

    def clear(self) -> None:
        """Forget every call."""
        with self._lock:
            self._calls.clear()

    def __len__(self) -> int:
        return len(self._calls)

    @overload
    def __getitem__(self, index: int) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Call]: ...
    def __getitem__(self, index: int | slice) -> Call | Sequence[Call]:
        return self._calls[index]

    def __iter__(self) -> Iterator[Call]:
        return iter(list(self._calls))

    def __repr__(self) -> str:
        return f"<{len(self)} calls: {'; '.join(map(_line, self))}>"


def _line(call: Call) -> str:
    said = f"{call.method} {call.path} → {call.state} {call.backend} ({call.source or 'no answer'})"
    return f"{said}, faults: {', '.join(map(str, call.faults))}" if call.faults else said

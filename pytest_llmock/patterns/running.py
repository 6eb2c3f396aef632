"""What one run of a step knows: who answers its model calls, what was asked, what is left to mend."""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal, Protocol, TypeAlias

from pytest_llmock.clock import Clock
from pytest_llmock.errors import LLMockError, StepFailed
from pytest_llmock.llm import JSON, Generation, Sampling, Source, Usage
from pytest_llmock.shapes.schema import Shape


@dataclass(frozen=True, slots=True)
class Asked:
    """A model call that a step wants: what is to be made, of which shape, and by which backend ("": any).

    `kind` is what the journal calls it. A judge is asked in our words, whatever template is configured.
    """

    step: str
    generation: Generation
    shape: Shape | None = None
    backend: str = ""
    timeout_s: float | None = None
    sampling: Sampling = field(default_factory=Sampling)
    kind: Literal["STAGE", "JUDGE"] = "STAGE"


@dataclass(frozen=True, slots=True)
class Traced:
    """One model call of a run, or a step without one that failed and was done without (`is_call` False).

    `name` is the step that made it, `backend` who answered, or was asked last; `source` is None when nobody
    answered. `seconds` is how long it took, `attempts` how many tries at backends it made, `cost` their price
    in US dollars, None when nobody knows it. `issues` are what was wrong with the answers that were asked for
    again, or the error of a call that failed; `has_failed` tells which.
    """

    name: str
    backend: str = ""
    model: str = ""
    source: Source | None = None
    seconds: float = 0.0
    usage: Usage = field(default_factory=Usage)
    cost: Decimal | None = None
    attempts: int = 0
    issues: tuple[str, ...] = ()
    is_call: bool = True
    has_failed: bool = False


Note = Callable[[Traced], None]


class Host(Protocol):
    """Who answers for the model calls of steps: a session, in this package."""

    @property
    def clock(self) -> Clock: ...

    def check(self, step: str, backend: str) -> None:
        """Raise RefusedError when the backend of a step does not exist."""

    async def make(self, asked: Asked, note: Note) -> JSON:
        """The JSON of a model call; `note` is told of it, however it ends."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What a pattern could not do, and did without.

    `index` is the place of the item in a Batch, or the name of a branch of a Parallel; `item` what it was
    given, `error` why not. `within` are the places of the items and branches around it, outermost first.
    """

    index: int | str
    item: JSON
    error: Exception
    within: "tuple[Place, ...]" = ()

    @property
    def place(self) -> str:
        """Where that was: "item 3", "item 3, branch 'pricing'"."""
        return ", ".join(map(_in_words, (*self.within, self.index)))


# an item of a batch, several as one list, or a branch
Place: TypeAlias = int | range | str


def _in_words(place: Place) -> str:
    if isinstance(place, range):
        return f"items {place.start} to {place.stop - 1}"
    return f"item {place}" if isinstance(place, int) else f"branch '{place}'"


@dataclass(eq=False, slots=True)
class Run:
    """One run of a step and of all the steps inside it.

    `issues` are what the steps could not mend, `failed` what they did without. The trace is in the order
    in which its calls began.
    """

    host: Host | None
    clock: Clock
    expires: float | None = None
    issues: list[str] = field(default_factory=list)
    failed: list[Slot] = field(default_factory=list)
    on_trace: Note | None = None
    _entries: list[Traced | None] = field(default_factory=list)
    _told: Exception | None = None  # the last error of a model call, which has its entry

    @property
    def trace(self) -> tuple[Traced, ...]:
        return tuple(entry for entry in self._entries if entry is not None)

    @property
    def remaining_s(self) -> float | None:
        """Seconds until the run has to be over; None when it may take any time."""
        return None if self.expires is None else max(0.001, self.expires - self.clock.monotonic())

    @property
    def is_over(self) -> bool:
        """Whether its time has passed."""
        return self.expires is not None and self.clock.monotonic() >= self.expires

    def aside(self) -> "Run":
        """A run within this one whose issues are its own; its calls stand in this trace."""
        return Run(self.host, self.clock, self.expires, on_trace=self.on_trace, _entries=self._entries)

    @property
    def ok(self) -> bool:
        """Whether nothing is left to mend so far and nothing failed."""
        return not self.issues and not self.failed

    def adopt(self, other: "Run", place: Place | None = None) -> None:
        """Take over what is left of a run aside; `place` says of which item or branch."""
        if place is None:
            self.issues += other.issues
            self.failed += other.failed
            return
        self.issues += [f"{_in_words(place)}: {issue}" for issue in other.issues]
        self.failed += [replace(slot, within=(place, *slot.within)) for slot in other.failed]

    async def make(self, asked: Asked) -> JSON:
        """The JSON of a model call. Raises what the host raises, LLMockError when the step has no host."""
        if self.host is None:
            raise LLMockError(
                f"Stage '{asked.step}' has no backend to ask: make it with the fixture `pipeline`, as in "
                f"pipeline(Stage({asked.step!r}, …)), or outside pytest in `with pytest_llmock.connect() as "
                "session: session.pipeline(…)`."
            )
        place = len(self._entries)
        self._entries.append(None)

        def note(traced: Traced) -> None:
            self._entries[place] = traced
            if self.on_trace is not None:
                self.on_trace(traced)

        try:
            return await self.host.make(asked, note)
        except Exception as error:
            self._told = None if self._entries[place] is None else error
            raise

    def has_told(self, error: Exception) -> bool:
        """Whether the trace has the model call that failed with this error."""
        return error is self._told

    def do_without(self, failure: StepFailed) -> None:
        """A step failed and the run goes on: if it was no model call, it stands in the trace all the same."""
        if failure.is_traced:
            return
        entry = Traced(
            failure.step,
            failure.backend,
            cost=Decimal(0),
            issues=(failure.told,),
            is_call=False,
            has_failed=True,
        )
        self._entries.append(entry)
        if self.on_trace is not None:
            self.on_trace(entry)


def is_cancelled() -> bool:
    """Whether the task that asks is to end; on a loop that is none of asyncio's nobody says so like this."""
    try:
        task = asyncio.current_task()
    except RuntimeError:
        return False
    return task is not None and task.cancelling() > 0


# the run that this task is part of: a function among the steps may call other steps
RUN: ContextVar[Run | None] = ContextVar("llmock_run", default=None)

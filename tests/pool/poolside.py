"""Backends that do as they are told, time that stands still, and a pool around them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_llmock.backends.registry import Leaf
from pytest_llmock.choice import Choice
from pytest_llmock.clock import VirtualClock
from pytest_llmock.config import Settings
from pytest_llmock.config.sections import BackendSettings
from pytest_llmock.errors import BackendError, Failure
from pytest_llmock.folding import fold
from pytest_llmock.journal import Call
from pytest_llmock.ledger import Budget, Ledger
from pytest_llmock.llm import Delta, End, Prompt, Usage
from pytest_llmock.pool.deadline import deadline_in
from pytest_llmock.pool.pool import Pool

HANG = object()
REFUSED = Failure("connect", "connection refused")
CUT = Failure("cut", "the line went dead")


class Never:
    """An alarm of real time, where none passes."""

    def cancel(self):
        pass


class Still:
    """A clock whose hands do not move: what is virtual above it moves only when somebody waits."""

    def monotonic(self):
        return 1000.0

    def wall(self):
        return 1_800_000_000.0

    async def sleep(self, _, /):
        raise AssertionError("nobody waits in real time here")

    def call_at(self, *_):
        return Never()


class Recorder(VirtualClock):
    """Virtual time that remembers each wait."""

    def __init__(self):
        super().__init__(Still())
        self.waits = []

    async def sleep(self, seconds, /):
        self.waits.append(seconds)
        await super().sleep(seconds)


def said(code, **more):
    """The failure of an upstream that answered with this status."""
    return Failure("status", f"said {code}", status=code, **more)


@dataclass
class Told:
    """A backend that does one thing after the other, and the last of them for ever.

    Each is a text (an answer of three deltas), a Failure, HANG, or a tuple: pieces, then how it ends.
    """

    outcomes: tuple
    name: str = "x"
    pace: float = 1.0
    asked: int = 0
    closed: int = 0
    running: int = 0
    peak: int = 0
    prompts: list = field(default_factory=list)

    async def __call__(self, prompt):
        outcome = self.outcomes[min(self.asked, len(self.outcomes) - 1)]
        self.asked += 1
        self.running += 1
        self.peak = max(self.peak, self.running)
        self.prompts.append(prompt)
        try:
            async for delta in self._doing(outcome):
                yield delta
        finally:
            self.running -= 1
            self.closed += 1

    async def _doing(self, outcome):
        *pieces, end = outcome if isinstance(outcome, tuple) else (outcome,)
        await asyncio.sleep(0)
        for piece in pieces:
            yield Delta(piece)
        if end is HANG:
            await asyncio.Event().wait()
        if isinstance(end, Failure):
            error = BackendError(end, backend=self.name)
            error.pace = self.pace
            raise error
        if isinstance(end, Exception):
            raise end
        yield Delta(end[: len(end) // 2])
        yield Delta(end[len(end) // 2 :])
        yield Delta(end=End("stop", Usage(3, 5)))


class Rig:
    """A pool over backends given by name, and calls through it; each of them has its own journal entry."""

    def __init__(self, backends: Mapping, *, clock=None, entries: Mapping | None = None, seed=0, **settings):
        self.clock = clock or Recorder()
        configured = [BackendSettings(name=name, **(entries or {}).get(name, {})) for name in backends]
        self.settings = Settings(backends=tuple(configured), **settings)
        self.pool = Pool(
            self.settings, Choice(seed=seed, test="t"), clock=self.clock, ledger=Ledger(Budget())
        )
        self.told = {name: _told(name, outcomes) for name, outcomes in backends.items()}
        self.leaves = {name: Leaf(name, told, "ollama", "m") for name, told in self.told.items()}
        self.calls: list[Call] = []

    def deltas(self, *names, seconds=120.0, whole=True, prompt=None):
        call = Call(len(self.calls) + 1, "python", "CALL", "chat")
        self.calls.append(call)
        leaves = [self.leaves[name] for name in names or self.leaves]
        deadline = deadline_in(seconds, self.clock)
        backend = self.pool.backend(leaves, call=call, deadline=deadline, is_whole=whole)
        return backend(prompt or Prompt())

    async def ask(self, *names, **options):
        return await fold(self.deltas(*names, **options))

    async def outcome(self, *names, **options):
        """The text of the answer, or the error."""
        try:
            return (await self.ask(*names, **options)).text
        except Exception as error:  # noqa: BLE001 - it is what the test looks at
            return error

    def busy(self):
        return sum(member.busy for member in self.pool.members.values())


def _told(name, outcomes):
    return outcomes if callable(outcomes) else Told(tuple(outcomes), name)


def run(coroutine):
    """What the coroutine gives; no task may be left when it ends."""

    async def main():
        result = await coroutine
        for _ in range(20):
            await asyncio.sleep(0)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, left
        return result

    return asyncio.run(main())

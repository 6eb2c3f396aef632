"""A cassette with a live backend before it, for tests of what the two do together."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_llmock.backends.registry import Leaf
from pytest_llmock.cassettes.cassette import Cassette
from pytest_llmock.cassettes.match import Matcher
from pytest_llmock.cassettes.policy import Policy
from pytest_llmock.cassettes.redact import Redactor
from pytest_llmock.errors import BackendError
from pytest_llmock.folding import fold
from pytest_llmock.llm import Delta, End, Message, Prompt, Text, Usage

END = Delta(end=End("stop", Usage(3, 5)))


def chat(text):
    return Prompt((Message("user", (Text(text),)),))


async def finish(cassette, *, passed=True, timeout_s=1):
    """The end of a test: the calls under way, then the file."""
    await cassette.settle(timeout_s)
    error = cassette.keep(passed=passed)
    if error is not None:
        raise error


@dataclass
class Clock:
    """Time that stands still until somebody sleeps."""

    now: float = 1_700_000_000.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self):
        return self.now

    def wall(self):
        return self.now

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


@dataclass
class Deck:
    """Cassettes on one file, as tests one after the other hold them; `say(text)` is what the model answers."""

    path: Path
    clock: Clock = field(default_factory=Clock)
    environ: dict[str, str] = field(default_factory=dict)
    live_calls: list[str] = field(default_factory=list)
    failures: list[object] = field(default_factory=list)

    async def live(self, prompt):
        text = prompt.messages[-1].text
        self.live_calls.append(text)
        for piece in self.pieces(text):
            if isinstance(piece, BackendError):
                raise piece
            await self.clock.sleep(0.01)
            yield piece

    def pieces(self, text):
        return [Delta(f"{text.upper()} "), Delta(str(len(self.live_calls))), END]

    @property
    def leaf(self):
        return Leaf("up", self.live, "python", "m-1", live=True)

    def cassette(self, mode="none", level="exact", **policy):
        self.failures.clear()
        chosen = Policy(
            self.path, "t.py::test_a", mode, level, began=self.clock.now + 1, rootdir=self.path.parent
        )
        return Cassette(
            replace(chosen, **policy), Matcher(level), Redactor.of(self.environ), self.clock, self.failures
        )

    async def ask(self, cassette, text="hello"):
        return await fold(cassette.answer(self.leaf, chat(text), call=None))

    async def deltas(self, cassette, text="hello", stop=None):
        """The deltas of an answer, all or the first `stop`."""
        got = []
        async with aclosing(cassette.answer(self.leaf, chat(text), call=None)) as deltas:
            async for delta in deltas:
                got.append(delta)
                if len(got) == stop:
                    break
        return got

    async def record(self, *texts, mode="once", passed=True, **policy):
        cassette = self.cassette(mode, **policy)
        answers = [await self.ask(cassette, text) for text in texts]
        await finish(cassette, passed=passed, timeout_s=1)
        return answers

    @property
    def text(self):
        return self.path.read_text() if self.path.exists() else ""

    @property
    def count(self):
        return self.text.count("\ninteraction: ")

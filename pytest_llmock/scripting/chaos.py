"""Random faults for a share of all calls: the same ones for the same seed, test and call."""

from dataclasses import dataclass

from pytest_llmock.clock import pick, random_for
from pytest_llmock.faults import Fault
from pytest_llmock.journal import Call
from pytest_llmock.llm import Prompt

# what providers really do, and code that calls them should survive; nothing waits long
FAULTS = (
    Fault("status", status=429, by_chance=True),
    Fault("status", status=500, by_chance=True),
    Fault("status", status=503, by_chance=True),
    Fault("slow_first_token", seconds=0.2, by_chance=True),
    Fault("cut", by_chance=True),
    Fault("malformed", by_chance=True),
    Fault("truncated", by_chance=True),
    Fault("empty", by_chance=True),
    Fault("refusal", by_chance=True),
    Fault("length", by_chance=True),
)
_OF_VECTORS = tuple(fault for fault in FAULTS if not fault.is_of_words)


@dataclass(frozen=True, slots=True)
class Chaos:
    """Which calls of a test go wrong, and how; `rate` is their share, from 0 to 1."""

    rate: float
    seed: int
    test: str

    def take(self, call: Call, prompt: Prompt) -> Fault | None:
        """What strikes a call that asks now; mostly nothing.

        Parts of one call differ in their place in the whole, later tries in the attempts before them.
        """
        if not self.rate:
            return None
        made, faults = prompt.generation, FAULTS if prompt.operation == "chat" else _OF_VECTORS
        part = (made.start, made.variant) if made is not None else ()
        random = random_for("chaos", self.seed, self.test, call.number, len(call.attempts), *part)
        return pick(random, faults) if random.random() < self.rate else None

"""How often the calls of a backend may be repeated, all of them together.

Each call may be repeated a few times. When a backend is dead, though, every call is, and the repeats of many
callers are a storm. So a backend has a budget: some repeats at first, and one more for every few calls.
"""

from dataclasses import dataclass

RESERVE = 20
SHARE = 0.2


@dataclass(slots=True)
class RetryBudget:
    """Repeats that are left: `RESERVE` at first, and `SHARE` of the calls."""

    calls: int = 0
    taken: int = 0

    def note_call(self) -> None:
        """Another call began."""
        self.calls += 1

    def take(self) -> bool:
        """Whether one more repeat is allowed, which then is taken."""
        if self.taken >= RESERVE + int(self.calls * SHARE):
            return False
        self.taken += 1
        return True

"""One recorded call: what was asked, what came back and when, and how it was recorded.

Rule: values only. What is asked is a plain JSON mapping, the same that stands in the file and that the
identity is taken from (`request.py` makes it); what came back are the deltas themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from pytest_llmock.errors import Failure
from pytest_llmock.folding import collect
from pytest_llmock.llm import JSON, Completion, Delta

Request: TypeAlias = Mapping[str, JSON]  # what is asked, as `request.py` makes it


class Timed(NamedTuple):
    """A delta, and the whole milliseconds since the call began at which it came."""

    ms: int
    delta: Delta


@dataclass(frozen=True, slots=True)
class Recorded:
    """How an interaction was recorded.

    `at` is UTC in ISO form; `asked` and `model` are the model that was asked for and the one that the
    provider says answered; `attempts` how many calls to a backend its request had made, this one included;
    `cost` in USD, None when no price is known; `plugin` the version of this package.
    """

    at: str = ""
    provider: str = ""
    asked: str = ""
    model: str = ""
    seconds: float = 0.0
    attempts: int = 1
    cost: float | None = None
    plugin: str = ""


@dataclass(frozen=True, slots=True)
class Interaction:
    """One recorded call.

    `request` is the neutral request (`{"operation": "chat", "backend": "openai", "messages": …}`). A call
    that failed has its `failure`, after the deltas that came before it; `truncated` says that the stream was
    abandoned or cut, so that there was more to come; `cancelled` that whoever asked gave up while it waited
    for more, or for anything. `test` is the test that recorded it, empty when the cassette belongs to one
    test only. No delta carries an origin: whoever replays it says who answers.
    """

    request: Request
    deltas: tuple[Timed, ...] = ()
    failure: Failure | None = None
    truncated: bool = False
    recorded: Recorded = Recorded()
    test: str = ""
    cancelled: bool = False

    @property
    def completion(self) -> Completion:
        """What came back, folded."""
        return collect(timed.delta for timed in self.deltas)

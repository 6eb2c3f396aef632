"""What a route does with a request, as one frozen value that is replaced as a whole.

Rule: a plan answers itself, or it says how a backend does, never both. `check` is asked after every change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pytest_llmock.errors import RefusedError
from pytest_llmock.mockapi.received import Effect
from pytest_llmock.mockapi.replies import Events
from pytest_llmock.shapes.schema import Shape
from pytest_llmock.wire.http import Response

Repeat: TypeAlias = Literal["never", "last", "cycle"]
REPEATS: tuple[Repeat, ...] = ("never", "last", "cycle")
Range: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Series:
    """Answers one after the other, and what comes when there are no more."""

    replies: tuple[Response, ...]
    repeat: Repeat

    def at(self, number: int, label: str) -> Response:
        """The answer to request `number`, from 0 on. Raises RefusedError when they are used up."""
        last = len(self.replies) - 1
        if number > last and self.repeat == "never":
            raise RefusedError(
                f"The sequence of the route {label} is over: it has {last + 1}, this is request {number + 1}."
                " Add answers, or say what follows: sequence(…, repeat='last') or repeat='cycle'."
            )
        return self.replies[number % (last + 1) if self.repeat == "cycle" else min(number, last)]


@dataclass(frozen=True, slots=True)
class Plan:
    """`answer` is None where a backend answers, with `shape`, `cache` and `backend` where they are said.

    `verb` is what gave the answer, for messages; `delay_s` the least and the most seconds before it; `times`
    how many requests the route takes.
    """

    answer: "Response | Events | Series | Effect | None" = None
    verb: str = ""
    shape: Shape | None = None
    cache: int | None = None
    backend: str = ""
    delay_s: Range | None = None
    times: int | None = None

    def check(self, label: str) -> None:
        """Raise ValueError when the plan contradicts itself."""
        said: Mapping[str, bool] = {
            "shape": self.shape is not None,
            "cache": self.cache is not None,
            "backend": bool(self.backend),
        }
        asks = next((verb for verb, is_said in said.items() if is_said), "")
        if self.answer is not None and asks:
            raise ValueError(
                f"The route {label} has .{self.verb}(…), which answers itself, and .{asks}(…), which is "
                "for a backend that answers: leave one out. .pass_through() forgets both."
            )

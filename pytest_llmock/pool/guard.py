"""A breaker as those see it who only watch."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

State: TypeAlias = Literal["closed", "open", "half_open"]


@dataclass(frozen=True, slots=True)
class Guard:
    """How a breaker stands: its state, how often it has opened, how many calls it has refused."""

    state: State = "closed"
    trips: int = 0
    refused: int = 0

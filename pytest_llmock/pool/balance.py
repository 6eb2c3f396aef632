"""Which of several backends is asked first.

- `first`: the first of them, always; the other strategies pass over a backend whose breaker is open, as long
  as another one is there.
- `round_robin`: one after the other.
- `weighted`: smoothly by weight: over one cycle (the sum of the weights) each is chosen exactly as often as
  its weight says, the choices spread out. The seed says where in the cycle a session begins.
- `priority`: the lowest number; of equals the first.
- `least_busy`: the one with the fewest calls under way; of equals the first.

The weighted choice is nginx's smooth round robin (https://github.com/nginx/nginx, its upstream module, read
2026-11-22): each gains its weight, the richest is chosen and pays the sum.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

# by so many choices at most a session begins later in the cycle; the sum of weights may be in the millions
_MOST_TURNS = 1000
Strategy = Literal["first", "round_robin", "weighted", "priority", "least_busy"]


class Candidate(Protocol):
    """What a choice looks at."""

    @property
    def name(self) -> str: ...
    @property
    def weight(self) -> int: ...
    @property
    def priority(self) -> int: ...
    @property
    def busy(self) -> int: ...
    @property
    def is_ejected(self) -> bool: ...


class Balancer:
    """Chooses by one strategy; each group of candidates has a turn of its own."""

    def __init__(self, strategy: Strategy, *, seed: int = 0) -> None:
        self._strategy, self._seed = strategy, seed
        self._turns: dict[tuple[str, ...], int] = {}
        self._credits: dict[tuple[str, ...], dict[str, int]] = {}

    def choose(self, candidates: Sequence[Candidate]) -> int:
        """The index of the candidate whose turn it is; there is at least one."""
        if self._strategy == "first" or len(candidates) == 1:
            return 0
        usable = [index for index, candidate in enumerate(candidates) if not candidate.is_ejected]
        return self._chosen(candidates, usable or list(range(len(candidates))))

    def _chosen(self, candidates: Sequence[Candidate], usable: Sequence[int]) -> int:
        match self._strategy:
            case "round_robin":
                return self._next(candidates, usable)
            case "weighted":
                return self._by_weight(candidates, usable)
            case "priority":
                return min(usable, key=lambda index: candidates[index].priority)
            case _:
                return min(usable, key=lambda index: candidates[index].busy)

    def _next(self, candidates: Sequence[Candidate], usable: Sequence[int]) -> int:
        group = _group(candidates)
        turn = self._turns.get(group, 0)
        while turn % len(candidates) not in usable:
            turn += 1
        self._turns[group] = turn + 1
        return turn % len(candidates)

    def _by_weight(self, candidates: Sequence[Candidate], usable: Sequence[int]) -> int:
        group = _group(candidates)
        if group not in self._credits:
            self._credits[group] = dict.fromkeys(group, 0)
            for _ in range(self._seed % min(_cycle(candidates, usable), _MOST_TURNS)):
                _paid(self._credits[group], candidates, usable)
        return _paid(self._credits[group], candidates, usable)


def _group(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    return tuple([candidate.name for candidate in candidates])


def _cycle(candidates: Sequence[Candidate], usable: Sequence[int]) -> int:
    return sum(candidates[index].weight for index in usable) or 1


def _paid(credit: dict[str, int], candidates: Sequence[Candidate], usable: Sequence[int]) -> int:
    for index in usable:
        credit[candidates[index].name] += candidates[index].weight
    chosen = max(usable, key=lambda index: credit[candidates[index].name])
    credit[candidates[chosen].name] -= _cycle(candidates, usable)
    return chosen

"""One of several steps, chosen by the data."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import TypeAlias

from pytest_llmock.errors import LLMockError, nearest
from pytest_llmock.llm import JSON
from pytest_llmock.patterns.drawing import Drawing
from pytest_llmock.patterns.given import kind
from pytest_llmock.patterns.running import Run
from pytest_llmock.patterns.step import Step, StepLike, as_step
from pytest_llmock.shapes.complexity import complexity

Key: TypeAlias = str | int | float | None
Routes: TypeAlias = "Sequence[tuple[float, StepLike]] | Mapping[Key, StepLike]"
Score: TypeAlias = "Callable[[JSON], JSON | Awaitable[JSON]]"
_LIMITS = "Router([(3, fast), (7, quality), (10, premium)])"


@dataclass(frozen=True, init=False, repr=False)
class Router(Step):
    """The step that the data ask for: `Router([(3, fast), (7, quality), (10, premium)])`.

    With limits, which ascend, it is the first whose limit is not below the score; whatever is above all of
    them goes to the last. The score is `complexity`, or what a function or a step makes of the data, their
    budget say: `Router({"low": fast, "high": premium}, score=lambda data: data["budget"])`, where the routes
    are a mapping and the score is one of its keys. The step gets the data as they are.
    """

    limits: tuple[float, ...]  # none where the score is a key
    keys: tuple[Key, ...]
    steps: tuple[Step, ...]
    score: Step

    def __init__(self, routes: Routes, score: Score = complexity) -> None:
        if isinstance(routes, Mapping) and score is complexity:
            raise ValueError(
                "Router: complexity is no key of a mapping. Give score=function, which returns one, or "
                f"limits: {_LIMITS}."
            )
        pairs = list(_pairs(routes))
        if not pairs:
            raise ValueError(f"A Router needs a route at least: {_LIMITS}.")
        given = [key for key, _ in pairs]
        fields = {
            "limits": () if isinstance(routes, Mapping) else _limits(given),
            "keys": _keys(given) if isinstance(routes, Mapping) else (),
            "steps": tuple([as_step(step, of="Router") for _, step in pairs]),
            "score": as_step(score, of="Router: score"),
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @property
    def parts(self) -> tuple[Step, ...]:
        return (self.score, *self.steps)

    async def apply(self, data: JSON, run: Run) -> JSON:
        score = await self.score.through(data, run)
        step = self._below(score) if self.limits else self._named(score)
        return await step.through(data, run)

    def _below(self, score: JSON) -> Step:
        """The first step whose limit is not below the score, else the last."""
        if not isinstance(score, int | float) or isinstance(score, bool):
            raise LLMockError(
                f"the score by {self.score.label} is {kind(score)}, {score!r:.80}: limits need a number. For "
                "keys, give the routes as a mapping."
            )
        fitting = (step for limit, step in zip(self.limits, self.steps, strict=True) if score <= limit)
        return next(fitting, self.steps[-1])

    def _named(self, score: JSON) -> Step:
        for key, step in zip(self.keys, self.steps, strict=True):
            if key == score and isinstance(key, bool) == isinstance(score, bool):
                return step
        known = [str(key) for key in self.keys]
        close = nearest(score, known) if isinstance(score, str) else ""
        raise LLMockError(
            f"the score by {self.score.label} is {score!r:.80}, and there is no such route."
            f"{close if 'Did you' in close else ''} The routes are {', '.join(map(repr, self.keys))}."
        )

    def draw(self, drawing: Drawing, before: tuple[str, ...]) -> tuple[str, ...]:
        choice = drawing.behind(before, self.score.label, "choice")
        ends: list[str] = []
        for key, step in zip(self._labels(), self.steps, strict=True):
            ends += step.draw(drawing, (drawing.exit(choice, key),))
        return tuple(ends)

    def _labels(self) -> list[str]:
        """What is said on the way to each step."""
        if not self.limits:
            return [str(key) for key in self.keys]
        last = f"above {self.limits[-2]}" if len(self.limits) > 1 else "any"
        return [*(f"up to {limit}" for limit in self.limits[:-1]), last]

    def __repr__(self) -> str:
        score = "" if self.score == as_step(complexity, of="Router") else f", score={self.score!r}"
        if self.limits:
            pairs = zip(self.limits, self.steps, strict=True)
            return f"Router([{', '.join(f'({limit!r}, {step!r})' for limit, step in pairs)}]{score})"
        named = zip(self.keys, self.steps, strict=True)
        return f"Router({{{', '.join(f'{key!r}: {step!r}' for key, step in named)}}}{score})"


def _pairs(routes: object) -> Iterator[tuple[object, object]]:
    if isinstance(routes, Mapping):
        yield from routes.items()
        return
    if not isinstance(routes, Sequence) or isinstance(routes, str):
        raise TypeError(f"Router takes pairs of limit and step, {_LIMITS}, or a mapping, not {routes!r:.80}.")
    for pair in routes:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise TypeError(f"Router: each route is a pair of limit and step, {_LIMITS}, not {pair!r:.80}.")
        yield pair[0], pair[1]


def _limits(given: Sequence[object]) -> tuple[float, ...]:
    limits: list[float] = []
    for limit in given:
        if not isinstance(limit, int | float) or isinstance(limit, bool) or isnan(limit):
            raise TypeError(f"Router: the limit of a route is {limit!r:.80}; give a number: {_LIMITS}.")
        if limits and limit <= limits[-1]:
            raise ValueError(f"Router: the limit {limit} comes after {limits[-1]}; limits ascend: {_LIMITS}.")
        limits.append(limit)
    return tuple(limits)


def _keys(given: Sequence[object]) -> tuple[Key, ...]:
    keys: list[Key] = []
    for key in given:
        if not isinstance(key, str | int | float | None):
            raise TypeError(
                f"Router: a route is named {key!r:.80}; give text, a number, True, False or None."
            )
        keys.append(key)
    return tuple(keys)

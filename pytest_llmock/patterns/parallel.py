"""Steps side by side, each given the same data."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pytest_llmock.errors import StepFailed
from pytest_llmock.llm import JSON
from pytest_llmock.patterns.drawing import Drawing
from pytest_llmock.patterns.failing import nobody
from pytest_llmock.patterns.given import check_word
from pytest_llmock.patterns.merging import merged
from pytest_llmock.patterns.running import Run, Slot
from pytest_llmock.patterns.step import Step, StepLike, as_step
from pytest_llmock.patterns.together import each

Branches: TypeAlias = "Mapping[str, StepLike] | Sequence[StepLike] | StepLike"
Merge: TypeAlias = "Literal['nest', 'flat', 'deep'] | Callable[..., JSON | Awaitable[JSON]]"
OnError: TypeAlias = Literal["cancel", "collect"]


@dataclass(frozen=True, init=False, repr=False)
class Parallel(Step):
    """Steps that get the same data at the same time: `Parallel({"price": price, "stock": stock})`.

    `branches` is a mapping of name to step, a list of steps, or the steps themselves. What they make becomes
    one value by `merge`: "nest" is {"price": …, "stock": …}, a list nests by what its steps are called;
    "flat" is one object with the fields of all, "deep" the same also within objects of one name. A field that
    two branches set to different values is refused. A function, or a step, is given all results: as a mapping
    by name, or as a list if the branches were one. Nothing depends on who is ready first.

    A branch that fails cancels the others. With on_error="collect" it is left out, and in `result.failed` by
    its name; when all branches fail, so does the Parallel.
    """

    names: tuple[str, ...]
    steps: tuple[Step, ...]
    merge: "Literal['nest', 'flat', 'deep'] | Step"
    on_error: OnError
    is_named: bool

    def __init__(self, *branches: Branches, merge: Merge = "nest", on_error: OnError = "cancel") -> None:
        first = branches[0] if len(branches) == 1 else branches
        given = first if isinstance(first, Mapping | Sequence) else branches
        check_word(on_error, ("cancel", "collect"), what="Parallel: on_error")
        if not callable(merge):
            check_word(merge, ("nest", "flat", "deep"), what="Parallel: merge", otherwise=" or a function")
        if not given:
            raise ValueError("A Parallel needs a branch at least: Parallel({'price': Stage('price', …)}).")
        steps = given.values() if isinstance(given, Mapping) else given
        fields = {
            "steps": tuple([as_step(step, of="Parallel") for step in steps]),
            "merge": as_step(merge, of="Parallel") if callable(merge) else merge,
            "on_error": on_error,
            "is_named": isinstance(given, Mapping),
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "names", self._named(given))

    def _named(self, given: object) -> tuple[str, ...]:
        if isinstance(given, Mapping):
            for name in given:
                if not isinstance(name, str) or not name.strip():
                    raise TypeError(f"Parallel: a branch is named {name!r:.80}; give text, such as 'price'.")
            return tuple(given)
        labels = [step.label for step in self.steps]
        times = Counter(labels)
        twice = next((label for label in labels if times[label] > 1), None)
        if twice is not None and self.merge == "nest":
            raise ValueError(
                f"Parallel: two branches are named '{twice}', and their results cannot stand under one name. "
                f"Name them with a mapping: Parallel({{'a': …, 'b': …}})."
            )
        return tuple(
            [label if times[label] == 1 else f"{label} {number}" for number, label in enumerate(labels, 1)]
        )

    @property
    def parts(self) -> tuple[Step, ...]:
        return self.steps if isinstance(self.merge, str) else (*self.steps, self.merge)

    async def apply(self, data: JSON, run: Run) -> JSON:
        runs = [run.aside() for _ in self.steps]
        values, failures = dict[int, JSON](), dict[int, StepFailed]()

        async def work(number: int) -> None:
            try:
                values[number] = await self.steps[number].through(data, runs[number])
            except StepFailed as error:
                if self.on_error == "cancel" or run.is_over:
                    raise
                failures[number] = error

        await each(range(len(runs)), work, at_once=len(runs))
        if not values:
            raise nobody([failures[number] for number in sorted(failures)])
        for number, name in enumerate(self.names):
            if number in failures:
                run.failed.append(Slot(name, data, failures[number]))
            else:
                run.adopt(runs[number], name)
        return await self._merged([(self.names[number], values[number]) for number in sorted(values)], run)

    async def _merged(self, results: Sequence[tuple[str, JSON]], run: Run) -> JSON:
        if self.merge == "nest":
            return dict(results)
        if isinstance(self.merge, str):
            return merged(results, deep=self.merge == "deep")
        given: JSON = dict(results) if self.is_named else [value for _, value in results]
        return await self.merge.through(given, run)

    def draw(self, drawing: Drawing, before: tuple[str, ...]) -> tuple[str, ...]:
        ends: list[str] = []
        for name, step in zip(self.names, self.steps, strict=True):
            starts = before if name == step.label else tuple([drawing.exit(start, name) for start in before])
            ends += step.draw(drawing, starts)
        if isinstance(self.merge, str):
            return (drawing.behind(tuple(ends), self.merge, "round"),)
        return self.merge.draw(drawing, tuple(ends))

    def __repr__(self) -> str:
        pairs = zip(self.names, self.steps, strict=True)
        branches = f"{{{', '.join(f'{name!r}: {step!r}' for name, step in pairs)}}}"
        if not self.is_named:
            branches = ", ".join(map(repr, self.steps))
        merge = "" if self.merge == "nest" else f", merge={self.merge!r}"
        collect = ", on_error='collect'" if self.on_error == "collect" else ""
        return f"Parallel({branches}{merge}{collect})"

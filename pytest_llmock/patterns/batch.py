"""A step for each of many items."""

from dataclasses import dataclass

from pytest_llmock.errors import LLMockError, StepFailed
from pytest_llmock.llm import JSON
from pytest_llmock.patterns.drawing import Drawing
from pytest_llmock.patterns.given import check_number, check_word, kind
from pytest_llmock.patterns.parallel import OnError
from pytest_llmock.patterns.running import Place, Run, Slot
from pytest_llmock.patterns.step import Step, StepLike, as_step
from pytest_llmock.patterns.together import each

_USUAL = {"size": 10, "concurrency": 1, "on_error": "collect", "whole": False}


@dataclass(frozen=True, init=False, repr=False)
class Batch(Step):
    """What a step makes of each item of a list, in the list's order: `Batch(migrate, size=50)`.

    `size` items run together, and `concurrency` such batches at a time. With `whole` the step is given each
    batch as a list, and has to make a list as long. An item that fails is None in the value, and stands in
    `result.failed` with its index, itself and its error; with on_error="cancel" the first that fails cancels
    the rest. What an item leaves to mend is an issue that begins "item 3: ".
    """

    step: Step
    size: int
    concurrency: int
    on_error: OnError
    whole: bool

    def __init__(
        self,
        step: StepLike,
        size: int = 10,
        concurrency: int = 1,
        on_error: OnError = "collect",
        *,
        whole: bool = False,
    ) -> None:
        check_number(size, what="Batch: size")
        check_number(concurrency, what="Batch: concurrency")
        check_word(on_error, ("cancel", "collect"), what="Batch: on_error")
        check_word(whole, (True, False), what="Batch: whole")
        fields = {
            "step": as_step(step, of="Batch"),
            "size": size,
            "concurrency": concurrency,
            "on_error": on_error,
            "whole": whole,
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @property
    def parts(self) -> tuple[Step, ...]:
        return (self.step,)

    async def apply(self, data: JSON, run: Run) -> JSON:
        if not isinstance(data, list):
            raise LLMockError(f"a Batch works on a list of items, not on {kind(data)}.{_lists(data)}")
        work = _Work(self, data, run)
        batches = (
            range(start, min(start + self.size, len(data))) for start in range(0, len(data), self.size)
        )
        await each(batches, work.whole if self.whole else work.batch, at_once=self.concurrency)
        work.tell()
        return work.values

    def draw(self, drawing: Drawing, before: tuple[str, ...]) -> tuple[str, ...]:
        label = f"lists of {self.size}" if self.whole else "each item"
        return self.step.draw(drawing, tuple([drawing.exit(node, label) for node in before]))

    def __repr__(self) -> str:
        said: dict[str, object] = {"size": self.size, "concurrency": self.concurrency}
        said |= {"on_error": self.on_error, "whole": self.whole}
        options = [f", {name}={value!r}" for name, value in said.items() if value != _USUAL[name]]
        return f"Batch({self.step!r}{''.join(options)})"


class _Work:
    """The run of a Batch over its items."""

    def __init__(self, of: Batch, items: list[JSON], run: Run) -> None:
        self._of, self._items, self._run = of, items, run
        self.values: list[JSON] = [None] * len(items)
        self._left: dict[int, StepFailed | tuple[Place, Run]] = {}  # by the first index that it is about

    async def batch(self, places: range) -> None:
        """Do the items of a batch, together."""
        await each(places, self._item, at_once=len(places))

    async def whole(self, places: range) -> None:
        """Do a batch as one list."""
        aside, items = self._run.aside(), [self._items[index] for index in places]
        try:
            values = await self._of.step.through(items, aside)
            self.values[places.start : places.stop] = _as_many(values, items, self._of.step)
        except StepFailed as error:
            self._fail(error, places)
        else:
            self._keep(places, places.start, aside)

    def tell(self) -> None:
        """Put what failed and what is left to mend into the run, in the order of the items."""
        for index in sorted(self._left):
            left = self._left[index]
            if isinstance(left, StepFailed):
                self._run.failed.append(Slot(index, self._items[index], left))
            else:
                self._run.adopt(left[1], left[0])

    async def _item(self, index: int) -> None:
        aside = self._run.aside()
        try:
            self.values[index] = await self._of.step.through(self._items[index], aside)
        except StepFailed as error:
            self._fail(error, range(index, index + 1))
        else:
            self._keep(index, index, aside)

    def _fail(self, error: StepFailed, places: range) -> None:
        if self._of.on_error == "cancel" or self._run.is_over:
            raise error
        self._left.update(dict.fromkeys(places, error))

    def _keep(self, place: Place, first: int, aside: Run) -> None:
        if not aside.ok:
            self._left[first] = place, aside


def _as_many(values: JSON, items: list[JSON], step: Step) -> list[JSON]:
    """The values, when there is one for each item. Raises StepFailed."""
    if isinstance(values, list) and len(values) == len(items):
        return values
    made = f"a list of {len(values)}" if isinstance(values, list) else kind(values)
    problem = LLMockError(
        f"it was given a list of {len(items)} items (whole=True) and made {made}: one for each item "
        "is needed. Put a function behind it that makes them, or give it one item at a time."
    )
    raise StepFailed(step.label, items, problem, output=values) from problem


def _lists(data: JSON) -> str:
    """Which field of an object a list may be taken from, as a sentence; empty when there is none."""
    lists = [key for key, value in data.items() if isinstance(value, list)] if isinstance(data, dict) else []
    if not lists:
        return ""
    return f" Put a function before it that takes one out: lambda data: data[{lists[0]!r}]."

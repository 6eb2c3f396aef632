"""Batches in their order, so that unique keys are taken in the same order in every run.

A record whose key is taken is made again, with the same question whoever asks it and in whichever run; what
came is kept before it is looked at.
"""

from collections.abc import Iterable

from pytest_llmock.datasets.checkpoint import Checkpoint
from pytest_llmock.datasets.executors import Crew
from pytest_llmock.datasets.making import Made
from pytest_llmock.datasets.plan import Plan
from pytest_llmock.datasets.records import from_lines, lines_of, runs
from pytest_llmock.datasets.unique import Keys
from pytest_llmock.errors import DataSetError, LLMockError
from pytest_llmock.llm import JSON

ROUNDS = 20  # how often a record is made again
ROUNDS_OF_FEW = 3  # of a field whose values are known, before it is given the first free one


class Settling:
    """Takes the keys of all batches that are next in order; `next` is the first whose keys are not taken."""

    def __init__(self, plan: Plan, checkpoint: Checkpoint) -> None:
        self._plan, self._checkpoint = plan, checkpoint
        self._keys = Keys(plan)
        self._next, self._busy = 0, False

    async def settle(self, crew: Crew) -> None:
        """Take the keys of what is there. Who comes while somebody is at it leaves it to them.

        Raises DataSetError for a key that cannot be met, and when a record cannot be made again.
        """
        if self._busy:
            return
        self._busy = True
        try:
            while self._next < self._plan.batches and self._checkpoint.has(self._next):
                await self._take_keys(self._next, crew)
                self._next += 1
        finally:
            self._busy = False

    def close(self) -> None:
        """Forget all keys."""
        self._keys.close()

    async def _take_keys(self, batch: int, crew: Crew) -> None:
        records = from_lines(self._checkpoint.lines(batch))
        taken = self._take(records, range(len(records)))
        is_changed = bool(taken)
        for round_ in range(1, ROUNDS + 1):
            if not taken:
                break
            await self._remake(batch, records, list(taken), round_, crew)
            taken = self._take(records, taken, may_give=round_ >= ROUNDS_OF_FEW)
        if taken:
            raise self._never_unique(batch, *next(iter(taken.items())))
        if is_changed:
            self._checkpoint.add(self._plan.part(batch), Made(lines_of(records)))

    def _take(self, records: list[JSON], places: Iterable[int], *, may_give: bool = False) -> dict[int, str]:
        """Take the keys of the records at these places; those that could not, with the field that was taken.

        `may_give`: they are given values that are free, where it is known which values there are.
        """
        left = {}
        for place in places:
            key = self._keys.take(records[place])
            if key and may_give and (found := self._keys.free(records[place])) is not None:
                records[place], key = found, self._keys.take(found)
            if key:
                left[place] = key
        return left

    async def _remake(
        self, batch: int, records: list[JSON], places: list[int], variant: int, crew: Crew
    ) -> None:
        checkpoint = self._checkpoint
        for begin, length in runs(places):
            neighbours = slice(begin, begin + length)
            part = self._keys.remade(self._plan.part(batch), begin, records[neighbours], variant)
            lines = checkpoint.remade(part)
            if lines is None:
                (made,) = await crew.run((part,), checkpoint.spent)
                checkpoint.add(part, made)
                if made.error is not None:
                    raise failure(self._plan, checkpoint, batch, made.error)
                lines = made.lines
            records[neighbours] = from_lines(lines)

    def _never_unique(self, batch: int, place: int, key: str) -> DataSetError:
        number = batch * self._plan.batch + place
        return DataSetError(
            f"Record {number:,} (batch {batch}) was made again {ROUNDS} times, and its '{key}' was taken "
            f"each time: there seem to be no {self._plan.count:,} different values for it. Lower --count, "
            f"leave out --unique {key}, or give '{key}' a shape with more values.",
            batch=batch,
        )


def failure(plan: Plan, checkpoint: Checkpoint, batch: int, error: Exception) -> DataSetError:
    """The error of a run whose batch was not made."""
    part = plan.part(batch)
    said = error.message if isinstance(error, LLMockError) else f"{type(error).__name__}: {error}"
    found = DataSetError(
        f"Batch {batch} (records {part.start:,} to {part.start + part.count - 1:,}) was not made: "
        f"{said.rstrip('.')}. {checkpoint.done:,} of {plan.batches:,} batches are kept in {checkpoint.path}; "
        "run the same command again to go on.",
        batch=batch,
    )
    found.__cause__ = error
    return found

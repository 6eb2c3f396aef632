"""A list as long as was asked for: in parts where it is too long for one answer, topped up, or trimmed.

Each part is asked for by its place (`start`, `total`), so that ids go on, and checked by itself; one that is
too short is asked for what is missing, one that is too long is cut. The parts come back in the wrapper that
the shape has, and the whole is checked once more. When a part fails the request fails, and says which; the
others are cancelled.

A list whose items depend on one another (`uniqueItems`, `contains`, …) is asked for at once, and again where
it is not right.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from pytest_llmock.errors import OffShapeError
from pytest_llmock.generation.generate import (
    SHOWN_CHARACTERS,
    Generated,
    Options,
    generate,
    off_shape,
    problems_of,
)
from pytest_llmock.generation.records import numbered_on, place_of, records_of, with_records
from pytest_llmock.generation.splitting import Parts, Splitter
from pytest_llmock.generation.together import made_in_turn, made_together, placed
from pytest_llmock.journal import Call
from pytest_llmock.llm import JSON, Backend, Generation
from pytest_llmock.shapes.schema import Shape, is_divisible

log = logging.getLogger("pytest_llmock")

# the backend that a call, or a part of one, is to ask: what it comes to is noted there
Ask: TypeAlias = Callable[[Call], Backend]


@dataclass(frozen=True, slots=True)
class Generating:
    """Makes the answers of one request: who is asked, how, and how lists are split."""

    ask: Ask
    options: Options
    splitter: Splitter

    async def made(self, call: Call, generation: Generation, shape: Shape | None) -> Generated:
        """What `generate` gives, with as many records as the generation's count says.

        Raises what that raises; OffShapeError too when a list stays too short.
        """
        wanted = generation.count
        if wanted is None or self.splitter.is_idle or not (shape is None or is_divisible(shape)):
            return await generate(self.ask(call), generation, shape, self.options)
        parts = self.splitter.parts(wanted, shape)
        if shape is None and parts.size >= wanted:  # nobody knows which list is meant, if any is
            return await generate(self.ask(call), generation, shape, self.options)
        making = _Making(self.ask, generation, shape, replace(self.options, any_length=True))
        if parts.size >= wanted:
            return making.joined([await making.filled(call, 0, wanted)])
        return await _in_parts(making, call, parts, wanted)


async def _in_parts(making: "_Making", call: Call, parts: Parts, wanted: int) -> Generated:
    starts = range(0, wanted, parts.size)
    log.info("A list of %d records is asked for in %d parts of up to %d", wanted, len(starts), parts.size)
    below = [call.part() for _ in starts]
    makers = [
        partial(making.part, part, start, min(parts.size, wanted - start))
        for part, start in zip(below, starts, strict=True)
    ]
    try:
        made = await (made_together(makers) if parts.side_by_side else made_in_turn(makers))
    finally:
        for part in below:
            call.conclude(part)
            call.warn(*part.warnings)
    return making.joined(made)


@dataclass(frozen=True, slots=True)
class _Filled:
    """Records in a row, and the answers they are from: `short` of so many at first, `over` by so many."""

    answers: list[Generated]
    records: list[JSON]
    short: int
    over: int


@dataclass(frozen=True, slots=True)
class _Making:
    """A list in the making: who is asked for its parts, and how."""

    ask: Ask
    generation: Generation
    shape: Shape | None
    options: Options

    async def part(self, call: Call, start: int, count: int) -> _Filled:
        """The records from `start` on; a failure says which they are."""
        with placed(f"Records {start + 1} to {start + count} of {self.generation.count}"):
            return await self.filled(call, start, count)

    async def filled(self, call: Call, start: int, count: int) -> _Filled:
        """So many records: what is missing in an answer is asked for, what is too much is left out."""
        backend, answers, records = self.ask(call), list[Generated](), list[JSON]()
        while len(records) < count or not answers:
            if len(answers) > self.options.corrections:
                raise _too_short(answers, count)
            asked = self._span(start + len(records), count - len(records))
            answers.append(await generate(backend, asked, self.shape, self.options))
            records += self._records(answers[-1])
        short = count - len(self._records(answers[0]))
        return _Filled(answers, records[:count], max(0, short), len(records) - count)

    def joined(self, made: Sequence[_Filled]) -> Generated:
        """All records in the wrapper of the first answer, when they have the shape together too."""
        answers = [answer for filled in made for answer in filled.answers]
        if len(answers) == 1 and not made[0].over:
            return answers[0]
        first, last = answers[0], answers[-1]
        place = self._place(first)
        records, renumbered = [each for filled in made for each in filled.records], 0
        if len(answers) > 1:  # what one answer repeats, its model has meant
            records, renumbered = numbered_on(records, place)
        value = with_records(first.value, last.value, place, records)
        if problems := problems_of(value, self.shape, self.generation.count):
            raise off_shape(last.completion, [_rejected(answer, problems) for answer in answers])
        return Generated(
            value,
            last.completion,
            tuple([each for answer in answers for each in answer.rejected]),
            tuple(dict.fromkeys(note for answer in answers for note in answer.notes)),
            tuple(_remarks(last.completion.backend, made, renumbered)),
        )

    def _span(self, start: int, count: int) -> Generation:
        """The request for a part of the list; of all of it, the request itself."""
        whole = self.generation
        if count == whole.count:
            return whole
        total = whole.count if whole.total is None else whole.total
        return replace(whole, start=whole.start + start, count=count, total=total)

    def _place(self, answer: Generated) -> str:
        if self.shape is not None:
            return self.shape.collection or ""
        place = place_of(answer.value)
        if place is None:
            problem = "Without a shape, the answer must be a list, or an object with one: there is none."
            raise off_shape(answer.completion, [_rejected(answer, (problem,))])
        return place

    def _records(self, answer: Generated) -> list[JSON]:
        found = records_of(answer.value, self._place(answer))
        return found if found is not None else []


def _too_short(answers: Sequence[Generated], count: int) -> OffShapeError:
    problem = f"The list is shorter than the {count} items asked for, with what was added to it too."
    return off_shape(answers[-1].completion, [_rejected(answer, (problem,)) for answer in answers])


def _rejected(answer: Generated, problems: Sequence[str]) -> Mapping[str, object]:
    return {"text": answer.completion.text[:SHOWN_CHARACTERS], "problems": list(problems)}


def _remarks(backend: str, made: Sequence[_Filled], renumbered: int) -> Iterator[str]:
    """What was done to the answers, for whoever gets them as one."""
    short, over = sum(filled.short for filled in made), sum(filled.over for filled in made)
    if short:
        yield f"Backend '{backend}' gave too few records ({short} missing) and was asked for more."
    if over:
        yield f"Backend '{backend}' gave too many records ({over} left out)."
    if renumbered:
        yield f"Backend '{backend}' gave ids again that it had given before ({renumbered} numbered on)."

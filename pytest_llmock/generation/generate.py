"""A generation through a backend to checked JSON: ask, extract, check, ask again with the problems."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from pytest_llmock.config import Settings
from pytest_llmock.errors import BackendError, Failure, OffShapeError
from pytest_llmock.folding import fold
from pytest_llmock.generation.extract import ExtractionError, extract
from pytest_llmock.generation.prompt import prompt_for
from pytest_llmock.llm import JSON, Backend, Completion, Generation, Prompt, Sampling
from pytest_llmock.shapes.schema import Shape, answer_schema, is_json_schema, listed_schema
from pytest_llmock.shapes.validate import Check, Problem, checker

SHOWN_CHARACTERS = 2000  # of each rejected answer: enough to see what the model did, not a megabyte of it
SHOWN_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Options:
    """How to ask. `corrections` is how often an unusable answer is asked again with its problems.

    `any_length`: a list of another length than was asked for is taken, for whoever makes up for that.
    """

    sampling: Sampling = field(default_factory=Sampling)
    template: str = ""
    corrections: int = 2
    repair: bool = False
    any_length: bool = False


def options_of(settings: Settings, sampling: Sampling | None = None) -> Options:
    """How the settings say to ask."""
    return Options(
        sampling=sampling or Sampling(),
        template=settings.custom_prompt_template or "",
        corrections=settings.max_correction_attempts,
        repair=settings.repair_json,
    )


@dataclass(frozen=True, slots=True)
class Generated:
    """JSON of the requested shape, the completion it was read from, and the answers rejected before it.

    `warnings` is what its caller should know of how it came about.
    """

    value: JSON
    completion: Completion
    rejected: tuple[Mapping[str, object], ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


async def generate(
    backend: Backend,
    generation: Generation,
    shape: Shape | None,
    options: Options,
    *,
    before: Sequence[Mapping[str, object]] = (),
) -> Generated:
    """JSON of `shape` for the generation; answers that were rejected `before` count.

    Raises OffShapeError with every answer when none of `1 + corrections` was usable, and whatever the
    backend raises. An answer that was cut off is never repaired into a success.
    """
    wanted = wanted_of(shape, generation.count)
    check = wanted.check
    if options.any_length and shape is not None:
        check = _listed(shape, min(1, generation.count or 0))
    rejected = [*before]
    while True:
        completion = await fold(backend(prompt_of(generation, shape, options)))
        value, notes, found = read(completion, check, repair=options.repair)
        if not found:
            return Generated(value, completion, tuple(rejected), notes)
        rejected.append({"text": completion.text[:SHOWN_CHARACTERS], "problems": list(found)})
        if len(rejected) > options.corrections:
            raise off_shape(completion, rejected)
        generation = replace(generation, problems=found, previous=completion.text)


def prompt_of(generation: Generation, shape: Shape | None, options: Options) -> Prompt:
    """The prompt that asks for the generation."""
    wanted = wanted_of(shape, generation.count)
    return prompt_for(
        generation,
        wanted.schema,
        sampling=options.sampling,
        template=options.template,
        is_schema=wanted.is_schema,
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an answer must be: the schema that backends are told, and what finds its problems."""

    schema: Mapping[str, JSON] | None
    is_schema: bool
    check: Check


@lru_cache(maxsize=256)
def wanted_of(shape: Shape | None, count: int | None) -> Wanted:
    """What an answer of that shape must be, so many records of it where a count says so."""
    if shape is None:
        return Wanted(None, is_schema=False, check=lambda _: ())
    schema = answer_schema(shape, count)
    return Wanted(schema, is_json_schema(shape.source), checker(schema))


def problems_of(value: JSON, shape: Shape | None, count: int | None) -> tuple[str, ...]:
    """What makes a value that was put together unusable as the answer, a sentence each."""
    return _told(wanted_of(shape, count).check(value))


@lru_cache(maxsize=256)
def _listed(shape: Shape, least: int) -> Check:
    """Finds the problems of a list of any length; of an empty one that it is empty, where `least` is 1."""
    return checker(listed_schema(shape, least))


def _told(found: Sequence[Problem]) -> tuple[str, ...]:
    return tuple(f"{problem.pointer or '/'}: {problem.message}" for problem in found[:SHOWN_PROBLEMS])


def read(
    completion: Completion, check: Check, *, repair: bool
) -> tuple[JSON, tuple[str, ...], tuple[str, ...]]:
    """The value, notes on how it was extracted, and the problems that make it unusable."""
    if completion.finish_reason is None:
        message = f"The answer of backend '{completion.backend}' was cut off before its end."
        raise BackendError(Failure("cut", message), backend=completion.backend)
    if completion.finish_reason == "length":
        return (
            None,
            (),
            ("The answer was cut off at the token limit: answer with less text.",),
        )
    try:
        extraction = extract(completion.text, repair=repair)
    except ExtractionError as error:
        return None, (), (str(error),)
    return extraction.value, extraction.notes, _told(check(extraction.value))


def off_shape(completion: Completion, rejected: list[Mapping[str, object]]) -> OffShapeError:
    """The error that says: none of these answers, the last of them the completion, can be used."""
    last = rejected[-1]["problems"]
    first = str(last[0] if isinstance(last, list) else last).rstrip(".")
    return OffShapeError(
        f"Backend '{completion.backend}' gave no acceptable JSON in {len(rejected)} attempts; the last "
        f"problem: {first}. Raise MaxCorrectionAttempts, simplify the shape, or choose a more capable model.",
        attempts=rejected,
    )

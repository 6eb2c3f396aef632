"""A recorded request as a prompt that can be asked again."""

from collections.abc import Mapping
from dataclasses import replace

from pytest_llmock.cassettes.request import prompt_of
from pytest_llmock.config import Settings
from pytest_llmock.generation.extract import ExtractionError, extract
from pytest_llmock.generation.prompt import prompt_for
from pytest_llmock.llm import JSON, Prompt
from pytest_llmock.shapes.parse import parse
from pytest_llmock.shapes.schema import answer_schema, is_json_schema
from pytest_llmock.shapes.validate import problems

_SHOWN_PROBLEMS = 20


def prompt_again(request: Mapping[str, JSON], settings: Settings) -> Prompt:
    """The prompt; that of a generation in the words of this version, since a recording does not keep any.

    Raises ValueError for what is no request, ShapeError for a shape that nothing can be made of.
    """
    prompt = prompt_of(request)
    made = prompt.generation
    if made is None:
        return prompt
    shape = None if made.shape is None else parse(made.shape)
    schema = None if shape is None else answer_schema(shape, made.count)
    if made.previous:
        made = replace(made, problems=_problems(made.previous, schema))
    words = prompt_for(
        made,
        schema,
        sampling=prompt.sampling,
        template=settings.custom_prompt_template or "",
        is_schema=shape is not None and is_json_schema(shape.source),
    )
    return replace(words, model=prompt.model, extensions=prompt.extensions)


def _problems(previous: str, schema: Mapping[str, JSON] | None) -> tuple[str, ...]:
    """Why the answer before was sent back; a recording leaves that out, as it follows from the answer."""
    try:
        value = extract(previous).value
    except ExtractionError as error:
        return (str(error),)
    found = () if schema is None else problems(schema, value)
    return tuple(f"{problem.pointer or '/'}: {problem.message}" for problem in found[:_SHOWN_PROBLEMS])

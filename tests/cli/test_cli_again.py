"""A recorded request as a prompt that can be asked again."""

import pytest

from pytest_llmock.cassettes.request import request_of
from pytest_llmock.cli.again import prompt_again
from pytest_llmock.config import Settings
from pytest_llmock.errors import ShapeError
from pytest_llmock.generation.prompt import prompt_for
from pytest_llmock.llm import Generation, Message, Prompt, Sampling, Text
from pytest_llmock.shapes.parse import parse
from pytest_llmock.shapes.schema import answer_schema

SHAPE = {"users": [{"id": 0}]}
SCHEMA = answer_schema(parse(SHAPE), 2)
SAMPLING = Sampling(temperature=0.5)


def again(prompt, **settings):
    return prompt_again(request_of(prompt, backend="writer", model="tiny"), Settings(**settings))


def test_a_chat_is_asked_as_it_was():
    """Its messages are the recording."""
    prompt = Prompt((Message("user", (Text("Hello"),)),), model="tiny", sampling=SAMPLING)

    assert again(prompt) == prompt


@pytest.mark.parametrize(
    ("generation", "schema", "options"),
    [
        (Generation(path="/users", shape=SHAPE, count=2), SCHEMA, {}),
        (Generation(path="/users"), None, {}),
        (
            Generation(path="/users", shape={"type": "object", "properties": {"a": {}}}),
            answer_schema(parse({"type": "object", "properties": {"a": {}}}), None),
            {"is_schema": True},
        ),
    ],
    ids=["shape", "free", "schema"],
)
def test_a_generation_is_asked_in_the_words_of_this_version(generation, schema, options):
    """They are what the first question would be today."""
    prompt = prompt_for(generation, schema, sampling=SAMPLING, **options)

    found = again(prompt)

    assert (found.messages, found.sampling, found.model) == (prompt.messages, SAMPLING, "tiny")
    assert (found.schema is None) == (schema is None)


def test_a_template_of_the_settings_is_used():
    """As it is when a test asks."""
    prompt = prompt_for(Generation(path="/users"), None, sampling=SAMPLING)

    found = again(prompt, custom_prompt_template="Make {path}.")

    assert found.messages[-1].text == "Make /users."


@pytest.mark.parametrize(
    ("previous", "schema", "problem"),
    [
        ('{"users": [{"id": 1}]}', SCHEMA, "/users"),
        ("no JSON at all", SCHEMA, ""),
        ("no JSON at all", None, ""),
        ('{"fine": 1}', None, None),
    ],
    ids=["off shape", "prose", "prose, free", "fine"],
)
def test_a_correction_is_asked_for_again(previous, schema, problem):
    """The problems follow from the answer that was sent back."""
    shape = SHAPE if schema else None
    made = Generation(path="/users", shape=shape, count=2, previous=previous, problems=("Something.",))
    prompt = prompt_for(made, schema, sampling=SAMPLING)

    found = again(prompt)

    corrected = len(found.messages) == 4
    assert corrected is (problem is not None)
    assert (problem or "") in found.messages[-1].text


def test_a_shape_of_nothing_cannot_be_asked():
    """Somebody has edited it."""
    request = {
        "operation": "generate",
        "path": "/x",
        "shape": {"type": "object", "properties": 5, "required": []},
    }

    with pytest.raises(ShapeError):
        prompt_again(request, Settings())

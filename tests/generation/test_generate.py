import asyncio
import json

import pytest

from pytest_llmock.errors import BackendError, OffShapeError
from pytest_llmock.folding import as_backend
from pytest_llmock.generation.generate import Options, generate
from pytest_llmock.llm import Choice, Completion, Delta, Generation
from pytest_llmock.shapes.parse import parse

SHAPE = parse({"users": [{"name": "string", "age": 0}]})
GOOD = '{"users": [{"name": "Ann", "age": 3}, {"name": "Bob", "age": 4}]}'


class Model:
    """A backend that gives prepared answers and remembers what it was asked."""

    def __init__(self, *answers):
        self.answers, self.prompts = list(answers), []

    def __call__(self, prompt):
        self.prompts.append(prompt)
        return self.answers.pop(0)


def ask(model, shape=SHAPE, *, count=2, **options):
    return asyncio.run(generate(as_backend(model), Generation(count=count), shape, Options(**options)))


def cut(text, reason="length"):
    return Completion((Choice(text, finish_reason=reason),))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(GOOD, id="plain"),
        pytest.param(f"Sure! Here it is:\n```json\n{GOOD}\n```\nAnything else?", id="fenced in prose"),
        pytest.param(f"<think>{{}} or [1]?</think>{GOOD}", id="after thoughts"),
    ],
)
def test_a_usable_answer_is_read_at_once(text):
    """Models wrap their JSON in all kinds of words; one call is enough."""
    model = Model(text)

    generated = ask(model)

    assert generated.value == json.loads(GOOD)
    assert len(model.prompts) == 1
    assert generated.rejected == ()


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        pytest.param(
            '{"users": [{"name": "Ann", "age": "x"}, {"name": "B", "age": 1}]}', "/users/0/age: ", id="type"
        ),
        pytest.param('{"users": [{"name": "Ann", "age": 1}]}', "/users: ", id="too few"),
        pytest.param("I am sorry, no.", "", id="prose"),
        pytest.param(cut(GOOD), "The answer was cut off at the token limit", id="cut off though it parses"),
        pytest.param(cut("", "content_filter"), "", id="filtered"),
    ],
)
def test_an_unusable_answer_is_asked_again_with_its_problems(bad, problem):
    """The second prompt has the problems of the first answer."""
    model = Model(bad, GOOD)

    generated = ask(model)

    assert generated.value == json.loads(GOOD)
    assert len(generated.rejected) == 1
    assert problem in model.prompts[1].generation.problems[0]
    assert problem in model.prompts[1].messages[-1].text


def test_a_model_that_never_gets_it_right_is_an_error_with_every_answer():
    """The error has the texts and problems of all attempts, and says what to change."""
    model = Model("no", "{}", '{"users": []}')

    with pytest.raises(OffShapeError) as caught:
        ask(model)

    assert caught.value.status == 502
    assert [attempt["text"] for attempt in caught.value.attempts] == ["no", "{}", '{"users": []}']
    assert "gave no acceptable JSON in 3 attempts" in caught.value.message
    assert "Raise MaxCorrectionAttempts" in caught.value.message


def test_corrections_can_be_turned_off():
    """Zero corrections is one attempt."""
    with pytest.raises(OffShapeError, match="in 1 attempts"):
        ask(Model("no"), corrections=0)


def test_a_stream_that_was_cut_is_a_backend_error():
    """Half an answer is no answer, even when it happens to parse."""

    async def broken(prompt):
        yield Delta("{}")

    with pytest.raises(BackendError, match="cut off before its end") as caught:
        asyncio.run(generate(broken, Generation(), None, Options()))

    assert caught.value.failure.kind == "cut"


def test_without_a_shape_any_json_is_taken():
    """Nobody said what it must look like."""
    assert ask(Model("[1, 2]"), None, count=None).value == [1, 2]


def test_a_record_shape_with_a_count_is_a_list_of_records():
    """The count makes a list of what the shape describes."""
    generated = ask(Model('[{"id": 1}, {"id": 2}]'), parse({"id": 0}))

    assert generated.value == [{"id": 1}, {"id": 2}]


def test_an_answer_is_shown_in_part_only():
    """A megabyte of prose does not end up in an error body."""
    with pytest.raises(OffShapeError) as caught:
        ask(Model("x" * 10_000), corrections=0)

    assert len(caught.value.attempts[0]["text"]) == 2000

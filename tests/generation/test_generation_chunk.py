import asyncio

import pytest

from pytest_llmock.backends.registry import Leaf
from pytest_llmock.config import Settings
from pytest_llmock.errors import BackendError, Failure, OffShapeError
from pytest_llmock.folding import as_backend
from pytest_llmock.generation.chunk import Generating
from pytest_llmock.generation.generate import Options
from pytest_llmock.generation.splitting import Splitter
from pytest_llmock.journal import Call
from pytest_llmock.llm import Generation, Sampling
from pytest_llmock.shapes.parse import parse

SHAPE = parse({"users": [{"id": 0, "name": "string"}], "total": 0})


def users(first, count):
    return [{"id": first + number, "name": "Ann"} for number in range(count)]


class Model:
    """Answers with as many users as asked for, but for those spans that have an answer of their own."""

    def __init__(self, answers=(), wrapped=True):
        self.answers, self.wrapped, self.spans = dict(answers), wrapped, []

    def __call__(self, prompt):
        made = prompt.generation
        self.spans.append((made.start, made.count, made.total))
        said = self.answers.get(made.start, users(made.start + 1, made.count))
        if isinstance(said, Exception):
            raise said
        return {"users": said, "total": len(said)} if self.wrapped and isinstance(said, list) else said


def make(model, count, shape=SHAPE, *, chunk=None, **options):
    leaf = Leaf("model", as_backend(model), "python")
    splitter = Splitter(leaf, Settings(chunk_size=chunk), Sampling())
    generating = Generating(lambda call: leaf.call, Options(**options), splitter)
    return asyncio.run(generating.made(Call(1, "mock", "GET", "/users"), Generation(count=count), shape))


def test_a_long_list_comes_in_parts_and_goes_out_whole():
    """Each part knows its place, and the wrapper speaks of all of them."""
    model = Model()

    generated = make(model, 25, chunk=10)

    assert model.spans == [(0, 10, 25), (10, 10, 25), (20, 5, 25)]
    assert generated.value == {"users": users(1, 25), "total": 25}
    assert generated.warnings == ()


@pytest.mark.parametrize("count", [None, 0, 10], ids=["no count", "none", "one part"])
def test_a_list_that_fits_is_asked_for_as_it_is(count):
    """Nothing is added to its request, so that its recordings stay true."""
    asked = []

    def model(prompt):
        asked.append(prompt.generation)
        return {"users": users(1, count or 0), "total": 0}

    make(model, count, chunk=10)

    assert asked == [Generation(count=count)]


@pytest.mark.parametrize("chunk", [None, 10])
def test_of_a_list_of_none_what_comes_all_the_same_is_left_out(chunk):
    """A function that does not look at the count is no reason for a 502."""
    model = Model({0: users(1, 2)})

    generated = make(model, 0, chunk=chunk)

    assert generated.value == {"users": [], "total": 0}
    assert generated.warnings == ("Backend '' gave too many records (2 left out).",)


def test_a_part_of_a_part_is_counted_from_the_beginning_of_all():
    """Whoever splits a list has a place for its parts in the whole."""
    leaf = Leaf("model", as_backend(model := Model()), "python")
    generating = Generating(
        lambda call: leaf.call, Options(), Splitter(leaf, Settings(chunk_size=2), Sampling())
    )

    asyncio.run(generating.made(Call(1, "mock", "GET", "/"), Generation(count=4, start=6, total=50), SHAPE))

    assert model.spans == [(6, 2, 50), (8, 2, 50)]


def test_what_is_missing_is_asked_for_and_told():
    """Three of five, then the other two."""
    model = Model({0: users(1, 3)})

    generated = make(model, 5)

    assert model.spans == [(0, 5, None), (3, 2, 5)]
    assert generated.value == {"users": users(1, 5), "total": 5}
    assert generated.warnings == ("Backend '' gave too few records (2 missing) and was asked for more.",)


def test_what_is_too_much_is_left_out_and_told():
    """Nobody gets more than asked for."""
    generated = make(Model({0: users(1, 6)}), 5)

    assert generated.value == {"users": users(1, 5), "total": 5}
    assert generated.warnings == ("Backend '' gave too many records (1 left out).",)


def test_ids_that_begin_again_are_numbered_on_and_told():
    """A model that knows nothing of the other parts numbers from 1."""
    generated = make(Model({2: users(1, 2)}), 4, chunk=2)

    assert [user["id"] for user in generated.value["users"]] == [1, 2, 3, 4]
    assert generated.warnings == ("Backend '' gave ids again that it had given before (2 numbered on).",)


def test_ids_that_one_answer_repeats_stay():
    """They are what the model said, and no accident of asking twice."""
    generated = make(Model({0: users(7, 1) * 3}), 2)

    assert [user["id"] for user in generated.value["users"]] == [7, 7]


def test_a_list_that_stays_too_short_is_an_error_with_every_answer():
    """As often as an unusable answer is asked again, and not for ever."""
    short = Model({0: users(1, 1), 1: users(2, 1), 2: users(3, 1)})

    with pytest.raises(OffShapeError) as caught:
        make(short, 9)

    assert len(caught.value.attempts) == 3
    assert "shorter than the 9 items asked for" in caught.value.message


def test_an_empty_list_is_asked_again_with_its_problem():
    """No progress is no answer."""
    with pytest.raises(OffShapeError, match="in 1 attempts; the last problem: /users: "):
        make(Model({0: []}), 2, corrections=0)


def test_a_failing_part_fails_the_request_and_says_which():
    """The records that are missing are named."""
    broken = BackendError(Failure("status", "It is overloaded.", status=503), backend="model")

    with pytest.raises(BackendError) as caught:
        make(Model({10: broken}), 25, chunk=10)

    assert caught.value.message == "Records 11 to 20 of 25: It is overloaded."


def test_parts_that_have_the_shape_only_alone_are_an_error():
    """The whole is checked as well as its parts."""
    shape = parse({"type": "array", "items": {"type": "object", "properties": {"id": {"maximum": 3}}}})

    with pytest.raises(OffShapeError, match="/3/id: "):
        make(Model({2: users(1, 2)}, wrapped=False), 4, shape, chunk=2)


@pytest.mark.parametrize(
    "keyword",
    [{"uniqueItems": True}, {"contains": {"const": 1}}, {"prefixItems": [{"type": "integer"}]}],
    ids=lambda keyword: next(iter(keyword)),
)
def test_a_list_whose_items_depend_on_one_another_is_asked_for_at_once(keyword):
    """Its parts would not be what the whole must be."""
    model = Model({0: [1, 2, 3, 4]}, wrapped=False)

    make(model, 4, parse({"type": "array", "items": {"type": "integer"}, **keyword}), chunk=2)

    assert model.spans == [(0, 4, None)]


def test_without_a_shape_the_list_is_found_in_the_answers():
    """All parts put it in the same place."""
    generated = make(Model(), 4, None, chunk=2)

    assert generated.value == {"users": users(1, 4), "total": 4}


def test_without_a_shape_and_a_list_there_is_nothing_to_join():
    """The error says what an answer must be."""
    with pytest.raises(OffShapeError, match="Without a shape, the answer must be a list"):
        make(Model({0: {"ok": True}}, wrapped=False), 4, None, chunk=2)


def test_without_a_shape_a_short_list_is_the_backend_s_affair():
    """Nobody knows what its length would mean."""
    assert make(Model({0: users(1, 1)}, wrapped=False), 4, None).value == users(1, 1)


def test_the_answers_that_were_rejected_in_any_part_are_kept():
    """What was wrong is known, even if all ended well."""
    answers = iter(["no", [1, 2], "Sure: [3, 4]"])

    generated = make(lambda _: next(answers), 4, parse([0]), chunk=2)

    assert generated.value == [1, 2, 3, 4]
    assert [each["text"] for each in generated.rejected] == ["no"]
    assert generated.notes == ("text around the JSON dropped",)

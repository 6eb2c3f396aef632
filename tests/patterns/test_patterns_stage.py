"""Stages: what they ask for, and what becomes of their input."""

from types import SimpleNamespace

import pytest
from hosts import Canned

from pytest_llmock.errors import LLMockError, ShapeError, StepFailed
from pytest_llmock.patterns.stage import Stage

SHAPE = {"id": 0, "name": "string"}


def ran(stage, data, *answers):
    """What the stage makes of `data` when it is answered so, and what it asked for."""
    host = Canned(*answers)
    return stage.bound(host).run_sync(data).value, host.asked[0].generation if host.asked else None


def test_a_stage_asks_for_its_shape_with_the_data_as_its_body():
    """The generation holds all that a backend reads."""
    stage = Stage("enrich", shape=SHAPE, instructions="Be brief.")

    _, generation = ran(stage, {"id": 7}, {"id": 7, "name": "Ada"})

    asked = (generation.method, generation.path, generation.body, generation.shape, generation.instructions)
    assert asked == ("POST", "/enrich", {"id": 7}, SHAPE, "Be brief.")


def test_a_list_of_such_records_asks_for_each_of_them():
    """None is lost, and each keeps what its answer omits."""
    stage, given = Stage("enrich", shape=SHAPE), [{"id": 1, "note": "x"}, {"id": 2}]

    value, generation = ran(stage, given, [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bo"}])

    assert (generation.count, generation.body) == (2, given)
    assert value == [{"id": 1, "note": "x", "name": "Ada"}, {"id": 2, "name": "Bo"}]


@pytest.mark.parametrize("keep", [True, "strict", False])
@pytest.mark.parametrize(
    ("shape", "given"),
    [
        pytest.param({"average": 0.5, "best": "string"}, [{"id": 1}, {"id": 2}], id="no field in common"),
        pytest.param(SHAPE, [{"id": 1}, 2], id="not records all of them"),
        pytest.param(SHAPE, [], id="none"),
        pytest.param(None, [{"id": 1}], id="no shape"),
    ],
)
def test_another_list_asks_for_one_record_about_all_of_it(shape, given, keep):
    """A summary, say."""
    answer = {"average": 1.5, "best": "Ada"}

    value, generation = ran(Stage("sum up", shape=shape, keep_input=keep), given, answer)

    assert (generation.count, value) == (None, answer)


@pytest.mark.parametrize(
    ("keep", "value"),
    [
        (True, {"id": 8, "name": "Ada", "note": "x"}),
        ("strict", {"id": 7, "name": "Ada", "note": "x"}),
        (False, {"id": 8, "name": "Ada"}),
    ],
    ids=["omitted", "strict", "not"],
)
def test_input_is_kept_as_the_stage_says(keep, value):
    """Omitted fields are put back, changed ones only when strict, none when told not to."""
    stage = Stage("enrich", shape=SHAPE, keep_input=keep)

    assert ran(stage, {"id": 7, "note": "x"}, {"id": 8, "name": "Ada"})[0] == value


@pytest.mark.parametrize(
    ("given", "answer", "value"),
    [
        (
            {"users": [{"id": 1}, {"id": 2, "tags": ["x"]}]},
            {"users": [{"id": 9, "bio": "a"}, {"id": 2, "tags": ["y"]}]},
            {"users": [{"id": 1, "bio": "a"}, {"id": 2, "tags": ["x"]}]},
        ),
        ([{"id": 1}], [{"id": 9, "bio": "a"}], [{"id": 1, "bio": "a"}]),
        ({"users": [1, 2]}, {"users": [1]}, {"users": [1, 2]}),
        ([{"id": 1}, {"id": 2}], [{"id": 9}], [{"id": 9}]),
        (["a"], ["b"], ["b"]),
    ],
    ids=["wrapped", "list", "shorter-field", "shorter-list", "no-fields"],
)
def test_strictly_kept_input_is_kept_at_any_depth(given, answer, value):
    """What a stage adds inside an object or a list is not lost with what it changed there."""
    stage = Stage("enrich", keep_input="strict")

    assert ran(stage, given, answer)[0] == value


def test_a_count_is_a_directive_and_not_data():
    """It says how many, and is in neither the body nor the answer."""
    value, generation = ran(Stage("make", shape=SHAPE), {"count": 2, "of": "x"}, [SHAPE, SHAPE])

    assert (generation.count, generation.body, value) == (2, {"of": "x"}, [SHAPE, SHAPE])


@pytest.mark.parametrize(
    ("shape", "data"),
    [({"count": 0}, {"count": 2}), (SHAPE, {"count": "2"}), (SHAPE, {"count": True}), (SHAPE, [2])],
    ids=["of-the-shape", "text", "flag", "list"],
)
def test_a_count_that_is_data_stays_data(shape, data):
    """What the shape has, and what is no number, says nothing of how many."""
    _, generation = ran(Stage("make", shape=shape), data, {})

    assert (generation.count, generation.body) == (None, data)


@pytest.mark.parametrize("passes", [False, 0, ""])
def test_a_stage_whose_condition_fails_passes_its_data_through(passes):
    """Nobody is asked."""
    assert ran(Stage("make", when=lambda data: passes), {"a": 1}) == ({"a": 1}, None)


def test_a_condition_may_be_async():
    """It is awaited."""

    async def is_new(data):
        return data["new"]

    assert ran(Stage("make", when=is_new), {"new": True}, {"made": 1})[0] == {"new": True, "made": 1}


def test_a_condition_cannot_change_the_data():
    """It has a copy, as every function has."""
    data = {"a": 1}

    assert ran(Stage("make", when=lambda data: data.clear()), data) == ({"a": 1}, None)


@pytest.mark.parametrize("name", ["", "  ", None, 3])
def test_a_stage_without_a_name_is_refused(name):
    """When it is made."""
    with pytest.raises(TypeError, match="A Stage begins with its name, such as 'generate', not with"):
        Stage(name)


def test_a_shape_that_means_nothing_is_refused_with_the_stage_named():
    """When it is made."""
    with pytest.raises(ShapeError, match="^Stage 'make': "):
        Stage("make", shape={"when": object()})


def test_a_choice_of_keeping_that_means_nothing_is_refused():
    """When it is made."""
    with pytest.raises(
        ValueError, match=r"Stage 'make': keep_input is 'all'; give True, False or 'strict'\."
    ):
        Stage("make", keep_input="all")


def test_a_stage_that_is_bound_to_nobody_says_how_to_bind_it():
    """The fixture, or connect()."""
    with pytest.raises(
        StepFailed, match=r"fixture `pipeline`, as in pipeline\(Stage\('make', …\)\)"
    ) as caught:
        Stage("make").run_sync({})

    assert type(caught.value.__cause__) is LLMockError


def test_a_stage_shows_its_name_and_backend():
    """Its repr is what one writes."""
    assert repr(Stage("make", backend="fast", shape=SHAPE)) == "Stage('make', backend='fast')"


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ({"backend": 5}, "backend is 5; give text."),
        (
            {"backend": SimpleNamespace(name="b")},
            "backend is namespace(name='b'); give text. Did you mean 'b'?",
        ),
        ({"instructions": ["Be short."]}, "instructions is ['Be short.']; give text."),
        ({"path": 1}, "path is 1; give text."),
        ({"when": True}, "when is True; give a function of the data, such as lambda data: data['isNew']."),
    ],
)
def test_options_that_mean_nothing_are_refused_when_it_is_made(option, told):
    """Not when it runs."""
    with pytest.raises(TypeError) as caught:
        Stage("a", **option)

    assert str(caught.value) == f"Stage 'a': {told}"

"""The best answer, the answer of most, what most say of each field, or what a judge chose."""

import pytest
from plans import plans

from pytest_llmock import Stage

ANN = {"name": "Ann Lee", "email": "ann.lee@example.org"}
PLANS = {
    "hasty": {"city": "lorem", "days": -3, "guide": {"name": "string", "email": "string"}},
    "local": {"city": "Rome", "days": 4, "guide": ANN},
    "keen": {"city": "Rome", "days": 9, "guide": ANN},
}

pytestmark = pytest.mark.llmock(
    config={"map": {"generator": "hasty", "enricher": "local", "validator": "keen"}}
)


@pytest.fixture
def llmock(llmock):
    for name, plan in PLANS.items():
        llmock.backends.add(name, lambda prompt, plan=plan: plan)
    llmock.backends.add("critic", lambda prompt: {"choice": 2})
    return llmock


def chosen(pipeline, **how):
    return pipeline.bind(plans(**how)).run_sync({"trip": "weekend"}).value


def test_the_best_by_quality(pipeline):
    assert chosen(pipeline) == {"trip": "weekend", **PLANS["local"]}


def test_the_best_by_a_score_of_ours(pipeline):
    assert chosen(pipeline, score=lambda plan: min(max(plan["days"], 0) / 10, 1))["days"] == 9


def test_what_most_say_of_each_field(pipeline):
    plan = chosen(pipeline, choose="fields")

    assert (plan["city"], plan["guide"]) == ("Rome", ANN)


def test_what_another_model_chooses(pipeline):
    assert chosen(pipeline, choose=Stage("judge", backend="critic"))["days"] == 9


@pytest.mark.llmock(config={"map": {"generator": "silent", "enricher": "local"}})
def test_who_does_not_answer_has_no_vote(pipeline, llmock):
    llmock.backends.add("silent", lambda prompt: "I do not plan trips.")

    result = pipeline.bind(plans(backends=("generator", "enricher"), choose="majority")).run_sync({})

    assert (result.ok, result.value) == (True, PLANS["local"])
    assert [bool(entry.issues) for entry in result.trace] == [True, False]

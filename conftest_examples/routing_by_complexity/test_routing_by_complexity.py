"""What a request asks for decides who is asked."""

import pytest
from smart_generation import combined, smart, smart_generate, within_budget

from pytest_llmock import complexity

SIMPLE = {"name": "string"}
MEDIUM = {"user": {"name": "string", "address": {"city": "string"}}, "orders": [{"id": 0}]}
RULES = ["Verify email formats", "Check for logical consistency", "total must be positive"]


def asked(result):
    return [entry.backend for entry in result.trace]


@pytest.mark.parametrize(
    ("request_", "score", "backend"),
    [
        ({"shape": SIMPLE}, 1.2, "generator"),
        ({"shape": MEDIUM}, 5.4, "enricher"),
        ({"shape": MEDIUM, "validationRules": RULES}, 8.4, "validator"),
    ],
    ids=["simple", "medium", "complex"],
)
def test_by_complexity(pipeline, request_, score, backend):
    result = pipeline.bind(smart(request_["shape"])).run_sync(request_)

    assert complexity(request_) == score
    assert asked(result) == [backend]
    assert result.value.keys() >= request_["shape"].keys()


@pytest.mark.parametrize(("budget", "backend"), [("low", "enricher"), ("unlimited", "validator")])
def test_by_budget(pipeline, budget, backend):
    request_ = {"shape": MEDIUM, "validationRules": RULES, "budget": budget}

    assert asked(pipeline.bind(within_budget(MEDIUM)).run_sync(request_)) == [backend]


def test_patterns_combine(pipeline):
    steps = pipeline.bind(combined(SIMPLE, {"bio": "string"}, {"interests": ["string"]}))

    assert asked(steps.run_sync({"shape": SIMPLE})) == ["generator"]
    rich = steps.run_sync({"shape": MEDIUM})
    assert asked(rich) == ["generator", "enricher", "validator"]
    assert rich.value.keys() >= {"name", "bio", "interests"}


def test_a_request_may_bring_its_own_shape(pipeline):
    step = pipeline.bind(smart_generate())

    result = step.run_sync({"shape": {"title": "string", "year": 1999}, "count": 3})

    assert [song.keys() for song in result.value] == [{"title", "year"}] * 3
    assert [entry.backend for entry in result.trace] == ["generator"]

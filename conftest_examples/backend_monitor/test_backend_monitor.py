"""Who was asked, how often that went well, how long it took, what the last error was."""

import pytest

from pytest_llmock import BackendError, Failure, Pipeline, Stage

NAME = {"name": "string"}
STEPS = Pipeline(
    Stage("generate", backend="generator", shape=NAME), Stage("enrich", backend="enricher", shape=NAME)
)

# what may pass is retried; the waits before that take no time here
pytestmark = pytest.mark.llmock(clock="virtual", config={"map": {"enricher": "unsteady"}})


@pytest.fixture
def llmock(llmock):
    asked = []

    async def unsteady(prompt):
        asked.append(prompt)
        if len(asked) % 3 == 0:
            raise BackendError(Failure("status", "The model is overloaded.", status=503))
        return {"name": "Ada"}

    llmock.backends.add("unsteady", unsteady)
    return llmock


@pytest.fixture
def users(pipeline):
    return [pipeline.bind(STEPS).run_sync({}).value for _ in range(3)]


def test_the_figures_of_each_backend(llmock, users):
    generator, unsteady = llmock.monitor["generator"], llmock.monitor["unsteady"]

    assert (generator.calls, generator.successes, generator.failures) == (3, 3, 0)
    assert (unsteady.calls, unsteady.successes, unsteady.failures, unsteady.retries) == (4, 3, 1, 1)
    assert unsteady.last_error == "The model is overloaded."
    assert generator.latency.p50_s <= generator.latency.p95_s < 1


def test_the_report(llmock, users):
    lines = llmock.monitor.report().splitlines()

    assert lines[0] == "Backend Performance Report:"
    assert {"generator:", "  Calls: 3", "  Success Rate: 100.0%"} <= set(lines)
    assert {
        "unsteady:",
        "  Calls: 4",
        "  Success Rate: 75.0%",
        "  Last Error: The model is overloaded.",
    } <= set(lines)

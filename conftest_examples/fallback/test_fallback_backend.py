"""The second backend answers only when the first cannot: it is down, or makes no sense of what was asked."""

import pytest
from profiles import PROFILE, PROFILE_OF_ANYBODY

from pytest_llmock import BackendError, Failure, StepFailed


async def down(prompt):
    raise BackendError(Failure("connect", "No route to host."))


@pytest.fixture
def llmock(llmock):
    llmock.backends.add("down", down)
    llmock.backends.add("poet", lambda prompt: "I would rather talk about poetry.")
    return llmock


def asked(result):
    return [(entry.name, entry.source is not None) for entry in result.trace]


def test_the_first_one_answers(pipeline):
    assert asked(pipeline.bind(PROFILE_OF_ANYBODY).run_sync({})) == [("generate", True)]


@pytest.mark.llmock(clock="virtual", config={"map": {"enricher": "down"}})
def test_the_second_stands_in_for_one_that_is_down(pipeline):
    result = pipeline.bind(PROFILE_OF_ANYBODY).run_sync({})

    assert result.ok
    assert result.value.keys() == PROFILE.keys()
    assert asked(result) == [("generate", False), ("fall-back", True)]
    assert result.trace[0].attempts == 4  # once, and MaxRetryAttempts


@pytest.mark.llmock(config={"map": {"enricher": "poet"}})
def test_the_second_stands_in_for_one_that_answers_nonsense(pipeline):
    result = pipeline.bind(PROFILE_OF_ANYBODY).run_sync({})

    assert result.ok
    assert [entry.backend for entry in result.trace] == ["poet", "generator"]


@pytest.mark.llmock(clock="virtual", config={"map": {"*": "down"}})
def test_when_nobody_answers_every_cause_is_told(pipeline):
    with pytest.raises(
        StepFailed, match=r"none of its 2 steps succeeded.*generate.*No route.*fall-back.*No route"
    ):
        pipeline.bind(PROFILE_OF_ANYBODY).run_sync({})

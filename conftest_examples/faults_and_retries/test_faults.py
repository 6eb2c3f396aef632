"""What the assistant makes of an API that refuses, stalls, breaks off and talks nonsense."""

import pytest
from assistant import APOLOGY, answer, stream
from openai import OpenAI


@pytest.fixture
def client(llm_backend):
    with OpenAI(max_retries=2, timeout=5) as client:
        yield client


def test_the_sdk_tries_again_after_429(llm_backend, client):
    llm_backend.fail(429, retry_after=0.01, times=2).then("Here I am.")

    assert answer("Hello?", client=client) == "Here I am."
    llm_backend.assert_called(times=3)
    assert [call.status for call in llm_backend.calls] == [429, 429, 200]


def test_a_server_that_is_down_for_longer_is_given_up(llm_backend, client):
    llm_backend.fail(503, retry_after=0.01, times=None)

    assert answer("Hello?", client=client) == APOLOGY
    llm_backend.assert_called(times=3)


@pytest.mark.parametrize("fault", ["malformed", "truncated", "empty", "refusal"])
def test_nonsense_is_an_apology(llm_backend, client, fault):
    llm_backend.fail(fault=fault)

    assert answer("Hello?", client=client) == APOLOGY


def test_a_refused_key_is_not_tried_again(llm_backend, client):
    llm_backend.fail(401, message="Incorrect API key provided.")

    assert answer("Hello?", client=client) == APOLOGY
    llm_backend.assert_called(times=1)


def test_the_token_limit_shows(llm_backend, client):
    llm_backend.fail(fault="length").then("One two three four")

    assert answer("Count.", client=client) == "One two t…"


def test_what_came_before_a_cut_is_kept(llm_backend, client):
    llm_backend.fail(fault="cut@2").then("One two three four five six")

    assert stream("Count.", client=client) == ("One two three", False)


@pytest.mark.llmock(clock="virtual")
def test_our_own_retries_see_what_strikes_behind_them(llmock, llm_backend, client):
    llmock.backends["synthetic"].fail(500, times=2)

    assert answer("Hello?", client=client) != APOLOGY
    llm_backend.assert_called(times=1)
    assert [attempt.outcome for attempt in llmock.calls[0].attempts] == ["failure", "failure", "success"]

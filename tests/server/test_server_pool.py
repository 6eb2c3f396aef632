"""The pool as clients see it: headers, statuses, and what the control API says of it."""

from concurrent.futures import ThreadPoolExecutor
from time import sleep

import httpx
import pytest

from pytest_llmock.errors import BackendError, Failure
from pytest_llmock.llm import Delta, End

QUESTION = [{"role": "user", "content": "Hello?"}]
SHAPE = {"shape": {"name": "string"}}
ANSWER = '{"name": "Ada"}'
DOWN = Failure("status", "said 503", 503)
REFUSED = Failure("connect", "connection refused")


def doing(*outcomes):
    """A backend that does one thing after another, the last for ever: Failures and texts."""
    left = list(outcomes)

    async def backend(prompt):
        outcome = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(outcome, Failure):
            raise BackendError(outcome)
        yield Delta(outcome)
        yield Delta(end=End())

    return backend


@pytest.fixture
def pool(opened):
    """A session in virtual time with backends given by name: `pool({"a": […]}, Failover=True)`."""

    def pool(backends, **settings):
        session = opened(settings=settings, clock="virtual")
        for name, outcomes in backends.items():
            session.backends.add(name, doing(*outcomes))
        return session

    return pool


def mock(session, names):
    return httpx.post(f"{session.url}/api/mock/users", json=SHAPE, headers={"X-LLM-Backend": names})


def chat(session, names, **more):
    body = {"model": "m", "messages": QUESTION, **more}
    return httpx.post(f"{session.url}/v1/chat/completions", json=body, headers={"X-LLM-Backend": names})


APIS = pytest.mark.parametrize("ask", [mock, chat], ids=["mock", "openai"])


@APIS
def test_the_headers_say_who_answered_and_after_how_many_attempts(pool, ask):
    """Two at the first backend, one at the second; 60 seconds of waiting take none."""
    backends = {"a": [Failure("status", "slow down", 429, 60.0), DOWN], "b": [ANSWER]}
    session = pool(backends, Failover=True, MaxRetryAttempts=1)

    answer = ask(session, "a,b")

    assert answer.status_code == 200
    assert answer.headers["x-llmock-backend"] == "b"
    assert answer.headers["x-llmock-attempts"] == "3"
    assert session.calls[-1].seconds >= 60


def test_the_query_names_a_pool_too(pool):
    """`?backend=a,b` is the header's list."""
    session = pool({"a": [DOWN], "b": [ANSWER]}, Failover=True, EnableRetryPolicy=False)

    answer = httpx.post(f"{session.url}/api/mock/users?backend=a,b", json=SHAPE)

    assert (answer.status_code, answer.headers["x-llmock-backend"]) == (200, "b")


@APIS
def test_an_open_breaker_is_503_with_the_time_to_come_back(pool, ask):
    """The first call tells what the backend said, the second that it was not asked."""
    session = pool({"a": [DOWN]}, EnableRetryPolicy=False, CircuitBreakerFailureThreshold=1)
    before = ask(session, "a")

    answer = ask(session, "a")

    assert before.status_code == (502 if ask is mock else 503)
    assert (answer.status_code, len(session.calls[-1].attempts)) == (503, 0)
    assert 25 <= int(answer.headers["retry-after"]) <= 30
    assert answer.json()["error"]["message"].startswith(
        "Backend 'a' was not asked: its circuit breaker is open for another "
    )
    assert answer.json()["error"]["message"].endswith(" The last failure: said 503")


@APIS
def test_a_breaker_lets_a_call_try_when_its_time_is_over(pool, ask):
    """Half a minute of virtual time."""
    session = pool({"a": [DOWN, ANSWER]}, EnableRetryPolicy=False, CircuitBreakerFailureThreshold=1)
    ask(session, "a")
    session.clock.advance(30)

    answer = ask(session, "a")

    assert answer.status_code == 200


@APIS
def test_when_nobody_can_be_reached_the_503_lists_everybody(pool, ask):
    """With each attempt in the mock API's details."""
    session = pool({"a": [REFUSED], "b": [REFUSED]}, Failover=True, EnableRetryPolicy=False)

    answer = ask(session, "a,b")

    error = answer.json()["error"]
    assert answer.status_code == 503
    assert error["message"] == (
        "No LLM backend available: none of 'a', 'b' could be reached. "
        "a: connection refused b: connection refused"
    )
    if ask is mock:
        assert [each["backend"] for each in error["details"]["attempts"]] == ["a", "b"]


def test_a_failure_of_several_is_502_with_what_each_said(pool):
    """The mock API's details name backend, status and attempts."""
    session = pool(
        {"a": [Failure("status", "no key", 401)], "b": [DOWN]}, Failover=True, EnableRetryPolicy=False
    )

    answer = mock(session, "a,b")

    assert answer.status_code == 502
    assert answer.json()["error"] == {
        "code": 502,
        "message": "None of the backends 'a', 'b' answered. a: no key b: said 503",
        "details": {
            "backend": "b",
            "status": 503,
            "kind": "status",
            "attempts": [{"backend": "a", "error": "no key"}, {"backend": "b", "error": "said 503"}],
        },
    }
    assert answer.headers["x-llmock-backend"] == "b"
    assert answer.headers["x-llmock-attempts"] == "2"


def test_a_stream_is_answered_by_the_second_backend(pool):
    """As long as the first has said nothing."""
    session = pool({"a": [REFUSED], "b": ["well"]}, Failover=True, EnableRetryPolicy=False)

    answer = chat(session, "a,b", stream=True)

    assert answer.headers["x-llmock-backend"] == "b"
    assert "well" in answer.text
    assert answer.text.endswith("data: [DONE]\n\n")


def test_the_control_api_shows_breakers_and_reasons_and_resets_both(pool):
    """What a person looks at when a test behaves strangely."""
    session = pool(
        {"a": [DOWN], "b": [ANSWER]}, Failover=True, MaxRetryAttempts=1, CircuitBreakerFailureThreshold=2
    )
    mock(session, "a,b")

    shown = {each["name"]: each["breaker"] for each in _get(session, "backends")["backends"]}
    attempts = _get(session, "calls")["calls"][0]["attempts"]
    httpx.post(f"{session.url}/llmock/reset")

    assert (shown["a"], shown["b"]) == ("open", "closed")
    assert [(each["backend"], each["reason"]) for each in attempts] == [
        ("a", "asked"),
        ("a", "retry"),
        ("b", "failover"),
    ]
    assert {each["breaker"] for each in _get(session, "backends")["backends"]} == {"closed"}


def _get(session, what):
    return httpx.get(f"{session.url}/llmock/{what}").json()


@APIS
def test_an_sdk_is_told_not_to_repeat_what_a_breaker_refused(pool, ask):
    """It would wait for half a minute of real time, whatever the clock of the test."""
    session = pool({"a": [DOWN]}, EnableRetryPolicy=False, CircuitBreakerFailureThreshold=1)
    ask(session, "a")

    refused = ask(session, "a")

    assert (refused.status_code, refused.headers["x-should-retry"]) == (503, "false")
    assert (refused.headers["x-llmock-backend"], refused.headers["x-llmock-attempts"]) == ("a", "0")


def test_deadlines_open_the_breaker_and_say_what_was_tried(opened):
    """A backend that hangs is out of order, whether its attempt or the whole request ran out of time."""
    session = opened(settings={"CircuitBreakerFailureThreshold": 2, "TimeoutSeconds": 5}, clock="virtual")

    async def hangs(prompt):
        await session.clock.sleep(60)
        yield Delta(end=End())

    session.backends.add("a", hangs)

    answers = [httpx.post(f"{session.url}/api/mock/x?backend=a&timeout=3", json=SHAPE) for _ in range(3)]
    patient = httpx.post(f"{session.url}/api/mock/x?backend=a&timeout=300", json=SHAPE)

    assert [answer.status_code for answer in answers] == [504, 504, 503]
    assert patient.status_code == 503
    assert session.monitor["a"].breaker.trips == 1


def test_a_deadline_names_the_failures_before_it(opened):
    """The last attempt was cut off; why there was more than one stands beside it."""
    session = opened(settings={"TimeoutSeconds": 50}, clock="virtual", seed=1)

    async def hangs(prompt):
        await session.clock.sleep(600)
        yield Delta(end=End())

    session.backends.add("a", hangs)

    answer = httpx.post(f"{session.url}/api/mock/x?backend=a&timeout=90", json=SHAPE)

    assert answer.status_code == 504
    assert "Tried before: a: Backend 'a' did not complete its answer within 50 s" in answer.text


def test_a_deadline_in_the_queue_says_so(opened):
    """Nobody was asked: the request waited for its turn."""
    session = opened(settings={"MaxConcurrentRequests": 1})
    asked = []

    async def hangs(prompt):
        asked.append(prompt)
        await session.clock.sleep(1)
        yield Delta(end=End())

    session.backends.add("a", hangs)
    with ThreadPoolExecutor() as threads:
        url = f"{session.url}/api/mock/x?backend=a"
        first = threads.submit(httpx.post, f"{url}&timeout=0.6", json=SHAPE)
        while not asked:
            sleep(0.001)
        second = httpx.post(f"{url}&timeout=0.1", json=SHAPE)

    assert first.result().status_code == 504
    assert "It was waiting for its turn at backend 'a' (MaxConcurrentRequests)." in second.text


def test_an_answer_without_an_end_is_asked_for_again(opened):
    """A function that just stops has given nothing whole, whoever asks for it."""
    session = opened(settings={"MaxRetryAttempts": 1}, clock="virtual")
    asked = []

    async def stops(prompt):
        asked.append(prompt)
        yield Delta(ANSWER)
        if len(asked) > 1:
            yield Delta(end=End())

    session.backends.add("a", stops)

    answer = chat(session, "a")

    assert answer.json()["choices"][0]["message"]["content"] == ANSWER
    assert [attempt.outcome for attempt in session.calls[-1].attempts] == ["failure", "success"]

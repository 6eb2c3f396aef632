"""Who answers in whose place, and what is said when nobody does."""

import asyncio

import pytest
from poolside import CUT, HANG, REFUSED, Rig, Told, run, said

from pytest_llmock.errors import BackendError, Failure, NoBackendError

ONCE = {"enable_retry_policy": False}
GONE = Failure("resolve", "no such host")


@pytest.mark.parametrize(
    "failure",
    [
        *[said(code) for code in (401, 403, 404, 408, 429, 500, 503)],
        REFUSED,
        CUT,
        GONE,
        Failure("protocol", "HTML"),
    ],
    ids=lambda failure: f"{failure.kind} {failure.status or ''}",
)
def test_when_one_does_not_answer_the_next_is_asked(failure):
    """The answer says who gave it, and the journal why."""
    rig = Rig({"a": [failure], "b": ["well"]}, **ONCE)

    completion = run(rig.ask())

    assert (completion.text, completion.backend, completion.origin.attempts) == ("well", "b", 2)
    assert [(each.backend, each.reason) for each in rig.calls[0].attempts] == [
        ("a", "asked"),
        ("b", "failover"),
    ]
    assert rig.calls[0].backend == "b"


def test_a_request_that_is_wrong_is_wrong_everywhere():
    """400 is told at once."""
    rig = Rig({"a": [said(400)], "b": ["well"]})

    error = run(rig.outcome())

    assert error.failure.status == 400
    assert rig.told["b"].asked == 0


def test_each_is_repeated_before_the_next_is_asked():
    """Retry is the inner one."""
    rig = Rig({"a": [said(500)], "b": [said(500), "well"]}, max_retry_attempts=2)

    run(rig.ask())

    assert [(each.backend, each.reason) for each in rig.calls[0].attempts] == [
        ("a", "asked"),
        ("a", "retry"),
        ("a", "retry"),
        ("b", "failover"),
        ("b", "retry"),
    ]


def test_a_host_that_does_not_resolve_is_left_at_once():
    """The same name will not resolve in a second."""
    rig = Rig({"a": [GONE], "b": ["well"]})

    text = run(rig.outcome())

    assert (text, rig.told["a"].asked, rig.clock.waits) == ("well", 1, [])


def test_a_stream_that_has_begun_is_not_continued_by_another():
    """Its reader gets the failure; the halves of two answers are no answer."""
    rig = Rig({"a": [("begun", CUT)], "b": ["well"]}, **ONCE)

    error = run(rig.outcome(whole=False))

    assert error.failure == CUT
    assert rig.told["b"].asked == 0


def test_a_whole_answer_that_breaks_off_comes_from_another():
    """Nothing of the first is in it."""
    rig = Rig({"a": [("begun", CUT)], "b": ["well"]}, **ONCE)

    assert run(rig.outcome()) == "well"


def test_when_nobody_answers_the_error_names_everybody():
    """Status, wait and body are those of the last one asked."""
    last = Failure("status", "said 503", 503, 7.0, '{"error": "busy"}')
    rig = Rig({"a": [said(500)], "b": [REFUSED], "c": [last]}, **ONCE)

    error = run(rig.outcome())

    assert isinstance(error, BackendError)
    assert error.message == (
        "None of the backends 'a', 'b', 'c' answered. a: said 500 b: connection refused c: said 503"
    )
    assert (error.backend, error.failure.status, error.failure.retry_after_s) == ("c", 503, 7.0)
    assert error.failure.body == last.body


def test_when_nobody_can_be_reached_there_is_no_backend():
    """503, with the list of those who were tried."""
    rig = Rig({"a": [REFUSED], "b": [GONE]}, **ONCE)

    error = run(rig.outcome())

    assert isinstance(error, NoBackendError)
    assert error.message == (
        "No LLM backend available: none of 'a', 'b' could be reached. a: connection refused b: no such host"
    )


def test_a_failure_without_a_name_is_given_one():
    """A test's own function need not say who it is."""
    rig = Rig({"a": Told((said(500),), name=""), "b": Told((said(500),), name="")}, **ONCE)

    error = run(rig.outcome())

    assert error.message == "None of the backends 'a', 'b' answered. a: said 500 b: said 500"


OPEN = {"circuit_breaker_failure_threshold": 1, "circuit_breaker_duration_seconds": 30, **ONCE}


def test_an_open_breaker_gives_the_next_its_turn():
    """The call costs the open one nothing, and its attempt is not in the journal."""
    rig = Rig({"a": [said(500)], "b": ["well"]}, **OPEN)
    run(rig.ask())

    run(rig.ask())

    assert rig.told["a"].asked == 1
    assert [(each.backend, each.reason) for each in rig.calls[1].attempts] == [("b", "failover")]


def test_when_all_are_open_the_one_due_first_is_asked():
    """Somebody must be; when it answers, it is closed again."""
    rig = Rig({"a": [said(500)], "b": [said(500), "well"]}, **OPEN)
    run(rig.outcome("b"))
    rig.clock.advance(3)
    run(rig.outcome("a"))

    text = run(rig.outcome("a", "b"))

    assert (text, rig.told["a"].asked) == ("well", 1)
    assert [rig.pool.members[name].breaker.state for name in "ab"] == ["open", "closed"]


def test_the_last_resort_is_not_one_that_somebody_tries_already():
    """While one is being tried early, the next caller tries another."""
    rig = Rig({"a": [said(500), HANG], "b": [said(500), "well"]}, **OPEN)

    async def main():
        await rig.outcome("a", "b")
        trying = asyncio.ensure_future(rig.ask("a", "b"))
        await asyncio.sleep(0.01)
        text = await rig.outcome("a", "b")
        trying.cancel()
        await asyncio.gather(trying, return_exceptions=True)
        return text

    assert run(main()) == "well"


def test_while_all_are_being_tried_a_further_caller_is_refused():
    """At once, with all of them named."""
    rig = Rig({"a": [said(500), HANG], "b": [said(500), HANG]}, **OPEN)

    async def main():
        await rig.outcome("a", "b")
        trying = [asyncio.ensure_future(rig.ask("a", "b")) for _ in range(2)]
        await asyncio.sleep(0.01)
        outcome = await asyncio.wait_for(rig.outcome("a", "b"), 5)
        for task in trying:
            task.cancel()
        await asyncio.gather(*trying, return_exceptions=True)
        return outcome

    assert isinstance(run(main()), NoBackendError)


def test_when_the_last_resort_fails_too_all_are_named():
    """With what they said when they were asked last."""
    rig = Rig({"a": [REFUSED], "b": [said(500)]}, **OPEN)
    run(rig.outcome("b"))
    run(rig.outcome("a"))

    error = run(rig.outcome("b", "a"))

    assert error.message.startswith(
        "None of the backends 'b', 'a' answered. b: Backend 'b' was not asked: its "
    )
    assert error.message.endswith(" b: said 500")
    assert (error.failure.status, rig.told["a"].asked, rig.told["b"].asked) == (500, 1, 2)


def test_one_backend_alone_is_refused_while_it_is_open():
    """There is nobody else to spare, so its breaker holds."""
    rig = Rig({"a": [said(500)]}, **OPEN)
    run(rig.outcome())

    error = run(rig.outcome())

    assert (error.status, error.failure.retry_after_s, rig.told["a"].asked) == (503, 30, 1)


def test_a_closed_answer_asks_nobody_else():
    """A reader that leaves is no failure."""
    rig = Rig({"a": [("begun", HANG)], "b": ["well"]}, **ONCE)

    async def main():
        deltas = rig.deltas(whole=False)
        await anext(deltas)
        await deltas.aclose()

    run(main())

    assert (rig.told["a"].closed, rig.told["b"].asked, rig.busy()) == (1, 0, 0)


def test_a_failure_of_all_in_replay_is_waited_for_by_nobody():
    """What both recordings say of the pace, their common failure says too."""
    told = {name: Told((said(500),), name, 0.0) for name in "ab"}
    rig = Rig(told, max_retry_attempts=0)

    error = run(rig.outcome("a", "b"))

    assert (error.failure.status, error.pace) == (500, 0.0)

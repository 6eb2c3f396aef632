"""Faults that were recorded: in replay the pool does again what it did, without a server and without waiting."""

import time

import pytest
from canned import FINE, STREAMED, reply, word
from fleet import QUESTION, words

from pytest_llmock.cassettes.maintenance.found import Opened
from pytest_llmock.cassettes.record import seconds_of
from pytest_llmock.choice import Place
from toxics import Canned, Cut, Delay, Reset, Stall
from waiting import until

HEADERS = STREAMED.index(b"\r\n\r\n") + 4
MIDDLE = STREAMED.index(word("c", '"stop"').encode())
BUSY = Canned(reply(b'{"error": "busy"}', status=429, Retry_After="7"))
BROKEN = Canned(reply(b'{"error": "broken"}', status=500))
PAGE = Canned(reply(b"<html></html>", type="text/html"))
SEQUENCES = {
    "busy": [[BUSY]],
    "busy-beyond-the-deadline": [[Canned(reply(b"", status=429, Retry_After="1000"))]],
    "broken": [[BROKEN], [BROKEN]],
    "broken-four-times": [[BROKEN]] * 4,
    "page": [[PAGE]],
    "cut-before-the-headers": [[Reset()]],
    "cut-before-its-words": [[Canned(STREAMED), Cut(HEADERS)]],
    "cut-in-the-middle": [[Canned(STREAMED), Reset(MIDDLE)]],
    "stalled-in-the-middle": [[Canned(STREAMED), Stall(MIDDLE)]],
    "all-of-them": [[BUSY], [Canned(STREAMED), Cut(MIDDLE)], [BROKEN], [PAGE]],
}


@pytest.fixture
def recorded(fleet, tmp_path):
    """Opens a session like `fleet` that records, and after it one that plays."""
    place = Place(lambda: tmp_path / "faults.yaml")

    def recorded(*servers, plays, **options):
        mode = {"record": "none", "clock": "real"} if plays else {"record": "once"}
        return fleet(*servers, place=place, **mode, **options)

    return recorded


def told(pool, answers):
    """Everything that a caller and a test see of what happened."""
    calls = [
        [(each.backend, each.reason, each.outcome, each.error, each.usage) for each in call.attempts]
        for call in pool.session.calls
    ]
    breakers = [member.guard for member in pool.session.pool.members.values()]
    return [(each.status_code, each.text) for each in answers], calls, breakers


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("sequence", SEQUENCES.values(), ids=SEQUENCES)
def test_faults_are_met_again_as_they_were(recorded, server, spare, sequence, stream):
    """Answers, attempts with their errors, and breakers are the same; nobody is asked, nothing is waited for."""
    server.always(Canned(FINE))
    spare.always(Canned(FINE))
    seen, asked = [], []

    for plays in (False, True):
        for script in sequence * (not plays):
            server.next(*script)
        pool = recorded(server, spare, plays=plays, settings={"TimeoutSeconds": 3})
        seen.append(told(pool, [pool.ask(stream=stream) for _ in range(2)]))
        asked.append((server.connections, spare.connections))
        waited = pool.call.seconds
        pool.end()

    assert seen[0] == seen[1]
    assert asked[0] == asked[1]
    assert waited < 1


def test_half_an_answer_is_never_played_as_one(recorded, server, tmp_path):
    """What was cut stands in the cassette with its failure, and what was asked again with its end (row 7)."""
    server.next(Canned(STREAMED), Reset(MIDDLE)).next(Canned(STREAMED))
    pool = recorded(server, plays=False)

    answer = pool.ask()
    pool.end()

    contents = [recording.content for recording in Opened.at(tmp_path / "faults.yaml").recordings]
    assert words(answer) == "abc"
    assert [(each.completion.text, each.completion.finish_reason) for each in contents] == [
        ("ab", None),
        ("abc", "stop"),
    ]
    assert [each.failure.kind if each.failure else None for each in contents] == ["cut", None]


def test_answer_that_its_client_left_is_recorded_as_incomplete(recorded, server, tmp_path):
    """Whoever plays it is told that the rest was never heard (row 37)."""
    server.next(Canned(STREAMED), Stall(MIDDLE))
    pool = recorded(server, plays=False)

    with pool.client.stream("POST", "/v1/chat/completions", json={**QUESTION, "stream": True}) as answer:
        next(line for line in answer.iter_lines() if '"b"' in line)
    until(lambda: not pool.session.work)
    pool.end()

    (recording,) = Opened.at(tmp_path / "faults.yaml").recordings
    assert (recording.content.completion.text, recording.content.truncated) == ("ab", True)
    assert server.idle.is_set()


def test_breaker_opens_in_replay_as_it_did(recorded, server):
    """Five calls failed, three were refused; so it is again (row 15)."""
    server.always(BROKEN)
    seen = []

    for plays in (False, True):
        pool = recorded(server, plays=plays, settings={"EnableRetryPolicy": False})
        statuses = [pool.ask().status_code for _ in range(8)]
        seen.append((statuses, pool.breaker("a").guard))
        pool.end()

    assert seen[0] == seen[1]
    assert (seen[0][0], seen[0][1].refused) == ([500] * 5 + [503] * 3, 3)
    assert server.connections == 5


def test_time_that_replay_skips_counts_for_a_breaker(recorded, server, spare):
    """A breaker that opened for 0.2 s lets a call try after another one that took 0.3 s, then and now."""
    server.next(BROKEN)
    server.always(Canned(FINE))
    spare.always(Canned(FINE), Delay(0.3))
    settings = {"EnableRetryPolicy": False, "Failover": False}
    settings |= {"CircuitBreakerFailureThreshold": 1, "CircuitBreakerDurationSeconds": 0.2}
    seen = []

    for plays in (False, True):
        pool = recorded(server, spare, plays=plays, settings=settings)
        seen.append([pool.ask(backend=name).status_code for name in "aaba"])
        pool.end()

    assert seen == [[500, 503, 200, 200]] * 2


def test_time_that_replay_skips_counts_for_the_deadline(recorded, server, spare):
    """After 0.3 s of 1.2 s a wait of one second is not begun, then and now."""
    server.always(Canned(reply(b"", status=429, Retry_After="1")), Delay(0.3))
    spare.always(Canned(FINE))
    settings = {"DeadlineSeconds": 1.2, "RetryBaseDelaySeconds": 0.001}
    tries = []

    for plays in (False, True):
        pool = recorded(server, spare, plays=plays, settings=settings)
        assert words(pool.ask()) == "fine"
        tries.append(pool.tries)
        pool.end()

    assert tries == ["a asked, b failover"] * 2


def test_waits_that_replay_skips_count_for_the_deadline(recorded, server, spare):
    """Two waits of 7 s fit into 20 s and a third does not, whether they are waited for or not (row 12)."""
    server.always(BUSY)
    spare.always(Canned(FINE))
    tries = []

    for plays in (False, True):
        pool = recorded(server, spare, plays=plays, settings={"DeadlineSeconds": 20})
        for _ in range(2):
            assert words(pool.ask()) == "fine"
            tries.append(pool.tries)
        pool.end()

    assert tries == ["a asked, a retry, a retry, b failover"] * 4


def test_recording_is_dated_by_real_time(recorded, server, tmp_path):
    """An hour of virtual time does not put it into the future, where nobody could have made it."""
    server.always(Canned(FINE))
    pool = recorded(server, plays=False)
    began = time.time()

    pool.session.clock.advance(3600)
    pool.ask()
    pool.end()

    (recording,) = Opened.at(tmp_path / "faults.yaml").recordings
    assert began <= seconds_of(recording.content.recorded.at) <= time.time()


@pytest.mark.parametrize("why", ["down", "wrong-key"])
def test_failover_from_a_backend_that_was_not_there_is_met_again(recorded, server, spare, why):
    """What is not recorded else is recorded where another answered in its place: replay has to get that far."""
    server.always(Canned(reply(b'{"error": "who?"}', status=401)))
    spare.always(Canned(FINE))
    if why == "down":
        server.down()
    seen = []

    for plays in (False, True):
        pool = recorded(server, spare, plays=plays)
        seen.append(told(pool, [pool.ask()]))
        pool.end()

    assert seen[0] == seen[1]
    assert [status for status, _ in seen[0][0]] == [200]
    assert spare.connections == 1


def test_backend_that_nobody_replaced_is_asked_anew_by_the_next_run(recorded, server, tmp_path):
    """A server that was down says nothing worth keeping."""
    server.down()
    pool = recorded(server, plays=False, settings={"Failover": False})

    assert pool.ask().status_code == 502
    pool.end()

    assert not (tmp_path / "faults.yaml").exists()


def test_sdk_is_not_made_to_wait_in_replay(recorded, server):
    """The provider's Retry-After is told as it was, and beside it that nobody need wait."""
    server.always(BUSY)
    answers = []

    for plays in (False, True):
        pool = recorded(server, plays=plays, settings={"EnableRetryPolicy": False})
        answers.append(pool.ask())
        pool.end()

    assert [answer.headers["retry-after"] for answer in answers] == ["7", "7"]
    assert [answer.headers.get("retry-after-ms") for answer in answers] == [None, "1"]

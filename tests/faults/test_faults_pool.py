"""The fault matrix as a whole request meets it: asked again, of somebody else, left alone, or ended in time.

Every test opens its session with `fleet`, which looks afterwards that no task, thread, slot or connection is
left, that no key was shown, and that the server answers the next request.
"""

import asyncio
import ssl
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate

import pytest
from canned import FINE, KEY, SAID, STREAM, STREAMED, Held, bomb, chunked, reply, word
from fleet import message, words

from faultproxy import FaultProxy
from toxics import Canned, Cut, Dribble, Garbage, Reset, Stall
from waiting import until

ONCE_MORE = "a asked, a retry"
FOUR_TIMES = "a asked, a retry, a retry, a retry"
ELSEWHERE = "a asked, b failover"


def refusal(status, said="no", **headers):
    """A server's error."""
    return Canned(reply(f'{{"error": {{"message": "{said}"}}}}'.encode(), status=status, **headers))


def fine(*servers):
    """The servers, which answer from now on."""
    for server in servers:
        server.always(Canned(FINE))


def test_backend_that_refuses_connections_is_replaced_by_the_next(proxy, fleet, server):
    """Asked four times, then the model server answers in its place (row 1)."""
    server.down()
    pool = fleet(server, proxy)

    answer = pool.ask()

    assert (answer.status_code, bool(words(answer))) == (200, True)
    assert pool.tries == f"{FOUR_TIMES}, b failover"
    assert (answer.headers["x-llmock-backend"], answer.headers["x-llmock-attempts"]) == ("b", "5")


def test_when_all_are_down_the_answer_is_a_503_with_the_list(fleet, server, spare):
    """Who was asked, and what each of them said, is in the message (row 1)."""
    server.down()
    spare.down()
    pool = fleet(server, spare)

    answer = pool.ask()

    hint = "Is LM Studio's server running? Start it with `lms server start`."
    refused = [
        f"{name}: Backend '{name}' (lmstudio at {down.url.removesuffix('/v1/')}) cannot be reached: "
        f"connection refused. {hint}"
        for name, down in {"a": server, "b": spare}.items()
    ]
    assert answer.status_code == 503
    assert message(answer) == (
        f"No LLM backend available: none of 'a', 'b' could be reached. {' '.join(refused)}"
    )


def test_error_of_the_mock_api_lists_every_try(fleet, server, spare):
    """Each with its backend, in order (row 1)."""
    server.down()
    spare.down()
    pool = fleet(server, spare, settings={"MaxRetryAttempts": 1})

    answer = pool.client.get("/api/mock/users")

    tried = answer.json()["error"]["details"]["attempts"]
    assert answer.status_code == 503
    assert [each["backend"] for each in tried] == ["a", "a", "b", "b"]
    assert all("connection refused" in each["error"] for each in tried)


def test_server_that_comes_back_while_we_wait_is_asked_again(fleet, server):
    """A restart costs a retry, and nobody else need answer (row 1)."""
    server.down()
    pool = fleet(server, clock="real", settings={"RetryBaseDelaySeconds": 0.2, "MaxRetryAttempts": 20})
    up = threading.Timer(0.1, lambda: (fine(server), server.up()))
    up.start()

    answer = pool.ask()
    up.join()

    assert (answer.status_code, words(answer)) == (200, "fine")
    assert set(pool.tries.split(", ")[1:]) == {"a retry"}


def test_name_that_does_not_resolve_is_asked_once(fleet, spare):
    """It will not resolve in a second either: the next backend answers at once (row 2)."""
    fine(spare)
    pool = fleet("http://llm.invalid/v1/", spare)

    answer = pool.ask()

    assert (answer.status_code, pool.tries) == (200, ELSEWHERE)
    assert "its host name does not resolve" in pool.call.attempts[0].error
    assert "http://llm.invalid" in pool.call.attempts[0].error


def test_connect_that_nobody_accepts_is_tried_again_and_elsewhere(fleet, spare, full_backlog):
    """Each attempt is given up after its own time (row 3)."""
    fine(spare)
    pool = fleet(full_backlog, spare, settings={"TimeoutSeconds": 0.1, "MaxRetryAttempts": 1})

    answer = pool.ask()

    assert (answer.status_code, pool.tries) == (200, f"{ONCE_MORE}, b failover")
    assert "did not answer within 0.1 s" in pool.call.attempts[1].error


@pytest.fixture
def encrypted(runtime, tmp_path):
    """A TLS server whose certificate nobody trusts, behind a proxy that counts who comes."""
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    request = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=test"
    )
    made = subprocess.run([*request.split(), "-keyout", key, "-out", cert], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("the openssl command is missing")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    listening = asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    server = runtime.thread.run_sync(listening)
    with FaultProxy(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/") as proxy:
        yield proxy
    runtime.thread.loop.call_soon_threadsafe(server.close)


def test_certificate_that_nobody_trusts_is_not_tried_again(encrypted, fleet):
    """Nor does it become trusted because nobody else is there (row 4)."""
    pool = fleet(encrypted.url.replace("http:", "https:"))

    answer = pool.ask()

    assert (answer.status_code, pool.tries, encrypted.connections) == (502, "a asked", 1)
    assert "has a TLS certificate that is not trusted: self-signed certificate." in message(answer)


def test_https_to_a_server_of_http_is_not_tried_again(fleet, server):
    """The scheme is a mistake in the settings, and the message says so (row 5)."""
    server.always(Garbage(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    pool = fleet(server.url.replace("http:", "https:"))

    answer = pool.ask()

    assert (answer.status_code, pool.tries, server.connections) == (502, "a asked", 1)
    assert message(answer).endswith("Should 'BaseUrl' begin with http://?")


SHORT = FINE.replace(b"Content-Length: ", b"Content-Length: 1")
NOISE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nlskdu018973t09"
)
HEADERS = STREAMED.index(b"\r\n\r\n") + 4
PASSING = {
    "reset-before-the-headers": [Reset()],
    "closed-in-the-headers": [Cut(40)],
    "reset-in-the-body": [Canned(STREAMED), Reset(HEADERS + 50)],
    "closed-in-the-body": [Canned(STREAMED), Cut(HEADERS + 50)],
    "length-larger-than-the-body": [Canned(SHORT)],
    "noise-for-a-chunk": [Canned(NOISE)],
    "hangs-before-the-headers": [Canned(FINE), Stall()],
    "hangs-after-the-headers": [Canned(STREAMED), Stall(HEADERS)],
    "status-500": [refusal(500)],
    "status-408": [refusal(408)],
    "no-choices": [Canned(reply(b'{"choices": []}'))],
    "stream-of-usage-alone": [Canned(chunked('{"choices": [], "usage": {}}', "[DONE]"))],
    "stream-without-an-end": [Canned(chunked(word("a"), word("b")))],
    "stream-without-a-word": [Canned(reply(b"", type=STREAM))],
}  # fmt: skip


@pytest.mark.parametrize("script", PASSING.values(), ids=PASSING)
def test_failure_that_may_pass_is_asked_again(proxy, fleet, script):
    """The second answer is the whole one of the real server (rows 6, 7, 8, 9, 11, 14, 29, 35)."""
    clean = words(fleet(proxy).ask())
    pool = fleet(proxy.next(*script), settings={"TimeoutSeconds": 1})

    answer = pool.ask()

    assert (answer.status_code, words(answer)) == (200, clean)
    assert (pool.tries, pool.outcomes) == (ONCE_MORE, "failure, success")
    assert pool.call.completion.text == clean
    assert (pool.breaker("a").state, pool.breaker("a").trips) == ("closed", 0)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("toxic", [Reset, Cut], ids=["reset", "closed"])
def test_real_answer_that_is_cut_in_the_middle_is_asked_again(proxy, fleet, toxic, share):
    """Nothing of the first half is in the answer, nor in its journal (rows 7, 35)."""
    first = fleet(proxy)
    clean = words(first.ask())
    pool = fleet(proxy.next(toxic(int(proxy.sent[0] * share))))

    answer = pool.ask()

    assert (words(answer), pool.tries) == (clean, ONCE_MORE)
    assert pool.call.completion.text == clean


@pytest.mark.parametrize("toxic", [Reset, Cut], ids=["reset", "closed"])
def test_client_of_a_stream_that_is_cut_sees_an_error_event(fleet, server, spare, toxic):
    """What was sent cannot be taken back: no other answer follows it, and no [DONE] (rows 7, 35)."""
    fine(spare)
    pool = fleet(server.next(Canned(STREAMED), toxic(STREAMED.index(word("c", '"stop"').encode()))), spare)

    answer = pool.ask(stream=True)

    events = [line for line in answer.text.splitlines() if line]
    assert answer.status_code == 200
    assert [event.partition('"content":')[2][:3] for event in events[:-1]][-2:] == ['"a"', '"b"']
    assert "closed the connection in the middle of its answer." in events[-1]
    assert "[DONE]" not in answer.text
    assert (pool.tries, pool.outcomes, spare.connections) == ("a asked", "failure", 0)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_stream_that_fails_before_its_first_word_is_asked_elsewhere(fleet, server, spare, stream):
    """As long as the client was told nothing, whoever asks for a stream is served like the others (row 35)."""
    server.always(Canned(STREAMED), Reset(HEADERS))
    fine(spare)
    pool = fleet(server, spare)

    answer = pool.ask(stream=stream)

    assert "fine" in answer.text
    assert pool.tries == f"{FOUR_TIMES}, b failover"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_answer_that_dribbles_ends_by_the_deadline(fleet, server, stream):
    """Each byte is in time, all of them together are not (row 10)."""
    server.always(Canned(STREAMED), Dribble(1, every_s=0.05))
    pool = fleet(server)

    answer = pool.ask(stream=stream, timeout=0.4)

    assert answer.status_code == 504
    assert message(answer).startswith("The request was not answered within 0.4 s.")
    assert 0.4 <= pool.call.seconds < 2  # our promise is 0.5, the rest is for a busy machine
    assert (pool.tries, pool.outcomes) == ("a asked", "failure")


def test_stream_that_stops_coming_ends_by_the_deadline_with_an_error_event(fleet, server):
    """Words have come, so the status is sent: the event says what happened (rows 10, 35)."""
    server.always(Canned(STREAMED), Stall(HEADERS + 120))
    pool = fleet(server)

    answer = pool.ask(stream=True, timeout=0.3)

    assert (answer.status_code, pool.call.status) == (200, 504)
    assert '"a"' in answer.text
    assert "The request was not answered within 0.3 s." in answer.text
    assert "[DONE]" not in answer.text


def test_deadline_holds_for_all_backends_together(fleet, server, spare):
    """Whoever takes over gets what is left of the time, not all of it again (rows 10, 11)."""
    spare.always(Canned(FINE), Stall())
    server.always(Canned(FINE), Stall())
    pool = fleet(server, spare, settings={"TimeoutSeconds": 0.3, "MaxRetryAttempts": 0})

    answer = pool.ask(timeout=0.5)

    assert (answer.status_code, pool.tries, pool.outcomes) == (504, ELSEWHERE, "failure, failure")
    assert pool.call.seconds < 2


def test_retry_after_is_waited_for_at_least(fleet, server):
    """A backend that is busy is alive: its breaker stays closed (row 12)."""
    fine(server.next(refusal(429, Retry_After="7")))
    pool = fleet(server)

    answer = pool.ask()

    assert (answer.status_code, pool.tries) == (200, ONCE_MORE)
    assert 7 <= pool.call.seconds < 10
    assert pool.breaker("a").state == "closed"


def test_retry_after_beyond_the_deadline_is_failed_over_at_once(fleet, server, spare):
    """Waiting would be in vain (row 12)."""
    server.always(refusal(429, Retry_After="7"))
    fine(spare)
    pool = fleet(server, spare)

    answer = pool.ask(timeout=5)

    assert (answer.status_code, pool.tries) == (200, ELSEWHERE)
    assert pool.call.seconds < 1


def test_retry_after_beyond_the_deadline_is_told_at_once(fleet, server):
    """With nobody else to ask, the client gets the wish itself (row 12)."""
    server.always(refusal(429, "slow down", Retry_After="7"))
    pool = fleet(server)

    answer = pool.ask(timeout=5)

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert (pool.tries, answer.json()["error"]["type"]) == ("a asked", "rate_limit_error")
    assert pool.call.seconds < 1


def test_breaker_of_a_busy_backend_stays_closed(fleet, server):
    """However often it says 429 (row 12)."""
    server.always(refusal(429))
    pool = fleet(server)

    statuses = [pool.ask().status_code for _ in range(4)]

    assert statuses == [429] * 4
    assert (pool.breaker("a").state, pool.breaker("a").trips, server.connections) == ("closed", 0, 16)


@pytest.mark.parametrize("wish", ["soon", "-5", "nan", ""])
def test_wait_that_makes_no_sense_is_ignored(fleet, server, wish):
    """The usual wait, up to a second, takes its place (row 13)."""
    fine(server.next(refusal(503, Retry_After=wish)))
    pool = fleet(server)

    answer = pool.ask()

    assert (answer.status_code, pool.tries) == (200, ONCE_MORE)
    assert pool.call.seconds < 1.5


def test_retry_after_may_be_a_date(fleet, server):
    """It is waited for until then (row 13)."""
    fine(server.next(refusal(503, Retry_After=formatdate(time.time() + 60, usegmt=True))))
    pool = fleet(server)

    answer = pool.ask()

    assert (answer.status_code, pool.tries) == (200, ONCE_MORE)
    assert 58 < pool.call.seconds < 61


@pytest.mark.parametrize(
    ("wish", "told"),
    [("1e9", "1000000000"), ("1234567", "1234567"), ("200.5", "201")],
    ids=["billion", "two-weeks", "fraction"],
)
def test_wait_of_years_is_told_at_once_in_whole_seconds(fleet, server, wish, told):
    """The header is a number of seconds as HTTP has it, whatever the upstream wrote (row 13)."""
    server.always(refusal(429, Retry_After=wish))
    pool = fleet(server)

    answer = pool.ask()

    assert (answer.status_code, pool.tries, answer.headers["retry-after"]) == (429, "a asked", told)


def test_backend_that_always_fails_is_left_alone_and_tried_again_later(fleet, server):
    """Five failures in a row open its breaker; when the time is over, one call finds it well (row 15)."""
    server.always(refusal(503, "overloaded"))
    pool = fleet(server, settings={"EnableRetryPolicy": False})
    statuses = [pool.ask().status_code for _ in range(20)]
    shut = pool.ask()
    asked = server.connections

    pool.session.clock.advance(30)
    fine(server)
    answers = [words(pool.ask()) for _ in range(2)]

    assert (statuses, asked) == ([503] * 20, 5)
    assert message(shut).startswith("Backend 'a' was not asked: its circuit breaker is open for another ")
    assert message(shut).endswith("overloaded.")
    assert 1 <= int(shut.headers["retry-after"]) <= 30
    assert (answers, server.connections, pool.breaker("a").state) == (["fine"] * 2, 7, "closed")


def test_refusal_of_an_open_breaker_takes_no_time(fleet, server):
    """Less than 5 ms, without a connection (row 15)."""
    server.always(refusal(503))
    pool = fleet(server, settings={"EnableRetryPolicy": False, "CircuitBreakerFailureThreshold": 1})

    for _ in range(20):
        pool.ask()

    quickest = min(call.seconds for call in pool.session.calls[1:])
    assert (quickest < 0.005, server.connections) == (True, 1)


def test_breaker_stays_open_longer_each_time_a_probe_fails(fleet, server):
    """Its duration, then twice that, then three times (row 15)."""
    server.always(refusal(503))
    pool = fleet(server, settings={"EnableRetryPolicy": False, "CircuitBreakerFailureThreshold": 1})
    pool.ask()
    asked = []

    for seconds in (29, 1, 59, 1, 89, 1):
        pool.session.clock.advance(seconds)
        pool.ask()
        asked.append(server.connections)

    assert asked == [1, 2, 2, 3, 3, 4]


def test_retries_end_when_the_breaker_opens(fleet, server):
    """The call that opens it is the last that is made (row 15)."""
    server.always(refusal(503))
    pool = fleet(server, settings={"CircuitBreakerFailureThreshold": 2})

    answer = pool.ask()

    assert (answer.status_code, pool.tries, server.connections) == (503, ONCE_MORE, 2)


def test_callers_in_the_queue_of_a_backend_that_fails_are_not_sent_to_it(fleet, server):
    """Their turn comes when the breaker is open already, and so they are refused (row 15)."""
    server.always(refusal(503))
    settings = {"EnableRetryPolicy": False, "CircuitBreakerFailureThreshold": 3}
    pool = fleet(server, settings=settings, each={"MaxConcurrentRequests": 2})

    with ThreadPoolExecutor(40) as callers:
        calls = [callers.submit(pool.ask) for _ in range(40)]

    assert {call.result().status_code for call in calls} == {503}
    assert server.connections <= 4  # three that failed, and one that was under way
    assert pool.breaker("a").trips == 1


def test_of_fifty_callers_one_tries_a_backend_that_may_be_well_again(fleet, server):
    """The others are refused while it is under way, and all are let in when it has answered (row 16)."""
    server.next(refusal(503))
    pool = fleet(server, settings={"EnableRetryPolicy": False, "CircuitBreakerFailureThreshold": 1})
    pool.ask()
    pool.session.clock.advance(30)
    fine(server.next(Canned(FINE), held := Held()))

    with ThreadPoolExecutor(50) as callers:
        calls = [callers.submit(pool.ask) for _ in range(50)]
        until(lambda: sum(call.done() for call in calls) == 49)
        held.released.set()

    statuses = sorted(call.result().status_code for call in calls)
    assert (statuses, server.connections) == ([200] + [503] * 49, 2)
    assert pool.ask().status_code == 200


@pytest.mark.parametrize("status", [401, 403])
def test_wrong_key_is_not_tried_again_but_elsewhere(fleet, server, spare, status):
    """Another backend has another key; the breaker stays closed, as nothing is out of order (row 17)."""
    server.always(refusal(status, f"Bad key {KEY}"))
    fine(spare)
    pool = fleet(server, spare)

    answers = [pool.ask() for _ in range(6)]

    assert [words(answer) for answer in answers] == ["fine"] * 6
    assert (pool.tries, server.connections) == (ELSEWHERE, 6)
    assert pool.call.attempts[0].error.endswith(
        f"answered {status}: Bad key ***. Check 'ApiKey' of this backend."
    )
    assert pool.breaker("a").trips == 0


def test_wrong_key_of_a_backend_that_was_named_is_told(fleet, server, spare):
    """Who was named is replaced only by what its own list says (row 17)."""
    server.always(refusal(401, f"Bad key {KEY}"))
    pool = fleet(server, spare)

    answer = pool.ask(backend="a")

    assert (answer.status_code, pool.tries, spare.connections) == (401, "a asked", 0)
    assert "Bad key ***." in message(answer)


def test_prompt_that_is_too_long_is_asked_of_nobody_else(proxy, fleet, spare):
    """The request is wrong, wherever it is sent; llama.cpp's own 400 is passed on (row 18)."""
    pool = fleet(proxy, spare)
    question = [{"role": "user", "content": "word " * 9000}]

    answers = [pool.ask(messages=question) for _ in range(6)]

    assert {answer.status_code for answer in answers} == {400}
    assert "context" in message(answers[0])
    assert (pool.tries, proxy.connections, spare.connections) == ("a asked", 6, 0)
    assert pool.breaker("a").trips == 0


def test_model_that_is_not_there_is_named_and_asked_for_elsewhere(fleet, server, spare):
    """It does not appear within a second (row 19)."""
    server.always(refusal(404, "model 'm' not found"))
    fine(spare)
    pool = fleet(server, spare, each={"Provider": "ollama"})

    answer = pool.ask()

    assert (words(answer), pool.tries) == ("fine", ELSEWHERE)
    assert pool.call.attempts[0].error.endswith(
        "answered 404: model 'm' not found. Is the model there? Get it with `ollama pull m`."
    )


LASTING = {
    "page": [Canned(reply(b"<html>Welcome</html>", type="text/html"))],
    "invalid-utf8": [Canned(reply(SAID.replace(b"fine", b"f\xff")))],
    "invalid-utf8-stream": [Canned(chunked(word("a"), word("b", '"stop"')).replace(b'"b"', b'"\xff"'))],
    "bomb": [Canned(reply(bomb(100), Content_Encoding="gzip"))],
    "huge": [Canned(reply(b" " * 17_000_000))],
    "no-http": [Canned(b"ready\r\n\r\n")],
    "no-json": [Canned(reply(b"fine"))],
}


@pytest.mark.parametrize("script", LASTING.values(), ids=LASTING)
def test_answer_that_is_none_is_asked_for_elsewhere(fleet, server, spare, script):
    """Asked again, the same server would say the same; its breaker stays closed (rows 23, 33, 34)."""
    server.always(*script)
    fine(spare)
    pool = fleet(server, spare)

    answer = pool.ask()

    assert (words(answer), pool.tries, server.connections) == ("fine", ELSEWHERE, 1)
    assert "\ufffd" not in answer.text
    assert pool.breaker("a").trips == 0


def test_answer_without_a_word_is_asked_again_by_the_mock_api(fleet, server):
    """It is an answer, but no record: the correction gets one (row 29)."""
    for content in (b"null", b'""'):
        server.next(Canned(reply(SAID.replace(b'"fine"', content))))
    server.always(Canned(reply(SAID.replace(b'"fine"', b'"{\\"name\\": \\"Ann\\"}"'))))
    pool = fleet(server)

    answer = pool.client.post("/api/mock/users", json={"shape": {"name": "x"}})

    assert (answer.json(), pool.tries) == ({"name": "Ann"}, "a asked, a asked, a asked")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_reaches_nobody(fleet, server, spare, status):
    """The host that it names is not even connected to, and who takes over is a backend of ours (row 22)."""
    fine(spare)
    with FaultProxy("http://nowhere/v1/") as elsewhere:
        server.always(refusal(status, Location=elsewhere.url))
        pool = fleet(server, spare)

        answer = pool.ask()

        assert (words(answer), pool.tries) == ("fine", ELSEWHERE)
        assert elsewhere.connections == 0
    assert f"a redirect to {elsewhere.url}, which is not followed" in pool.call.attempts[0].error


def test_byte_order_mark_is_no_fault(fleet, server):
    """The answer behind it is read (row 34)."""
    server.always(Canned(reply(b"\xef\xbb\xbf" + SAID)))
    pool = fleet(server)

    answer = pool.ask()

    assert (words(answer), pool.tries) == ("fine", "a asked")


def opened_stream(pool, **more):
    """A streamed request under way; leave it by leaving the `with`."""
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": True, **more}
    return pool.client.stream("POST", "/v1/chat/completions", json=body)


def test_client_that_leaves_in_the_middle_ends_the_call_of_the_server(proxy, fleet):
    """The real server is left within a second, and the slot is free for the next (row 37)."""
    pool = fleet(proxy, each={"MaxConcurrentRequests": 1})
    with opened_stream(pool, max_tokens=1500) as answer:
        next(answer.iter_lines())

    left = proxy.idle.wait(1)
    after = pool.ask()

    gone = pool.session.calls[0]
    assert (left, after.status_code, proxy.connections) == (True, 200, 2)
    assert [attempt.outcome for attempt in gone.attempts] == ["cancelled"]
    assert gone.error == "The client left before the answer was complete."
    assert pool.session.pool.members["a"].busy == 0


def test_client_that_leaves_while_we_wait_ends_the_waiting(fleet, server):
    """Nobody is asked again for a client that has gone (row 37)."""
    server.always(refusal(429, Retry_After="60"))
    pool = fleet(server, clock="real")

    with pool.sent():
        until(lambda: pool.session.calls and pool.call.attempts and pool.call.attempts[0].outcome)
    until(lambda: not pool.session.work)

    assert (server.connections, pool.session.pool.members["a"].busy) == (1, 0)
    assert pool.call.error == "The client left before the answer was complete."


def test_client_that_leaves_the_queue_lets_the_next_one_in(fleet, server):
    """A slot that nobody waits for any more is not kept (row 37)."""
    fine(server.next(Canned(FINE), held := Held()))
    pool = fleet(server, each={"MaxConcurrentRequests": 1})

    with ThreadPoolExecutor(1) as callers:
        first = callers.submit(pool.ask)
        until(server.asked.is_set)
        with pool.sent():
            until(lambda: pool.session.pool.members["a"].busy == 2)
        until(lambda: pool.session.pool.members["a"].busy == 1)
        held.released.set()

    assert (words(first.result()), words(pool.ask()), server.connections) == ("fine", "fine", 2)


USAGES = {
    "missing": "",
    "null": ', "usage": null',
    "text": ', "usage": "many"',
    "negative": ', "usage": {"prompt_tokens": -3, "completion_tokens": -9}',
    "text-for-numbers": ', "usage": {"prompt_tokens": "3", "completion_tokens": "9"}',
    "fractions": ', "usage": {"prompt_tokens": 1.5, "completion_tokens": 1e999}',
}


@pytest.mark.parametrize("usage", USAGES.values(), ids=USAGES)
def test_usage_that_cannot_be_is_estimated_and_paid_for(fleet, server, usage):
    """Cost and reports go on, and say that they are an estimate (row 38)."""
    server.always(Canned(reply(SAID.removesuffix(b"}") + usage.encode() + b"}")))
    pool = fleet(server, each={"InputPricePerMillion": 1000, "OutputPricePerMillion": 2000})

    answer = pool.ask()
    stats = pool.client.get("/llmock/stats").json()["backends"]["a"]
    metrics = pool.client.get("/llmock/metrics")

    assert answer.json()["usage"] == {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    assert stats["tokens"] == {"input": 1, "output": 1, "estimated": True}
    assert (stats["cost"], stats["unpriced"], metrics.status_code) == ("0.003", 0, 200)

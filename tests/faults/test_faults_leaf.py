"""The fault matrix, as far as one live leaf meets it alone: nothing is retried, nothing takes over.

Every fault of this module goes through `fault`, which also checks that no error shows the key, that neither
task nor thread nor connection stays behind, and that the next call is answered.
"""

import asyncio
import socket
import threading
import traceback
import tracemalloc
import zlib
from contextlib import aclosing

import pytest
from canned import FINE, JSON, KEY, SAID, STREAM, STREAMED, bomb, chunked, reply, word
from hypothesis import given, settings
from hypothesis import strategies as st

from faultproxy import FaultProxy
from pytest_llmock.backends.http import Http
from pytest_llmock.backends.openai_compatible import OpenAICompatible
from pytest_llmock.backends.providers import provider_for
from pytest_llmock.errors import BackendError
from pytest_llmock.folding import first, fold
from pytest_llmock.llm import Choice, Message, Prompt, Sampling, Text, Usage
from toxics import Blackhole, Canned, Cut, Dribble, Garbage, Reset, Slice, Stall

HI = Prompt((Message("user", (Text("Hi"),)),), model="m", sampling=Sampling(max_tokens=8, seed=1))
HINT = "Is LM Studio's server running? Start it with `lms server start`."


def leaf(http, url, **options):
    given = {"timeout_s": 5.0, "base_url": url, **options}
    return OpenAICompatible(
        name="x", provider=provider_for("lmstudio"), http=http, api_key=lambda: KEY, **given
    )


async def heard(deltas, words):
    """Put the words into the list as they come; no call of this module may take longer than this."""
    async with asyncio.timeout(20), aclosing(deltas):
        async for delta in deltas:
            words.append(delta.text)


async def fault(http, proxy, *, url="", clean=(), **options):
    """How a call through the spoilt connection fails, and the words that came before: (failure, words)."""
    tasks, threads, words = asyncio.all_tasks(), threading.active_count(), []
    with pytest.raises(BackendError) as caught:
        await heard(leaf(http, url or proxy.url, **options)(HI), words)

    error = caught.value
    shown = f"{error!r}{error.failure!r}{error.details}{''.join(traceback.format_exception(error))}"
    assert "CANARY" not in shown
    assert error.backend == "x"
    assert await asyncio.to_thread(proxy.idle.wait, 5)
    assert asyncio.all_tasks() == tasks
    assert threading.active_count() <= threads + 1  # the worker of to_thread
    answered = await fold(leaf(http, proxy.next(*clean).url)(HI))
    assert answered.text
    return error.failure, "".join(words)


def said_by(failure):
    """A failure's message, without the words that name the backend."""
    return failure.message.partition(") ")[2]


@pytest.mark.asyncio
async def test_server_that_goes_down_and_comes_back_is_refused_and_then_asked(http, proxy):
    """A refused connection is a failure to connect, and leaves nothing that the next call stumbles over (row 1)."""
    proxy.down()
    with pytest.raises(BackendError) as caught:
        await fold(leaf(http, proxy.url)(HI))
    proxy.up()

    completion = await fold(leaf(http, proxy.url)(HI))

    assert caught.value.failure.kind == "connect"
    assert said_by(caught.value.failure) == f"cannot be reached: connection refused. {HINT}"
    assert completion.text


@pytest.mark.asyncio
async def test_name_with_two_addresses_that_refuse_is_refused(http, server, monkeypatch):
    """`localhost` is ::1 and 127.0.0.1 on most machines: the message says the cause, not that both failed (row 1)."""
    server.down()
    port = int(server.url.split(":")[2].split("/")[0])
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))] * 2
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    with pytest.raises(BackendError) as caught:
        await fold(leaf(http, f"http://localhost:{port}/v1/")(HI))

    assert said_by(caught.value.failure) == f"cannot be reached: connection refused. {HINT}"


@pytest.mark.asyncio
async def test_connect_that_nobody_accepts_ends_by_the_timeout(http, full_backlog):
    """A full queue swallows the greeting: the attempt's time bounds connecting too (row 3)."""
    with pytest.raises(BackendError) as caught:
        async with asyncio.timeout(5):
            await fold(leaf(http, full_backlog, timeout_s=0.1)(HI))

    assert caught.value.failure.kind == "timeout"
    assert said_by(caught.value.failure) == f"did not answer within 0.1 s (TimeoutSeconds). {HINT}"


@pytest.mark.asyncio
async def test_https_to_a_server_that_waits_for_http_says_so(http, proxy):
    """llama.cpp takes the TLS greeting for the start of a line, and waits: the scheme is the remedy (row 5)."""
    failure, _ = await fault(http, proxy, url=proxy.url.replace("http:", "https:"), timeout_s=0.2)

    assert failure.kind == "timeout"
    assert said_by(failure) == (
        "did not answer the TLS greeting within 0.2 s (TimeoutSeconds). Should 'BaseUrl' begin with http://?"
    )


@pytest.mark.asyncio
async def test_caller_that_leaves_during_the_tls_greeting_leaves_no_connection(http, server):
    """A cancelled handshake is closed, although httpcore2 forgets it (row 5)."""
    server.next(Blackhole())
    call = asyncio.create_task(fold(leaf(http, server.url.replace("http:", "https:"))(HI)))
    await asyncio.to_thread(server.asked.wait, 5)

    call.cancel()
    await asyncio.wait([call])

    assert call.cancelled()
    assert await asyncio.to_thread(server.idle.wait, 5)


BEFORE = {
    "reset": [Reset()],
    "reset-in-the-status-line": [Reset(7)],
    "closed": [Cut()],
    "closed-in-the-headers": [Cut(40)],
}


@pytest.mark.asyncio
@pytest.mark.parametrize("script", BEFORE.values(), ids=BEFORE)
async def test_connection_lost_before_the_headers_is_a_cut(http, proxy, script):
    """Nothing of an answer was seen, and the next call may be luckier (row 6)."""
    failure, words = await fault(http, proxy.next(*script))

    assert (failure.kind, failure.status, words) == ("cut", None, "")
    assert said_by(failure) == "closed the connection before it answered."


@pytest.mark.asyncio
async def test_connection_that_is_reset_at_once_can_be_retried(http, server):
    """Systems differ in whether the client notices as it connects or as it sends (row 6)."""
    failure, _ = await fault(http, server.next(Garbage(), Reset()), clean=[Canned(FINE)])

    assert failure.kind in {"connect", "cut"}


@pytest.mark.asyncio
@pytest.mark.parametrize("toxic", [Reset, Cut], ids=["reset", "closed"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
async def test_stream_that_is_cut_is_a_cut_after_the_words_that_came(http, proxy, toxic, share):
    """What came is the start of the whole answer, and no `end` makes it look complete (rows 7, 35)."""
    whole = await fold(leaf(http, proxy.url)(HI))

    failure, words = await fault(http, proxy.next(toxic(int(proxy.sent[0] * share))))

    assert (failure.kind, failure.status) == ("cut", None)
    assert said_by(failure) == "closed the connection in the middle of its answer."
    assert whole.text.startswith(words)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "end"), [(STREAMED, STREAMED.index(b"[DONE]")), (FINE, len(FINE))], ids=["stream", "plain"]
)
async def test_answer_that_is_cut_anywhere_before_its_end_is_a_cut(http, server, answer, end):
    """At no byte is half an answer taken for a whole one, or for another kind of failure (rows 7, 8, 35)."""
    places = range(0, end, 5)
    kinds = set()

    for place in places:
        server.next(Canned(answer), Cut(place))
        with pytest.raises(BackendError) as caught:
            await fold(leaf(http, server.url)(HI))
        kinds.add(caught.value.failure.kind)

    assert kinds == {"cut"}
    assert server.connections == len(places)


@pytest.mark.asyncio
@pytest.mark.parametrize("toxic", [Reset, Cut], ids=["reset", "closed"])
async def test_connection_lost_after_done_changes_nothing(http, server, toxic):
    """[DONE] is the end of the answer: what the connection does after it is of no interest (row 35)."""
    server.next(Canned(STREAMED), toxic(STREAMED.index(b"0\r\n\r\n")))

    completion = await fold(leaf(http, server.url)(HI))

    assert completion.choices == (Choice("abc", finish_reason="stop"),)


FRAMING = {
    "noise-for-a-chunk": ("Transfer-Encoding: chunked", b"lskdu018973t09", "cut"),
    "chunk-too-short": ("Transfer-Encoding: chunked", b"ff\r\n" + SAID + b"\r\n0\r\n\r\n", "cut"),
    "unknown-coding": ("Transfer-Encoding: gzip", SAID, "protocol"),
    "negative-length": ("Content-Length: -5", SAID, "protocol"),
    "two-lengths": ("Content-Length: 5\r\nContent-Length: 6", SAID, "protocol"),
    "endless-headers": ("X: " + "a" * 200_000, SAID, "protocol"),
    "nul-in-a-header": ("X: a\0b", SAID, "protocol"),
    "six-compressions": ("Content-Encoding: " + ",".join(["gzip"] * 6), SAID, "protocol"),
}


@pytest.mark.asyncio
@pytest.mark.parametrize(("headers", "body", "kind"), FRAMING.values(), ids=FRAMING)
async def test_broken_framing_is_a_failure_of_its_kind(http, server, headers, body, kind):
    """What is cut may be asked again, what is no HTTP may not (row 9)."""
    answer = f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\n{headers}\r\n\r\n".encode() + body

    failure, words = await fault(http, server.next(Canned(answer)), clean=[Canned(FINE)])

    assert (failure.kind, failure.status, words) == (kind, None, "")


@given(
    at=st.integers(0, len(STREAMED) - 1),
    noise=st.binary(max_size=40),
    answer=st.sampled_from([STREAMED, FINE, b""]),
)
@settings(max_examples=60)
def test_any_bytes_are_an_answer_or_a_failure(at, noise, answer):
    """Noise anywhere in an answer never ends in anything but a BackendError (rows 9, 28)."""

    async def call():
        http = Http()
        try:
            return await fold(leaf(http, server.url, timeout_s=2.0)(HI))
        except BackendError as error:
            return error
        finally:
            await http.aclose()

    with FaultProxy("http://nowhere/v1/") as server:
        server.next(Canned(answer[:at] + noise + answer[at + len(noise) :]))
        found = asyncio.run(call())

    assert getattr(found, "failure", None) or found.choices


SLOW = {
    "headers-dribble": ([Dribble(1, every_s=0.02)], "did not answer"),
    "headers-stop": ([Stall(30)], "did not answer"),
    "hangs-after-headers": ([Canned(STREAMED), Stall(STREAMED.index(b"\r\n\r\n") + 4)], "did not complete its answer"),
    "hangs-in-the-body": ([Canned(STREAMED), Stall(len(STREAMED) // 2)], "did not complete its answer"),
}  # fmt: skip


@pytest.mark.asyncio
@pytest.mark.parametrize(("script", "problem"), SLOW.values(), ids=SLOW)
async def test_slow_server_is_given_up_when_the_time_is_over(http, proxy, script, problem):
    """All waiting together is bounded, not each read (rows 10, 11)."""
    failure, _ = await fault(http, proxy.next(*script), timeout_s=0.5)

    assert (failure.kind, failure.status) == ("timeout", None)
    assert said_by(failure).startswith(f"{problem} within 0.5 s (TimeoutSeconds).")


@pytest.mark.asyncio
async def test_refusal_whose_body_hangs_keeps_its_status(http, server):
    """The headers of a 429 say all that is needed, even if nothing follows them (rows 11, 12)."""
    refused = reply(b'{"error": "slow down"}', status=429, Retry_After="7")
    server.next(Canned(refused), Stall(refused.index(b"\r\n\r\n") + 10))

    failure, _ = await fault(http, server, clean=[Canned(FINE)], timeout_s=0.5)

    assert (failure.kind, failure.status, failure.retry_after_s) == ("status", 429, 7.0)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "wish",
    ["Mon, 01 Jan 2026 00:00:00 +99999999999999999999", "9" * 5000, "Mon, 31 Feb 2026 00:00:00 GMT"],
    ids=["zone-overflows", "5000-digits", "no-such-day"],
)
async def test_wait_that_makes_no_sense_is_no_wish(http, server, wish):
    """A Retry-After that cannot be read costs nobody the status (row 13)."""
    refused = reply(b"", status=503, Retry_After=wish)

    failure, _ = await fault(http, server.next(Canned(refused)), clean=[Canned(FINE)])

    assert (failure.kind, failure.status, failure.retry_after_s) == ("status", 503, None)


ECHOES = {
    "json": reply(f'{{"error": {{"message": "Bad key {KEY}"}}}}'.encode(), status=401),
    "at-the-limit-of-the-reason": reply(f'{{"error": "{"m" * 285} {KEY}"}}'.encode(), status=401),
    "at-the-limit-of-the-body": reply(f'{{"error":{{"message":"{"m" * 460} {KEY}"}}}}'.encode(), status=403),
    "text": reply(f"{'m' * 60} {KEY}".encode(), status=403),
    "page": reply(f"<html>{'m' * 60} {KEY}".encode(), type="text/html"),
    "no-json": reply(f"{'m' * 60} {KEY}".encode()),
    "redirect": reply(b"", status=307, Location=f"http://elsewhere.test/{'m' * 165}?{KEY}"),
    "no-http": f"Bad key {KEY}\r\n\r\n".encode(),
    "event": chunked(f"{'m' * 60} {KEY}"),
    "error-event": chunked(f'{{"error": {{"message": "{"m" * 280} {KEY}"}}}}'),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("answer", ECHOES.values(), ids=ECHOES)
async def test_key_that_the_server_echoes_is_masked_even_where_it_is_cut_short(http, server, answer):
    """Messages quote only the start of what a server said; half a key is a secret too (row 17)."""
    failure, _ = await fault(http, server.next(Canned(answer)), clean=[Canned(FINE)])

    assert failure.kind in {"status", "protocol", "cut"}
    assert KEY[:9] not in failure.message + failure.body


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_redirect_to_another_host_is_not_followed(http, server, status):
    """The other host is not even connected to, so that it cannot see the key (row 22)."""
    with FaultProxy("http://nowhere/v1/") as elsewhere:
        answer = Canned(reply(b"", status=status, Location=elsewhere.url))

        failure, _ = await fault(http, server.next(answer), clean=[Canned(FINE)])

        assert (failure.kind, elsewhere.connections) == ("protocol", 0)
    assert f"answered {status}, a redirect to {elsewhere.url}, which is not followed" in failure.message


@pytest.mark.asyncio
async def test_error_page_of_a_stream_that_failed_is_one_line(http, server):
    """What a server says in an error event cannot flood or colour a terminal (row 36)."""
    event = '{"error": {"message": "\\u001b[31mboom\\n\\n' + "x" * 5000 + '", "code": 500}}'

    failure, _ = await fault(http, server.next(Canned(chunked(event))), clean=[Canned(FINE)])

    assert (failure.kind, failure.status) == ("status", 500)
    assert failure.message.isprintable()
    assert len(failure.message) < 500


ODD = {
    "NaN": (b'{"choices": [{"message": {"content": "fine"}, "logprobs": NaN}]}', "fine"),
    "infinite-usage": (b'{"choices": [{"message": {"content": "fine"}}], "usage": {"prompt_tokens": 1e999}}', "fine"),
    "same-key-twice": (b'{"choices": [], "choices": [{"message": {"content": "fine"}}]}', "fine"),
    "null-content": (b'{"choices": [{"message": {"content": null}}]}', ""),
    "empty-content": (b'{"choices": [{"message": {"content": ""}}]}', ""),
}  # fmt: skip


@pytest.mark.asyncio
@pytest.mark.parametrize(("body", "text"), ODD.values(), ids=ODD)
async def test_envelope_that_is_odd_gives_what_can_be_said_of_it(http, server, body, text):
    """What is no JSON is null, of equal keys the last counts, and no words are an empty answer (rows 28, 29, 38)."""
    completion = await fold(leaf(http, server.next(Canned(reply(body))).url)(HI))

    assert completion.choices == (Choice(text, finish_reason="stop"),)
    assert completion.usage == Usage(1, 1 if text else 0, estimated=True)


@pytest.mark.asyncio
async def test_stream_of_usage_alone_is_no_answer(http, server):
    """No choice ever came: a cut, which may be asked again (row 29)."""
    answer = chunked('{"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 0}}', "[DONE]")

    failure, _ = await fault(http, server.next(Canned(answer)), clean=[Canned(FINE)])

    assert (failure.kind, said_by(failure)) == ("cut", "ended its answer before it said anything.")


def stored(data):
    """The data under gzip once more; the end of the stream never comes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)


BOMBS = {
    "plain": (bomb(1000), "gzip", JSON),
    "twice": (stored(bomb(1000)), "gzip, gzip", JSON),
    "stream": (bomb(1000), "gzip", STREAM),
}


@pytest.fixture
def peak():
    """What tells the most memory that was in use at once, in bytes."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


@pytest.mark.asyncio
@pytest.mark.parametrize(("body", "coding", "type"), BOMBS.values(), ids=BOMBS)
async def test_gigabyte_in_a_megabyte_is_stopped_at_the_limit(http, server, peak, body, coding, type):
    """The limit holds for what comes out, and memory stays within a few times the limit (row 34)."""
    server.next(Canned(reply(body, type=type, Content_Encoding=coding)))

    failure, _ = await fault(http, server, clean=[Canned(FINE)])

    assert said_by(failure) == "sent more than 16777216 bytes, the limit of an answer."
    assert failure.kind == "too_large"
    assert peak() < 100_000_000


@pytest.mark.asyncio
@pytest.mark.parametrize("size", [1, 2, 7, 60])
async def test_stream_cut_at_odd_places_says_the_same(http, proxy, size):
    """However the network slices the bytes of a real server, the answer is the one that it gave (row 36)."""
    whole = await fold(leaf(http, proxy.url)(HI))

    sliced = await fold(leaf(http, proxy.next(Slice(size)).url)(HI))

    assert (sliced.choices, sliced.usage.output_tokens) == (whole.choices, whole.usage.output_tokens)


LINES = {
    "carriage-returns": "\r",
    "carriage-returns-and-line-feeds": "\r\n",
    "comments-between": "\n: ping\n",
}


@pytest.mark.asyncio
@pytest.mark.parametrize("end", LINES.values(), ids=LINES)
async def test_stream_with_any_line_ends_says_the_same_byte_by_byte(http, server, end):
    """Line ends, comments and characters of several bytes, each cut in two (row 36)."""
    events = [word("né "), word("🎉", '"stop"'), "[DONE]"]
    body = (
        "".join(f"data: {event}{end}{end}" for event in events).replace("ping\n: ping\n", "ping\n\n").encode()
    )
    server.next(Canned(reply(body, type=STREAM)), Slice(1))

    completion = await fold(leaf(http, server.url)(HI))

    assert completion.choices == (Choice("né 🎉", finish_reason="stop"),)


@pytest.mark.asyncio
async def test_caller_that_is_cancelled_in_the_middle_ends_the_call_of_the_server(http, proxy):
    """The real server is left within a second, and answers the next call (row 37)."""
    long = Prompt(HI.messages, sampling=Sampling(max_tokens=1500, seed=1))
    begun = asyncio.Event()

    async def read():
        _, deltas = await first(leaf(http, proxy.url)(long))
        begun.set()
        await fold(deltas)

    call = asyncio.create_task(read())
    await begun.wait()
    call.cancel()
    await asyncio.wait([call])

    assert call.cancelled()
    assert await asyncio.to_thread(proxy.idle.wait, 1)
    assert (await fold(leaf(http, proxy.url)(HI))).text


@pytest.mark.asyncio
async def test_caller_that_is_cancelled_before_the_headers_leaves_no_connection(http, server):
    """A call that waits for its server's first byte can be ended as well (row 37)."""
    server.next(Blackhole())
    call = asyncio.create_task(fold(leaf(http, server.url)(HI)))
    await asyncio.to_thread(server.asked.wait, 5)

    call.cancel()
    await asyncio.wait([call])

    assert call.cancelled()
    assert await asyncio.to_thread(server.idle.wait, 1)


USAGES = ['"many"', "null", "[]", '{"prompt_tokens": "3"}', '{"prompt_tokens": -3}', '{"prompt_tokens": 1.5}']


@pytest.mark.asyncio
@pytest.mark.parametrize("usage", USAGES)
async def test_usage_that_cannot_be_is_estimated_in_a_stream_too(http, server, usage):
    """Nonsense is no count: the answer stands, and says that its usage is an estimate (row 38)."""
    server.next(Canned(chunked(word("12345678", '"stop"'), f'{{"choices": [], "usage": {usage}}}', "[DONE]")))

    completion = await fold(leaf(http, server.url)(HI))

    assert (completion.text, completion.usage) == ("12345678", Usage(1, 2, estimated=True))

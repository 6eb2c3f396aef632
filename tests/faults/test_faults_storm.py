"""Hundreds of callers at once, over sockets, of two backends that fail in every way."""

import asyncio
import gc
import json
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from canned import FINE, STREAMED, reply
from fleet import QUESTION, words

from toxics import Canned, Cut, Reset, Stall
from waiting import until

DEADLINE_S = 10
FAULTS = [
    [Reset()],
    [Canned(reply(b"", status=503))],
    [Canned(STREAMED), Cut(200)],
    [Canned(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nlskdu")],
    [Canned(reply(b"", status=500))],
]
HANGS = [Canned(FINE), Stall()]
QUICK = {"RetryBaseDelaySeconds": 0.02, "DeadlineSeconds": DEADLINE_S}


async def asked(url, begin):
    """The status of one request on a connection of its own, sent when all are connected."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    body = json.dumps(QUESTION).encode()
    head = f"POST {parts.path}/v1/chat/completions HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n"
    await begin.wait()
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return int(answer.split(b" ", 2)[1])


def storm(url, calls):
    """The statuses of so many requests at once."""

    async def together():
        async with asyncio.timeout(60):
            return await asyncio.gather(*[asked(url, begin) for _ in range(calls)])

    begin = asyncio.Barrier(calls)
    return asyncio.run(together())


def descriptors():
    """How many files and sockets the process has open, where the system can say it."""
    gc.collect()
    return len([*folder.iterdir()]) if (folder := Path("/dev/fd")).is_dir() else 0


def out_of_order(*servers, more=()):
    """Let the servers fail in every way in turn."""
    for server in servers:
        for script in islice(cycle([*FAULTS, *more]), 2000):
            server.next(*script)


@pytest.mark.parametrize(("calls", "breakers"), [(1000, True), (300, False)], ids=["breakers", "no-breakers"])
def test_callers_of_backends_that_fail_end_in_time_without_a_storm(fleet, server, spare, calls, breakers):
    """Each in its deadline; the retries of a backend are within its budget; nothing is left, all goes on."""
    settings = {**QUICK, "TimeoutSeconds": 0.3, "EnableCircuitBreaker": breakers}
    pool = fleet(server, spare, clock="real", settings=settings)
    pool.ask(backend="synthetic")
    out_of_order(server, spare, more=[HANGS])
    before = descriptors()

    statuses = storm(pool.session.url, calls)

    slowest = max(call.seconds for call in pool.session.calls)
    assert set(statuses) <= {500, 502, 503, 504}
    assert slowest < DEADLINE_S + 1  # our promise is 0.1 s, but here hundreds may end at the same moment
    for name, asked_of in {"a": server, "b": spare}.items():
        member = pool.session.pool.members[name]
        calls = member.repeats.budget.calls
        assert asked_of.connections <= calls + 20 + 0.2 * calls
        assert member.breaker is None or member.breaker.trips > 0
    until(lambda: descriptors() <= before)


def test_all_callers_are_answered_when_one_backend_is_well(fleet, server, spare):
    """Whatever the first does, the second has an answer for everybody."""
    out_of_order(server)
    spare.always(Canned(FINE))
    pool = fleet(server, spare, clock="real", settings=QUICK)

    statuses = storm(pool.session.url, 300)

    assert statuses == [200] * 300
    assert words(pool.ask()) == "fine"
    assert server.connections <= 20 + 1.2 * 300

"""The fault proxy does what its scripts say, and leaves nothing behind."""

import socket
import threading
import time

import pytest

from faultproxy import FaultProxy
from toxics import Blackhole, Canned, Cut, Delay, Dribble, Garbage, Reset, Slice, Stall

REQUEST = b"POST /v1/ HTTP/1.1\r\nContent-Length: 4\r\n\r\nping"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 26\r\n\r\nabcdefghijklmnopqrstuvwxyz"
RESET = "reset"


@pytest.fixture
def target():
    """A server that gives every request the same answer."""
    with FaultProxy("http://nowhere/v1/") as server:
        yield server.always(Canned(ANSWER))


@pytest.fixture
def proxy(target):
    """A proxy in front of it."""
    with FaultProxy(target.url) as proxy:
        yield proxy


def connected(proxy, *, timeout=5.0):
    return socket.create_connection(("127.0.0.1", int(proxy.url.split(":")[2].split("/")[0])), timeout)


def said(client):
    """What a client gets until the end, and how that came: nothing for FIN, RESET, or "timeout"."""
    pieces = []
    try:
        while piece := client.recv(65536):
            pieces.append(piece)
    except ConnectionResetError:
        return b"".join(pieces), RESET
    except TimeoutError:
        return b"".join(pieces), "timeout"
    return b"".join(pieces), ""


def ask(proxy, request=REQUEST, *, timeout=5.0):
    with connected(proxy, timeout=timeout) as client:
        client.sendall(request)
        return said(client)


def test_connection_without_a_script_is_clean(proxy, target):
    """Request and answer pass as they are, and both sides are counted."""
    found = ask(proxy)

    assert found == (ANSWER, "")
    assert (bytes(proxy.requests[0]), bytes(target.requests[0])) == (REQUEST, REQUEST)
    assert (proxy.connections, target.connections, proxy.sent) == (1, 1, [len(ANSWER)])


TOXICS = {
    "cut": ([Cut(30)], (ANSWER[:30], "")),
    "cut-at-once": ([Cut()], (b"", "")),
    "cut-behind-the-end": ([Cut(1000)], (ANSWER, "")),
    "reset": ([Reset(30)], (ANSWER[:30], RESET)),
    "reset-at-once": ([Reset()], (b"", RESET)),
    "stall": ([Stall(30)], (ANSWER[:30], "timeout")),
    "blackhole": ([Blackhole()], (b"", "timeout")),
    "dribble": ([Dribble(20, every_s=0.001)], (ANSWER, "")),
    "slice": ([Slice(7)], (ANSWER, "")),
    "delay": ([Delay(0.001)], (ANSWER, "")),
    "garbage": ([Garbage(b"SSH-2.0-x\r\n")], (b"SSH-2.0-x\r\n", "")),
    "canned": ([Canned(b"HTTP/1.1 204 No\r\n\r\n")], (b"HTTP/1.1 204 No\r\n\r\n", "")),
    "several": ([Delay(0.001), Slice(3), Cut(10)], (ANSWER[:10], "")),
}


@pytest.mark.parametrize(("script", "expected"), TOXICS.values(), ids=TOXICS)
def test_toxic_does_what_it_is_called(proxy, script, expected):
    """Bytes and end of the connection are those of the script, and the connection after it is clean."""
    proxy.next(*script)

    found = ask(proxy, timeout=0.1 if expected[1] == "timeout" else 5.0)

    assert found == expected
    assert ask(proxy) == (ANSWER, "")


def test_scripts_are_used_up_one_a_connection(proxy):
    """In the order given; `always` is for the connections after them."""
    proxy.always(Canned(b"3")).next(Canned(b"1")).next(Canned(b"2"))

    found = [ask(proxy)[0] for _ in range(4)]

    assert found == [b"1", b"2", b"3", b"3"]
    assert ask(proxy.always()) == (ANSWER, "")


def test_canned_answer_waits_for_the_whole_request(proxy, target):
    """Head and body, however they come; the target is not connected to."""
    proxy.next(Canned(b"x"))
    with connected(proxy, timeout=0.05) as client:
        client.sendall(REQUEST[:-1])
        early = said(client)
        client.sendall(REQUEST[-1:])
        late = said(client)

    assert (early, late) == ((b"", "timeout"), (b"x", ""))
    assert target.connections == 0


def test_garbage_waits_for_nothing(proxy):
    """A server that speaks first."""
    proxy.next(Garbage(b"220 mail\r\n"))

    with connected(proxy) as client:
        found = said(client)

    assert found == (b"220 mail\r\n", "")


def test_dribble_pauses_between_its_pieces(proxy):
    """Thirteen pieces take at least twelve pauses."""
    proxy.next(Dribble(5, every_s=0.005))
    began = time.monotonic()

    found = ask(proxy)

    assert found == (ANSWER, "")
    assert time.monotonic() - began >= 0.005 * (len(ANSWER) // 5)


def test_proxy_that_is_down_refuses_until_it_is_up_again(proxy):
    """On the same port; what is open stays open."""
    url = proxy.url
    with connected(proxy.next(Dribble(1, every_s=0.001))) as client:
        client.sendall(REQUEST)
        kept = client.recv(1)
        proxy.down()
        with pytest.raises(ConnectionRefusedError):
            connected(proxy)
        kept += said(client)[0]
    proxy.up()

    assert (kept, ask(proxy), proxy.url) == (ANSWER, (ANSWER, ""), url)


def test_target_that_refuses_looks_like_a_reset(target, proxy):
    """The proxy has accepted the connection already, and cannot take that back."""
    target.down()

    found = ask(proxy)

    assert found == (b"", RESET)


def test_client_that_leaves_is_noticed_by_the_target(target, proxy):
    """The connection to the target ends with the client's."""
    target.next(Canned(ANSWER), Stall(1))
    with connected(proxy) as client:
        client.sendall(REQUEST)
        begun = client.recv(1)
        idle = target.idle.is_set()

    assert (begun, idle) == (ANSWER[:1], False)
    assert target.idle.wait(5)
    assert proxy.idle.wait(5)


def test_end_closes_every_connection_and_joins_the_thread():
    """Clients that still wait get an end, and no thread stays."""
    before = threading.active_count()
    with FaultProxy() as proxy:
        client = connected(proxy.next(Garbage(b"hello"), Stall(5)))
        greeting = client.recv(5)
        during = threading.active_count()
    with client:
        rest = said(client)

    assert (greeting, during, threading.active_count()) == (b"hello", before + 1, before)
    assert rest in {(b"", ""), (b"", RESET)}


def test_mistake_in_a_toxic_is_raised_at_the_end():
    """A test whose toxic does not work must not pass."""

    class Broken:
        async def over(self, _pieces, _request):
            raise ZeroDivisionError
            yield b""

    with pytest.raises(ZeroDivisionError), FaultProxy() as proxy:
        ask(proxy.next(Broken()), timeout=0.05)

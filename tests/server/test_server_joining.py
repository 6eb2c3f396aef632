"""Writes of the server that go together."""

import asyncio
import socket
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.server.joining import Joined


class Wire:
    """What a transport was told, in order."""

    def __init__(self):
        self.told = []

    def write(self, data):
        self.told.append(data)

    def close(self):
        self.told.append("closed")

    def is_closing(self):
        return self.told[-1:] == ["closed"]


def told_of(*steps):
    """What the wire is told by steps: bytes are written, None is a turn of the loop, "close" closes."""

    async def main():
        wire = Wire()
        joined = Joined(wire, asyncio.get_running_loop())
        for step in steps:
            if step is None:
                await asyncio.sleep(0)
            elif step == "close":
                joined.close()
            else:
                joined.write(step)
        await asyncio.sleep(0)
        return wire.told

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        pytest.param([b"head", b"body"], [b"headbody"], id="head and body together"),
        pytest.param([b"head", None, b"event", None], [b"head", b"event"], id="a stream that waits"),
        pytest.param([b"head", b"body", b"end"], [b"headbody", b"end"], id="a third"),
        pytest.param([b"head", b"", b"next"], [b"head", b"next"], id="no body"),
        pytest.param([b"head", "close"], [b"head", "closed"], id="closed at once"),
    ],
)
def test_what_is_written_together_goes_together(steps, told):
    """And what is written alone goes as soon as the loop comes round, or before the end."""
    assert told_of(*steps) == told


@given(st.lists(st.binary(max_size=5) | st.none()))
def test_every_byte_goes_in_its_order(steps):
    """However the writes fall."""
    assert b"".join(told_of(*steps)) == b"".join(step for step in steps if step is not None)


def test_the_rest_of_a_transport_is_as_it_was():
    """Whatever uvicorn asks of it."""
    assert Joined(Wire(), None).is_closing() is False


def test_the_server_sends_a_response_in_one_piece(llmock_server):
    """A client that reads once has the head and the body."""
    address = urlsplit(llmock_server.url)
    with socket.create_connection((address.hostname, address.port)) as client:
        client.sendall(b"GET /api/mock/users HTTP/1.1\r\nhost: x\r\n\r\n")
        answer = client.recv(65_536)

    head, _, body = answer.partition(b"\r\n\r\n")
    assert f"content-length: {len(body)}".encode() in head
    assert body

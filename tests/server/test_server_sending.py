"""How a stream is cut into messages."""

import asyncio

import pytest

from pytest_llmock.server.sending import MOST_HELD_BYTES, ConnectionCutError, send_response
from pytest_llmock.wire.http import Response


async def at_once(*pieces):
    for piece in pieces:
        yield piece


class Client:
    """Takes messages; `slow` ones wait until `.go` is set."""

    def __init__(self, *, is_slow=False):
        self.messages, self.go = [], asyncio.Event()
        if not is_slow:
            self.go.set()

    async def send(self, message):
        self.messages.append(message)
        await self.go.wait()

    @property
    def bodies(self):
        return [message["body"] for message in self.messages[1:]]


def sent(stream):
    """The client that got the stream."""

    async def run():
        client = Client()
        await send_response(Response(stream=stream), client.send)
        return client

    return asyncio.run(run())


@pytest.mark.parametrize("pieces", [(), (b"",), (b"a", b"b", b"c")], ids=["none", "empty", "several"])
def test_what_is_made_without_a_wait_is_one_message_with_its_length(pieces):
    """As if it had been there before."""
    client = sent(at_once(*pieces))

    length = str(len(b"".join(pieces))).encode()
    assert client.bodies == [b"".join(pieces)]
    assert (b"content-length", length) in client.messages[0]["headers"]
    assert not client.messages[1]["more_body"]


def test_what_is_there_goes_when_the_stream_waits():
    """Nobody waits for the next event to see this one; the head goes at the first wait."""

    async def waiting():
        await asyncio.sleep(0.001)
        yield b"a"
        yield b"b"
        await asyncio.sleep(0.001)
        yield b"c"
        await asyncio.sleep(0.001)

    client = sent(waiting())

    assert client.bodies == [b"ab", b"c", b""]
    assert b"content-length" not in dict(client.messages[0]["headers"])


def test_a_large_stream_goes_in_pieces_and_leaves_others_their_turn():
    """It would fill the memory, and hold up everybody else."""
    turns = []

    async def run():
        client = Client()
        ticking = asyncio.get_running_loop().create_task(tick())
        await send_response(Response(stream=at_once(*[b"x" * 1000] * 1000)), client.send)
        ticking.cancel()
        return client

    async def tick():
        while True:
            turns.append(1)
            await asyncio.sleep(0)

    client = asyncio.run(run())

    assert sum(map(len, client.bodies)) == 1_000_000
    assert max(map(len, client.bodies)) < MOST_HELD_BYTES + 1000
    assert len(turns) >= 15


def test_no_more_is_taken_from_a_stream_than_the_client_takes():
    """A client that does not read stops the backend."""

    async def run():
        client, made, enough = Client(is_slow=True), [], asyncio.Event()

        async def endless():
            for number in range(10):
                made.append(number)
                yield b"x"
                await asyncio.sleep(0)
            enough.set()

        task = asyncio.create_task(send_response(Response(stream=endless()), client.send))
        for _ in range(50):
            await asyncio.sleep(0)
        taken = len(made)
        client.go.set()
        await task
        return taken, len(made)

    assert asyncio.run(run()) == (2, 10)


def test_a_stream_that_is_left_is_closed():
    """What it still had to send is not sent."""
    closed = []

    async def endless():
        try:
            while True:
                yield b"x"
                await asyncio.sleep(0)
        finally:
            closed.append(True)

    async def run():
        client = Client(is_slow=True)
        task = asyncio.create_task(send_response(Response(stream=endless()), client.send))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())

    assert closed == [True]


@pytest.mark.parametrize("waits", [0, 3], ids=["at once", "after a wait"])
def test_a_connection_that_is_cut_sends_what_came_and_no_end(waits):
    """So that the client learns that something is missing."""

    async def cut():
        yield b"a"
        for _ in range(waits):
            await asyncio.sleep(0)
        raise ConnectionCutError

    client = sent(cut())

    assert b"".join(client.bodies) == b"a"
    assert all(message["more_body"] for message in client.messages[1:])


def test_a_cut_waits_for_a_piece_that_is_on_its_way():
    """It goes before the connection does."""

    async def run():
        client = Client(is_slow=True)

        async def cut():
            yield b"a"
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            asyncio.get_running_loop().call_soon(client.go.set)
            raise ConnectionCutError

        await send_response(Response(stream=cut()), client.send)
        return client

    assert asyncio.run(run()).bodies == [b"a"]

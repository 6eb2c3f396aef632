"""What can happen to an answer on its way: the toxics that a script of `faultproxy.FaultProxy` is made of.

A toxic is anything with `over(pieces, request)`: an async generator of the bytes that come in place of
`pieces`. Of several the last has the last word. `Canned`, `Garbage` and `Blackhole` take no pieces at all, and
so the target is not even connected to.
"""

import asyncio
from dataclasses import dataclass


class Request:
    """What a client has sent so far: `begun` is set with its first byte, `whole` with the last of one HTTP request.

    Once there is a `writer`, it is given what comes.
    """

    def __init__(self):
        self.data = bytearray()
        self.begun, self.whole = asyncio.Event(), asyncio.Event()
        self.writer = None

    def feed(self, piece):
        self.data += piece
        self.begun.set()
        if self.writer is not None:
            self.writer.write(piece)
        head, end, body = bytes(self.data).partition(b"\r\n\r\n")
        length = head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
        if end and len(body) >= int(length or 0):
            self.whole.set()


@dataclass(frozen=True)
class Canned:
    """These bytes answer the request, then FIN."""

    data: bytes

    async def over(self, _pieces, request):
        await request.whole.wait()
        yield self.data


@dataclass(frozen=True)
class Garbage:
    """These bytes come at once, whatever the client sends, then FIN."""

    data: bytes = b""

    async def over(self, _pieces, _request):
        yield self.data


@dataclass(frozen=True)
class Blackhole:
    """The connection is accepted, and nothing ever comes."""

    async def over(self, _pieces, _request):
        await asyncio.Event().wait()
        yield b""


@dataclass(frozen=True)
class Cut:
    """FIN after so many bytes of the answer; its first byte is waited for even at 0."""

    after: int = 0

    async def over(self, pieces, _request):
        left = self.after
        async for piece in pieces:
            yield piece[:left]
            left -= len(piece)
            if left <= 0:
                return


class Reset(Cut):
    """RST after so many bytes of the answer."""

    async def over(self, pieces, request):
        async for piece in super().over(pieces, request):
            yield piece
        raise ConnectionResetError


class Stall(Cut):
    """Nothing after so many bytes of the answer; the connection stays open."""

    async def over(self, pieces, request):
        async for piece in super().over(pieces, request):
            yield piece
        await asyncio.Event().wait()


@dataclass(frozen=True)
class Slice:
    """The answer in pieces of 1, 2, … `size` bytes and again from 1: cut at odd places."""

    size: int

    async def over(self, pieces, _request):
        length = 0
        async for piece in pieces:
            at = 0
            while at < len(piece):
                length = length % self.size + 1
                yield piece[at : at + length]
                at += length
                await asyncio.sleep(0)


@dataclass(frozen=True)
class Dribble:
    """The answer a few bytes at a time, with a pause after each."""

    size: int = 1
    every_s: float = 0.01

    async def over(self, pieces, _request):
        async for piece in pieces:
            for at in range(0, len(piece), self.size):
                yield piece[at : at + self.size]
                await asyncio.sleep(self.every_s)


@dataclass(frozen=True)
class Delay:
    """The answer, so much later."""

    seconds: float

    async def over(self, pieces, _request):
        await asyncio.sleep(self.seconds)
        async for piece in pieces:
            yield piece

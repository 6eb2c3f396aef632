"""A TCP proxy that spoils answers by script, for tests of what networks and broken servers do.

    with FaultProxy(llama.base_url) as proxy:
        proxy.next(Reset(after=120)).next(Delay(0.1), Slice(7))    # two connections; those after them are clean

The toxics of a script are in `toxics.py`.
"""

import asyncio
import socket
import struct
from collections import deque
from contextlib import suppress
from threading import Event, Thread
from urllib.parse import urlsplit

from toxics import Request

PATIENCE_S = 10
_LINGER_0 = struct.pack("ii", 1, 0)


class FaultProxy:
    """The proxy, on a loop and a thread of its own while its `with` lasts.

    `url` has the target's path; without a target every connection needs a toxic that answers. `connections`
    counts them, `requests` is what each of them said, `sent` how many bytes it got, `asked` is set once one has
    said anything, and `idle` while none is open.
    """

    def __init__(self, target="http://nowhere/"):
        parts = urlsplit(target)
        self._target, self._path = (parts.hostname, parts.port), parts.path
        self._scripts, self._otherwise = deque(), ()
        self._loop, self._server, self._port = asyncio.new_event_loop(), None, 0
        self._thread = Thread(target=self._loop.run_forever, name="faultproxy")
        self._open, self._bugs = {}, []
        self.requests, self.sent = [], []
        self.asked, self.idle = Event(), Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._port}{self._path}"

    @property
    def connections(self):
        return len(self.requests)

    def next(self, *toxics):
        """Spoil one more of the connections to come, in their order."""
        self._scripts.append(toxics)
        return self

    def always(self, *toxics):
        """Spoil every connection that `next` says nothing of; without toxics they are clean again."""
        self._otherwise = toxics
        return self

    def up(self):
        """Listen again, on the same port."""
        self._run(self._listen())

    def down(self):
        """Refuse connections from now on; those that are open stay."""
        self._run(self._refuse())

    def __enter__(self):
        self.idle.set()
        self._thread.start()
        self.up()
        return self

    def __exit__(self, *exc):
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()
        if self._bugs:
            raise self._bugs[0]

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE_S)

    async def _listen(self):
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def _refuse(self):
        self._server.close()

    async def _end(self):
        self._server.close()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for writer in self._open.values():
                writer.transport.abort()
            await asyncio.wait(others, return_when=asyncio.FIRST_COMPLETED)

    def _accept(self, reader, writer):
        self._open[asyncio.create_task(self._serve(reader, writer))] = writer
        self.idle.clear()

    async def _serve(self, reader, writer):
        """One connection: the client is read until it has gone, and meanwhile answered."""
        request = Request()
        script = self._scripts.popleft() if self._scripts else self._otherwise
        self.requests.append(request.data)
        self.sent.append(0)
        answering = asyncio.create_task(self._answer(writer, script, request, len(self.sent) - 1))
        with suppress(ConnectionError):
            while piece := await reader.read(65536):
                request.feed(piece)
                self.asked.set()
        answering.cancel()
        await asyncio.wait([answering])
        if not answering.cancelled() and answering.exception() is not None:
            self._bugs.append(answering.exception())
        writer.transport.abort()
        del self._open[asyncio.current_task()]
        if not self._open:
            self.idle.set()

    async def _answer(self, writer, script, request, number):
        layers = [self._forwarded(request)]
        for toxic in script:
            layers.append(toxic.over(layers[-1], request))
        try:
            async for piece in layers[-1]:
                writer.write(piece)
                await writer.drain()
                self.sent[number] += len(piece)
            writer.write_eof()
        except OSError:  # a toxic resets, the target refuses, or the client has gone
            if not writer.transport.is_closing():
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0)
                writer.transport.abort()
        finally:
            for layer in reversed(layers):
                await layer.aclose()

    async def _forwarded(self, request):
        """What the target says to the request; it sees its client leave when ours does."""
        await request.begun.wait()
        reader, writer = await asyncio.open_connection(*self._target)
        try:
            writer.write(bytes(request.data))
            request.writer = writer
            while piece := await reader.read(65536):
                yield piece
        finally:
            request.writer = None
            writer.transport.abort()

"""Responses to ASGI messages: what is ready together is sent together."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from types import MappingProxyType

from starlette.types import Message, Send

from pytest_llmock.wire.http import Response

MOST_HELD_BYTES = 65_536


class ConnectionCutError(Exception):
    """Raised by a stream that is to end with its connection: a fault that a test injected."""


async def send_response(
    response: Response, send: Send, *, headers: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Send the response with `headers` beside its own; a stream as it comes."""
    named = {"content-type": response.content_type, **response.headers, **headers}
    head = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in named.items()]
    start = {"type": "http.response.start", "status": response.status, "headers": head}
    if response.stream is None:
        head.append((b"content-length", str(len(response.body)).encode()))
        await send(start)
        await send({"type": "http.response.body", "body": response.body})
        return
    await _Sender(send, start, head).send_all(response.stream)


class _Sender:
    """Sends a stream whenever whoever makes it waits, and else in pieces of `MOST_HELD_BYTES`.

    So a stream that is made without a wait is one message with its length, and an event of a live backend
    goes at once. No more is taken from the stream than the client takes.
    """

    def __init__(self, send: Send, start: Message, head: list[tuple[bytes, bytes]]) -> None:
        self._send, self._start, self._head = send, start, head
        self._has_started = False
        self._held: list[bytes] = []
        self._size = 0
        self._loop = asyncio.get_running_loop()
        self._sending: asyncio.Task[None] | None = None

    async def send_all(self, stream: AsyncGenerator[bytes, None]) -> None:
        later = self._loop.call_soon(self._send_soon)  # called when the stream waits for the first time
        try:
            async with aclosing(stream):
                async for piece in stream:
                    if self._sending is not None:
                        await self._sending
                        self._sending = None
                    if not self._held:
                        later.cancel()
                        later = self._loop.call_soon(self._send_soon)
                    self._held.append(piece)
                    self._size += len(piece)
                    if self._size >= MOST_HELD_BYTES:
                        await self._send_held()
                        await asyncio.sleep(0)  # for others, and to hear that the client has left
            if self._sending is not None:
                await self._sending
            later.cancel()
            await self._send_held(is_last=True)
        except ConnectionCutError:
            if self._sending is not None:
                await self._sending
            later.cancel()
            await self._send_held()  # the server closes a connection whose answer has no end
        finally:
            later.cancel()
            if self._sending is not None:
                self._sending.cancel()

    def _send_soon(self) -> None:
        self._sending = self._loop.create_task(self._send_held())

    async def _send_held(self, *, is_last: bool = False) -> None:
        body, self._size = b"".join(self._held), 0
        self._held.clear()
        if not self._has_started:
            self._has_started = True
            if is_last:
                self._head.append((b"content-length", str(len(body)).encode()))
            await self._send(self._start)
        if body or is_last:
            await self._send({"type": "http.response.body", "body": body, "more_body": not is_last})

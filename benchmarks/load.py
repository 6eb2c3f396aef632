"""Requests a second over kept connections, by a client that costs next to nothing: it looks for the end only."""

import asyncio
import time
from urllib.parse import urlsplit


class _Connection(asyncio.Protocol):
    """Sends the same request again as soon as the answer is whole, until the time is over."""

    transport: asyncio.Transport

    def __init__(self, request: bytes, over: float) -> None:
        self._request, self._over = request, over
        self.done = asyncio.get_running_loop().create_future()
        self.answers, self.last = 0, b""
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        if not _is_whole(self._buffer):
            return
        self.answers += 1
        self.last, self._buffer = self._buffer, b""
        if time.perf_counter() < self._over:
            self.transport.write(self._request)
            return
        self.transport.close()
        if not self.done.done():
            self.done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("The server closed the connection."))


def _is_whole(answer: bytes) -> bool:
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return False
    at = answer[:end].lower().find(b"content-length:")
    if at < 0:
        return answer.endswith(b"0\r\n\r\n")
    length = int(answer[at + 15 : end].partition(b"\r\n")[0])
    return len(answer) >= end + 4 + length


def rate(url: str, body: bytes, *, connections: int, seconds: float) -> float:
    """Whole answers a second to the POST of `body`, over so many connections at a time."""
    return asyncio.run(_rate(url, body, connections, seconds))


async def _rate(url: str, body: bytes, connections: int, seconds: float) -> float:
    parts = urlsplit(url)
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    started = time.perf_counter()
    made = [
        await asyncio.get_running_loop().create_connection(
            lambda: _Connection(head.encode() + body, started + seconds), parts.hostname, parts.port
        )
        for _ in range(connections)
    ]
    clients = [client for _, client in made]
    await asyncio.gather(*(client.done for client in clients))
    refused = [client.last for client in clients if not client.last.startswith(b"HTTP/1.1 200")]
    if refused:
        raise RuntimeError(f"{url} answered {refused[0][:500]!r}")
    return sum(client.answers for client in clients) / (time.perf_counter() - started)

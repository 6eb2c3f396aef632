"""Answers as bytes, for servers that have no model."""

import asyncio
import threading
import zlib
from dataclasses import dataclass, field

KEY = "sk-CANARY-3141592653589793238462643383279"
JSON = "application/json"
STREAM = "text/event-stream"
SAID = b'{"choices": [{"message": {"content": "fine"}, "finish_reason": "stop"}]}'


def reply(body, *, status=200, type=JSON, **headers):
    """The bytes of a response that says its length."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status} Said\r\nContent-Type: {type}\r\n{more}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def chunked(*events):
    """The bytes of an event stream in chunks, as llama.cpp sends it."""
    chunks = [b"data: " + event.encode() + b"\n\n" for event in events]
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {STREAM}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    return head + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


def word(text, finish="null"):
    """A chunk of a stream."""
    return f'{{"choices": [{{"index": 0, "delta": {{"content": "{text}"}}, "finish_reason": {finish}}}]}}'


FINE = reply(SAID)
STREAMED = chunked(word("a"), word("b"), word("c", '"stop"'), "[DONE]")


def bomb(megabytes):
    """Zeros under gzip: one block that depends on nothing before it, again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = packer.compress(b"\0" * 1_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08" + b"\0" * 7 + block * megabytes


@dataclass(frozen=True)
class Held:
    """A toxic: the answer, once `released` is set."""

    released: threading.Event = field(default_factory=threading.Event)

    async def over(self, pieces, _request):
        await asyncio.to_thread(self.released.wait, 10)
        async for piece in pieces:
            yield piece

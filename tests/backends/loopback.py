"""An upstream that does what no real server will do when asked."""

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field

REASONS = {200: "OK", 429: "Too Many Requests", 500: "Internal Server Error"}


def reply(body=b"", *, status=200, content_type="application/json", **headers):
    """The bytes of a response; a body that is not bytes is sent as JSON."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Said')}", f"Content-Length: {len(body)}"]
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def said(text, *, finish="stop", **more):
    """A plain answer's body."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    return {"choices": [choice], "model": "real-model", **more}


def events(*chunks, end="\n", done=True):
    """An event stream of chunks; those that are text are pieces of the first choice."""
    lines = []
    for chunk in chunks:
        body = {"choices": [{"index": 0, "delta": {"content": chunk}}]} if isinstance(chunk, str) else chunk
        lines.append(f"data: {json.dumps(body, ensure_ascii=False)}{end}{end}")
    return "".join([*lines, f"data: [DONE]{end}{end}" if done else ""]).encode()


def finished(reason="stop", **more):
    """The chunk that ends the first choice."""
    return {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}], **more}


@dataclass
class Upstream:
    """A scripted server: each request gets the next answer: bytes, a list of pieces, or a coroutine."""

    url: str = ""
    bodies: list = field(default_factory=list)
    heads: list = field(default_factory=list)
    answers: deque = field(default_factory=deque)
    connections: int = 0
    closed: asyncio.Event = field(default_factory=asyncio.Event)  # a client has left
    over: asyncio.Event = field(default_factory=asyncio.Event)  # the test has ended

    def answer(self, *answers):
        self.answers.extend(answers)
        return self

    async def serve(self, reader, writer):
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.heads.append(head.decode())
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
                self.bodies.append(json.loads(await reader.readexactly(length) or "null"))
                await self.send(writer, self.answers.popleft())
        except (asyncio.IncompleteReadError, ConnectionError):
            self.closed.set()
        finally:
            writer.close()

    async def send(self, writer, answer):
        if callable(answer):
            await answer(writer)
            return
        for piece in [answer] if isinstance(answer, bytes) else answer:
            writer.write(piece)
            await writer.drain()

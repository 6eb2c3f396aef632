"""A stream of 20 events against a raw ASGI app that sends the same bytes in one piece, and memory over 100 MB."""

import json
import resource
import statistics
from collections.abc import AsyncGenerator, Iterator, Mapping
from pathlib import Path

import httpx
from starlette.types import Receive, Scope, Send

from benchmarks.measure import Figure, in_turn, ratio
from pytest_llmock.choice import Choice
from pytest_llmock.config import load_settings
from pytest_llmock.llm import Delta, End, Prompt
from pytest_llmock.server.runtime import Runtime
from pytest_llmock.server.sending import send_response
from pytest_llmock.server.thread import ServerThread
from pytest_llmock.wire.http import Response

EVENTS = 20
ROUNDS = 600
SHAPE = {"id": 0, "name": "string"}
MODES: Mapping[str, object] = {
    "ArrayItems": {"count": EVENTS, "shape": {"users": [SHAPE]}},
    "LlmTokens": {"shape": {"id": 0, "name": "string", "email": "string"}},
}
EVENT = b"id: 1-00000000\ndata: %s\n\n" % json.dumps({"item": SHAPE, "index": 0, "done": False}).encode()
MEGABYTES = 100
ITEM = json.dumps({"id": 1, "text": "x" * 10_000})


def figures() -> Iterator[Figure]:
    runtime = Runtime()
    session = runtime.open(load_settings(Path.cwd() / "benchmarks", environ={}), Choice())
    session.backends.add("large", large)
    with httpx.Client(verify=False, trust_env=False) as client:
        for mode, body in MODES.items():
            yield _rate(client, f"{session.url}/api/mock/stream/users?sseMode={mode}", body, mode)
        yield _response(client)
        yield _memory(client, f"{session.url}/api/mock/stream/x?sseMode=ArrayItems&backend=large")
    runtime.close()


def _rate(client: httpx.Client, url: str, body: object, mode: str) -> Figure:
    said = client.post(url, json=body).content
    bare = ServerThread(Canned(said))
    ours, floor = in_turn(
        lambda: client.post(url, json=body).content,
        lambda: client.post(f"{bare.url}/x", json=body).content,
        rounds=ROUNDS,
    )
    bare.stop()
    count = said.count(b"\n\n")
    note = f"{count} events, {len(said):,} bytes, {statistics.median(ours) * 1e6:.0f} µs against {statistics.median(floor) * 1e6:.0f}"
    return Figure(f"streams a second, {mode}: against the bytes by bare ASGI", ratio(ours, floor), 0.9, "x", at_least=True, note=note)  # fmt: skip


async def joined(_: Scope, receive: Receive, send: Send) -> None:
    """Answers with as many ready events as our response does."""
    while (await receive()).get("more_body"):
        pass
    await send_response(Response(content_type="text/event-stream", stream=_ready()), send)


async def _ready() -> AsyncGenerator[bytes, None]:
    for _ in range(EVENTS):
        yield EVENT


class Canned:
    """Answers everything with the same bytes, when the request has been read."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._head = [(b"content-type", b"text/event-stream"), (b"content-length", str(len(body)).encode())]

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": self._head})
        await send({"type": "http.response.body", "body": self._body})


async def large(_: Prompt) -> AsyncGenerator[Delta, None]:
    yield Delta("[")
    for number in range(MEGABYTES * 1_000_000 // len(ITEM)):
        yield Delta(f",{ITEM}" if number else ITEM)
    yield Delta("]", end=End())


def _response(client: httpx.Client) -> Figure:
    ours, bare = ServerThread(joined), ServerThread(Canned(EVENT * EVENTS))
    times = in_turn(
        lambda: client.post(f"{ours.url}/x").content,
        lambda: client.post(f"{bare.url}/x").content,
        rounds=ROUNDS,
    )
    ours.stop()
    bare.stop()
    return Figure("the same of a response whose events are ready", ratio(*times), 0.9, "x", at_least=True)


def _memory(client: httpx.Client, url: str) -> Figure:
    received, after = 0, 0
    with client.stream("GET", url, timeout=120) as answer:
        for piece in answer.iter_raw():
            received += len(piece)
            if not after and received > 20_000_000:
                after = _peak()
    grown = (_peak() - after) / 1_000_000
    assert received > MEGABYTES * 1_000_000
    return Figure(f"memory that {MEGABYTES} MB of a stream take after the first 20", grown, 10, "MB")


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

"""One mock API request against an echo by bare Starlette: same server, same client, same bodies."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from benchmarks.measure import Figure, in_turn, ratio
from pytest_llmock.choice import Choice
from pytest_llmock.config import load_settings
from pytest_llmock.server.client import MockApi, SharedTransport
from pytest_llmock.server.runtime import Runtime
from pytest_llmock.server.thread import ServerThread

SHAPE = {
    "id": 0,
    "firstName": "string",
    "lastName": "string",
    "email": "email@example.com",
    "age": 0,
    "city": "string",
    "status": "active|inactive",
    "createdAt": "ISO-8601",
}
ROUNDS = 800


def figures() -> Iterator[Figure]:
    started = time.perf_counter()
    runtime = Runtime()
    settings = load_settings(Path.cwd() / "benchmarks", environ={})
    api = MockApi(runtime.open(settings, Choice()), SharedTransport())
    api.get("/users")
    spent = (time.perf_counter() - started) * 1000
    yield Figure("first server use, imports already done", spent, 150, "ms")
    bare = ServerThread(Starlette(routes=[Route("/{path:path}", echo, methods=["POST"])]))
    client = httpx.Client(base_url=bare.url, verify=False, trust_env=False)
    body = {"count": 1, "shape": {"users": [SHAPE]}}
    times = in_turn(
        lambda: client.post("/users", json=body).json(),
        lambda: api.post("/users", json=body).json(),
        rounds=ROUNDS,
    )
    yield Figure("one mock API request: against a bare Starlette echo", ratio(*times), 1.5, "x")
    yield _many(api)
    client.close()
    api.close()
    bare.stop()
    runtime.close()


async def echo(request: Request) -> JSONResponse:
    return JSONResponse(json.loads(await request.body()))


def _many(api: MockApi) -> Figure:
    body = {"count": 100, "shape": {"users": [SHAPE]}}

    def ten_thousand() -> None:
        for page in range(100):
            users = api.post(f"/users/{page}", json=body).json()["users"]
            assert len(users) == 100

    seconds = min(in_turn(ten_thousand, rounds=5)[0])  # what else runs here can only slow it down
    return Figure("10,000 records over HTTP, 100 requests of 100", seconds, 0.6, "s")

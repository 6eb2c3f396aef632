"""One replayed call of ours beside vcrpy's and cassetter's, all matching the body; the same calls, the same client.

Both of them answer inside the client, without a socket; ours is a server, so an echo over the same sockets is
its floor. They need `pip install --group bench`.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from benchmarks.cassettes import ANSWER, BACKEND, body, cassette
from benchmarks.measure import Figure
from pytest_llmock.choice import Choice, Place
from pytest_llmock.config import load_settings
from pytest_llmock.server.runtime import Runtime
from pytest_llmock.server.thread import ServerThread

PLAYED = 20  # of the recorded calls, spread over the file: all of 1,000 take vcrpy two minutes


def figures() -> Iterator[Figure]:
    import cassetter
    import vcr

    server = ServerThread(Starlette(routes=[Route("/v1/chat/completions", _answer, methods=["POST"])]))
    tools: dict[str, Callable[[str, str], AbstractContextManager[object]]] = {
        "vcrpy": lambda path, mode: vcr.VCR(match_on=["method", "uri", "body"]).use_cassette(
            path, record_mode=mode
        ),
        "cassetter": lambda path, mode: cassetter.use_cassette(
            path, record_mode=mode, match_on=["method", "uri", "body"]
        ),
    }
    with tempfile.TemporaryDirectory() as name, httpx.Client(trust_env=False) as client:
        for calls in (100, 1_000):
            ours = _ours(Path(name), calls, client)
            for tool, use in tools.items():
                path, url = f"{name}/{tool}{calls}.yaml", f"{server.url}/v1/chat/completions"
                with use(path, "once"):
                    for number in range(calls):
                        client.post(url, json=body(number)).raise_for_status()
                with use(path, "none"):
                    spent = _spent(client, url, calls)
                note = f"{tool} {spent * 1000:.2f} ms, ours {ours * 1000:.2f} ms"
                yield Figure(
                    f"a replayed call at {calls:,} recordings: {tool} against ours",
                    spent / ours,
                    0,
                    "x",
                    at_least=True,
                    note=note,
                )
    server.stop()


async def _answer(request: Request) -> JSONResponse:
    await request.body()
    message = {"role": "assistant", "content": ANSWER}
    return JSONResponse(
        {
            "id": "1",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        }
    )


def _ours(folder: Path, calls: int, client: httpx.Client) -> float:
    runtime = Runtime()
    path = cassette(folder / str(calls), calls)
    settings = load_settings(folder, environ={}, overrides=BACKEND)
    session = runtime.open(settings, Choice(backend="up", place=Place(lambda: path)))
    spent = _spent(client, f"{session.url}/v1/chat/completions", calls)
    runtime.close()
    return spent


def _spent(client: httpx.Client, url: str, calls: int) -> float:
    """Seconds of a call, the first one apart: it reads the file."""
    client.post(url, json=body(0)).raise_for_status()
    numbers = range(calls // PLAYED, calls, calls // PLAYED)
    started = time.perf_counter()
    for number in numbers:
        client.post(url, json=body(number)).raise_for_status()
    return (time.perf_counter() - started) / len(numbers)

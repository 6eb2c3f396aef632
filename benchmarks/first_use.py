"""From nothing imported to the first answer, in a fresh process, against the bare libraries doing the same.

Both say when the answer is there; how a process ends afterwards is not part of its first use.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.measure import Figure, ratio

ROUNDS = 9
# The libraries that a first request to the mock API needs, nothing of ours: the settings' and the validator are
# imported, uvicorn answers a constant, httpx asks for it. uvicorn's slow way to stop comes after the time is taken.
FLOOR = """
import pytest, time
begin = time.perf_counter()
import socket, threading
import httpx, jsonschema_rs, uvicorn
from pydantic import BaseModel
async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"[]"})
listener = socket.create_server(("127.0.0.1", 0))
server = uvicorn.Server(uvicorn.Config(app, ws="none", lifespan="off", log_config=None, access_log=False))
thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
thread.start()
client = httpx.Client(transport=httpx.HTTPTransport(verify=False), trust_env=False)
assert client.get(f"http://127.0.0.1:{listener.getsockname()[1]}/users").status_code == 200
print(time.perf_counter() - begin, flush=True)
client.close()
server.should_exit = True
thread.join()
"""
PRODUCT = """
import pytest, time
begin = time.perf_counter()
from pathlib import Path
from pytest_llmock.choice import Choice
from pytest_llmock.config import load_settings
from pytest_llmock.server.client import MockApi, SharedTransport
from pytest_llmock.server.runtime import Runtime
runtime = Runtime()
api = MockApi(runtime.open(load_settings(Path.cwd() / "benchmarks", environ={}), Choice()), SharedTransport())
assert api.get("/users").status_code == 200
print(time.perf_counter() - begin, flush=True)
api.close()
runtime.close()
"""
# with byte code, as a user has it
ENV = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def figures() -> Iterator[Figure]:
    for code in (FLOOR, PRODUCT):
        _run(code)  # compiles what was never imported
    floor, product = zip(*((_run(FLOOR), _run(PRODUCT)) for _ in range(ROUNDS)), strict=True)
    spent, libraries = (statistics.median(said for _, said in runs) * 1000 for runs in (product, floor))
    yield Figure(
        "first server use: from no import to the first answer",
        spent,
        150,
        "ms",
        note=f"the bare libraries: {libraries:.0f} ms",
    )
    whole = ratio([seconds for seconds, _ in floor], [seconds for seconds, _ in product])
    yield Figure("the same from the start of python: against the bare libraries", whole, 1.5, "x")


def _run(code: str) -> tuple[float, float]:
    """Seconds from the start of the process to its answer, and from its first import, as it says itself."""
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", code], env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        spent = time.perf_counter() - started
        _, wrong = process.communicate()
    if process.returncode:
        raise RuntimeError(f"The process of a first use failed:\n{wrong}")
    return spent, float(said)

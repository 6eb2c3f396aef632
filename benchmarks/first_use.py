"""From nothing imported to the first answer, in a fresh process, against importing and starting the parts alone."""

import os
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.measure import Figure, in_turn, ratio

FLOOR = """
import pytest, asyncio, socket
import httpx, starlette.routing, uvicorn, pydantic, httpx2, jsonschema_rs
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
spent = time.perf_counter() - begin
api.close()
runtime.close()
print(spent)
"""


# with byte code, as a user has it
ENV = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def figures() -> Iterator[Figure]:
    _run(PRODUCT)  # compiles what was never imported
    spent = sorted(float(_run(PRODUCT)) for _ in range(7))
    yield Figure("first server use: from no import to the first answer", spent[3] * 1000, 150, "ms")
    floor, product = in_turn(lambda: _run(FLOOR), lambda: _run(PRODUCT), rounds=7)
    yield Figure("the same, whole process: against importing its libraries", ratio(floor, product), 1.5, "x")


def _run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], env=ENV, capture_output=True, text=True, check=True)
    return done.stdout.strip() or "0"

"""From nothing imported to the first answer, in a fresh process, against importing and starting the parts alone."""

import subprocess
import sys
import time
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
from pytest_llmock.server.client import MockApi
from pytest_llmock.server.runtime import Runtime
runtime = Runtime()
api = MockApi(runtime.open(load_settings(Path.cwd() / "benchmarks", environ={}), Choice()))
assert api.get("/users").status_code == 200
spent = time.perf_counter() - begin
api.close()
runtime.close()
print(spent)
"""


def figures() -> Iterator[Figure]:
    spent = sorted(float(_run(PRODUCT)) for _ in range(7))
    yield Figure("first server use: from no import to the first answer", spent[3] * 1000, 150, "ms")
    floor, product = in_turn(lambda: _run(FLOOR), lambda: _run(PRODUCT), rounds=7)
    yield Figure("the same whole process: against importing the parts", ratio(floor, product), 1.5, "x")


def _run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    time.sleep(0)
    return done.stdout.strip() or "0"

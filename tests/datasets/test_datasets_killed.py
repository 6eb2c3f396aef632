"""Processes that are killed, and memory that stays flat: with real processes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kill -9 is of POSIX")

RUN = """
import os, signal, sys
from pathlib import Path
from pytest_llmock import generate

def backend(prompt):
    generation = prompt.generation
    if generation.start == int(sys.argv[1]):
        os.kill(os.getpid(), int(sys.argv[2]))
    with open("asked", "a") as asked:
        print(generation.start, file=asked)
    return [{"id": n, "k": n % (50 if generation.variant else 20)} for n in range(generation.start, generation.start + generation.count)]

generate({"id": 0, "k": 0}, 40, "a.jsonl", settings={}, batch=4, concurrency=1, backend=backend, unique=["k"])
"""


def run(start, how):
    command = [sys.executable, "-c", RUN, str(start), str(int(how))]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_run_that_is_killed_goes_on_to_the_same_bytes(here):
    """kill -9 in the middle of a batch, twice; nothing that was answered is asked again."""
    assert run(-1, 0).returncode == 0
    expected = Path("a.jsonl").read_bytes()
    Path("a.jsonl").unlink()
    Path("asked").unlink()

    codes = [run(start, signal.SIGKILL).returncode for start in (12, 28, -1)]

    asked = Path("asked").read_text().splitlines()
    assert codes == [-signal.SIGKILL, -signal.SIGKILL, 0]
    assert Path("a.jsonl").read_bytes() == expected
    assert len(set(asked)) == len(asked) - 5  # the last five batches were made again, each of them once
    assert sorted(path.name for path in here.iterdir()) == ["a.jsonl", "asked"]


GROWTH = """
from pytest_llmock import generate

shape = {"id": 0, "name": "string", "email": "email", "age": 0, "city": "string", "on": True, "at": "ISO-8601", "zip": "string"}

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4 / 1024

def watch(progress):
    if progress.done in (5_000, 25_000):
        print(resident())

generate(shape, 25_000, "a.jsonl", settings={}, progress=watch, unique=["email"])
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="resident memory is read from /proc")
def test_memory_stays_flat(here):
    """From 5,000 records to 25,000, keys included: it grows by a few megabytes at most."""
    done = subprocess.run([sys.executable, "-c", GROWTH], capture_output=True, text=True, check=True)

    first, last = map(float, done.stdout.split())
    assert last - first < 12

"""Data sets: 10,000 records into a file, a million in flat memory, and two workers of Dask beside the ideal."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import Figure, in_turn, ratio
from benchmarks.requests import SHAPE
from pytest_llmock import Progress, Prompt, generate
from pytest_llmock.datasets.records import lines_of
from pytest_llmock.shapes.parse import parse
from pytest_llmock.shapes.sample import compile_sampler

RECORDS = 10_000
ROUNDS = 25  # the fastest one counts: what else runs on the machine can only slow a round down
MANY = 1_000_000
BATCHES = 400
WAIT_S = 0.02
WORKERS = 2


def figures() -> Iterator[Figure]:
    with TemporaryDirectory() as folder:
        yield from _in_process(Path(folder))
        yield from _in_memory(Path(folder))
        yield from _on_workers(Path(folder))


def _in_process(folder: Path) -> Iterator[Figure]:
    sampler, numbers = compile_sampler(dict(parse(SHAPE).schema), noun="users"), count()

    def bare() -> None:
        (folder / "bare.jsonl").write_bytes(lines_of(list(sampler.many(0, 0, RECORDS))))

    def product() -> None:
        generate(SHAPE, RECORDS, folder / f"{next(numbers)}.jsonl", settings={})

    bare_s, product_s = in_turn(bare, product, rounds=ROUNDS)
    yield Figure("10,000 records of 8 fields to JSONL", min(product_s), 0.4, "s")
    yield Figure("the same: against sampling and writing alone", ratio(bare_s, product_s), 2.5, "x")


GROWTH = f"""
import sys
from pathlib import Path
from benchmarks.requests import SHAPE
from pytest_llmock import generate

def peak():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024

def watch(progress):
    if progress.done in ({RECORDS}, {MANY}):
        print(peak())

generate(SHAPE, {MANY}, sys.argv[1], settings={{}}, unique=sys.argv[2:], progress=watch)
"""


def _in_memory(folder: Path) -> Iterator[Figure]:
    if not Path("/proc/self/status").exists():
        return
    for note, unique in (("", ()), (", e-mail unique", ("email",))):
        started = time.perf_counter()
        command = [sys.executable, "-c", GROWTH, str(folder / f"many{len(unique)}.jsonl"), *unique]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        first, last = map(float, done.stdout.split())
        took = f"{last:.0f} MB at the end, {time.perf_counter() - started:.0f} s"
        yield Figure(f"a million records{note}: growth of memory", last - first, 50, "MB", note=took)


async def slow(prompt: Prompt) -> object:
    """A backend that takes 20 ms."""
    await asyncio.sleep(WAIT_S)
    generation = prompt.generation
    assert generation is not None
    assert generation.count is not None
    return [{"id": generation.start + place} for place in range(generation.count)]


def _on_workers(folder: Path) -> Iterator[Figure]:
    for executor, goal in (("local", 0.8), ("dask", 0.8)):
        moments: list[float] = []

        def watch(_: Progress, moments: list[float] = moments) -> None:
            moments.append(time.perf_counter())

        out = folder / f"{executor}.jsonl"
        generate(
            {"id": 0},
            BATCHES * 20,
            out,
            settings={},
            batch=20,
            backend=slow,
            executor=executor,
            concurrency=WORKERS,
            progress=watch,
        )
        warm = BATCHES // 5  # until the workers have imported all that they need
        took = moments[-1] - moments[warm]
        share = (BATCHES - 1 - warm) * WAIT_S / WORKERS / took
        name = f"{WORKERS} at a time, {executor}, a backend of 20 ms: share of the ideal"
        yield Figure(name, share, goal, "x", at_least=True)

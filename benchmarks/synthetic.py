"""Records a second of the embedded generator, in process, beside the plainest code that could make them."""

import time
from collections.abc import Iterator

from benchmarks.measure import Figure, in_turn, ratio
from benchmarks.requests import SHAPE
from pytest_llmock.shapes.parse import parse
from pytest_llmock.shapes.sample import compile_sampler

RECORDS = 4_000
ROUNDS = 25  # the fastest one counts: what else runs on the machine can only slow a round down


def figures() -> Iterator[Figure]:
    sampler = compile_sampler(dict(parse(SHAPE).schema), noun="users")
    list(sampler.many(1, 0, 1000))

    def product() -> None:
        for _ in sampler.many(1, 0, RECORDS):
            pass

    floor_s, product_s = in_turn(_floor, product, rounds=ROUNDS)
    yield Figure(
        "synthetic: records a second, 8 fields", RECORDS / min(product_s), 60_000, "/s", at_least=True
    )
    yield Figure("the same: against records with nothing to decide", ratio(floor_s, product_s), 40, "x")


def _floor() -> None:
    started = time.perf_counter()
    for number in range(RECORDS):
        _ = {
            "id": number,
            "firstName": "Ann",
            "lastName": "Lee",
            "email": f"ann.lee{number}@example.com",
            "age": number % 90,
            "city": "Oslo",
            "status": "active",
            "createdAt": f"2026-01-{number % 28 + 1:02d}T00:00:00Z",
        }
    assert time.perf_counter() > started

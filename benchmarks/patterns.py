"""What patterns cost: a step, a stage with its hop, stages in a row and side by side, fifty over sockets."""

import asyncio
import json
import statistics
from collections.abc import Callable, Iterator

import httpx2

from benchmarks.measure import Figure, in_turn, ratio
from benchmarks.pool import TOGETHER, SlowServer
from pytest_llmock import (
    Batch,
    Delta,
    End,
    Fallback,
    Parallel,
    Pipeline,
    Router,
    Session,
    Stage,
    Step,
    Usage,
    connect,
)
from pytest_llmock.llm import JSON, Deltas, Prompt

RUNS = 40
ROUNDS = 30
WAITS_S = {"quick": 0.1, "usual": 0.4, "slow": 0.8}
DATA: JSON = {"id": 7, "name": "Ada", "tags": ["a", "b"], "address": {"city": "London"}}
SHAPE: JSON = {"id": 0, "name": "string"}
ANSWER = '{"id": 7, "name": "Ada"}'


def figures() -> Iterator[Figure]:
    yield from _steps()
    yield from _many()
    with connect({}) as session:
        yield from _stages(session)
        yield from _waits(session)
    yield from _over_sockets()


def same(data: JSON) -> JSON:
    return data


def _steps() -> Iterator[Figure]:
    """Patterns of functions: everything but a model call."""
    patterns: dict[str, tuple[Step, JSON, int]] = {
        "ten in a Pipeline": (Pipeline(*[same] * 10), DATA, 11),
        "three in a Parallel": (Parallel({"a": same, "b": same, "c": same}), DATA, 4),
        "a Router with its score and its route": (Router([(3, same), (10, same)]), DATA, 3),
        "the second of a Fallback": (Fallback(_fails, same), DATA, 3),
        "ten in a Batch": (Batch(same), [DATA] * 10, 11),
    }
    loop = asyncio.new_event_loop()
    timed = [_runs(loop, step, data) for step, data, _ in patterns.values()]
    for (name, (_, _, steps)), seconds in zip(patterns.items(), in_turn(*timed, rounds=ROUNDS), strict=True):
        each = 1e6 * statistics.median(seconds) / RUNS / steps
        yield Figure(f"a step without a model call: {name}", each, 40, "µs")
    loop.close()


def _many() -> Iterator[Figure]:
    """A long list, whose items never wait."""
    items: list[JSON] = [{"id": number} for number in range(100_000)]
    seconds = Batch(same, size=100, concurrency=4).run_sync(items).seconds
    yield Figure("an item of a Batch of 100,000", 1e6 * seconds / len(items), 40, "µs")


def _fails(_: JSON) -> JSON:
    raise ValueError("out of order")


def _runs(loop: asyncio.AbstractEventLoop, step: Step, data: JSON) -> Callable[[], None]:
    async def runs() -> None:
        for _ in range(RUNS):
            await step.run(data)

    return lambda: loop.run_until_complete(runs())


async def instant(_: Prompt, /) -> Deltas:
    """A backend that costs nothing."""
    yield Delta(ANSWER)
    yield Delta(end=End("stop", Usage(5, 4)))


def _stages(session: Session) -> Iterator[Figure]:
    """A stage as a test has it: journal, pool, check of the answer, and the way to the server's loop."""
    session.backends.add("instant", instant)
    loop = asyncio.new_event_loop()
    stage = session.pipeline.bind(Stage("make", backend="instant", shape=SHAPE))
    run = _runs(loop, stage, {"id": 7})

    def runs() -> None:
        session.calls.clear()
        run()

    (seconds,) = in_turn(runs, rounds=5 * ROUNDS)
    note = f"the fastest round {1e6 * min(seconds) / RUNS:.0f} µs"
    yield Figure(
        "a Stage on an instant backend", 1e6 * statistics.median(seconds) / RUNS, 300, "µs", note=note
    )
    loop.close()


def _waits(session: Session) -> Iterator[Figure]:
    """Stages of 100, 400 and 800 ms."""
    for name, wait_s in WAITS_S.items():
        session.backends.add(name, _waiting(wait_s))
    stages = [Stage(name, backend=name, shape=SHAPE) for name in WAITS_S]
    row, side = session.pipeline(*stages), session.pipeline.parallel(*stages)
    in_row, at_once = ([step.run_sync({}).seconds for _ in range(3)] for step in (row, side))
    together = statistics.median(at_once)
    slowest = max(WAITS_S.values())
    yield Figure("100 + 400 + 800 ms in sequence", 1000 * statistics.median(in_row), 1320, "ms")
    note = f"{1000 * together:.0f} ms"
    yield Figure("the same in parallel, against the slowest", together / slowest, 1.05, "x", note=note)


def _waiting(wait_s: float) -> Callable[[Prompt], Deltas]:
    async def waiting(_: Prompt, /) -> Deltas:
        await asyncio.sleep(wait_s)
        yield Delta(ANSWER)
        yield Delta(end=End("stop", Usage(5, 4)))

    return waiting


def _over_sockets() -> Iterator[Figure]:
    """Fifty stages on a live backend that takes 100 ms, against the same requests by its HTTP client alone."""
    server, loop = SlowServer(ANSWER), asyncio.new_event_loop()
    entry = {
        "name": "up",
        "provider": "lmstudio",
        "base_url": server.url,
        "model_name": "m",
        "enable_retry_policy": True,
    }
    client = httpx2.AsyncClient(trust_env=False, timeout=None)
    messages = [{"role": "user", "content": "Where is the parcel?"}]
    sent = json.dumps({"model": "m", "messages": messages}).encode()

    async def bare() -> None:
        headers = {"Content-Type": "application/json"}
        answer = await client.post(f"{server.url}chat/completions", content=sent, headers=headers)
        json.loads(answer.json()["choices"][0]["message"]["content"])

    async def fifty() -> None:
        await asyncio.gather(*[bare() for _ in range(TOGETHER)])

    with connect({"backends": [entry]}) as session:
        stage = Stage("make", shape=SHAPE)
        branches = session.pipeline.parallel({f"b{number}": stage for number in range(TOGETHER)})
        batch = session.pipeline.batch(stage, size=TOGETHER)
        asked = {
            "Parallel": lambda: loop.run_until_complete(branches.run({"id": 7})),
            "Batch": lambda: loop.run_until_complete(batch.run([{"id": 7}] * TOGETHER)),
        }
        floor, *ours = in_turn(lambda: loop.run_until_complete(fifty()), *asked.values(), rounds=16)
        for name, seconds in zip(asked, ours, strict=True):
            note = f"{1000 * statistics.median(seconds):.0f} ms; bare httpx2 {1000 * statistics.median(floor):.0f} ms"
            title = f"{TOGETHER} x 100 ms over sockets in a {name}: against bare httpx2"
            yield Figure(title, ratio(floor[1:], seconds[1:]), 1.1, "x", note=note)
    loop.run_until_complete(client.aclose())
    loop.run_until_complete(asyncio.sleep(0.1))
    loop.close()
    server.stop()

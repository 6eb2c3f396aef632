"""What the pool adds to a call: in process above the bare backend, over sockets against bare httpx2."""

import asyncio
import json
import statistics
from collections.abc import Awaitable, Callable, Iterator
from threading import Thread

import httpx2

from benchmarks.measure import Figure, in_turn, ratio
from pytest_llmock.backends.live import Live
from pytest_llmock.backends.registry import Leaf
from pytest_llmock.choice import Choice
from pytest_llmock.clock import SystemClock
from pytest_llmock.config import Settings
from pytest_llmock.config.sections import BackendSettings
from pytest_llmock.errors import BackendError, BreakerOpenError, Failure
from pytest_llmock.folding import fold
from pytest_llmock.journal import Call
from pytest_llmock.ledger import Budget, Ledger
from pytest_llmock.llm import Backend, Completion, Delta, Deltas, End, Message, Prompt, Text, Usage
from pytest_llmock.pool.deadline import deadline_in
from pytest_llmock.pool.pool import Pool

CALLS = 500
ROUNDS = 60
TOGETHER = 50
SLOW_S = 0.1
CLOCK = SystemClock()
PROMPT = Prompt((Message("user", (Text("Where is the parcel?"),)),))


def figures() -> Iterator[Figure]:
    yield from _in_process()
    yield from _over_sockets()


async def three(_: Prompt, /) -> Deltas:
    """The least that a backend can do: three deltas without a wait."""
    yield Delta("On its ")
    yield Delta("way.")
    yield Delta(end=End("stop", Usage(5, 4)))


async def down(_: Prompt, /) -> Deltas:
    raise BackendError(Failure("status", "The backend is down.", 503), backend="a")
    yield Delta()


def pool_of(*names: str, **entry: object) -> Pool:
    """A pool with everything on: retry, breaker, queue, failover."""
    entries = [
        BackendSettings.model_validate({"name": name, "max_concurrent_requests": 100, **entry})
        for name in names
    ]
    settings = Settings(backends=tuple(entries), failover=True)
    return Pool(settings, Choice(), clock=CLOCK, ledger=Ledger(Budget()))


def through(pool: Pool, *leaves: Leaf) -> Callable[[], Awaitable[Completion]]:
    """A call through the pool, as a session makes it."""

    def ask() -> Awaitable[Completion]:
        call = Call(1, "python", "CALL", "chat")
        deadline = deadline_in(60, CLOCK)
        return fold(pool.backend(leaves, call=call, deadline=deadline, is_whole=True)(PROMPT))

    return ask


def _in_process() -> Iterator[Figure]:
    loop = asyncio.new_event_loop()

    def many(ask: Callable[[], Awaitable[object]]) -> Callable[[], None]:
        async def batch() -> None:
            for _ in range(CALLS):
                await ask()

        return lambda: loop.run_until_complete(batch())

    leaves = [Leaf(name, three, "synthetic", "m") for name in "ab"]
    full, alone = pool_of("a", "b"), pool_of("a")
    bare, pooled, single, refused = in_turn(
        many(lambda: fold(three(PROMPT))),
        many(through(full, *leaves)),
        many(through(alone, leaves[0])),
        many(_refused(loop)),
        rounds=ROUNDS,
    )
    yield Figure(
        "a call through the pool, failover on: above the bare backend", _above(bare, pooled), 40, "µs"
    )
    yield Figure(
        "a call through the pool, one backend: above the bare backend", _above(bare, single), 40, "µs"
    )
    yield Figure("a call that an open breaker refuses", 1e6 * statistics.median(refused) / CALLS, 50, "µs")
    loop.close()


def _above(floor: list[float], product: list[float]) -> float:
    """Microseconds a call that the product takes longer, pair by pair."""
    return 1e6 * statistics.median(b - a for a, b in zip(floor, product, strict=True)) / CALLS


def _refused(loop: asyncio.AbstractEventLoop) -> Callable[[], Awaitable[None]]:
    pool, leaf = pool_of("a"), Leaf("a", down, "synthetic", "m")
    ask = through(pool, leaf)

    async def refused() -> None:
        try:
            await ask()
        except BreakerOpenError:
            return
        raise AssertionError("the breaker should be open")

    breaker = pool.members["a"].breaker
    assert breaker is not None
    while breaker.state == "closed":
        breaker.leave(breaker.enter(), Failure("status", "The backend is down.", 503))
    loop.run_until_complete(refused())
    return refused


def answer(said: str) -> bytes:
    """A whole HTTP answer of OpenAI's chat API that says this."""
    choice = {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 5, "completion_tokens": 4, "total_tokens": 9}
    body = json.dumps({"model": "m", "choices": [choice], "usage": usage}).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
        len(body),
        body,
    )


class SlowServer:
    """Answers each request after 100 ms, in a thread of its own."""

    def __init__(self, said: str = "On its way.") -> None:
        self._answer = answer(said)
        self.loop = asyncio.new_event_loop()
        self._thread = Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024), self.loop
        ).result()
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                await reader.readexactly(length)
                await asyncio.sleep(SLOW_S)
                writer.write(self._answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()


def _over_sockets() -> Iterator[Figure]:
    server, loop, live = SlowServer(), asyncio.new_event_loop(), Live()
    entry = {"base_url": server.url, "model_name": "m", "provider": "lmstudio"}
    pool = pool_of("up", **entry)
    leaf = live.leaf(pool.settings.backends[0], pool.settings)
    client = httpx2.AsyncClient(trust_env=False, timeout=None)
    sent = json.dumps(
        {"model": "m", "messages": [{"role": "user", "content": "Where is the parcel?"}]}
    ).encode()

    async def bare() -> None:
        headers = {"Content-Type": "application/json"}
        answer = await client.post(f"{server.url}chat/completions", content=sent, headers=headers)
        assert answer.json()["choices"]

    def together(ask: Callable[[], Awaitable[object]]) -> Callable[[], None]:
        async def batch() -> None:
            await asyncio.gather(*[ask() for _ in range(TOGETHER)])

        return lambda: loop.run_until_complete(batch())

    direct = _direct(leaf.call)
    asked = [together(bare), together(direct), together(through(pool, leaf))]
    for warm in asked:
        warm()
    floor, leafs, pooled = in_turn(*asked, rounds=15)
    note = f"{1000 * statistics.median(pooled):.0f} ms; bare httpx2 {1000 * statistics.median(floor):.0f} ms"
    name = f"{TOGETHER} x 100 ms over sockets: against bare httpx2"
    yield Figure(name, ratio(floor, pooled), 1.1, "x", note=note)
    yield Figure(
        f"{TOGETHER} x 100 ms over sockets: the pool against its leaf", ratio(leafs, pooled), 1.1, "x"
    )
    loop.run_until_complete(client.aclose())
    loop.run_until_complete(live.aclose())
    loop.run_until_complete(asyncio.sleep(0.1))
    loop.close()
    server.stop()


def _direct(backend: Backend) -> Callable[[], Awaitable[Completion]]:
    return lambda: fold(backend(PROMPT))

"""Replaying, opening and appending, each against the least that could do the same."""

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.routing import Route

from benchmarks.measure import Figure, in_turn, ratio
from benchmarks.requests import echo
from pytest_llmock.cassettes.blobs import Blobs
from pytest_llmock.cassettes.format import header, read, write
from pytest_llmock.cassettes.identity import key_of
from pytest_llmock.cassettes.index import Index
from pytest_llmock.cassettes.interaction import Interaction, Recorded, Timed
from pytest_llmock.cassettes.request import request_of
from pytest_llmock.cassettes.store import Store
from pytest_llmock.choice import Choice, Place
from pytest_llmock.config import load_settings
from pytest_llmock.llm import Delta, End, Usage
from pytest_llmock.server.client import SharedTransport
from pytest_llmock.server.runtime import Runtime
from pytest_llmock.server.thread import ServerThread
from pytest_llmock.wire.openai_chat import decode_request

BACKEND = {
    "Backends": [
        {"Name": "up", "Provider": "lmstudio", "BaseUrl": "http://127.0.0.1:9/v1/", "ModelName": "m"}
    ]
}
ANSWER = "The parcel left Oslo on Tuesday and is expected in Bergen by Friday morning. " * 6
CALLS = 2_000
LARGE = 10_000
HEADER = header("tests/test_chat.py::test_orders", "2026-11-22T03:00:00Z")


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield from _replays(folder)
        yield from _opening(folder)
        yield _lookup(folder)
        yield _appending(folder)


def body(number: int) -> dict[str, object]:
    """A chat request of about one kilobyte."""
    instructions = (
        "You answer questions about parcels in one paragraph and never invent a tracking number. " * 9
    )
    question = {"role": "user", "content": f"Where is parcel number {number} that was sent to Bergen?"}
    return {"model": "m", "messages": [{"role": "system", "content": instructions}, question]}


def document(number: int, folder: Path) -> str:
    """The recording of `body(number)`: a stream of eight pieces."""
    request = request_of(decode_request(body(number)).prompt, backend="up", model="m")
    size = len(ANSWER) // 8
    pieces = [Timed(100 + 9 * n, Delta(ANSWER[n * size : (n + 1) * size])) for n in range(8)]
    end = Timed(190, Delta(end=End("stop", Usage(220, 90))))
    recorded = Recorded("2026-11-22T03:00:00Z", "lmstudio", "m", "m", 0.19, plugin="0.1.0")
    interaction = Interaction(request, (*pieces, end), recorded=recorded)
    return write(interaction, key=key_of(request), blobs=Blobs(folder))


def cassette(folder: Path, calls: int) -> Path:
    """A cassette of that many recordings."""
    path = folder / f"of_{calls}.yaml"
    Store(path).append([document(number, folder) for number in range(calls)], header=HEADER)
    return path


def _replays(folder: Path) -> Iterator[Figure]:
    runtime, bare = Runtime(), ServerThread(Starlette(routes=[Route("/{path:path}", echo, methods=["POST"])]))
    settings = load_settings(folder, environ={}, overrides=BACKEND)
    path = cassette(folder, CALLS)
    choice = Choice(backend="up", place=Place(lambda: path))
    client = httpx.Client(transport=SharedTransport(), trust_env=False)

    def asks(url: str) -> Callable[[], None]:
        numbers = iter(range(10 * CALLS))

        def ask() -> None:
            answer = client.post(url, json=body(next(numbers) % CALLS))
            assert answer.status_code == 200

        return ask

    played = runtime.open(settings, choice)
    times = in_turn(asks(f"{bare.url}/x"), asks(f"{played.url}/v1/chat/completions"), rounds=CALLS)
    yield Figure("replay of one chat call: against a bare Starlette echo", ratio(*times), 1.5, "x")
    yield Figure(
        f"{CALLS:,} different recorded calls: against as many echoes", sum(times[1]) / sum(times[0]), 1.6, "x"
    )
    runtime.end(played)
    again = runtime.open(settings, replace(choice, repeat=True))

    def same(url: str) -> Callable[[], None]:
        return lambda: client.post(url, json=body(7)).raise_for_status() and None

    times = in_turn(same(f"{bare.url}/x"), same(f"{again.url}/v1/chat/completions"), rounds=1_000)
    yield Figure("replay of the same call again and again: against an echo", ratio(*times), 1.25, "x")
    runtime.end(again)
    client.close()
    bare.stop()
    runtime.close()


def _opening(folder: Path) -> Iterator[Figure]:
    path = cassette(folder, LARGE)
    key = key_of(request_of(decode_request(body(LARGE // 2)).prompt, backend="up", model="m"))

    def scan() -> None:
        data = path.read_bytes()
        assert data.count(b"\n---\n") == LARGE

    def open_and_hit() -> None:
        os.utime(path)  # so that nothing is remembered from the time before
        index = Store(path).load()
        entry = index.entries[index.by_key[key][0]]
        read(index.text(entry), where=str(path), blobs=Blobs(folder))

    times = in_turn(scan, open_and_hit, rounds=15)
    megabytes = path.stat().st_size / 1e6
    yield Figure(
        f"open {LARGE:,} recordings ({megabytes:.0f} MB) and hit one: against one scan",
        ratio(*times),
        1.5,
        "x",
    )


def _lookup(folder: Path) -> Figure:
    small, large = (Store(cassette(folder, calls)).load() for calls in (1, 5_000))
    keys = [key_of(request_of(decode_request(body(n)).prompt, backend="up", model="m")) for n in (0, 4_321)]

    def find(index: Index, key: str) -> Callable[[], None]:
        def found() -> None:
            for _ in range(50):
                entry = index.entries[index.by_key[key][0]]
                index.text(entry)

        return found

    times = in_turn(find(small, keys[0]), find(large, keys[1]), rounds=60)
    return Figure("a lookup in a file of 5,000: against one in a file of 1", ratio(*times), 1.2, "x")


def _appending(folder: Path) -> Figure:
    text = document(1, folder)
    data = text.encode()
    store = Store(folder / "appended.yaml")
    store.append([text], header=HEADER)
    handle = os.open(folder / "plain", os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    def plain() -> None:
        os.write(handle, data)
        os.fsync(handle)

    times = in_turn(plain, lambda: store.append([text], header=HEADER), rounds=300)
    os.close(handle)
    return Figure("append one recording durably: against write and fsync", ratio(*times), 1.5, "x")

"""A session over servers that fail, and what must be true of it afterwards, whatever they did."""

import asyncio
import json
import socket
import threading
from contextlib import contextmanager

import httpx
from canned import KEY

from faultproxy import FaultProxy
from pytest_llmock.choice import Choice
from pytest_llmock.config import load_settings

QUESTION = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 8, "seed": 1}


class Fleet:
    """A session whose backends `a`, `b` and `c` are servers; each may answer in place of the others.

    `servers` are proxies or addresses, `each` the settings of every backend. Nothing really waits, unless
    `clock="real"`.
    """

    def __init__(self, runtime, folder, *servers, settings=None, each=None, **choice):
        self._runtime, self._tasks = runtime, runtime.thread.run_sync(_tasks())
        urls = [server.url if isinstance(server, FaultProxy) else server for server in servers]
        backends = [
            {
                "Name": name,
                "Provider": "lmstudio",
                "BaseUrl": url,
                "ModelName": "m",
                "ApiKey": KEY,
                **(each or {}),
            }
            for name, url in zip("abc", urls, strict=False)
        ]
        overrides = {"Backends": backends, "Failover": True, **(settings or {})}
        loaded = load_settings(folder, environ={}, overrides=overrides)
        chosen = {"test": "t.py::t", "record": "off", "clock": "virtual", **choice}
        self.session = runtime.open(loaded, Choice(**chosen))
        self.client = httpx.Client(base_url=self.session.url, timeout=20, trust_env=False, verify=False)
        self.said = []

    def ask(self, *, stream=False, timeout=None, backend=None, **more):
        """The response of the chat API; `timeout` is the deadline of the request, in seconds."""
        told = {"X-LLM-Timeout": timeout, "X-LLM-Backend": backend}
        headers = {name: str(value) for name, value in told.items() if value is not None}
        body = {**QUESTION, "stream": stream, **more}
        self.said.append(self.client.post("/v1/chat/completions", json=body, headers=headers))
        return self.said[-1]

    def sent(self):
        """A connection on which the question was sent, for a client that leaves."""
        client = socket.create_connection((self.client.base_url.host, self.client.base_url.port))
        path, body = f"{self.client.base_url.path}v1/chat/completions", json.dumps(QUESTION)
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
        client.sendall(f"{head}{body}".encode())
        return client

    @property
    def call(self):
        """The last call of the journal."""
        return self.session.calls[-1]

    @property
    def tries(self):
        """The attempts of the last call: "a asked, a retry, b failover"."""
        return ", ".join(f"{attempt.backend} {attempt.reason}" for attempt in self.call.attempts)

    @property
    def outcomes(self):
        """How they ended: "failure, success"."""
        return ", ".join(str(attempt.outcome) for attempt in self.call.attempts)

    def breaker(self, name):
        return self.session.pool.members[name].breaker

    def end(self):
        """Check that nothing is left of what was asked, and end the session; what it recorded is kept."""
        if self.session.closed:
            return
        assert self.ask(backend="synthetic").status_code == 200
        shown = "".join(f"{said.headers}{said.text}" for said in self.said) + repr(list(self.session.calls))
        assert "CANARY" not in shown
        self.client.close()
        self._runtime.thread.run_sync(_settled(self._tasks))
        pool = self.session.pool
        assert [member.busy for member in pool.members.values()] == [0] * len(pool.members)
        room = self.session.settings.max_concurrent_requests
        assert {member.queues[-1]._value for member in pool.members.values()} <= {room}
        self._runtime.end(self.session)
        assert self.session.keep(passed=True) is None


def words(response):
    """The words of a plain answer."""
    return response.json()["choices"][0]["message"]["content"]


def message(response):
    """The message of an error."""
    return response.json()["error"]["message"]


@contextmanager
def unharmed(fleets):
    """What is done in here leaves no task, thread or slot behind, shows no key, and the server goes on."""
    threads = set(threading.enumerate())
    yield
    for fleet in fleets:
        fleet.end()
    ours = ("asyncio_", "faultproxy")  # workers of `to_thread`, and the servers of the test
    assert [each for each in set(threading.enumerate()) - threads if not each.name.startswith(ours)] == []


async def _tasks():
    return asyncio.all_tasks() - {asyncio.current_task()}


async def _settled(before):
    """Wait for whatever runs that did not run before."""
    async with asyncio.timeout(5):
        while others := asyncio.all_tasks() - before - {asyncio.current_task()}:
            await asyncio.wait(others)

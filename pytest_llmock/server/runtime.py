"""All that a process needs to answer for its tests: one server, one pool of connections, many sessions."""

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_llmock.backends.registry import Leaf, configured
from pytest_llmock.choice import Choice
from pytest_llmock.clock import Clock, SystemClock, VirtualClock
from pytest_llmock.config import BackendSettings, Settings
from pytest_llmock.ledger import Budget, Ledger
from pytest_llmock.server.app import App
from pytest_llmock.server.sessions import LateCall, Sessions
from pytest_llmock.server.thread import ServerThread
from pytest_llmock.session import Session, Shared

if TYPE_CHECKING:
    from pytest_llmock.backends.live import Live
    from pytest_llmock.server.interception import Interception

_HOST = "127.0.0.1"  # where tests find the server
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


class Runtime:
    """A running server that sessions are opened on and closed again; `close()` ends it."""

    def __init__(
        self, *, host: str = _HOST, port: int = 0, token: str = "", clock: Clock | None = None
    ) -> None:
        self.sessions = Sessions()
        self.clock = clock or SystemClock()
        self._live: Live | None = None
        self._watch: asyncio.Task[None] | None = None
        self.thread = ServerThread(App(self.sessions, token=token), host=host, port=port)
        self._tokens: dict[Session, str] = {}
        self._ledger: Ledger | None = None

    @cached_property
    def interception(self) -> "Interception":
        """Watches over calls of the code under test to hosts of providers, once it has begun."""
        from pytest_llmock.server.interception import Interception  # noqa: PLC0415 - servers have no tests

        return Interception(self.sessions)

    @property
    def url(self) -> str:
        """The stable address: whichever session is newest answers there."""
        return self.thread.url

    @property
    def late_calls(self) -> list[LateCall]:
        """Requests that came when their test was over."""
        return self.sessions.late

    def open(self, settings: Settings, choice: Choice) -> Session:
        """A session with an address of its own below the server's."""
        token = self.sessions.new_token()
        session = self._session(settings, choice, f"{self.url}/{token}")
        self._tokens[session] = token
        self.sessions.open(token, session)
        return session

    def serve(self, settings: Settings, choice: Choice) -> Session:
        """The root session: it answers at the server's address itself, for as long as the server runs."""
        self.sessions.root = self._session(settings, choice, self.url)
        return self.sessions.root

    def watch(self, every_s: float) -> None:
        """Keep asking the live backends of the root session how they are, until `close`."""
        self.thread.run_sync(self._start_watch(every_s))

    def end(self, session: Session) -> None:
        """Close the session when its recordings are complete; other calls are cancelled, late ones told."""
        self._settle(session)
        self.sessions.close(self._tokens.pop(session))
        if session.work:
            self.thread.run_sync(_cancel_work(session))

    def close(self) -> None:
        """Stop the server, when what its root session still records is kept, and close its connections."""
        if self._watch is not None:
            self.thread.run_sync(_cancelled(self._watch))
        if self.sessions.root is not None:
            self._settle(self.sessions.root)
            self.sessions.root.keep(passed=True)
        if self._live is not None:
            self.thread.run_sync(self._live.aclose())
        if "interception" in self.__dict__:
            self.interception.end()
        self.thread.stop()

    def _settle(self, session: Session) -> None:
        if session.uses_cassette:
            self.thread.run_sync(session.settle())

    def _session(self, settings: Settings, choice: Choice, url: str) -> Session:
        backends = configured(settings, live=self._leaf, seed=choice.seed, strict=choice.strict)
        clock = VirtualClock(self.clock) if choice.clock == "virtual" else self.clock
        if self._ledger is None:  # a run has one budget, whatever single tests have settings for
            self._ledger = Ledger(Budget(settings.max_cost, settings.max_run_tokens))
        shared = Shared(self._ledger, self.thread.run_sync, self.thread.run)
        return Session(settings, choice, backends=backends, clock=clock, url=url, shared=shared)

    async def _start_watch(self, every_s: float) -> None:
        assert self.sessions.root is not None
        self._watch = asyncio.create_task(self.sessions.root.watch(every_s))

    def _leaf(self, entry: BackendSettings, settings: Settings) -> Leaf:
        if self._live is None:
            from pytest_llmock.backends.live import Live  # noqa: PLC0415 - its HTTP client costs 70 ms

            self._live = Live()
        return self._live.leaf(entry, settings)


async def _cancel_work(session: Session) -> None:
    for task in list(session.work):
        task.cancel()


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def environment_for(url: str) -> Mapping[str, str]:
    """The variables by which SDKs find a session: base URLs, keys of nobody, and `past_proxies`."""
    return {
        "OPENAI_BASE_URL": f"{url}/v1",
        "OPENAI_API_KEY": "sk-llmock-not-a-key",
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": "sk-ant-llmock-not-a-key",
        "OLLAMA_HOST": url,
        **past_proxies(),
    }


def past_proxies() -> Mapping[str, str]:
    """The variables that keep a proxy of the environment from calls to our server; none where it has no part.

    Clients would hand such a proxy even what is for this machine.
    """
    environ = os.environ
    if not any(environ.get(name) or environ.get(name.lower()) for name in _PROXIES):
        return {}
    known = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    if _HOST in known.split(","):
        return {}
    past = f"{known},{_HOST}" if known else _HOST
    return {"no_proxy": past, "NO_PROXY": past}

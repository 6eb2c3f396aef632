"""Calls of the code under test to hosts of providers: refused, or answered by the test's session.

While a test of ours runs, a call to a provider's own host is refused and fails the test (the guard), unless
the test says `intercept=False`. With `intercept=True` the session answers it, and hosts that nobody knows are
refused as well. Calls of our own backends, and those to this machine, go where they should.

httpx and httpx2 are caught where they hand a request to their connections, so that clients made long before
are, and mocks of other libraries, which sit above or took that place before, answer first. All else is
caught, and refused, where it looks a provider's host up, or has a proxy asked for it by `http.client`.
"""

import socket
from collections.abc import Callable
from functools import partial
from http.client import HTTPConnection
from threading import current_thread
from typing import Any

from pytest_llmock.errors import RefusedError
from pytest_llmock.hosts import is_loopback
from pytest_llmock.server.app import face_of
from pytest_llmock.server.interception.addresses import is_provider, path_here
from pytest_llmock.server.interception.transports import Asked, Patches
from pytest_llmock.server.sessions import Sessions
from pytest_llmock.server.thread import THREAD_NAME
from pytest_llmock.session import Session
from pytest_llmock.wire.http import Response

_ALLOWED = (
    "To have it answered by the test's backend: @pytest.mark.llmock(intercept=True), or give the client "
    "base_url=llm_backend.base_url. To let it through: @pytest.mark.llmock(intercept=False)."
)


class Interception:
    """Watches over the calls of one process, for whichever test is running."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._patches = Patches(self.decide)
        self._getaddrinfo: Callable[..., Any] | None = None
        self._set_tunnel = HTTPConnection.set_tunnel

    def begin(self) -> None:
        """Watch from now on."""
        self._patches.install()
        if self._getaddrinfo is None:
            self._getaddrinfo = socket.getaddrinfo
            socket.getaddrinfo = partial(self._looked_up, socket.getaddrinfo)
            self._set_tunnel = HTTPConnection.set_tunnel
            HTTPConnection.set_tunnel = self._tunnelled(self._set_tunnel)  # type: ignore[method-assign]  # given back by end()

    def end(self) -> None:
        """Watch no longer."""
        self._patches.remove()
        if self._getaddrinfo is not None:
            socket.getaddrinfo = self._getaddrinfo
            self._getaddrinfo = None
            HTTPConnection.set_tunnel = self._set_tunnel  # type: ignore[method-assign]  # what it was

    def decide(self, asked: Asked) -> str | Response | None:
        """Where a request goes instead, or its answer; None lets it go where it wants."""
        session = self._session()
        wish = None if session is None else session.choice.intercept
        if session is None or wish is False:
            return None
        here = path_here(asked.host, asked.port, asked.path)
        if wish and here is not None:
            return f"{session.url}{here}"
        if is_loopback(asked.host) or (here is None and not wish):
            return None
        return face_of(here or asked.path).error(
            _refused(session, asked.host, f"{asked.method} {asked.path}")
        )

    def _session(self) -> Session | None:
        is_own = current_thread().name.startswith(THREAD_NAME)
        return None if is_own else self._sessions.newest

    def _looked_up(self, original: Callable[..., Any], host: object, *args: object, **options: object) -> Any:
        self._check(host, "its address")
        return original(host, *args, **options)

    def _tunnelled(self, original: Callable[..., None]) -> Callable[..., None]:
        def set_tunnel(connection: HTTPConnection, host: str, *args: Any, **options: Any) -> None:
            self._check(host, "through a proxy")
            original(connection, host, *args, **options)

        return set_tunnel

    def _check(self, host: object, what: str) -> None:
        """Raise RefusedError, and fail the test, for a provider's host that the test does not allow."""
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if not isinstance(name, str) or not is_provider(name):
            return
        session = self._session()
        if session is not None and session.choice.intercept is not False:
            raise _refused(session, name, what)


def _refused(session: Session, host: str, what: str) -> RefusedError:
    """The refusal, which fails the test once, however often a client tries."""
    if session.choice.intercept and is_provider(host):
        told = (
            "intercept=True catches calls of httpx and httpx2, and this came from another library: give its "
            "client base_url=llm_backend.base_url."
        )
    elif session.choice.intercept:
        told = (
            "intercept=True lets no call out, and knows the hosts of providers only. Give the client "
            "base_url=llm_backend.base_url, or program the host with mock_api."
        )
    else:
        told = _ALLOWED
    error = RefusedError(f"A live call to {host} ({what}) was refused: nothing allows it. {told}")
    known = next((each for each in session.failures if each.message == error.message), None)
    if known is None:
        session.failures.append(error)
    return known or error

"""Which session an address belongs to, and what became of the tests that are over."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from threading import Lock

from pytest_llmock.errors import SessionClosedError
from pytest_llmock.session import Session

PREFIX = "~"  # a session's first path segment: unreserved in URLs, and no API's path begins with it


@dataclass(frozen=True, slots=True)
class LateCall:
    """A request that came for a test that was over."""

    test: str
    method: str
    path: str


class Sessions:
    """The open sessions by token, and the tests of the closed ones.

    A token holds a word that is new in every process, so that a client left over from another process
    cannot reach a test that happens to live at the same port.
    """

    def __init__(self) -> None:
        self._word = secrets.token_hex(4)
        self._numbers = count(1)
        self._open: dict[str, Session] = {}
        self._closed: dict[str, str] = {}
        self._lock = Lock()
        self.root: Session | None = None
        self.late: list[LateCall] = []

    def new_token(self) -> str:
        """A token no session of this process has had."""
        return f"{PREFIX}{self._word}-{next(self._numbers)}"

    def open(self, token: str, session: Session) -> None:
        """Let `session` answer below its token, and the stable address for as long as it is the newest."""
        with self._lock:
            self._open[token] = session

    def close(self, token: str) -> None:
        """End the session: whoever calls its address later gets a SessionClosedError."""
        with self._lock:
            session = self._open.pop(token)
            self._closed[token] = session.choice.test
        session.closed = True

    def find(self, token: str, method: str, path: str) -> Session:
        """The session of an address; of the address without a token, the newest open one."""
        if not token:
            return self._stable(method, path)
        session = self._open.get(token)
        if session is not None:
            return session
        test = self._closed.get(token, "")
        self._note_late(test or "an earlier run", method, path)
        raise SessionClosedError(
            f"{method} {path} came for {f'the test {test}, which is' if test else 'a session that is'} over. "
            "Wait in the test for what it started, or close its client there.",
            details={"test": test},
        )

    def __iter__(self) -> Iterator[Session]:
        return iter(list(self._open.values()))

    @property
    def newest(self) -> Session | None:
        """The session of the test that began last and is not over."""
        with self._lock:
            return next(reversed(self._open.values()), None)

    def _stable(self, method: str, path: str) -> Session:
        session = self.newest or self.root
        if session is not None:
            return session
        self._note_late("no test", method, path)
        raise SessionClosedError(
            f"{method} {path} came while no test of pytest-llmock was running: give the test that makes the "
            "call the fixture llmock, llm_backend or mock_api.",
        )

    def _note_late(self, test: str, method: str, path: str) -> None:
        self.late.append(LateCall(test, method, path))

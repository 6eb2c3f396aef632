"""`mock_api`: HTTP clients whose base URL is the mock REST API of this test."""

from functools import cached_property

import httpx

from pytest_llmock.journal import Journal
from pytest_llmock.server.mock import ROOT
from pytest_llmock.session import Session

GRACE_S = 5  # the server's own deadline comes first, with a message that says more than the client's


class SharedTransport(httpx.BaseTransport):
    """One pool of connections for the clients of all tests: making and connecting one takes a millisecond."""

    def __init__(self) -> None:
        # verify=False spares 23 ms for an SSL context that plain HTTP on loopback never uses
        self._pool = httpx.HTTPTransport(verify=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._pool.handle_request(request)

    def close(self) -> None:
        """A client that is closed leaves the connections to the others."""

    def close_pool(self) -> None:
        """End every connection."""
        self._pool.close()


class MockApi(httpx.Client):
    """An `httpx.Client` for the REST API that does not exist yet; `mock_api.get("/users")` is answered."""

    def __init__(self, session: Session, transport: SharedTransport) -> None:
        self._session = session
        self._timeout_s = session.settings.deadline_seconds + GRACE_S
        super().__init__(base_url=self.url, transport=transport, trust_env=False, timeout=self._timeout_s)

    @property
    def url(self) -> str:
        """The mock API's address, for the code under test: "http://127.0.0.1:PORT/…/api/mock"."""
        return f"{self._session.url}{ROOT}"

    @cached_property
    def async_client(self) -> httpx.AsyncClient:
        """The same API as an `httpx.AsyncClient`, to be used as a context."""
        return httpx.AsyncClient(
            base_url=self.url,
            verify=False,  # noqa: S501 - no TLS is spoken here
            trust_env=False,
            timeout=self._timeout_s,
        )

    @property
    def calls(self) -> Journal:
        """What was asked in this test, oldest first."""
        return self._session.calls

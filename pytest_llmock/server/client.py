"""`mock_api`: HTTP clients whose base URL is the mock REST API of this test."""

from collections.abc import Mapping
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from pytest_llmock.mockapi.asserting import MockCalls
from pytest_llmock.mockapi.mounts import Mount
from pytest_llmock.mockapi.pattern import Params
from pytest_llmock.mockapi.routes import Routes
from pytest_llmock.server.mock import FACE, ROOT
from pytest_llmock.session import Session

if TYPE_CHECKING:
    from pytest_llmock.mockapi.route import Route

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
    def calls(self) -> MockCalls:
        """What was asked of the mock API in this test, oldest first, with assertions."""
        journal = self._session.calls
        return MockCalls(lambda: [call for call in journal if call.face == FACE.name])

    @property
    def routes(self) -> Routes:
        """The programmed answers of this test, in the order in which they are looked at."""
        return self._session.routes

    def route(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        headers: Mapping[str, object] | None = None,
        json: object = ...,
    ) -> "Route":
        """A route for requests of this method ("*" is any), path ("/users/{id}", "/users/**") and content.

        `params` and `headers` are contained in the request's, `json` is its whole body. Say what it does:
        `mock_api.route("GET", "/users/{id}").respond(json={"id": 7})`. Raises ValueError for what no request
        can be.
        """
        return self._session.routes.route(method, path, params=params, headers=headers, json=json)

    def graphql_schema(self, sdl: str | Path) -> None:
        """Hold POST /graphql against a GraphQL schema: its SDL, or a file with it.

        Queries are validated, answers have its types, and introspection works. Raises SettingsError, with
        line and column, for an SDL that cannot be used.
        """
        from pytest_llmock.server.graphql import documents  # noqa: PLC0415 - imports graphql-core

        self._session.graphql_schema = documents().schema_of(sdl)

    def mount_openapi(
        self,
        document: "Mapping[str, object] | str | PathLike[str]",
        *,
        prefix: str = "",
        examples: bool = False,
        streaming: bool = False,
    ) -> Mount:
        """Let every operation of an OpenAPI document (3.0, 3.1) answer, until the test is over.

        `document` is parsed, or the path of a JSON or YAML file. An operation answers at its path behind
        `prefix` ("/shop"), and at the same below `/openapi`, where nothing else does. Requests are checked:
        422 with pointers, 404, 405. With `examples` the document's examples are the answers, where there are
        some; with `streaming` a client that accepts `text/event-stream` gets events.

        Raises ShapeError for a document that cannot be read, or has a path that another one has.
        """
        return self._session.mounts.mount(document, prefix=prefix, examples=examples, streaming=streaming)

    def assert_all_called(self) -> None:
        """Fail unless every route took a request."""
        __tracebackhide__ = True
        self._session.routes.assert_all_called()

"""Calls to live backends over HTTP; the only module that imports httpx2.

Rules: loopback hosts are never reached through a proxy; redirects are never followed, because the key would
go along; nothing is retried; every wait is bounded, by a timeout around that wait alone and never around a
`yield`; every body is bounded, after it was decompressed. Whatever goes wrong is a `BackendError`, and no
message holds a key.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Iterator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from functools import cached_property
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TypeVar
from urllib.parse import urlsplit

import httpx2

from pytest_llmock.backends.handshake import Handshake
from pytest_llmock.errors import BackendError, Failure, FailureKind
from pytest_llmock.hosts import is_loopback
from pytest_llmock.wire.http import HOPS, HOPS_HEADER

T = TypeVar("T")

MAX_BYTES = 16 * 1024 * 1024
DRAIN_S = 0.2
# Shorter than the 5 s of uvicorn and llama.cpp: a connection is not used again while its server closes it.
_LIMITS = httpx2.Limits(max_connections=None, max_keepalive_connections=200, keepalive_expiry=4.0)
# Local servers close when they like: llama.cpp's now and then right after an answer, as the next request is
# on its way. A new connection costs 0.2 ms there, and without TLS nothing else.
_LOCAL_LIMITS = httpx2.Limits(max_connections=None, max_keepalive_connections=0)
_SHOWN_BODY = 500
_TELLING = 8  # characters of a key that say nothing of it yet: "sk-proj-"
_JSON = {"Content-Type": "application/json"}


class Patience:
    """The seconds that an attempt may still wait for its upstream; time that its reader takes is free.

    `setting` is what bounds them, for messages; `spent_s` is how long it has waited so far.
    """

    def __init__(self, seconds: float, *, setting: str = "TimeoutSeconds") -> None:
        self.allowed = f"{seconds:g} s ({setting})" if setting else f"{seconds:g} s"
        self.spent_s = 0.0
        self._seconds = seconds

    async def wait(self, awaitable: Awaitable[T]) -> T:
        """What `awaitable` gives. Raises TimeoutError when patience is at its end."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(self._seconds - self.spent_s):
                return await awaitable
        finally:
            self.spent_s += loop.time() - started


@dataclass(frozen=True, slots=True)
class Target:
    """Where a call goes, and how its errors speak of it.

    `headers` go along, the key among them; `secret` is that key, masked wherever it turns up.
    """

    url: str
    backend: str
    provider: str
    start_hint: str = ""
    secret: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def host(self) -> str:
        """Scheme, host and port, without a user or password."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    def error(
        self,
        kind: FailureKind,
        problem: str,
        *,
        status: int | None = None,
        retry_after_s: float | None = None,
        body: str = "",
    ) -> BackendError:
        """The failure of this call: "Backend 'x' (ollama at http://localhost:11434) …"."""
        said = f"Backend '{self.backend}' ({self.provider} at {self.host}) {problem}"
        shown = self.masked(body[:_SHOWN_BODY])
        failure = Failure(kind, self.masked(said), status, retry_after_s, shown)
        return BackendError(failure, backend=self.backend)

    def masked(self, text: str) -> str:
        """`text` without the key, and without its beginning: texts are cut short, a key with them."""
        if not self.secret:
            return text
        shortest = min(len(self.secret), _TELLING)
        for length in range(len(self.secret), shortest - 1, -1):
            text = text.replace(self.secret[:length], "***")
        return text


def safe(text: str, limit: int = 80) -> str:
    """The start of `text` on one line, without control characters."""
    line = "".join(character if character.isprintable() else " " for character in text[: 4 * limit])
    return " ".join(line.split())[:limit]


class Answer:
    """The head of an upstream's answer, and its body to be read once, piece by piece or whole."""

    def __init__(self, response: httpx2.Response, target: Target, patience: Patience, max_bytes: int) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        self.target = target
        self._response = response
        self._patience = patience
        self._max_bytes = max_bytes
        self._pieces: AsyncGenerator[bytes, None] = response.aiter_bytes()

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The body as it comes, decompressed."""
        size = 0
        while piece := await self._next():
            size += len(piece)
            if size > self._max_bytes:
                raise self.target.error(
                    "too_large", f"sent more than {self._max_bytes} bytes, the limit of an answer."
                )
            yield piece

    async def _next(self) -> bytes:
        try:
            return await self._patience.wait(anext(self._pieces, b""))
        except TimeoutError as error:
            problem = f"did not complete its answer within {self._patience.allowed}."
            raise self.target.error("timeout", problem) from error
        except httpx2.HTTPError as error:
            raise self.target.error(*_body_problem(error)) from error

    async def read(self) -> bytes:
        """The whole body."""
        async with aclosing(self.chunks()) as chunks:
            return b"".join([chunk async for chunk in chunks])

    async def drain(self) -> None:
        """Read what follows the end of the answer, so that the connection can be used again; give up soon."""
        with suppress(TimeoutError, httpx2.HTTPError):  # the answer is complete: this is only thrift
            async with asyncio.timeout(DRAIN_S):
                while await anext(self._pieces, b""):
                    pass

    async def aclose(self) -> None:
        """Close the connection, unless the body was read to its end."""
        await self._pieces.aclose()
        await self._response.aclose()


class Http:
    """The clients of one event loop, built when they are needed; call `aclose` on that loop."""

    def __init__(self) -> None:
        self._clients: dict[tuple[bool, bool], httpx2.AsyncClient] = {}

    async def post(
        self, target: Target, body: bytes, *, patience: Patience, max_bytes: int = MAX_BYTES
    ) -> Answer:
        """The answer to a JSON POST, its body still to be read; close it. Raises BackendError."""
        return await self._send(target, body, patience, max_bytes)

    async def get(self, target: Target, *, patience: Patience, max_bytes: int = MAX_BYTES) -> Answer:
        """The answer to a GET, likewise."""
        return await self._send(target, None, patience, max_bytes)

    async def _send(self, target: Target, body: bytes | None, patience: Patience, max_bytes: int) -> Answer:
        client = self._client_for(target)
        handshake = Handshake()
        request = _request(client, target, body, handshake)
        try:
            async with handshake:
                response = await patience.wait(client.send(request, stream=True))
        except TimeoutError as error:
            within = f"within {patience.allowed}."
            problem = f"did not answer {within} {target.start_hint}".strip()
            if handshake.pending:
                problem = f"did not answer the TLS greeting {within} Should 'BaseUrl' begin with http://?"
            raise target.error("timeout", problem) from error
        except httpx2.HTTPError as error:
            raise target.error(*_head_problem(error, target)) from None  # it quotes the server unmasked
        return Answer(response, target, patience, max_bytes)

    def _client_for(self, target: Target) -> httpx2.AsyncClient:
        key = _kind_of(target)
        if key not in self._clients:
            loopback, encrypted = key
            # An empty context trusts nobody, and costs nothing: it is never used, as http needs none.
            verify = self._trusted if encrypted else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            jar = CookieJar(
                DefaultCookiePolicy(allowed_domains=())
            )  # one call must not see another's cookies
            self._clients[key] = httpx2.AsyncClient(
                trust_env=not loopback,
                verify=verify,
                limits=_LOCAL_LIMITS if loopback else _LIMITS,
                follow_redirects=False,
                cookies=jar,
            )
        return self._clients[key]

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        return httpx2.create_ssl_context()  # 20 ms, which calls without TLS must not pay

    async def aclose(self) -> None:
        """Close every connection."""
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.aclose()


def _request(
    client: httpx2.AsyncClient, target: Target, body: bytes | None, handshake: Handshake
) -> httpx2.Request:
    """A JSON POST, or a GET where there is no body."""
    method, headers = ("GET", _headers(target)) if body is None else ("POST", _headers(target) | _JSON)
    extensions = {"trace": handshake.note} if urlsplit(target.url).scheme == "https" else {}
    try:
        return client.build_request(
            method, target.url, content=body, headers=headers, timeout=None, extensions=extensions
        )
    except httpx2.InvalidURL as error:
        raise target.error("protocol", f"cannot be called: its 'BaseUrl' is no address ({error}).") from error


def _headers(target: Target) -> dict[str, str]:
    headers = {
        "Accept": "text/event-stream, application/json",
        "User-Agent": "pytest-llmock",
        HOPS_HEADER: str(HOPS.get() + 1),
    }
    return headers | dict(target.headers)


def _kind_of(target: Target) -> tuple[bool, bool]:
    """Whether the host is loopback, and whether the scheme is https; raises for what is no HTTP address."""
    try:
        parts = urlsplit(target.url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise target.error("protocol", f"cannot be called: its 'BaseUrl' is no address ({error}).") from error
    if parts.scheme not in {"http", "https"} or not host:
        raise target.error("protocol", "cannot be called: its 'BaseUrl' must begin with http:// or https://.")
    return is_loopback(host), parts.scheme == "https"


def _head_problem(error: httpx2.HTTPError, target: Target) -> tuple[FailureKind, str]:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            trust = "Name the file of its issuer in SSL_CERT_FILE."
            return "protocol", f"has a TLS certificate that is not trusted: {cause.verify_message}. {trust}"
        if isinstance(cause, ssl.SSLError):
            return "protocol", f"does not speak TLS ({cause.reason}). Should 'BaseUrl' begin with http://?"
        if isinstance(cause, socket.gaierror):
            return "resolve", "cannot be found: its host name does not resolve. Check 'BaseUrl'."
        if isinstance(cause, ConnectionRefusedError):
            return "connect", f"cannot be reached: connection refused. {target.start_hint}".strip()
    if isinstance(error, httpx2.ConnectError | httpx2.ProxyError):
        return "connect", f"cannot be reached: {safe(str(error))}. {target.start_hint}".strip()
    if isinstance(error, httpx2.NetworkError) or _is_silent_close(error):
        return "cut", "closed the connection before it answered."
    return "protocol", f"does not speak HTTP here ({safe(str(error))}). Check scheme and port of 'BaseUrl'."


def _is_silent_close(error: httpx2.HTTPError) -> bool:
    """Whether the server closed without a word; bytes that are not HTTP have h11's error as their cause."""
    return isinstance(error, httpx2.RemoteProtocolError) and len(list(_causes(error))) == 2


def _body_problem(error: httpx2.HTTPError) -> tuple[FailureKind, str]:
    if isinstance(error, httpx2.DecodingError):
        return "protocol", f"sent a body that cannot be decompressed ({safe(str(error))})."
    return "cut", "closed the connection in the middle of its answer."


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):  # a name with several addresses: one error for each
            yield from error.exceptions
        error = error.__cause__ or error.__context__

"""The one driver between ASGI and the APIs: reads a request, runs a handler, sends what it gives.

A handler is a coroutine function from (session, call, request) to a Response and does no I/O but asking
the session; everything else is here once: size limit, journal, errors in the API's own form, the client
that leaves early.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from math import ceil, isfinite
from typing import TYPE_CHECKING, TypeAlias

from starlette.types import Receive, Scope, Send

from pytest_llmock.errors import (
    BackendError,
    BreakerOpenError,
    LLMockError,
    RefusedError,
    RequestError,
    SessionClosedError,
    ShapeError,
    TooLargeError,
)
from pytest_llmock.journal import Call
from pytest_llmock.server.keys import check_key
from pytest_llmock.server.sending import send_response
from pytest_llmock.session import Session
from pytest_llmock.wire.http import (
    HOPS,
    Request,
    Response,
    header_text,
    header_value,
    hops_of,
    json_response,
)

if TYPE_CHECKING:
    from pytest_llmock.mockapi.multipart import Multipart

MOST_HELD_BYTES = 1_000_000  # of a form with files
log = logging.getLogger("pytest_llmock")

Params: TypeAlias = Mapping[str, str | int]  # of a path, by the names in its API's table
Handler = Callable[[Session, Call, Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Face:
    """One API as its clients know it: its name in the journal, and the form and status of its errors.

    `is_provider`: SDKs of a provider call it, and an upstream's status is passed on to them. `limits` gives
    the headers that say its rate limit is used up, for so many seconds from a moment (since 1970).
    `id_header` is the header in which they look for the id of a request, empty for none; in `key_headers`
    they send their key, and `key_statuses` refuse one that is missing, or wrong, where a test requires it.
    """

    name: str
    error_body: Callable[[LLMockError], object]
    is_provider: bool = False
    limits: Callable[[float | None, float], Mapping[str, str]] | None = None
    id_header: str = ""
    key_headers: tuple[str, ...] = ("authorization",)
    key_statuses: tuple[int, int] = (401, 401)

    def error(self, error: LLMockError) -> Response:
        """The error as this API says it."""
        headers = {}
        if error.status == 501 or isinstance(error, RefusedError | SessionClosedError | BreakerOpenError):
            headers["x-should-retry"] = (
                "false"  # SDKs obey it, and would otherwise hide the refusal for seconds
            )
        status = error.status
        if status == 405 and isinstance(allowed := error.details.get("allow"), list):
            headers["allow"] = ", ".join(allowed)
        wait_s = error.failure.retry_after_s if isinstance(error, BackendError) else None
        if wait_s is not None and isfinite(wait_s):
            headers["retry-after"] = str(ceil(wait_s))  # HTTP knows whole seconds only
        if isinstance(error, BackendError) and error.pace == 0:
            headers["retry-after-ms"] = "1"  # SDKs obey it first: in replay nobody is there to be waited for
        if self.is_provider and isinstance(error, ShapeError):
            status = 400  # providers know no 422: their SDKs would raise the wrong class
        if self.is_provider and isinstance(error, BackendError):
            unauthorised = 401 if error.failure.kind == "key_missing" else None
            status = error.failure.status or unauthorised or status
        return json_response(self.error_body(error), status=status, headers=headers)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A handler as an ASGI application.

    `journalled` is off for what is not a call of the code under test, or says the methods that are one.
    `holds_files`: forms are kept whole, with the contents of large files.
    """

    face: Face
    handler: Handler
    methods: frozenset[str] | None = None
    journalled: bool | frozenset[str] = True
    holds_files: bool = False

    @classmethod
    def of(
        cls,
        face: Face,
        handlers: Mapping[str, Handler],
        *,
        journalled: bool | frozenset[str] = True,
        holds_files: bool = False,
    ) -> "Endpoint":
        """One with a handler for each method; HEAD is answered where GET is."""

        async def handler(session: Session, call: Call, request: Request) -> Response:
            method = "GET" if request.method == "HEAD" else request.method
            return await handlers[method](session, call, request)

        methods = frozenset(handlers) | ({"HEAD"} if "GET" in handlers else set())
        return cls(face, handler, methods, journalled, holds_files)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        session: Session = scope["llmock"]
        call = self._call(session, scope)
        task = asyncio.current_task()
        assert task is not None
        session.work.add(task)
        try:
            await self._answer(session, call, scope, receive, send)
        except asyncio.CancelledError as error:
            if task.cancelling():
                task.uncancel()
                await self._cancelled(session, call, send)
            elif not call.status:  # nobody cancelled this: a backend raised it
                await self._send(session, call, self._failed(call, unexpected(error)), send)
        finally:
            session.work.discard(task)
            call.seconds = session.clock.monotonic() - call.started

    async def _cancelled(self, session: Session, call: Call, send: Send) -> None:
        left = "The client left before the answer was complete."
        if session.closed:
            left = f"The test {session.choice.test} ended before this answer was complete."
            if not call.status:
                await self._send(session, call, self._failed(call, SessionClosedError(left)), send)
        call.error = call.error or left

    def _call(self, session: Session, scope: Scope) -> Call:
        started = session.clock.monotonic()
        journalled = self.journalled
        if journalled is True or (journalled and scope["method"] in journalled):
            return session.calls.open(self.face.name, scope["method"], scope["path"], started=started)
        return Call(0, self.face.name, scope["method"], scope["path"], started=started)

    async def _answer(self, session: Session, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            limit = session.settings.max_request_size_bytes
            request = await _read(scope, receive, limit, holds_files=self.holds_files)
        except LLMockError as error:
            await self._send(session, call, self._failed(call, error), send)
            return
        with _Watch(receive, asyncio.current_task()):
            await self._send(session, call, await self._handled(session, call, request), send)

    async def _handled(self, session: Session, call: Call, request: Request) -> Response:
        try:
            if self.methods is not None and request.method not in self.methods:
                allowed = ", ".join(sorted(self.methods))
                allow = [*sorted(self.methods), "OPTIONS"]
                if request.method == "OPTIONS":
                    return Response(204, headers={"allow": ", ".join(allow)})
                told = f"{request.path} takes {allowed}, not {request.method}."
                raise RequestError(told, status=405, details={"allow": allow})  # noqa: TRY301 - every refusal takes the same way out
            required = session.settings.require_api_key
            if required and self.face.is_provider:
                headers, statuses = self.face.key_headers, self.face.key_statuses
                check_key(request, required.reveal(), headers=headers, statuses=statuses)
            HOPS.set(hops_of(request))
            return await self.handler(session, call, request)
        except LLMockError as error:
            return self._failed(call, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is told and the log has it
            return self._failed(call, unexpected(error))

    def _failed(self, call: Call, error: LLMockError) -> Response:
        call.fail(error)
        if self.face.id_header:
            error.details["request_id"] = request_id(call)
        return self.face.error(error)

    async def _send(self, session: Session, call: Call, response: Response, send: Send) -> None:
        call.status = response.status
        if call.faults:
            from pytest_llmock.server.spoiling import spoiled  # noqa: PLC0415 - few calls have faults

            response = spoiled(response, call, limits=self.face.limits, now=session.clock.wall())
        headers = call_headers(call)
        if self.face.id_header:
            headers[self.face.id_header] = request_id(call)
        call.seconds = session.clock.monotonic() - call.started  # whoever has the answer may look at once
        await send_response(response, send, headers=headers)


def request_id(call: Call) -> str:
    """The id of a request, as its API tells it: "req_0…01"."""
    return f"req_{call.number:032x}"


def call_headers(call: Call) -> dict[str, str]:
    """The X-LLMock-… headers that say who answered a call, and those that it has of its own."""
    headers = dict(call.answer_headers)
    if call.backend:
        asked = call.attempts[-1].model if call.attempts else ""
        headers |= {
            "x-llmock-backend": header_value(call.backend),
            "x-llmock-model": header_value(call.model or asked),
            "x-llmock-source": call.source or "none",
            "x-llmock-attempts": str(len(call.attempts)),
        }
    if call.warnings:
        headers["x-llmock-warning"] = header_value(" ".join(call.warnings))
    return headers


async def _read(scope: Scope, receive: Receive, limit: int, *, holds_files: bool = False) -> Request:
    headers = {name.decode("latin-1"): header_text(value) for name, value in scope["headers"]}
    chunks, size, form = list[bytes](), 0, None
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestError("The client left before its request was complete.")
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > limit:
            raise TooLargeError(
                f"The request body is larger than {limit} bytes. Send less, or raise MaxRequestSizeBytes."
            )
        if form is None and size > MOST_HELD_BYTES and not holds_files:
            form = _large_form(headers)
        if form is not None:
            for chunk in chunks:
                form.write(chunk)
            chunks.clear()
        if not message.get("more_body"):
            break
    query = scope["query_string"].decode("latin-1")
    data, body = (form.data if form is not None else None), b"".join(chunks)
    if "content-encoding" in headers:
        from pytest_llmock.server.unpacking import unpacked  # noqa: PLC0415 - few clients pack what they send

        body = unpacked(body, headers["content-encoding"], limit)
    return Request(scope["method"], scope["path"], query, headers, body, data, scope["llmock_params"])


def _large_form(headers: Mapping[str, str]) -> "Multipart | None":
    """What reads a form of large files while they come in, and holds none; None for other bodies."""
    content_type = headers.get("content-type", "")
    if not content_type.lower().startswith("multipart/form-data") or "content-encoding" in headers:
        return None
    from pytest_llmock.mockapi.multipart import Multipart  # noqa: PLC0415 - few tests send large files

    return Multipart(content_type)


def unexpected(error: BaseException) -> LLMockError:
    """An error that nobody raised on purpose, logged with its traceback, as one that clients can be told."""
    log.error("An error in pytest-llmock or in a backend given to it", exc_info=error)
    return LLMockError(f"{type(error).__name__}: {error}. This is an error in a backend or in pytest-llmock.")


class _Watch:
    """Cancels the work when its client leaves: `send` never tells that, so `receive` is listened to.

    Listening begins with the first wait of the work, because most answers are complete without one.
    """

    def __init__(self, receive: Receive, work: "asyncio.Task[object] | None") -> None:
        self._receive, self._work = receive, work
        self._listening: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        self._begin = asyncio.get_running_loop().call_soon(self._listen)

    def __exit__(self, *error: object) -> None:
        self._begin.cancel()
        if self._listening is not None:
            self._listening.cancel()

    def _listen(self) -> None:
        self._listening = asyncio.ensure_future(self._until_disconnect())

    async def _until_disconnect(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if self._work is not None:
            self._work.cancel()

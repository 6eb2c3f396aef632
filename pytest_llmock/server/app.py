"""The ASGI application: who may ask, which session is asked, which API answers."""

from collections.abc import Mapping
from hmac import compare_digest
from urllib.parse import urlsplit

from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from pytest_llmock.errors import LLMockError, RequestError
from pytest_llmock.server import control, mock, openai
from pytest_llmock.server.endpoint import send_response
from pytest_llmock.server.sessions import PREFIX, Sessions
from pytest_llmock.wire.http import header_text

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

ROUTES = (
    Route("/api/mock/stream/{path:path}", mock.STREAM),
    Route("/api/mock/{path:path}", mock.GENERATE),
    Route("/api/mock", mock.GENERATE),
    Route("/v1/chat/completions", openai.CHAT),
    Route("/v1/embeddings", openai.EMBEDDINGS),
    Route("/v1/models", openai.MODELS),
    Route("/v1/models/{id:path}", openai.MODELS),
    Route("/llmock/health", control.HEALTH),
    Route("/llmock/backends", control.BACKENDS),
    Route("/llmock/calls", control.CALLS),
    Route("/llmock/reset", control.RESET),
)


class App:
    """Everything the server answers.

    Without a `token` it is for this machine: it answers to loopback names only. With one it may listen on
    any interface, and answers whoever sends the token as bearer or in the header X-LLMock-Token.
    """

    def __init__(self, sessions: Sessions, *, token: str = "") -> None:
        self.sessions = sessions
        self._token = token
        self._router = Router(ROUTES, default=_unknown, redirect_slashes=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token, path = _split(scope["path"])
        face = openai.FACE if path.startswith("/v1/") else mock.FACE
        try:
            self._check_client(scope)
            session = self.sessions.find(token, scope["method"], path)
        except LLMockError as error:
            await send_response(face.error(error), send)
            return
        below = {**scope, "path": path, "llmock": session}
        await self._router(below, receive, send)

    def _check_client(self, scope: Scope) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        host, origin = (header_text(headers.get(name, b"")).lower() for name in (b"host", b"origin"))
        if self._token:
            _check_token(headers, self._token)
        elif _hostname(host) not in LOOPBACK:
            raise RequestError(
                f"This server answers only to its loopback address, not to the host {host[:100]!r}: a web "
                "page must not reach it under a name of its own. Ask for http://127.0.0.1.",
                status=403,
            )
        if origin and origin != f"http://{host}":
            raise RequestError(
                f"The origin {origin[:80]!r} may not ask this server: cross-origin requests are off.",
                status=403,
            )


def _check_token(headers: Mapping[bytes, bytes], token: str) -> None:
    bearer = headers.get(b"authorization", b"").removeprefix(b"Bearer ").strip()
    given = headers.get(b"x-llmock-token", bearer)
    if not compare_digest(given, token.encode()):
        raise RequestError(
            "This server was started with --token: send it as 'Authorization: Bearer …' (an SDK's api_key) "
            "or in the header X-LLMock-Token.",
            status=401,
        )


async def _unknown(scope: Scope, receive: Receive, send: Send) -> None:
    await control.UNKNOWN(scope, receive, send)


def _split(path: str) -> tuple[str, str]:
    """The session's token and the path below it: "/~ab-1/v1/models" → ("~ab-1", "/v1/models")."""
    if not path.startswith(f"/{PREFIX}"):
        return "", path
    token, _, below = path[1:].partition("/")
    return token, f"/{below}"


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""

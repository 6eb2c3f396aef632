"""The ASGI application: who may ask, which session is asked, which API answers.

Rule: an API is imported when its first request comes, so that a run pays for those alone that it asks.
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from hmac import compare_digest
from importlib import import_module
from types import MappingProxyType
from urllib.parse import urlsplit

from starlette.types import Receive, Scope, Send

from pytest_llmock.config import CorsSettings
from pytest_llmock.errors import LLMockError, RequestError
from pytest_llmock.server.api import Api
from pytest_llmock.server.cors import check_origin, is_preflight, preflight, sending
from pytest_llmock.server.endpoint import Face
from pytest_llmock.server.keys import KEY_HEADERS
from pytest_llmock.server.sending import send_response
from pytest_llmock.server.sessions import PREFIX, Sessions
from pytest_llmock.wire.http import Response, header_text

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_NO_HEADERS: Mapping[bytes, bytes] = MappingProxyType({})
_KEY_HEADERS = (b"x-llmock-token", *(name.encode() for name in KEY_HEADERS))

# the APIs by the start of their paths, and by a header that only their clients send, the narrower one first;
# each is a module of this package with an `API`
_HOMES = (
    ("/api/mock", b"", "mock"),
    ("/v1/messages", b"", "apis.anthropic"),
    ("/v1/", b"anthropic-version", "apis.anthropic"),
    ("/v1/", b"x-goog-api-key", "apis.gemini"),
    ("/v1/", b"", "apis.openai"),
    ("/v1beta/", b"", "apis.gemini"),
    ("/v1alpha/", b"", "apis.gemini"),
    ("/upload/v1", b"", "apis.gemini"),
    ("/api/", b"", "apis.ollama"),
    ("/openai/", b"", "apis.azure"),
    ("", b"", "control"),
)


def face_of(path: str) -> Face:
    """How the API at a path says errors."""
    return _api(path).face


class App:
    """Everything the server answers.

    Without a `token` it is for this machine: it answers to loopback names only. With one it may listen on
    any interface, and answers whoever sends the token: as bearer, in the header X-LLMock-Token, or where an
    SDK puts its key.
    """

    def __init__(self, sessions: Sessions, *, token: str = "") -> None:
        self.sessions = sessions
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token, path = _split(scope["path"])
        headers: dict[bytes, bytes] = dict(scope["headers"])
        api = _api(path, headers)
        try:
            host = self._check_client(scope["method"], headers)
            session = self.sessions.find(token, scope["method"], path)
            if b"origin" in headers:
                send, answer = _crossed(scope["method"], headers, host, session.settings.cors, send)
                if answer is not None:
                    await send_response(answer, send)
                    return
        except LLMockError as error:
            await send_response(api.face.error(error), send)
            return
        endpoint, params = api.find(path)
        await endpoint({**scope, "path": path, "llmock": session, "llmock_params": params}, receive, send)

    def _check_client(self, method: str, headers: Mapping[bytes, bytes]) -> str:
        """The name under which the client knows us, when it may ask."""
        host = header_text(headers.get(b"host", b"")).lower()
        if self._token:
            if not is_preflight(method, headers):
                _check_token(headers, self._token)
        elif _hostname(host) not in LOOPBACK:
            raise RequestError(
                f"This server answers only to its loopback address, not to the host {host[:100]!r}: a web "
                "page must not reach it under a name of its own. Ask for http://127.0.0.1.",
                status=403,
            )
        return host


def _crossed(
    method: str, headers: Mapping[bytes, bytes], host: str, settings: CorsSettings, send: Send
) -> tuple[Send, Response | None]:
    """How a page of another origin is answered, and with what if it asks before it asks."""
    origin = header_text(headers[b"origin"]).lower()
    if not origin or origin == f"http://{host}":
        return send, None
    check_origin(origin, settings)
    answer = preflight(headers, settings) if is_preflight(method, headers) else None
    return sending(send, origin, settings), answer


def _check_token(headers: Mapping[bytes, bytes], token: str) -> None:
    bearer = headers.get(b"authorization", b"").removeprefix(b"Bearer ").strip()
    given = [bearer, *(headers[name] for name in _KEY_HEADERS if name in headers)]
    if not any(compare_digest(each, token.encode()) for each in given):
        raise RequestError(
            "This server was started with --token: send it as 'Authorization: Bearer …' (an SDK's api_key) "
            "or in the header X-LLMock-Token.",
            status=401,
        )


def _api(path: str, headers: Mapping[bytes, bytes] = _NO_HEADERS) -> Api:
    """Whose business a request is; what is nobody's, the control API answers."""
    homes = (home for start, name, home in _HOMES if path.startswith(start) and (not name or name in headers))
    return _loaded(next(homes))


@cache
def _loaded(module: str) -> Api:
    api: Api = import_module(f"pytest_llmock.server.{module}").API
    return api


def _split(path: str) -> tuple[str, str]:
    """The session's token and the path below it: "/~ab-1/v1/models" → ("~ab-1", "/v1/models")."""
    if not path.startswith(f"/{PREFIX}"):
        return "", path
    token, _, below = path[1:].partition("/")
    return token, f"/{below}"


@lru_cache(maxsize=64)
def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""

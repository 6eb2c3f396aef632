"""CORS: which other origins a browser lets read our answers, and what it is told before it asks.

The Fetch standard (https://fetch.spec.whatwg.org/#http-cors-protocol, read 2026-11-22). Whether an origin may
ask at all is decided here too: one that may not is refused, so that no page has an effect on the server.
"""

from collections.abc import Mapping

from starlette.types import Message, Send

from pytest_llmock.config import CorsSettings
from pytest_llmock.errors import RequestError
from pytest_llmock.wire.http import Response

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
ANY = "*"
# what a page may read beside the few headers that every page may
EXPOSED = (
    "X-LLMock-Backend, X-LLMock-Model, X-LLMock-Source, X-LLMock-Attempts, X-LLMock-Warning, X-LLMock-Route, "
    "X-LLMock-Operation, X-Request-Id, Preference-Applied, X-Response-Schema, X-RateLimit-Limit, "
    "X-RateLimit-Remaining, X-RateLimit-Reset, X-LLMApi-Request-Time, X-LLMApi-Total-Elapsed, "
    "X-LLMApi-Delay-Applied, X-LLMApi-Avg-Time, X-Should-Retry, Retry-After, Retry-After-Ms, Allow"
)


def is_preflight(method: str, headers: Mapping[bytes, bytes]) -> bool:
    """Whether a browser asks before it asks. It sends no credentials with that, our token neither."""
    return method == "OPTIONS" and b"origin" in headers and b"access-control-request-method" in headers


def check_origin(origin: str, settings: CorsSettings) -> None:
    """Raise RequestError (403) unless pages of another origin may ask."""
    if not settings.enabled:
        raise RequestError(
            f"The origin {origin[:80]!r} may not ask this server: cross-origin requests are off. Let it with "
            f'"Cors": {{"Enabled": true, "AllowedOrigins": ["{origin[:80]}"]}} in the settings.',
            status=403,
        )
    allowed = settings.allowed_origins
    if ANY not in allowed and origin not in [each.lower() for each in allowed]:
        known = ", ".join(allowed[:8]) or "nobody"
        raise RequestError(
            f"The origin {origin[:80]!r} may not ask this server. Cors.AllowedOrigins has: {known}. Add it "
            "there, with scheme and port.",
            status=403,
        )


def preflight(headers: Mapping[bytes, bytes], settings: CorsSettings) -> Response:
    """What a browser is told before it asks: every method, and whatever headers it wants to send."""
    told = {
        "allow": METHODS,
        "access-control-allow-methods": METHODS,
        "access-control-max-age": str(settings.preflight_max_age),
    }
    if wanted := headers.get(b"access-control-request-headers", b"").decode("latin-1"):
        told["access-control-allow-headers"] = wanted
    if headers.get(b"access-control-request-private-network") == b"true":
        told["access-control-allow-private-network"] = "true"
    return Response(204, headers=told)


def sending(send: Send, origin: str, settings: CorsSettings) -> Send:
    """`send` for answers that a page of the origin may read."""
    head = [(name.encode(), value.encode("latin-1")) for name, value in _told(origin, settings).items()]

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *head]}
        await send(message)

    return sent


def _told(origin: str, settings: CorsSettings) -> dict[str, str]:
    anybody = ANY in settings.allowed_origins
    told = {
        "access-control-allow-origin": ANY if anybody else origin,
        "access-control-expose-headers": ", ".join((EXPOSED, *settings.exposed_headers)),
    }
    if not anybody:
        told["vary"] = "Origin"
    if settings.allow_credentials:
        told["access-control-allow-credentials"] = "true"
    return told

"""Keys of clients: where each API's SDKs put theirs, and the one that a test requires (`RequireApiKey`)."""

from collections.abc import Iterable
from hmac import compare_digest

from pytest_llmock.errors import RequestError
from pytest_llmock.wire.http import Request

ANY_KEY = "*"
KEY_HEADERS = ("x-api-key", "api-key", "x-goog-api-key")
_BEARER = "authorization"


def check_key(
    request: Request, required: str, *, headers: tuple[str, ...], statuses: tuple[int, int]
) -> None:
    """Refuse a request that does not say the key in one of the headers; "*" is any key.

    `statuses` are those of the refusals: of a request without a key, and of one with a wrong key.
    """
    given = [key for key in _keys(request, headers) if key]
    missing, wrong = statuses
    details = {"code": "invalid_api_key"}
    if not given:
        shown = headers[0].replace(_BEARER, "Authorization: Bearer …")
        told = f"No API key was sent, and this test requires one (RequireApiKey): send it as '{shown}'."
        raise RequestError(told, status=missing, details=details)
    if required != ANY_KEY and not any(compare_digest(key.encode(), required.encode()) for key in given):
        told = "The API key is not valid: it is not the one that this test requires (RequireApiKey)."
        raise RequestError(told, status=wrong, details=details)


def _keys(request: Request, headers: Iterable[str]) -> Iterable[str]:
    """What stands where a key may stand; "?key" is a parameter of the query."""
    for name in headers:
        if name.startswith("?"):
            yield dict(request.query).get(name[1:], "")
        elif name == _BEARER:
            scheme, _, key = request.headers.get(name, "").partition(" ")
            yield key.strip() if scheme.lower() == "bearer" else ""
        else:
            yield request.headers.get(name, "").strip()

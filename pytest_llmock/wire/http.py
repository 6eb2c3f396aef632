"""HTTP requests and responses as plain values, so that decoding and encoding need no server.

Header names are lower case; a repeated header keeps its last value, as no API here reads a list.
"""

import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import parse_qsl

from pytest_llmock.errors import RequestError
from pytest_llmock.llm import JSON

JSON_TYPE = "application/json"
LONGEST_TIMEOUT_S = 86_400
HOPS_HEADER = "x-llmock-hops"
MOST_HOPS = 4
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_UNPRINTABLE = dict.fromkeys((*range(32), 127), " ")


# how many servers of ours the request has come through that this task answers; live backends pass on one more
HOPS: ContextVar[int] = ContextVar("llmock_hops", default=0)


@lru_cache(maxsize=64)
def _pairs(query_string: str) -> tuple[tuple[str, str], ...]:
    return tuple(parse_qsl(query_string, keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent; `path` is below the session's root, its percent signs decoded.

    `form` gives the data of a form that was read while it came in, because its files are large; the body is
    empty then. It raises RequestError when the form is broken. `params` are those of the path, as the API's
    table names them.
    """

    method: str
    path: str
    query_string: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    form: Callable[[], JSON] | None = None
    params: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """The query's pairs in order, decoded; blank values are kept."""
        return _pairs(self.query_string) if self.query_string else ()

    @property
    def content_type(self) -> str:
        """The media type alone, in lower case: "application/json"."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Response:
    """What the client gets: `body` at once, or `stream` piece by piece."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: AsyncGenerator[bytes, None] | None = None


def json_response(value: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`value` as a JSON answer, in UTF-8 without spaces."""
    return Response(status, encode_json(value), headers=headers or {})


def encode_json(value: object) -> bytes:
    """`value` as JSON answers have it."""
    return _encode(value).encode("utf-8", "backslashreplace")


def header_text(raw: bytes) -> str:
    """What a client's header says: UTF-8, as most clients send it, or else the standard's Latin-1."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


@lru_cache(maxsize=512)
def header_value(text: str, *, limit: int = 1000) -> str:
    """`text` as it can stand in a header: one line, Latin-1, at most `limit` characters."""
    line = text.translate(_UNPRINTABLE)
    return line.encode("latin-1", "replace").decode("latin-1")[:limit].strip()


def hops_of(request: Request) -> int:
    """How many servers of ours the request has come through; RequestError (508) where it goes round."""
    said = request.headers.get(HOPS_HEADER, "")
    hops = int(said) if said.isdecimal() and len(said) < 10 else 0
    if hops > MOST_HOPS:
        raise RequestError(
            f"'BaseUrl' leads back to this server. Give the backend a model's address (servers: {hops}).",
            status=508,
        )
    return hops


def requested_backend(request: Request) -> str:
    """The backend that a request names: its header X-LLM-Backend, else its query's `backend`, else "".

    Raises RequestError for a name with control characters.
    """
    name = request.headers.get("x-llm-backend", "").strip() or dict(request.query).get("backend", "").strip()
    if not name.isprintable():
        raise RequestError(f"The backend name {name[:100]!r} has characters that no name can have.")
    return name


def requested_timeout(request: Request) -> float | None:
    """The seconds a request allows for its answer: header X-LLM-Timeout, else query `timeout`, else None."""
    text = request.headers.get("x-llm-timeout") or dict(request.query).get("timeout")
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= LONGEST_TIMEOUT_S:
        raise RequestError(f"The timeout is {text[:40]!r}: give seconds above 0, up to {LONGEST_TIMEOUT_S}.")
    return seconds

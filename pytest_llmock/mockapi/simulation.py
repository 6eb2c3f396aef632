"""Errors that are asked for: by query, by headers, by `$error` in shape or body, by a route.

Rules: the first of query, headers and `$error` that names a code decides, with the message and details that
stand beside it. No backend is asked. A code that is none, or a message without a code, is a 422: whoever
asks for an error and gets an answer would test nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from pytest_llmock.errors import RequestError, nearest
from pytest_llmock.llm import JSON
from pytest_llmock.wire.http import Request, Response, json_response

LOWEST, HIGHEST = 400, 599
DIRECTIVE = "$error"
_FIELDS = ("code", "message", "details")
_QUERY = ("error", "errorMessage", "errorDetails")
_HEADERS = ("x-error-code", "x-error-message", "x-error-details")
_HEADER_NAMES = frozenset(_HEADERS)

# Our own table, as Python's changes with its versions. The names of RFC 9110, or those that came before.
MESSAGES: Mapping[int, str] = {
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    409: "Conflict",
    410: "Gone",
    411: "Length Required",
    412: "Precondition Failed",
    413: "Content Too Large",
    414: "URI Too Long",
    415: "Unsupported Media Type",
    416: "Range Not Satisfiable",
    417: "Expectation Failed",
    418: "I'm a teapot",
    421: "Misdirected Request",
    422: "Unprocessable Entity",
    423: "Locked",
    424: "Failed Dependency",
    425: "Too Early",
    426: "Upgrade Required",
    428: "Precondition Required",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    451: "Unavailable For Legal Reasons",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
    505: "HTTP Version Not Supported",
    506: "Variant Also Negotiates",
    507: "Insufficient Storage",
    508: "Loop Detected",
    511: "Network Authentication Required",
}


@dataclass(frozen=True, slots=True)
class SimulatedError:
    """An error that somebody asked for; None as details are none."""

    code: int
    message: str
    details: JSON = None

    @property
    def body(self) -> dict[str, JSON]:
        """{"error": {"code": 404, "message": "Not Found"}}, with `details` where there are some."""
        error: dict[str, JSON] = {"code": self.code, "message": self.message}
        return {"error": error if self.details is None else {**error, "details": self.details}}

    def response(self, headers: Mapping[str, str] = MappingProxyType({})) -> Response:
        """What the client gets."""
        return json_response(self.body, status=self.code, headers=headers)


def default_message(code: int) -> str:
    """What an error says when nobody gave it a message: 404 → "Not Found", 499 → "Error 499"."""
    return MESSAGES.get(code, f"Error {code}")


def simulated(request: Request, directives: Mapping[str, JSON]) -> SimulatedError | None:
    """The error that a request asks for. Raises RequestError (422) for a wish that cannot be understood."""
    if _HEADER_NAMES.isdisjoint(request.headers) and "error" not in request.query_string and not directives:
        return None
    wishes = (*_in_query(request), *_in_headers(request), *_in_directive(directives))
    wish = next((wish for wish in wishes if wish.code is not None), None)
    if wish is not None:
        code = _code(wish.code, wish.name)
        return SimulatedError(code, wish.message or default_message(code), wish.details)
    if wishes:
        name = wishes[0].name
        raise _wrong(f"The request describes an error and does not say which: give '{name}', such as 404.")
    return None


class _Wish(NamedTuple):
    """An error as one source describes it; `name` is what the source calls its code."""

    name: str
    code: JSON
    message: str
    details: JSON


def _in_query(request: Request) -> list[_Wish]:
    query = dict(request.query)
    return _said("error", [query.get(name) for name in _QUERY])


def _in_headers(request: Request) -> list[_Wish]:
    return _said("X-Error-Code", [request.headers.get(name) for name in _HEADERS])


def _said(name: str, said: list[str | None]) -> list[_Wish]:
    code, message, details = said
    return [] if said == [None, None, None] else [_Wish(name, code, message or "", details or None)]


def _in_directive(directives: Mapping[str, JSON]) -> list[_Wish]:
    said = directives.get(DIRECTIVE)
    if said is None:
        return []
    if not isinstance(said, dict):
        return [_Wish(DIRECTIVE, said, "", None)]
    unknown = next((key for key in said if key not in _FIELDS), None)
    if unknown is not None:
        raise _wrong(f"'{DIRECTIVE}' has no field '{unknown}'.{nearest(unknown, _FIELDS)}")
    message = said.get("message")
    if not isinstance(message, str | None):
        raise _wrong(f"The 'message' of '{DIRECTIVE}' is {str(message)[:40]!r}: give text.")
    return [_Wish(f"{DIRECTIVE}.code", said.get("code"), message or "", said.get("details"))]


def _code(said: JSON, name: str) -> int:
    code = int(said) if isinstance(said, str) and said.isdecimal() and len(said) < 10 else said
    if isinstance(code, bool) or not isinstance(code, int) or not LOWEST <= code <= HIGHEST:
        raise _wrong(f"{name} is {str(said)[:40]!r}: give the code of an error, from {LOWEST} to {HIGHEST}.")
    return code


def _wrong(message: str) -> RequestError:
    return RequestError(message, status=422)

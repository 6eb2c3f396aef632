"""Which requests are meant: by method, path, query, headers and body, as routes and assertions say it.

Rules, as respx has them: `params` and `headers` are contained in the request's, each with all values that it
has there; `json` is the whole body; `unittest.mock.ANY` stands for any value.
"""

import json as jsonlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pytest_llmock.errors import RequestError, nearest
from pytest_llmock.mockapi.paths import PathTemplate, Value, template
from pytest_llmock.mockapi.received import RouteRequest, shown

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
ANY_METHOD = "*"
ROOT = "/api/mock"
SHOWN_CHARACTERS = 120
BROKEN = object()

Params: TypeAlias = Mapping[str, object] | Sequence[tuple[str, object]]
Values: TypeAlias = tuple[tuple[str, tuple[object, ...]], ...]
_PRIMITIVES: Mapping[object, str] = {True: "true", False: "false", None: ""}


@dataclass(frozen=True, slots=True, eq=False)
class RequestPattern:
    """What a request must be; what nobody spoke of may be anything. `json` is ... where it may be too."""

    method: str
    path: PathTemplate
    params: Values = ()
    headers: Values = ()
    json: object = ...

    def match(self, asked: RouteRequest) -> Mapping[str, Value] | None:
        """The parameters of the path, when the request is meant; else None."""
        if not self.takes(asked.method):
            return None
        params = self.path.match(asked.path)
        if params is None or not (self._query_fits(asked) and self._headers_fit(asked)):
            return None
        return params if self.json is ... or body_of(asked) == self.json else None

    def takes(self, method: str) -> bool:
        """Whether requests of that method are meant; GET means HEAD too."""
        return self.method in (method, ANY_METHOD) or (self.method == "GET" and method == "HEAD")

    @property
    def key(self) -> tuple[str, ...]:
        """Equal for patterns that say the same; ANY is like no value."""
        return (self.method, self.path.text, repr(self.params), repr(self.headers), repr(self.json))

    @property
    def label(self) -> str:
        """Method and path: "POST /users/{id}"."""
        return f"{self.method} {self.path}"

    def __str__(self) -> str:
        said = [
            *([f"params {_shown(self.params)}"] if self.params else []),
            *([f"headers {_shown(self.headers)}"] if self.headers else []),
            *([] if self.json is ... else [f"json {_cut(text_of(self.json))}"]),
        ]
        return f"{self.label} with {', '.join(said)}" if said else self.label

    def _query_fits(self, asked: RouteRequest) -> bool:
        pairs = asked.query_pairs if self.params else ()
        return all(values == values_of(pairs, name) for name, values in self.params)

    def _headers_fit(self, asked: RouteRequest) -> bool:
        return all(name in asked.headers and asked.headers[name] == value for name, (value,) in self.headers)


def pattern(
    method: str,
    path: str,
    *,
    params: Params | None = None,
    headers: Mapping[str, object] | None = None,
    json: object = ...,
) -> RequestPattern:
    """The pattern. Raises ValueError for a method or path that no request can have."""
    if not isinstance(path, str):
        raise TypeError(f"A path is text with parameters, '/users/{{id:int}}', not {path!r:.60}.")
    if path.startswith(f"{ROOT}/"):
        raise ValueError(
            f"The path {path!r} begins with the address of the mock API: write '{path.removeprefix(ROOT)}'."
        )
    return RequestPattern(
        _method(method), template(path), _query(params or {}), _headers(headers or {}), json
    )


def values_of(pairs: Sequence[tuple[str, str]], name: str) -> tuple[str, ...]:
    """All values of a query parameter, in order."""
    return tuple(value for known, value in pairs if known == name)


def body_of(asked: RouteRequest) -> object:
    """The body as data; `BROKEN`, which is like nothing, where it is none or missing."""
    try:
        return BROKEN if asked.is_cut else asked.json
    except RequestError:
        return BROKEN


def text_of(value: object) -> str:
    """The value as JSON, or as Python writes it where it is none."""
    try:
        return jsonlib.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return repr(value)


def _method(method: str) -> str:
    if not isinstance(method, str):
        raise TypeError(f"A route has one method, 'GET', or '{ANY_METHOD}' for any, not {method!r:.60}.")
    upper = method.upper()
    if upper == "OPTIONS":
        raise ValueError("The server answers OPTIONS itself, so no route can: leave it out.")
    if upper not in (*METHODS, ANY_METHOD):
        raise ValueError(
            f"The method {method!r} is not known.{nearest(method, METHODS)} '{ANY_METHOD}' is any method."
        )
    return upper


def _query(params: Params) -> Values:
    grouped: dict[str, tuple[object, ...]] = {}
    for name, value in params.items() if isinstance(params, Mapping) else params:
        values = value if isinstance(value, (list, tuple)) else (value,)
        grouped[str(name)] = (*grouped.get(str(name), ()), *map(_as_sent, values))
    return tuple(grouped.items())


def _as_sent(value: object) -> object:
    """A query has text only: 2 is "2", True "true", None is blank."""
    if value is None or isinstance(value, bool):
        return _PRIMITIVES[value]
    return str(value) if isinstance(value, (int, float)) else value


def _headers(headers: Mapping[str, object]) -> Values:
    return tuple((name.lower(), (value,)) for name, value in headers.items())


def _shown(values: Values) -> str:
    pairs: dict[str, object] = {}
    for name, given in values:
        seen = [shown(name, value) if isinstance(value, str) else value for value in given]
        pairs[name] = seen[0] if len(seen) == 1 else seen
    return _cut(text_of(pairs))


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"

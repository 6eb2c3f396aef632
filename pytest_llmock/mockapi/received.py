"""A request to the mock API as tests see it: in the functions of routes, and in the journal."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from inspect import signature
from typing import TypeAlias

from pytest_llmock.llm import JSON
from pytest_llmock.mockapi.paths import Value
from pytest_llmock.wire.http import Request

KEPT_BYTES = 1_000_000  # of a body in the journal: an upload of 50 MB is not held until the test is over
MASKED = "<masked>"
_CREDENTIALS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
_OPEN = frozenset({"idempotency-key", "sec-websocket-key"})
_BETWEEN_WORDS = re.compile(r"[-.]")


class Headers(Mapping[str, str]):
    """Request headers by name in any case; what shows them does not show the secrets among them."""

    def __init__(self, lowered: Mapping[str, str]) -> None:
        self._lowered = lowered

    def __getitem__(self, name: str) -> str:
        return self._lowered[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lowered)

    def __len__(self) -> int:
        return len(self._lowered)

    def __repr__(self) -> str:
        return repr({name: shown(name, value) for name, value in self.items()})


def shown(name: str, value: str) -> str:
    """The value as it may be shown to anybody: of `Authorization` and the like, only that there is one."""
    from pytest_llmock.cassettes.credentials import names_a_secret  # noqa: PLC0415 - for those who look

    lowered = name.lower()
    if lowered in _CREDENTIALS or (lowered not in _OPEN and names_a_secret(_BETWEEN_WORDS.sub("_", name))):
        return MASKED
    return value


@dataclass(frozen=True, eq=False)
class RouteRequest:
    """One request: `path` is below the mock API, `params` are the parameters that the route's path names.

    `is_cut`: its body was too large to be kept, and is missing.
    """

    source: Request = field(repr=False)
    path: str
    params: Mapping[str, Value] = field(default_factory=dict)
    is_cut: bool = False

    @property
    def method(self) -> str:
        """In capitals: "POST"."""
        return self.source.method

    @property
    def headers(self) -> Headers:
        """By name in any case."""
        return Headers(self.source.headers)

    @property
    def query(self) -> Mapping[str, str]:
        """By name; of a parameter that is repeated the last value, `query_pairs` has them all."""
        return dict(self.source.query)

    @property
    def query_pairs(self) -> tuple[tuple[str, str], ...]:
        """Every pair, in order."""
        return self.source.query

    @property
    def body(self) -> bytes:
        """As it was sent, but unpacked (gzip). In the journal, b"" for one of more than a megabyte."""
        return self.source.body

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 become U+FFFD."""
        return self.body.decode("utf-8", "replace")

    @cached_property
    def json(self) -> JSON:
        """The body as data: JSON as it is, a form as an object, None where there is no body.

        Raises RequestError (400) for JSON that is broken.
        """
        from pytest_llmock.mockapi.forms import body_data  # noqa: PLC0415 - most requests are never read here

        return body_data(self.source)


Effect: TypeAlias = Callable[[RouteRequest], object]


def check_effect(function: object) -> None:
    """Raise TypeError for what cannot answer as a function of one request."""
    if not callable(function):
        raise TypeError(
            f"A side effect is a function of one request, not {function!r:.80}. For answers in a row there "
            "is .sequence(…), for an error .error(…)."
        )
    if isinstance(function, type) and issubclass(function, BaseException):
        raise TypeError(
            f"A server cannot raise {function.__name__} in its client. Let it answer with an error, "
            ".error(503), or too late: .delay(60)."
        )
    try:
        signature(function).bind(None)
    except TypeError:
        raise TypeError(
            f"The side effect {function!r:.80} cannot be called with one argument, the request. The "
            "parameters of the path are request.params."
        ) from None
    except ValueError:
        pass  # of some built-in functions nobody knows what they take


def received(request: Request, root: str) -> RouteRequest:
    """The request, its path below `root`."""
    return RouteRequest(request, request.path.removeprefix(root) or "/")


def kept(asked: RouteRequest) -> RouteRequest:
    """The request as the journal keeps it."""
    if len(asked.body) <= KEPT_BYTES:
        return asked
    return RouteRequest(replace(asked.source, body=b""), asked.path, is_cut=True)

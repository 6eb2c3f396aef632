"""The calls of a mock API, and what a test claims of them; where that fails, the nearest call is shown."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import overload

from pytest_llmock.claims import check_called, check_order
from pytest_llmock.errors import RequestError
from pytest_llmock.journal import Call
from pytest_llmock.llm import JSON
from pytest_llmock.mockapi.pattern import (
    ANY_METHOD,
    ROOT,
    Params,
    RequestPattern,
    pattern,
    text_of,
    values_of,
)
from pytest_llmock.mockapi.received import RouteRequest, shown
from pytest_llmock.wire.http import Request

COMPARED_CALLS = 100


class MockCalls(Sequence[Call]):
    """Requests to the mock API, oldest first, and assertions on them.

    All assertions take a method ("*" is any), a path below the mock API, which may be a template
    ("/users/{id}", "/users/**"), and `params`, `headers` and `json` as routes do.
    """

    def __init__(self, read: Callable[[], Sequence[Call]]) -> None:
        self._read = read

    def assert_called(  # noqa: PLR0913 - a request has so many sides, nearly all by keyword
        self,
        method: str = ANY_METHOD,
        path: str = "/**",
        *,
        params: Params | None = None,
        headers: Mapping[str, object] | None = None,
        json: object = ...,
        times: int | None = None,
    ) -> None:
        """Fail unless such a request was made, or just so many."""
        __tracebackhide__ = True
        wanted = pattern(method, path, params=params, headers=headers, json=json)
        check_called(_Wanted(wanted), self._read(), _line, times=times)

    def assert_called_once(
        self,
        method: str = ANY_METHOD,
        path: str = "/**",
        *,
        params: Params | None = None,
        headers: Mapping[str, object] | None = None,
        json: object = ...,
    ) -> None:
        """Fail unless just one such request was made."""
        __tracebackhide__ = True
        self.assert_called(method, path, params=params, headers=headers, json=json, times=1)

    def assert_not_called(
        self,
        method: str = ANY_METHOD,
        path: str = "/**",
        *,
        params: Params | None = None,
        headers: Mapping[str, object] | None = None,
        json: object = ...,
    ) -> None:
        """Fail if such a request was made."""
        __tracebackhide__ = True
        self.assert_called(method, path, params=params, headers=headers, json=json, times=0)

    def assert_order(self, *requests: str | tuple[str, str]) -> None:
        """Fail unless these were made in this order: "POST /users", ("GET", "/users/{id}").

        There may be others between them.
        """
        __tracebackhide__ = True
        check_order([_Wanted(_step(request)) for request in requests], self._read(), _line)

    @property
    def called(self) -> bool:
        """Whether there are any."""
        return len(self) > 0

    @property
    def call_count(self) -> int:
        """How many there are."""
        return len(self)

    @property
    def last(self) -> Call:
        """The newest. Raises IndexError where there is none."""
        return self[-1]

    def __len__(self) -> int:
        return len(self._read())

    @overload
    def __getitem__(self, index: int) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Call]: ...
    def __getitem__(self, index: int | slice) -> Call | Sequence[Call]:
        return self._read()[index]

    def __iter__(self) -> Iterator[Call]:
        return iter(self._read())

    def __repr__(self) -> str:
        return f"<{len(self)} calls: {'; '.join(map(_line, self))}>"


def _step(request: str | tuple[str, str]) -> RequestPattern:
    words = request.split(maxsplit=1) if isinstance(request, str) else request
    if len(words) != 2:
        raise ValueError(f"A request is a method and a path, 'POST /users', not {request!r}.")
    return pattern(*words)


def _asked(call: Call) -> RouteRequest:
    """The request of a call; of one that never came in whole, what is known of it."""
    if isinstance(call.request, RouteRequest):
        return call.request
    return RouteRequest(Request(call.method, call.path), _path(call))


def _path(call: Call) -> str:
    return call.path.removeprefix(ROOT) or "/"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A request that calls are held against."""

    pattern: RequestPattern
    verb: str = "called"

    def takes_call(self, call: Call) -> bool:
        return self.pattern.match(_asked(call)) is not None

    def nearest(self, calls: Sequence[Call]) -> tuple[Call, list[str]]:
        """The call with the likest path and method, of several the one that differs least, and how."""
        distances = [_distance(self.pattern, call) for call in calls]
        least = min(distances)
        close = [call for call, distance in zip(calls, distances, strict=True) if distance == least]
        compared = [
            (call, _differences(self.pattern, _asked(call))) for call in close[: -COMPARED_CALLS - 1 : -1]
        ]
        return min(compared, key=lambda each: len(each[1]))

    def __str__(self) -> str:
        return str(self.pattern)


def _distance(wanted: RequestPattern, call: Call) -> tuple[float, bool]:
    """How far path and method are from those that were wanted."""
    asked = _asked(call)
    has_path = wanted.path.match(asked.path) is not None
    alike = 1.0 if has_path else SequenceMatcher(None, wanted.path.text, asked.path, autojunk=False).ratio()
    return 1 - alike, not wanted.takes(asked.method)


def _differences(wanted: RequestPattern, asked: RouteRequest) -> list[str]:
    from pytest_llmock.cassettes.differences import differences  # noqa: PLC0415 - for assertions that fail

    return differences(*_sides(wanted, asked))


def _sides(wanted: RequestPattern, asked: RouteRequest) -> tuple[dict[str, JSON], dict[str, JSON]]:
    """What was wanted and what was sent, as far as it was spoken of; what fits is the same on both sides."""
    has_method, has_path = wanted.takes(asked.method), wanted.path.match(asked.path) is not None
    sent: dict[str, JSON] = {"method": asked.method, "path": asked.path}
    expected: dict[str, JSON] = {
        "method": asked.method if has_method else wanted.method,
        "path": asked.path if has_path else wanted.path.text,
    }
    pairs = asked.query_pairs if wanted.params else ()
    queries = [(name, values, values_of(pairs, name)) for name, values in wanted.params]
    headers = [(name, values, _header(asked, name)) for name, values in wanted.headers]
    for side, compared in (("params", queries), ("headers", headers)):
        named = [(name, *_values(name, values, there)) for name, values, there in compared]
        expected[side] = {name: value for name, value, _ in named}
        sent[side] = {name: value for name, _, value in named if value is not None}
    if wanted.json is not ...:
        sent["json"] = _body(asked)
        expected["json"] = _expected(wanted.json, sent["json"])
    return expected, sent


def _body(asked: RouteRequest) -> JSON:
    if asked.is_cut:
        return "a body too large to be kept"
    try:
        return asked.json
    except RequestError:
        return f"{asked.text}, which is no JSON"


def _header(asked: RouteRequest, name: str) -> tuple[str, ...]:
    return (asked.headers[name],) if name in asked.headers else ()


def _values(name: str, wanted: Sequence[object], sent: Sequence[str]) -> tuple[JSON, JSON]:
    """The values of a parameter or header as each side is shown; None as sent where there are none."""
    there: JSON = _one([shown(name, value) for value in sent]) if sent else None
    if sent and tuple(wanted) == tuple(sent):
        return there, there
    said: JSON = _one([shown(name, value) if isinstance(value, str) else text_of(value) for value in wanted])
    return said, f"{there}, another value" if said == there else there


def _one(values: Sequence[str]) -> JSON:
    return values[0] if len(values) == 1 else [*values]


def _expected(wanted: object, sent: JSON) -> JSON:
    """What was wanted as JSON; where it fits, as when it is ANY, what was sent."""
    if wanted == sent:
        return sent
    if isinstance(wanted, Mapping):
        there = sent if isinstance(sent, dict) else {}
        return {str(key): _expected(value, there.get(key)) for key, value in wanted.items()}
    if isinstance(wanted, (list, tuple)):
        items = sent if isinstance(sent, list) else []
        beside = [*items, *[None] * len(wanted)]
        return [_expected(value, item) for value, item in zip(wanted, beside, strict=False)]
    return wanted if wanted is None or isinstance(wanted, (str, int, float)) else repr(wanted)


def _line(call: Call) -> str:
    return f"{call.number}. {call.method} {_path(call)} → {call.state}"

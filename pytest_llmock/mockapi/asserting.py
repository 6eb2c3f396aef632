"""The calls of a mock API, and what a test claims of them; where that fails, the nearest call is shown."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import overload

from pytest_llmock.errors import RequestError
from pytest_llmock.journal import Call
from pytest_llmock.llm import JSON
from pytest_llmock.mockapi.pattern import (
    ANY_METHOD,
    Params,
    RequestPattern,
    pattern,
    text_of,
    values_of,
)
from pytest_llmock.mockapi.received import RouteRequest, shown
from pytest_llmock.wire.http import Request

SHOWN_CALLS = 10
COMPARED_CALLS = 100
ROOT = "/api/mock"


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
        if times is not None:
            check_whole(times, "The number of times", least=0)
        wanted = pattern(method, path, params=params, headers=headers, json=json)
        calls = self._read()
        found = [call for call in calls if _is_meant(wanted, call)]
        if times is None and not found:
            raise AssertionError(_not_called(wanted, calls))
        if times is not None and len(found) != times:
            raise AssertionError(_miscounted(wanted, times, found, calls))

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
        wanted = [_step(request) for request in requests]
        calls = self._read()
        rest, before = iter(calls), ""
        for step in wanted:
            if not any(_is_meant(step, call) for call in rest):
                where = f" after {before}" if before else ""
                raise AssertionError(f"{step} was not called{where}.\n{_listed(calls)}")
            before = str(step)

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


def _is_meant(wanted: RequestPattern, call: Call) -> bool:
    return wanted.match(_asked(call)) is not None


def _not_called(wanted: RequestPattern, calls: Sequence[Call]) -> str:
    if not calls:
        return f"{wanted} was not called, and nothing else was."
    nearest, lines = _nearest(wanted, calls)
    said = "".join(f"\n  {line}" for line in lines)
    return (
        f"{wanted} was not called.\nThe nearest call is {_line(nearest)}. What was wanted → what was sent:"
        f"{said}\n{_listed(calls)}"
    )


def _nearest(wanted: RequestPattern, calls: Sequence[Call]) -> tuple[Call, list[str]]:
    """The call with the likest path and method, of several the one that differs least, and how it does."""
    distances = [_distance(wanted, call) for call in calls]
    least = min(distances)
    close = [call for call, distance in zip(calls, distances, strict=True) if distance == least]
    compared = [(call, _differences(wanted, _asked(call))) for call in close[: -COMPARED_CALLS - 1 : -1]]
    return min(compared, key=lambda each: len(each[1]))


def _miscounted(wanted: RequestPattern, times: int, found: Sequence[Call], calls: Sequence[Call]) -> str:
    if not found:
        return f"{_not_called(wanted, calls)}\nIt should have been called {times_text(times)}."
    much, due = times_text(len(found)), times_text(times)
    return f"{wanted} was called {much}, and should have been {due}.\n{_listed(found)}"


def check_whole(value: object, what: str, *, least: int) -> None:
    """Raise ValueError for what is no whole number from `least` up."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{what} is {value!r}: give a whole number from {least} up.")


def times_text(number: int) -> str:
    """How often, in words: "twice"."""
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")


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


def _listed(calls: Sequence[Call]) -> str:
    shown = [f"  {_line(call)}" for call in calls[-SHOWN_CALLS:]]
    if not calls:
        return "There were no calls."
    head = "The calls:" if len(shown) == len(calls) else f"The last {SHOWN_CALLS} of {len(calls)} calls:"
    return "\n".join([head, *shown])

"""One programmed answer of the mock API: `mock_api.route("GET", "/users/{id}").respond(json={"id": 7})`.

Rule: what a route does is one frozen `Plan`, replaced as a whole under its lock, so that it may be changed
while requests run.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock

from pytest_llmock.claims import check_whole, due_text, times_text
from pytest_llmock.effects import outcome
from pytest_llmock.errors import nearest
from pytest_llmock.journal import Call
from pytest_llmock.llm import JSON
from pytest_llmock.mockapi import replies
from pytest_llmock.mockapi.asserting import MockCalls
from pytest_llmock.mockapi.paths import Value
from pytest_llmock.mockapi.pattern import RequestPattern
from pytest_llmock.mockapi.plan import REPEATS, Plan, Repeat, Series
from pytest_llmock.mockapi.received import Effect, RouteRequest, check_effect
from pytest_llmock.mockapi.replies import STREAM_MODES, Events, Reply, StreamMode, reply, reply_of
from pytest_llmock.shapes.parse import parse
from pytest_llmock.wire.http import Response


class Route:
    """One programmed answer. Each verb changes it and gives it back, so that they can be chained.

    A route without an answer lets a backend answer, and counts.
    """

    __slots__ = ("_calls", "_lock", "_pattern", "_plan", "_used")

    def __init__(self, pattern: RequestPattern) -> None:
        self._pattern = pattern
        self._plan = Plan()
        self._calls: list[Call] = []
        self._used = 0
        self._lock = Lock()

    def respond(
        self,
        status: int = 200,
        *,
        json: object = ...,
        text: str | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> "Route":
        """Answer with this: a body of JSON, text or bytes, or none."""
        answer = reply(status=status, json=json, text=text, content=content, headers=headers)
        return self._answering("respond", answer)

    def error(
        self,
        code: int,
        message: str | None = None,
        *,
        details: JSON = None,
        headers: Mapping[str, str] | None = None,
    ) -> "Route":
        """Answer {"error": {"code": 404, "message": "Not Found"}} with that status."""
        return self._answering("error", replies.error(code, message, details=details, headers=headers))

    def sequence(self, *answers: Reply, repeat: Repeat = "never") -> "Route":
        """Answer with these, one a request: JSON, a status (503), (status, JSON), or a response of httpx.

        A request beyond the last one fails the test, unless `repeat` is "last" or "cycle".
        """
        if not answers:
            raise ValueError("A sequence needs an answer at least: sequence(503, {'id': 1}).")
        _check_word(repeat, REPEATS, "repeat")
        return self._answering("sequence", Series(tuple(map(reply_of, answers)), repeat))

    def side_effect(self, function: Effect) -> "Route":
        """Answer with what a function of a `RouteRequest` returns, plain or async, in a thread of its own.

        It returns what `sequence` takes, the request itself to pass it through, or None to leave it to the
        next route. An LLMockError that it raises is the answer, with its status; an AssertionError fails the
        test; any other is a 500.
        """
        check_effect(function)
        return self._answering("side_effect", function)

    def mock(self, return_value: Reply = None, *, side_effect: Effect | None = None) -> "Route":
        """`return_value` as the answer, in a form that `sequence` takes, or `side_effect`."""
        if side_effect is None:
            return self._answering("mock", reply_of(return_value))
        if return_value is not None:
            raise ValueError("A route has one answer, not return_value and side_effect: leave one out.")
        return self.side_effect(side_effect)

    def stream(
        self, items: Iterable[JSON], *, mode: StreamMode | None = None, array_name: str = ""
    ) -> "Route":
        """Answer with server-sent events of the items, here and below /stream.

        Without a `mode` texts are sent as `LlmTokens`, other data as `CompleteObjects`. A client that comes
        back with a Last-Event-ID gets those that it does not have.
        """
        items = _items(items)
        if mode is None:
            mode = "LlmTokens" if all(isinstance(item, str) for item in items) else "CompleteObjects"
        _check_word(mode, STREAM_MODES, "mode")
        return self._answering("stream", replies.events(items, mode=mode, array_name=array_name))

    def shape(self, shape: object) -> "Route":
        """A backend answers in this form, whatever shape the request has: an example, JSON Schema or type."""
        return self._with(shape=parse(shape))

    def backend(self, name: str) -> "Route":
        """This backend answers requests that name no other."""
        if not name.strip():
            raise ValueError(f"The backend is {name!r}: give its name.")
        return self._with(backend=name.strip())

    def cache(self, variants: int) -> "Route":
        """So many answers are made at once, and served in turn, as `$cache` in a shape says it."""
        check_whole(variants, "The number of variants in the cache", least=1)
        return self._with(cache=variants)

    def delay(self, seconds: float | tuple[float, float]) -> "Route":
        """Answer after so many seconds, or after a seeded number of them in a range, of the session's clock.

        It takes the place of the delays of the settings.
        """
        given: tuple[float, ...] = seconds if isinstance(seconds, tuple) else (seconds, seconds)
        if len(given) != 2 or not all(map(_is_duration, given)) or given[0] > given[1]:
            raise ValueError(
                f"The delay is {seconds!r}: give seconds from 0 up, or a range of them, (0.1, 0.5)."
            )
        return self._with(delay_s=(float(given[0]), float(given[1])))

    def times(self, number: int) -> "Route":
        """Take so many requests; those after them are for the next route, or for a backend."""
        check_whole(number, "The number of times", least=1)
        return self._with(times=number)

    def pass_through(self) -> "Route":
        """Let a backend answer as if there were no route, and count."""
        with self._lock:
            self._plan, self._used = replace(Plan(), delay_s=self._plan.delay_s, times=self._plan.times), 0
        return self

    @property
    def pattern(self) -> RequestPattern:
        """Which requests it takes."""
        return self._pattern

    @property
    def plan(self) -> Plan:
        """What it does with them."""
        return self._plan

    @property
    def calls(self) -> MockCalls:
        """The requests it took, oldest first."""
        return MockCalls(lambda: list(self._calls))

    @property
    def called(self) -> bool:
        """Whether it took any."""
        return bool(self._calls)

    @property
    def call_count(self) -> int:
        """How many it took."""
        return len(self._calls)

    def assert_called(self, times: int | None = None) -> None:
        """Fail unless it took a request, or just so many."""
        __tracebackhide__ = True
        if times is None and not self.called:
            raise AssertionError(f"The route {self._pattern} was not called.")
        if times not in (None, self.call_count):
            raise AssertionError(
                f"The route {self._pattern} was called {times_text(self.call_count)}, and {due_text(times)}."
            )

    def assert_not_called(self) -> None:
        """Fail if it took a request."""
        __tracebackhide__ = True
        if self.called:
            raise AssertionError(f"The route {self._pattern} was called {times_text(self.call_count)}.")

    def reset(self) -> None:
        """Forget the requests it took: `times` and `sequence` begin again."""
        with self._lock:
            self._calls.clear()
            self._used = 0

    def claim(self, call: Call, params: Mapping[str, Value]) -> "Claim | None":
        """Take a request; None when it has taken all that it may."""
        with self._lock:
            plan, number = self._plan, self._used
            if plan.times is not None and number >= plan.times:
                return None
            self._used += 1
            self._calls.append(call)
        return Claim(self, plan, number, params)

    def leave(self, call: Call) -> None:
        """Give a request back: it was for another."""
        with self._lock:
            self._calls = [each for each in self._calls if each is not call]
            self._used -= 1

    def renew(self) -> None:
        """Be as a new route is, but for the requests it took."""
        with self._lock:
            self._plan, self._used = Plan(), 0

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_"):  # as respx has it: it would be lost without a word
            verb = "mock(…)" if name == "return_value" else f"{name}(…)"
            raise AttributeError(f"A route is programmed by calls: write route.{verb}, not route.{name} = ….")
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        return f"<Route {self._pattern}: called {times_text(self.call_count)}>"

    def _answering(self, verb: str, answer: "Response | Events | Series | Effect") -> "Route":
        return self._with(answer=answer, verb=verb)

    def _with(self, **changes: object) -> "Route":
        with self._lock:
            plan = replace(self._plan, **changes)  # type: ignore[arg-type]  # each verb gives fields of its own
            plan.check(self._pattern.label)
            self._plan, self._used = plan, 0
        return self


@dataclass(frozen=True, slots=True)
class Claim:
    """A request that a route took: its plan then, and how many it had taken before."""

    route: Route
    plan: Plan
    number: int
    params: Mapping[str, Value]

    async def response(self, asked: RouteRequest) -> "Response | RouteRequest | None":
        """The answer of a plan that has one; the request, left to a backend, or None, left to the next route.

        Raises RefusedError for a sequence that is used up, and what a side effect raises.
        """
        answer, label = self.plan.answer, self.route.pattern.label
        assert answer is not None
        if isinstance(answer, Response):
            return answer
        if isinstance(answer, Events):
            return answer.response(asked.headers.get("last-event-id", "").strip())
        if isinstance(answer, Series):
            return answer.at(self.number, label)
        made = await outcome(answer, replace(asked, params=self.params))
        if made is None:
            return None
        return asked if isinstance(made, RouteRequest) else reply_of(made)


def _is_duration(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < math.inf


def _items(given: object) -> list[JSON]:
    if not isinstance(given, Iterable) or isinstance(given, (str, bytes, Mapping)):
        raise TypeError(f"A stream has a list of items, not {type(given).__name__}: stream([…]).")
    return [*given]


def _check_word(word: str, known: Sequence[str], what: str) -> None:
    if word not in known:
        raise ValueError(f"{what} is {word!r}.{nearest(str(word), known)}")

"""The programmed answers of a session's mock API.

Rules, as respx has them: of the routes that fit a request the one that was registered first takes it; a route
that is registered again with the same pattern is the same route, begun anew, unless `times` limits the
earlier one: then it comes after it. Routes may be registered while requests run. Every session has such a
table, so what only those with routes need is imported by the first route.
"""

from collections.abc import Iterator, Mapping
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_llmock.mockapi.paths import Value
    from pytest_llmock.mockapi.pattern import Params
    from pytest_llmock.mockapi.received import RouteRequest
    from pytest_llmock.mockapi.route import Route

STREAM_ROOT = "/stream"


class Routes:
    """The routes of a session, in the order in which they were registered."""

    def __init__(self) -> None:
        self._routes: tuple[Route, ...] = ()
        self._lock = Lock()

    def route(
        self,
        method: str,
        path: str,
        *,
        params: "Params | None" = None,
        headers: Mapping[str, object] | None = None,
        json: object = ...,
    ) -> "Route":
        """A route for the requests of this pattern, without an answer yet.

        Raises ValueError for a method that is unknown and a path that no request can have.
        """
        from pytest_llmock.mockapi.pattern import pattern  # noqa: PLC0415 - paid for by sessions with routes
        from pytest_llmock.mockapi.route import Route  # noqa: PLC0415 - it brings replies, files and events along

        wanted = pattern(method, path, params=params, headers=headers, json=json)
        _check_path(path)
        with self._lock:
            for known in reversed(self._routes):
                if known.pattern.key == wanted.key and known.plan.times is None:
                    known.renew()
                    return known
            made = Route(wanted)
            self._routes = (*self._routes, made)
        return made

    def matching(self, asked: "RouteRequest") -> "Iterator[tuple[Route, Mapping[str, Value]]]":
        """The routes that fit a request, with its parameters, the one that is asked first first."""
        for route in self._routes:
            params = route.pattern.match(asked)
            if params is not None:
                yield route, params

    def assert_all_called(self) -> None:
        """Fail unless every route took a request."""
        __tracebackhide__ = True
        silent = [str(route.pattern) for route in self._routes if not route.called]
        if silent:
            lines = "".join(f"\n  {pattern}" for pattern in silent)
            verb = "was" if len(silent) == 1 else "were"
            which = (
                f"{len(silent)} of {len(self._routes)} routes" if len(self._routes) > 1 else "The only route"
            )
            raise AssertionError(f"{which} {verb} never called:{lines}")

    def reset(self) -> None:
        """Forget what every route took; the routes stay."""
        for route in self._routes:
            route.reset()

    def __repr__(self) -> str:
        return f"<{len(self)} routes: {'; '.join(str(route.pattern) for route in self)}>"

    def __iter__(self) -> "Iterator[Route]":
        return iter(self._routes)

    def __len__(self) -> int:
        return len(self._routes)


def _check_path(path: str) -> None:
    if path.startswith(f"{STREAM_ROOT}/"):
        plain = path.removeprefix(STREAM_ROOT)
        raise ValueError(f"The path {path!r} is the streaming form of {plain!r}: a route for that has both.")

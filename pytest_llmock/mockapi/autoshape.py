"""AutoShape: the shape of a path's first answer, for the requests after it that bring none.

Rules:
- A shape is remembered by method and path, where numbers and UUIDs are any id: GET /users/7 and GET /users/8
  are one, /order-history and /user-profile are two, GET and POST are two. The query makes no difference.
- It is the request's own shape where that had one, else the types of the answer. A list is as long as it was,
  up to three, and its items are all like the first.
- Answers that tell none are passed over: single values, empty ones, and {"error": …} without other data.
- A path that nobody asked for in `ShapeExpirationMinutes` is forgotten; beyond `MOST_PATHS` the one longest
  unasked is.
"""

import re
from functools import lru_cache

from pytest_llmock.clock import Clock
from pytest_llmock.config import Settings
from pytest_llmock.errors import RequestError
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.parse import parse
from pytest_llmock.shapes.schema import Shape
from pytest_llmock.shapes.skeleton import skeleton

MOST_PATHS = 1000
_ID = re.compile(r"[0-9]+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Shapes:
    """The shapes that the paths of one session have."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings, self._clock = settings, clock
        self._kept: dict[tuple[str, str], tuple[float, Shape]] = {}

    def __len__(self) -> int:
        return len(self._fresh())

    def of(self, method: str, path: str) -> Shape | None:
        """The shape that such requests have, None when there is none yet."""
        key = (method, path_template(path))
        if key not in self._fresh():
            return None
        _, shape = self._kept.pop(key)
        self._kept[key] = (self._clock.monotonic(), shape)
        return shape

    def learn(self, method: str, path: str, shape: Shape | None, answer: JSON) -> None:
        """Remember the shape of such requests, unless one is remembered."""
        key = (method, path_template(path))
        if key in self._fresh():
            return
        shape = shape or _shape_of(answer)
        if shape is not None:
            self._kept[key] = (self._clock.monotonic(), shape)
        while len(self._kept) > MOST_PATHS:
            del self._kept[next(iter(self._kept))]

    def forget(self, method: str, path: str) -> None:
        """Let the next answer tell the shape anew."""
        self._kept.pop((method, path_template(path)), None)

    def clear(self) -> None:
        """Forget all of them."""
        self._kept.clear()

    def _fresh(self) -> dict[tuple[str, str], tuple[float, Shape]]:
        oldest = self._clock.monotonic() - 60 * self.settings.shape_expiration_minutes
        while self._kept and next(iter(self._kept.values()))[0] <= oldest:
            del self._kept[next(iter(self._kept))]
        return self._kept


@lru_cache(maxsize=1024)
def path_template(path: str) -> str:
    """The path with its ids left open: "/users/7/orders" → "/users/{id}/orders"."""
    return "/".join("{id}" if _ID.fullmatch(part) else part for part in path.split("/"))


def _shape_of(answer: JSON) -> Shape | None:
    if not answer or not isinstance(answer, list | dict) or [*answer] == ["error"]:
        return None
    try:
        return parse(skeleton(answer))
    except RequestError:  # data that reads as a schema, and is none: the next answer may tell more
        return None

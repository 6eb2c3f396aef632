"""What calls of a test left to be fetched by later ones: responses, stored completions, files, batches."""

from collections.abc import Iterator
from typing import Any


class Stored:
    """Items by kind and id, in the order in which they came: `stored.put("response", "resp_1", response)`."""

    def __init__(self) -> None:
        self._kinds: dict[str, dict[str, Any]] = {}

    def put(self, kind: str, id: str, item: object) -> None:
        """Keep an item; one of the same id is replaced."""
        self._kinds.setdefault(kind, {})[id] = item

    def get(self, kind: str, id: str) -> Any | None:
        """The item, None where there is none."""
        return self._kinds.get(kind, {}).get(id)

    def remove(self, kind: str, id: str) -> bool:
        """Forget an item; whether there was one."""
        return self._kinds.get(kind, {}).pop(id, None) is not None

    def all(self, kind: str) -> Iterator[Any]:
        """The items of a kind, oldest first."""
        return iter(list(self._kinds.get(kind, {}).values()))

    def clear(self) -> None:
        """Forget everything."""
        self._kinds.clear()

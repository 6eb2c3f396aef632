"""Lists in pages, as every part of OpenAI's API gives them: `after`, `limit`, `order`.

Spec: https://developers.openai.com/api/reference/resources/responses (input items; read 2026-11-22).
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from pytest_llmock.errors import RequestError
from pytest_llmock.llm import JSON
from pytest_llmock.wire.openai_errors import wrong_type, wrong_value

Item: TypeAlias = Mapping[str, JSON]
USUAL_LIMIT, MOST_ITEMS = 20, 100
_ORDERS = ("asc", "desc")


def page(
    items: Sequence[Item], query: Mapping[str, str], *, newest_first: bool = False, most: int = MOST_ITEMS
) -> dict[str, JSON]:
    """The page of `items` (oldest first) that a query asks for; RequestError names a wrong parameter."""
    order = query.get("order") or ("desc" if newest_first else "asc")
    if order not in _ORDERS:
        raise wrong_value("order", f"'{order}'. Supported values are: {', '.join(_ORDERS)}.")
    limit = _limit(query.get("limit"), most)
    ordered = list(items) if order == "asc" else list(reversed(items))
    rest = _behind(ordered, query.get("after"))
    shown = rest[:limit]
    return {
        "object": "list",
        "data": [dict(item) for item in shown],
        "first_id": shown[0]["id"] if shown else None,
        "last_id": shown[-1]["id"] if shown else None,
        "has_more": len(rest) > len(shown),
    }


def _limit(text: str | None, most: int) -> int:
    if not text:
        return USUAL_LIMIT if most == MOST_ITEMS else most
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise wrong_type("limit", "an integer", text)
    if not 1 <= int(text) <= most:
        raise wrong_value("limit", f"expected a value from 1 to {most}, but got {text} instead.")
    return int(text)


def _behind(items: list[Item], after: str | None) -> list[Item]:
    if not after:
        return items
    places = [place for place, item in enumerate(items) if item["id"] == after]
    if not places:
        raise RequestError(
            f"Invalid 'after': there is no item with id '{after[:100]}' in this list.",
            details={"param": "after", "code": "invalid_value"},
        )
    return items[places[0] + 1 :]

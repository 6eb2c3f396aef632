"""How Anthropic's API says errors and numbers requests, and how it hands out lists in pages."""

from collections.abc import Mapping, Sequence

from pytest_llmock.errors import LLMockError
from pytest_llmock.journal import Call
from pytest_llmock.llm import JSON
from pytest_llmock.server.apis.asking import identifier
from pytest_llmock.server.endpoint import Endpoint, Face, Handler
from pytest_llmock.session import Session
from pytest_llmock.wire.anthropic_errors import error_body, rate_limit_headers, wrong_value
from pytest_llmock.wire.http import Request, Response

FACE = Face("anthropic", error_body, is_provider=True, limits=rate_limit_headers)
MOST_LISTED = 1000


def endpoint(handlers: Mapping[str, Handler], *, journalled: bool = True) -> Endpoint:
    """One whose answers have the header `request-id`, and whose errors say it too."""
    numbered = {method: _numbered(handler) for method, handler in handlers.items()}
    return Endpoint.of(FACE, numbered, journalled=journalled)


def _numbered(handler: Handler) -> Handler:
    async def numbered(session: Session, call: Call, request: Request) -> Response:
        id_ = call.answer_headers["request-id"] = identifier("req_", session, call)
        try:
            return await handler(session, call, request)
        except LLMockError as error:
            error.details["request_id"] = id_
            raise

    return numbered


def page(items: Sequence[Mapping[str, JSON]], request: Request) -> dict[str, JSON]:
    """The part of a list that the query asks for: `limit` items behind `after_id`, or before `before_id`."""
    asked = dict(request.query)
    limit, ids = _limit(asked.get("limit", "20")), [item["id"] for item in items]
    after, before = asked.get("after_id"), asked.get("before_id")
    start = ids.index(after) + 1 if after in ids else 0
    end = ids.index(before) if before in ids else len(ids)
    if before in ids and after is None:
        start = max(0, end - limit)
    shown = items[start : min(end, start + limit)]
    more = start > 0 if before in ids and after is None else start + limit < end
    ends: list[JSON] = [shown[0]["id"], shown[-1]["id"]] if shown else [None, None]
    data: list[JSON] = [dict(item) for item in shown]
    return {"data": data, "has_more": more, "first_id": ends[0], "last_id": ends[1]}


def _limit(text: str) -> int:
    if not (text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= MOST_LISTED):
        raise wrong_value("limit", f"Input should be a whole number from 1 to {MOST_LISTED}")
    return int(text)

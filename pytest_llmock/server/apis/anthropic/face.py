"""How Anthropic's API says errors and numbers requests, and how it hands out lists in pages."""

from collections.abc import Mapping, Sequence
from functools import partial

from pytest_llmock.errors import LLMockError
from pytest_llmock.journal import Call
from pytest_llmock.llm import JSON
from pytest_llmock.server.endpoint import Endpoint, Face, request_id
from pytest_llmock.wire.anthropic_errors import error_body, rate_limit_headers, wrong_value
from pytest_llmock.wire.http import Request

FACE = Face(
    "anthropic",
    error_body,
    is_provider=True,
    limits=rate_limit_headers,
    id_header="request-id",
    key_headers=("x-api-key", "authorization"),
)
MOST_LISTED = 1000
endpoint = partial(Endpoint.of, FACE)


def told(error: LLMockError, call: Call) -> dict[str, JSON]:
    """The body of an error that is no answer by itself, but part of one."""
    error.details["request_id"] = request_id(call)
    return error_body(error)


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

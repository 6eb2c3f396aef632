"""Responses that the session keeps: retrieved, also as a stream, cancelled, deleted, with what was asked."""

import asyncio
from collections.abc import AsyncGenerator

from pytest_llmock.errors import RequestError
from pytest_llmock.folding import unfold
from pytest_llmock.journal import Call
from pytest_llmock.server.apis.openai.face import paged, query_of
from pytest_llmock.server.apis.openai.responses import RESPONSE, Kept
from pytest_llmock.server.events import EVENT_STREAM
from pytest_llmock.session import Session
from pytest_llmock.wire import openai_responses
from pytest_llmock.wire.http import Request, Response, json_response
from pytest_llmock.wire.openai_errors import wrong_type, wrong_value


async def retrieve(session: Session, call: Call, request: Request) -> Response:
    """GET /v1/responses/{id}; with `stream=true` as the events that it came in, or would have."""
    kept = _kept(session, request)
    query = query_of(request)
    if query.get("stream") != "true":
        return json_response(kept.body)
    after = query.get("starting_after") or "-1"
    if not after.removeprefix("-").isdecimal() or len(after) > 9:
        raise wrong_type("starting_after", "an integer", after)
    await kept.settled()
    return Response(content_type=EVENT_STREAM, stream=_replayed(kept, int(after)))


async def _replayed(kept: Kept, after: int) -> AsyncGenerator[bytes, None]:
    encoder = openai_responses.EventEncoder(kept.frame)
    said = b""
    if kept.body["status"] in ("completed", "incomplete"):
        async for delta in unfold(openai_responses.decode_completion(kept.body)):
            said += encoder.encode(delta)
        said += encoder.done()
    else:
        said = encoder.told(kept.body)
    for number, event in enumerate(said.split(b"\n\n")[:-1]):
        if number > after:
            yield event + b"\n\n"


async def cancel(session: Session, call: Call, request: Request) -> Response:
    """POST /v1/responses/{id}/cancel: of one made in the background; one that is complete stays as it is."""
    kept = _kept(session, request)
    if kept.body["background"] is not True:
        raise wrong_value("response_id", "only a response created with 'background' can be cancelled.")
    if kept.work is not None and not kept.work.done():
        kept.work.cancel()
        await asyncio.wait([kept.work])
        kept.body = kept.frame.body("cancelled", [])
    return json_response(kept.body)


async def delete(session: Session, call: Call, request: Request) -> Response:
    """DELETE /v1/responses/{id}."""
    kept = _kept(session, request)
    session.stored.remove(RESPONSE, kept.frame.id)
    return json_response({"id": kept.frame.id, "object": "response", "deleted": True})


async def input_items(session: Session, call: Call, request: Request) -> Response:
    """GET /v1/responses/{id}/input_items: what it is an answer to, newest first unless `order=asc`."""
    kept = _kept(session, request)
    return json_response(paged(request, (*kept.before, *kept.items), newest_first=True))


def _kept(session: Session, request: Request) -> Kept:
    id_ = str(request.params["id"])
    kept: Kept | None = session.stored.get(RESPONSE, id_)
    if kept is None:
        raise RequestError(
            f"Response with id '{id_[:100]}' not found.",
            status=404,
            details={"param": "response_id", "code": "not_found"},
        )
    return kept

"""Moderations: judged here, no backend is asked."""

from pytest_llmock.journal import Call
from pytest_llmock.server.apis.asking import identifier, meet_faults
from pytest_llmock.server.apis.openai.face import fields_of
from pytest_llmock.session import Session
from pytest_llmock.wire.http import Request, Response, json_response
from pytest_llmock.wire.openai_fields import text_at
from pytest_llmock.wire.openai_moderations import judged_texts, moderation


async def create(session: Session, call: Call, request: Request) -> Response:
    """POST /v1/moderations."""
    fields = fields_of(request)
    body = moderation(fields, id=identifier("modr-", session, call))
    await meet_faults(session, call, request, *judged_texts(fields), model=text_at(fields, "model"))
    return json_response(body)

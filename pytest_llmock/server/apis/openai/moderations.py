"""Moderations: judged here, no backend is asked."""

from pytest_llmock.journal import Call
from pytest_llmock.server.apis.asking import identifier
from pytest_llmock.server.apis.openai.face import fields_of
from pytest_llmock.session import Session
from pytest_llmock.wire.http import Request, Response, json_response
from pytest_llmock.wire.openai_moderations import moderation


async def create(session: Session, call: Call, request: Request) -> Response:
    """POST /v1/moderations."""
    return json_response(moderation(fields_of(request), id=identifier("modr-", session, call)))

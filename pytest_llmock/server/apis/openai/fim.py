"""Mistral's completions of code: what stands between a text and its suffix, answered as a chat is.

Spec: https://docs.mistral.ai/api/endpoint/fim (read 2026-11-22).
"""

from dataclasses import replace

from pytest_llmock.journal import Call
from pytest_llmock.llm import JSON
from pytest_llmock.server.apis.openai import chat
from pytest_llmock.server.apis.openai.face import fields_of
from pytest_llmock.session import Session
from pytest_llmock.wire.http import Request, Response, encode_json
from pytest_llmock.wire.openai_fields import others, required_text, text_at


async def create(session: Session, call: Call, request: Request) -> Response:
    """POST /v1/fim/completions."""
    fields = fields_of(request)
    text_at(fields, "suffix")
    message: JSON = {"role": "user", "content": required_text(fields, "prompt")}
    asked = others(fields, frozenset({"prompt", "random_seed"})) | {"messages": [message]}
    if fields.get("random_seed") is not None:
        asked["seed"] = fields["random_seed"]
    return await chat.create(session, call, replace(request, body=encode_json(asked)))

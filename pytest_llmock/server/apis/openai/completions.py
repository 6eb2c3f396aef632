"""Legacy completions: each text of the request is asked for by itself, one after the other."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from pytest_llmock.folding import first, fold
from pytest_llmock.journal import Call
from pytest_llmock.llm import Delta
from pytest_llmock.server.apis.asking import EPOCH, MADE_HERE, ask, identifier, pieces, source_of, whole
from pytest_llmock.server.apis.openai.face import fields_of
from pytest_llmock.server.events import EVENT_STREAM, events
from pytest_llmock.session import Session
from pytest_llmock.wire import openai_completions
from pytest_llmock.wire.http import Request, Response, json_response
from pytest_llmock.wire.openai_errors import error_body


async def create(session: Session, call: Call, request: Request) -> Response:
    """POST /v1/completions."""
    wanted = openai_completions.decode_request(fields_of(request))
    id_, created = identifier("cmpl-", session, call), EPOCH + call.number
    if wanted.stream:
        head, answers = await first(_answers(session, call, request, wanted))
        encoder = openai_completions.ChunkEncoder(
            wanted, id=id_, created=created, model=wanted.model or call.model
        )
        if head is not None and source_of(head[1]) in MADE_HERE:
            encoder.top = wanted.top
        stream = pieces(encoder, _told(answers, encoder))
        return Response(
            content_type=EVENT_STREAM,
            stream=events(stream, call, lambda error: encoder.error(error_body(error))),
        )
    answered = [
        whole(await fold(ask(session, call, request, prompt, is_whole=True))) for prompt in wanted.prompts
    ]
    completion = openai_completions.joined(wanted, answered)
    body = openai_completions.encode_completion(
        completion,
        id=id_,
        created=created,
        model=wanted.model or completion.model,
        top=wanted.top if completion.source in MADE_HERE else None,
    )
    return json_response(body)


async def _answers(
    session: Session, call: Call, request: Request, wanted: openai_completions.CompletionsRequest
) -> AsyncGenerator[tuple[int, Delta], None]:
    """The deltas of each text's answers, with the number of the text."""
    for number, prompt in enumerate(wanted.prompts):
        async with aclosing(ask(session, call, request, prompt, is_whole=False)) as deltas:
            async for delta in deltas:
                yield number, delta


async def _told(
    answers: AsyncGenerator[tuple[int, Delta], None], encoder: openai_completions.ChunkEncoder
) -> AsyncGenerator[Delta, None]:
    now = -1
    async with aclosing(answers):
        async for number, delta in answers:
            if number != now:
                now = number
                encoder.begin(number)
            yield delta

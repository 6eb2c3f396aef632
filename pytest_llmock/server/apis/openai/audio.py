"""Audio: speech is a short sound made from the seed, a transcription what the backend answers to the file."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from pytest_llmock.clock import seed_of
from pytest_llmock.errors import LLMockError
from pytest_llmock.folding import first, fold
from pytest_llmock.journal import Call
from pytest_llmock.llm import Deltas, Prompt, Usage
from pytest_llmock.server.apis.asking import ask, meet_faults, whole
from pytest_llmock.server.apis.openai.face import fields_of
from pytest_llmock.server.apis.openai.forms import Form, form_of
from pytest_llmock.server.events import EVENT_STREAM, events
from pytest_llmock.session import Session
from pytest_llmock.wire import openai_audio
from pytest_llmock.wire.http import Request, Response, encode_json
from pytest_llmock.wire.openai_errors import error_body
from pytest_llmock.wire.openai_fields import text_at
from pytest_llmock.wire.sse import encode


async def speak(session: Session, call: Call, request: Request) -> Response:
    """POST /v1/audio/speech."""
    fields = fields_of(request)
    speech = openai_audio.decode_speech(fields)
    await meet_faults(session, call, request, speech.text, model=text_at(fields, "model"))
    seed = seed_of(session.choice.seed, speech.text)
    if speech.as_events:
        return Response(body=speech.events(seed), content_type=EVENT_STREAM)
    return Response(body=speech.sound(seed), content_type=speech.content_type)


async def transcribe(session: Session, call: Call, request: Request) -> Response:
    """POST /v1/audio/transcriptions."""
    form = form_of(request)
    if text_at(form.fields, "stream") == "true":
        _, deltas = await first(ask(session, call, request, _prompt(form, "transcribe"), is_whole=False))
        return Response(content_type=EVENT_STREAM, stream=events(_told(deltas), call, _failed))
    return await _answer(session, call, request, form, "transcribe")


async def translate(session: Session, call: Call, request: Request) -> Response:
    """POST /v1/audio/translations."""
    return await _answer(session, call, request, form_of(request), "translate")


def _prompt(form: Form, task: str) -> Prompt:
    file = form.file("file")
    return openai_audio.transcription_prompt(form.fields, file.name, file.content, task)


async def _answer(session: Session, call: Call, request: Request, form: Form, task: str) -> Response:
    wanted = openai_audio.transcription_form(form.fields)
    completion = whole(await fold(ask(session, call, request, _prompt(form, task), is_whole=True)))
    told = openai_audio.Transcription(
        completion.text,
        completion.usage,
        task,
        text_at(form.fields, "language") or "english",
        by_word="word" in form.listed("timestamp_granularities"),
    )
    body, content_type = told.body(wanted)
    return Response(body=body, content_type=content_type)


async def _told(deltas: Deltas) -> AsyncGenerator[bytes, None]:
    words, usage = list[str](), Usage()
    async with aclosing(deltas):
        async for delta in deltas:
            if delta.text:
                words.append(delta.text)
                yield openai_audio.delta_event(delta.text)
            if delta.end is not None:
                usage = delta.end.usage or usage
    yield openai_audio.done_event("".join(words), usage)


def _failed(error: LLMockError) -> bytes:
    return encode(encode_json(error_body(error)).decode())

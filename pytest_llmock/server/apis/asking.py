"""What the APIs of providers have in common: from a prompt to the backend, and what every answer needs."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Protocol

from pytest_llmock.clock import seed_of
from pytest_llmock.folding import by_words, fold
from pytest_llmock.journal import Call
from pytest_llmock.llm import Completion, Delta, Deltas, Prompt, Source
from pytest_llmock.pool.deadline import deadline_in
from pytest_llmock.server.events import cut_off
from pytest_llmock.session import Session
from pytest_llmock.wire.http import Request, requested_backend, requested_timeout

EPOCH = 1_767_225_600  # 2026-01-01: `created` counts calls from here, so that the same run has the same bytes


MADE_HERE = ("synthetic", "scripted")  # whose answers may be adorned with what a model would have said beside


class Encoder(Protocol):
    """Makes the bytes of a stream in one API's form."""

    def encode(self, delta: Delta, /) -> bytes:
        """What a delta adds."""

    def done(self) -> bytes:
        """What comes after the last one."""


def ask(session: Session, call: Call, request: Request, prompt: Prompt, *, is_whole: bool) -> Deltas:
    """The answer of the backend that the request, or its model, or the test selects, as it is streamed."""
    deltas = asked(session, call, request, prompt, is_whole=is_whole)
    return deltas if is_whole else by_words(deltas)


def asked(session: Session, call: Call, request: Request, prompt: Prompt, *, is_whole: bool) -> Deltas:
    """The same for an encoder that itself makes pieces of what was made at once."""
    selection = session.select(requested_backend(request), model=prompt.model, call=call)
    allowed = requested_timeout(request) or session.settings.deadline_seconds
    deadline = deadline_in(allowed, session.clock)
    return session.ask(prompt, selection, call=call, deadline=deadline, is_whole=is_whole)


async def meet_faults(session: Session, call: Call, request: Request, *inputs: str, model: str) -> None:
    """Let the test's faults strike an answer that is made of these texts, and no backend is asked for.

    Raises BackendError for one that takes its place. What only bytes can say is noted in the call.
    """
    if session.interventions:
        allowed = requested_timeout(request) or session.settings.deadline_seconds
        fate = session.interventions.alone(call, deadline_in(allowed, session.clock))
        await fold(fate(Prompt(operation="embed", model=model, inputs=inputs)))


def source_of(head: Delta | None) -> Source | None:
    """Where an answer comes from that begins with `head`."""
    return head.origin.source if head is not None and head.origin is not None else None


def whole(completion: Completion) -> Completion:
    """The completion, which has come to its end; BackendError for one that was cut."""
    if not completion.choices or any(choice.finish_reason is None for choice in completion.choices):
        raise cut_off(completion.backend)
    return completion


async def pieces(encoder: Encoder, deltas: Deltas) -> AsyncGenerator[bytes, None]:
    """The bytes of a stream. Raises BackendError where it is cut."""
    has_ended = False
    async with aclosing(deltas):
        async for delta in deltas:
            has_ended = has_ended or delta.end is not None
            yield encoder.encode(delta)
    if not has_ended:
        raise cut_off()
    yield encoder.done()


def identifier(prefix: str, session: Session, call: Call, *which: object) -> str:
    """An id for what a call made, the same in every run: "chatcmpl-1f0a…"; `which`, where it made several."""
    return f"{prefix}{seed_of(session.choice.seed, session.choice.test, call.number, *which):016x}"

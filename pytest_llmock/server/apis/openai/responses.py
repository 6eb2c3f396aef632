"""The Responses API: created, streamed, or made in the background."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass, field

from pytest_llmock.errors import LLMockError, RequestError
from pytest_llmock.folding import estimate_tokens, first, fold, prompt_text
from pytest_llmock.journal import Call
from pytest_llmock.llm import JSON, Deltas
from pytest_llmock.server.apis.asking import EPOCH, MADE_HERE, ask, identifier, pieces, source_of, whole
from pytest_llmock.server.apis.openai.face import fields_of
from pytest_llmock.server.endpoint import unexpected
from pytest_llmock.server.events import EVENT_STREAM, events
from pytest_llmock.session import Session
from pytest_llmock.wire import openai_responses
from pytest_llmock.wire.http import Request, Response, json_response
from pytest_llmock.wire.openai_errors import unsupported, wrong_value
from pytest_llmock.wire.openai_fields import Fields, text_at
from pytest_llmock.wire.openai_logprobs import with_logprobs

RESPONSE, _ITEM = "openai.response", "openai.item"


@dataclass(slots=True, eq=False)
class Kept:
    """A response of the session as it stands, the items it is an answer to, and its work if there is more."""

    frame: openai_responses.Frame
    body: dict[str, JSON]
    before: tuple[Fields, ...] = ()
    items: tuple[Fields, ...] = ()
    work: "asyncio.Task[None] | None" = field(default=None, repr=False)

    @property
    def conversation(self) -> tuple[Fields, ...]:
        """All that a response which follows this one knows of."""
        output = self.body["output"]
        said = [item for item in output if isinstance(item, dict)] if isinstance(output, list) else []
        return (*self.before, *self.items, *said)

    async def settled(self) -> None:
        """Wait until nothing more will happen to it."""
        if self.work is not None:
            with suppress(asyncio.CancelledError):
                await asyncio.shield(self.work)


async def create(session: Session, call: Call, request: Request) -> Response:
    """POST /v1/responses."""
    fields = fields_of(request)
    before = await _before(session, text_at(fields, "previous_response_id"))
    fields = _resolved(session, fields)
    wanted = openai_responses.decode_request(fields, before=before)
    if wanted.background and not wanted.store:
        raise wrong_value("background", "it needs 'store' to be true.")
    making = _Making(session, call, request, wanted, before, identifier("resp_", session, call))
    if wanted.stream:
        return await making.streamed()
    if wanted.background:
        return json_response(making.queued())
    frame, body = await making.made()
    making.keep(frame, body)
    return json_response(body)


async def _before(session: Session, id: str) -> tuple[Fields, ...]:
    if not id:
        return ()
    kept: Kept | None = session.stored.get(RESPONSE, id)
    if kept is None:
        raise RequestError(
            f"Previous response with id '{id[:100]}' not found.",
            details={"param": "previous_response_id", "code": "previous_response_not_found"},
        )
    await kept.settled()
    return kept.conversation


def _resolved(session: Session, fields: dict[str, JSON]) -> dict[str, JSON]:
    """The request, with the items that it refers to by their ids."""
    items = fields.get("input")
    if not isinstance(items, list):
        return fields
    return {**fields, "input": [_item(session, item) for item in items]}


def _item(session: Session, item: JSON) -> JSON:
    if not isinstance(item, dict) or item.get("type") != "item_reference":
        return item
    known: JSON = session.stored.get(_ITEM, str(item.get("id")))
    if known is None:
        told = f"Item with id '{str(item.get('id'))[:100]}' not found."
        raise RequestError(told, status=404, details={"param": "input", "code": "not_found"})
    return known


@dataclass(frozen=True, slots=True)
class _Making:
    """One response while it is made."""

    session: Session
    call: Call
    request: Request
    wanted: openai_responses.ResponsesRequest
    before: tuple[Fields, ...]
    id: str

    def deltas(self, *, is_whole: bool) -> Deltas:
        return ask(self.session, self.call, self.request, self.wanted.prompt, is_whole=is_whole)

    def frame(self, model: str) -> openai_responses.Frame:
        return openai_responses.Frame.of(
            self.wanted, id=self.id, created=EPOCH + self.call.number, model=self.wanted.prompt.model or model
        )

    def keep(self, frame: openai_responses.Frame, body: dict[str, JSON]) -> Kept:
        """The response as it stands, to be fetched from now on if the client wants that."""
        items = tuple(_named(frame, item, place) for place, item in enumerate(self.wanted.items))
        kept = Kept(frame, body, self.before, items)
        if self.wanted.store:
            self.session.stored.put(RESPONSE, self.id, kept)
            self.note_items(kept)
        return kept

    def note_items(self, kept: Kept) -> None:
        """Let later requests refer to what was asked and answered."""
        for item in kept.conversation[len(self.before) :]:
            self.session.stored.put(_ITEM, str(item["id"]), item)

    async def made(self) -> tuple[openai_responses.Frame, dict[str, JSON]]:
        """The whole response."""
        completion = whole(await fold(self.deltas(is_whole=True)))
        if self.wanted.top_logprobs is not None and completion.source in MADE_HERE:
            completion = with_logprobs(completion, self.wanted.top_logprobs)
        frame = self.frame(completion.model)
        return frame, openai_responses.encode_completion(completion, frame)

    def queued(self) -> dict[str, JSON]:
        """A response that is made while the client does something else."""
        frame = self.frame(self.call.model)
        kept = self.keep(frame, frame.body("queued", []))
        queued = kept.body
        kept.work = asyncio.create_task(self.work(kept))
        self.session.work.add(kept.work)
        kept.work.add_done_callback(self.session.work.discard)
        return queued

    async def work(self, kept: Kept) -> None:
        """Make a queued response; what goes wrong is what it says."""
        kept.body = kept.frame.body("in_progress", [])
        try:
            kept.frame, kept.body = await self.made()
            self.note_items(kept)
        except LLMockError as error:
            self.call.fail(error)
            kept.body = kept.frame.failed(error, [])
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is told and the log has it
            kept.body = kept.frame.failed(unexpected(error), [])

    async def streamed(self) -> Response:
        head, answer = await first(self.deltas(is_whole=False))
        top = self.wanted.top_logprobs if source_of(head) in MADE_HERE else None
        frame = self.frame(self.call.model)
        encoder = openai_responses.EventEncoder(frame, top_logprobs=top)
        stream = events(pieces(encoder, answer), self.call, encoder.error)
        return Response(content_type=EVENT_STREAM, stream=self.then_kept(stream, frame, encoder))

    async def then_kept(
        self,
        stream: AsyncGenerator[bytes, None],
        frame: openai_responses.Frame,
        encoder: openai_responses.EventEncoder,
    ) -> AsyncGenerator[bytes, None]:
        async with aclosing(stream):
            async for piece in stream:
                if encoder.response is not None:  # before the client has it: it may ask for it at once
                    self.keep(frame, encoder.response)
                yield piece


def _named(frame: openai_responses.Frame, item: Fields, place: int) -> Fields:
    """An item of the input as it is listed: with an id, and its words as parts."""
    kind = item.get("type") or "message"
    listed: dict[str, JSON] = {"type": kind, **item}
    if kind == "message" and isinstance(item.get("content"), str):
        word = "output_text" if item.get("role") == "assistant" else "input_text"
        listed["content"] = [{"type": word, "text": item["content"]}]
    if kind == "message":
        listed = {"status": "completed", **listed}
    prefix = _PREFIXES.get(str(kind), "item")
    return {"id": frame.item_id(f"{prefix}_in", place), **listed}


_PREFIXES = {"message": "msg", "function_call": "fc", "function_call_output": "fco", "reasoning": "rs"}


async def count(session: Session, call: Call, request: Request) -> Response:
    """POST /v1/responses/input_tokens."""
    fields = fields_of(request)
    before = await _before(session, text_at(fields, "previous_response_id"))
    wanted = openai_responses.decode_request(_resolved(session, fields), before=before)
    tokens = estimate_tokens(prompt_text(wanted.prompt))
    return json_response({"object": "response.input_tokens", "input_tokens": tokens})


async def compact(session: Session, call: Call, request: Request) -> Response:
    """POST /v1/responses/compact."""
    raise unsupported("", "Compaction of a conversation (/v1/responses/compact)")

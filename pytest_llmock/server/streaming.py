"""The mock REST API's streams at R/api/mock/stream/…: the same answers as server-sent events."""

from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from pytest_llmock.clock import Clock
from pytest_llmock.errors import LLMockError, OffShapeError
from pytest_llmock.folding import by_words, first
from pytest_llmock.generation.generate import Options, generate, options_of, prompt_of, wanted_of
from pytest_llmock.generation.listing import listing_of
from pytest_llmock.journal import Call
from pytest_llmock.llm import JSON, Backend, Deltas, Generation, Prompt
from pytest_llmock.mockapi.encoders import Encoder, ItemEncoder, TokenEncoder, Whole, whole_by
from pytest_llmock.mockapi.errors import error_body
from pytest_llmock.mockapi.events import (
    Continuous,
    Numbering,
    Piece,
    continuous_end,
    continuous_start,
    error_event,
)
from pytest_llmock.mockapi.request import MockRequest
from pytest_llmock.mockapi.streams import Pace, StreamRequest, Waits, decode_stream
from pytest_llmock.pool.deadline import Deadline, deadline_in
from pytest_llmock.pool.selection import Selection
from pytest_llmock.server.events import EVENT_STREAM, cut_off, events
from pytest_llmock.server.memory import remember, remembers
from pytest_llmock.server.reception import admitted, deadline_of
from pytest_llmock.server.resuming import as_begun, begun, is_answered, told_again
from pytest_llmock.server.sending import MOST_HELD_BYTES
from pytest_llmock.session import Session
from pytest_llmock.wire.http import JSON_TYPE, Request, Response
from pytest_llmock.wire.sse import encode

ROOT = "/api/mock/stream"
_HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}
Batches = AsyncGenerator[Sequence[Piece], None]


async def stream(session: Session, call: Call, request: Request) -> Response:
    """The answer to a mock request as a stream; a failure before its first event is an ordinary error."""
    mock = await admitted(session, call, request, root=ROOT)
    if isinstance(mock, Response):
        return _as_event(mock) if mock.status >= 400 else mock
    return await streamed(session, call, request, mock)


async def streamed(session: Session, call: Call, request: Request, mock: MockRequest) -> Response:
    """The answer to a request that was admitted, as a stream."""
    settings = session.settings
    wanted = decode_stream(request, mock, settings)
    call.warnings += wanted.mock.warnings
    if wanted.position is not None and wanted.position.is_end:
        return Response(204)  # an EventSource comes back after every end, until it is told this
    earlier = begun(session, call) if wanted.position is not None else None
    if earlier is not None:
        wanted = replace(wanted, mock=as_begun(wanted.mock, earlier))
    if request.method == "HEAD":
        wanted = replace(wanted, continuous=None, pace=Pace())
    selection = session.select(mock.backend, call=call)
    template = settings.custom_streaming_prompt_template or settings.custom_prompt_template or ""
    options = options_of(settings, mock.sampling)
    if template != options.template:
        options = replace(options, template=template)
    deadline = deadline_of(session, call, mock)
    answer = _Answer(session, call, selection, wanted, options, deadline, earlier)
    head, batches = await first(answer.batches())
    if head is None:
        return Response(204)
    waits = wanted.pace.waits(session.choice.seed, mock.generation.path) if wanted.pace else None
    pieces = _paced(batches, waits, session.clock)
    return Response(content_type=EVENT_STREAM, headers=_HEADERS, stream=events(pieces, call, answer.failed))


@dataclass(slots=True)
class _Answer:
    """One streamed answer, or one after the other."""

    session: Session
    call: Call
    selection: Selection
    wanted: StreamRequest
    options: Options
    deadline: Deadline  # of the first round; a later one has its own
    begun: Call | None = None  # the call whose stream goes on here
    encoder: Encoder | None = None

    def batches(self) -> Batches:
        """The events of the stream, those together that became ready together."""
        continuous = self.wanted.continuous
        return self._known_left_out(self._one() if continuous is None else self._many(continuous))

    def failed(self, error: LLMockError) -> bytes:
        """What is left to be sent when the answer breaks off: what was complete, and the error."""
        left = self.encoder.flush() if self.encoder is not None else []
        return b"".join([*(piece.data for piece in left), error_event(error_body(error)).data])

    async def _known_left_out(self, batches: Batches) -> Batches:
        async with aclosing(batches):
            async for batch in batches:
                if news := [piece for piece in batch if piece.data]:
                    yield news

    async def _one(self) -> Batches:
        numbering = Numbering(self.wanted.position)
        async with aclosing(self._round(self.wanted.mock.generation, numbering)) as batches:
            async for batch in batches:
                yield batch
        numbering.check_end()

    async def _many(self, continuous: Continuous) -> Batches:
        clock, sent, is_told = self.session.clock, 0, False
        over = clock.monotonic() + continuous.most_s if continuous.most_s else float("inf")
        position = self.wanted.position
        number = position.round if position else 0
        while True:
            generation = replace(self.wanted.mock.generation, variant=number)
            numbering = Numbering(position, round=number)
            async with aclosing(self._round(generation, numbering, batch=number + 1)) as batches:
                async for batch in batches:
                    if batch and not is_told:
                        is_told = True
                        yield [continuous_start(self.wanted.mode, continuous)]
                    sent += sum(1 for piece in batch if piece.data)
                    yield batch
            numbering.check_end()
            number, position = number + 1, None
            now = clock.monotonic()
            await clock.sleep(max(0.0, min(continuous.interval_s, over - now)))
            if now + continuous.interval_s >= over:
                yield [continuous_end(sent, numbering)]
                return

    async def _round(
        self, generation: Generation, numbering: Numbering, *, batch: int | None = None
    ) -> Batches:
        """The events of one answer. One of which nothing could be sent is asked again, as a whole."""
        encoder = self.encoder = self._encoder(generation, numbering, batch)
        deadline = self.deadline
        if batch is not None and batch > 1:
            deadline = deadline_in(deadline.allowed_s, self.session.clock)
        shape = self.wanted.mock.shape
        before: Sequence[Mapping[str, object]] = ()
        if not (encoder.is_whole or self._was_corrected(generation)):
            unusable: OffShapeError | None = None
            try:
                async with aclosing(self._live(encoder, generation, deadline)) as batches:
                    async for pieces in batches:
                        yield pieces
            except OffShapeError as error:
                if encoder.has_sent or not self.options.corrections:
                    raise
                unusable = error
            if unusable is None:
                return
            generation, before = _again(generation, unusable), unusable.attempts
        backend = self._backend(generation, deadline, is_whole=True)
        value = (await generate(backend, generation, shape, self.options, before=before)).value
        self._remember(value, generation)
        for pieces in _portions(encoder.all(value)):
            yield pieces

    async def _live(self, encoder: Encoder, generation: Generation, deadline: Deadline) -> Batches:
        """The events of an answer as it comes."""
        prompt = prompt_of(generation, self.wanted.mock.shape, self.options)
        has_ended, said = False, list[str]()
        keeps = remembers(self.wanted.mock)
        deltas = by_words(self._backend(generation, deadline)(prompt))
        async with aclosing(deltas):
            async for delta in deltas:
                has_ended = has_ended or delta.end is not None
                if keeps:
                    said.append(delta.text)
                for pieces in _portions(encoder.encode(delta)):
                    yield pieces
        if not has_ended:
            raise cut_off(self.call.backend)
        last = encoder.done()
        if said:
            value, _, problems = self._whole(generation)("".join(said), "stop")
            if not problems:
                self._remember(value, generation)
        for pieces in _portions(last):
            yield pieces

    def _remember(self, value: JSON, generation: Generation) -> None:
        mock = self.wanted.mock
        if remembers(mock):
            remember(self.session, self.call, mock, value, begun=self._first(generation))

    def _backend(self, generation: Generation, deadline: Deadline, *, is_whole: bool = False) -> Backend:
        """Who answers: the journal, where it has the answer already."""
        first = self._first(generation)

        def backend(prompt: Prompt, /) -> Deltas:
            if first is not None:
                return told_again(first, self.call)
            return self.session.ask(
                prompt, self.selection, call=self.call, deadline=deadline, is_whole=is_whole
            )

        return backend

    def _first(self, generation: Generation) -> Call | None:
        """The call whose stream goes on here, where it has the answer."""
        first = self.begun
        return first if first is not None and is_answered(first, generation) else None

    def _was_corrected(self, generation: Generation) -> bool:
        """Whether the answer that goes on here was the second one, and sent as a whole."""
        first = self._first(generation)
        asked = first.prompt.generation if first and first.prompt else None
        return asked is not None and bool(asked.problems)

    def _whole(self, generation: Generation) -> Whole:
        return whole_by(wanted_of(self.wanted.mock.shape, generation.count).check, repair=self.options.repair)

    def _encoder(self, generation: Generation, numbering: Numbering, batch: int | None) -> Encoder:
        shape, mode = self.wanted.mock.shape, self.wanted.mode
        whole = self._whole(generation)
        if mode == "LlmTokens":
            return TokenEncoder(whole, numbering, batch=batch)
        listing = listing_of(shape, generation.count, any_list=mode == "ArrayItems")
        return ItemEncoder(mode, listing, whole, numbering, batch=batch)


def _portions(pieces: Iterable[Piece]) -> Iterator[Sequence[Piece]]:
    """The pieces, no more at a time than are sent at a time: the words of a long answer are megabytes."""
    portion, size = list[Piece](), 0
    for piece in pieces:
        portion.append(piece)
        size += len(piece.data)
        if size >= MOST_HELD_BYTES:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


def _as_event(error: Response) -> Response:
    """An error of the mock API as readers of events get it: one event, under the same status."""
    if error.content_type != JSON_TYPE:
        return error
    return replace(error, body=encode(error.body.decode()), content_type=EVENT_STREAM)


def _again(generation: Generation, error: OffShapeError) -> Generation:
    """The generation, asked for once more."""
    last = error.attempts[-1]
    found = last["problems"]
    problems = tuple(found) if isinstance(found, list) else ()
    return replace(generation, problems=problems, previous=str(last["text"]))


async def _paced(batches: Batches, waits: Waits | None, clock: Clock) -> AsyncGenerator[bytes, None]:
    """The bytes of events; each one only after its wait, which counts from the event before."""
    due = clock.monotonic()
    async with aclosing(batches):
        async for batch in batches:
            if waits is None:
                yield b"".join([piece.data for piece in batch])
                continue
            for piece in batch:
                due = max(due + waits.before(piece.tokens), clock.monotonic())
                if due > clock.monotonic():
                    await clock.sleep(due - clock.monotonic())
                yield piece.data

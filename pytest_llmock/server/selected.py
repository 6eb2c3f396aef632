"""`llm_backend`: the backend that a test selected, for SDKs and for direct calls."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TypeAlias, TypedDict, Unpack

from pytest_llmock.folding import by_words, fold
from pytest_llmock.journal import Call, Journal
from pytest_llmock.llm import JSON, Completion, Delta, Deltas, Message, Prompt, ResponseSchema
from pytest_llmock.pool.deadline import deadline_in
from pytest_llmock.server.runtime import environment_for
from pytest_llmock.server.thread import ServerThread
from pytest_llmock.session import Session
from pytest_llmock.session.hosting import answering
from pytest_llmock.session.programmed import Programmed
from pytest_llmock.shapes.parse import parse
from pytest_llmock.wire.openai_chat import decode_request

Asked: TypeAlias = str | Sequence[Message | Mapping[str, JSON]]


class Params(TypedDict, total=False):
    """What may be said beside the prompt; every field is optional."""

    shape: "JSON | type"
    tools: Sequence[Mapping[str, JSON]]
    model: str
    temperature: float
    top_p: float
    max_tokens: int
    seed: int
    stop: str | list[str]
    n: int


class SelectedBackend(Programmed):
    """The backend of this test: its address for any SDK, `complete` and `stream` without one, its script."""

    def __init__(self, session: Session, thread: ServerThread) -> None:
        super().__init__(session)
        self._thread = thread
        self.base_url = f"{session.url}/v1"
        self.env = environment_for(session.url)
        self.api_key = self.env["OPENAI_API_KEY"]

    @property
    def name(self) -> str:
        """The name of the backend that answers when a request names none."""
        return self._session.preferred.name

    @property
    def provider(self) -> str:
        return self._session.preferred.provider

    @property
    def model(self) -> str:
        return self._session.preferred.model

    @property
    def calls(self) -> Journal:
        """What was asked in this test, oldest first."""
        return self._session.calls

    async def complete(self, prompt: Asked, /, **params: Unpack[Params]) -> Completion:
        """The backend's answer to a text or to messages ({"role": "user", "content": "…"}).

        `shape` (example, JSON Schema or type) asks for JSON of that form, `tools` are OpenAI's tool objects.
        Raises what the backend raises, and RefusedError for a live call that nothing allows.
        """
        return await self._thread.run(fold(self._answer(prompt_of(prompt, params), is_whole=True)))

    def complete_sync(self, prompt: Asked, /, **params: Unpack[Params]) -> Completion:
        """`complete` for tests that are not async."""
        __tracebackhide__ = True
        return self._thread.run_sync(fold(self._answer(prompt_of(prompt, params), is_whole=True)))

    async def stream(self, prompt: Asked, /, **params: Unpack[Params]) -> AsyncIterator[Delta]:
        """The answer piece by piece, as the backend gives it; takes what `complete` takes."""
        pump = await self._thread.run(self._thread.pump(self._answer(prompt_of(prompt, params))))
        try:
            while (delta := await self._thread.run(pump.next())) is not None:
                yield delta
        finally:
            await self._thread.run(pump.close())

    def stream_sync(self, prompt: Asked, /, **params: Unpack[Params]) -> Iterator[Delta]:
        """`stream` for tests that are not async."""
        __tracebackhide__ = True
        pump = self._thread.run_sync(self._thread.pump(self._answer(prompt_of(prompt, params))))
        try:
            while (delta := self._thread.run_sync(pump.next())) is not None:
                yield delta
        finally:
            self._thread.run_sync(pump.close())

    def __repr__(self) -> str:
        return f"<llm_backend {self._session.choice.backend or '(default)'} at {self.base_url}>"

    async def _answer(self, prompt: Prompt, *, is_whole: bool = False) -> Deltas:
        session = self._session
        call = session.calls.open("python", "CALL", prompt.operation, started=session.clock.monotonic())
        with answering(session, call):
            async with aclosing(self._asked(prompt, call, is_whole=is_whole)) as deltas:
                async for delta in deltas:
                    yield delta

    def _asked(self, prompt: Prompt, call: Call, *, is_whole: bool) -> Deltas:
        session = self._session
        deadline = deadline_in(session.settings.deadline_seconds, session.clock)
        selection = session.select(model=prompt.model, call=call)
        deltas = session.ask(prompt, selection, call=call, deadline=deadline, is_whole=is_whole)
        return deltas if is_whole else by_words(deltas)


def prompt_of(asked: Asked, params: Params) -> Prompt:
    """What the user asked, as a prompt; raises RequestError for messages, tools or values of a wrong form."""
    others = {name: value for name, value in params.items() if name != "shape"}
    turns = [{"role": "user", "content": asked}] if isinstance(asked, str) else list(asked)
    plain = [turn for turn in turns if not isinstance(turn, Message)]
    # the wire codec checks and decodes what is in OpenAI's form; Messages of ours need none of it
    body: JSON = {"model": "", **others, "messages": plain or [{"role": "user", "content": ""}]}  # type: ignore[dict-item]  # TypedDict values are objects to mypy
    prompt = decode_request(body).prompt
    decoded = iter(prompt.messages)
    messages = tuple(turn if isinstance(turn, Message) else next(decoded) for turn in turns)
    shape = params.get("shape")
    schema = prompt.schema if shape is None else ResponseSchema(parse(shape).schema)
    return replace(prompt, messages=messages, schema=schema)

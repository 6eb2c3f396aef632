"""The public API as a type checker sees it: this file is checked by mypy --strict, not run."""

from collections.abc import AsyncGenerator

from pytest_llmock import (
    Call,
    Completion,
    Delta,
    Health,
    MockApi,
    Prompt,
    SelectedBackend,
    Session,
    Settings,
    as_backend,
    fold,
    load_settings,
)


async def deltas(prompt: Prompt) -> AsyncGenerator[Delta, None]:
    yield Delta(prompt.model)


async def words(prompt: Prompt) -> str:
    return prompt.messages[-1].text


def register(llmock: Session) -> None:
    llmock.backends.add("deltas", deltas)
    llmock.backends.add("words", words, live=True)
    llmock.backends.add("text", lambda prompt: prompt.model)
    llmock.backends.add("data", lambda prompt: {"id": 1})


def ask(llm_backend: SelectedBackend) -> str:
    completion: Completion = llm_backend.complete_sync("Hello", shape={"id": 0}, temperature=0.2)
    pieces: list[str] = [delta.text for delta in llm_backend.stream_sync([{"role": "user", "content": "Hi"}])]
    return completion.text + "".join(pieces)


async def ask_later(llm_backend: SelectedBackend) -> int:
    completion = await llm_backend.complete("Hello", shape=dict[str, int])
    return completion.usage.total_tokens + len([delta async for delta in llm_backend.stream("Hi")])


def read(mock_api: MockApi) -> int:
    last: Call = mock_api.calls[-1]
    return mock_api.get("/users").status_code + last.status


def configure(settings: Settings) -> Settings:
    return settings.merged({"Seed": 7}, where="here")


def is_usable(llmock: Session) -> bool:
    health: Health = llmock.health("words")
    return health.up and llmock.healthy["words"].key != "refused"


async def compose(prompt: Prompt) -> Completion:
    return await fold(as_backend(words)(prompt))


__all__ = ["ask", "ask_later", "compose", "configure", "is_usable", "load_settings", "read", "register"]

"""A provider of our own: what it answers is recorded and replayed, and fails, like that of any other.

The answers were recorded from the stand-in in telegraph_service.py. To record again: pytest --llmock-record=rewrite
"""

import asyncio
from contextlib import aclosing

import pytest
from openai import NotFoundError, OpenAI
from telegraph import make

from pytest_llmock import BackendError, BackendSettings, Message, Prompt, Settings, Text, fold

# `make demo` maps every backend to the embedded one: this one stays itself, and plays its recordings
recorded = pytest.mark.llmock(backend="wire", config={"Map": {"wire": "wire"}})


@pytest.fixture
def client(llm_backend):
    with OpenAI(max_retries=0) as client:
        yield client


def ask(client, question, **more):
    return client.chat.completions.create(
        model="any", messages=[{"role": "user", "content": question}], **more
    )


@recorded
def test_it_streams(client, llm_backend):
    stream = ask(client, "When do you arrive?", stream=True)

    pieces = [chunk.choices[0].delta.content for chunk in stream if chunk.choices]

    assert [piece for piece in pieces if piece] == ["Arriving ", "Tuesday ", "noon", " stop"]
    assert llm_backend.calls[-1].source in ("replayed", "recorded")


@recorded
def test_it_counts_and_keeps_to_a_limit(client):
    answer = ask(client, "When do you arrive?", max_tokens=2)

    assert answer.choices[0].message.content == "Arriving Tuesday "
    assert answer.choices[0].finish_reason == "length"
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (5, 2)


@recorded
def test_its_refusal_is_the_providers(client):
    with pytest.raises(NotFoundError, match="answered 404: No wire leads to Atlantis"):
        ask(client, "Is this Atlantis?")


def answered(address, question):
    """What the provider itself answers, without any server or recording of ours."""

    async def answer():
        async with aclosing(
            make(BackendSettings(name="wire", provider="telegraph:make", base_url=address), Settings())
        ) as backend:
            return await fold(backend(Prompt((Message("user", (Text(question),)),))))

    return asyncio.run(answer())


def test_the_provider_alone(address):
    completion = answered(address, "When do you arrive?")

    assert (completion.text, completion.finish_reason) == ("Arriving Tuesday noon stop", "stop")


def test_a_stream_without_its_end_was_cut(address):
    assert answered(address, "Please cut the wire").finish_reason is None


def test_a_busy_service_says_how_long_to_wait(address):
    with pytest.raises(BackendError, match="answered 429: All wires are busy") as caught:
        answered(address, "Are you busy?")

    assert (caught.value.failure.status, caught.value.failure.retry_after_s) == (429, 2)


def test_nobody_listens():
    with pytest.raises(BackendError, match="Backend 'wire' cannot be reached") as caught:
        answered("http://127.0.0.1:9/", "Anybody there?")

    assert caught.value.failure.kind == "connect"

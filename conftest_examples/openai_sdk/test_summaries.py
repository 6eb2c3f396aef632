"""Code that calls a model through its SDK, unchanged: only the address is the test's."""

import json

import pytest
from openai import AsyncOpenAI, OpenAI
from summaries import stream_summary, summarise, ticket_of


def test_a_summary_is_made(llm_backend):
    with OpenAI(base_url=llm_backend.base_url, api_key=llm_backend.api_key) as client:
        summary = summarise("The cat sat on the mat.", client=client)

    assert summary
    assert "cat" in llm_backend.calls[-1].prompt.messages[-1].text


def test_a_client_without_arguments_finds_the_test(llm_backend):
    with OpenAI() as client:
        assert summarise("The dog slept.", client=client)

    assert len(llm_backend.calls) == 1


@pytest.mark.asyncio
async def test_a_summary_is_streamed(llm_backend):
    async with AsyncOpenAI() as client:
        pieces = [piece async for piece in stream_summary("It rained all day.", client=client)]

    assert len(pieces) > 1


def test_structured_output_is_valid(llm_backend):
    with OpenAI() as client:
        ticket = ticket_of("My parcel never arrived!", client=client)

    assert ticket["priority"] in ("low", "normal", "high")
    assert json.dumps(ticket)

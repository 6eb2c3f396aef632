"""The live leaf against a real model server that nobody here wrote: llama.cpp's."""

import asyncio
import json
from contextlib import aclosing

import pytest

from pytest_llmock.backends.openai_compatible import OpenAICompatible
from pytest_llmock.backends.providers import provider_for
from pytest_llmock.errors import BackendError
from pytest_llmock.folding import first, fold
from pytest_llmock.llm import Message, Origin, Prompt, ResponseSchema, Sampling, Text

USER = {
    "type": "object",
    "properties": {
        "id": {"type": "integer", "minimum": 1, "maximum": 99},
        "name": {"type": "string", "maxLength": 12},
        "role": {"enum": ["admin", "user"]},
    },
    "required": ["id", "name", "role"],
    "additionalProperties": False,
}


def ask(words="Hi", *, schema=None, **sampling):
    options = {"max_tokens": 8, "seed": 1, **sampling}
    return Prompt((Message("user", (Text(words),)),), sampling=Sampling(**options), schema=schema)


@pytest.fixture
def backend(llama, http):
    """A leaf for the real server, as provider lmstudio: it takes every field that llama.cpp takes."""
    return OpenAICompatible(
        name="real", provider=provider_for("lmstudio"), http=http, base_url=llama.base_url, model=llama.model
    )


@pytest.mark.asyncio
async def test_answer_comes_in_pieces_with_origin_first_and_usage_last(backend, llama):
    """A chat streams: every delta says something, the first who answers, the last what it cost."""
    deltas = [delta async for delta in backend(ask())]

    assert deltas[0].origin == Origin("real", "live", llama.model, "lmstudio")
    assert [delta.origin for delta in deltas[1:]] == [None] * (len(deltas) - 1)
    assert all(delta.text for delta in deltas[:-1])
    assert deltas[-1].end.finish_reason == "length"
    assert (deltas[-1].end.usage.output_tokens, deltas[-1].end.usage.estimated) == (8, False)


@pytest.mark.asyncio
async def test_same_seed_gives_the_same_words(backend):
    """The seed of the prompt reaches the server."""
    answers = [await fold(backend(ask(seed=3))) for _ in range(2)]

    assert answers[0].text == answers[1].text != ""


@pytest.mark.asyncio
async def test_schema_binds_the_model(backend):
    """With a schema the answer is an instance of it, and stops by itself."""
    completion = await fold(backend(ask(schema=ResponseSchema(USER), max_tokens=200)))

    assert sorted(completion.json()) == ["id", "name", "role"]
    assert completion.finish_reason == "stop"


@pytest.mark.asyncio
async def test_json_mode_gives_an_object(backend):
    """Any object, where no schema is given."""
    completion = await fold(backend(ask(schema=ResponseSchema(), max_tokens=300)))

    assert isinstance(completion.json(), dict)


@pytest.mark.asyncio
async def test_schema_of_an_array_binds_the_model(backend):
    """Local servers take schemas whose root is no object."""
    schema = {"type": "array", "items": {"type": "integer", "maximum": 9, "minimum": 0}, "maxItems": 3}

    completion = await fold(backend(ask(schema=ResponseSchema(schema), max_tokens=100)))

    assert all(0 <= item <= 9 for item in completion.json())


@pytest.mark.asyncio
async def test_answer_cut_at_the_limit_says_so(backend):
    """Half a JSON value ends with `length`, and stays half."""
    completion = await fold(backend(ask(schema=ResponseSchema(USER), max_tokens=5)))

    assert completion.finish_reason == "length"
    with pytest.raises(json.JSONDecodeError):
        completion.json()


@pytest.mark.asyncio
async def test_several_choices_come_with_their_index(backend):
    """One request, three answers, each ended."""
    completion = await fold(backend(ask(n=3)))

    assert [choice.finish_reason for choice in completion.choices] == ["length"] * 3
    assert all(choice.text for choice in completion.choices)


@pytest.mark.asyncio
async def test_prompt_that_is_too_long_is_the_servers_refusal(backend, llama):
    """Its status and reason come through."""
    with pytest.raises(BackendError) as caught:
        await fold(backend(ask("x" * 2 * llama.context)))

    assert caught.value.failure.status == 400
    assert "exceeds the available context size (2048 tokens)" in caught.value.message


@pytest.mark.asyncio
async def test_embeddings_that_the_server_lacks_are_its_refusal(backend):
    """This server says 501: the leaf passes it on."""
    with pytest.raises(BackendError) as caught:
        await fold(backend(Prompt(operation="embed", inputs=("a",))))

    assert caught.value.failure.status == 501


@pytest.mark.asyncio
async def test_reader_that_leaves_early_leaves_the_server_healthy(backend):
    """The upstream connection closes with the reader, and the next call works."""
    async with aclosing(backend(ask(max_tokens=1500))) as deltas:
        _, rest = await first(deltas)
        await rest.aclose()

    completion = await fold(backend(ask()))

    assert completion.text


@pytest.mark.asyncio
async def test_many_calls_at_once_are_all_answered(backend):
    """Twelve constrained calls share the clients, and none is lost."""
    prompts = [ask(schema=ResponseSchema(USER), max_tokens=200, seed=seed) for seed in range(12)]

    completions = await asyncio.gather(*(fold(backend(prompt)) for prompt in prompts))

    assert [completion.finish_reason for completion in completions] == ["stop"] * 12
    assert all(completion.json()["role"] in {"admin", "user"} for completion in completions)

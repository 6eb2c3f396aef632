"""What the fixtures give a test. These tests are users of the plugin themselves."""

import asyncio
import os

import anyio
import httpx
import pytest
from openai import AsyncOpenAI, OpenAI

SHAPE = {"users": [{"id": 0, "email": "string"}]}


def test_mock_api_answers_any_path_with_the_shape(mock_api):
    """A REST API that does not exist is answered in the form the test asks for."""
    body = mock_api.post("/users", json={"count": 3, "shape": SHAPE}).json()

    assert [user["id"] for user in body["users"]] == [1, 2, 3]
    assert all("@" in user["email"] for user in body["users"])


def test_mock_api_url_serves_any_other_client(mock_api):
    """The code under test may use a client of its own."""
    answer = httpx.get(f"{mock_api.url}/users?count=2")

    assert len(answer.json()) == 2
    assert answer.headers["x-llmock-backend"] == "synthetic"
    assert answer.headers["x-llmock-source"] == "synthetic"
    assert answer.headers["x-llmock-attempts"] == "1"


@pytest.mark.asyncio
async def test_mock_api_has_an_async_client(mock_api):
    """Async code gets the same API through httpx.AsyncClient."""
    async with mock_api.async_client as client:
        answer = await client.get("/orders?count=2")

    assert len(answer.json()) == 2


def test_llm_backend_serves_the_openai_sdk(llm_backend):
    """The real SDK, unchanged, talks to the backend that the test selected."""
    client = OpenAI(base_url=llm_backend.base_url, api_key=llm_backend.api_key)

    answer = client.chat.completions.create(
        model="gpt-5", messages=[{"role": "user", "content": "Hello there"}]
    )

    assert answer.choices[0].message.content
    assert answer.model == "gpt-5"
    assert answer.usage.total_tokens > 0
    client.close()


def test_llm_backend_streams_to_the_openai_sdk(llm_backend):
    """A stream has the words of the plain answer, and usage when it is asked for."""
    client = OpenAI(base_url=llm_backend.base_url, api_key=llm_backend.api_key)
    question = [{"role": "user", "content": "Tell me about rivers"}]

    plain = client.chat.completions.create(model="m", messages=question).choices[0].message.content
    chunks = list(
        client.chat.completions.create(
            model="m", messages=question, stream=True, stream_options={"include_usage": True}
        )
    )

    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == plain
    assert chunks[-1].usage.total_tokens > 0
    client.close()


@pytest.mark.asyncio
async def test_the_environment_points_sdks_at_the_test(llm_backend):
    """A client built without arguments, as application code does it, finds the test's backend."""
    async with AsyncOpenAI() as client:
        answer = await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}])

    assert answer.choices[0].finish_reason == "stop"
    assert os.environ["OLLAMA_HOST"] == llm_backend.env["OLLAMA_HOST"]
    assert llm_backend.calls[-1].path == "/v1/chat/completions"


def test_without_llm_backend_the_environment_is_untouched(mock_api):
    """A test of a REST client has no reason to have its keys replaced."""
    assert "llmock" not in os.environ.get("OPENAI_API_KEY", "")


@pytest.mark.llmock(env=False)
def test_env_false_leaves_the_environment_alone(llm_backend):
    """The marker has the last word."""
    assert os.environ.get("OPENAI_BASE_URL") != llm_backend.base_url


@pytest.mark.llmock(env=True)
def test_env_true_needs_no_fixture():
    """Code that builds its own client is tested without naming a fixture."""
    answer = OpenAI().models.list()

    assert "synthetic" in [model.id for model in answer.data]


def test_complete_sync_answers_a_text(llm_backend):
    """A test may ask the backend without any SDK."""
    completion = llm_backend.complete_sync("Name a colour")

    assert completion.text
    assert (completion.source, completion.finish_reason) == ("synthetic", "stop")
    assert llm_backend.calls[0].face == "python"


def test_complete_with_a_shape_answers_json(llm_backend):
    """A shape asks for JSON of that form."""
    completion = llm_backend.complete_sync("A user, please", shape={"name": "string", "age": 0})

    assert completion.json().keys() == {"name", "age"}


def test_complete_with_tools_calls_one(llm_backend):
    """An offered tool is called with arguments that its schema allows."""
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    tool = {"type": "function", "function": {"name": "weather", "parameters": schema}}

    completion = llm_backend.complete_sync([{"role": "user", "content": "Weather in Oslo?"}], tools=[tool])

    assert [call.name for call in completion.tool_calls] == ["weather"]
    assert completion.finish_reason == "tool_calls"


@pytest.mark.asyncio
async def test_complete_and_stream_work_on_asyncio(llm_backend):
    """Both hop to the server's loop and back."""
    completion = await llm_backend.complete("Say something")
    streamed = [delta.text async for delta in llm_backend.stream("Say something")]

    assert "".join(streamed) == completion.text
    assert len(streamed) > 2


def test_complete_and_stream_work_on_trio(llm_backend):
    """The caller's loop need not be asyncio's."""

    async def ask() -> tuple[str, str]:
        completion = await llm_backend.complete("Say something")
        return completion.text, "".join([delta.text async for delta in llm_backend.stream("Say something")])

    text, streamed = anyio.run(ask, backend="trio")

    assert text == streamed


def test_stream_sync_can_be_left_early(llm_backend):
    """Closing the stream closes the backend's; the call is in the journal."""
    stream = llm_backend.stream_sync("Say a lot")
    head = next(stream)

    stream.close()

    assert head.origin.backend == "synthetic"
    assert len(llm_backend.calls) == 1


def test_a_function_registered_as_backend_answers(llmock, llm_backend):
    """Any callable is a backend once it has a name."""
    llmock.backends.add("parrot", lambda prompt: prompt.messages[-1].text.upper())
    client = OpenAI(base_url=llm_backend.base_url, api_key="x")

    answer = client.chat.completions.create(model="parrot", messages=[{"role": "user", "content": "hello"}])

    assert answer.choices[0].message.content == "HELLO"
    assert llmock.calls[-1].source == "scripted"
    client.close()


@pytest.mark.llmock(backend="parrot")
def test_selected_backend_tells_its_name(llmock, llm_backend):
    """Name, provider and model are those of the backend that will answer."""
    llmock.backends.add("parrot", lambda prompt: "polly", model="parrot-1")

    assert (llm_backend.name, llm_backend.provider, llm_backend.model) == ("parrot", "python", "parrot-1")
    assert llm_backend.complete_sync("?").text == "polly"
    assert "parrot" in repr(llm_backend)


def test_the_stable_address_reaches_the_running_test(llmock_server, llmock):
    """A client that outlives tests uses one address; the test that runs answers there."""
    answer = httpx.get(f"{llmock_server.url}/api/mock/users?count=1")

    assert answer.status_code == 200
    assert llmock.calls[-1].path == "/api/mock/users"
    assert llmock_server.base_url == f"{llmock_server.url}/v1"


def test_two_loops_share_the_server(llm_backend):
    """Each asyncio.run has a loop of its own; the server's stays the same."""
    first = asyncio.run(llm_backend.complete("Hi"))
    second = asyncio.run(llm_backend.complete("Hi"))

    assert first.text == second.text


def test_reset_forgets_the_calls(llmock, mock_api):
    """A test of several acts may start its journal over."""
    mock_api.get("/users")

    llmock.reset()

    assert len(llmock.calls) == 0
    assert len(mock_api.calls) == 0

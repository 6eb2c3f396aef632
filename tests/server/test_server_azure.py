"""Azure's paths of the OpenAI API, with the real SDK."""

import httpx
import openai
import pytest

QUESTION = [{"role": "user", "content": "Name a river."}]


@pytest.fixture
def client(llmock):
    """The SDK as an application builds it for Azure."""
    with openai.AzureOpenAI(
        azure_endpoint=llmock.url, api_key="k", api_version="2024-10-21", max_retries=0
    ) as client:
        yield client


def test_a_deployment_answers(client, llmock):
    """Plain and streamed, as OpenAI does."""
    plain = client.chat.completions.create(model="my-gpt", messages=QUESTION)
    stream = client.chat.completions.create(model="my-gpt", messages=QUESTION, stream=True)

    assert plain.choices[0].message.content == "".join(
        chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices
    )
    assert plain.model == "my-gpt"
    assert llmock.calls[-1].path == "/openai/deployments/my-gpt/chat/completions"


def test_a_deployment_is_the_model_of_a_request_without_one(llmock):
    """As it is there, where it need not be said twice."""
    llmock.backends.add("parrot", lambda prompt: "polly")
    url = f"{llmock.url}/openai/deployments/parrot/chat/completions?api-version=1"

    answer = httpx.post(url, json={"messages": QUESTION}).json()

    assert (answer["model"], answer["choices"][0]["message"]["content"]) == ("parrot", "polly")


def test_embeddings_and_the_newer_paths_are_there(client, llmock):
    """`/openai/v1` is OpenAI's `/v1`."""
    with openai.OpenAI(base_url=f"{llmock.url}/openai/v1", api_key="k") as newer:
        assert newer.chat.completions.create(model="m", messages=QUESTION).choices
        assert newer.models.list().data

    assert client.embeddings.create(model="m", input="a").data


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "deployments/m/embeddings", 405),
        ("POST", "deployments/m/nothing", 404),
        ("POST", "deployments/m/chat/completions", 400),
        ("GET", "models", 200),
    ],
)
def test_what_openai_refuses_is_refused(llmock, method, path, status):
    """In its form."""
    answer = httpx.request(method, f"{llmock.url}/openai/{path}", json=[] if method == "POST" else None)

    assert answer.status_code == status
    assert "error" in answer.json() or status == 200


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("deployments/m/chat/completion", "/openai/deployments/{deployment}/chat/completions"),
        ("v1/chat/completion", "/openai/v1/chat/completions"),
        ("response", "/openai/responses"),
    ],
)
def test_a_wrong_path_is_told_the_nearest_of_azure(llmock, path, near):
    """Not OpenAI's, which its client cannot ask for."""
    answer = httpx.post(f"{llmock.url}/openai/{path}", json={})

    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == (
        f"There is nothing at /openai/{path} in this API. Did you mean '{near}'?"
    )


def test_a_recording_is_transcribed_by_its_deployment(client, llm_backend):
    """A form is passed on as it is, the contents of a large file too."""
    llm_backend.reply("hello")
    sound = b"R" * 1_200_000

    said = client.audio.transcriptions.create(model="whisper", file=("a.wav", sound))

    (message,) = llm_backend.calls[0].prompt.messages
    assert (said.text, llm_backend.calls[0].prompt.model) == ("hello", "whisper")
    assert len(message.parts[1].data["input_audio"]["data"]) == len(sound) * 4 // 3


def test_a_large_file_is_kept_whole(client):
    """As it is by OpenAI's own path."""
    content = b"x" * 1_200_000

    file = client.files.create(file=("a.jsonl", content), purpose="batch")

    assert client.files.content(file.id).read() == content


def test_what_only_reads_is_no_call(client, llmock):
    """The journal has what the code under test asked a model for."""
    client.models.list()

    assert list(llmock.calls) == []

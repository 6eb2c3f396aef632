"""A model that refuses, as each provider's client meets it: the fault `refusal`."""

import json

import anthropic
import httpx
import ollama
import openai
import pytest
from pydantic import BaseModel

ASKED = [{"role": "user", "content": "Hello"}]
CONTENTS = {"contents": [{"parts": [{"text": "Hello"}]}]}


@pytest.fixture(autouse=True)
def refusing(llm_backend):
    """Every answer of the test is a refusal."""
    llm_backend.fail(fault={"fault": "refusal", "message": "I won't."}, times=None)


class Ticket(BaseModel):
    subject: str


def test_openai_has_the_words_apart():
    """As where a model will not fill a schema: `parse` gives it back, and raises nothing."""
    with openai.OpenAI() as client:
        answer = client.chat.completions.parse(model="m", messages=ASKED, response_format=Ticket).choices[0]

    assert (answer.finish_reason, answer.message.refusal) == ("stop", "I won't.")
    assert (answer.message.content, answer.message.parsed) == (None, None)


def test_openai_streams_the_words_apart():
    """With the same end."""
    with openai.OpenAI() as client, client.chat.completions.stream(model="m", messages=ASKED) as stream:
        answer = stream.get_final_completion().choices[0]

    assert (answer.finish_reason, answer.message.refusal) == ("stop", "I won't.")


@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
def test_a_response_has_a_refusal_as_its_content(streamed):
    """The response is complete."""
    with openai.OpenAI() as client:
        if streamed:
            with client.responses.stream(model="m", input="Hello") as stream:
                answer = stream.get_final_response()
        else:
            answer = client.responses.create(model="m", input="Hello")

    assert (answer.status, answer.output[0].content[0].refusal) == ("completed", "I won't.")


@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
def test_anthropic_explains_why_it_stopped(streamed):
    """The message has no content."""
    asked = {"model": "m", "max_tokens": 9, "messages": ASKED}
    with anthropic.Anthropic() as client:
        if streamed:
            with client.messages.stream(**asked) as stream:
                answer = stream.get_final_message()
        else:
            answer = client.messages.create(**asked)

    assert (answer.content, answer.stop_reason) == ([], "refusal")
    assert answer.stop_details.explanation == "I won't."


@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("ask", ["chat", "generate"])
def test_ollama_refuses_in_plain_words(ask, streamed):
    """Its API has no other way."""
    with ollama.Client() as client:
        given = {"messages": ASKED} if ask == "chat" else {"prompt": "Hello"}
        said = getattr(client, ask)("m", stream=streamed, **given)
        lines = list(said) if streamed else [said]

    words = "".join(line.message.content if ask == "chat" else line.response for line in lines)
    assert (words, lines[-1].done_reason) == ("I won't.", "stop")


@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
def test_a_legacy_completion_refuses_in_plain_words(streamed):
    """For it there is no other way either."""
    with openai.OpenAI() as client:
        said = client.completions.create(model="m", prompt="Hello", stream=streamed)
        chunks = list(said) if streamed else [said]

    assert "".join(chunk.choices[0].text for chunk in chunks) == "I won't."
    assert chunks[-1].choices[0].finish_reason == "stop"


@pytest.mark.parametrize("method", ["generateContent", "streamGenerateContent"])
def test_gemini_stops_for_safety(llmock, method):
    """With the words as its message."""
    answer = httpx.post(f"{llmock.url}/v1beta/models/m:{method}", json=CONTENTS).json()

    candidate = (answer if isinstance(answer, dict) else answer[-1])["candidates"][0]
    assert (candidate["finishReason"], candidate["finishMessage"]) == ("SAFETY", "I won't.")


def test_nobody_says_it_of_vectors(llmock):
    """Words are no answer there: the fault waits for the next one."""
    with openai.OpenAI() as client:
        assert client.embeddings.create(model="m", input="a").data[0].embedding

    assert [call.faults for call in llmock.calls] == [[]]


@pytest.mark.llmock(faults=["empty", {"fault": "refusal", "at": "backend"}])
def test_faults_of_words_in_the_marker_pass_over_vectors(llmock):
    """In front of the pool, and behind it."""
    vectors = httpx.post(f"{llmock.url}/api/embed", json={"model": "m", "input": ["a"]})
    words = httpx.post(f"{llmock.url}/api/chat", json={"model": "m", "messages": ASKED, "stream": False})

    assert len(vectors.json()["embeddings"]) == 1
    assert json.loads(words.content)["message"]["content"] == ""

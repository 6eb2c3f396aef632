"""The mock API's streams of a real model: llama.cpp's server, with a tiny random model."""

import json

import httpx
import pytest

from pytest_llmock.wire.sse import SSEDecoder

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 8},
        "age": {"type": "integer", "minimum": 1, "maximum": 9},
    },
    "required": ["name", "age"],
    "additionalProperties": False,
}


@pytest.fixture
def streamed(opened, llama):
    """The answer and the events of a stream by the real model."""
    entry = {"Provider": "lmstudio", "BaseUrl": llama.base_url, "ModelName": llama.model}
    backends = [entry | {"Name": "tiny", "MaxTokens": 400}, entry | {"Name": "short", "MaxTokens": 40}]
    session = opened(settings={"Backends": backends, "Temperature": 0.7}, record="off")

    def streamed(query, shape):
        url = f"{session.url}/api/mock/stream/people?{query}"
        answer = httpx.post(url, json={"shape": shape, "count": 3}, timeout=60)
        return answer, [json.loads(event.data) for event in SSEDecoder().feed(answer.content)]

    return streamed


def test_the_tokens_of_a_model_are_streamed(streamed):
    """Many of them, and what they make has the shape."""
    answer, (*chunks, last) = streamed("", {"type": "array", "items": PERSON})

    assert answer.headers["x-llmock-source"] == "live"
    assert len(chunks) > 20
    assert "".join(event["chunk"] for event in chunks).strip() == last["content"]
    assert [person.keys() for person in json.loads(last["content"])] == [{"name", "age"}] * 3


@pytest.mark.parametrize("mode", ["CompleteObjects", "ArrayItems"])
def test_the_items_of_a_model_are_streamed_one_by_one(streamed, mode):
    """Each with all its fields."""
    _, events = streamed(f"sseMode={mode}", {"type": "array", "items": PERSON})

    assert [(event.get("data") or event["item"]).keys() for event in events] == [{"name", "age"}] * 3
    assert [(event["index"], event["total"], event["done"]) for event in events] == [
        (0, 3, False),
        (1, 3, False),
        (2, 3, True),
    ]


def test_a_model_that_is_cut_at_its_token_limit_is_never_done(streamed):
    """The last event is the error."""
    answer, events = streamed("backend=short", {"type": "array", "items": PERSON})

    assert events, answer.text
    *chunks, error = events
    assert len(chunks) > 2
    assert "cut off at the token limit" in error["error"]["message"]
    assert not any(event["done"] for event in chunks)

"""A fault as each API says it: its status in that API's body, a refusal and the token limit in its words."""

import json

import httpx
import pytest

QUESTION = [{"role": "user", "content": "Hello"}]
APIS = {
    "chat": ("/v1/chat/completions", {"model": "m", "messages": QUESTION}),
    "responses": ("/v1/responses", {"model": "m", "input": "Hello"}),
    "completions": ("/v1/completions", {"model": "m", "prompt": "Hello"}),
    "anthropic": ("/v1/messages", {"model": "m", "max_tokens": 99, "messages": QUESTION}),
    "ollama": ("/api/chat", {"model": "m", "messages": QUESTION, "stream": False}),
    "ollama generate": ("/api/generate", {"model": "m", "prompt": "Hello", "stream": False}),
    "gemini": ("/v1beta/models/m:generateContent", {"contents": [{"parts": [{"text": "Hello"}]}]}),
}
STREAMED = {"gemini": "/v1beta/models/m:streamGenerateContent?alt=sse"}


@pytest.fixture
def post(llm_backend):
    """Asks one of the APIs, plain or streamed."""
    root = llm_backend.base_url.removesuffix("/v1")

    def post(api, *, stream=False):
        path, body = APIS[api]
        if stream:
            path, body = STREAMED.get(api, path), {**body, **({} if api in STREAMED else {"stream": True})}
        return httpx.post(f"{root}{path}", json=body)

    return post


def at(body, path):
    """What stands at "choices.0.text"."""
    for step in path.split("."):
        body = body[int(step) if step.isdecimal() else step]
    return body


@pytest.mark.parametrize(
    ("api", "path", "said"),
    [
        ("chat", "error.type", "rate_limit_error"),
        ("responses", "error.type", "rate_limit_error"),
        ("completions", "error.type", "rate_limit_error"),
        ("anthropic", "error.type", "rate_limit_error"),
        ("ollama", "error", "Slow down."),
        ("ollama generate", "error", "Slow down."),
        ("gemini", "error.status", "RESOURCE_EXHAUSTED"),
    ],
)
def test_a_status_has_the_body_of_the_api_that_was_asked(post, llm_backend, api, path, said):
    """So that each SDK raises its own class; the time to wait is told everywhere."""
    llm_backend.fail(429, retry_after=2, message="Slow down.", times=2)

    plain, streamed = post(api), post(api, stream=True)

    assert at(plain.json(), path) == said
    assert "Slow down." in plain.text
    assert [(each.status_code, each.headers["retry-after"]) for each in (plain, streamed)] == [(429, "2")] * 2
    assert at(streamed.json(), path) == said


@pytest.mark.parametrize(
    ("api", "path", "said"),
    [
        ("chat", "choices.0.message.refusal", "Never."),
        ("responses", "output.0.content.0.refusal", "Never."),
        ("anthropic", "stop_reason", "refusal"),
        ("ollama", "message.content", "Never."),
        ("ollama generate", "response", "Never."),
        ("gemini", "candidates.0.finishReason", "SAFETY"),
    ],
)
def test_a_refusal_is_told_as_the_api_tells_it(post, llm_backend, api, path, said):
    """With status 200, as models refuse; streamed too."""
    llm_backend.fail(fault="refusal", message="Never.", times=2)

    plain, streamed = post(api), post(api, stream=True)

    assert at(plain.json(), path) == said
    assert json.dumps(said) in streamed.text


@pytest.mark.parametrize(
    ("api", "path", "said"),
    [
        ("chat", "choices.0.finish_reason", "length"),
        ("responses", "incomplete_details.reason", "max_output_tokens"),
        ("completions", "choices.0.finish_reason", "length"),
        ("anthropic", "stop_reason", "max_tokens"),
        ("ollama", "done_reason", "length"),
        ("ollama generate", "done_reason", "length"),
        ("gemini", "candidates.0.finishReason", "MAX_TOKENS"),
    ],
)
def test_the_token_limit_is_told_as_the_api_tells_it(post, llm_backend, api, path, said):
    """Behind the first half of the answer; streamed too."""
    llm_backend.fail(fault="length", times=2).then("One half, other zebra")

    plain, streamed = post(api), post(api, stream=True)

    assert at(plain.json(), path) == said
    assert "One half," in plain.text
    assert "zebra" not in plain.text
    assert json.dumps(said) in streamed.text


@pytest.mark.parametrize("api", APIS)
def test_a_stream_that_is_cut_is_one_in_every_api(post, llm_backend, api):
    """Events come before it, and the server goes on."""
    llm_backend.fail(fault="cut@2").then("One two three four five six seven eight")

    with pytest.raises(httpx.RemoteProtocolError):
        post(api, stream=True)

    assert post(api, stream=True).status_code == 200

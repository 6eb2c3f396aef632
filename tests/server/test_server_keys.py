"""The key that a test requires of the clients of LLM APIs."""

import httpx
import pytest

CHAT = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}], "stream": False}
GEMINI = {"contents": [{"parts": [{"text": "Hi"}]}]}
BEARER = {"authorization": "Bearer right"}
KINDS = {
    "openai": ("/v1/chat/completions", CHAT, BEARER, (401, 401)),
    "azure": ("/openai/deployments/m/chat/completions", CHAT, {"api-key": "right"}, (401, 401)),
    "anthropic": ("/v1/messages", CHAT, {"x-api-key": "right"}, (401, 401)),
    "anthropic token": ("/v1/messages", CHAT, BEARER, (401, 401)),
    "ollama": ("/api/chat", CHAT, BEARER, (401, 401)),
    "gemini": ("/v1beta/models/m:generateContent", GEMINI, {"x-goog-api-key": "right"}, (403, 400)),
}
MISSING = (
    "No API key was sent, and this test requires one (RequireApiKey): send it as 'Authorization: Bearer …'."
)
WRONG = "The API key is not valid: it is not the one that this test requires (RequireApiKey)."
REQUIRED = pytest.mark.llmock(config={"RequireApiKey": "right"})


@pytest.mark.parametrize(("path", "body", "headers", "statuses"), KINDS.values(), ids=KINDS)
@REQUIRED
def test_a_required_key_must_be_sent(llmock, path, body, headers, statuses):
    """With it the answer is what it was; without it, and with another, the provider's refusal."""
    wrong = {name: value.replace("right", "wrong") for name, value in headers.items()}

    answers = [httpx.post(llmock.url + path, json=body, headers=each) for each in (headers, {}, wrong)]

    assert tuple(answer.status_code for answer in answers) == (200, *statuses)
    assert all("RequireApiKey" in answer.text and "right" not in answer.text for answer in answers[1:])
    assert [call.status for call in llmock.calls] == [200, *statuses]


@pytest.mark.llmock(config={"RequireApiKey": "*"})
@pytest.mark.parametrize(("path", "body", "headers", "statuses"), KINDS.values(), ids=KINDS)
def test_any_key_may_be_required(llmock, path, body, headers, statuses):
    """One has to be there."""
    answers = [httpx.post(llmock.url + path, json=body, headers=each) for each in (headers, {})]

    assert [answer.status_code for answer in answers] == [200, statuses[0]]


@REQUIRED
def test_a_key_may_stand_in_the_address_for_gemini(llmock):
    """As its documents show it."""
    url = f"{llmock.url}/v1beta/models/m:generateContent"

    assert httpx.post(f"{url}?key=right", json=GEMINI).status_code == 200


@REQUIRED
@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, MISSING),
        ({"authorization": "Basic right"}, MISSING),
        ({"authorization": "Bearer é".encode()}, WRONG),
    ],
    ids=["none", "basic", "wrong"],
)
def test_a_refusal_says_what_to_send(llmock, headers, message):
    """In the form that SDKs read."""
    answer = httpx.get(f"{llmock.url}/v1/models", headers=headers)

    error = answer.json()["error"]
    assert (error["message"], error["code"]) == (message, "invalid_api_key")


@REQUIRED
def test_the_mock_api_needs_no_key(mock_api):
    """It is no LLM API."""
    assert mock_api.get("/users").status_code == 200


def test_no_key_is_needed_unless_a_test_says_so(llmock):
    """The usual case."""
    assert {httpx.post(llmock.url + path, json=body).status_code for path, body, _, _ in KINDS.values()} == {
        200
    }

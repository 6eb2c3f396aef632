"""The control API."""

import httpx
import pytest


def test_backends_are_listed_with_their_state(opened):
    """Every backend, the disabled and the built-in ones too."""
    backends = [
        {"Name": "a", "Provider": "ollama", "ModelName": "m"},
        {"Name": "b", "ModelName": "n", "Enabled": False},
    ]
    session = opened(settings={"Backends": backends})

    listed = httpx.get(f"{session.url}/llmock/backends").json()["backends"]

    assert [backend["name"] for backend in listed] == ["a", "b", "synthetic", "scripted"]
    assert listed[0].keys() == {"name", "provider", "model", "enabled", "healthy", "breaker"}
    assert [backend["enabled"] for backend in listed] == [True, False, True, True]


def test_calls_are_listed_newest_last_without_secrets(opened):
    """What was asked and answered, and no header of the request."""
    session = opened()
    httpx.get(f"{session.url}/api/mock/users?count=1", headers={"Authorization": "Bearer sk-CANARY"})
    httpx.get(f"{session.url}/api/mock/orders", headers={"X-LLM-Backend": "nobody"})

    answer = httpx.get(f"{session.url}/llmock/calls")

    calls = answer.json()["calls"]
    assert [(call["number"], call["path"], call["status"]) for call in calls] == [
        (1, "/api/mock/users", 200),
        (2, "/api/mock/orders", 400),
    ]
    assert calls[0]["source"] == "synthetic"
    assert "Backend 'nobody' is not configured" in calls[1]["error"]
    assert "CANARY" not in answer.text


def test_reset_forgets_calls_and_failures(opened):
    """The control API itself is never in the journal."""
    session = opened()
    httpx.get(f"{session.url}/api/mock/x?backend=nobody")

    answer = httpx.post(f"{session.url}/llmock/reset")

    assert answer.json() == {"reset": True}
    assert (len(session.calls), session.failures) == (0, [])


@pytest.mark.parametrize(("method", "path"), [("GET", "reset"), ("POST", "health"), ("DELETE", "calls")])
def test_a_wrong_method_is_405_and_names_the_right_one(opened, method, path):
    """What may be asked and how is told by the error."""
    answer = httpx.request(method, f"{opened().url}/llmock/{path}")

    assert answer.status_code == 405
    assert f"not {method}" in answer.json()["error"]["message"]

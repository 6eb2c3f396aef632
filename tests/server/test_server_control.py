"""The control API."""

import httpx
import pytest

from pytest_llmock.faults import fault_of


async def broken(prompt):
    raise ValueError("a bug")


def test_backends_are_listed_with_their_state(opened):
    """Every backend, the disabled and the built-in ones too."""
    backends = [
        {"Name": "a", "Provider": "ollama", "ModelName": "m"},
        {"Name": "b", "ModelName": "n", "Enabled": False},
    ]
    session = opened(settings={"Backends": backends})

    listed = httpx.get(f"{session.url}/llmock/backends").json()["backends"]

    assert [backend["name"] for backend in listed] == ["a", "b", "synthetic", "scripted"]
    assert listed[0].keys() == {"name", "provider", "model", "enabled", "healthy", "health", "breaker"}
    assert [backend["enabled"] for backend in listed] == [True, False, True, True]


def test_backends_tell_how_they_were_when_somebody_asked(opened):
    """Embedded ones are always up; of live ones nobody says a thing before they were asked."""
    backends = [
        {"Name": "down", "Provider": "ollama", "BaseUrl": "http://127.0.0.1:9/v1/"},
        {"Name": "quiet", "Provider": "ollama", "BaseUrl": "http://127.0.0.1:9/v1/"},
    ]
    session = opened(settings={"Backends": backends})
    session.health("down")

    listed = httpx.get(f"{session.url}/llmock/backends").json()["backends"]

    health = listed[0]["health"]
    assert [backend["healthy"] for backend in listed] == [False, None, True, True]
    assert (health["reachable"], health["key"]) == (False, "not needed")
    assert "cannot be reached: connection refused" in health["problem"]
    assert [backend["health"] for backend in listed[1:]] == [None, None, None]


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


def test_secrets_in_what_was_said_are_masked(opened):
    """Whoever pastes a key into a prompt does not find it in a journal that others read."""
    session, key = opened(), "sk-proj-" + "a1B2c3D4" * 6
    session.script.reply(f"Your key is {key}.")
    asked = {"model": "m", "messages": [{"role": "user", "content": f"My key is {key}."}]}
    httpx.post(f"{session.url}/v1/chat/completions", json=asked)

    answer = httpx.get(f"{session.url}/llmock/calls")

    (call,) = answer.json()["calls"]
    assert call["prompt"][0]["text"].startswith("My key is <redacted:")
    assert call["completion"].startswith("Your key is <redacted:")
    assert key not in answer.text
    assert key not in repr(session.calls[0])


def test_a_call_is_listed_with_its_faults(opened):
    """So that another process sees what struck it."""
    session = opened(faults=(fault_of("429"),))
    httpx.get(f"{session.url}/api/mock/users")
    httpx.get(f"{session.url}/api/mock/users")

    calls = httpx.get(f"{session.url}/llmock/calls").json()["calls"]

    assert [call["faults"] for call in calls] == [["429"], []]


def test_stats_are_the_figures_of_every_backend(opened):
    """Those that nobody asked too; the request for them is no call."""
    session = opened()
    session.backends.add("broken", broken)
    httpx.get(f"{session.url}/api/mock/users?count=1")
    httpx.get(f"{session.url}/api/mock/users?backend=broken")

    answer = httpx.get(f"{session.url}/llmock/stats")

    backends = answer.json()["backends"]
    assert {name: (stats["calls"], stats["failures"]) for name, stats in backends.items()} == {
        "synthetic": (1, 0),
        "scripted": (0, 0),
        "broken": (1, 1),
    }
    assert backends["broken"]["last_error"] == "ValueError: a bug"
    assert len(session.calls) == 2


def test_metrics_are_text_for_prometheus(opened):
    """With the content type that a scraper asks for."""
    session = opened()
    session.backends.add('the "best"', lambda prompt: "x")
    httpx.get(f"{session.url}/api/mock/users?count=1")

    answer = httpx.get(f"{session.url}/llmock/metrics")

    assert (answer.status_code, answer.headers["content-type"]) == (
        200,
        "text/plain; version=0.0.4; charset=utf-8",
    )
    lines = answer.text.splitlines()
    assert 'llmock_backend_calls_total{backend="synthetic",outcome="success"} 1' in lines
    assert 'llmock_backend_calls_total{backend="the \\"best\\"",outcome="success"} 0' in lines
    assert httpx.head(f"{session.url}/llmock/metrics").content == b""


def test_metrics_of_one_session_are_not_those_of_another(opened):
    """Each test is scraped at its own address."""
    asked, idle = opened(), opened()
    httpx.get(f"{asked.url}/api/mock/users?count=1")

    text = httpx.get(f"{idle.url}/llmock/metrics").text

    assert 'llmock_backend_calls_total{backend="synthetic",outcome="success"} 0' in text.splitlines()


def test_what_is_not_there_is_answered_with_what_is(opened):
    """Every path of the control API is named."""
    answer = httpx.get(f"{opened().url}/llmock/statistics")

    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == (
        "There is nothing at /llmock/statistics. The mock REST API is at /api/mock/…, OpenAI's API at /v1/…, "
        "Anthropic's at /v1/messages, Ollama's at /api/…, Gemini's at /v1beta/…, Azure's at /openai/…, the "
        "control API at /llmock/health, /llmock/backends, /llmock/calls, /llmock/contexts, /llmock/stats, "
        "/llmock/metrics, /llmock/openapi.json and /llmock/reset."
    )


def test_reset_forgets_calls_and_failures(opened):
    """The control API itself is never in the journal."""
    session = opened()
    httpx.get(f"{session.url}/api/mock/x?backend=nobody")

    answer = httpx.post(f"{session.url}/llmock/reset")

    assert answer.json() == {"reset": True}
    assert (len(session.calls), session.failures) == (0, [])


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "reset"), ("POST", "health"), ("DELETE", "calls"), ("POST", "metrics")]
)
def test_a_wrong_method_is_405_and_names_the_right_one(opened, method, path):
    """What may be asked and how is told by the error."""
    answer = httpx.request(method, f"{opened().url}/llmock/{path}")

    assert answer.status_code == 405
    assert f"not {method}" in answer.json()["error"]["message"]

"""Calls to providers' own hosts: refused where nothing allows them, answered where the test says so."""

import asyncio
import socket
import subprocess
import sys
import threading

import httpx
import httpx2
import pytest
import requests
import respx
from openai import AsyncOpenAI, BadRequestError, OpenAI

from pytest_llmock.server.interception.addresses import path_here
from pytest_llmock.server.runtime import environment_for, past_proxies

EARLY = OpenAI(api_key="sk-of-production")  # made at import, for the host that it has by itself
CHAT = {"model": "gpt", "messages": [{"role": "user", "content": "Hi."}]}
PROVIDER = "https://api.openai.com/v1/chat/completions"

intercepted = pytest.mark.llmock(intercept=True)


def refused(llmock):
    """What was refused, taken from the test's failures."""
    failures = [failure.message for failure in llmock.failures]
    llmock.failures.clear()
    return failures


@intercepted
def test_a_client_made_at_import_is_answered_by_the_test(llmock):
    """Its host and key are those of production, and nothing leaves the process."""
    answer = EARLY.chat.completions.create(**CHAT)

    assert answer.usage.total_tokens > 0
    assert [(call.path, call.source) for call in llmock.calls] == [("/v1/chat/completions", "synthetic")]


@intercepted
def test_an_async_client_streams_from_the_test(llmock):
    """On a loop of the test's own."""

    async def words():
        async with AsyncOpenAI(api_key="sk-of-production") as client:
            stream = await client.chat.completions.create(**CHAT, stream=True)
            return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])

    said = asyncio.run(words())

    assert said == llmock.calls[0].completion.text != ""


@intercepted
@pytest.mark.parametrize("library", [httpx, httpx2])
def test_both_http_libraries_are_caught(llmock, library):
    """Query and body arrive as they were sent."""
    answer = library.post(f"{PROVIDER}?timeout=7", json=CHAT)

    assert answer.status_code == 200
    assert answer.headers["x-llmock-source"] == "synthetic"
    assert len(llmock.calls) == 1


@intercepted
def test_a_library_that_is_imported_in_the_test_is_caught(tmp_path):
    """Code under test may import its client where it uses it; when the server is gone nobody answers."""
    code = """
import sys
from pathlib import Path
from pytest_llmock.choice import Choice
from pytest_llmock.config import load_settings
from pytest_llmock.server.runtime import Runtime
runtime = Runtime()
session = runtime.open(load_settings(Path.cwd(), environ={}), Choice(intercept=True))
runtime.interception.begin()
assert not {"httpcore", "httpcore2"} & set(sys.modules)
import httpx, httpx2
for library in (httpx, httpx2):
    library.get("https://api.openai.com/v1/models").raise_for_status()
runtime.close()
library.get(runtime.url)
"""

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )

    assert "ConnectError" in done.stderr.splitlines()[-1], done.stderr


@intercepted
def test_a_call_from_a_thread_is_caught(llmock):
    """Whoever starts it, it belongs to the test that runs."""
    worker = threading.Thread(target=lambda: httpx.post(PROVIDER, json=CHAT))
    worker.start()
    worker.join()

    assert len(llmock.calls) == 1


@intercepted
def test_a_host_that_nobody_knows_is_refused(llmock):
    """Nothing is live by accident where everything was to be caught."""
    answer = httpx.get("https://models.example.com/v1/models")

    assert answer.status_code == 400
    (told,) = refused(llmock)
    assert told == (
        "A live call to models.example.com (GET /v1/models) was refused: nothing allows it. intercept=True "
        "lets no call out, and knows the hosts of providers only. Give the client "
        "base_url=llm_backend.base_url, or program the host with mock_api."
    )


@intercepted
def test_another_library_is_told_what_it_cannot_have(llmock):
    """requests is caught where it looks the host up, too late to answer."""
    with pytest.raises(Exception, match="this came from another library"):
        requests.post(PROVIDER, json=CHAT, timeout=1)

    assert len(refused(llmock)) == 1


def test_a_live_call_that_nothing_allows_is_refused_with_the_line_to_add(llmock):
    """The SDK gets its own error class at once, without retries; the test would fail."""
    with pytest.raises(BadRequestError, match="was refused"):
        EARLY.chat.completions.create(**CHAT)

    assert len(llmock.calls) == 0
    (told,) = refused(llmock)
    assert told == (
        "A live call to api.openai.com (POST /v1/chat/completions) was refused: nothing allows it. To have it "
        "answered by the test's backend: @pytest.mark.llmock(intercept=True), or give the client "
        "base_url=llm_backend.base_url. To let it through: @pytest.mark.llmock(intercept=False)."
    )


def test_a_call_that_is_tried_again_is_told_once(llmock):
    """One line in the report for one mistake."""
    for _ in range(3):
        httpx.post(PROVIDER, json=CHAT)

    assert len(refused(llmock)) == 1


@pytest.mark.parametrize(
    "look_up",
    [
        lambda host, port: socket.getaddrinfo(host=host, port=port),
        lambda *at: requests.get(f"https://{at[0]}", timeout=1),
    ],
)
def test_a_provider_that_is_looked_up_is_refused(llmock, look_up):
    """So is caught what speaks HTTP by another library, or by none."""
    with pytest.raises(Exception, match=r"A live call to api\.anthropic\.com"):
        look_up("api.anthropic.com", 443)

    assert len(refused(llmock)) == 1


@pytest.mark.parametrize("library", [httpx, httpx2, requests])
def test_a_provider_behind_a_proxy_is_refused(llmock, monkeypatch, library):
    """Its host is nothing that anybody looks up here: the proxy would."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")

    with pytest.raises(Exception, match=r"A live call to api\.openai\.com|400"):
        library.get("https://api.openai.com/v1/models").raise_for_status()

    assert len(refused(llmock)) == 1


@pytest.mark.parametrize(("known", "now"), [("", "127.0.0.1"), ("corp.example", "corp.example,127.0.0.1")])
def test_a_proxy_of_the_environment_is_not_asked_for_our_server(monkeypatch, known, now):
    """Clients would hand it what is for this machine; what else passes it by does so still."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", known)
    monkeypatch.delenv("no_proxy", raising=False)

    variables = environment_for("http://127.0.0.1:80/x")

    assert (variables["NO_PROXY"], variables["no_proxy"]) == (now, now)
    monkeypatch.setenv("no_proxy", now)
    assert past_proxies() == {}
    monkeypatch.delenv("HTTP_PROXY")
    assert past_proxies() == {}


def test_hosts_of_nobody_are_none_of_our_business(llmock):
    """Without `intercept` only providers are watched."""
    with respx.mock(base_url="https://api.example.com") as other:
        other.get("/things").respond(json=[1])

        assert httpx.get("https://api.example.com/things").json() == [1]


def test_a_mock_of_another_library_answers_first(llmock):
    """Who mocks a provider with respx already keeps that."""
    with respx.mock:
        respx.post(PROVIDER).respond(json={"mine": True})

        assert httpx.post(PROVIDER, json=CHAT).json() == {"mine": True}


@pytest.mark.llmock(intercept=False)
def test_a_test_that_allows_it_may_call_out(llmock, monkeypatch):
    """The call goes where it wants: here to an address where nobody listens."""
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 9))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)

    with pytest.raises(httpx.ConnectError):
        httpx.post(PROVIDER, json=CHAT, trust_env=False)


def test_a_child_process_finds_the_test_by_its_environment(llm_backend):
    """Variables are inherited where patches are not."""
    code = (
        "from openai import OpenAI; print(OpenAI().chat.completions.create(model='m', messages="
        + repr(CHAT["messages"])
        + ").choices[0].finish_reason)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert (done.stdout.strip(), len(llm_backend.calls)) == ("stop", 1)


@pytest.mark.parametrize(
    ("host", "port", "path", "here"),
    [
        ("api.openai.com", 443, "/v1/models", "/v1/models"),
        ("API.OpenAI.com.", 443, "/v1/models", "/v1/models"),
        ("api.groq.com", 443, "/openai/v1/chat/completions", "/v1/chat/completions"),
        ("openrouter.ai", 443, "/api/v1/chat/completions", "/v1/chat/completions"),
        ("api.deepseek.com", 443, "/chat/completions", "/v1/chat/completions"),
        ("api.deepseek.com", 443, "/beta/completions", "/v1/completions"),
        ("api.deepseek.com", 443, "/anthropic/v1/messages", "/v1/messages"),
        ("mine.openai.azure.com", 443, "/openai/deployments/d/x", "/openai/deployments/d/x"),
        ("localhost", 11434, "/api/chat", "/api/chat"),
        ("127.0.0.1", 8000, "/api/chat", None),
        ("openai.com.example.org", 443, "/v1/models", None),
    ],
)
def test_paths_of_providers_are_those_of_the_session(host, port, path, here):
    """What a provider puts before them is taken off, and a missing version put in."""
    assert path_here(host, port, path) == here

"""Who may ask the server, and which session is asked."""

import asyncio
import socket
import subprocess
import sys
import threading

import httpx
import pytest

from pytest_llmock.llm import Delta, End

FIRST_REQUEST = """
import sys
from pathlib import Path
from pytest_llmock.choice import Choice
from pytest_llmock.config import load_settings
from pytest_llmock.server.client import MockApi, SharedTransport
from pytest_llmock.server.runtime import Runtime
runtime = Runtime()
api = MockApi(runtime.open(load_settings(Path("nowhere"), environ={}), Choice()), SharedTransport())
print(api.get("/users").status_code)
print([name for name in sys.modules if "openai" in name or name in sys.argv[1:]])
runtime.close()
"""


def test_two_sessions_do_not_see_each_other(runtime, opened):
    """Each test has its own address, journal and backends."""
    one, other = opened(), opened()
    one.backends.add("mine", lambda prompt: {"from": "one"})

    answer = httpx.get(f"{one.url}/api/mock/x?backend=mine")
    foreign = httpx.get(f"{other.url}/api/mock/x?backend=mine")

    assert answer.json() == {"from": "one"}
    assert foreign.status_code == 400
    assert (len(one.calls), len(other.calls)) == (1, 1)


def test_the_address_of_an_ended_session_is_gone(runtime, opened):
    """A late call gets 410 with the test's name, is noted, and reaches nobody."""
    session, other = opened(test="t.py::early"), opened()
    runtime.end(session)

    answer = httpx.get(f"{session.url}/api/mock/users")

    assert answer.status_code == 410
    assert "t.py::early, which is over" in answer.json()["error"]["message"]
    assert [(late.test, late.path) for late in runtime.late_calls] == [("t.py::early", "/api/mock/users")]
    assert len(other.calls) == 0


def test_a_late_call_to_the_openai_api_has_openais_form(runtime, opened):
    """An SDK understands the refusal, and does not retry it."""
    session = opened()
    runtime.end(session)

    answer = httpx.post(f"{session.url}/v1/chat/completions", json={})

    assert answer.json()["error"]["code"] == "llmock_session_closed"
    assert answer.headers["x-should-retry"] == "false"


def test_the_stable_address_is_answered_by_the_newest_session(runtime, opened):
    """When its test is over, the one before answers again."""
    first = opened()
    second = opened()

    httpx.get(f"{runtime.url}/api/mock/x")
    runtime.end(second)
    httpx.get(f"{runtime.url}/api/mock/y")

    assert [call.path for call in second.calls] == ["/api/mock/x"]
    assert [call.path for call in first.calls] == ["/api/mock/y"]


def test_the_stable_address_without_a_test_says_so(runtime):
    """Nobody answers by accident."""
    answer = httpx.get(f"{runtime.url}/api/mock/x")

    assert answer.status_code == 410
    assert "no test of pytest-llmock was running" in answer.json()["error"]["message"]


def test_an_unknown_token_is_an_earlier_run(runtime):
    """An address that some other process had is not taken for one of ours."""
    answer = httpx.get(f"{runtime.url}/~0123-1/api/mock/x")

    assert answer.status_code == 410
    assert runtime.late_calls[0].test == "an earlier run"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "10.0.0.1:80"])
def test_a_host_that_is_not_loopback_is_refused(opened, host):
    """A web page that points its own name at 127.0.0.1 gets nothing."""
    answer = httpx.get(f"{opened().url}/llmock/health", headers={"Host": host})

    assert answer.status_code == 403


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:5116", "[::1]:80", "LOCALHOST:1"])
def test_a_loopback_host_of_any_spelling_is_answered(opened, host):
    """Clients name this machine in several ways."""
    answer = httpx.get(f"{opened().url}/llmock/health", headers={"Host": host})

    assert answer.json() == {"status": "ok", "test": "t.py::t"}


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1"])
def test_another_origin_is_refused(opened, origin):
    """A page in a browser may not read the mock unless CORS is configured."""
    answer = httpx.get(f"{opened().url}/llmock/health", headers={"Origin": origin})

    assert answer.status_code == 403
    assert "cross-origin requests are off" in answer.json()["error"]["message"]


def test_the_servers_own_origin_is_answered(runtime, opened):
    """A page that this server served may ask it."""
    answer = httpx.get(f"{opened().url}/llmock/health", headers={"Origin": runtime.url})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/", "OpenAI's API at /v1/…"),
        ("/v2/chat", "OpenAI's API at /v1/…"),
        ("/llmock/nothing", "/llmock/health"),
        ("/v1/chat/completion", "/v1/chat/completions"),
    ],
)
def test_an_unknown_path_names_those_that_exist(opened, path, named):
    """A wrong base URL is found at the first call."""
    answer = httpx.get(f"{opened().url}{path}")

    assert answer.status_code == 404
    assert named in str(answer.json()["error"]["message"])


def test_ending_a_test_cancels_its_calls_under_way(runtime, opened):
    """A call that hangs is answered with 410 when its test is over; the backend is closed."""
    session, closed, begun = opened(), threading.Event(), threading.Event()

    async def hanging(prompt):
        try:
            begun.set()
            await asyncio.Event().wait()
            yield Delta()
        finally:
            closed.set()

    session.backends.add("hanging", hanging)
    answers = []
    url = f"{session.url}/api/mock/x?backend=hanging"
    client = threading.Thread(target=lambda: answers.append(httpx.get(url)))
    client.start()
    begun.wait(5)

    runtime.end(session)
    client.join(5)

    assert answers[0].status_code == 410
    assert closed.wait(5)


def test_a_client_that_leaves_closes_the_backend(opened):
    """Nobody works for a client that is gone."""
    session, closed, begun = opened(), threading.Event(), threading.Event()

    async def endless(prompt):
        try:
            while True:
                begun.set()
                yield Delta("word ")
                await asyncio.sleep(0.001)
        finally:
            closed.set()

    session.backends.add("endless", endless)
    host, port = session.url.removeprefix("http://").split("/")[0].split(":")
    token = session.url.rsplit("/", 1)[1]
    body = b'{"model": "endless", "stream": true, "messages": [{"role": "user", "content": "x"}]}'
    with socket.create_connection((host, int(port))) as sock:
        head = f"POST /{token}/v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
        sock.sendall(head.encode() + body)
        begun.wait(5)

    assert closed.wait(5)


def test_a_client_that_leaves_before_its_body_is_complete_harms_nobody(opened):
    """Half a request is no call; the server goes on."""
    session = opened()
    host, port = session.url.removeprefix("http://").split("/")[0].split(":")
    token = session.url.rsplit("/", 1)[1]
    with socket.create_connection((host, int(port))) as sock:
        sock.sendall(
            f"POST /{token}/api/mock/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{{".encode()
        )

    assert httpx.get(f"{session.url}/api/mock/x").status_code == 200


def test_a_body_above_the_limit_is_413_and_the_server_goes_on(opened):
    """The message names the setting."""
    session = opened(settings={"MaxRequestSizeBytes": 1000})

    answer = httpx.post(f"{session.url}/api/mock/x", content=b"x" * 1001)

    assert answer.status_code == 413
    assert "MaxRequestSizeBytes" in answer.json()["error"]["message"]
    assert httpx.get(f"{session.url}/api/mock/x").status_code == 200


def test_an_error_in_a_users_backend_is_a_500_that_names_it(opened, caplog):
    """The traceback is logged, the client sees what kind of error it was."""
    session = opened()
    session.backends.add("broken", lambda prompt: 1 / 0)

    answer = httpx.get(f"{session.url}/api/mock/x?backend=broken")

    assert answer.status_code == 500
    assert answer.json()["error"]["message"].startswith("ZeroDivisionError: division by zero.")
    assert "An error in pytest-llmock or in a backend given to it" in caplog.text


def test_a_deadline_ends_a_call_that_hangs(opened):
    """The header bounds the whole request; the answer says what to raise."""
    session = opened()

    async def hanging(prompt):
        await asyncio.Event().wait()
        yield Delta(end=End())

    session.backends.add("hanging", hanging)

    answer = httpx.get(f"{session.url}/api/mock/x?backend=hanging", headers={"X-LLM-Timeout": "0.05"})

    assert answer.status_code == 504
    assert answer.json()["error"]["details"]["backend"] == "hanging"


def test_a_backend_that_raises_a_cancellation_of_its_own_is_an_error(opened):
    """Nobody left and nobody ended the test: the client is told what happened."""
    session = opened()

    async def cancelled(prompt):
        raise asyncio.CancelledError
        yield Delta()

    session.backends.add("cancelled", cancelled)

    answer = httpx.get(f"{session.url}/api/mock/x?backend=cancelled")

    assert answer.status_code == 500
    assert "CancelledError" in answer.json()["error"]["message"]


def test_a_record_of_too_many_values_is_refused_at_once(opened):
    """Width times count is bounded, so that no request holds up the others."""
    shape = [dict.fromkeys((f"k{number}" for number in range(3000)), "string")]

    answer = httpx.post(f"{opened().url}/api/mock/x", json={"shape": shape, "count": 1000}, timeout=30)

    assert answer.status_code == 413
    assert "Ask for fewer at a time" in answer.json()["error"]["message"]


def test_a_nullable_text_in_a_list_is_a_shape(opened):
    """A hint of several types is grouped like any other."""
    answer = httpx.post(
        f"{opened().url}/api/mock/x", json={"shape": {"users": [{"deletedAt": "string|null"}]}}
    )

    assert answer.status_code == 200


def test_a_first_mock_request_imports_only_what_it_needs():
    """Other APIs, the checks of verdicts, test cases and the client of live backends wait until they are asked for."""
    later = [
        "pytest_llmock.shapes.checks",
        "pytest_llmock.shapes.cases",
        "pytest_llmock.backends.live",
        "httpx2",
    ]

    done = subprocess.run(
        [sys.executable, "-c", FIRST_REQUEST, *later], capture_output=True, text=True, check=True
    )

    assert done.stdout.split("\n") == ["200", "[]", ""]

"""`pytest-llmock serve`, as a process of its own."""

import os
import signal
import subprocess
import sys

import httpx
import pytest

COMMAND = [sys.executable, "-m", "pytest_llmock"]


@pytest.fixture
def serve(tmp_path):
    """Starts `serve` with these arguments and gives process and address."""
    started = []

    def serve(*args):
        env = {**os.environ, "PYTHONUNBUFFERED": "1"}
        command = [*COMMAND, "serve", "--port", "0", *args]
        process = subprocess.Popen(
            command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        line = process.stdout.readline().strip()
        assert line.startswith("llmock listening on http://"), process.stderr.read()
        return process, line.removeprefix("llmock listening on ")

    yield serve
    for process in started:
        process.terminate()
        process.communicate(timeout=10)


def failed(tmp_path, *args):
    return subprocess.run([*COMMAND, *args], cwd=tmp_path, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_answers_until_it_is_interrupted(serve, number):
    """One root session without a prefix; an interrupt ends it cleanly."""
    process, url = serve()

    users = httpx.get(f"{url}/api/mock/users?count=2").json()
    process.send_signal(number)
    out, err = process.communicate(timeout=10)

    assert len(users) == 2
    assert (process.returncode, out, err) == (0, "", "")


def test_serve_is_lax(serve):
    """An unknown backend is a warning there."""
    _, url = serve()

    answer = httpx.get(f"{url}/api/mock/users?backend=ghost")

    assert answer.status_code == 200
    assert "ghost" in answer.headers["x-llmock-warning"]


def test_serve_can_be_strict_and_seeded_and_use_a_file(serve, tmp_path):
    """The options of a test run have the same meaning."""
    (tmp_path / "mine.toml").write_text(
        '[[Backends]]\nName = "mine"\nProvider = "synthetic"\nColour = "red"\n'
    )
    process, url = serve("--config", "mine.toml", "--strict", "--seed", "3", "--backend", "mine")

    answer = httpx.get(f"{url}/api/mock/users")
    refused = httpx.get(f"{url}/api/mock/users?backend=ghost")
    process.terminate()

    assert answer.headers["x-llmock-backend"] == "mine"
    assert refused.status_code == 400
    assert "pytest-llmock: warning: " in process.communicate()[1]


def test_another_interface_needs_a_token(tmp_path):
    """A server that others can reach is never open by accident."""
    done = failed(tmp_path, "serve", "--host", "0.0.0.0")

    assert done.returncode == 2
    assert done.stderr == (
        "pytest-llmock: --host 0.0.0.0 can be reached by other machines: give --token, which clients then have to "
        "send.\n"
    )


def test_a_token_is_asked_for(serve):
    """As bearer, so that an SDK's api_key does; or in a header of its own."""
    _, url = serve("--host", "0.0.0.0", "--token", "sesame")
    local = url.replace("0.0.0.0", "127.0.0.1")

    without = httpx.get(f"{local}/llmock/health")
    bearer = httpx.get(
        f"{local}/llmock/health", headers={"Authorization": "Bearer sesame", "Host": "mock.test"}
    )
    header = httpx.get(f"{local}/llmock/health", headers={"X-LLMock-Token": "sesame"})

    assert [answer.status_code for answer in (without, bearer, header)] == [401, 200, 200]
    assert "X-LLMock-Token" in without.json()["error"]["message"]


def test_a_port_in_use_is_named(serve, tmp_path):
    """The next step is in the message."""
    _, url = serve()
    port = url.rsplit(":", 1)[1]

    done = failed(tmp_path, "serve", "--port", port)

    assert done.returncode == 2
    assert f"The server cannot listen on 127.0.0.1 port {port}" in done.stderr


def test_a_missing_settings_file_is_named(tmp_path):
    """A wrong path is an error, not a default."""
    done = failed(tmp_path, "serve", "--config", "nowhere.toml")

    assert done.returncode == 2
    assert "nowhere.toml" in done.stderr


def test_version_and_help_are_there(tmp_path):
    """The usual two."""
    assert "0.1.0" in failed(tmp_path, "--version").stdout
    assert "serve" in failed(tmp_path, "--help").stdout

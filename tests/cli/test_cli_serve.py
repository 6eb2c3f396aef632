"""`pytest-llmock serve`, as a process of its own."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from pytest_llmock.cassettes.maintenance.found import Opened
from pytest_llmock.cli.serve import CHECK_EVERY_S, _check_every_s, _record_mode, choice_for_serve
from pytest_llmock.config import load_settings
from pytest_llmock.server.runtime import Runtime

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
    _, err = process.communicate(timeout=10)

    assert len(users) == 2
    assert (process.returncode, err) == (0, "")


def test_serve_is_lax(serve):
    """An unknown backend is a warning there."""
    _, url = serve()

    answer = httpx.get(f"{url}/api/mock/users?backend=ghost")

    assert answer.status_code == 200
    assert "ghost" in answer.headers["x-llmock-warning"]


def test_serve_answers_for_openapi_documents(serve, tmp_path):
    """Every operation of each file, checked by it."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Pets", "version": "1"},
        "paths": {"/pets": {"get": {"responses": {"204": {"description": "none"}}}}},
    }
    (tmp_path / "pets.json").write_text(json.dumps(document))
    _, url = serve("--openapi", "pets.json")

    assert httpx.get(f"{url}/api/mock/openapi/pets").status_code == 204
    assert httpx.get(f"{url}/api/mock/openapi/dogs").status_code == 404


def test_serve_tells_who_answers_and_with_what(serve, tmp_path):
    """Below the address: the backend, the script, and where each document is."""
    info = {"openapi": "3.1.0", "info": {"title": "Pets", "version": "1"}}
    paths = {"/pets": {"get": {"responses": {"204": {"description": "none"}}}}}
    (tmp_path / "pets.json").write_text(json.dumps({**info, "paths": paths}))
    (tmp_path / "s.yaml").write_text("- reply: Hello\n")
    process, url = serve("--script", "s.yaml", "--openapi", "pets.json")

    told = [process.stdout.readline().strip() for _ in range(3)]

    assert told == [
        "backend: synthetic (synthetic, in process)",
        "script: s.yaml (1 rule)",
        f"OpenAPI: Pets 1 at {url}/api/mock/openapi",
    ]


def test_serve_refuses_a_backend_that_is_not_there(tmp_path):
    """Before anybody listens, lax as it is: the default one would answer for it all day."""
    done = failed(tmp_path, "serve", "--port", "0", "--backend", "synthetc")

    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        (
            "pytest-llmock: Backend 'synthetc' is not configured. Did you mean 'synthetic'? Enable or add it in the "
            "settings, or name another.\n"
        ),
    )


def test_serve_answers_from_a_script(serve, tmp_path):
    """Its rules are asked before any backend, again and again."""
    (tmp_path / "s.yaml").write_text("- reply: [{id: 1}, {id: 2}]\n")
    _, url = serve("--script", "s.yaml")

    assert [httpx.get(f"{url}/api/mock/users").json() for _ in range(3)] == [{"id": 1}, {"id": 2}, {"id": 2}]


def test_serve_needs_a_script_that_can_be_read(tmp_path):
    """Before anybody listens."""
    (tmp_path / "s.yaml").write_text("- replay: Hello\n")

    done = failed(tmp_path, "serve", "--port", "0", "--script", "s.yaml")

    assert (done.returncode, done.stderr) == (
        2,
        "pytest-llmock: s.yaml: rules[0] has an unknown key 'replay'. Did you mean 'reply'?\n",
    )


def test_serve_needs_documents_that_can_be_read(tmp_path):
    """Before anybody listens."""
    done = failed(tmp_path, "serve", "--port", "0", "--openapi", "none.json")

    assert done.returncode == 2
    assert (
        done.stderr
        == "pytest-llmock: none.json cannot be read: No such file or directory. Name the file of the document.\n"
    )


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
    """As bearer, so that an SDK's api_key does; in a header of its own, or of another SDK."""
    _, url = serve("--host", "0.0.0.0", "--token", "sesame")
    local = url.replace("0.0.0.0", "127.0.0.1")

    without = httpx.get(f"{local}/llmock/health")
    bearer = httpx.get(
        f"{local}/llmock/health", headers={"Authorization": "Bearer sesame", "Host": "mock.test"}
    )
    header = httpx.get(f"{local}/llmock/health", headers={"X-LLMock-Token": "sesame"})
    other = httpx.get(f"{local}/llmock/health", headers={"x-api-key": "sesame", "Authorization": "Bearer no"})

    assert [answer.status_code for answer in (without, bearer, header, other)] == [401, 200, 200, 200]
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


def ask(url, question):
    """One chat with the server's default backend."""
    body = {"model": "any", "messages": [{"role": "user", "content": question}]}
    answer = httpx.post(f"{url}/v1/chat/completions", json=body)
    return answer.status_code, answer.json()


def live(tmp_path, url):
    """Settings whose one backend is the server at `url`."""
    backend = {"Name": "writer", "Provider": "ollama", "BaseUrl": f"{url}/v1/", "ModelName": "tiny"}
    (tmp_path / "live.json").write_text(json.dumps({"Backends": [backend]}))
    return ("--config", "live.json", "--cassettes", "tapes")


def test_what_was_recorded_outlives_a_kill_and_the_upstream(serve, upstream, tmp_path):
    """Each call is in the file as soon as it is answered, and is played from there, more than once."""
    recorder, proxy = serve(*live(tmp_path, upstream.url), "--record", "once")
    said = [ask(proxy, question) for question in ("One?", "Two?", "Two?")]
    recorder.kill()
    recorder.wait()

    _, replay = serve(*live(tmp_path, "http://127.0.0.1:9"))
    again = [ask(replay, question) for question in ("Two?", "One?", "One?")]

    assert len(Opened.at(tmp_path / "tapes/serve.yaml").index.entries) == 3
    texts = [(status, body["choices"][0]["message"]) for status, body in (*said, *again)]
    assert texts == [texts[0], texts[1], texts[1], texts[1], texts[0], texts[0]]
    assert texts[0][0] == 200


@pytest.fixture
def proxy(here, settings):
    """Serves in this process: `proxy(url, "once")` gives the address."""
    runtimes = []

    def proxy(url, record):
        settings(writer=url)
        loaded = load_settings(here, environ={}, command_line={"record": record})
        runtimes.append(Runtime())
        runtimes[-1].serve(loaded, choice_for_serve(loaded, Path("tapes")))
        return runtimes[-1].url

    yield proxy
    for runtime in runtimes:
        runtime.close()


def test_a_request_that_was_not_recorded_is_a_miss(proxy):
    """Without --record nothing live is asked, and nothing is invented."""
    status, body = ask(proxy("http://127.0.0.1:9", "none"), "One?")

    assert status == 400
    assert "tapes/serve.yaml does not exist (record mode 'none')" in body["error"]["message"]
    assert not Path("tapes").exists()


def test_new_requests_are_added_to_a_cassette(proxy, upstream):
    """`new` plays what is there and records the rest; `once` records into a new file only."""
    ask(proxy(upstream.url, "new"), "One?")

    once = ask(proxy(upstream.url, "once"), "Two?")
    played, added = (ask(proxy(upstream.url, "new"), question) for question in ("One?", "Two?"))

    assert [status for status, _ in (once, played, added)] == [400, 200, 200]
    assert len(Opened.at(Path("tapes/serve.yaml")).index.entries) == 2


def test_all_records_anew_and_keeps_the_rest(proxy, upstream):
    """In the place of what it replaces, call by call."""
    for question in ("One?", "Two?"):
        ask(proxy(upstream.url, "new"), question)
    before = [recording.content.recorded.at for recording in Opened.at(Path("tapes/serve.yaml")).recordings]

    ask(proxy(upstream.url, "all"), "One?")

    after = [recording.content.recorded.at for recording in Opened.at(Path("tapes/serve.yaml")).recordings]
    assert [old == new for old, new in zip(before, after, strict=True)] == [False, True]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ["--record", "once"],
            (
                "--record once needs a place for what it records: --cassettes DIR. Without both, live backends are "
                "called and nothing is recorded."
            ),
        ),
        (
            ["--record", "rewrite", "--cassettes", "x"],
            (
                "--record rewrite needs the end of a test, and a server has none. Record with --record all, or run "
                "tests: pytest --llmock-record=rewrite"
            ),
        ),
        (
            ["--record", "verify"],
            (
                "--record verify needs the end of a test, and a server has none. To compare recordings with live "
                "answers: pytest-llmock cassettes verify"
            ),
        ),
        (
            ["--record", "onec", "--cassettes", "x"],
            "--record onec is no mode of recording. Did you mean 'once'?",
        ),
        (
            ["--record", "off", "--cassettes", "x"],
            "--record off is no mode of recording. Known: all, new, none, once.",
        ),
    ],
    ids=["no place", "rewrite", "verify", "misspelt", "off"],
)
def test_a_record_mode_that_cannot_be_is_a_usage_error(run, args, message):
    """It says what would have worked, before anything listens."""
    done = run("serve", "--port", "0", *args)

    assert (done.exit_code, done.stderr) == (2, f"pytest-llmock: {message}\n")


@pytest.mark.parametrize("mode", ["none", "once", "new", "new_episodes", "all"])
def test_a_record_mode_with_a_place_is_taken(mode):
    """In the words of a test run."""
    assert _record_mode(mode, Path("tapes")) == mode


@pytest.mark.parametrize(("repeat", "plays"), [(None, True), ("last", True), ("never", False)])
def test_recordings_play_again_unless_settings_say_never(here, repeat, plays):
    """A server's clients come back; a test's calls are counted."""
    settings = load_settings(here, environ={}, overrides={"Repeat": repeat} if repeat else {})

    choice = choice_for_serve(settings, here / "tapes")

    assert choice.repeat is plays
    assert choice.place.endless


@pytest.mark.parametrize(
    ("said", "record", "every_s"),
    [
        pytest.param(None, "off", CHECK_EVERY_S, id="live by default"),
        pytest.param(None, "new", CHECK_EVERY_S, id="a proxy by default"),
        pytest.param(None, "none", 0, id="replay by default"),
        pytest.param(5, "none", 5, id="replay, when asked for"),
        pytest.param(0, "off", 0, id="never, when asked for"),
    ],
)
def test_live_backends_are_watched_where_they_may_be_called(here, said, record, every_s):
    """A replay needs nobody to be there."""
    overrides = {"Record": record} | ({} if said is None else {"HealthCheckSeconds": said})
    settings = load_settings(here, environ={}, overrides=overrides)

    assert _check_every_s(settings, choice_for_serve(settings)) == every_s


def test_a_backend_that_is_down_is_told_while_the_server_runs(serve, tmp_path):
    """On standard error, once, and at /llmock/backends; the server ends as cleanly as without."""
    live(tmp_path, "http://127.0.0.1:9")
    process, url = serve("--config", "live.json")

    told = process.stderr.readline()
    (writer, *_) = httpx.get(f"{url}/llmock/backends").json()["backends"]
    process.terminate()
    _, err = process.communicate(timeout=10)

    assert told.startswith(
        "Backend 'writer' is down: Backend 'writer' (ollama at http://127.0.0.1:9) cannot be"
    )
    assert (writer["healthy"], writer["health"]["reachable"]) == (False, False)
    assert (process.returncode, err) == (0, "")

"""`cassettes verify`: live models are asked again."""

import json
import os
import pty
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from pytest_llmock.cassettes.interaction import Timed
from pytest_llmock.cassettes.maintenance.found import Opened
from pytest_llmock.cli.serve import choice_for_serve
from pytest_llmock.config import load_settings
from pytest_llmock.errors import Failure
from pytest_llmock.llm import Delta
from pytest_llmock.server.runtime import Runtime
from recordings import cassette, chat

TAPE = Path("tapes/serve.yaml")
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def recorded(here, upstream, settings):
    """Records a chat, an embedding and a generation from the live backend `writer`."""
    settings(writer=upstream.url)
    loaded = load_settings(here, environ={}, command_line={"record": "once"})
    runtime = Runtime()
    runtime.serve(loaded, choice_for_serve(loaded, Path("tapes")))
    body = {"model": "any", "messages": [{"role": "user", "content": "Say: one."}]}
    httpx.post(f"{runtime.url}/v1/chat/completions", json=body)
    httpx.post(f"{runtime.url}/v1/embeddings", json={"model": "any", "input": "One"})
    httpx.post(f"{runtime.url}/api/mock/users", json={"count": 2, "shape": {"users": [{"id": 0}]}})
    runtime.close()


def lines(done):
    return [line.partition(" (")[0] for line in done.stdout.splitlines()]


def test_the_same_model_agrees(run, recorded, upstream):
    """Chats, embeddings and generations are asked again in full, and nothing is written."""
    before = TAPE.read_bytes()
    places = [recording.entry.where for recording in Opened.at(TAPE).recordings]

    done = run("cassettes", "verify", "tapes", "--yes")

    first, *told, last = done.stdout.splitlines()
    assert first == f"3 calls to live backends: 3 to 'writer' (ollama, tiny, {upstream.url}/v1/)."
    assert told == [f"{place}: the live answer agrees (similarity 1.00)" for place in places]
    assert (last, done.exit_code, TAPE.read_bytes()) == ("3 of 3 answers agreed.", 0, before)


def test_another_answer_fails(run, here, upstream, settings):
    """What code can trip over is an error, other words are not."""
    settings(writer=upstream.url)
    as_json = chat("Two").deltas[-1:]
    cassette(TAPE, chat(), chat("Two", deltas=(Timed(1, Delta('{"a":1}')), *as_json)))

    done = run("cassettes", "verify", "tapes", "--yes")

    told = done.stdout.splitlines()
    assert told[1].startswith(f"{TAPE}:5: the live answer agrees (similarity 0.")
    assert any(line == "  error: answer: it is no JSON any more" for line in told)
    assert (told[-1], done.exit_code) == ("1 of 2 answers agreed.", 1)


def test_a_failure_that_was_recorded_is_compared(run, here, upstream, settings):
    """That the model answers now is news, too."""
    settings(writer=upstream.url)
    cassette(TAPE, chat(deltas=(), failure=Failure("status", "Overloaded.", 529)))

    done = run("cassettes", "verify", "tapes", "--yes")

    assert "  info: a failure was recorded (Overloaded.), and now it answers" in done.stdout.splitlines()


def test_nobody_there_is_told_once_for_each_backend(run, here, settings):
    """The next call would fail alike."""
    settings(writer=NOBODY)
    cassette(TAPE, chat(), chat("Two"), chat("Three"))

    done = run("cassettes", "verify", "tapes", "--yes")

    _, told, last = done.stdout.splitlines()
    assert told.startswith(f"{TAPE}:5: backend 'writer' cannot be asked: ")
    assert (last, done.exit_code) == ("0 of 3 answers agreed.", 1)


def test_an_upstream_that_refuses_is_a_difference(run, here, upstream, settings):
    """It was asked, and said so."""
    settings(writer=f"{upstream.url}/nowhere")
    cassette(TAPE, chat())

    done = run("cassettes", "verify", "tapes", "--yes")

    assert done.exit_code == 1
    assert "  error: an answer was recorded, and now it fails: " in done.stdout


@pytest.mark.parametrize(
    ("interaction", "problem"),
    [
        (chat(backend="writr"), "its backend 'writr' is not configured. Did you mean 'writer'?"),
        (
            chat(backend="embedded"),
            "its backend 'embedded' is embedded now (synthetic), so nobody can be asked again.",
        ),
        (
            replace(chat(), request={"operation": "sing", "backend": "writer"}),
            "its request cannot be asked again: the operation 'sing' is none of chat, embed, generate",
        ),
    ],
    ids=["unknown", "embedded", "no request"],
)
def test_what_cannot_be_asked_is_told(run, here, interaction, problem):
    """And fails, because it was not verified."""
    backends = [{"Name": "writer", "Provider": "ollama"}, {"Name": "embedded", "Provider": "synthetic"}]
    (here / "llmock.json").write_text(json.dumps({"Backends": backends}))
    cassette(TAPE, interaction)

    done = run("cassettes", "verify", "tapes")

    assert done.stdout == f"{TAPE}:5: {problem}\nThere is nothing to ask.\n"
    assert done.exit_code == 1


def test_damage_is_told_and_the_rest_is_asked(run, here, upstream, settings):
    """A whole file, or one recording of it."""
    settings(writer=upstream.url)
    cassette(TAPE, chat(), chat("Two"))
    TAPE.write_text(TAPE.read_text().replace("user: Two", "user: ["))
    TAPE.with_name("broken.yaml").write_text("interaction: 1\n")

    done = run("cassettes", "verify", "tapes", "--yes")

    told = done.stdout.splitlines()
    assert told[0].startswith("tapes/broken.yaml:1: this is no cassette")
    assert told[1].startswith(f"{TAPE}:29: this is no YAML")
    assert (told[-1], done.exit_code) == ("1 of 1 answer agreed.", 1)


def test_recordings_that_were_cut_are_left_out(run, here, settings):
    """There is no whole answer to compare."""
    settings(writer=NOBODY)
    cassette(TAPE, chat(truncated=True), chat(deltas=(), cancelled=True))

    done = run("cassettes", "verify", "tapes")

    assert (done.exit_code, done.stdout) == (0, "There is nothing to ask.\n")


def test_a_backend_can_be_chosen(run, here, upstream, settings):
    """Its recordings only, in any case; others cost nothing."""
    settings(writer=upstream.url, other=NOBODY)
    cassette(TAPE, chat(), chat(backend="other"))

    done = run("cassettes", "verify", "tapes", "--yes", "--backend", "WRITER")

    assert done.stdout.splitlines()[-1] == "1 of 1 answer agreed."


def test_a_sample_is_the_same_for_the_same_seed(run, here, upstream, settings, monkeypatch):
    """In the order of the file, and another one for another seed."""
    settings(writer=upstream.url)
    cassette(TAPE, *(chat(f"Number {number}") for number in range(20)))

    first, again = (run("cassettes", "verify", "tapes", "--yes", "--sample", "3") for _ in range(2))
    monkeypatch.setenv("LLMOCK_SEED", "1")
    other = run("cassettes", "verify", "tapes", "--yes", "--sample", "3")

    places = [int(place) for place in re.findall(rf"^{TAPE}:(\d+): ", first.stdout, re.MULTILINE)]
    assert (len(places), places) == (3, sorted(places))
    assert first.stdout == again.stdout != other.stdout


def test_texts_can_be_scored_by_a_function_of_ones_own(run, recorded, here):
    """It is found in the current folder, as pytest would find it."""
    (here / "scores.py").write_text("def half(recorded, live):\n    return 0.5\n")

    done = run("cassettes", "verify", "tapes", "--yes", "--similarity", "scores:half")

    assert "(similarity 0.50)" in done.stdout.splitlines()[1]


def test_calls_need_somebody_who_agrees(run, here, settings):
    """In a script that is --yes, given beforehand; nothing was asked."""
    settings(writer=NOBODY)
    cassette(TAPE, chat())

    done = run("cassettes", "verify", "tapes")

    assert done.exit_code == 2
    assert done.stdout == f"1 call to live backends: 1 to 'writer' (ollama, tiny, {NOBODY}/v1/).\n"
    assert done.stderr == "pytest-llmock: Calls may cost money, and nobody is there to agree: give --yes.\n"


@pytest.mark.parametrize(("reply", "asked"), [("y", True), ("n", False)])
def test_at_a_terminal_it_asks_before_it_calls(here, settings, reply, asked):
    """No means that nothing is called."""
    settings(writer=NOBODY)
    cassette(TAPE, chat())
    ours, theirs = pty.openpty()
    os.write(ours, f"{reply}\n".encode())

    command = [sys.executable, "-m", "pytest_llmock", "cassettes", "verify", "tapes"]
    done = subprocess.run(command, stdin=theirs, capture_output=True, text=True, check=False)

    os.close(ours)
    os.close(theirs)
    assert "Make them? [y/N]: " in done.stdout
    assert ("cannot be asked" in done.stdout) is asked
    assert done.returncode == int(asked)

"""`cassettes import`: recordings of other tools become cassettes."""

import json
from pathlib import Path

import pytest

from pytest_llmock.cassettes.maintenance.found import Opened
from recordings import cassette, chat

TAPE = Path("cassettes/old.yaml")
SECRET = "qZ7" * 9


@pytest.fixture
def old(here, settings):
    """Writes a cassette of vcrpy: `old("Hello")` has one chat with this question."""
    settings(writer="http://127.0.0.1:9")

    def old(*questions, path="old.yaml", url="https://api.openai.com/v1/chat/completions"):
        said = {
            "choices": [{"index": 0, "message": {"content": "Hi."}, "finish_reason": "stop"}],
            "model": "t",
        }
        calls = [
            {
                "request": {
                    "method": "POST",
                    "uri": url,
                    "headers": {},
                    "body": json.dumps(
                        {"model": "tiny", "messages": [{"role": "user", "content": question}]}
                    ),
                },
                "response": {
                    "status": {"code": 200, "message": "OK"},
                    "headers": {},
                    "body": {"string": json.dumps(said)},
                },
            }
            for question in questions
        ]
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_text(json.dumps({"version": 1, "interactions": calls}))
        return Path(path)

    return old


def test_a_foreign_recording_becomes_a_cassette(run, old):
    """It answers for the backend that is named, and belongs to no test."""
    done = run("cassettes", "import", old("Hello", "Two"), "--backend", "writer")

    opened = Opened.at(TAPE)
    asked = [recording.content.request["messages"] for recording in opened.recordings]
    assert (done.exit_code, done.stdout) == (0, f"old.yaml: 2 recordings in {TAPE}\n")
    assert (opened.header.test, asked) == ("", [[{"user": "Hello"}], [{"user": "Two"}]])
    assert run("cassettes", "scan").stdout == "Nothing found in 1 cassette.\n"


def test_the_recordings_can_be_given_to_a_test(run, old):
    """So that they are missed when that test does not play them."""
    run("cassettes", "import", old("Hello"), "--backend", "writer", "--test", "a.py::b", "--out", "new")

    (recording,) = Opened.at(Path("new/old.yaml")).recordings
    assert recording.entry.test == recording.content.test == "a.py::b"


def test_secrets_do_not_come_along(run, old, monkeypatch):
    """The placeholder stands in the request, and so in its identity."""
    monkeypatch.setenv("SHOP_API_KEY", SECRET)

    run("cassettes", "import", old(f"Use {SECRET}."), "--backend", "writer")

    assert "Use <redacted:SHOP_API_KEY>." in TAPE.read_text()


def test_what_is_left_out_is_told(run, old):
    """A file of which nothing is left becomes no cassette, and that fails."""
    done = run("cassettes", "import", old("Hello", url="https://x.test/v1/rerank"), "--backend", "writer")

    first, second = done.stdout.splitlines()
    assert (done.exit_code, first) == (1, "old.yaml: nothing taken")
    assert second.startswith("old.yaml: interaction 1: not imported: POST ")
    assert not TAPE.exists()


def test_a_file_that_cannot_be_read_does_not_stop_the_others(run, old):
    """It is told, and fails."""
    broken = Path("broken.yaml")
    broken.write_text("[")

    done = run("cassettes", "import", broken, old("Hello"), "--backend", "writer")

    assert done.exit_code == 1
    assert done.stderr.startswith("pytest-llmock: broken.yaml")
    assert done.stdout == f"old.yaml: 1 recording in {TAPE}\n"


def test_a_cassette_is_not_replaced_by_accident(run, old):
    """--force does it on purpose."""
    cassette(TAPE, chat(), chat("Two"))
    path = old("Hello")

    refused = run("cassettes", "import", path, "--backend", "writer")
    kept = len(Opened.at(TAPE).index.entries)
    forced = run("cassettes", "import", path, "--backend", "writer", "--force")

    assert (refused.exit_code, kept) == (2, 2)
    assert refused.stderr == (
        f"pytest-llmock: {TAPE} exists. Give another folder with --out, or replace it with --force.\n"
    )
    assert (forced.exit_code, len(Opened.at(TAPE).index.entries)) == (0, 1)


def test_two_files_never_become_one(run, old):
    """The second would replace the first."""
    done = run("cassettes", "import", old("Hello"), old("Two", path="b/old.yaml"), "--backend", "writer")

    assert (done.exit_code, TAPE.exists()) == (2, False)
    assert done.stderr == (
        f"pytest-llmock: old.yaml and b/old.yaml would both become {TAPE}. Import one at a time.\n"
    )


@pytest.mark.parametrize(
    ("name", "more"), [("writr", " Did you mean 'writer'?"), ("embedded", " Known: writer.")]
)
def test_a_backend_that_is_not_live_is_a_usage_error(run, old, here, name, more):
    """Recordings are of live backends."""
    path = old("Hello")
    backends = [{"Name": "writer", "Provider": "ollama"}, {"Name": "embedded", "Provider": "synthetic"}]
    (here / "llmock.json").write_text(json.dumps({"Backends": backends}))

    done = run("cassettes", "import", path, "--backend", name)

    assert (done.exit_code, done.stderr) == (
        2,
        f"pytest-llmock: --backend {name} is no live backend of the settings, and only those have recordings.{more}\n",
    )


def test_settings_are_read_from_the_file_that_is_named(run, old, here):
    """What they warn of is told."""
    path = old("Hello")
    (here / "mine.toml").write_text('Colour = 1\n[[Backends]]\nName = "other"\nProvider = "ollama"\n')

    done = run("cassettes", "import", path, "--backend", "other", "--config", "mine.toml")

    assert done.exit_code == 0
    assert done.stderr.startswith("pytest-llmock: warning: ")

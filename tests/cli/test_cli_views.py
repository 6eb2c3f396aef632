"""`cassettes list | show`."""

import json
from pathlib import Path

import pytest

from pytest_llmock.cassettes.identity import key_of
from pytest_llmock.cassettes.record import iso
from pytest_llmock.clock import SystemClock
from recordings import TEST, cassette, chat

TAPE = Path("cassettes/test_chat/test_say.yaml")


def days_ago(number):
    """A moment that long ago, as it stands in cassettes."""
    return iso(SystemClock().wall() - number * 86_400)


def test_a_cassette_is_listed_on_one_line(run, here):
    """Recordings, test, models, age, size and tokens."""
    at = days_ago(3)
    cassette(TAPE, chat(at=at), chat("Two", model="big", at=days_ago(5)))

    done = run("cassettes", "list")

    size = f"{TAPE.stat().st_size} bytes"
    assert done.stdout == (
        f"{TAPE}: 2 recordings of {TEST}, writer (tiny), writer (big), newest {at[:10]} (3 days ago), {size}, 42 tokens\n"
    )
    assert done.exit_code == 0


@pytest.mark.parametrize(
    ("interaction", "shown"),
    [
        (chat(at=days_ago(0)), f"newest {days_ago(0)[:10]} (today), "),
        (chat(at=days_ago(1)), f"newest {days_ago(1)[:10]} (1 day ago), "),
        (chat(at="lately"), "newest lately, "),
        (chat(at=""), f"{TEST}, writer (tiny), 488 bytes, 21 tokens\n"),
        (chat(model="", backend="plain"), f"{TEST}, plain, newest "),
    ],
    ids=["today", "yesterday", "no time", "no age", "no model"],
)
def test_what_is_not_known_is_left_out(run, here, interaction, shown):
    """A recording may have been made by hand."""
    cassette(TAPE, interaction)

    assert shown in run("cassettes", "list", TAPE).stdout


def test_a_shared_cassette_counts_its_tests(run, here):
    """Their names would fill the line."""
    cassette(TAPE, chat(test="a.py::one"), chat(test="a.py::two"), test="")

    assert f"{TAPE}: 2 recordings of 2 tests, " in run("cassettes", "list").stdout


def test_a_damaged_cassette_is_told_and_fails(run, here):
    """With file and line; what can be read is listed."""
    cassette(TAPE, chat(), chat("Two"))
    TAPE.write_text(TAPE.read_text().replace("user: Two", "user: ["))

    done = run("cassettes", "list")

    first, second = done.stdout.splitlines()
    assert (done.exit_code, first[: len(f"{TAPE}: 2 rec")]) == (1, f"{TAPE}: 2 rec")
    assert second.startswith(f"{TAPE}:29: this is no YAML")


def test_what_a_run_has_left_is_told(run, here):
    """With the command that takes it over."""
    failed = cassette(Path(f"{TAPE}.failed"), chat())
    cassette(TAPE, chat())

    done = run("cassettes", "list")

    assert done.stdout.splitlines()[1] == (
        f"{failed}: not taken over yet: pytest-llmock cassettes accept {failed}"
    )


def test_list_shows_what_a_failed_run_left_for_a_cassette_that_does_not_exist_yet(run, here):
    """The first recording of a test that failed is not overlooked because there is no file beside it."""
    failed = cassette(Path(f"{TAPE}.failed"), chat())

    listed = run("cassettes", "list")

    assert listed.stdout == (
        f"{TAPE}: 0 recordings, 0 bytes, 0 tokens\n"
        f"{failed}: not taken over yet: pytest-llmock cassettes accept {failed}\n"
    )


def test_no_cassette_is_no_failure(run):
    """Everybody begins without one."""
    done = run("cassettes", "list")

    assert (done.exit_code, done.stdout) == (
        0,
        "There is no cassette here. Record some: pytest --llmock-record=once\n",
    )


def test_a_list_as_json_has_the_same(run, here):
    """For programs."""
    cassette(TAPE, chat())
    cassette(TAPE.with_name("b.yaml"), chat())
    TAPE.write_text(f"=======\n{TAPE.read_text()}")

    done = run("cassettes", "list", "--json")

    other, broken = json.loads(done.stdout)
    assert done.exit_code == 1
    assert (broken["path"], broken["problems"][0]["line"]) == (str(TAPE), 1)
    assert other == {
        "path": "cassettes/test_chat/b.yaml",
        "tests": [TEST],
        "recordings": 1,
        "models": [{"backend": "writer", "model": "tiny"}],
        "newest": "2026-11-20T03:01:54Z",
        "bytes": TAPE.with_name("b.yaml").stat().st_size,
        "tokens": {"input": 12, "output": 9},
        "problems": [],
        "beside": [],
    }


def test_a_cassette_is_shown_whole(run, here):
    """Each recording, with what was asked, what came back, and when."""
    cassette(TAPE, chat(), chat("Two\nlines"))
    key, other = (key_of(each.request) for each in (chat(), chat("Two\nlines")))

    done = run("cassettes", "show", TAPE)

    rest = (
        "  12 + 9 tokens; 3 deltas, the first after 812 ms, the last after 875 ms\n"
        "  recorded: 2026-11-20T03:01:54Z, from ollama, model tiny:latest (asked for tiny), 0.875 s, pytest-llmock 0.1.0\n"
    )
    assert done.exit_code == 0
    assert done.stdout == (
        f"{TAPE}: 2 recordings of {TEST}\n\n"
        f"recording 1 of 2, line 5 ({key})\n  chat: writer (tiny)\n  system: You are terse.\n  user: Hello\n"
        f"  answer (stop): Hi there.\n{rest}\n"
        f"recording 2 of 2, line 20 ({other})\n  chat: writer (tiny)\n  system: You are terse.\n"
        f"  user:\n    Two\n    lines\n  answer (stop): Hi there.\n{rest}"
    )


@pytest.mark.parametrize("which", ["2", key_of(chat("Two").request)[:9]], ids=["number", "key"])
def test_one_recording_is_shown_by_number_or_key(run, here, which):
    """As messages of a test run name it."""
    cassette(TAPE, chat(), chat("Two"))

    done = run("cassettes", "show", TAPE, which)

    assert done.stdout.startswith(f"\nrecording 2 of 2, line 20 ({key_of(chat('Two').request)})\n")
    assert done.stdout.count("recording ") == 1


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            [TAPE, "3"],
            f"{TAPE} has 1 recording, and none is '3': give the number of one, or how its key begins.",
        ),
        (["gone.yaml"], "There is no file gone.yaml. See which there are: pytest-llmock cassettes list"),
    ],
    ids=["recording", "file"],
)
def test_what_is_not_there_is_a_usage_error(run, here, args, message):
    """It says what there is."""
    cassette(TAPE, chat())

    done = run("cassettes", "show", *args)

    assert (done.exit_code, done.stdout, done.stderr) == (2, "", f"pytest-llmock: {message}\n")


def test_a_damaged_recording_is_explained(run, here):
    """Beside those that can be read, and a torn end."""
    cassette(TAPE, chat(), chat("Two"), chat("Three"))
    text = TAPE.read_text().replace("user: Two", "user: [")
    TAPE.write_text(text[:-9])

    done = run("cassettes", "show", TAPE)

    assert done.exit_code == 1
    assert f"  cannot be read:\n    {TAPE}:29: this is no YAML" in done.stdout
    assert done.stdout.endswith(
        f"\n\n{TAPE}:34: the last recording is not complete; the next one that is written moves it to a .torn file.\n"
    )


def test_a_conflict_is_explained(run, here):
    """What to do is in the message."""
    cassette(TAPE, chat())
    TAPE.write_text(f"<<<<<<< HEAD\n{TAPE.read_text()}")

    done = run("cassettes", "show", TAPE)

    assert done.exit_code == 1
    assert done.stderr.startswith(
        f"pytest-llmock: {TAPE}:1: a merge conflict is not resolved. Keep both sides"
    )


def test_a_shared_cassette_shows_whose_each_is(run, here):
    """The header names no test."""
    cassette(TAPE, chat(test="a.py::one"), test="")

    done = run("cassettes", "show", TAPE)

    assert done.stdout.startswith(f"{TAPE}: 1 recording\n")
    assert "  test: a.py::one\n" in done.stdout


def test_a_large_cassette_is_measured_in_kilobytes(run, here):
    """As disks are."""
    cassette(TAPE, *(chat(f"Number {number}") for number in range(25)))

    done = run("cassettes", "list")

    assert f", {TAPE.stat().st_size / 1000:.1f} kB, 525 tokens\n" in done.stdout

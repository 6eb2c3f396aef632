"""What must not be committed, found."""

import re
from pathlib import Path

import pytest

from pytest_llmock.cassettes.identity import key_of
from pytest_llmock.cassettes.maintenance.scan import scan
from pytest_llmock.cassettes.redact import Redactor
from recordings import cassette, chat

LONG = "Long. " * 5000  # leaves the document for a blob
SECRET = "qZ7" * 9
REDACTOR = Redactor.of({"SHOP_API_KEY": SECRET})


def scanned(path):
    """What is found, as it is printed."""
    return [str(problem) for problem in scan(path, REDACTOR)]


def test_a_good_cassette_has_nothing(tape):
    """Blobs, failures and placeholders included."""
    cassette(tape, chat(answer=LONG), chat("my key <redacted:SHOP_API_KEY>"), chat("Three", truncated=True))

    assert scanned(tape) == []


def test_a_secret_is_told_with_its_line(tape):
    """In the file and in its blobs, by name and never by value."""
    cassette(tape, chat(f"use {SECRET}", LONG + SECRET))
    (blob,) = Path(tape.parent, "blobs").iterdir()

    problems = scanned(tape)

    rest = "a secret stands here (SHOP_API_KEY). Write <redacted:SHOP_API_KEY> in its place, and get a new one if others can have seen it."
    assert problems == [f"{tape}:12: {rest}", f"{blob}:1: {rest}"]


def test_a_secret_of_several_lines_is_told_too(tape):
    """It stands in no line of its own."""
    key = f"-----BEGIN PRIVATE KEY-----\n{'aB3+' * 16}\n-----END PRIVATE KEY-----"
    cassette(tape, chat(key))

    assert [problem.line for problem in scan(tape, Redactor.of({}))] == [1]


def test_an_edited_request_is_told(tape):
    """Its recording answers no call any more."""
    cassette(tape, chat())
    tape.write_text(tape.read_text().replace("user: Hello", "user: Goodbye"))
    key = key_of(chat("Goodbye").request)

    assert scanned(tape) == [
        (
            f"{tape}:5: the request was edited, so that its identity is {key} now. Undo the edit, or let it stand: "
            f"pytest-llmock cassettes migrate {tape}"
        )
    ]


def test_missing_and_changed_blobs_are_told(tape):
    """Where they are referred to."""
    cassette(tape, chat(answer=LONG), chat("Two", LONG + "2"))
    gone, changed = Path(tape.parent, "blobs").iterdir()
    gone.unlink()
    changed.write_text("else")

    problems = scan(tape, REDACTOR)

    assert sorted(problem.line for problem in problems) == [5, 20]
    assert {"cannot be read", "is not what was recorded"} == {
        match
        for problem in problems
        for match in re.findall("cannot be read|is not what was recorded", problem.text)
    }


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("  - user", "<<<<<<< HEAD\n  - user", 12),
        ("llmock_cassette: 1", "llmock_cassette: 9", 1),
        ("interaction:", "interact:", 5),
        ("finish_reason: stop", "finish_reason: because", 15),
        ("}\n", "", 4),
    ],
    ids=["conflict", "newer", "incomplete", "wrong field", "torn"],
)
def test_damage_is_told_with_its_line(tape, old, new, line):
    """Whatever an edit, a merge or a crash has left."""
    cassette(tape, chat())
    tape.write_text(tape.read_text().replace(old, new))

    assert [problem.line for problem in scan(tape, REDACTOR)] == [line]

"""Interactions from elsewhere, made a cassette."""

from pathlib import Path

import pytest

from pytest_llmock.cassettes.maintenance.found import Opened
from pytest_llmock.cassettes.maintenance.keep import keep
from pytest_llmock.cassettes.record import seconds_of
from pytest_llmock.cassettes.redact import Redactor
from pytest_llmock.errors import CassetteError
from recordings import cassette, chat

LONG = "Long. " * 5000  # leaves the document for a blob
NOW = seconds_of("2026-11-25T03:01:54Z")
SECRET = "qZ7" * 9
REDACTOR = Redactor.of({"SHOP_API_KEY": SECRET})


@pytest.fixture
def tape(tmp_path, monkeypatch):
    """The path of a cassette, relative to the current folder."""
    monkeypatch.chdir(tmp_path)
    return Path("cassettes/test_chat/test_say.yaml")


def said(path):
    """The words of each recording."""
    return [recording.content.completion.text for recording in Opened.at(path).recordings]


def test_interactions_become_a_cassette(tape):
    """In place of what was there."""
    cassette(tape, chat("Old"))

    keep(tape, [chat(), chat("Two", "Second")], redactor=REDACTOR, now=NOW)

    opened = Opened.at(tape)
    assert (opened.header.test, opened.header.created) == ("", "2026-11-25T03:01:54.000000Z")
    assert said(tape) == ["Hi there.", "Second"]


@pytest.mark.parametrize("answer", [SECRET, LONG + SECRET], ids=["document", "blob"])
def test_a_secret_is_refused(tape, answer):
    """Nothing is written when one is left."""
    with pytest.raises(CassetteError, match="because SHOP_API_KEY would stand in it"):
        keep(tape, [chat(answer=answer)], redactor=REDACTOR, now=NOW)

    assert not tape.exists()

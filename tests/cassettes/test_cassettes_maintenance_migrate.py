"""Older formats and edited requests, brought up to date."""

import re

import pytest

from pytest_llmock.cassettes import format as documents
from pytest_llmock.cassettes.identity import key_of
from pytest_llmock.cassettes.maintenance.migrate import Migrated, migrate
from pytest_llmock.errors import CassetteError
from recordings import CREATED, TEST, aged, cassette, chat, document


def test_an_edited_request_gets_its_identity(tape):
    """Nothing else changes, not even a comment or how the line is written."""
    cassette(tape, chat(), chat("Two"))
    text = (
        tape.read_text()
        .replace("user: Hello", "user: Bye  # a comment")
        .replace("interaction: 1-", "interaction:  '1-", 1)
    )
    text = re.sub(r"('1-\w+)", r"\1'", text, count=1)
    tape.write_text(text)

    planned = migrate(tape, dry_run=True)
    unchanged = tape.read_text() == text
    done = migrate(tape)

    assert unchanged
    assert planned == done == Migrated(tape, 1, 1)
    assert tape.read_text() == text.replace(key_of(chat().request), key_of(chat("Bye").request))


def test_a_good_cassette_is_not_touched(tape):
    """Not even its time."""
    aged(cassette(tape, chat()))
    before = tape.stat().st_mtime_ns

    done = migrate(tape)

    assert not done
    assert tape.stat().st_mtime_ns == before


def test_a_cassette_without_recordings_is_left(tape):
    """It is for prune to remove."""
    cassette(tape)

    assert not migrate(tape)
    assert tape.exists()


def test_an_older_format_is_brought_up_to_date(tape):
    """Each document by its migrations, the header last; test and date stay."""
    cassette(tape, chat("Two"))
    text = tape.read_text().replace("llmock_cassette: 1", "llmock_cassette: 0").replace("request:", "asked:")
    tape.write_text(text)

    def renamed(document):
        return {"request" if name == "asked" else name: value for name, value in document.items()}

    done = migrate(tape, migrations={0: renamed})

    assert (done.format, done.rekeyed) == (0, 0)
    assert tape.read_text() == documents.header(TEST, CREATED) + document(chat("Two"), tape.parent)


def test_damage_is_an_error_and_changes_nothing(tape):
    """All or nothing."""
    cassette(tape, chat(), chat("Two"))
    text = tape.read_text().replace("user: Hello", "user: Bye").replace("user: Two", "user: [")
    tape.write_text(text)

    with pytest.raises(CassetteError, match="test_say.yaml:2"):
        migrate(tape)

    assert tape.read_text() == text

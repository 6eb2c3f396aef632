"""Interactions from elsewhere, made a cassette."""

import pytest

from pytest_llmock.cassettes.maintenance.found import Opened
from pytest_llmock.cassettes.maintenance.keep import keep
from pytest_llmock.cassettes.redact import Redactor
from pytest_llmock.errors import CassetteError
from recordings import NOW, cassette, chat, said

LONG = "Long. " * 5000  # leaves the document for a blob
SECRET = "qZ7" * 9
REDACTOR = Redactor.of({"SHOP_API_KEY": SECRET})


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

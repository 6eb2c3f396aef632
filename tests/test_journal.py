import pytest

from pytest_llmock.errors import RefusedError
from pytest_llmock.faults import Fault
from pytest_llmock.journal import Attempt, Journal


def test_calls_are_numbered_in_the_order_they_came():
    """The journal is a sequence of calls, oldest first."""
    journal = Journal()

    first = journal.open("mock", "GET", "/a", started=1.0)
    second = journal.open("openai", "POST", "/b", started=2.0)

    assert [call.number for call in journal] == [1, 2]
    assert journal[-1] is second
    assert journal[:1] == [first]
    assert len(journal) == 2


def test_a_failed_call_keeps_what_its_caller_was_told():
    """Status and message of the error are in the journal."""
    call = Journal().open("mock", "GET", "/a", started=0)

    call.fail(RefusedError("not here"))

    assert (call.status, call.error) == (400, "not here")


@pytest.mark.parametrize(
    ("status", "error", "state"),
    [(0, "", "under way"), (200, "", "200"), (0, "The client left.", "its client left"), (502, "No.", "502")],
)
def test_a_call_says_how_it_stands(status, error, state):
    """A status of 0 alone would not tell a call under way from one whose client has left."""
    call = Journal().open("mock", "GET", "/a", started=0)
    call.status, call.error = status, error

    assert call.state == state


def test_a_journal_shows_its_calls_in_assertions():
    """A failing assertion on calls tells what they were."""
    journal = Journal()
    call = journal.open("mock", "GET", "/a", started=0)
    call.status, call.backend, call.source = 200, "beta", "live"

    assert repr(journal) == "<1 calls: GET /a → 200 beta (live)>"


def test_a_journal_shows_what_was_done_to_a_call():
    """An answer of status 200 may be half of one."""
    journal = Journal()
    call = journal.open("openai", "POST", "/b", started=0)
    call.status, call.backend = 200, "beta"
    call.strike(Fault("cut", after=2))

    assert repr(journal) == "<1 calls: POST /b → 200 beta (no answer), faults: cut@2>"


def test_the_attempts_of_a_part_are_those_of_the_whole_call_too():
    """A part of a part as well; each knows what was tried for it alone."""
    call = Journal().open("mock", "GET", "/a", started=0)
    part = call.part()
    below = part.part()

    below.note(Attempt("b", "p", "m", live=False))
    part.note(Attempt("c", "p", "m", live=False))

    assert [[each.backend for each in one.attempts] for one in (call, part, below)] == [["b", "c"]] * 2 + [
        ["b"]
    ]


def test_the_last_part_that_was_asked_is_what_a_call_was():
    """One that nobody was asked for says nothing."""
    call = Journal().open("mock", "GET", "/a", started=0)
    asked = call.part()
    asked.selected, asked.backend, asked.model, asked.source = "a", "b", "m", "live"

    call.conclude(asked)
    call.conclude(call.part())

    assert (call.selected, call.backend, call.model, call.source) == ("a", "b", "m", "live")


def test_a_warning_is_told_once():
    """Parts that say the same are one remark."""
    call = Journal().open("mock", "GET", "/a", started=0)

    call.warn("a", "b", "a")
    call.warn("b", "c")

    assert call.warnings == ["a", "b", "c"]


def test_clear_forgets_every_call():
    """The next call is the first again."""
    journal = Journal()
    journal.open("mock", "GET", "/a", started=0)

    journal.clear()

    assert journal.open("mock", "GET", "/b", started=0).number == 1

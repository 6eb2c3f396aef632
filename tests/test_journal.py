from pytest_llmock.errors import RefusedError
from pytest_llmock.journal import Journal


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


def test_a_journal_shows_its_calls_in_assertions():
    """A failing assertion on calls tells what they were."""
    journal = Journal()
    call = journal.open("mock", "GET", "/a", started=0)
    call.status, call.backend, call.source = 200, "beta", "live"

    assert repr(journal) == "<1 calls: GET /a → 200 beta (live)>"


def test_clear_forgets_every_call():
    """The next call is the first again."""
    journal = Journal()
    journal.open("mock", "GET", "/a", started=0)

    journal.clear()

    assert journal.open("mock", "GET", "/b", started=0).number == 1

"""What a failure means for the calls after it."""

import pytest

from pytest_llmock.errors import Failure
from pytest_llmock.pool.verdict import is_outage, may_ask_again, may_ask_another

AGAIN, BUSY, ELSEWHERE, GONE, NEVER = (
    (True, True, True),
    (True, True, False),
    (False, True, False),
    (False, True, True),
    (False, False, False),
)
ROWS = [
    *[(status, AGAIN) for status in (408, 500, 502, 503, 504, 507, 529, 599)],
    *[(status, BUSY) for status in (409, 425, 429)],
    *[(status, ELSEWHERE) for status in (401, 403, 404, 501, 505, 508)],
    *[(status, NEVER) for status in (400, 402, 405, 410, 413, 418, 422, 451, 302)],
    *[(kind, AGAIN) for kind in ("connect", "cut", "timeout")],
    *[(kind, ELSEWHERE) for kind in ("protocol", "too_large", "key_missing", "open")],
    ("resolve", GONE),
]


@pytest.mark.parametrize(("what", "verdict"), [pytest.param(*row, id=str(row[0])) for row in ROWS])
def test_a_failure_says_who_may_be_asked_next_and_whether_it_is_an_outage(what, verdict):
    """The same backend again, another backend, counts for the breaker: as the table of the module says."""
    failure = Failure("status", "", what) if isinstance(what, int) else Failure(what, "")

    assert (may_ask_again(failure), may_ask_another(failure), is_outage(failure)) == verdict


def test_a_status_that_nobody_told_is_not_passing():
    """A failure of the kind `status` without one says nothing that would speak for asking again."""
    failure = Failure("status", "")

    assert [judge(failure) for judge in (may_ask_again, may_ask_another, is_outage)] == [False] * 3

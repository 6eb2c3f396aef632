"""Attempts and journals made by hand, for tests of what is counted."""

from pytest_llmock.journal import Attempt, Journal


def attempt(backend="a", outcome="success", seconds=0.0, **fields):
    """A try at a backend, over unless `outcome` is None; one that failed says "broken"."""
    fields.setdefault("error", "broken" if outcome == "failure" else "")
    return Attempt(backend, "p", "m", live=False, outcome=outcome, seconds=seconds, **fields)


def journal(*attempts):
    """A journal with a call for each attempt."""
    made = Journal()
    for each in attempts:
        made.open("mock", "GET", "/x", started=0.0).attempts.append(each)
    return made

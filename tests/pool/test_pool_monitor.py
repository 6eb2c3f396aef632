"""The monitor: every backend's figures at the moment somebody asks."""

from threading import Thread

import pytest
from attempts import attempt, journal

from pytest_llmock.journal import Journal
from pytest_llmock.pool.guard import Guard
from pytest_llmock.pool.monitor import Monitor

GUARDS = {"Enricher": Guard("open", trips=1, refused=4), "backup": Guard()}


def monitor(*attempts):
    return Monitor(journal(*attempts), lambda: GUARDS)


def test_backends_are_those_of_the_settings_then_those_that_were_asked():
    """One that nobody asked is there, with zeros."""
    backends = monitor(attempt("ghost"), attempt("backup"), attempt("backup")).backends

    assert {name: stats.calls for name, stats in backends.items()} == {"Enricher": 0, "backup": 2, "ghost": 1}
    assert list(backends) == ["Enricher", "backup", "ghost"]


def test_a_backend_is_found_in_upper_or_lower_case():
    """As everywhere else where backends are named."""
    found = monitor(attempt("Enricher", "failure"))[" ENRICHER "]

    assert (found.failures, found.breaker) == (1, Guard("open", trips=1, refused=4))


def test_an_unknown_backend_is_a_key_error_that_names_the_nearest():
    """A misspelt name is no backend with zeros."""
    with pytest.raises(KeyError, match="No backend named 'enrichr'. Did you mean 'Enricher'?"):
        monitor()["enrichr"]


def test_breakers_and_journal_are_read_anew_each_time():
    """The monitor keeps nothing, so nothing of it can be out of date."""
    guards, calls = {"a": Guard()}, journal(attempt("a"))
    watching = Monitor(calls, lambda: guards)
    before = watching["a"]

    calls.clear()
    guards["a"] = Guard("half_open", trips=1)

    assert (before.calls, before.breaker.state) == (1, "closed")
    assert (watching["a"].calls, watching["a"].breaker.state) == (0, "half_open")


def test_an_attempt_that_ends_is_counted_in_its_new_place_only():
    """Under way, then a success: one call all the time."""
    under_way = attempt("a", None)
    watching = monitor(under_way)
    before = watching["a"]

    under_way.outcome = "success"

    assert (before.calls, before.under_way, before.successes) == (1, 1, 0)
    assert (watching["a"].calls, watching["a"].under_way, watching["a"].successes) == (1, 0, 1)


def test_it_can_be_read_while_other_threads_add_calls():
    """Every snapshot is consistent, and at the end everything is there."""
    calls = Journal()
    watching = Monitor(calls, lambda: {"a": Guard()})

    def work():
        for number in range(300):
            made = attempt("a", None)
            calls.open("mock", "GET", "/x", started=0).attempts.append(made)
            made.outcome = "failure" if number % 3 else "success"

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    seen = [watching["a"] for _ in range(50)]
    for thread in threads:
        thread.join()

    assert all(each.calls == each.successes + each.failures + each.under_way for each in seen)
    assert [each.calls for each in seen] == sorted(each.calls for each in seen)
    assert (watching["a"].calls, watching["a"].successes, watching["a"].failures) == (1200, 400, 800)


def test_its_text_in_an_assertion_names_who_was_asked():
    """A failing assertion on the monitor tells what happened."""
    assert repr(monitor(attempt("backup"), attempt("backup", "failure"))) == (
        "<monitor of Enricher: 0 calls, 0 failed; backup: 2 calls, 1 failed>"
    )
    assert repr(Monitor(Journal(), dict)) == "<monitor of no calls>"

"""Tests that run several times, for models that do not say the same each time: samples=20, pass_rate=0.9.

The samples of a test share its fixtures, which are set up once, and its session: journal and cassette go on
from sample to sample. Each begins with the scripted answers and faults that the first began with, and has a
seed of its own for the embedded generator, the first that of the test.
"""

import sys
from collections.abc import Callable, Generator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from pytest_llmock.plugin.run import SESSION, TOTALS, marker_of
from pytest_llmock.report.samples import Tally

if TYPE_CHECKING:
    from pytest_llmock.session import Session


def check(item: pytest.Item, marker: Mapping[str, object]) -> None:
    """Raise SettingsError when the test cannot be sampled as its markers say together."""
    from pytest_llmock.errors import SettingsError

    if "pass_rate" in marker and "samples" not in marker:
        rate = marker["pass_rate"]
        raise SettingsError(
            f"{item.nodeid}: @pytest.mark.llmock(pass_rate={rate!r}) is the share of samples that must pass: "
            f"say how many, llmock(samples=20, pass_rate={rate!r})."
        )
    unittest, owner = sys.modules.get("unittest"), getattr(item, "cls", None)
    if "samples" in marker and unittest is not None and issubclass(owner or object, unittest.TestCase):
        raise SettingsError(
            f"{item.nodeid}: a method of unittest.TestCase cannot be sampled. Write it as a function, or as "
            "a method of a class without a base."
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    marker = marker_of(item)
    if "samples" not in marker:
        return (yield)
    tally = Tally(int(str(marker["samples"])), float(str(marker.get("pass_rate", 1.0))))
    with pytest.MonkeyPatch.context() as patch:  # whatever kind of test it is, this runs it
        patch.setattr(item, "runtest", partial(_run, item, item.runtest, tally))
        return (yield)


def _run(item: pytest.Item, runtest: Callable[[], None], tally: Tally) -> None:
    """Run the test so many times; raises its first failure when too few passed.

    A refusal (no recording, an unknown backend, a budget that is spent) says nothing about the model, and
    ends the test at once, as skipping does.
    """
    from pytest_llmock.clock import seed_of

    __tracebackhide__ = True
    session, first = item.stash.get(SESSION, None), None
    refusals = session.failures if session is not None else ()
    rewinders = _rewinders(session) if session is not None else []
    for number in range(1, tally.samples + 1):
        if session is not None and number > 1:
            session.reseed(seed_of(session.choice.seed, "sample", number))
            for rewind in rewinders:
                rewind()
        try:
            runtest()
        except (pytest.skip.Exception, pytest.xfail.Exception):
            raise
        except (Exception, pytest.fail.Exception) as error:
            if refusals:
                raise
            tally.failures.append((number, _kind(error)))
            first = first or error
        if refusals:
            return  # the plugin's own hook tells them
    item.config.stash[TOTALS]["remarks"].append(f"{item.nodeid}: {tally.line}")
    item.add_report_section("call", "llmock samples", tally.line)
    if first is not None and not tally.is_enough:
        _tell(first, tally.verdict)
        raise first


def _rewinders(session: "Session") -> list[Callable[[], None]]:
    """What brings a session's script and faults back to how they stand now."""
    faults = [session.interventions.faults, session.pool.strikes]
    faults += [leaf.strikes for leaf in session.backends.values()]
    return [session.interventions.script.rewinder(), *(each.rewinder() for each in faults)]


def _kind(error: BaseException) -> object:
    """What two failures that are alike have in common: the class, and the line where they were raised."""
    place: Any = error.__traceback__
    while place.tb_next is not None:
        place = place.tb_next
    return type(error), place.tb_frame.f_code.co_filename, place.tb_lineno


def _tell(error: BaseException, verdict: str) -> None:
    """Let the report of a failure say what became of the other samples."""
    if isinstance(error, pytest.fail.Exception) and not error.pytrace:
        error.msg = f"{error.msg}\nllmock: {verdict}"  # pytest shows nothing else of such a failure
    else:
        error.add_note(f"llmock: {verdict}")

"""How far it is, as people read it."""

import io
from decimal import Decimal
from pathlib import Path

import pytest

from pytest_llmock.clock import VirtualClock
from pytest_llmock.datasets.progress import Progress, shown_on, span
from pytest_llmock.datasets.summary import DataSet
from pytest_llmock.ledger import Spent


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Still:
    """A clock that stands, until it is moved."""

    now = 0.0

    def monotonic(self):
        return self.now


@pytest.mark.parametrize(
    ("progress", "line"),
    [
        (Progress(0, 100), "0 of 100 records, 0/s"),
        (Progress(40, 100, seconds=2), "40 of 100 records, 20/s, 3 s left"),
        (Progress(60, 100, resumed=40, seconds=2), "60 of 100 records, 10/s, 4 s left"),
        (
            Progress(4200, 10000, seconds=10, spent=Spent(cost=Decimal("0.125"), estimated=True)),
            "4,200 of 10,000 records, 420/s, about 0.125 USD, 14 s left",
        ),
        (
            Progress(40, 100, seconds=2, stopping=3),
            "40 of 100 records, 20/s, waiting for 3 under way",
        ),
        (Progress(40, 100, seconds=2, stopping=0), "40 of 100 records, 20/s, stopped"),
        (Progress(100, 100, seconds=2), "100 of 100 records, 50/s"),
    ],
    ids=["begin", "going", "resumed", "cost", "stopping", "stopped", "end"],
)
def test_a_line_has_count_rate_cost_and_time_left(progress, line):
    """As far as they are known."""
    assert progress.line == line


@pytest.mark.parametrize(
    ("progress", "bar"),
    [
        (Progress(0, 100), "[------------------------]   0%"),
        (Progress(50, 100), "[############------------]  50%"),
        (Progress(0, 0), "[########################] 100%"),
    ],
)
def test_a_bar_shows_the_share(progress, bar):
    """Nothing to do is done."""
    assert progress.bar == bar


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "1 s"), (119, "119 s"), (600, "10 min"), (9000, "2.5 h")]
)
def test_a_span_is_told_in_its_unit(seconds, text):
    """As people say it."""
    assert span(seconds) == text


def test_without_a_terminal_there_is_a_line_now_and_then():
    """A short run has none."""
    stream, clock = io.StringIO(), Still()
    show = shown_on(stream, clock)

    for clock.now, done in ((1, 10), (6, 60), (7, 70), (12, 100)):
        show(Progress(done, 100))

    assert stream.getvalue() == "60 of 100 records, 0/s\n100 of 100 records, 0/s\n"


def test_on_a_terminal_the_bar_stays_in_its_line():
    """What was longer is overwritten; at the end the line is, too."""
    stream, clock = Terminal(), Still()
    show = shown_on(stream, clock)

    for clock.now, done in ((0, 50), (0.01, 60), (1, 100)):
        show(Progress(done, 100, seconds=1))

    first = "[############------------]  50% 50 of 100 records, 50/s, 1 s left"
    last = "[########################] 100% 100 of 100 records, 100/s"
    assert stream.getvalue() == f"\r{first}\r{last.ljust(len(first))}\n"


def test_stopping_is_told_at_once():
    """Somebody has pressed Ctrl-C, and waits."""
    stream = io.StringIO()

    shown_on(stream, VirtualClock())(Progress(10, 100, stopping=2))

    assert stream.getvalue() == "10 of 100 records, 0/s, waiting for 2 under way\n"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (DataSet(Path("a.jsonl"), 1, 1, 0, 0.5, 2.0), "1 record in a.jsonl, 0.5 s, 2/s"),
        (
            DataSet(Path("a.jsonl"), 10_000, 100, 40, 2.0, 3000.0, spent=Spent(cost=Decimal("0.5"), calls=3)),
            "10,000 records in a.jsonl, 2.0 s, 3,000/s, 40 of 100 batches from before, live calls cost 0.50 USD in 3 calls",
        ),
    ],
    ids=["one", "many"],
)
def test_a_summary_says_what_was_made(data, line):
    """In one line."""
    assert data.line == line
    assert data.cost == data.spent.cost

"""What is kept, and what a run that comes later finds."""

import os
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from filelock import lock_descriptor
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.datasets.checkpoint import checkpoint_of, open_checkpoint
from pytest_llmock.datasets.entries import Entry, head_of, plan_in, read_entry
from pytest_llmock.datasets.making import Made
from pytest_llmock.datasets.plan import Part
from pytest_llmock.errors import DataSetError, SettingsError, ShapeError
from pytest_llmock.ledger import Spent
from pytest_llmock.llm import Usage

PLAN = {"count": 30, "seed": 1}
PAID = Made(b'{"id":1}\n', Usage(2, 3, estimated=True), Spent(cost=Decimal("0.25"), tokens=5, calls=1))
OUT = Path("a.jsonl")


@pytest.fixture
def opened(here):
    """Opens the checkpoint of a.jsonl, again and again."""
    found = []

    def opened(plan=None, batches=3):
        for each in found:
            each.close()
        found.append(open_checkpoint(OUT, plan or PLAN, batches))
        return found[-1]

    yield opened
    for each in found:
        each.close()


def part(batch, **said):
    return Part(batch, batch * 10, 10, **said)


def test_what_is_kept_is_found_by_the_next_run(opened):
    """Records, tokens and cost, whatever the order."""
    first = opened()
    first.add(part(2), Made(b'"c"\n'))
    first.add(part(0), PAID)

    found = opened()

    assert [found.has(batch) for batch in range(3)] == [True, False, True]
    assert (found.lines(0), found.lines(2)) == (PAID.lines, b'"c"\n')
    assert (found.kept, found.done, found.usage, found.spent) == (2, 2, PAID.usage, PAID.spent)


def test_what_a_failure_took_is_kept_too(opened):
    """Its batch is not made."""
    opened().add(part(1), replace(PAID, lines=b"", error=ShapeError("No.")))

    found = opened()

    assert (found.has(1), found.done, found.spent.cost) == (False, 0, Decimal("0.25"))


def test_the_last_of_a_batch_counts(opened):
    """Nothing is counted twice but what was paid twice."""
    first = opened()
    first.add(part(1), PAID)
    first.add(part(1), Made(b'"better"\n'))

    found = opened()

    assert (found.lines(1), found.done, found.spent.calls) == (b'"better"\n', 1, 1)


def test_records_made_again_are_found_until_their_batch_is_whole(opened):
    """So that nobody pays for them twice."""
    again = part(1, variant=2)
    first = opened()
    first.add(part(1), Made(b'"a"\n'))
    first.add(again, Made(b'"b"\n'))

    found = opened()

    assert (found.remade(again), found.remade(part(1, variant=1)), found.lines(1)) == (
        b'"b"\n',
        None,
        b'"a"\n',
    )
    found.add(part(1), Made(b'"b"\n'))
    assert found.remade(again) is None


@pytest.mark.parametrize("lost", range(1, 60, 7))
def test_an_entry_without_its_end_is_cut_off(opened, lost):
    """A process that was killed leaves it; what was before it is found, and the next run writes behind that."""
    first = opened()
    first.add(part(0), PAID)
    first.add(part(1), Made(b'"lost"\n' * 3))
    os.truncate(checkpoint_of(OUT), checkpoint_of(OUT).stat().st_size - lost)

    found = opened()
    found.add(part(2), Made(b'"c"\n'))

    assert [opened().has(batch) for batch in range(3)] == [True, False, True]


def test_bytes_that_the_disk_lost_are_noticed(opened):
    """By their sum; what follows is not trusted."""
    first = opened()
    first.add(part(0), PAID)
    first.add(part(1), Made(b'"abc"\n'))
    path = checkpoint_of(OUT)
    path.write_bytes(path.read_bytes().replace(b'"abc"', b'"\x00bc"'))

    assert opened().done == 1


@pytest.mark.parametrize("kept", [0, 1, 20], ids=["empty", "a byte", "half"])
def test_a_checkpoint_killed_at_its_begin_is_begun_anew(opened, kept):
    """It holds nothing."""
    checkpoint_of(OUT).write_bytes(head_of(PLAN)[:kept])

    assert opened().done == 0
    assert opened().done == 0


def test_another_plan_is_refused_with_what_differs(opened):
    """And what to do."""
    opened()

    with pytest.raises(SettingsError) as raised:
        opened({"count": 30, "seed": 2})

    assert raised.value.message == (
        "a.jsonl.checkpoint is of an interrupted run, and this one would not go on with it: seed was 1, is 2. Say "
        "what was said then, give another --out, or remove that file to begin anew."
    )


@pytest.mark.parametrize("text", ["mine", "mine\n", '{"llmock_checkpoint": 99, "plan": {}}\n', "[]\n"])
def test_a_file_of_somebody_else_is_left_alone(opened, text):
    """It only has the name."""
    checkpoint_of(OUT).write_text(text)

    with pytest.raises(
        SettingsError, match="a.jsonl.checkpoint is no checkpoint of this version. Move it away"
    ):
        opened()

    assert checkpoint_of(OUT).read_text() == text


def test_two_runs_of_one_file_are_refused(opened):
    """Whoever comes second is told; the lock goes with the first one's process."""
    opened()

    with pytest.raises(SettingsError) as raised:
        open_checkpoint(OUT, PLAN, 3)

    assert raised.value.message == (
        "Another run is making a.jsonl at this moment. Wait for it, end it, or give another --out."
    )


def test_a_checkpoint_that_is_removed_leaves_nothing(opened):
    """The next run begins anew."""
    first = opened()
    first.add(part(0), PAID)

    first.remove()

    assert not checkpoint_of(OUT).exists()
    assert opened().done == 0


def test_a_folder_that_cannot_be_written_is_told_at_once(here):
    """Here: there is none."""
    with pytest.raises(SettingsError) as raised:
        open_checkpoint(Path("none/a.jsonl"), PLAN, 3)

    assert raised.value.message == (
        "none/a.jsonl.checkpoint cannot be written: No such file or directory. It keeps what was made beside --out: "
        "give another."
    )


def test_a_checkpoint_that_goes_while_its_lock_is_taken_is_opened_anew(opened, monkeypatch):
    """The run that had it has finished in between."""

    def taken_late(handle, *, blocking):
        if not lost:
            lost.append(checkpoint_of(OUT).unlink())
        return lock_descriptor(handle, blocking=blocking)

    lost = []
    monkeypatch.setattr("pytest_llmock.datasets.checkpoint.lock_descriptor", taken_late)

    opened().add(part(0), PAID)

    assert lost == [None]
    assert opened().done == 1


FULL = """
import resource, signal, sys
from pathlib import Path
from pytest_llmock.datasets.checkpoint import open_checkpoint
from pytest_llmock.datasets.making import Made
from pytest_llmock.datasets.plan import Part

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))
checkpoint = open_checkpoint(Path("a.jsonl"), {"count": 30, "seed": 1}, 3)
checkpoint.add(Part(0, 0, 10), Made(b'"a"\\n'))
try:
    checkpoint.add(Part(1, 10, 10), Made(b"x" * 9_000))
except Exception as error:
    print(type(error).__name__, error.batch, error)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits of a process are of POSIX")
def test_a_full_disk_loses_nothing_that_was_kept(opened, here):
    """The error says what to do, and the next run goes on."""
    done = subprocess.run([sys.executable, "-c", FULL], capture_output=True, text=True, check=True)

    assert done.stdout == (
        "DataSetError 1 a.jsonl.checkpoint cannot be written: File too large. What was made before is kept there. "
        "Make room, and run the same command again to go on.\n"
    )
    assert [opened().has(batch) for batch in range(3)] == [True, False, False]


@given(
    st.builds(
        Entry,
        batch=st.integers(0, 10**9),
        size=st.integers(0, 10**9),
        crc=st.integers(0, 2**32 - 1),
        again=st.none() | st.tuples(st.integers(0), st.integers(1)),
        failed=st.booleans(),
        usage=st.builds(Usage, st.integers(1, 99), st.integers(1, 99), estimated=st.booleans()),
        spent=st.builds(Spent, cost=st.decimals(0, 9, places=6), calls=st.integers(0, 9)),
    )
)
def test_an_entry_is_read_as_it_was_written(entry):
    """Every field of it."""
    assert read_entry(entry.line) == entry


@pytest.mark.parametrize(
    "text", [b"", b"{", b'{"batch": 1}\n', b"[]\n", b'"x"\n', b'{"batch":1,"bytes":2,"crc":3,"tokens":[1]}\n']
)
def test_bytes_that_are_no_entry_are_none(text):
    """Whatever a disk made of them."""
    assert read_entry(text) is None


@pytest.mark.parametrize("head", [b"", b"{", b"[]\n", b"{}\n"])
def test_a_line_that_is_no_head_has_no_plan(head):
    """Ours has one."""
    assert plan_in(head) is None
    assert plan_in(head_of(PLAN)) == PLAN


def test_a_lost_disk_is_a_data_set_error():
    """With the batch, which was not kept."""
    assert DataSetError("No.", batch=3).details == {"batch": 3}

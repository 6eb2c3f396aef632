"""Runs that are interrupted, at once, apart, or by what goes wrong."""

import asyncio
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from counting import Waiting, modulo, numbered
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_llmock import DataSetError, RequestError, generate
from pytest_llmock.clock import SystemClock
from pytest_llmock.datasets.checkpoint import open_checkpoint
from pytest_llmock.datasets.executors import Crew
from pytest_llmock.datasets.making import Made
from pytest_llmock.datasets.running import Running, free_bytes

SHAPE = {"id": 0, "k": 0}


class Stop(Exception):  # noqa: N818 - it is no error: somebody stops the run
    pass


def stopping(after):
    """A watch that stops the run when so many batches are made."""
    left = [after]

    def watch(progress):
        left[0] -= 1
        if left[0] < 0:
            raise Stop

    return watch


def made_in_runs(folder, stops, **said):
    """The bytes of a data set, made in as many runs as there are stops, and one more."""
    out = Path(folder) / "a.jsonl"
    for stop in (*stops, 1000):
        with suppress(Stop):
            generate(SHAPE, 95, out, settings={}, batch=10, progress=stopping(stop), force=True, **said)
            break
    return out.read_bytes()


@settings(max_examples=12)
@given(
    st.lists(st.integers(0, 6), max_size=3),
    st.integers(1, 7),
    st.sampled_from([13, 60, 1000]),
)
def test_bytes_are_the_same_however_they_were_made(stops, width, size):
    """In any order, beside each other, in as many runs as it takes, with keys that come twice."""
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        expected = made_in_runs(one, (), unique=["k"], concurrency=1, backend=modulo(size))

        found = made_in_runs(other, stops, unique=["k"], concurrency=width, backend=Waiting(modulo(size)))

    assert found == expected
    assert len(set(found.splitlines())) == 95


def test_what_an_interrupted_run_made_is_not_asked_again(make):
    """The batches under way are waited for, and kept."""
    backend = Waiting()
    with pytest.raises(Stop):
        make(
            {"id": 0, "v": 0}, 100, "a.jsonl", batch=10, concurrency=3, backend=backend, progress=stopping(2)
        )
    asked = backend.asked

    made = make({"id": 0, "v": 0}, 100, "a.jsonl", batch=10, concurrency=3, backend=backend)

    assert 3 <= asked <= 5
    assert (backend.asked, made.resumed) == (10, asked)


def test_no_more_batches_than_allowed_are_under_way(make):
    """And no fewer, while there are some."""
    backend = Waiting()

    make({"id": 0, "v": 0}, 100, "a.jsonl", batch=5, concurrency=3, backend=backend)

    assert backend.most == 3


def test_a_batch_that_fails_stops_the_run_and_names_itself(make):
    """What was made is kept; the same call goes on."""

    def backend(prompt):
        if prompt.generation.start == 20 and failing:
            raise RequestError("The model has gone home.")
        return numbered(prompt)

    failing = [1]
    with pytest.raises(DataSetError) as raised:
        make({"id": 0, "v": 0}, 50, "a.jsonl", batch=10, concurrency=1, backend=backend)
    failing.clear()

    assert raised.value.message == (
        "Batch 2 (records 20 to 29) was not made: The model has gone home. 2 of 5 batches are kept in "
        "a.jsonl.checkpoint; run the same command again to go on."
    )
    assert raised.value.batch == 2
    assert isinstance(raised.value.__cause__, RequestError)
    assert make({"id": 0, "v": 0}, 50, "a.jsonl", batch=10, concurrency=1, backend=backend).resumed == 2


def test_a_batch_that_stays_off_shape_is_asked_again_as_often_as_set(make):
    """MaxCorrectionAttempts holds here, too; each answer was checked."""
    asked = []

    def backend(prompt):
        asked.append(prompt.generation.problems)
        return [{"id": "one"}]

    with pytest.raises(
        DataSetError, match=r"Batch 0 \(records 0 to 0\) was not made: Backend 'backend function' gave no "
    ):
        make({"id": 0}, 1, "a.jsonl", backend=backend, settings={"MaxCorrectionAttempts": 1})

    assert asked == [(), ("/0/id: is 'one', which is not of type integer",)]


def test_a_function_that_breaks_is_told_with_its_error(make):
    """As what it is, with the traceback behind it."""

    def backend(prompt):
        return {}[prompt.model]

    with pytest.raises(DataSetError, match="was not made: KeyError: ''.") as raised:
        make({"id": 0}, 1, "a.jsonl", backend=backend)

    assert isinstance(raised.value.__cause__, KeyError)


def test_a_disk_without_room_is_told_after_the_first_batch(here, plan):
    """Long before it is full."""
    small = plan(count=1000, batch=10)
    checkpoint = open_checkpoint(Path("a.jsonl"), small.identity, small.batches)
    running = Running(small, checkpoint, SystemClock(), free=lambda folder: 9_000)

    with pytest.raises(DataSetError) as raised:
        asyncio.run(running.make_all(crew_of(Made(b"x" * 100_000))))
    checkpoint.close()

    assert raised.value.message == (
        "1,000 records need about 20 MB in ., which has 9 kB left. Make room, or give another --out."
    )
    assert free_bytes(Path()) > 9_000


def crew_of(made, *, gate=None):
    """An executor that makes the same for every part, when the gate is open."""
    from contextlib import asynccontextmanager

    async def run(parts, spent):
        if gate is not None:
            await gate.wait()
        return (made,)

    @asynccontextmanager
    async def crew():
        yield Crew(run, 2)

    return crew


@pytest.mark.parametrize("again", [False, True], ids=["once", "twice"])
def test_cancelling_waits_for_what_is_under_way_unless_it_is_done_again(here, plan, again):
    """What is under way is paid for; whoever cannot wait presses Ctrl-C again."""
    told = []

    async def cancelled():
        gate = asyncio.Event()
        run = asyncio.create_task(running.make_all(crew_of(Made(b'{"id":1}\n'), gate=gate)))
        for cancel in (True, again):
            await asyncio.sleep(0.01)
            if cancel:
                run.cancel()
        await asyncio.sleep(0)
        gate.set()
        return (await asyncio.gather(run, return_exceptions=True))[0]

    small = plan(count=100, batch=10)
    checkpoint = open_checkpoint(Path("a.jsonl"), small.identity, small.batches)
    running = Running(small, checkpoint, SystemClock(), told.append)
    error = asyncio.run(cancelled())
    checkpoint.close()

    assert isinstance(error, asyncio.CancelledError)
    assert checkpoint.done == (0 if again else 2)
    assert told[0].stopping == 2


@pytest.mark.parametrize("count", [0, 1])
def test_a_data_set_of_next_to_nothing_is_made(make, count):
    """An empty file is one."""
    made = make({"id": 0, "v": 0}, count, "a.jsonl", backend=numbered)

    assert (made.records, made.batches, len(Path("a.jsonl").read_bytes().splitlines())) == (
        count,
        count,
        count,
    )

"""Parts made by workers of Dask: real ones, in processes of their own."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from counting import numbered

from pytest_llmock.datasets.cluster import MOST, TASK_S, Submit, Task, on_dask
from pytest_llmock.datasets.making import Made
from pytest_llmock.datasets.plan import Part
from pytest_llmock.errors import SettingsError
from pytest_llmock.ledger import Spent

pytest.importorskip("distributed", reason="workers of Dask need the extra")

# the workers import it: `killer` kills the first worker that is asked for record 40
BACKENDS = """
import os, signal
from pathlib import Path

def killer(prompt):
    generation = prompt.generation
    if generation.start == 40 and os.environ["KILL"] == "yes" and not Path("killed").exists():
        Path("killed").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return [{"id": n, "k": n % (90 if generation.variant else 70), "by": "a"} for n in range(generation.start, generation.start + generation.count)]

def enricher(prompt):
    return [{**record, "by": "b"} for record in prompt.generation.body]
"""
RUN = """
import sys
from pytest_llmock import generate
from backends import enricher, killer

if __name__ == "__main__":
    made = generate(
        {"id": 0, "k": 0, "by": "string"}, 100, sys.argv[2], settings={}, executor=sys.argv[1], concurrency=2, batch=5,
        backend=killer, enrich_every=3, enrich_backend=enricher, unique=["id"], links={"k": "rows.csv:k"},
    )
    print(made.batches, made.usage.total_tokens)
"""


def run(executor, out, *, kill):
    env = {**os.environ, "KILL": "yes" if kill else "no"}
    done = subprocess.run(
        [sys.executable, "run.py", executor, out], capture_output=True, text=True, check=False, env=env
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kill -9 is of POSIX")
def test_two_workers_one_of_them_killed_make_the_bytes_of_a_local_run(here):
    """Nothing is lost, nothing counted twice."""
    Path("backends.py").write_text(BACKENDS)
    Path("run.py").write_text(RUN)
    Path("rows.csv").write_text("k\n1\n2\n3\n")

    local = run("local", "local.jsonl", kill=False)
    there = run("dask", "there.jsonl", kill=True)

    assert Path("killed").exists()
    assert there == local
    assert Path("there.jsonl").read_bytes() == Path("local.jsonl").read_bytes()


class Future:
    """What Dask gives for a task: an error, or the cancellation of who waits."""

    released = False

    def __init__(self, error):
        self.error = error

    def __await__(self):
        raise self.error
        yield

    def release(self):
        self.released = True


class Client:
    def __init__(self, error):
        self.future = Future(error)

    def submit(self, *_, **__):
        return self.future


def test_a_part_that_no_worker_can_make_has_failed():
    """Whatever Dask says about it."""
    made = asyncio.run(Submit(Client(RuntimeError("KilledWorker")), None)((Part(0, 0, 1),), Spent()))

    assert str(made[0].error) == "No worker of Dask could make it: RuntimeError: KilledWorker"


def test_a_part_that_nobody_waits_for_is_taken_back():
    """So that no worker makes it for nothing."""
    client = Client(asyncio.CancelledError())

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(Submit(client, None)((Part(0, 0, 1),), Spent()))

    assert client.future.released


def test_a_task_shows_nothing_of_what_it_does():
    """Dask writes it into its log when it fails."""
    task = Task(lambda parts, spent: (Made(b"secret"),))

    assert repr(task) == "<parts of a data set>"
    assert task((Part(0, 0, 1),), Spent())[0] == (Made(b"secret"),)


class Done:
    """A client whose tasks took so long."""

    def __init__(self, seconds):
        self.seconds = seconds

    async def submit(self, _, parts, *__, **___):
        return tuple(Made() for _ in parts), self.seconds


@pytest.mark.parametrize(
    ("seconds", "depth"), [(0, MOST), (TASK_S / 10, 10), (TASK_S * 9, 1)], ids=["no time", "little", "much"]
)
def test_quick_parts_are_given_together(seconds, depth):
    """So that what Dask takes for a task does not count; a slow one is given alone."""
    submit = Submit(Done(seconds), None)

    first = submit.depth()
    asyncio.run(submit((Part(0, 0, 1),), Spent()))

    assert (first, submit.depth()) == (1, depth)


def test_a_scheduler_that_does_not_answer_is_told(make, monkeypatch):
    """With what to do; the batches of before are kept."""
    monkeypatch.setattr("pytest_llmock.datasets.cluster.CONNECT_S", 0.3)

    with pytest.raises(
        SettingsError, match="--executor dask:tcp://127.0.0.1:9: no scheduler with a worker answers there"
    ):
        make({"id": 0, "v": 0}, 10, "a.jsonl", backend=numbered, executor="dask:tcp://127.0.0.1:9")


def test_without_dask_the_extra_is_named(monkeypatch):
    """Before anything is made."""
    monkeypatch.setitem(sys.modules, "distributed", None)

    with pytest.raises(SettingsError) as raised:
        on_dask("", lambda parts, spent: (), workers=2)

    assert raised.value.message == "--executor dask needs an extra: pip install 'pytest-llmock[dask]'."
